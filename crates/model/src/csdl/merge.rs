//! The files as one document: what `$metadata` serves.
//!
//! Elements are copied as they are written, gathered by namespace; aliases mean the same in every
//! file, so nothing has to be renamed.

use std::fmt::Write as _;

use super::{Item, link::Names};

/// Vocabularies the files use terms of, and where their definitions are published.
const VOCABULARIES: [&str; 3] =
    ["Org.OData.Capabilities.V1", "Org.OData.Core.V1", "Org.OData.Validation.V1"];

/// One well-formed CSDL document with a schema per namespace.
pub(super) fn document(items: &[Item<'_>], names: &Names<'_>) -> String {
    let mut namespaces: Vec<&str> = Vec::new();
    for item in items {
        if !namespaces.contains(&item.namespace) {
            namespaces.push(item.namespace);
        }
    }

    let mut out = String::with_capacity(256 * 1024);
    out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    out.push_str(
        "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n",
    );
    for name in VOCABULARIES {
        let _ = write!(
            out,
            "  <edmx:Reference Uri=\"https://oasis-tcs.github.io/odata-vocabularies/vocabularies/{name}.xml\">\n    \
             <edmx:Include Namespace=\"{name}\"/>\n  </edmx:Reference>\n"
        );
    }
    out.push_str("  <edmx:DataServices>\n");
    for namespace in namespaces {
        let _ = write!(out, "    <Schema xmlns=\"{}\" Namespace=\"{namespace}\"", super::EDM);
        if let Some((alias, _)) = names.aliases.iter().find(|(_, it)| *it == namespace) {
            let _ = write!(out, " Alias=\"{alias}\"");
        }
        out.push_str(">\n");
        for item in items.iter().filter(|it| it.namespace == namespace) {
            let text = item.node.document().input_text();
            out.push_str("    ");
            out.push_str(text.get(item.node.range()).unwrap_or_default());
            out.push('\n');
        }
        out.push_str("    </Schema>\n");
    }
    out.push_str("  </edmx:DataServices>\n</edmx:Edmx>\n");
    out
}
