//! The envelope of a `$batch`: from any JSON to requests in the order they run.
//!
//! What makes it unclear which request is meant, or when it is due, fails the batch as a whole.
//! What a single request says of its method, headers and body is read when that request runs, so
//! that a mistake there fails it alone.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{Version, code::Code, text::short};

/// The most requests in a batch.
pub const MOST: usize = 20;

/// One request of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its id, as text.
    pub id: String,
    /// Everything that was sent of it.
    pub sent: Map<String, Value>,
    /// Places of those it depends on, each before its own.
    pub after: Vec<usize>,
}

impl Part {
    /// A member's text; empty when it is absent or something else.
    pub fn text(&self, member: &str) -> &str {
        self.sent.get(member).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Why a batch cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BatchError {
    /// The member at fault, when there is one.
    pub target: Option<String>,
    /// What is wrong with it.
    pub message: String,
}

impl BatchError {
    fn new(target: impl Into<Option<String>>, message: impl Into<String>) -> BatchError {
        BatchError { target: target.into(), message: message.into() }
    }

    /// An error at a member, which the message begins with.
    fn at(target: String, what: &str) -> BatchError {
        let message = format!("{target}: {what}");
        BatchError::new(target, message)
    }

    /// How callers see it.
    pub fn code(&self) -> Code {
        Code::BadRequest
    }
}

/// Reads a batch: as listed, but no request before those it depends on.
pub fn read(body: Option<Value>) -> Result<Vec<Part>, BatchError> {
    let Some(Value::Object(mut members)) = body else {
        return Err(BatchError::new(None, "a batch is an object with the member 'requests'"));
    };
    let target = || "requests".to_owned();
    let Some(Value::Array(requests)) = members.remove("requests") else {
        return Err(BatchError::new(target(), "'requests' is needed and must be an array"));
    };
    if requests.len() > MOST {
        let got = requests.len();
        let message = format!("a batch has at most {MOST} requests, this one has {got}");
        return Err(BatchError::new(target(), message));
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut parts = Vec::with_capacity(requests.len());
    for (place, request) in requests.into_iter().enumerate() {
        let at = || format!("requests[{place}]");
        let Value::Object(sent) = request else {
            return Err(BatchError::at(at(), "expected an object"));
        };
        let id = match sent.get("id") {
            Some(Value::String(id)) if !id.is_empty() => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => return Err(BatchError::at(at() + ".id", "is needed and must be text")),
        };
        if places.insert(id.to_lowercase(), place).is_some() {
            let what = format!("'{}' stands there twice", short(&id));
            return Err(BatchError::at(at() + ".id", &what));
        }
        parts.push(Part { id, sent, after: Vec::new() });
    }
    for (place, part) in parts.iter_mut().enumerate() {
        part.after = dependencies(place, part.sent.get("dependsOn"), &places)?;
    }
    in_order(parts)
}

/// The places that a request names in `dependsOn`.
fn dependencies(
    place: usize,
    said: Option<&Value>,
    places: &HashMap<String, usize>,
) -> Result<Vec<usize>, BatchError> {
    let at = || format!("requests[{place}].dependsOn");
    let names = match said {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(names)) => names,
        Some(_) => return Err(BatchError::at(at(), "expected an array")),
    };
    let mut after = Vec::new();
    for name in names {
        let known = name.as_str().and_then(|it| places.get(&it.to_lowercase()));
        let Some(known) = known else {
            let what = format!("there is no request {}", short(&name.to_string()));
            return Err(BatchError::at(at(), &what));
        };
        if !after.contains(known) {
            after.push(*known);
        }
    }
    Ok(after)
}

/// The same requests in the order to run in, their dependencies by their new places.
fn in_order(parts: Vec<Part>) -> Result<Vec<Part>, BatchError> {
    let mut order: Vec<usize> = Vec::with_capacity(parts.len());
    while order.len() < parts.len() {
        let ready = parts.iter().enumerate().find(|(place, part)| {
            !order.contains(place) && part.after.iter().all(|it| order.contains(it))
        });
        let Some((place, _)) = ready else {
            let what = "the requests depend on each other in a circle";
            return Err(BatchError::at("dependsOn".to_owned(), what));
        };
        order.push(place);
    }
    let moved = |old: usize| order.iter().position(|it| *it == old).unwrap_or(old);
    let mut parts: Vec<(usize, Part)> =
        parts.into_iter().enumerate().map(|(old, part)| (moved(old), part)).collect();
    parts.sort_by_key(|(place, _)| *place);
    let renamed = parts.into_iter().map(|(_, mut part)| {
        part.after.iter_mut().for_each(|it| *it = moved(*it));
        part
    });
    Ok(renamed.collect())
}

/// The version that a request's `url` is of, and the path and query behind that. An absolute URL
/// names its version, a relative one has the batch's, unless it names one as well; none leads out
/// of this service.
pub fn rooted(version: Version, url: &str) -> Option<(Version, String)> {
    let absolute = ["http://", "https://"]
        .iter()
        .find_map(|it| url.get(..it.len()).filter(|head| head.eq_ignore_ascii_case(it)))
        .and_then(|head| url.get(head.len()..));
    let path = match absolute {
        Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url,
    };
    let path = path.trim_start_matches('/');
    let (first, rest) = path.find(['/', '?']).map_or((path, ""), |at| path.split_at(at));
    match Version::parse(first) {
        Some(named) => Some((named, rest.trim_start_matches('/').to_owned())),
        None if absolute.is_some() => None,
        None => Some((version, path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn urls_are_brought_under_a_root() {
        let of = |url: &str| {
            rooted(Version::Beta, url).map(|(version, url)| format!("{} {url}", version.as_str()))
        };
        for (url, found) in [
            ("/security/incidents?$top=1", "beta security/incidents?$top=1"),
            ("security/incidents", "beta security/incidents"),
            ("/v1.0/security", "v1.0 security"),
            ("https://graph.microsoft.com/v1.0/security?$top=1", "v1.0 security?$top=1"),
            (
                "/subscriptions?$filter=a eq 'https://x/y'",
                "beta subscriptions?$filter=a eq 'https://x/y'",
            ),
        ] {
            assert_eq!(of(url).as_deref(), Some(found), "{url}");
        }
        assert_eq!(of("https://graph.microsoft.com/other/x"), None);
    }

    #[test]
    fn parts_are_ordered_by_what_they_depend_on() {
        let told = |body: Value| match read(Some(body)) {
            Ok(parts) => {
                let told = parts.iter().map(|it| format!("{} {:?}", it.id, it.after));
                told.collect::<Vec<_>>().join(", ")
            }
            Err(error) => error.to_string(),
        };
        let of = |requests: Value| told(json!({ "requests": requests }));
        assert_eq!(
            of(json!([{"id": "1", "dependsOn": ["C", "c"]}, {"id": "b"},
                      {"id": "c", "dependsOn": ["b"]}])),
            "b [], c [0], 1 [1]"
        );
        assert_eq!(
            of(json!([{"id": "1", "dependsOn": ["2"]}, {"id": "2", "dependsOn": ["1"]}])),
            "dependsOn: the requests depend on each other in a circle"
        );
        assert_eq!(told(json!([])), "a batch is an object with the member 'requests'");
        assert_eq!(of(json!({})), "'requests' is needed and must be an array");
        assert_eq!(of(json!([{"id": "a"}, {"id": "A"}])), "requests[1].id: 'A' stands there twice");
        assert_eq!(of(json!([{"id": ""}])), "requests[0].id: is needed and must be text");
        assert_eq!(
            of(json!([{"id": "a", "dependsOn": ["b"]}])),
            "requests[0].dependsOn: there is no request \"b\""
        );
        let many: Vec<Value> = (0..21).map(|it| json!({"id": it.to_string()})).collect();
        assert_eq!(of(json!(many)), "a batch has at most 20 requests, this one has 21");
    }

    #[test]
    fn long_names_are_not_repeated_at_length() {
        let long = "x".repeat(100_000);
        for requests in
            [json!([{"id": long}, {"id": long}]), json!([{"id": "a", "dependsOn": [long]}])]
        {
            let error = read(Some(json!({ "requests": requests }))).unwrap_err();
            assert!(error.message.len() < 200, "{}", error.message.len());
        }
    }
}
