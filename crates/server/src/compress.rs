//! `Accept-Encoding: gzip`: answers that are worth it are packed.

use std::io::Write;

use axum::{
    body::{Body, HttpBody},
    response::Response,
};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt;

/// A smaller answer fits into one packet anyway.
const WORTH_IT: u64 = 1_400;
/// Packing more than this leaves the threads that serve connections.
const HEAVY: usize = 256 << 10;

/// Packs the answer when the caller can unpack it.
pub async fn pack(accepts: bool, response: Response) -> Response {
    let size = response.body().size_hint().exact();
    let told = response.headers();
    let packed = told.contains_key(header::CONTENT_ENCODING);
    if !accepts || packed || size.is_none_or(|it| it < WORTH_IT) || !is_text(told) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(plain) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Response::from_parts(parts, Body::empty());
    };
    let squeezed = if plain.len() > HEAVY {
        let plain = plain.clone();
        tokio::task::spawn_blocking(move || gzip(&plain)).await.ok().flatten()
    } else {
        gzip(&plain)
    };
    let Some(squeezed) = squeezed else { return Response::from_parts(parts, Body::from(plain)) };
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(squeezed))
}

/// Does `Accept-Encoding` name gzip, and not with a weight of nothing?
pub fn is_accepted(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings = lines.filter_map(|it| it.to_str().ok()).flat_map(|it| it.split(','));
    codings.any(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = parameters
            .replace(' ', "")
            .strip_prefix("q=")
            .is_some_and(|weight| weight.parse::<f64>().is_ok_and(|weight| weight <= 0.0));
        matches!(name.trim().to_ascii_lowercase().as_str(), "gzip" | "x-gzip") && !refused
    })
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or("");
    kind.starts_with("text/") || kind.contains("json") || kind.contains("xml")
}

fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Read;

    use super::*;

    fn accepted(value: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
        is_accepted(&headers)
    }

    #[test]
    fn gzip_is_accepted_when_it_is_named() {
        assert!(accepted("gzip, deflate, br") && accepted("deflate, GZIP;q=0.5"));
        assert!(!accepted("br") && !accepted("gzip;q=0") && !accepted("identity"));
    }

    #[tokio::test]
    async fn large_texts_are_packed_and_small_ones_not() {
        let answer = |length: usize| {
            let mut answer = Response::new(Body::from("x".repeat(length)));
            let kind = HeaderValue::from_static("application/json");
            answer.headers_mut().insert(header::CONTENT_TYPE, kind);
            answer
        };
        let small = pack(true, answer(10)).await;
        assert!(!small.headers().contains_key(header::CONTENT_ENCODING));
        let large = pack(true, answer(5_000)).await;
        assert_eq!(large.headers()[header::CONTENT_ENCODING], "gzip");
        let bytes = large.into_body().collect().await.unwrap().to_bytes();
        let mut plain = String::new();
        flate2::read::GzDecoder::new(bytes.as_ref()).read_to_string(&mut plain).unwrap();
        assert_eq!(plain.len(), 5_000);
        let unwanted = pack(false, answer(5_000)).await;
        assert!(!unwanted.headers().contains_key(header::CONTENT_ENCODING));
    }
}
