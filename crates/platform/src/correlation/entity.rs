//! What alerts can have in common: an entity, its kind, and how much each kind says.
//!
//! Weights are thousandths and all arithmetic on them is whole numbers, so that a replay on another
//! machine ends in the same incidents. A weight is what one shared entity of the kind is worth when
//! both alerts happened at the same moment; after each half-life it is worth half.

use std::fmt;

/// The kinds of entities that may join alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// A machine, by host name or by a product's device id.
    Device,
    /// An account, by principal name, by SID or by plain name.
    User,
    /// An address inside the organisation.
    PrivateIp,
    /// A private address that routers like to have.
    Gateway,
    /// An address on the internet.
    PublicIp,
    /// A file by hash.
    File,
    /// A running process: machine, number and start.
    Process,
    /// A whole URL.
    Url,
    /// A domain name.
    Domain,
    /// A mail address.
    Mailbox,
    /// A message by its network id.
    Message,
    /// A cloud resource, container, application or group.
    Resource,
    /// The same rule of the same product about the same things.
    Detection,
}

/// What a kind is evidence of. Two names of one thing are one piece of evidence, so of each facet
/// only the best shared entity counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// Where in the organisation.
    Place,
    /// Who in the organisation.
    Person,
    /// Whom outside.
    Outside,
    /// With what: a file, a process, a message.
    Artifact,
    /// A resource in a cloud.
    Cloud,
    /// Once more the same.
    Repeat,
}

impl Facet {
    /// How many there are; each is a number below it.
    pub const COUNT: usize = Self::Repeat as usize + 1;
}

impl EntityKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Device,
        Self::User,
        Self::PrivateIp,
        Self::Gateway,
        Self::PublicIp,
        Self::File,
        Self::Process,
        Self::Url,
        Self::Domain,
        Self::Mailbox,
        Self::Message,
        Self::Resource,
        Self::Detection,
    ];

    /// The name in keys, reasons and documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::User => "user",
            Self::PrivateIp => "privateIp",
            Self::Gateway => "gateway",
            Self::PublicIp => "publicIp",
            Self::File => "file",
            Self::Process => "process",
            Self::Url => "url",
            Self::Domain => "domain",
            Self::Mailbox => "mailbox",
            Self::Message => "message",
            Self::Resource => "resource",
            Self::Detection => "detection",
        }
    }

    /// The rule a shared entity of this kind stands for in an explanation.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Device => "sameDevice",
            Self::User => "sameUser",
            Self::PrivateIp => "samePrivateIp",
            Self::Gateway => "sameGateway",
            Self::PublicIp => "samePublicIp",
            Self::File => "sameFile",
            Self::Process => "sameProcess",
            Self::Url => "sameUrl",
            Self::Domain => "sameDomain",
            Self::Mailbox => "sameMailbox",
            Self::Message => "sameMessage",
            Self::Resource => "sameResource",
            Self::Detection => "sameDetection",
        }
    }

    /// What it is evidence of.
    pub fn facet(self) -> Facet {
        match self {
            Self::Device | Self::PrivateIp | Self::Gateway => Facet::Place,
            Self::User | Self::Mailbox => Facet::Person,
            Self::PublicIp | Self::Domain | Self::Url => Facet::Outside,
            Self::File | Self::Process | Self::Message => Facet::Artifact,
            Self::Resource => Facet::Cloud,
            Self::Detection => Facet::Repeat,
        }
    }

    /// Worth in thousandths, before everything that lessens it.
    pub fn weight(self) -> u32 {
        match self {
            Self::Detection => 900,
            Self::Process => 850,
            Self::File | Self::Message => 800,
            Self::Device => 700,
            Self::User | Self::Mailbox | Self::Url => 650,
            Self::PublicIp | Self::PrivateIp | Self::Resource => 600,
            Self::Domain => 550,
            Self::Gateway => 100,
        }
    }

    /// Worth when a product says that the attacker uses it.
    pub fn hostile_weight(self) -> u32 {
        match self {
            Self::PublicIp | Self::Domain | Self::Url => 780,
            _ => self.weight(),
        }
    }

    /// Hours after which the worth has halved. Addresses inside change hands; hashes do not.
    pub fn half_life_hours(self) -> i64 {
        match self {
            Self::PrivateIp | Self::Gateway => 12,
            Self::Device | Self::User | Self::PublicIp | Self::Process => 24,
            Self::Domain | Self::Url | Self::Resource | Self::Detection => 24,
            Self::Mailbox | Self::Message => 48,
            Self::File => 72,
        }
    }

    /// Whether it names one of the organisation's own things, so that meeting many of them makes
    /// the other side a hub.
    pub fn is_asset(self) -> bool {
        matches!(self, Self::Device | Self::User | Self::PrivateIp | Self::Mailbox)
    }
}

/// One entity, normalised: two alerts share it when both parts are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Its name in lower case, at most [`Entity::LONGEST`] bytes.
    pub value: String,
}

impl Entity {
    /// Longer values say no more and would only make the index larger.
    pub const LONGEST: usize = 256;

    /// An entity from raw text; none when the text is empty after trimming.
    pub fn new(kind: EntityKind, raw: &str) -> Option<Self> {
        let value = raw.trim().to_lowercase();
        if value.is_empty() {
            return None;
        }
        let mut end = value.len().min(Self::LONGEST);
        while !value.is_char_boundary(end) {
            end -= 1;
        }
        Some(Self { kind, value: value[..end].to_owned() })
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name(), self.value)
    }
}
