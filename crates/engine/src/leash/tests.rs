//! A leash is reached wherever the work of its query goes on, and only there.

use std::future::ready;

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use datafusion::logical_expr::ColumnarValue;

use super::*;

fn leash(time: Duration, memory: usize) -> Arc<Leash> {
    Leash::new(time, memory, Arc::default())
}

fn within<T>(leash: &Arc<Leash>, work: impl FnOnce() -> T) -> T {
    LEASH.sync_scope(Arc::clone(leash), work)
}

const LONG: Duration = Duration::from_secs(600);

#[test]
fn nothing_is_bounded_without_a_leash() {
    assert!(check().is_ok());
    assert!(hold(usize::MAX).unwrap().is_none());
    out_of_memory();
    assert!(!over());
}

#[test]
fn time_memory_and_being_let_go_end_it() {
    let late = leash(Duration::ZERO, 1);
    assert!(matches!(within(&late, check), Err(EngineError::TimedOut(Duration::ZERO))));
    let starved = leash(LONG, 1);
    let error = within(&starved, || {
        assert!(check().is_ok() && !over());
        out_of_memory();
        check().unwrap_err()
    });
    assert!(matches!(error, EngineError::OutOfMemory));
    let dropped = leash(LONG, 1);
    dropped.let_go();
    assert!(within(&dropped, over));
}

#[test]
fn bytes_come_back() {
    let leash = leash(LONG, 100);
    within(&leash, || {
        let mut held = hold(60).unwrap().unwrap();
        assert!(matches!(hold(50), Err(EngineError::OutOfMemory)));
        held.grow(40).unwrap();
        assert_eq!(room(), 0);
        assert!(held.grow(1).is_err());
        drop(held);
        assert_eq!(room(), 100);
    });
}

#[test]
fn all_queries_share() {
    let shared = Arc::new(Shared::new(100));
    let one = Leash::new(LONG, 80, Arc::clone(&shared));
    let two = Leash::new(LONG, 80, Arc::clone(&shared));
    assert_eq!(shared.running(), 2);
    let mut held = within(&one, || hold(60)).unwrap();
    held.as_mut().unwrap().grow(10).unwrap();
    assert!(within(&two, || hold(70)).is_err());
    drop(held);
    assert!(within(&two, || hold(70)).is_ok());
    drop((one, two));
    assert_eq!(shared.running(), 0);
}

#[test]
fn columns_are_counted_once_and_while_they_live() {
    let leash = leash(LONG, 10 << 20);
    within(&leash, || {
        let long = "x".repeat(3 << 20);
        let made: ArrayRef = Arc::new(StringViewArray::from_iter_values([&long]));
        let column = charge(made, &[]).unwrap();
        let after = room();
        assert!(after <= 7 << 20, "{after}");
        // a kernel that hands its argument on makes nothing
        let same = charge(Arc::clone(&column), &[ColumnarValue::Array(Arc::clone(&column))]);
        assert_eq!(room(), after);
        let slice = column.slice(0, 1);
        drop((column, same));
        assert_eq!(room(), after);
        drop(slice);
        assert_eq!(room(), 10 << 20);
    });
}

#[tokio::test]
async fn it_goes_along() {
    use datafusion::common::runtime::SpawnedTask;

    go_along();
    let leash = leash(LONG, 1);
    leash.let_go();
    let seen = LEASH.scope(leash, async {
        let task = SpawnedTask::spawn(async { over() }).join().await.unwrap();
        let block = SpawnedTask::spawn_blocking(over).join().await.unwrap();
        (task, block, ready(over()).await)
    });
    assert_eq!(seen.await, (true, true, true));
}
