//! `yagura kql` as scripts and editors use it.

use std::{
    io::{Read, Write},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::harness::BINARY;

fn kql(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(BINARY)
        .arg("kql")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn lines_are_answered_with_lines() {
    let questions = "{\"id\":1,\"query\":\"DeviceInfo | count\",\"env\":\"xdr\"}\n\n\
                     {\"id\":\"b\",\"query\":\"SecurityEvent | where Nope\",\"env\":\"sentinel\"}\n";
    let answers = kql(&["check", "--jsonl"], questions);
    assert_eq!(answers.status.code(), Some(0));
    let answers: Vec<Value> =
        out(&answers).lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(answers.len(), 2);
    assert_eq!(
        answers[0],
        json!({"id": 1, "ok": true, "diagnostics": [], "columns": [{"name": "Count", "type": "long"}]})
    );
    assert_eq!(answers[1]["id"], "b");
    assert_eq!(answers[1]["ok"], false);
    assert_eq!(answers[1]["diagnostics"][0]["code"], "KQL0202");
    assert_eq!(answers[1]["diagnostics"][0]["start"], 22);
}

#[test]
fn people_see_the_line_and_a_caret() {
    let wrong = kql(&["check", "--env", "xdr"], "DeviceInfo\n| where DeviceNam == 'a'");
    assert_eq!(wrong.status.code(), Some(1));
    let told = String::from_utf8(wrong.stderr).unwrap();
    assert!(
        told.contains("query:2:9") && told.contains("^^^^^^^^^ `DeviceName` is near"),
        "{told}"
    );
    let right = kql(&["check"], "DeviceInfo | project OSBuild");
    assert_eq!((right.status.code(), out(&right).as_str()), (Some(0), "query: OSBuild:long\n"));
    assert_eq!(kql(&["check", "--env", "mars"], "print 1").status.code(), Some(1));
}

#[test]
fn plans_schemas_and_layout_are_printed() {
    let plan = kql(&["explain", "DeviceInfo | count"], "");
    assert!(out(&plan).starts_with("summarize count()"), "{}", out(&plan));
    let columns = kql(&["schema", "--env", "sentinel", "SecurityEvent"], "");
    assert!(out(&columns).starts_with("SecurityEvent(TenantId:string, "), "{}", out(&columns));
    assert_eq!(kql(&["schema", "Nope"], "").status.code(), Some(1));
    let formatted = kql(&["format"], "T|where a==1 // why\n|take 5");
    assert_eq!(out(&formatted), "T\n| where a == 1 // why\n| take 5\n");
}

#[test]
fn an_editor_is_served() {
    let mut child = Command::new(BINARY)
        .args(["kql", "lsp", "--env", "xdr"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut send = |message: Value| {
        let text = message.to_string();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    };
    let mut receive = || -> Value {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            output.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.split("Content-Length:").nth(1).unwrap().trim();
        let mut body = vec![0; length.lines().next().unwrap().trim().parse().unwrap()];
        output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    };
    let ask = |id: i32, method: &str, params: Value| json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
    send(ask(1, "initialize", json!({"capabilities": {}})));
    assert_eq!(receive()["result"]["capabilities"]["hoverProvider"], true);
    send(json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    let text = "let min = 5;\nDeviceInfo | where OSBuild > min and Nope == 1";
    let document = json!({"uri": "file:///a.kql", "languageId": "kql", "version": 1, "text": text});
    send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}}),
    );
    let told = receive();
    assert_eq!(told["method"], "textDocument/publishDiagnostics");
    assert_eq!(told["params"]["diagnostics"][0]["code"], "KQL0202");
    assert_eq!(
        told["params"]["diagnostics"][0]["range"],
        json!({"start": {"line": 1, "character": 37}, "end": {"line": 1, "character": 41}})
    );
    let at = |line: u32, character: u32| json!({"textDocument": {"uri": "file:///a.kql"}, "position": {"line": line, "character": character}});
    send(ask(2, "textDocument/hover", at(1, 22)));
    let hover = receive();
    assert_eq!(hover["result"]["contents"]["value"], "`OSBuild`: column of type long");
    send(ask(3, "textDocument/definition", at(1, 30)));
    assert_eq!(receive()["result"]["range"]["start"], json!({"line": 0, "character": 4}));
    send(ask(4, "textDocument/completion", at(1, 21)));
    let labels = receive()["result"].to_string();
    assert!(labels.contains("\"OSBuild\"") && !labels.contains("\"Application\""), "{labels}");
    send(ask(5, "shutdown", Value::Null));
    assert_eq!(receive()["id"], 5);
    send(json!({"jsonrpc": "2.0", "method": "exit", "params": null}));
    assert!(child.wait().unwrap().success());
}
