//! File integrity: the file or registry value that a Wazuh `syscheck` event tells of, and who
//! touched it.

use crate::evidence::{Evidence, File, Piece};
use crate::fields::Fields;
use crate::identity;

pub(super) fn add_evidence(fields: &Fields, evidence: &mut Evidence, noted: &str) {
    let Some(path) = fields.text("syscheck.path") else { return };
    let event = fields.text("syscheck.event").unwrap_or_default();
    let mend = |piece: Piece| match event.as_str() {
        "added" => piece.role("created"),
        "modified" => piece.role("edited"),
        "deleted" => piece.role("contextual").detailed("deleted"),
        _ => piece.role("contextual"),
    };
    if path.starts_with("HKEY_") {
        let (hive, key) = path.split_once('\\').unwrap_or((path.as_str(), ""));
        let value = fields.text("syscheck.value_name");
        let kind = if value.is_some() { "registryValueEvidence" } else { "registryKeyEvidence" };
        evidence.add(mend(
            Piece::new(kind, noted)
                .set("registryHive", hive)
                .set("registryKey", key)
                .set_some("registryValueName", value)
                .set_some("registryValueType", fields.text("syscheck.value_type")),
        ));
    } else {
        // What a deleted file was is only in the state before.
        let state = if event == "deleted" { "before" } else { "after" };
        let fact = |name: &str| fields.text(&format!("syscheck.{name}_{state}"));
        let file = File {
            size: fields.int(&format!("syscheck.size_{state}")),
            md5: fact("md5").and_then(|it| identity::md5(&it)),
            sha1: fact("sha1").and_then(|it| identity::sha1(&it)),
            sha256: fact("sha256").and_then(|it| identity::sha256(&it)),
            ..File::at(&path)
        };
        evidence.add_some(Piece::file(&file, noted).map(mend));
    }
    if let Some(image) = fields.text("syscheck.audit.process.name") {
        evidence.add(
            Piece::new("processEvidence", noted)
                .role("contextual")
                .set_some("imageFile", File::at(&image).details())
                .set_some("processId", fields.int("syscheck.audit.process.id"))
                .set_some("parentProcessId", fields.int("syscheck.audit.process.ppid")),
        );
    }
}
