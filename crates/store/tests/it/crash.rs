//! `kill -9` at any moment: what was acknowledged is there, once, and no batch is half there.
//!
//! The test starts itself again as a child that writes batches from many tasks and prints a line
//! per acknowledged one; the parent kills it after a random number of lines, twenty times over
//! the same file.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::json;
use store::{Address, Store, StoreError};

use crate::server::Postgres;
use crate::snapshot::Dice;
use crate::{TENANT, key, new};

const ADDRESS: &str = "YAGURA_TEST_CRASH_STORE";
const ROUND: &str = "YAGURA_TEST_CRASH_ROUND";
const ROUNDS: u64 = 20;
const BATCH: usize = 5;

/// Does nothing unless the test below has started it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let (Ok(address), Ok(round)) = (std::env::var(ADDRESS), std::env::var(ROUND)) else { return };
    let store = open(&address);
    let mut tasks = Vec::new();
    for task in 0..8 {
        let (store, round) = (store.clone(), round.clone());
        tasks.push(tokio::spawn(async move {
            for number in 0.. {
                let batch = format!("{round}-{task}-{number}");
                let name = batch.clone();
                let write = store.write(move |tx| {
                    for at in 0..BATCH {
                        tx.insert(new(&format!("{name}-{at}"), json!({"batch": name})), "x")?;
                    }
                    Ok::<_, StoreError>(())
                });
                write.await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nack {batch}").and_then(|()| out.flush()).unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

fn open(address: &str) -> Store {
    Store::open_at(&Address::parse(address).unwrap()).unwrap()
}

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("s.sqlite");
    kill_and_look(&format!("sqlite:{}", file.display()));
    let conn = rusqlite::Connection::open(&file).unwrap();
    let check: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn a_killed_process_loses_nothing_on_a_server_either() {
    let Some(postgres) = Postgres::start("on") else { return };
    kill_and_look(&postgres.address());
}

fn kill_and_look(address: &str) {
    let mut dice = Dice(u64::from(std::process::id()));
    let mut acknowledged = HashSet::new();
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::child", "--exact", "--nocapture"])
            .env(ADDRESS, address)
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut left = dice.below(60);
        // What it printed before it died counts too: it was acknowledged.
        while let Some(Ok(line)) = lines.next() {
            if let Some(batch) = line.strip_prefix("ack ") {
                assert!(acknowledged.insert(batch.to_owned()));
                if left == 0 {
                    child.kill().unwrap();
                }
                left = left.saturating_sub(1);
            }
        }
        child.wait().unwrap();
    }
    assert!(acknowledged.len() >= ROUNDS as usize);
    let store = open(address);
    let changes = store.read_blocking(|tx| tx.changes_since(TENANT, 0, 1_000_000)).unwrap();
    let mut ids = HashSet::new();
    for (change, expected) in changes.iter().zip(1..) {
        assert_eq!(change.seq, expected, "numbers have no gaps");
        assert!(ids.insert(change.key.id.clone()), "{} is there twice", change.key.id);
    }
    for batch in &acknowledged {
        for at in 0..BATCH {
            let id = format!("{batch}-{at}");
            assert!(ids.contains(&id), "{id} was acknowledged and is lost");
            let key = key(&id);
            assert!(store.read_blocking(move |tx| tx.get(&key)).unwrap().is_some());
        }
    }
    assert_eq!(ids.len() % BATCH, 0, "a batch is half there");
}
