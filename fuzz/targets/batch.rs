//! The envelope of `$batch`: requests come out in an order in which they can run.
#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::{Corpus, fuzz_target};
use model::{Version, batch, graph, path::resolve};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(body) = serde_json::from_slice(data) else { return Corpus::Reject };
    let parts = match batch::read(Some(body)) {
        Ok(parts) => parts,
        Err(error) => {
            fuzz::brief(&error.message);
            return Corpus::Keep;
        }
    };
    assert!(parts.len() <= batch::MOST);
    let ids: HashSet<String> = parts.iter().map(|it| it.id.to_lowercase()).collect();
    assert_eq!(ids.len(), parts.len());
    for (place, part) in parts.iter().enumerate() {
        assert!(!part.id.is_empty());
        assert!(part.after.iter().all(|it| *it < place), "{place}: {:?}", part.after);
        let Some((version, url)) = batch::rooted(Version::V1, part.text("url")) else { continue };
        assert!(!url.starts_with('/') || part.text("url").starts_with('/'));
        let path = url.split('?').next().unwrap_or_default();
        if let Err(error) = resolve(graph(version), path) {
            fuzz::brief(&error.to_string());
        }
    }
    Corpus::Keep
});
