//! Request bodies with bounds: whole for JSON, streamed for events, gzip unpacked on the way.

use std::{
    io::{self, Read},
    time::Duration,
};

use axum::body::Body;
use bytes::{Buf, Bytes};
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use model::code::Code;
use tokio::{sync::mpsc, time::Instant};

use crate::problem::Problem;

/// How long a client may leave us waiting for its body in all, before the time that its bytes earn.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes that earn a second more: the slowest pace that is put up with.
const SLOWEST: usize = 8 << 10;

/// A body that must keep coming. Only the time spent waiting for the client counts, not ours.
struct Arriving {
    body: Body,
    waited: Duration,
    bytes: usize,
}

impl Arriving {
    fn new(body: Body) -> Self {
        Self { body, waited: Duration::ZERO, bytes: 0 }
    }

    /// The next piece; none at the end.
    async fn next(&mut self) -> Option<Result<Bytes, &'static str>> {
        let earned = Duration::from_secs((self.bytes / SLOWEST) as u64);
        let left = (PATIENCE + earned).saturating_sub(self.waited);
        let began = Instant::now();
        let frame = match tokio::time::timeout(left, self.body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => return Some(Err("the request body ended before its end")),
            Ok(None) => return None,
            Err(_) => return Some(Err("the request body came too slowly")),
        };
        self.waited += began.elapsed();
        let data = frame.into_data().unwrap_or_default();
        self.bytes += data.len();
        Some(Ok(data))
    }
}

/// Reads a whole body, unpacked, at most `limit` bytes of it.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    let mut body = Arriving::new(body);
    let mut packed = Vec::new();
    while let Some(data) = body.next().await {
        let data = data.map_err(|reason| Problem::new(Code::BadRequest, reason))?;
        if packed.len() + data.len() > limit {
            return Err(too_large(limit));
        }
        packed.extend_from_slice(&data);
    }
    if !is_gzip(headers)? {
        return Ok(packed.into());
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(packed.as_slice())
        .take(limit as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|error| Problem::new(Code::BadRequest, format!("body: bad gzip: {error}")))?;
    if plain.len() > limit { Err(too_large(limit)) } else { Ok(plain.into()) }
}

/// A blocking reader over the body as it arrives, so that a body of any size needs little memory.
pub fn stream(body: Body) -> Box<dyn Read + Send> {
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        let mut body = Arriving::new(body);
        while let Some(data) = body.next().await {
            let failed = data.is_err();
            if sender.send(data.map_err(io::Error::other)).await.is_err() || failed {
                break;
            }
        }
    });
    Box::new(Incoming { receiver, rest: Bytes::new() })
}

struct Incoming {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    rest: Bytes,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.receiver.blocking_recv() {
                Some(item) => self.rest = item?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.rest.len());
        self.rest.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, Problem> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?")) {
        None | Some("identity" | "") => Ok(false),
        Some("gzip" | "x-gzip") => Ok(true),
        Some(other) => {
            let message = format!("Content-Encoding: {other} is not supported; gzip is");
            Err(Problem::new(Code::UnsupportedMediaType, message))
        }
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Code::PayloadTooLarge, format!("the request body is larger than {limit} bytes"))
}
