//! The file system as the tail sees it: open files, their first bytes, and rotated siblings.
//!
//! All reading is at an offset and changes no shared cursor; a compressed file reads as what is in
//! it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::read::MultiGzDecoder;

use super::position::{FileId, HEAD};

/// A file held open: it stays readable when it is renamed or removed.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) id: FileId,
    file: File,
    /// For a compressed file, the decoder and how far it has come.
    unpacking: Option<(MultiGzDecoder<At>, u64)>,
    packed: bool,
    /// The first bytes of a compressed file, which do not change.
    head: Option<Vec<u8>>,
}

/// A file read from its start through a cursor of its own.
#[derive(Debug)]
struct At {
    file: File,
    offset: u64,
}

impl Read for At {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(into, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

impl Opened {
    /// None when there is no such file.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        let id = FileId { dev: meta.dev(), ino: meta.ino() };
        Ok(Some(Self { id, file, unpacking: None, packed, head: None }))
    }

    /// Whether the bytes may still change beneath us.
    pub(super) fn is_plain(&self) -> bool {
        !self.packed
    }

    /// Bytes on disk.
    pub(super) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    pub(super) fn head(&mut self) -> io::Result<Vec<u8>> {
        if let Some(head) = &self.head {
            return Ok(head.clone());
        }
        if self.is_plain() {
            return self.read(0, HEAD);
        }
        // By a decoder of its own, so that reading on needs not begin anew.
        let mut head = Vec::new();
        MultiGzDecoder::new(At { file: self.file.try_clone()?, offset: 0 })
            .take(HEAD as u64)
            .read_to_end(&mut head)?;
        self.head = Some(head.clone());
        Ok(head)
    }

    /// Up to `most` bytes of the content from `offset`; fewer only at the end.
    pub(super) fn read(&mut self, offset: u64, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if !self.packed {
            let at = At { file: self.file.try_clone()?, offset };
            at.take(most as u64).read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        let fresh = || -> io::Result<_> {
            Ok((MultiGzDecoder::new(At { file: self.file.try_clone()?, offset: 0 }), 0))
        };
        let (mut decoder, mut reached) = match self.unpacking.take() {
            Some((decoder, reached)) if reached <= offset => (decoder, reached),
            _ => fresh()?,
        };
        reached += io::copy(&mut (&mut decoder).take(offset - reached), &mut io::sink())?;
        if reached == offset {
            let read = (&mut decoder).take(most as u64).read_to_end(&mut bytes)?;
            self.unpacking = Some((decoder, reached + read as u64));
        }
        Ok(bytes)
    }
}

/// A file beside the followed one that rotation left there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sibling {
    pub(super) path: PathBuf,
    pub(super) id: FileId,
    pub(super) len: u64,
    pub(super) modified: Option<SystemTime>,
    suffix: String,
}

/// Rotated siblings, the oldest first. Rotation renames one after the other, so a listing counts
/// only when a second one agrees with it.
pub(super) fn siblings(path: &Path) -> io::Result<Vec<Sibling>> {
    let mut listed = list(path)?;
    for _ in 0..8 {
        let again = list(path)?;
        let names = |list: &[Sibling]| -> Vec<_> {
            list.iter().map(|it| (it.path.clone(), it.id)).collect()
        };
        if names(&listed) == names(&again) {
            return Ok(again);
        }
        listed = again;
    }
    Ok(listed)
}

fn list(path: &Path) -> io::Result<Vec<Sibling>> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let file_name = entry.file_name();
        let Some(suffix) = file_name.to_str().and_then(|it| rotation_suffix(it, name)) else {
            continue;
        };
        // What vanished between the listing and now is for the next listing.
        let Ok(meta) = fs::metadata(entry.path()) else { continue };
        if meta.is_file() {
            found.push(Sibling {
                path: entry.path(),
                id: FileId { dev: meta.dev(), ino: meta.ino() },
                len: meta.len(),
                modified: meta.modified().ok(),
                suffix,
            });
        }
    }
    sort_by_age(&mut found);
    Ok(found)
}

/// `1` of `eve.json.1.gz`, `20260105` of `eve.json-20260105`; nothing for files that only happen
/// to share the name's start.
fn rotation_suffix(file_name: &str, followed: &str) -> Option<String> {
    let rest = file_name.strip_prefix(followed)?;
    let rest = rest.strip_suffix(".gz").unwrap_or(rest);
    let suffix = rest.strip_prefix(['.', '-', '_'])?;
    let of_rotation = |it: char| it.is_ascii_digit() || matches!(it, '-' | '_' | '.' | ':' | 'T');
    let digits = suffix.starts_with(|it: char| it.is_ascii_digit());
    (digits && suffix.chars().all(of_rotation)).then(|| suffix.to_owned())
}

/// Numbers count up with age, dates count down; where both occur, only the clock can tell.
fn sort_by_age(siblings: &mut [Sibling]) {
    let number = |it: &Sibling| it.suffix.parse::<u32>().ok().filter(|_| it.suffix.len() <= 5);
    if siblings.iter().all(|it| number(it).is_some()) {
        siblings.sort_by_key(|it| (std::cmp::Reverse(number(it)), it.path.clone()));
    } else if siblings.iter().all(|it| number(it).is_none()) {
        siblings.sort_by_key(|it| (it.suffix.clone(), it.path.clone()));
    } else {
        siblings.sort_by_key(|it| (it.modified, it.path.clone()));
    }
}
