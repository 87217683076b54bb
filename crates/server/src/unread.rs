//! Request bodies that know whether they were read to their end.
//!
//! An answer may go out before (401, 403, 413). The connection cannot be used again then, and the
//! answer must say so: a client that sends its next request on it would lose that one.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use hyper::body::{Body, Frame, SizeHint};

/// Whether something of a body is still to come.
#[derive(Clone)]
pub struct Unread(Arc<AtomicBool>);

impl Unread {
    /// Is there?
    pub fn is_left(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A body that keeps an [`Unread`] up to date.
pub struct Watched<B> {
    body: B,
    unread: Unread,
}

impl<B: Body> Watched<B> {
    /// Wraps a body.
    pub fn new(body: B) -> (Self, Unread) {
        let unread = Unread(Arc::new(AtomicBool::new(!body.is_end_stream())));
        (Self { body, unread: unread.clone() }, unread)
    }
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.unread.0.store(false, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use bytes::Bytes;
    use http_body_util::{BodyExt, Empty, Full};

    use super::*;

    #[tokio::test]
    async fn a_body_is_left_until_its_end_was_seen() {
        let (mut body, unread) = Watched::new(Full::new(Bytes::from_static(b"x")));
        assert!(unread.is_left());
        body.frame().await.unwrap().unwrap();
        assert!(!unread.is_left());
        let (_, unread) = Watched::new(Empty::<Bytes>::new());
        assert!(!unread.is_left(), "there is none");
    }
}
