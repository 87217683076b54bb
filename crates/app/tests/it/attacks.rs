//! A query cannot harm the server: each of `attacks.txt` ends in an answer or a clear error within
//! its limits, the process stays small, and others are answered meanwhile.
//!
//! A case of the file is `name: what comes` and the query below it, with a blank line behind.
//! `[[1000*text #]]` in a query is the text so often, with the number in the place of `#`. What
//! comes is `rows`, `error` with words of its message, or `limit`: an answer or one of the errors
//! that name a limit, whichever a machine is quick enough for.

use std::{
    fmt::Write,
    fs,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::harness::{Answer, Yagura, send};

/// What one hunt may have, as the server is started.
const TIME: Duration = Duration::from_secs(2);
const MEMORY: usize = 128;
/// How much longer an error may take to arrive. The machine is as busy as can be.
const GRACE: Duration = Duration::from_secs(4);
/// The longest that a small hunt of somebody else may take meanwhile.
const OTHERS: Duration = Duration::from_secs(5);
/// MiB the process may grow to: its own, and for each query at once some times what is counted,
/// since what is being made is there twice for a moment.
const PEAK: usize = 2048;
/// Attackers at once.
const AT_ONCE: usize = 3;

/// Words of the errors that name a limit.
const LIMITS: &[&str] = &[
    "ran longer than",
    "needs more memory than",
    "is larger than",
    "more than",
    "longer than",
    "too much to do",
];

struct Attack {
    name: String,
    comes: String,
    query: String,
}

fn attacks() -> Vec<Attack> {
    let path = crate::harness::root().join("crates/app/tests/it/attacks.txt");
    let text = fs::read_to_string(path).unwrap();
    let mut attacks = Vec::new();
    for block in text.split("\n\n") {
        let lines: Vec<&str> = block.lines().filter(|it| !it.starts_with("# ")).collect();
        let Some((head, query)) = lines.split_first() else { continue };
        let (name, comes) = head.rsplit_once(": ").unwrap();
        let query = repeated(&query.join("\n"));
        attacks.push(Attack { name: name.to_owned(), comes: comes.to_owned(), query });
    }
    attacks
}

/// Writes out `[[1000*text #]]`.
fn repeated(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("[[") {
        let (before, place) = rest.split_at(at);
        out.push_str(before);
        let parts = place[2..].split_once('*').and_then(|(count, behind)| {
            let (unit, behind) = behind.split_once("]]")?;
            Some((count.parse::<usize>().ok()?, unit, behind))
        });
        // two brackets may also be an array in an array
        let Some((count, unit, behind)) = parts else {
            out.push('[');
            rest = &place[1..];
            continue;
        };
        for number in 0..count {
            out.push_str(&unit.replace('#', &number.to_string()));
        }
        rest = behind;
    }
    out + rest
}

fn wrong(attack: &Attack, answer: &Answer, took: Duration) -> Option<String> {
    let message = answer.error().1;
    let short: String = message.chars().take(150).collect();
    let is_limit =
        matches!(answer.status, 400 | 504) && LIMITS.iter().any(|it| message.contains(it));
    let as_said = match attack.comes.split_once(' ') {
        // on a slow machine time may run out before the mistake is found
        Some(("error", words)) => is_limit || answer.status == 400 && message.contains(words),
        None if attack.comes == "rows" => answer.status == 200,
        None if attack.comes == "limit" => answer.status == 200 || is_limit,
        _ => panic!("{}: `{}` means nothing", attack.name, attack.comes),
    };
    if !as_said {
        return Some(format!("{}: {} {short}", attack.name, answer.status));
    }
    (took > TIME + GRACE).then(|| format!("{}: took {took:?}", attack.name))
}

/// Starts a server with small limits.
fn server() -> Yagura {
    let (time, memory) = (TIME.as_secs().to_string(), MEMORY.to_string());
    Yagura::start_with(&[
        "--plain-http",
        "--hunting-lookback",
        "unlimited",
        "--limit-hunt-time",
        &time,
        "--limit-hunt-memory",
        &memory,
        "--hunting-memory",
        "512",
    ])
}

/// A figure of the process in MiB; none where the system does not tell.
fn figure(pid: u32, name: &str) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|it| it.starts_with(name))?;
    let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}

/// Ticks of processor time that the process has used.
fn ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the name may hold anything, but nothing behind its bracket does
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

/// Waits until the process uses no processor time to speak of.
fn comes_to_rest(it: &Yagura) {
    let (_keep, never) = mpsc::channel::<()>();
    let start = Instant::now();
    let Some(mut before) = ticks(it.pid()) else { return };
    loop {
        let _ = never.recv_timeout(Duration::from_millis(500));
        let now = ticks(it.pid()).unwrap();
        // a tick is 10 ms
        if now - before <= 5 {
            return;
        }
        before = now;
        assert!(start.elapsed() < Duration::from_secs(20), "the work goes on");
    }
}

#[test]
fn no_query_harms_the_server() {
    let it = server();
    let token = it.token();
    let url = it.url("/provider/v1/events/DeviceProcessEvents");
    let row = r#"{"Timestamp":"2025-06-01T00:00:00Z","DeviceName":"host-1","FileName":"a.exe"}"#;
    send(it.http.post(&url).bearer_auth(&token).body(row)).expect(200);
    let attacks = attacks();
    let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (faults, table) = (Mutex::new(Vec::new()), Mutex::new(String::new()));
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let (mut asked, mut late, mut slowest) = (0, 0, Duration::ZERO);
            while !over.load(Ordering::Relaxed) {
                let start = Instant::now();
                let query = "DeviceProcessEvents | where FileName has 'a' | count";
                let answer = it.hunt(&token, query);
                asked += 1;
                // its time is as short as the attackers', and the machine may have others to serve
                if answer.status == 504 {
                    late += 1;
                    continue;
                }
                assert_eq!(answer.expect(200).body["results"][0]["Count"], 1);
                slowest = slowest.max(start.elapsed());
            }
            println!("others: {asked} hunts, {late} late, the slowest {slowest:?}");
            assert!(late * 20 <= asked, "{late} of {asked} hunts of others were late");
            slowest
        });
        let attackers = (0..AT_ONCE).map(|_| {
            scope.spawn(|| {
                while let Some(attack) = attacks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let start = Instant::now();
                    let answer = it.hunt(&token, &attack.query);
                    let took = start.elapsed();
                    let resident = figure(it.pid(), "VmRSS").unwrap_or(0);
                    let message: String = answer.error().1.chars().take(70).collect();
                    let mut table = table.lock().unwrap();
                    let (name, seconds) = (&attack.name, took.as_secs_f32());
                    let status = answer.status;
                    writeln!(
                        table,
                        "{name:32} {seconds:5.2} s {resident:5} MiB {status} {message}"
                    )
                    .unwrap();
                    faults.lock().unwrap().extend(wrong(attack, &answer, took));
                }
            })
        });
        for attacker in attackers.collect::<Vec<_>>() {
            attacker.join().unwrap();
        }
        over.store(true, Ordering::Relaxed);
        let slowest = other.join().unwrap();
        let peak = figure(it.pid(), "VmHWM").unwrap_or(0);
        let table = table.lock().unwrap();
        println!("{table}\nat most {peak} MiB");
        assert!(slowest < OTHERS, "others waited {slowest:?}");
        assert!(peak < PEAK, "the process took {peak} MiB");
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    comes_to_rest(&it);
}

/// Who goes away takes the work along.
#[test]
fn work_ends_with_its_connection() {
    let it = Yagura::start();
    let token = it.token();
    let url = it.url("/v1.0/security/runHuntingQuery");
    for query in [
        "range x from 1 to 1000000000000 step 1 | summarize sum(x % 7)",
        "print a = range(1, 1000000, 1) | extend f = series_fir(a, a)",
        "range x from 1 to 1000000 step 1 | extend k = hash(x, 10) | as t | join kind=inner t on k | count",
        "range x from 1 to 100000 step 1 | project s = x, t = x + 1 | make-graph s --> t \
         with_node_id=id | graph-match (a)-[e*1..90]->(b) project e.s | count",
        "range x from 1 to 10000000 step 1 | extend s = tostring(hash(x)) | reduce by s",
    ] {
        let body = json!({ "Query": query });
        let request = it.http.post(&url).bearer_auth(&token).json(&body);
        let error = request.timeout(Duration::from_millis(700)).send().unwrap_err();
        assert!(error.is_timeout(), "{query}: {error}");
    }
    comes_to_rest(&it);
    it.hunt(&token, "print 1").expect(200);
}
