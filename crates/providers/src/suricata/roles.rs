//! Who called whom in a Suricata event, and who of the two is the attacker, the attacked, the
//! compromised or its controller.

use crate::attack;
use crate::evidence::{Evidence, Piece};
use crate::fields::Fields;
use crate::identity;

/// What follows from a rule's class.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    /// As `Draft::tactic` takes it; `-` when none follows.
    pub(super) tactic: &'static str,
    pub(super) technique: &'static str,
    pub(super) play: Play,
}

/// Which parts the two ends of a connection play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Play {
    Attack,
    Beacon,
    Nothing,
}

/// The class of this description.
pub(super) fn class(category: &str) -> Option<Class> {
    attack::rows(include_str!("classes.tsv")).find_map(|row| {
        let mut cells = row.split('\t');
        cells.next().filter(|name| name.eq_ignore_ascii_case(category))?;
        let (tactic, technique) = (cells.next()?, cells.next()?);
        let play = match cells.next()? {
            "attack" => Play::Attack,
            "beacon" => Play::Beacon,
            _ => Play::Nothing,
        };
        Some(Class { tactic, technique, play })
    })
}

/// One end of a connection.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) ip: String,
    pub(super) port: Option<i64>,
    /// The part it plays, when it plays one.
    pub(super) part: Option<&'static str>,
}

impl End {
    pub(super) fn spelled(&self) -> String {
        match self.port {
            Some(port) if self.ip.contains(':') => format!("[{}]:{port}", self.ip),
            Some(port) => format!("{}:{port}", self.ip),
            None => self.ip.clone(),
        }
    }

    fn piece(&self, noted: &str, role: &str) -> Piece {
        let piece = Piece::ip(&self.ip, noted).role(role);
        match self.part {
            Some(part @ ("attacker" | "commandAndControl")) => {
                piece.role(part).set("verdict", "suspicious")
            }
            Some(part) => piece.role(part),
            None => piece,
        }
    }
}

/// The two ends, in the order of the call.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) client: Option<End>,
    pub(super) server: Option<End>,
}

impl Ends {
    pub(super) fn of(fields: &Fields, play: Play) -> Self {
        let end = |ip: &str, port: &str| {
            let ip = identity::ip(&fields.text(ip)?)?;
            let port = fields.int(port).filter(|port| (0..=65_535).contains(port));
            Some(End { ip, port, part: None })
        };
        let to_client = fields.text("direction").is_some_and(|it| it == "to_client");
        let packet = (end("src_ip", "src_port"), end("dest_ip", "dest_port"));
        let (client, server) =
            match (end("flow.src_ip", "flow.src_port"), end("flow.dest_ip", "flow.dest_port")) {
                (Some(client), Some(server)) => (Some(client), Some(server)),
                _ if to_client => (packet.1, packet.0),
                _ => packet,
            };
        let mut ends = Self { client, server };
        let (client, server) = ends.parts(fields, play);
        ends.client.iter_mut().for_each(|end| end.part = client);
        ends.server.iter_mut().for_each(|end| end.part = server);
        ends
    }

    /// The parts of client and server.
    fn parts(&self, fields: &Fields, play: Play) -> (Option<&'static str>, Option<&'static str>) {
        let (Some(client), Some(server)) = (&self.client, &self.server) else {
            return (None, None);
        };
        match play {
            Play::Nothing => (None, None),
            // The name looked up is the controller's; who resolves it is nobody's accomplice.
            Play::Beacon if server.port == Some(53) => (Some("compromised"), None),
            // A controller that calls in: the end inside is the compromised one.
            Play::Beacon
                if identity::is_private(&server.ip) && !identity::is_private(&client.ip) =>
            {
                (Some("commandAndControl"), Some("compromised"))
            }
            Play::Beacon if identity::is_private(&server.ip) => (Some("compromised"), None),
            Play::Beacon => (Some("compromised"), Some("commandAndControl")),
            Play::Attack if Self::client_attacked(fields, client) => {
                (Some("attacked"), Some("attacker"))
            }
            Play::Attack => (Some("attacker"), Some("attacked")),
        }
    }

    /// A rule's `target` names the attacked end outright; its metadata names its kind; otherwise
    /// it is the end that the matching packet went to.
    fn client_attacked(fields: &Fields, client: &End) -> bool {
        let address = |path: &str| fields.text(path).and_then(|it| identity::ip(&it));
        if let Some(target) = address("alert.target.ip") {
            return target == client.ip;
        }
        let kind = fields.texts("alert.metadata.attack_target").join(" ").to_lowercase();
        if kind.contains("client") {
            return true;
        }
        if kind.contains("server") {
            return false;
        }
        address("dest_ip").is_some_and(|dest| dest == client.ip)
    }

    pub(super) fn add_evidence(
        &self,
        fields: &Fields,
        evidence: &mut Evidence,
        noted: &str,
        blocked: bool,
    ) {
        let mend = |piece: Piece| {
            if blocked { piece.set("remediationStatus", "blocked") } else { piece }
        };
        let client = self.client.as_ref().map(|end| end.piece(noted, "source"));
        let server = self.server.as_ref().map(|end| end.piece(noted, "destination"));
        for piece in [&client, &server].into_iter().flatten() {
            evidence.add(piece.clone());
        }
        let (Some(client), Some(server)) = (client, server) else { return };
        let port = |end: &Option<End>| end.as_ref().and_then(|end| end.port);
        let proto = fields.text("proto").map(|proto| proto.to_lowercase());
        let proto = match proto.as_deref() {
            Some(proto @ ("tcp" | "udp")) => Some(proto.to_owned()),
            Some(_) => Some("unknownFutureValue".to_owned()),
            None => None,
        };
        let connection = Piece::new("networkConnectionEvidence", noted)
            .role("contextual")
            .set("sourceAddress", client.into_value())
            .set_some("sourcePort", port(&self.client))
            .set("destinationAddress", server.into_value())
            .set_some("destinationPort", port(&self.server))
            .set_some("protocol", proto);
        evidence.add(mend(connection));
    }
}
