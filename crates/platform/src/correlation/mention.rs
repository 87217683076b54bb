//! An entity as one alert mentions it: the part it plays there decides what sharing it means.
//!
//! The attacker's address is a strong bond. The public web server that half the internet knocks at
//! is none, as long as nobody gets in.

use super::entity::{Entity, Facet};

/// The part an entity plays in an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It is involved.
    Plain,
    /// The attacker's own: an address that attacks, a controller, a bait.
    Hostile,
    /// Somebody outside aims at it; whether he hit is not said.
    Target,
}

impl Role {
    /// One letter for [`super::trace::Trace`].
    pub fn letter(self) -> char {
        match self {
            Self::Plain => 'p',
            Self::Hostile => 'h',
            Self::Target => 't',
        }
    }

    /// The role of a letter.
    pub fn of_letter(letter: &str) -> Option<Self> {
        match letter {
            "p" => Some(Self::Plain),
            "h" => Some(Self::Hostile),
            "t" => Some(Self::Target),
            _ => None,
        }
    }
}

/// A mention.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// What is mentioned.
    pub entity: Entity,
    /// The part it plays.
    pub role: Role,
    /// Its other name in this alert: of an address its device, of a device its address. Empty when
    /// the alert does not say.
    pub own: String,
    /// It is shown to people but joins nothing.
    pub mute: bool,
}

impl Mention {
    /// What the mention is evidence of: a name or an address that is aimed at is a place of the
    /// organisation's.
    pub fn facet(&self) -> Facet {
        match self.entity.kind.facet() {
            Facet::Outside if self.role == Role::Target => Facet::Place,
            facet => facet,
        }
    }
}
