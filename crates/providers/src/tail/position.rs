//! Where reading of a followed file stands: plain data that the caller keeps.
//!
//! An inode alone does not name a file for long: it is reused, and a file truncated in place keeps
//! it. So a file is known by its inode *and* by its first bytes, which also find it again as a
//! copy or compressed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes at the start of a file that tell it from another.
pub(super) const HEAD: usize = 1_024;

/// The device and inode of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId {
    /// The device.
    pub dev: u64,
    /// The inode on it.
    pub ino: u64,
}

/// The first bytes of a file, as a hash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    len: usize,
    hash: String,
}

impl Head {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(HEAD)];
        // Half of the digest is plenty to tell a handful of log files apart.
        let hash: Vec<u8> = Sha256::digest(bytes).iter().copied().take(16).collect();
        Self { len: bytes.len(), hash: STANDARD.encode(hash) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether a file that starts with `bytes` may be the one this was taken of. No bytes tell
    /// nothing, so an empty head starts no file.
    pub(super) fn starts(&self, bytes: &[u8]) -> bool {
        !self.is_empty() && bytes.get(..self.len).is_some_and(|start| Head::of(start) == *self)
    }
}

/// Where reading stands. Store it together with what was made of the lines before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The file being read; none before the first one was opened.
    pub(super) file: Option<FileId>,
    /// Bytes of it that are done with.
    pub(super) offset: u64,
    /// Its first bytes, as far as they are done with.
    pub(super) head: Head,
    /// Start of a line whose end is in the next file, because the file was copied and truncated
    /// while the line was being written.
    #[serde(with = "carried", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) carry: Vec<u8>,
    /// Inside a line that is too long to keep.
    #[serde(default)]
    pub(super) skipping: bool,
    /// Rotation copies and truncates, rather than renames.
    #[serde(default)]
    pub(super) copied: bool,
    /// Rotated files beside the followed one that are read, or were there before we came.
    #[serde(default)]
    pub(super) finished: Vec<Head>,
}

impl Position {
    /// At the start of another file.
    pub(super) fn enter(&mut self, file: FileId) {
        self.file = Some(file);
        self.offset = 0;
        self.head = Head::default();
    }
}

/// A torn line may end inside a character, so it is kept as base64.
mod carried {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D>(deserializer: D) -> Result<Vec<u8>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(serde::de::Error::custom)
    }
}
