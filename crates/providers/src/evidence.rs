//! Evidence: the typed things an alert is about, each with the parts they played.
//!
//! Every piece has what the type demands (when it was noted, a verdict, what was done about it,
//! roles). One thing named twice is one piece with the roles of both, so that an alert reads as a
//! list of things rather than of mentions.

use serde_json::{Map, Value};

use crate::identity::Host;
use crate::text;

/// Pieces kept per alert; what comes after is counted.
pub(crate) const MOST: usize = 100;

/// One piece of evidence being written.
#[derive(Debug, Clone)]
pub(crate) struct Piece(Map<String, Value>);

impl Piece {
    pub(crate) fn new(kind: &str, noted: &str) -> Self {
        let mut members = Map::new();
        members.insert("@odata.type".into(), format!("#microsoft.graph.security.{kind}").into());
        members.insert("createdDateTime".into(), noted.into());
        members.insert("verdict".into(), "unknown".into());
        members.insert("remediationStatus".into(), "none".into());
        members.insert("roles".into(), Value::Array(Vec::new()));
        Self(members)
    }

    pub(crate) fn ip(address: &str, noted: &str) -> Self {
        Self::new("ipEvidence", noted).set("ipAddress", address)
    }

    pub(crate) fn device(host: &Host, noted: &str) -> Self {
        let piece = Self::new("deviceEvidence", noted).set("hostName", host.name.as_str());
        match &host.dns {
            Some((whole, domain)) => {
                piece.set("deviceDnsName", whole.as_str()).set("dnsDomain", domain.as_str())
            }
            None => piece,
        }
    }

    pub(crate) fn user(account: Map<String, Value>, noted: &str) -> Self {
        Self::new("userEvidence", noted).set("userAccount", account)
    }

    pub(crate) fn url(address: &str, noted: &str) -> Self {
        Self::new("urlEvidence", noted).set("url", text::cut(address, text::LONG))
    }

    pub(crate) fn domain(name: &str, noted: &str) -> Self {
        Self::new("dnsEvidence", noted).set("domainName", name)
    }

    /// `None` when nothing of the file is known.
    pub(crate) fn file(file: &File, noted: &str) -> Option<Self> {
        let details = file.details()?;
        Some(Self::new("fileEvidence", noted).set("fileDetails", details))
    }

    pub(crate) fn set(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.insert(member.to_owned(), value.into());
        self
    }

    pub(crate) fn set_some(self, member: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.set(member, value),
            None => self,
        }
    }

    pub(crate) fn role(self, role: &str) -> Self {
        self.add("roles", role)
    }

    pub(crate) fn roles(self, roles: &[&str]) -> Self {
        roles.iter().fold(self, |piece, role| piece.role(role))
    }

    /// What it was in the product's own terms, such as `web application firewall`.
    pub(crate) fn detailed(self, role: &str) -> Self {
        self.add("detailedRoles", role)
    }

    pub(crate) fn tag(self, tag: &str) -> Self {
        self.add("tags", tag)
    }

    fn add(mut self, member: &str, item: &str) -> Self {
        push_new(&mut self.0, member, Value::from(text::line(item, text::LINE)));
        self
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// Everything said about the thing itself.
    fn same_thing(&self, other: &Self) -> bool {
        let told_apart = |(key, _): &(&String, &Value)| {
            !["createdDateTime", "roles", "detailedRoles", "tags"].contains(&key.as_str())
        };
        self.0.iter().filter(told_apart).count() == other.0.iter().filter(told_apart).count()
            && self.0.iter().filter(told_apart).all(|(key, value)| other.0.get(key) == Some(value))
    }
}

fn push_new(members: &mut Map<String, Value>, list: &str, item: Value) {
    let slot = members.entry(list.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(items) = slot
        && !items.contains(&item)
    {
        items.push(item);
    }
}

/// A file as products describe it; `fileDetails` is what they agree on.
#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    pub(crate) name: Option<String>,
    pub(crate) folder: Option<String>,
    pub(crate) size: Option<i64>,
    pub(crate) md5: Option<String>,
    pub(crate) sha1: Option<String>,
    pub(crate) sha256: Option<String>,
}

impl File {
    /// A file known by its whole path.
    pub(crate) fn at(path: &str) -> Self {
        let (name, folder) = crate::identity::path(path);
        Self { name: Some(name), folder, ..Self::default() }
    }

    pub(crate) fn details(&self) -> Option<Map<String, Value>> {
        let mut details = Map::new();
        let mut put = |member: &str, value: Option<Value>| {
            if let Some(value) = value {
                details.insert(member.to_owned(), value);
            }
        };
        put("fileName", self.name.as_deref().map(|it| text::cut(it, text::LINE).into()));
        put("filePath", self.folder.as_deref().map(|it| text::cut(it, text::LONG).into()));
        put("fileSize", self.size.filter(|size| *size >= 0).map(Value::from));
        put("md5", self.md5.clone().map(Value::from));
        put("sha1", self.sha1.clone().map(Value::from));
        put("sha256", self.sha256.clone().map(Value::from));
        (!details.is_empty()).then_some(details)
    }
}

/// The evidence of one alert.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pieces: Vec<Piece>,
    /// How many pieces found no room.
    pub(crate) left_out: usize,
}

impl Evidence {
    pub(crate) fn add(&mut self, piece: Piece) {
        let room = self.pieces.len() < MOST;
        match self.pieces.iter_mut().find(|known| known.same_thing(&piece)) {
            Some(known) => {
                for list in ["roles", "detailedRoles", "tags"] {
                    for item in piece.0.get(list).and_then(Value::as_array).into_iter().flatten() {
                        push_new(&mut known.0, list, item.clone());
                    }
                }
            }
            None if room => self.pieces.push(piece),
            None => self.left_out += 1,
        }
    }

    pub(crate) fn add_some(&mut self, piece: Option<Piece>) {
        if let Some(piece) = piece {
            self.add(piece);
        }
    }

    pub(crate) fn into_value(self) -> Value {
        self.pieces.into_iter().map(Piece::into_value).collect()
    }
}
