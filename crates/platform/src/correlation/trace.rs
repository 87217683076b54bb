//! What is kept of an alert beside each of its entities, so that a later alert can be weighed
//! against it without reading its document.
//!
//! One short line of text in the column of the link that was made for a peer.

use std::{borrow::Cow, fmt};

use super::{
    mention::Role,
    telling::{Stages, UNKNOWN},
};

/// The note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace<'a> {
    /// How much the alert tells, thousandths.
    pub telling: u32,
    /// The part the entity played.
    pub role: Role,
    /// How far along the alert stands.
    pub stages: Option<Stages>,
    /// The rule that spoke, as a digest.
    pub detector: u32,
    /// The other name of the entity in this alert: of an address its device, of a device its
    /// address.
    pub own: Cow<'a, str>,
    /// The other asset the alert tied the entity to, empty for none.
    pub peer: Cow<'a, str>,
}

impl fmt::Display for Trace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}|", self.telling, self.role.letter())?;
        if let Some(it) = self.stages {
            write!(f, "{}-{}", it.first, it.last)?;
        }
        write!(f, "|{:x}|{}|{}", self.detector, self.own.replace('|', "_"), self.peer)
    }
}

impl<'a> Trace<'a> {
    /// Reads the note back. Anything else is taken for the name of a peer alone.
    pub fn read(text: &'a str) -> Self {
        Self::parse(text).unwrap_or_else(|| Self {
            telling: UNKNOWN,
            role: Role::Plain,
            stages: None,
            detector: 0,
            own: Cow::default(),
            peer: text.into(),
        })
    }

    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, '|');
        let telling = parts.next()?.parse().ok()?;
        let role = Role::of_letter(parts.next()?)?;
        let stages = match parts.next()?.split_once('-') {
            Some((first, last)) => {
                Some(Stages { first: first.parse().ok()?, last: last.parse().ok()? })
            }
            None => None,
        };
        let detector = u32::from_str_radix(parts.next()?, 16).ok()?;
        let (own, peer) = (parts.next()?.into(), parts.next()?.into());
        Some(Self { telling, role, stages, detector, own, peer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_wrote() {
        for stages in [None, Some(Stages { first: 2, last: 11 })] {
            let it = Trace {
                telling: 850,
                role: Role::Target,
                stages,
                detector: 0xbeef,
                own: "web-01".into(),
                peer: "user:a|b".into(),
            };
            assert_eq!(Trace::read(&it.to_string()), it);
        }
        assert_eq!(Trace::read("device:ws1").peer, "device:ws1");
    }
}
