//! The links of one entity as bytes: close together, because every alert rewrites a few such rows.
//!
//! A link after the other, newest first: its moment as the distance from the one before, then its
//! three texts, each as how much of its beginning is that of the one before and what differs.
//! Numbers are written seven bits to a byte, low ones first.

use crate::Link;

/// The bytes of some links.
pub(crate) fn write(links: &[Link]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(links.len() * 64);
    let mut before = &Link::default();
    for link in links {
        let step = link.at.wrapping_sub(before.at);
        number(&mut bytes, ((step << 1) ^ (step >> 63)).cast_unsigned());
        for (text, held) in texts(link).into_iter().zip(texts(before)) {
            let same = text.bytes().zip(held.bytes()).take_while(|(a, b)| a == b).count();
            let same = text.floor_char_boundary(same);
            number(&mut bytes, same as u64);
            number(&mut bytes, (text.len() - same) as u64);
            bytes.extend_from_slice(&text.as_bytes()[same..]);
        }
        before = link;
    }
    bytes
}

/// The links of some bytes; none when [`write`] cannot have made them.
pub(crate) fn read(mut bytes: &[u8]) -> Option<Vec<Link>> {
    let mut links: Vec<Link> = Vec::new();
    while !bytes.is_empty() {
        let (step, rest) = take_number(bytes)?;
        bytes = rest;
        let step = (step >> 1).cast_signed() ^ -(step & 1).cast_signed();
        let before = links.last();
        let at = before.map_or(0, |it| it.at).wrapping_add(step);
        let held = before.map_or([""; 3], texts);
        let mut text = |held: &str| {
            let (same, rest) = take_number(bytes)?;
            let (more, rest) = take_number(rest)?;
            let (more, rest) = rest.split_at_checked(usize::try_from(more).ok()?)?;
            bytes = rest;
            let same = held.get(..usize::try_from(same).ok()?)?;
            let more = std::str::from_utf8(more).ok()?;
            Some([same, more].concat())
        };
        let (alert_id, incident_id, peer) = (text(held[0])?, text(held[1])?, text(held[2])?);
        links.push(Link { alert_id, incident_id, at, peer });
    }
    Some(links)
}

fn texts(link: &Link) -> [&str; 3] {
    [&link.alert_id, &link.incident_id, &link.peer]
}

fn number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn link(alert: &str, incident: &str, at: i64, peer: &str) -> Link {
        Link { alert_id: alert.into(), incident_id: incident.into(), at, peer: peer.into() }
    }

    #[test]
    fn reads_back_what_it_wrote_and_nothing_else() {
        let links = [
            link("ya0639_b", "17", 639_000_000_000_000_000, "850|p|2-3|beef||ip:5.6.7.8"),
            link("ya0639_a", "18", 638_999_999_999_999_999, "850|p||beef||ip:5.6.7.9"),
            link("é", "", i64::MIN, ""),
            link("è", "1", i64::MAX, &"x".repeat(300)),
        ];
        let bytes = write(&links);
        assert_eq!(read(&bytes).unwrap(), links);
        assert_eq!(read(&[]).unwrap(), []);
        for end in 1..bytes.len() {
            // Cut off anywhere it is fewer links or an error, never a panic.
            assert!(read(&bytes[..end]).is_none_or(|it| it.len() < links.len()));
        }
        assert_eq!(read(&[0, 9, 0]), None);
        assert_eq!(read(&[0xff; 16]), None);
    }
}
