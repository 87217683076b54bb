//! A listener for the handshake of subscriptions: it gives every validation token back, and takes
//! whatever else it is sent.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use anyhow::Context;
use reqwest::Url;

/// How long a caller may be silent.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that is read of a request.
const MOST_READ: u64 = 1 << 20;

/// Listens where the server at `base` can reach it; answers the address, or nothing when the server
/// is elsewhere and no place was given.
pub fn listen(base: &str, wanted: Option<SocketAddr>) -> anyhow::Result<Option<String>> {
    let at = match wanted {
        Some(at) => at,
        None if is_here(base) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        None => return Ok(None),
    };
    let listener = TcpListener::bind(at).with_context(|| format!("--callback {at}"))?;
    let url = format!("http://{}/notify", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever breaks off is told nothing.
            let _ = answer(&stream);
        }
    });
    Ok(Some(url))
}

fn is_here(base: &str) -> bool {
    let Ok(url) = base.parse::<Url>() else { return false };
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || literal.is_ok_and(|it| it.is_loopback())
}

fn answer(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.take(MOST_READ));
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    let target = first.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match token(target) {
        Some(token) => ("200 OK", token),
        None => ("202 Accepted", String::new()),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The decoded token of a request's target.
fn token(target: &str) -> Option<String> {
    let url = Url::parse("http://callback").ok()?.join(target).ok()?;
    let found = url.query_pairs().find(|(name, _)| name == "validationToken");
    found.map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_decoded_and_places_are_told_apart() {
        assert_eq!(token("/notify?a=b&validationToken=x%20y%3A+z").as_deref(), Some("x y: z"));
        assert_eq!(token("/notify"), None);
        for (base, here) in [
            ("http://127.0.0.1:8080", true),
            ("https://localhost:8443/", true),
            ("http://[::1]:1", true),
            ("https://graph.example", false),
            ("https://10.0.0.1", false),
        ] {
            assert_eq!(is_here(base), here, "{base}");
        }
    }
}
