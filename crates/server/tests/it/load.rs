//! Load that is shed: 429 with the time to come back (item 52 of what clients need).

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::StatusCode;
use server::{gate::Room, state::Limits};
use tokio::sync::oneshot;

use crate::world::{DOMAIN, World};

fn tight() -> Limits {
    let one = Room { at_once: 1, waiting: 0 };
    Limits {
        secrets: Room { at_once: 0, waiting: 0 },
        pushes: one,
        events: one,
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_push_too_many_is_told_when_to_come_back() {
    let world = World::new(&tight()).await;
    let url = "/provider/v1/alerts?source=suricata";
    // The first one's body is still to come, so it keeps its place.
    let (ends, end) = oneshot::channel();
    let open = Body::from_stream(stream::once(end));
    let second = async {
        let refused = world.send("POST", url, Body::from("[]")).await.unwrap();
        ends.send(Bytes::from_static(b"[]")).unwrap();
        refused
    };
    let (first, refused) = tokio::join!(world.send("POST", url, open), second);
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.body["error"]["code"], "TooManyRequests");
    let wait: u32 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..180).contains(&wait));
    assert_eq!(first.unwrap().status, StatusCode::OK);
    let again = world.send("POST", url, Body::from("[]")).await.unwrap();
    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
}

#[tokio::test]
async fn a_token_too_many_is_refused_in_the_shape_of_oauth() {
    let world = World::new(&tight()).await;
    let url = format!("/{DOMAIN}/oauth2/v2.0/token");
    let form = "grant_type=client_credentials&client_id=a&client_secret=b\
                &scope=https://graph.microsoft.com/.default";
    let refused = world.send("POST", &url, Body::from(form)).await.unwrap();
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text);
    assert_eq!(refused.body["error"], "temporarily_unavailable");
    assert_eq!(refused.body["error_codes"][0], 90_055);
    assert!(refused.headers.contains_key("retry-after"));
}
