//! Counting what kernels make.
//!
//! A step of DataFusion counts the batches it keeps, but nobody counts those on their way, and a
//! chain of calls can make a gigabyte out of a row. So the texts of a column that a kernel made are
//! counted while they live: their buffers are owned by something that gives the bytes back when it
//! is dropped, whoever holds them last.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray, StringViewArray},
        buffer::Buffer,
    },
    logical_expr::ColumnarValue,
};

use super::{LEASH, Leash};
use crate::error::EngineError;

/// Columns with fewer bytes than this are not worth the counting.
const SMALL: usize = 1 << 20;

/// Bytes that are counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    leash: Arc<Leash>,
    bytes: usize,
}

impl Held {
    fn new(leash: &Arc<Leash>, bytes: usize) -> Result<Self, EngineError> {
        leash.take(bytes)?;
        Ok(Self { leash: Arc::clone(leash), bytes })
    }

    /// Counts more.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), EngineError> {
        self.leash.take(bytes)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Leash {
    fn take(&self, bytes: usize) -> Result<(), EngineError> {
        let own = self.held.fetch_add(bytes, Ordering::AcqRel) + bytes;
        let all = self.shared.held.fetch_add(bytes, Ordering::AcqRel) + bytes;
        if own > self.memory || self.shared.memory.is_some_and(|it| all > it) {
            self.give(bytes);
            return Err(EngineError::OutOfMemory);
        }
        Ok(())
    }

    fn give(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::AcqRel);
        self.shared.held.fetch_sub(bytes, Ordering::AcqRel);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.leash.give(self.bytes);
    }
}

/// Counts bytes for the query at work; none when it has no leash.
pub(crate) fn hold(bytes: usize) -> Result<Option<Held>, EngineError> {
    LEASH.try_with(|it| Held::new(it, bytes).map(Some)).unwrap_or(Ok(None))
}

/// Bytes that the query at work may still have.
pub(crate) fn room() -> usize {
    let room = |it: &Arc<Leash>| it.memory.saturating_sub(it.held.load(Ordering::Acquire));
    LEASH.try_with(room).unwrap_or(usize::MAX)
}

/// A buffer whose bytes are counted.
struct Counted {
    buffer: Buffer,
    _held: Held,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

/// Counts the texts of a column that a kernel made of `given`. Buffers that came in with those are
/// counted already, or are a file's.
pub(crate) fn charge(array: ArrayRef, given: &[ColumnarValue]) -> Result<ArrayRef, EngineError> {
    let Some(texts) = array.as_string_view_opt() else { return Ok(array) };
    let bytes: usize = texts.data_buffers().iter().map(Buffer::capacity).sum();
    let Ok(leash) = LEASH.try_with(Arc::clone) else { return Ok(array) };
    if bytes < SMALL {
        return Ok(array);
    }
    let known: Vec<*const u8> = given.iter().flat_map(buffers).collect();
    let (views, data, nulls) = texts.clone().into_parts();
    let mut counted = Vec::with_capacity(data.len());
    for buffer in data.iter() {
        if known.contains(&buffer.data_ptr().as_ptr().cast_const()) {
            counted.push(buffer.clone());
            continue;
        }
        let held = Held::new(&leash, buffer.capacity())?;
        let owner = Counted { buffer: buffer.clone(), _held: held };
        counted.push(Buffer::from(Bytes::from_owner(owner)));
    }
    Ok(Arc::new(StringViewArray::try_new(views, counted, nulls)?))
}

/// Where the buffers of an argument lie.
fn buffers(value: &ColumnarValue) -> Vec<*const u8> {
    match value {
        ColumnarValue::Array(array) => match array.as_string_view_opt() {
            Some(texts) => {
                let places = texts.data_buffers().iter().map(Buffer::data_ptr);
                places.map(|it| it.as_ptr().cast_const()).collect()
            }
            None => Vec::new(),
        },
        ColumnarValue::Scalar(_) => Vec::new(),
    }
}
