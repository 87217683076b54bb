//! What the application layer of a Suricata event names: web addresses, domains, files, accounts
//! and messages.

use serde_json::{Value, json};

use super::roles::Ends;
use crate::evidence::{Evidence, File, Piece};
use crate::fields::Fields;
use crate::{identity, text};

pub(super) fn add_evidence(fields: &Fields, ends: &Ends, evidence: &mut Evidence, noted: &str) {
    let compromised =
        [&ends.client, &ends.server].into_iter().flatten().any(|it| it.part == Some("compromised"));
    let outside = ends.server.as_ref().is_some_and(|it| !identity::is_private(&it.ip));
    let home = compromised && (outside || fields.get("dns").is_some());
    let role = if home { "commandAndControl" } else { "contextual" };
    evidence.add_some(url(fields, ends, noted).map(|piece| piece.role(role)));
    for path in ["tls.sni", "quic.sni"] {
        let name = fields.text(path).and_then(|name| identity::domain(&name));
        evidence.add_some(
            name.map(|it| Piece::domain(&it, noted).role(role).detailed("TLS server name")),
        );
    }
    domains(fields, ends, evidence, noted, role);
    for item in fields.items("files").iter().chain(fields.get("fileinfo")) {
        evidence.add_some(file(item, noted));
    }
    accounts(fields, evidence, noted);
    messages(fields, ends, evidence, noted);
}

fn url(fields: &Fields, ends: &Ends, noted: &str) -> Option<Piece> {
    let path = fields.text("http.url")?;
    if path.starts_with("http://") || path.starts_with("https://") {
        return Some(Piece::url(&path, noted));
    }
    let server = ends.server.as_ref();
    let bare = |ip: &str| if ip.contains(':') { format!("[{ip}]") } else { ip.to_owned() };
    let host = fields.text("http.hostname").or_else(|| server.map(|end| bare(&end.ip)))?;
    let port = fields.int("http.http_port").or_else(|| server.and_then(|end| end.port));
    let port = port.filter(|port| *port != 80 && !host.ends_with(&format!(":{port}")));
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let slash = if path.starts_with('/') { "" } else { "/" };
    Some(Piece::url(&format!("http://{}{port}{slash}{path}", host.to_lowercase()), noted))
}

/// The event has had three layouts: one `query` object or a list of them, then `queries`; answers
/// in `answer.answers` or in `answers`.
fn domains(fields: &Fields, ends: &Ends, evidence: &mut Evidence, noted: &str, role: &str) {
    let asked = ["dns.query", "dns.queries"].into_iter().filter_map(|path| fields.get(path));
    let asked = asked.flat_map(|value| match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    });
    let bare = fields.get("dns.rrname").and(fields.get("dns"));
    let answers: Vec<&Value> =
        fields.items("dns.answers").iter().chain(fields.items("dns.answer.answers")).collect();
    for query in asked.chain(bare).take(16) {
        let Some(name) = query.get("rrname").and_then(text::of) else { continue };
        let Some(name) = identity::domain(&name) else { continue };
        let found: Vec<Value> = answers
            .iter()
            .filter_map(|answer| identity::ip(&answer.get("rdata").and_then(text::of)?))
            .map(|ip| Piece::ip(&ip, noted).role("contextual").into_value())
            .take(16)
            .collect();
        let mut piece = Piece::domain(&name, noted).role(role);
        // The roles of client and server describe the attack, which a look-up is only a sign of.
        if let (Some(client), Some(server)) = (&ends.client, &ends.server)
            && server.port == Some(53)
        {
            let end = |ip: &str, role| Piece::ip(ip, noted).role(role).into_value();
            piece = piece
                .set("hostIpAddress", end(&client.ip, "source"))
                .set("dnsServerIp", end(&server.ip, "destination"));
        }
        if !found.is_empty() {
            piece = piece.set("ipAddresses", found);
        }
        evidence.add(piece);
    }
}

fn file(item: &Value, noted: &str) -> Option<Piece> {
    let fields = Fields::inside(Some(item), "files");
    let hash =
        |path: &str, read: fn(&str) -> Option<String>| fields.text(path).and_then(|it| read(&it));
    let name = fields.text("filename");
    let file = File {
        size: fields.int("size"),
        md5: hash("md5", identity::md5),
        sha1: hash("sha1", identity::sha1),
        sha256: hash("sha256", identity::sha256),
        // Over HTTP the name is the path of the address; only its last part names a file.
        name: name.map(|name| identity::path(&name).0).filter(|name| name != "/"),
        folder: None,
    };
    let known = file.name.is_some() || file.sha256.is_some() || file.md5.is_some();
    Piece::file(&file, noted).filter(|_| known).map(|piece| piece.role("contextual"))
}

fn accounts(fields: &Fields, evidence: &mut Evidence, noted: &str) {
    let pairs = [("krb5.cname", "krb5.realm"), ("smb.ntlmssp.user", "smb.ntlmssp.domain")];
    for (name, domain) in pairs {
        let Some(mut account) = fields.text(name).and_then(|it| identity::account(&it)) else {
            continue;
        };
        if let Some(domain) = fields.text(domain)
            && !account.contains_key("domainName")
        {
            account.insert("domainName".to_owned(), domain.into());
        }
        evidence.add(Piece::user(account, noted).role("contextual"));
    }
}

fn messages(fields: &Fields, ends: &Ends, evidence: &mut Evidence, noted: &str) {
    if fields.object("smtp").is_none() && fields.object("email").is_none() {
        return;
    }
    let sender = |path: &str| {
        let written = fields.text(path)?;
        let address = address(&written);
        let domain = address.rsplit_once('@').map(|(_, domain)| domain.to_owned());
        Some(json!({"emailAddress": address, "domainName": domain}))
    };
    let mut recipients = fields.texts("smtp.rcpt_to");
    recipients.extend(fields.texts("email.to"));
    let mut recipients: Vec<String> = recipients.iter().map(|it| address(it)).collect();
    recipients.sort_unstable();
    recipients.dedup();
    let recipients = recipients.into_iter().map(Some).take(16).collect::<Vec<_>>();
    let urls = fields.texts("email.url");
    let attachments = fields.texts("email.attachment").len();
    for recipient in if recipients.is_empty() { vec![None] } else { recipients } {
        let mut piece = Piece::new("analyzedMessageEvidence", noted)
            .role("contextual")
            .set_some("p1Sender", sender("smtp.mail_from"))
            .set_some("p2Sender", sender("email.from"))
            .set_some("recipientEmailAddress", recipient)
            .set_some("subject", fields.text("email.subject"))
            .set_some("internetMessageId", fields.text("email.message_id"))
            .set_some("senderIp", ends.client.as_ref().map(|end| end.ip.clone()))
            .set("attachmentsCount", attachments);
        if !urls.is_empty() {
            piece = piece.set("urls", urls.clone()).set("urlCount", urls.len());
        }
        evidence.add(piece);
    }
}

/// The address in `Ann <ann@example.org>`, in lower case.
fn address(written: &str) -> String {
    let inner = written.rsplit_once('<').map_or(written, |(_, inner)| inner);
    text::line(inner.trim_end_matches('>'), text::LINE).to_lowercase()
}
