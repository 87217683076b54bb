//! The page of diagnostic codes is printed from the list in the crate; here the two are compared.

use std::{collections::HashSet, fmt::Write as _, path::PathBuf};

fn page() -> String {
    let mut page = "# KQL diagnostics\n\n\
        A query that cannot run is answered with one or more of these codes, each with its place in \
        the text. Codes are stable: one is never used again for something else. The page is printed \
        from `crates/kql/src/codes.rs`.\n\n\
        | code | meaning |\n| --- | --- |\n"
        .to_owned();
    for (code, meaning) in kql::codes::ALL {
        let _ = writeln!(page, "| `{code}` | {} |", meaning.replace('|', "\\|"));
    }
    page
}

#[test]
fn the_page_lists_every_code() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/kql-diagnostics.md");
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("can be made");
        std::fs::write(&path, page()).expect("can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page(), "run the test with UPDATE_PAGES=1 to print the page anew");
}

#[test]
fn codes_are_unique() {
    let codes: HashSet<_> = kql::codes::ALL.iter().map(|it| it.0).collect();
    assert_eq!(codes.len(), kql::codes::ALL.len());
}
