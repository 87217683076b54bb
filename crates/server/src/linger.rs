//! A connection that ends politely: what the client is still sending is read and thrown away; and
//! one that ends at all, when the client no longer takes what it asked for.
//!
//! A request may be answered before its body was read (401, 413, 414). Closing then, with bytes
//! unread, makes the kernel reset the connection, and the client never sees the answer.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// How long to go on reading.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much to read at most.
const MOST: usize = 64 << 20;
/// How long a client may take no byte of an answer.
const STALL: Duration = Duration::from_mins(1);

/// A stream with such an end.
pub struct Linger<S> {
    stream: S,
    closing: Option<Pin<Box<Sleep>>>,
    stalled: Option<Pin<Box<Sleep>>>,
    read: usize,
}

impl<S> Linger<S> {
    /// Wraps a stream.
    pub fn new(stream: S) -> Self {
        Self { stream, closing: None, stalled: None, read: 0 }
    }

    /// What came of writing; an error when nothing has come of it for too long.
    fn unless_stalled<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled =
            self.stalled.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + STALL)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Linger<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Linger<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.unless_stalled(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let written = Pin::new(&mut self.stream).poll_flush(cx);
        self.unless_stalled(cx, written)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closing.is_none() {
            let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
            ready!(self.unless_stalled(cx, shut))?;
            self.closing = Some(Box::pin(sleep_until(Instant::now() + PATIENCE)));
        }
        let mut space = [0; 16 * 1024];
        loop {
            let late = self.closing.as_mut().is_some_and(|late| late.as_mut().poll(cx).is_ready());
            if late || self.read > MOST {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut space);
            // An error here means that the client is gone, which is what we wait for.
            let ended = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)).is_err();
            if ended || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.read += buffer.filled().len();
        }
    }
}
