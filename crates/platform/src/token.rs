//! The `$skiptoken` of a page: the store's cursor with a check that it is ours and for this list.
//!
//! The check is short and needs no key: a cursor can do no harm wherever it points (every value in
//! it is bound, the tenant comes from the caller). It is there so that a token cut short, mistyped
//! or taken to another list is refused instead of answering from somewhere else.

use sha2::{Digest, Sha256};
use store::{Cursor, ListAsk};

use crate::{fault::Fault, intake::fingerprint::hex};

/// Bytes of the digest, written as twice as many digits.
const CHECK: usize = 5;

/// The token for a cursor on the list of `ask`.
pub(crate) fn seal(ask: &ListAsk, cursor: &Cursor) -> String {
    let text = cursor.to_string();
    let check = check(ask, &text);
    format!("{text}{check}")
}

/// Reads a token of the list of `ask`.
pub(crate) fn unseal(ask: &ListAsk, token: &str) -> Result<Cursor, Fault> {
    let wrong = || Fault::invalid("$skiptoken", "it is not one that this list gave out");
    let split = token.len().checked_sub(2 * CHECK).ok_or_else(wrong)?;
    let (text, sum) = token.split_at_checked(split).ok_or_else(wrong)?;
    if check(ask, text) != sum {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

fn check(ask: &ListAsk, text: &str) -> String {
    let mut hash = Sha256::new();
    for part in [&ask.tenant, &ask.kind, ask.parent.as_ref().unwrap_or(&String::new())] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    // The filter decides which rows a place lies between; another one makes it another list.
    hash.update(format!("{:?}{:?}", ask.filter, ask.extra).as_bytes());
    hash.update(text.as_bytes());
    hex(&hash.finalize()[..CHECK])
}

/// A number that a list hands out, with the same check.
pub(crate) fn mark(list: &str, number: u64) -> String {
    let sum = mark_check(list, number);
    format!("{number:x}-{sum}")
}

/// Reads a number that the list handed out.
pub(crate) fn unmark(list: &str, token: &str) -> Result<u64, Fault> {
    let wrong = || Fault::invalid("$skiptoken", "it is not one that this list gave out");
    let (number, sum) = token.split_once('-').ok_or_else(wrong)?;
    let number = u64::from_str_radix(number, 16).map_err(|_| wrong())?;
    if mark_check(list, number) == sum { Ok(number) } else { Err(wrong()) }
}

fn mark_check(list: &str, number: u64) -> String {
    let mut hash = Sha256::new();
    hash.update(list.as_bytes());
    hash.update([0]);
    hash.update(number.to_be_bytes());
    hex(&hash.finalize()[..CHECK])
}
