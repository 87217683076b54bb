//! Following a growing log file across rotation, truncation and restart, without loss and without
//! a line twice.
//!
//! [`Tail::next`] gives a bounded batch of lines and the [`Position`] after them. The caller stores
//! that position together with the acknowledgement of the batch; given it again, a new tail goes
//! on at exactly the next line. Nothing here waits: an empty batch means that nothing is there yet.
//!
//! A file that rotation moved away is read to its end before a younger one is begun: by the handle
//! kept open, or after a restart by looking for its inode and first bytes among the siblings, be
//! it renamed, copied or compressed. All that touches the disk is in `disk.rs`.

mod disk;
mod lines;
mod position;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use disk::{Opened, Sibling};
use position::Head;
pub use position::{FileId, Position};

/// How much one batch may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Lines in a batch.
    pub lines: usize,
    /// Bytes in a batch, reached or passed by its last line.
    pub bytes: usize,
    /// Bytes of one line; a longer one is passed over and reported.
    pub line_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lines: 1_000, bytes: 4 << 20, line_bytes: 1 << 20 }
    }
}

/// One line of the file, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The line; not checked to be UTF-8.
    Whole(Vec<u8>),
    /// A line longer than the limit was passed over.
    TooLong,
}

/// Something that went otherwise than a follower would wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The file that was being read is gone, or was truncated with no copy to be found: lines
    /// after this many of its bytes may be lost.
    Lost {
        /// Bytes that had been read.
        offset: u64,
    },
}

/// What [`Tail::next`] read.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The lines, in the order they were written.
    pub lines: Vec<Line>,
    /// Where reading stands after them.
    pub position: Position,
    /// What went wrong on the way.
    pub notes: Vec<Note>,
}

/// The file could not be read; what was read before is not affected, and asking again is safe.
#[derive(Debug, thiserror::Error)]
#[error("could not read {}", path.display())]
pub struct TailError {
    /// The followed file.
    pub path: PathBuf,
    #[source]
    source: io::Error,
}

/// A follower of one file.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    limits: Limits,
    position: Position,
    opened: Option<Opened>,
    /// Bytes after the last line end, seen at the end of the file.
    partial: u64,
    /// The file that last stood under the followed name while we read it.
    home: Option<FileId>,
    heads: HashMap<(FileId, u64, Option<SystemTime>), Vec<u8>>,
}

/// The id of no file, for a position between files.
const NO_FILE: FileId = FileId { dev: 0, ino: 0 };

/// Where to go on after the end of a file.
enum Target {
    Sibling(Sibling),
    Followed,
}

impl Tail {
    /// Follows `path` from a saved position, or from its first byte. Without a position, files
    /// that rotation has already moved away are left alone.
    pub fn new(path: impl Into<PathBuf>, saved: Option<Position>, limits: Limits) -> Self {
        Self {
            path: path.into(),
            limits,
            position: saved.unwrap_or_default(),
            opened: None,
            partial: 0,
            home: None,
            heads: HashMap::new(),
        }
    }

    /// The next lines; none when there is nothing new.
    #[expect(clippy::should_implement_trait, reason = "an iterator ends, a followed file does not")]
    pub fn next(&mut self) -> Result<Batch, TailError> {
        let mut batch = Batch::default();
        let read = self.fill(&mut batch);
        batch.position = self.position.clone();
        match read {
            Ok(()) => Ok(batch),
            // What was read before the trouble is good; the trouble will be met again.
            Err(_) if !batch.lines.is_empty() => Ok(batch),
            Err(source) => Err(TailError { path: self.path.clone(), source }),
        }
    }

    fn fill(&mut self, batch: &mut Batch) -> io::Result<()> {
        // Each step either reads lines or moves on to a younger file; the bound is for a disk on
        // which files appear faster than they can be read.
        for _ in 0..256 {
            if self.opened.is_none() && !self.locate(batch)? {
                return Ok(());
            }
            if self.enter_overlooked()? {
                continue;
            }
            if !self.read_lines(batch)? {
                self.after_truncation(batch)?;
            } else if !batch.lines.is_empty() || !self.move_on(batch)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Opens the file to go on in. False when there is none yet.
    fn locate(&mut self, batch: &mut Batch) -> io::Result<bool> {
        let followed = Opened::open(&self.path)?;
        let Some(saved) = self.position.file else {
            // The first start ever: what lies rotated beside the file was before our time. Only
            // when the file exists is it sure that none of it will be missed.
            let Some(followed) = followed else { return Ok(false) };
            for sibling in disk::siblings(&self.path)? {
                let head = Head::of(&self.head_of(&sibling).unwrap_or_default());
                if !head.is_empty() && sibling.id != followed.id {
                    self.position.finished.push(head);
                }
            }
            self.position.enter(followed.id);
            self.opened = Some(followed);
            return Ok(true);
        };
        let in_place = followed.as_ref().is_some_and(|it| it.id == saved);
        if let Some(mut followed) = followed
            && in_place
        {
            let head = followed.head()?;
            if followed.len()? >= self.position.offset && self.is_same(&head) {
                self.opened = Some(followed);
                return Ok(true);
            }
        }
        // Of a file without a read byte only the inode is known, and that may be another's by now:
        // then it is one of the unread ones, of which the oldest comes first.
        if !self.position.head.is_empty() && self.resume_in_sibling(saved, in_place)? {
            return Ok(true);
        }
        if self.position.offset > 0 {
            batch.notes.push(Note::Lost { offset: self.position.offset });
            self.position.skipping = false;
        }
        self.position.copied |= in_place;
        self.position.enter(NO_FILE);
        match self.target()? {
            Some(target) => self.enter(&target),
            None => self.enter(&Target::Followed),
        }
    }

    /// Whether a file with these first bytes can be the one whose position we have.
    fn is_same(&self, head: &[u8]) -> bool {
        self.position.head.is_empty() || self.position.head.starts(head)
    }

    /// Finds the file of the position among the rotated ones: renamed, else copied or compressed.
    fn resume_in_sibling(&mut self, saved: FileId, in_place: bool) -> io::Result<bool> {
        let siblings = disk::siblings(&self.path)?;
        let mut found = None;
        for sibling in &siblings {
            let head = self.head_of(sibling).unwrap_or_default();
            let renamed = sibling.id == saved && self.is_same(&head);
            if renamed || (found.is_none() && self.position.head.starts(&head)) {
                found = Some((sibling, renamed));
            }
            if renamed {
                break;
            }
        }
        let Some((sibling, renamed)) = found else { return Ok(false) };
        let Some(opened) = Opened::open(&sibling.path)? else { return Ok(false) };
        self.position.file = Some(opened.id);
        self.position.copied |= in_place && !renamed;
        self.opened = Some(opened);
        Ok(true)
    }

    /// The followed file lost its bytes under us. A copy of them, made just before, is read to its
    /// end first.
    fn after_truncation(&mut self, batch: &mut Batch) -> io::Result<()> {
        self.opened = None;
        self.partial = 0;
        let Some(saved) = self.position.file else { return Ok(()) };
        if self.position.offset == 0 || self.resume_in_sibling(saved, true)? {
            return Ok(());
        }
        batch.notes.push(Note::Lost { offset: self.position.offset });
        self.position.enter(saved);
        self.position.skipping = false;
        self.position.copied = true;
        let target = self.target()?.unwrap_or(Target::Followed);
        self.enter(&target)?;
        Ok(())
    }

    /// A file copied and truncated before we read its first byte shows nothing but the copy, which
    /// is older than what stands in the file now.
    fn enter_overlooked(&mut self) -> io::Result<bool> {
        if self.position.offset > 0 || self.position.file.is_none() {
            return Ok(false);
        }
        let followed = Opened::open(&self.path)?.map(|it| it.id);
        if followed != self.position.file {
            return Ok(false);
        }
        let Some(target @ Target::Sibling(_)) = self.target()? else { return Ok(false) };
        self.position.copied = true;
        self.enter(&target)
    }

    /// At the end of a file: goes to the next younger one when there is one. False to stay.
    fn move_on(&mut self, batch: &mut Batch) -> io::Result<bool> {
        let Some(current) = self.position.file else { return Ok(false) };
        let followed = Opened::open(&self.path)?;
        let at_home = followed.as_ref().is_some_and(|it| it.id == current);
        if at_home {
            self.home = Some(current);
            return Ok(false);
        }
        if self.home == Some(current) {
            // Seen under its name before, it has been renamed.
            self.position.copied = false;
        }
        let Some(target) = self.target()? else { return Ok(false) };
        let Some(opened) = &mut self.opened else { return Ok(false) };
        // The writer may have written to the old file until it began the new one.
        if opened.is_plain() && opened.len()? > self.position.offset + self.partial {
            return Ok(true);
        }
        let rest = opened.read(self.position.offset, self.limits.line_bytes + 1)?;
        let start = opened.head()?;
        let head = Head::of(&start);
        if !head.is_empty() && !self.position.finished.contains(&head) {
            self.position.finished.push(head);
        }
        self.leave_partial(rest, &start, batch);
        self.enter(&target)
    }

    /// The oldest unread sibling, else the followed file once something is in it.
    fn target(&mut self) -> io::Result<Option<Target>> {
        let mut followed = Opened::open(&self.path)?;
        let followed_id = followed.as_ref().map(|it| it.id);
        let (followed_head, followed_len) = match &mut followed {
            Some(followed) => (followed.head()?, followed.len()?),
            None => (Vec::new(), 0),
        };
        let current_head = self.opened.as_mut().and_then(|it| it.head().ok()).unwrap_or_default();
        let siblings = disk::siblings(&self.path)?;
        self.forget_missing(&siblings);
        let youngest = siblings.last().map(|it| it.id);
        for sibling in siblings {
            let ours = Some(sibling.id) == self.position.file || Some(sibling.id) == followed_id;
            let head = self.head_of(&sibling).unwrap_or_default();
            // Compressed, the current file is a second file with the same bytes.
            let known = head == current_head
                || self.position.head.starts(&head)
                || self.position.finished.contains(&Head::of(&head));
            // A copy that is being made has the bytes that the followed file still has.
            let copying = Some(sibling.id) == youngest
                && sibling.len <= followed_len
                && followed_head.starts_with(&head);
            if !head.is_empty() && !ours && !known && !copying {
                return Ok(Some(Target::Sibling(sibling)));
            }
        }
        let elsewhere = followed_id.is_some() && followed_id != self.position.file;
        Ok((elsewhere && !followed_head.is_empty()).then_some(Target::Followed))
    }

    fn enter(&mut self, target: &Target) -> io::Result<bool> {
        self.opened = None;
        self.partial = 0;
        let opened = match target {
            Target::Sibling(sibling) => {
                Opened::open(&sibling.path)?.filter(|it| it.id == sibling.id)
            }
            Target::Followed => Opened::open(&self.path)?,
        };
        // Renamed meanwhile: the position still names the file before, which is known as finished,
        // so looking again finds the right one.
        let Some(opened) = opened else { return Ok(false) };
        let before = self.position.clone();
        self.position.enter(opened.id);
        if matches!(target, Target::Followed) {
            // Rotated between our look and now, a file would be left out: it shows beside this one.
            if let Some(Target::Sibling(_)) = self.target()? {
                self.position = before;
                return Ok(false);
            }
        }
        self.opened = Some(opened);
        Ok(true)
    }

    /// Forgets finished files that are gone, so that the list does not grow for ever. Only when
    /// every file could be looked at: one that could not may be one of them.
    fn forget_missing(&mut self, siblings: &[Sibling]) {
        let heads: Vec<_> = siblings.iter().map(|it| self.head_of(it)).collect();
        let Some(heads) = heads.into_iter().collect::<Option<Vec<_>>>() else { return };
        let heads: Vec<Head> = heads.iter().map(|head| Head::of(head)).collect();
        self.position.finished.retain(|it| heads.contains(it));
        let present: Vec<FileId> = siblings.iter().map(|it| it.id).collect();
        self.heads.retain(|(id, ..), _| present.contains(id));
    }

    /// A sibling's first bytes; none when it cannot be read now.
    fn head_of(&mut self, sibling: &Sibling) -> Option<Vec<u8>> {
        let key = (sibling.id, sibling.len, sibling.modified);
        if let Some(head) = self.heads.get(&key) {
            return Some(head.clone());
        }
        let mut opened = Opened::open(&sibling.path).ok()??;
        let head = (opened.id == sibling.id).then(|| opened.head().ok()).flatten()?;
        self.heads.insert(key, head.clone());
        Some(head)
    }

    /// The followed file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
