//! The machine a Wazuh alert tells of, and what its decoders read out of a log line: addresses,
//! accounts, commands, web addresses.

use serde_json::{Map, Value};

use crate::evidence::{Evidence, File, Piece};
use crate::fields::Fields;
use crate::identity::{self, Host};
use crate::text;

/// What the rule's groups say about the parts played.
pub(super) struct Scene {
    /// The source address is someone trying to get in.
    pub(super) hostile: bool,
    /// The target account is new.
    pub(super) created: bool,
}

/// The machine: what the event itself says, then the name of the agent.
pub(super) fn of(fields: &Fields) -> Option<Host> {
    ["data.win.system.computer", "predecoder.hostname", "agent.name"]
        .into_iter()
        .find_map(|path| identity::host(&fields.text(path)?))
}

pub(super) fn add_evidence(
    fields: &Fields,
    host: Option<&Host>,
    scene: &Scene,
    evidence: &mut Evidence,
    noted: &str,
) {
    if let Some(host) = host {
        evidence.add(device(fields, host, scene, noted));
    }
    let address = |paths: &[&str]| paths.iter().find_map(|path| identity::ip(&fields.text(path)?));
    let source = address(&[
        "data.srcip",
        "data.src_ip",
        "data.aws.sourceIPAddress",
        "data.aws.source_ip_address",
        "data.office365.ClientIP",
        "data.win.eventdata.ipAddress",
    ]);
    let source = source.filter(|ip| ip != "127.0.0.1" && ip != "::1");
    let destination = address(&["data.dstip", "data.dest_ip"]);
    if let Some(ip) = &source {
        let piece = Piece::ip(ip, noted).role("source");
        evidence.add(if scene.hostile {
            piece.role("attacker").set("verdict", "suspicious")
        } else {
            piece
        });
    }
    if let Some(ip) = &destination {
        let piece = Piece::ip(ip, noted).role("destination");
        evidence.add(if scene.hostile { piece.role("attacked") } else { piece });
    }
    if let (Some(source), Some(destination)) = (&source, &destination) {
        let port = |paths: [&str; 2]| paths.into_iter().find_map(|path| fields.int(path));
        let end = |ip: &str, role| Piece::ip(ip, noted).role(role).into_value();
        let proto = ["data.protocol", "data.proto"].into_iter().find_map(|path| fields.text(path));
        let proto = proto.map(|it| it.to_lowercase()).filter(|it| it == "tcp" || it == "udp");
        evidence.add(
            Piece::new("networkConnectionEvidence", noted)
                .role("contextual")
                .set("sourceAddress", end(source, "source"))
                .set_some("sourcePort", port(["data.srcport", "data.src_port"]))
                .set("destinationAddress", end(destination, "destination"))
                .set_some("destinationPort", port(["data.dstport", "data.dest_port"]))
                .set_some("protocol", proto),
        );
    }
    users(fields, scene, evidence, noted);
    if let Some(url) = fields.text("data.url") {
        evidence.add(Piece::url(&url, noted).role("contextual"));
    }
    evidence.add_some(audited(fields, noted));
    evidence.add_some(commanded(fields, noted));
    evidence.add_some(scanned(fields, noted));
}

fn device(fields: &Fields, host: &Host, scene: &Scene, noted: &str) -> Piece {
    let agent = fields.text("agent.name").and_then(|name| identity::host(&name));
    // The agent's address is the device's only when the agent runs on it.
    let own = agent.is_some_and(|agent| agent.name == host.name);
    let ip = fields.text("agent.ip").and_then(|it| identity::ip(&it));
    let ip = ip.filter(|ip| own && ip != "127.0.0.1" && ip != "::1");
    let piece = Piece::device(host, noted)
        .role(if scene.hostile { "attacked" } else { "contextual" })
        .set_some("lastIpAddress", ip.clone())
        .set_some("ipInterfaces", ip.map(|ip| vec![ip]));
    if fields.object("data.win.system").is_some() {
        piece.set("osPlatform", "Windows")
    } else {
        piece
    }
}

fn users(fields: &Fields, scene: &Scene, evidence: &mut Evidence, noted: &str) {
    let target = if scene.created {
        "created"
    } else if scene.hostile {
        "attacked"
    } else {
        "destination"
    };
    let named = [
        ("data.srcuser", "source"),
        ("data.dstuser", target),
        ("data.user", "contextual"),
        ("data.office365.UserId", "source"),
        ("data.aws.userIdentity.userName", "source"),
        ("syscheck.audit.login_user.name", "source"),
        ("syscheck.audit.user.name", "source"),
    ];
    for (path, role) in named {
        // sshd and su write `root(uid=0)`.
        let written = fields.text(path).map(|it| it.split('(').next().unwrap_or("").to_owned());
        if let Some(account) = written.and_then(|it| identity::account(&it)) {
            evidence.add(Piece::user(account, noted).role(role));
        }
    }
}

/// A process that the Linux audit trail tells of.
fn audited(fields: &Fields, noted: &str) -> Option<Piece> {
    let image = fields.text("data.audit.exe")?;
    let argument = |at: usize| fields.text(&format!("data.audit.execve.a{at}"));
    let arguments: Vec<String> = (0..64).map_while(argument).collect();
    let line = (!arguments.is_empty()).then(|| text::cut(&arguments.join(" "), text::LONG));
    let account = user_id(fields, "data.audit.euid").or_else(|| user_id(fields, "data.audit.uid"));
    Some(
        Piece::new("processEvidence", noted)
            .role("contextual")
            .set_some("processId", fields.int("data.audit.pid"))
            .set_some("parentProcessId", fields.int("data.audit.ppid"))
            .set_some("imageFile", File::at(&image).details())
            .set_some("processCommandLine", line.or_else(|| fields.text("data.audit.command")))
            .set_some("userAccount", account),
    )
}

fn user_id(fields: &Fields, path: &str) -> Option<Map<String, Value>> {
    let id = fields.int(path)?;
    // Numbers other than root's name nobody without the machine's own list.
    if id == 0 { identity::account("root") } else { None }
}

/// A command line that sudo or a shell logged.
fn commanded(fields: &Fields, noted: &str) -> Option<Piece> {
    let line = fields.text("data.command")?;
    let image = line.split_whitespace().next().filter(|word| word.starts_with('/'));
    let runner = fields.text("data.dstuser").and_then(|it| identity::account(&it));
    Some(
        Piece::new("processEvidence", noted)
            .role("contextual")
            .set_some("imageFile", image.and_then(|path| File::at(path).details()))
            .set("processCommandLine", line.as_str())
            .set_some("userAccount", runner),
    )
}

/// A file that VirusTotal or ClamAV judged.
fn scanned(fields: &Fields, noted: &str) -> Option<Piece> {
    let path = fields.text("data.virustotal.source.file").or_else(|| fields.text("data.file"))?;
    let hash =
        |path: &str, read: fn(&str) -> Option<String>| fields.text(path).and_then(|it| read(&it));
    let file = File {
        md5: hash("data.virustotal.source.md5", identity::md5),
        sha1: hash("data.virustotal.source.sha1", identity::sha1),
        ..File::at(&path)
    };
    let bad = fields.int("data.virustotal.malicious").is_some_and(|it| it > 0);
    let piece = Piece::file(&file, noted)?.role("contextual");
    Some(if bad { piece.set("verdict", "malicious") } else { piece })
}
