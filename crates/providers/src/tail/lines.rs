//! Cutting a file's bytes into lines, with bounds, and never past the last line end.

use std::io;

use super::position::{HEAD, Head};
use super::{Batch, Line, Tail};

impl Tail {
    /// Reads lines until the batch is full or the end is reached. False when the bytes before the
    /// position are no longer there: the file was truncated, and nothing read now counts.
    pub(super) fn read_lines(&mut self, batch: &mut Batch) -> io::Result<bool> {
        let most = self.limits.line_bytes.max(64 * 1_024) + 1;
        let mut room = self.limits.bytes.max(1);
        while batch.lines.len() < self.limits.lines.max(1) && room > 0 {
            let offset = self.position.offset;
            let Some(opened) = &mut self.opened else { return Ok(true) };
            let chunk = opened.read(offset, most)?;
            let head = opened.head()?;
            // Only a look after reading proves that what was read is of the file we mean.
            let start = chunk.len().min(HEAD);
            let begins = offset > 0 || head.get(..start) == chunk.get(..start);
            let long_enough = !opened.is_plain() || opened.len()? >= offset + chunk.len() as u64;
            let same = self.position.head.is_empty() || self.position.head.starts(&head);
            if !(begins && long_enough && same) {
                return Ok(false);
            }
            let consumed = self.cut(&chunk, batch, &mut room);
            if consumed == 0 {
                self.partial = chunk.len() as u64;
                return Ok(true);
            }
            self.advance(consumed, &head);
        }
        Ok(true)
    }

    fn advance(&mut self, bytes: usize, head: &[u8]) {
        self.position.offset += bytes as u64;
        let done = usize::try_from(self.position.offset).unwrap_or(HEAD).min(HEAD);
        self.position.head = Head::of(head.get(..done).unwrap_or(head));
        self.partial = 0;
    }

    /// Puts the whole lines of a chunk into the batch; returns how many bytes are done with.
    fn cut(&mut self, chunk: &[u8], batch: &mut Batch, room: &mut usize) -> usize {
        let mut consumed = 0;
        for line in chunk.split_inclusive(|byte| *byte == b'\n') {
            let Some(line_text) = line.strip_suffix(b"\n") else {
                let whole = self.position.carry.len() + line.len();
                if self.position.skipping || whole > self.limits.line_bytes {
                    self.position.skipping = true;
                    self.position.carry.clear();
                    consumed += line.len();
                }
                break;
            };
            if batch.lines.len() >= self.limits.lines.max(1) || *room == 0 {
                break;
            }
            consumed += line.len();
            self.push(line_text, batch);
            *room = room.saturating_sub(line.len());
        }
        consumed
    }

    fn push(&mut self, text: &[u8], batch: &mut Batch) {
        let mut line = std::mem::take(&mut self.position.carry);
        line.extend_from_slice(text);
        if std::mem::take(&mut self.position.skipping) || line.len() > self.limits.line_bytes {
            batch.lines.push(Line::TooLong);
            return;
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if !line.is_empty() {
            batch.lines.push(Line::Whole(line));
        }
    }

    /// What stands after the last line end of a file that is being left: of a copied file the line
    /// goes on in the next one; of a renamed one it will never have an end, and counts as it is.
    pub(super) fn leave_partial(&mut self, rest: Vec<u8>, head: &[u8], batch: &mut Batch) {
        // Done with these bytes too, in case that the next file cannot be opened at once.
        self.advance(rest.len(), head);
        if self.position.copied {
            self.position.carry.extend(rest);
        } else if !rest.is_empty() || self.position.skipping || !self.position.carry.is_empty() {
            self.push(&rest, batch);
        }
    }
}
