//! How much the server takes in and gives out: each limit is a flag `--limit-NAME`, a variable
//! `YAGURA_LIMIT_NAME` and a key of the table `[limits]`, in this order, with a default behind.
//!
//! One type reads flags, environment and file, so a limit cannot be settable in one and not the
//! other. Values are checked in one place, [`Limits::new`], which also says what each may be.

use std::{ops::RangeInclusive, time::Duration};

use anyhow::bail;
use clap::Args;
use serde::Deserialize;
use server::gate::Room;

/// The limits as they were said, if they were.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[command(next_help_heading = "Limits")]
#[group(skip)]
#[serde(deny_unknown_fields)]
pub struct LimitArgs {
    /// Connections at once; more wait [default: 4096]
    #[arg(long = "limit-connections", env = "YAGURA_LIMIT_CONNECTIONS", value_name = "N")]
    #[arg(allow_negative_numbers = true)]
    connections: Option<i64>,
    /// How long a request waits for room before it is answered with 429 [default: 20]
    #[arg(long = "limit-wait", env = "YAGURA_LIMIT_WAIT", value_name = "SECONDS")]
    #[arg(allow_negative_numbers = true)]
    wait: Option<i64>,
    /// Secrets checked at once, each with a core and 19 MiB [default: 4]
    #[arg(long = "limit-tokens-at-once", env = "YAGURA_LIMIT_TOKENS_AT_ONCE", value_name = "N")]
    #[arg(allow_negative_numbers = true)]
    tokens_at_once: Option<i64>,
    /// Token requests waiting for that [default: 256]
    #[arg(long = "limit-tokens-waiting", env = "YAGURA_LIMIT_TOKENS_WAITING", value_name = "N")]
    #[arg(allow_negative_numbers = true)]
    tokens_waiting: Option<i64>,
    /// Batches of alerts worked on at once, each held in memory [default: 8]
    #[arg(long = "limit-pushes-at-once", env = "YAGURA_LIMIT_PUSHES_AT_ONCE", value_name = "N")]
    #[arg(allow_negative_numbers = true)]
    pushes_at_once: Option<i64>,
    /// Batches of alerts waiting for that [default: 256]
    #[arg(long = "limit-pushes-waiting", env = "YAGURA_LIMIT_PUSHES_WAITING", value_name = "N")]
    #[arg(allow_negative_numbers = true)]
    pushes_waiting: Option<i64>,
    /// Streams of events read at once, each with a thread [default: 32]
    #[arg(long = "limit-ingests-at-once", env = "YAGURA_LIMIT_INGESTS_AT_ONCE", value_name = "N")]
    #[arg(allow_negative_numbers = true)]
    ingests_at_once: Option<i64>,
    /// Streams of events waiting for that [default: 256]
    #[arg(long = "limit-ingests-waiting", env = "YAGURA_LIMIT_INGESTS_WAITING", value_name = "N")]
    #[arg(allow_negative_numbers = true)]
    ingests_waiting: Option<i64>,
    /// A JSON body of the Graph and Defender surface [default: 4]
    #[arg(long = "limit-body", env = "YAGURA_LIMIT_BODY", value_name = "MIB")]
    #[arg(allow_negative_numbers = true)]
    body: Option<i64>,
    /// A batch of alerts, unpacked [default: 64]
    #[arg(long = "limit-push-body", env = "YAGURA_LIMIT_PUSH_BODY", value_name = "MIB")]
    #[arg(allow_negative_numbers = true)]
    push_body: Option<i64>,
    /// Alerts in one batch [default: 50000]
    #[arg(long = "limit-push-alerts", env = "YAGURA_LIMIT_PUSH_ALERTS", value_name = "N")]
    #[arg(allow_negative_numbers = true)]
    push_alerts: Option<i64>,
    /// Rows of a hunt's answer [default: 100000]
    #[arg(long = "limit-hunt-rows", env = "YAGURA_LIMIT_HUNT_ROWS", value_name = "N")]
    #[arg(allow_negative_numbers = true)]
    hunt_rows: Option<i64>,
    /// Size of a hunt's answer, about [default: 124]
    #[arg(long = "limit-hunt-size", env = "YAGURA_LIMIT_HUNT_SIZE", value_name = "MIB")]
    #[arg(allow_negative_numbers = true)]
    hunt_size: Option<i64>,
    /// How long a hunt may run [default: 200]
    #[arg(long = "limit-hunt-time", env = "YAGURA_LIMIT_HUNT_TIME", value_name = "SECONDS")]
    #[arg(allow_negative_numbers = true)]
    hunt_time: Option<i64>,
    /// Memory of one hunt; what can be put aside on disk is, else it ends [default: 1024]
    #[arg(long = "limit-hunt-memory", env = "YAGURA_LIMIT_HUNT_MEMORY", value_name = "MIB")]
    #[arg(allow_negative_numbers = true)]
    hunt_memory: Option<i64>,
}

/// The limits in force.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Of requests.
    pub server: server::state::Limits,
    /// Of the answers of hunts.
    pub hunts: kql::hunt::Limits,
}

/// Takes one limit out of what was said.
type Said = fn(&LimitArgs) -> Option<i64>;

const COUNT: RangeInclusive<i64> = 1..=1_000_000;
/// Each of these is a body in memory, a core or a thread.
const AT_ONCE: RangeInclusive<i64> = 1..=256;
/// None may wait: what finds no room is refused at once.
const WAITING: RangeInclusive<i64> = 0..=100_000;
const MIB: RangeInclusive<i64> = 1..=4096;
/// Below this the smallest grouping finds no room.
const MEMORY: RangeInclusive<i64> = 16..=1_048_576;

impl Limits {
    /// What the flags say, else the file, else the defaults.
    pub fn new(flags: &LimitArgs, file: &LimitArgs) -> anyhow::Result<Self> {
        let limit = |name: &str, of: Said, range| {
            let said = of(flags).or(of(file));
            said.map(|value| checked(name, value, range)).transpose()
        };
        let mib =
            |name: &str, of: Said| Ok::<_, anyhow::Error>(limit(name, of, MIB)?.map(|it| it << 20));
        let seconds = |name: &str, of: Said, most| {
            let seconds = limit(name, of, 1..=most)?;
            Ok::<_, anyhow::Error>(seconds.map(|it| Duration::from_secs(it as u64)))
        };
        let Self { server, hunts } = Self::default();
        let room = |room: Room, names: [&str; 2], at_once: Said, waiting: Said| {
            Ok::<_, anyhow::Error>(Room {
                at_once: limit(names[0], at_once, AT_ONCE)?.unwrap_or(room.at_once),
                waiting: limit(names[1], waiting, WAITING)?.unwrap_or(room.waiting),
            })
        };
        Ok(Self {
            server: server::state::Limits {
                connections: limit("connections", |it| it.connections, COUNT)?
                    .unwrap_or(server.connections),
                secrets: room(
                    server.secrets,
                    ["tokens_at_once", "tokens_waiting"],
                    |it| it.tokens_at_once,
                    |it| it.tokens_waiting,
                )?,
                pushes: room(
                    server.pushes,
                    ["pushes_at_once", "pushes_waiting"],
                    |it| it.pushes_at_once,
                    |it| it.pushes_waiting,
                )?,
                events: room(
                    server.events,
                    ["ingests_at_once", "ingests_waiting"],
                    |it| it.ingests_at_once,
                    |it| it.ingests_waiting,
                )?,
                patience: seconds("wait", |it| it.wait, 600)?.unwrap_or(server.patience),
                json_bytes: mib("body", |it| it.body)?.unwrap_or(server.json_bytes),
                push_bytes: mib("push_body", |it| it.push_body)?.unwrap_or(server.push_bytes),
                push_alerts: limit("push_alerts", |it| it.push_alerts, COUNT)?
                    .unwrap_or(server.push_alerts),
            },
            hunts: kql::hunt::Limits {
                rows: limit("hunt_rows", |it| it.hunt_rows, 1..=100_000_000)?.unwrap_or(hunts.rows),
                bytes: mib("hunt_size", |it| it.hunt_size)?.unwrap_or(hunts.bytes),
                time: seconds("hunt_time", |it| it.hunt_time, 86_400)?.unwrap_or(hunts.time),
                memory: limit("hunt_memory", |it| it.hunt_memory, MEMORY)?
                    .map_or(hunts.memory, |it| it << 20),
            },
        })
    }
}

/// The value, or an error that names the flag and the key it may have come from.
fn checked(name: &str, value: i64, range: RangeInclusive<i64>) -> anyhow::Result<usize> {
    if !range.contains(&value) {
        bail!(
            "--limit-{} (or {name} under [limits]) is {value}; it must be from {} to {}",
            name.replace('_', "-"),
            range.start(),
            range.end()
        );
    }
    Ok(usize::try_from(value)?)
}
