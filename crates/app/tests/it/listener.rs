//! An endpoint of a subscription: answers the handshake, notes what it is told, and fails when the
//! test says so.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use serde_json::Value;

/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Listener {
    pub url: String,
    shared: Arc<(Mutex<State>, Condvar)>,
}

/// What it has met so far.
#[derive(Default)]
pub struct State {
    /// What it answers instead of 200.
    pub failing: Option<u16>,
    /// Does it answer the handshake with something else?
    pub confused: bool,
    /// Calls that were not taken.
    pub refused: usize,
    /// Every item it was told.
    pub told: Vec<Value>,
    /// The tokens it was asked to confirm.
    pub tokens: Vec<String>,
}

impl Listener {
    pub fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/notify?tool=soar", socket.local_addr().unwrap());
        let shared = Arc::<(Mutex<State>, Condvar)>::default();
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let shared = Arc::clone(&own);
                // A caller that goes away ends the thread.
                std::thread::spawn(move || while answer(&stream, &shared).is_some() {});
            }
        });
        Self { url, shared }
    }

    pub fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.0.lock().unwrap());
    }

    /// Waits until something holds, and answers what it then finds.
    #[track_caller]
    pub fn wait<T>(&self, mut found: impl FnMut(&State) -> Option<T>) -> T {
        let (lock, told) = &*self.shared;
        let mut state = lock.lock().unwrap();
        loop {
            if let Some(found) = found(&state) {
                return found;
            }
            let (next, late) = told.wait_timeout(state, PATIENCE).unwrap();
            assert!(!late.timed_out(), "told so far: {:#?}", next.told);
            state = next;
        }
    }
}

/// One request of a connection; nothing when it ended.
fn answer(stream: &TcpStream, shared: &(Mutex<State>, Condvar)) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let target = first.split(' ').nth(1)?;
    let url = reqwest::Url::parse("http://listener").unwrap().join(target).unwrap();
    let asked = url.query_pairs().find(|(name, _)| name == "validationToken");
    let asked = asked.map(|(_, token)| token.into_owned());
    let mut state = shared.0.lock().unwrap();
    let status = state.failing.unwrap_or(200);
    let mut said = String::new();
    match asked {
        Some(token) => {
            assert!(target.starts_with("/notify?tool=soar&validationToken="), "{target}");
            said = if state.confused { "what?".to_owned() } else { token.clone() };
            state.tokens.push(token);
        }
        None if status == 200 => {
            let body: Value = serde_json::from_slice(&body).unwrap();
            state.told.extend(body["value"].as_array().unwrap().iter().cloned());
        }
        None => state.refused += 1,
    }
    drop(state);
    shared.1.notify_all();
    let mut stream = stream;
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        said.len()
    );
    stream.write_all((head + &said).as_bytes()).ok()
}
