//! Small readings of JSON documents that every area needs.

use model::time::Timestamp;
use serde_json::{Map, Value};

/// A JSON object in the order it was written.
pub(crate) type Doc = Map<String, Value>;

/// The text of a member, empty when it is absent or no text.
pub(crate) fn text<'a>(doc: &'a Doc, member: &str) -> &'a str {
    doc.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// A stamp member in ticks, 0 when absent.
pub(crate) fn ticks(doc: &Doc, member: &str) -> i64 {
    Timestamp::parse(text(doc, member)).map_or(0, |it| it.0)
}

/// The elements of a member that is a list; nothing when it is none.
pub(crate) fn list<'a>(doc: &'a Doc, member: &str) -> &'a [Value] {
    doc.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of a member that is a list of texts.
pub(crate) fn texts<'a>(doc: &'a Doc, member: &str) -> impl Iterator<Item = &'a str> {
    list(doc, member).iter().filter_map(Value::as_str)
}

/// The objects of a member that is a list of objects.
pub(crate) fn objects<'a>(doc: &'a Doc, member: &str) -> impl Iterator<Item = &'a Doc> {
    list(doc, member).iter().filter_map(Value::as_object)
}

/// A member that is an object.
pub(crate) fn object<'a>(doc: &'a Doc, member: &str) -> Option<&'a Doc> {
    doc.get(member).and_then(Value::as_object)
}

/// Sets a member.
pub(crate) fn set(doc: &mut Doc, member: &str, value: impl Into<Value>) {
    doc.insert(member.to_owned(), value.into());
}
