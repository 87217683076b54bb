//! Some thousands of requests that nobody would write by hand: whatever comes, the answer is an
//! answer, never a failure of ours.

use axum::body::Body;
use server::state::Limits;

use crate::world::{DOMAIN, World};

/// What the mutations begin with: one of each kind of path and option.
const SEEDS: &[&str] = &[
    "/v1.0/security/alerts_v2?$filter=severity eq 'high' and not (status eq 'new')&$top=5",
    "/v1.0/security/alerts_v2?$filter=evidence/any(e:e/verdict in ('a','b'))&$count=true",
    "/v1.0/security/alerts_v2?$orderby=createdDateTime desc,title&$skip=3&$select=id,title",
    "/v1.0/security/alerts_v2?$filter=createdDateTime gt 2026-01-05T10:20:30.1234567+00:00",
    "/v1.0/security/alerts_v2?$skiptoken=WzEsMixbIjIwMjYiXSwieCJd0123456789",
    "/v1.0/security/alerts_v2('x''y')/evidence/$count",
    "/v1.0/security/alerts_v2/x/comments",
    "/v1.0/security/alerts_v2/$count?$filter=title ne null",
    "/v1.0/security/incidents?$expand=alerts($filter=severity eq 'low';$top=2;$select=id)",
    "/v1.0/security/incidents/7/alerts/x?$select=title",
    "/v1.0/security/incidents/7/correlations",
    "/v1.0/security/alerts?$filter=fileStates/any(f:f/fileHash/hashValue eq 'ab')",
    "/v1.0/security/alerts?$filter=networkConnections/any(n:n/sourceAddress eq '1.2.3.4')",
    "/v1.0/security/microsoft.graph.security.runHuntingQuery",
    "/beta/security/getRunHuntingQuery(query='print 1',timespan=@t)?@t='P1D'",
    "/beta/security/alerts_v2?count=true&top=1&orderby=title",
    "/v1.0/security/secureScores?$top=1&$format=json",
    "/v1.0/$metadata",
    "/v1.0/$batch",
    "/provider/v1/alerts?source=suricata",
    "/provider/v1/events/DeviceEvents",
    "/api/advancedhunting/run",
    "/common/discovery/instance?authorization_endpoint=https://a/b/oauth2/v2.0/authorize",
    "/common/v2.0/.well-known/openid-configuration",
];

/// Pieces that break parsers.
const PIECES: &[&str] = &[
    "'",
    "''",
    "(",
    ")",
    "()",
    "/",
    "//",
    "$",
    "%",
    "%00",
    "%27",
    "%2F",
    "%FF",
    "%C3%A9",
    "%F0%9F",
    "%E2%80%8B",
    "+",
    "&",
    "=",
    ";",
    ",",
    ":",
    "@",
    "*",
    "!",
    "~",
    "?",
    "-",
    "--",
    ".",
    "..",
    "%20",
    "null",
    "true",
    "not ",
    "any(",
    "all(e:",
    "/$count",
    "/$value",
    "/$ref",
    "0",
    "-1",
    "1e999",
    "99999999999999999999",
    "9999-12-31T23:59:59.9999999Z",
    "0001-01-01",
    "2026-02-30",
    "$filter=",
    "$top=",
    "$orderby=",
    "$expand=",
    "$select=",
    "$skiptoken=",
    "{",
    "}",
    "[",
    "\"",
    "microsoft.graph.security.",
    "alerts_v2",
    "evidence",
    "yagura",
    "isof",
    "duration'P1D'",
];

const BODIES: &[&str] = &[
    "",
    "{}",
    "[]",
    "null",
    "[[[[",
    "{\"Query\":\"print 1\"}",
    "{\"query\":\"T\",\"timespan\":\"P99999999999D\"}",
    "{\"query\":\"T\",\"timespan\":\"9999-12-31/P1D\"}",
    "{\"status\":\"resolved\",\"assignedTo\":null}",
    "{\"comment\":\"\\u0000\\ud800\"}",
    "[{\"comment\":\"a\"},{\"@odata.type\":\"#x\"}]",
    "{\"title\":\"t\",\"severity\":\"high\",\"evidence\":[{\"@odata.type\":7}]}",
    "{\"timestamp\":\"2026-03-01T00:00:00.000000+0000\",\"event_type\":\"alert\",\"alert\":{}}",
    "{\"a\":1e400}",
    "\u{feff}{}",
];

/// The same sequence in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound.max(1)
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// A seed with some pieces put in, cut out or doubled, as it may stand in a request line.
    fn url(&mut self) -> String {
        let mut text: Vec<char> = self.of(SEEDS).chars().collect();
        for _ in 0..self.below(4) {
            let at = self.below(text.len() + 1);
            let to = (at + self.below(12)).min(text.len());
            match self.below(4) {
                0 => drop(text.drain(at..to)),
                1 => {
                    let piece: Vec<char> = text[at..to].to_vec();
                    text.splice(at..at, piece);
                }
                _ => drop(text.splice(at..at, self.of(PIECES).chars())),
            }
        }
        let text: String = text.into_iter().collect();
        let text = text.replace(' ', "%20").replace('"', "%22");
        if text.starts_with('/') { text } else { format!("/{text}") }
    }
}

#[tokio::test]
async fn no_request_makes_the_server_fail() {
    let world = World::new(&Limits::default()).await;
    let mut dice = Dice(0x5EED_1234_ABCD_0001);
    let (mut sent, mut found) = (0, 0);
    for round in 0..6000 {
        let url = dice.url();
        let method = dice.of(&["GET", "GET", "GET", "GET", "POST", "PATCH", "DELETE", "OPTIONS"]);
        let body = if method == "GET" { "" } else { dice.of(BODIES) };
        let Some(answer) = world.send(method, &url, Body::from(body)).await else { continue };
        let status = answer.status.as_u16();
        let line = format!("round {round}: {method} {url} {body}");
        assert!(status < 500 || status == 501, "{line}: {}", answer.text);
        if status >= 400 {
            let error = &answer.body["error"];
            // The token endpoints have OAuth's flat shape.
            assert!(error["message"].is_string() || error.is_string(), "{line}: {}", answer.text);
            assert!(answer.text.len() < 64 << 10, "{line}: {} bytes", answer.text.len());
        }
        sent += 1;
        found += usize::from(status == 200);
    }
    assert!(sent > 5000 && found > 300, "{sent} sent, {found} found something");
}

#[tokio::test]
async fn tenants_and_keys_of_any_form() {
    let world = World::new(&Limits::default()).await;
    for name in ["..", "%00", "%2e%2e", "a'b", "\u{e9}", "common%20", DOMAIN, "-", "%F0%9F%92%A9"] {
        for path in ["oauth2/v2.0/token", "v2.0/.well-known/openid-configuration"] {
            for method in ["GET", "POST"] {
                let url = format!("/{name}/{path}");
                let body = Body::from("grant_type=client_credentials&client_id=%00&scope=x");
                let Some(answer) = world.send(method, &url, body).await else { continue };
                assert!(answer.status.as_u16() < 500, "{url}: {}", answer.text);
            }
        }
    }
}
