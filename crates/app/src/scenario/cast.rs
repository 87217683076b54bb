//! Who and what the story is about, and its clock.

use kql::time::{DAY, HOUR, MINUTE, SECOND};
use model::time::Timestamp;

use super::random::Random;

/// The attacker's address.
pub const ATTACKER: &str = "203.0.113.66";
/// Where the implants call.
pub const COMMAND_IP: &str = "198.51.100.23";
/// Its name.
pub const COMMAND_HOST: &str = "cdn-updates.example";
/// The account that was taken over.
pub const ACCOUNT: &str = "j.doe";
/// The domain of the organisation.
pub const DOMAIN: &str = "contoso";
/// Hash of the tool that reads credentials.
pub const TOOL_SHA256: &str = "5c1f0a6b9be1f2c6d8e4a7b30917c5d2e86f4b1a0c9d3e7f52a8b6c4d1e0f9a3";
/// The same, SHA-1.
pub const TOOL_SHA1: &str = "9b1e4c07d2f8a6350be47c91d3a5f0e8127c6bd4";

/// A machine.
pub struct Host<'a> {
    /// Short name.
    pub name: &'a str,
    /// Full name.
    pub dns: &'a str,
    /// Address inside.
    pub ip: &'a str,
    /// Device id, as an endpoint product gives it.
    pub id: &'a str,
}

/// The public web server, where it begins.
pub const WEB: Host<'static> = Host {
    name: "web-01",
    dns: "web-01.contoso.example",
    ip: "10.20.0.10",
    id: "d1c0a5e2f3b44c6d9e8f7a6b5c4d3e2f1a0b9c8d",
};
/// The workstation of the account.
pub const DESK: Host<'static> = Host {
    name: "ws-lon-07",
    dns: "ws-lon-07.contoso.example",
    ip: "10.30.4.17",
    id: "a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f70",
};
/// The domain controller, where it ends.
pub const CONTROLLER: Host<'static> = Host {
    name: "dc-01",
    dns: "dc-01.contoso.example",
    ip: "10.20.0.2",
    id: "0f1e2d3c4b5a69788796a5b4c3d2e1f001122334",
};

/// How long before the end the noise begins.
pub const NOISE: i64 = 2 * DAY;
/// How long before the end the intrusion begins.
const BEGIN: i64 = 6 * HOUR;

/// The clock and the dice.
pub struct Story {
    /// The dice.
    pub dice: Random,
    /// When it ends, in ticks.
    pub end: i64,
}

impl Story {
    /// A story that ends at `end`.
    pub fn new(seed: u64, end: i64) -> Self {
        Self { dice: Random::new(seed), end: end - end % SECOND }
    }

    /// The moment so many minutes and seconds into the intrusion.
    pub fn at(&self, minutes: i64, seconds: i64) -> i64 {
        self.end - BEGIN + minutes * MINUTE + seconds * SECOND
    }

    /// A moment somewhere in the noise.
    pub fn sometime(&mut self) -> i64 {
        let back = self.dice.below((NOISE / SECOND) as u64) as i64;
        self.end - MINUTE - back * SECOND + self.dice.below(SECOND as u64 / 10) as i64 * 10
    }
}

/// `2026-03-01T06:00:00.0000000Z`.
pub fn iso(at: i64) -> String {
    Timestamp(at).to_string()
}

/// `2026-03-01T06:00:00.000000+0000`, as Suricata and Wazuh write.
pub fn offset(at: i64, digits: usize) -> String {
    let text = iso(at);
    format!("{}+0000", &text[..20 + digits])
}

/// `Sun Mar  1 06:00:00 2026`, as ModSecurity writes.
pub fn ctime(at: i64) -> String {
    kql::time::to_civil(at).format("%a %b %e %H:%M:%S %Y").to_string()
}
