//! What a Windows event in a Wazuh alert names: processes, files, registry values, accounts and
//! connections, from the security log's and Sysmon's members.

use serde_json::{Map, Value};

use super::host::Scene;
use crate::evidence::{Evidence, File, Piece};
use crate::fields::Fields;
use crate::{clock, identity, text};

/// The members of one event's data, freed of the second escaping that the agent adds.
struct Event<'a>(&'a Fields);

impl Event<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let written = self.0.text(&format!("data.win.eventdata.{name}"))?;
        let text = unescape(&written);
        (!text.is_empty() && text != "-" && text != "(NULL)" && text != "NULL").then_some(text)
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A process id or port, decimal or as the security log's `0x1f4`.
    fn number(&self, names: &[&str]) -> Option<i64> {
        let written = self.first(names)?;
        match written.strip_prefix("0x") {
            Some(digits) => i64::from_str_radix(digits, 16).ok(),
            None => written.parse().ok(),
        }
    }

    fn port(&self, name: &str) -> Option<i64> {
        self.number(&[name]).filter(|port| (0..=65_535).contains(port))
    }

    /// An account from one member (`DOMAIN\user`), or from a name and its domain.
    fn account(&self, name: &str, domain: &str, sid: &str) -> Option<Map<String, Value>> {
        let mut account = identity::account(&self.text(name)?)?;
        if let Some(domain) = self.text(domain)
            && !account.contains_key("domainName")
        {
            account.insert("domainName".to_owned(), domain.into());
        }
        if let Some(sid) = self.text(sid).filter(|sid| sid.starts_with("S-1-")) {
            account.insert("userSid".to_owned(), sid.into());
        }
        Some(account)
    }
}

pub(super) fn add_evidence(fields: &Fields, scene: &Scene, evidence: &mut Evidence, noted: &str) {
    if fields.object("data.win.eventdata").is_none() {
        return;
    }
    let event = Event(fields);
    evidence.add_some(process(&event, noted));
    users(&event, scene, evidence, noted);
    if let Some(path) = event.text("targetFilename") {
        evidence.add_some(Piece::file(&File::at(&path), noted).map(|it| it.role("created")));
    }
    if let Some(path) = event.text("imageLoaded") {
        let file = hashed(File::at(&path), event.text("hashes").as_deref());
        evidence.add_some(Piece::file(&file, noted).map(|it| it.role("loaded")));
    }
    if let Some(name) = event.text("queryName").and_then(|it| identity::domain(&it)) {
        evidence.add(Piece::domain(&name, noted).role("contextual"));
    }
    if let Some(path) = event.text("targetObject") {
        evidence.add(registry(&event, &path, noted));
    }
    connection(&event, evidence, noted);
}

/// The process that the event is about: the new one (Sysmon 1, 4688), the one that acted (Sysmon's
/// others), or the one that opened another (Sysmon 10).
fn process(event: &Event<'_>, noted: &str) -> Option<Piece> {
    let image = event.first(&["image", "newProcessName", "sourceImage"])?;
    let own_hashes = event.text("imageLoaded").is_none();
    let file = hashed(File::at(&image), event.text("hashes").filter(|_| own_hashes).as_deref());
    let parent = event.first(&["parentImage", "parentProcessName"]);
    let parent_id = match event.text("newProcessId") {
        // In 4688 `processId` is the creator's.
        Some(_) => event.number(&["processId"]),
        None => event.number(&["parentProcessId"]),
    };
    let user = event
        .account("user", "-", "-")
        .or_else(|| event.account("subjectUserName", "subjectDomainName", "subjectUserSid"));
    let created = event.text("utcTime").filter(|_| event.text("commandLine").is_some());
    Some(
        Piece::new("processEvidence", noted)
            .role("contextual")
            .set_some("processId", event.number(&["newProcessId", "sourceProcessId", "processId"]))
            .set_some("imageFile", file.details())
            .set_some("processCommandLine", event.text("commandLine"))
            .set_some("processCreationDateTime", created.and_then(|it| clock::read(&it)))
            .set_some("parentProcessId", parent_id)
            .set_some("parentProcessImageFile", parent.and_then(|it| File::at(&it).details()))
            .set_some("userAccount", user),
    )
}

fn users(event: &Event<'_>, scene: &Scene, evidence: &mut Evidence, noted: &str) {
    let target = if scene.created {
        "created"
    } else if scene.hostile {
        "attacked"
    } else {
        "destination"
    };
    let people = [
        (event.account("user", "-", "-"), "contextual"),
        (event.account("subjectUserName", "subjectDomainName", "subjectUserSid"), "source"),
        (event.account("targetUserName", "targetDomainName", "targetSid"), target),
    ];
    for (account, role) in people {
        let Some(account) = account else { continue };
        let name = account.get("accountName").and_then(text::of).unwrap_or_default();
        // The machine's own account acts in nearly every event and tells nothing.
        if !name.ends_with('$') && !matches!(name.as_str(), "SYSTEM" | "ANONYMOUS LOGON") {
            evidence.add(Piece::user(account, noted).role(role));
        }
    }
}

/// Sysmon writes `HKLM\…\Run\Value`: the last part is the value for events that set one.
fn registry(event: &Event<'_>, path: &str, noted: &str) -> Piece {
    let (hive, rest) = path.split_once('\\').unwrap_or((path, ""));
    let hive = match hive {
        "HKLM" => "HKEY_LOCAL_MACHINE",
        "HKU" => "HKEY_USERS",
        "HKCU" => "HKEY_CURRENT_USER",
        "HKCR" => "HKEY_CLASSES_ROOT",
        other => other,
    };
    match (event.text("details"), rest.rsplit_once('\\')) {
        (Some(details), Some((key, name))) => Piece::new("registryValueEvidence", noted)
            .role("edited")
            .set("registryHive", hive)
            .set("registryKey", key)
            .set("registryValueName", name)
            .set("registryValue", details),
        _ => Piece::new("registryKeyEvidence", noted)
            .role("edited")
            .set("registryHive", hive)
            .set("registryKey", rest),
    }
}

fn connection(event: &Event<'_>, evidence: &mut Evidence, noted: &str) {
    let address = |name: &str| identity::ip(&event.text(name)?);
    let (source, destination) = (address("sourceIp"), address("destinationIp"));
    let piece = |ip: &String, role| Piece::ip(ip, noted).role(role);
    let source = source.as_ref().map(|ip| piece(ip, "source"));
    let destination = destination.as_ref().map(|ip| piece(ip, "destination"));
    evidence.add_some(source.clone());
    evidence.add_some(destination.clone());
    if let (Some(source), Some(destination)) = (source, destination) {
        let proto = event.text("protocol").filter(|it| it == "tcp" || it == "udp");
        evidence.add(
            Piece::new("networkConnectionEvidence", noted)
                .role("contextual")
                .set("sourceAddress", source.into_value())
                .set_some("sourcePort", event.port("sourcePort"))
                .set("destinationAddress", destination.into_value())
                .set_some("destinationPort", event.port("destinationPort"))
                .set_some("protocol", proto),
        );
    }
}

/// Adds the hashes of `SHA1=…,MD5=…,SHA256=…,IMPHASH=…`.
fn hashed(mut file: File, hashes: Option<&str>) -> File {
    for pair in hashes.unwrap_or_default().split(',') {
        match pair.split_once('=') {
            Some(("MD5", value)) => file.md5 = identity::md5(value),
            Some(("SHA1", value)) => file.sha1 = identity::sha1(value),
            Some(("SHA256", value)) => file.sha256 = identity::sha256(value),
            _ => {}
        }
    }
    file
}

/// The agent escapes backslashes and quotes a second time, so a parsed text still shows `\\` for
/// `\`. A text with a lone backslash was not escaped twice and stays as it is.
fn unescape(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut rest = written.chars();
    while let Some(it) = rest.next() {
        if it != '\\' {
            text.push(it);
            continue;
        }
        match rest.next() {
            Some(next @ ('\\' | '"')) => text.push(next),
            _ => return written.to_owned(),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn only_texts_escaped_twice_are_unescaped() {
        assert_eq!(unescape(r"C:\\Windows\\cmd.exe"), r"C:\Windows\cmd.exe");
        assert_eq!(unescape(r#"\"C:\\a b\\c.exe\" /q"#), r#""C:\a b\c.exe" /q"#);
        assert_eq!(unescape(r"\\server\share\x"), r"\\server\share\x");
        assert_eq!(unescape(r"\\\\server\\share"), r"\\server\share");
    }
}
