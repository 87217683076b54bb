//! The command line as scripts use it.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::harness::{BINARY, Yagura};

#[test]
fn ingest_and_hunt_on_a_directory_and_on_a_server() {
    let it = Yagura::start();
    let file = it.folder.path().join("events.ndjson");
    let rows = "{\"Timestamp\":\"2025-06-01T00:00:00Z\",\"DeviceName\":\"a,b\"}\n\
                {\"Timestamp\":\"2025-06-01T00:00:01Z\",\"DeviceName\":\"c\"}\n";
    std::fs::write(&file, rows).unwrap();
    let path = file.to_str().unwrap();
    let server = it.base.as_str();
    let local = it.yagura(&["ingest", "--table", "DeviceEvents", path]);
    assert!(local.status.success(), "{}", String::from_utf8_lossy(&local.stderr));
    let remote = it.yagura(&["ingest", "--server", server, "--table", "DeviceEvents", path]);
    assert!(remote.status.success(), "{}", String::from_utf8_lossy(&remote.stderr));
    let query = "DeviceEvents | summarize n = count() by DeviceName | sort by DeviceName asc";
    for place in [&[][..], &["--server", server]] {
        let hunt = |format: &str| {
            let mut args = vec!["hunt", "--format", format];
            args.extend(place);
            args.push(query);
            let output = it.yagura(&args);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(hunt("csv"), "DeviceName,n\n\"a,b\",2\nc,2\n");
        assert_eq!(
            hunt("ndjson"),
            "{\"DeviceName\":\"a,b\",\"n\":2}\n{\"DeviceName\":\"c\",\"n\":2}\n"
        );
        let json: Value = serde_json::from_str(&hunt("json")).unwrap();
        assert_eq!(json["schema"][1], json!({"name": "n", "type": "Int64"}));
        assert!(hunt("table").contains("2 rows"));
    }
}

#[test]
fn a_bad_query_prints_a_diagnostic_and_exits_with_one() {
    let it = Yagura::start();
    let output = it.yagura(&["hunt", "print 1 | where Nope == 1"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("line 1, column 17") && told.contains("Nope"), "{told}");
}

#[test]
fn queries_come_from_files_and_standard_input() {
    let it = Yagura::start();
    let file = it.folder.path().join("query.kql");
    std::fs::write(&file, "print a = 1").unwrap();
    let from_file = it.yagura(&["hunt", "--format", "csv", "--query-file", file.to_str().unwrap()]);
    assert_eq!(String::from_utf8(from_file.stdout).unwrap(), "a\n1\n");
    let mut child = Command::new(BINARY)
        .args(["hunt", "--format", "csv", "-"])
        .env("YAGURA_DATA", it.data())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"print b = 2").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "b\n2\n");
}

#[test]
fn applications_and_tokens() {
    let it = Yagura::start();
    let token = String::from_utf8(it.yagura(&["token"]).stdout).unwrap();
    it.get(token.trim(), "/v1.0/security/incidents").expect(200);
    let refused = it.yagura(&["app", "create", "--name", "x", "--role", "Everything.Everywhere"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("Everything.Everywhere"));
    it.token_with(&["SecurityAlert.Read.All"], None);
    let list: Value =
        serde_json::from_slice(&it.yagura(&["app", "list", "--json"]).stdout).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert!(!list.to_string().contains("argon2"), "a hash is shown");
}

#[test]
fn every_subcommand_has_help_with_an_example() {
    let help = |args: &[&str]| {
        let output = Command::new(BINARY).args(args).arg("--help").output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let top = help(&[]);
    let names: Vec<&str> = top
        .lines()
        .skip_while(|line| !line.starts_with("Commands"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        assert!(help(&[name]).contains("Example:"), "{name}");
    }
    let version = Command::new(BINARY).arg("--version").output().unwrap();
    assert!(String::from_utf8(version.stdout).unwrap().starts_with("yagura 0."));
    let bash = Command::new(BINARY).args(["completions", "bash"]).output().unwrap();
    assert!(String::from_utf8(bash.stdout).unwrap().contains("_yagura"));
}

#[test]
fn feed_takes_a_folder_by_its_names() {
    let it = Yagura::start();
    let folder = it.folder.path().join("in");
    let out = it.yagura(&["scenario", "--out", folder.to_str().unwrap(), "--end", "2026-03-01"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let feed = || -> Value {
        let output = it.yagura(&["feed", "--json", folder.to_str().unwrap()]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{told}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let first = feed();
    assert!(first["alerts"].as_u64().unwrap() > 10, "{first}");
    assert!(first["events"].as_u64().unwrap() > 100, "{first}");
    assert_eq!(first["refusedAlerts"], 0);
    assert_eq!(feed()["alerts"], 0, "the same alerts again are known");
}
