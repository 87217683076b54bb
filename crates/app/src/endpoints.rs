//! Calls to the endpoints of subscriptions, to addresses that may be called and to no others.
//!
//! A name is resolved once, by the resolver here, and only what it lets through is connected to; so
//! a name cannot stand for one address while it is checked and for another one afterwards.
//! Redirects and proxies would lead elsewhere and are not used.

mod reach;

use std::{net::IpAddr, sync::Arc, time::Duration};

use ipnet::IpNet;
use kql::hunt::BoxFuture;
use platform::areas::subscriptions::endpoints::{Answer, Endpoints, Message};
use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, RETRY_AFTER},
    redirect::Policy,
    retry,
};

use self::reach::Reach;

/// The most that is read of an answer.
const MOST_READ: usize = 8 << 10;
/// Connections that are kept for the next message.
const KEPT: usize = 8;
/// How long they are kept.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// The way out.
pub struct Outward {
    client: Client,
    reach: Arc<Reach>,
    plain_http: bool,
}

impl Outward {
    /// To public addresses, and to those of `networks`; over TLS, unless `plain_http`.
    pub fn new(plain_http: bool, networks: &[IpNet]) -> anyhow::Result<Self> {
        let reach = Arc::new(Reach::new(networks));
        let client = Client::builder()
            .dns_resolver(Checked(Arc::clone(&reach)))
            .redirect(Policy::none())
            .no_proxy()
            .https_only(!plain_http)
            .pool_max_idle_per_host(KEPT)
            .pool_idle_timeout(KEPT_FOR)
            .retry(retry::never())
            .user_agent(concat!("yagura/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, reach, plain_http })
    }

    fn checked(&self, url: &str) -> Result<Url, String> {
        let url: Url = url.parse().map_err(|error| format!("is not an address: {error}"))?;
        match url.scheme() {
            "https" => {}
            "http" if self.plain_http => {}
            _ => return Err("must begin with https://".to_owned()),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err("must not have a user, a password or a fragment".to_owned());
        }
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if host.is_empty() || literal.is_ok_and(|it| !self.reach.allows(it)) {
            return Err(NOT_ALLOWED.to_owned());
        }
        Ok(url)
    }

    async fn carry(&self, message: Message) -> Result<Answer, String> {
        let Message { url, media, body, patience } = message;
        let url = self.checked(&url)?;
        let sent = self.client.post(url).header(CONTENT_TYPE, media).body(body);
        let exchange = async {
            let mut answer = sent.send().await.map_err(|error| unreachable(&error))?;
            let text = |name| {
                let value = answer.headers().get(name);
                value.and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned()
            };
            let (media, wait): (String, String) = (text(CONTENT_TYPE), text(RETRY_AFTER));
            let mut out = Answer {
                status: answer.status().as_u16(),
                media,
                body: Vec::new(),
                retry_after: wait.trim().parse().ok(),
            };
            while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(&error))? {
                let room = MOST_READ - out.body.len();
                out.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    break;
                }
            }
            Ok(out)
        };
        let answer = tokio::time::timeout(patience, exchange).await;
        answer.unwrap_or_else(|_| Err("did not answer in time".to_owned()))
    }
}

const NOT_ALLOWED: &str = "names an address that the operator does not allow";

/// What a subscriber may know of why the endpoint could not be reached. Whether a port of a
/// neighbour is open or closed is not among it: all else answers alike.
fn unreachable(error: &reqwest::Error) -> String {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(it) = cause {
        if it.is::<Refused>() {
            return NOT_ALLOWED.to_owned();
        }
        cause = it.source();
    }
    "could not be reached".to_owned()
}

impl Endpoints for Outward {
    fn may_call(&self, url: &str) -> Result<(), String> {
        self.checked(url).map(|_| ())
    }

    fn post(&self, message: Message) -> BoxFuture<'_, Result<Answer, String>> {
        Box::pin(self.carry(message))
    }
}

/// Resolves names to addresses that may be called.
struct Checked(Arc<Reach>);

/// Nothing that a name stands for may be called.
#[derive(Debug)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no address of this name may be called")
    }
}

impl std::error::Error for Refused {}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found.filter(|it| reach.allows(it.ip())).collect();
            if allowed.is_empty() {
                return Err(Refused.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    fn local() -> Outward {
        Outward::new(true, &["127.0.0.0/8".parse().unwrap()]).unwrap()
    }

    fn message(url: String, patience: u64) -> Message {
        let patience = Duration::from_millis(patience);
        Message { url, media: "text/plain", body: b"hello".to_vec(), patience }
    }

    #[test]
    fn addresses_are_refused_by_what_they_say() {
        let strict = Outward::new(false, &[]).unwrap();
        for (url, local_may, strict_may) in [
            ("https://soar.example/notify?a=b", true, true),
            ("https://8.8.8.8:8443/", true, true),
            ("http://soar.example/", true, false),
            ("https://127.0.0.1/", true, false),
            ("https://127.1/", true, false),
            ("https://2130706433/", true, false),
            ("https://[::ffff:127.0.0.1]/", true, false),
            ("https://[::1]/", false, false),
            ("https://10.0.0.1/", false, false),
            ("https://169.254.169.254/latest/meta-data", false, false),
            ("https://0xa9fea9fe/", false, false),
            ("https://user@soar.example/", false, false),
            ("https://soar.example/#a", false, false),
            ("ftp://soar.example/", false, false),
            ("EventHub:https://vault.example/secrets/x", false, false),
            ("soar.example", false, false),
            ("", false, false),
        ] {
            assert_eq!(local().may_call(url).is_ok(), local_may, "{url}");
            assert_eq!(strict.may_call(url).is_ok(), strict_may, "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_leads_only_to_allowed_addresses() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://localhost:{port}/");
        let strict = Outward::new(true, &[]).unwrap();
        strict.may_call(&url).unwrap();
        assert_eq!(strict.post(message(url, 5_000)).await.unwrap_err(), NOT_ALLOWED);
    }

    #[tokio::test]
    async fn answers_are_read_and_redirects_are_not_followed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = vec![0; 4_096];
            let count = stream.read(&mut read).await.unwrap();
            let answer = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\nretry-after: 7\r\n\
                          content-type: text/plain\r\ncontent-length: 20000\r\n\r\n";
            stream.write_all(answer.as_bytes()).await.unwrap();
            let _ = stream.write_all(&vec![b'x'; 20_000]).await;
            String::from_utf8_lossy(&read[..count]).into_owned()
        });
        let answer = local().post(message(url, 5_000)).await.unwrap();
        assert_eq!((answer.status, answer.retry_after), (302, Some(7)));
        assert_eq!((answer.media.as_str(), answer.body.len()), ("text/plain", MOST_READ));
        let request = served.await.unwrap();
        assert!(request.starts_with("POST / HTTP/1.1\r\n"), "{request}");
        assert!(request.ends_with("\r\n\r\nhello"), "{request}");
    }

    #[tokio::test]
    async fn who_does_not_answer_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let late = local().post(message(url, 50)).await.unwrap_err();
        assert_eq!(late, "did not answer in time");
        let closed = listener.local_addr().unwrap();
        drop(listener);
        let gone = local().post(message(format!("http://{closed}/"), 5_000)).await.unwrap_err();
        assert_eq!(gone, "could not be reached");
    }
}
