//! The answers that the HTTP library gives by itself, in the same JSON envelope as all others.
//!
//! A request line, URL or header that cannot be read never becomes a request, so no route sees it:
//! the library writes a bare status line and closes. This layer under it recognises that head (no
//! request of ours is open, and it is all there is in the write) and sends it with a body.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
};

use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use uuid::Uuid;

/// Where the connection stands between requests: shared by the service and the stream below it.
#[derive(Clone, Default)]
pub struct Turn(Arc<AtomicU8>);

const IDLE: u8 = 0;
const WORKING: u8 = 1;
const ANSWERED: u8 = 2;

impl Turn {
    /// A request was read.
    pub fn begin(&self) {
        self.0.store(WORKING, Ordering::Relaxed);
    }

    /// Its answer is ready to be written.
    pub fn answered(&self) {
        self.0.store(ANSWERED, Ordering::Relaxed);
    }

    /// All that was written has left.
    fn flushed(&self) {
        let _ = self.0.compare_exchange(ANSWERED, IDLE, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn is_idle(&self) -> bool {
        self.0.load(Ordering::Relaxed) == IDLE
    }
}

/// A stream that gives bare refusals a body.
pub struct Refusal<S> {
    stream: S,
    turn: Turn,
    /// What is sent in place of a bare head, and how much of it has left.
    instead: Option<(Vec<u8>, usize)>,
}

impl<S> Refusal<S> {
    /// Wraps a stream.
    pub fn new(stream: S, turn: Turn) -> Self {
        Self { stream, turn, instead: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Refusal<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Refusal<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let it = self.get_mut();
        if it.instead.is_none() && it.turn.is_idle() {
            it.instead = with_body(bytes, Uuid::new_v4()).map(|whole| (whole, 0));
        }
        let Some((whole, sent)) = &mut it.instead else {
            return Pin::new(&mut it.stream).poll_write(cx, bytes);
        };
        while let Some(rest) = whole.get(*sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut it.stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                more => *sent += more,
            }
        }
        it.instead = None;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.turn.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The refusal with a body, when the bytes are the head of one.
fn with_body(bytes: &[u8], request_id: Uuid) -> Option<Vec<u8>> {
    let head = std::str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
    let (line, headers) = head.split_once("\r\n")?;
    let (code, message) = match line.strip_prefix("HTTP/1.1 ")?.get(..3)? {
        "400" => ("BadRequest", "the request is not well-formed HTTP/1.1"),
        "414" => ("UriTooLong", "the URL is longer than 65534 bytes"),
        "431" => ("RequestHeaderFieldsTooLarge", "the request has too many or too large headers"),
        _ => return None,
    };
    let date = headers.split("\r\n").find_map(|header| header.strip_prefix("Date: "))?;
    let id = request_id.to_string();
    let inner = json!({"date": iso(date)?, "request-id": id, "client-request-id": id});
    let error = json!({"code": code, "message": message, "innerError": inner});
    let body = json!({ "error": error }).to_string();
    tracing::debug!(status = line, request_id = id, "refused before routing");
    Some(
        format!(
            "{line}\r\nContent-Type: application/json\r\nRequest-Id: {id}\r\n\
             Client-Request-Id: {id}\r\nContent-Length: {}\r\nConnection: close\r\n\
             Date: {date}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

/// `Sat, 21 Nov 2026 21:20:15 GMT` as `2026-11-21T21:20:15`.
fn iso(date: &str) -> Option<String> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = date.split(' ').collect();
    let [_, day, month, year, time, _] = parts.as_slice() else { return None };
    let month = MONTHS.iter().position(|it| it == month)? + 1;
    Some(format!("{year}-{month:02}-{day}T{time}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const BARE: &str = "HTTP/1.1 414 URI Too Long\r\nConnection: close\r\nContent-Length: 0\r\n\
                        Date: Sat, 21 Nov 2026 21:20:15 GMT\r\n\r\n";

    #[test]
    fn a_bare_refusal_gets_the_envelope() {
        let whole = with_body(BARE.as_bytes(), Uuid::nil()).unwrap();
        let whole = String::from_utf8(whole).unwrap();
        let (head, body) = whole.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 414 URI Too Long\r\nContent-Type: application/json"));
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["error"]["code"], "UriTooLong");
        assert_eq!(body["error"]["innerError"]["date"], "2026-11-21T21:20:15");
    }

    #[test]
    fn nothing_else_is_touched() {
        for bytes in ["", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 4", "{\"error\":{}}"] {
            assert_eq!(with_body(bytes.as_bytes(), Uuid::nil()), None, "{bytes}");
        }
        let with_a_body = format!("{BARE}{{}}");
        assert_eq!(with_body(with_a_body.as_bytes(), Uuid::nil()), None);
    }

    #[tokio::test]
    async fn an_answer_of_ours_is_never_taken_for_one() {
        use tokio::io::AsyncWriteExt;
        let turn = Turn::default();
        let mut stream = Refusal::new(Vec::new(), turn.clone());
        turn.begin();
        turn.answered();
        stream.write_all(BARE.as_bytes()).await.unwrap();
        assert_eq!(stream.stream, BARE.as_bytes());
        stream.flush().await.unwrap();
        stream.write_all(BARE.as_bytes()).await.unwrap();
        assert!(stream.stream.ends_with(b"}}}"), "the second one is the library's");
    }
}
