//! `yagura provider tail`: a growing file, across rotation and restart, without loss or duplicates.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use serde_json::json;

use crate::harness::{Yagura, suricata};

fn append(path: &Path, numbers: std::ops::Range<u64>) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    for number in numbers {
        let flow = json!({"event_type": "flow", "timestamp": "2026-03-01T00:00:00Z"});
        writeln!(file, "{flow}\n{}", suricata(number, "203.0.113.9")).unwrap();
    }
}

#[test]
fn rotation_and_restart_lose_nothing() {
    let it = Yagura::start();
    let token = it.token();
    let eve = it.folder.path().join("eve.json");
    let tail = || {
        let path = eve.to_str().unwrap();
        let args = ["provider", "tail", "suricata", "--file", path, "--once", "--server", &it.base];
        let output = it.yagura(&args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let count = || it.get(&token, "/v1.0/security/alerts_v2/$count").expect(200).text;
    append(&eve, 0..5);
    tail();
    assert_eq!(count(), "5");
    // Lines come, the file is rotated away, a new one begins: a restart finds them all.
    append(&eve, 5..8);
    fs::rename(&eve, it.folder.path().join("eve.json.1")).unwrap();
    append(&eve, 8..10);
    tail();
    assert_eq!(count(), "10");
    // A line still being written waits for its end.
    let line = suricata(10, "203.0.113.9").to_string();
    let (head, rest) = line.split_at(40);
    fs::write(&eve, format!("{}{head}", fs::read_to_string(&eve).unwrap())).unwrap();
    tail();
    assert_eq!(count(), "10");
    let mut file = OpenOptions::new().append(true).open(&eve).unwrap();
    writeln!(file, "{rest}").unwrap();
    tail();
    assert_eq!(count(), "11");
}
