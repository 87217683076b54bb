//! What `externaldata` may read: folders and addresses that the operator allowed, nothing else.
//!
//! An allowed folder is named by its path; a file in it is named in a query by its path or as
//! `file:///...`. An allowed address is the beginning of a URL. Redirects are followed only to where
//! reading is allowed, too.

use std::{
    path::{Component, Path, PathBuf},
    time::Duration,
};

use kql::hunt::{BoxFuture, Outside};
use reqwest::{Client, Url, redirect::Policy};

/// How long one address may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The allow list.
#[derive(Debug)]
pub struct Allowed {
    folders: Vec<PathBuf>,
    prefixes: Vec<String>,
    client: Client,
}

/// What an address names.
enum Named {
    File(PathBuf),
    Url(Url),
}

impl Allowed {
    /// The list of these folders and beginnings of URLs; none when there are none.
    pub fn new(allowed: &[String]) -> anyhow::Result<Option<Self>> {
        let mut folders = Vec::new();
        let mut prefixes = Vec::new();
        for it in allowed {
            if it.starts_with("http://") || it.starts_with("https://") {
                let url: Url =
                    it.parse().map_err(|e| anyhow::anyhow!("--external-data {it}: {e}"))?;
                if url.host_str().is_none() {
                    anyhow::bail!("--external-data {it}: the address names no host");
                }
                prefixes.push(url.to_string());
            } else {
                let folder = Path::new(it)
                    .canonicalize()
                    .map_err(|e| anyhow::anyhow!("--external-data {it}: {e}"))?;
                folders.push(folder);
            }
        }
        if folders.is_empty() && prefixes.is_empty() {
            return Ok(None);
        }
        let known = prefixes.clone();
        let redirects = Policy::custom(move |attempt| {
            if attempt.previous().len() > 5 || !allows(&known, attempt.url()) {
                attempt.stop()
            } else {
                attempt.follow()
            }
        });
        let client = Client::builder().timeout(PATIENCE).redirect(redirects).build()?;
        Ok(Some(Self { folders, prefixes, client }))
    }

    fn named(&self, address: &str) -> Result<Named, String> {
        // what stands behind a semicolon is a key for storage accounts
        let address = address.split(';').next().unwrap_or(address).trim();
        let refused = || format!("the operator does not allow reading `{address}`");
        if let Ok(url) = address.parse::<Url>()
            && matches!(url.scheme(), "http" | "https")
        {
            return if allows(&self.prefixes, &url) { Ok(Named::Url(url)) } else { Err(refused()) };
        }
        let path = Path::new(address.strip_prefix("file://").unwrap_or(address));
        let climbs = path.components().any(|it| matches!(it, Component::ParentDir));
        let inside = self.folders.iter().any(|it| path.starts_with(it));
        if climbs || !inside { Err(refused()) } else { Ok(Named::File(path.to_owned())) }
    }

    /// A link may point elsewhere, so the file that is really meant is looked at.
    fn file(&self, path: &Path, limit: usize) -> Result<Vec<u8>, String> {
        let shown = path.display();
        let real = path.canonicalize().map_err(|e| format!("cannot read `{shown}`: {e}"))?;
        if !self.folders.iter().any(|it| real.starts_with(it)) {
            return Err(format!("the operator does not allow reading `{shown}`"));
        }
        let facts = real.metadata().map_err(|e| format!("cannot read `{shown}`: {e}"))?;
        if facts.len() > limit as u64 {
            return Err(too_large(&shown.to_string(), limit));
        }
        std::fs::read(&real).map_err(|e| format!("cannot read `{shown}`: {e}"))
    }

    async fn fetched(&self, url: Url, limit: usize) -> Result<Vec<u8>, String> {
        let shown = url.to_string();
        let failed = |e: reqwest::Error| format!("cannot read `{shown}`: {}", e.without_url());
        let mut answer = self.client.get(url.clone()).send().await.map_err(&failed)?;
        if !answer.status().is_success() {
            return Err(format!("`{shown}` answers {}", answer.status()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(&failed)? {
            if bytes.len() + chunk.len() > limit {
                return Err(too_large(&shown, limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

fn too_large(shown: &str, limit: usize) -> String {
    format!("`{shown}` has more than {} MiB", limit >> 20)
}

/// A beginning counts as whole parts of a path: `https://a/b` allows `https://a/b/c`, not
/// `https://a/bc`, and never another host.
fn allows(prefixes: &[String], url: &Url) -> bool {
    let url = url.as_str();
    prefixes.iter().any(|prefix| {
        url.strip_prefix(prefix.as_str()).is_some_and(|rest| {
            prefix.ends_with('/') || rest.is_empty() || rest.starts_with(['/', '?'])
        })
    })
}

impl Outside for Allowed {
    fn may_read(&self, address: &str) -> Result<(), String> {
        self.named(address).map(|_| ())
    }

    fn read<'a>(
        &'a self,
        address: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, String>> {
        Box::pin(async move {
            match self.named(address)? {
                Named::File(path) => self.file(&path, limit),
                Named::Url(url) => self.fetched(url, limit).await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_what_was_allowed_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().canonicalize().unwrap().join("in");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(inside.join("a.csv"), "x\n").unwrap();
        std::fs::write(folder.path().join("secret"), "y").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("link")).unwrap();
        let list = [inside.display().to_string(), "https://example.org/lists".to_owned()];
        let allowed = Allowed::new(&list).unwrap().unwrap();
        let path = |name: &str| inside.join(name).display().to_string();
        for (address, may) in [
            (path("a.csv"), true),
            (format!("file://{}", path("a.csv")), true),
            (path("../secret"), false),
            (folder.path().join("secret").display().to_string(), false),
            ("https://example.org/lists/a.csv".to_owned(), true),
            ("https://example.org/lists/a.csv;key".to_owned(), true),
            ("https://example.org/listsx".to_owned(), false),
            ("https://example.org.evil/lists/a".to_owned(), false),
            ("http://example.org/lists/a".to_owned(), false),
            ("https://user@example.org/lists/a".to_owned(), false),
            ("ftp://example.org/lists/a".to_owned(), false),
        ] {
            assert_eq!(allowed.may_read(&address).is_ok(), may, "{address}");
        }
        assert_eq!(allowed.file(&inside.join("a.csv"), 10).unwrap(), b"x\n");
        assert!(allowed.file(&inside.join("a.csv"), 1).is_err());
        assert!(allowed.file(&inside.join("link"), 10).is_err());
        assert!(Allowed::new(&[]).unwrap().is_none());
        assert!(Allowed::new(&["/no/such/folder".to_owned()]).is_err());
    }
}
