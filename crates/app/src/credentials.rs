//! `credentials.json`: what first start leaves for the operator, mode 0600.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// An application that holds every role, and where it signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The tenant's id.
    pub tenant_id: String,
    /// The application's client id.
    pub client_id: String,
    /// Its secret, stored nowhere else but as a hash.
    pub client_secret: String,
    /// Where the server answers.
    pub base_url: String,
    /// The certificate authority to trust; none with plain http or a public certificate.
    pub ca_file: Option<PathBuf>,
}

impl Credentials {
    /// The file in a data directory.
    pub fn path(data: &Path) -> PathBuf {
        data.join("credentials.json")
    }

    /// Reads a file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("credentials file {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("credentials file {}", path.display()))
    }

    /// Writes the file of a data directory, whole or not at all.
    pub fn write(&self, data: &Path) -> anyhow::Result<()> {
        let path = Self::path(data);
        let text = format!("{}\n", serde_json::to_string_pretty(self)?);
        write_private(&path, &text).with_context(|| format!("writing {}", path.display()))
    }
}

/// Replaces a file whole, readable by its owner alone, durable when this returns.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
