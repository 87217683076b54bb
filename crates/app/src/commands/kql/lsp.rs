//! `yagura kql lsp`: a language server on standard input and output.
//!
//! One thread answers one message after the other; a check takes less than a keystroke. What is
//! told about a text comes from `kql::assist` and `kql::check`.

use std::{collections::HashMap, process::ExitCode};

use kql::{
    Env, assist,
    assist::{CompletionKind, Lines},
    check,
    diagnostic::{Diagnostic, Severity, Span},
    environment,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde_json::{Value as Json, json};

use super::known;
use crate::{cli::kql::KqlLspArgs, node};

/// Serves until the editor says to stop.
pub fn run(args: &KqlLspArgs) -> anyhow::Result<ExitCode> {
    known(Some(&args.env))?;
    let (connection, threads) = Connection::stdio();
    let capabilities = json!({
        "positionEncoding": "utf-16",
        "textDocumentSync": 1,
        "hoverProvider": true,
        "definitionProvider": true,
        "documentFormattingProvider": true,
        "completionProvider": { "triggerCharacters": ["|", " ", "."] },
    });
    connection.initialize(capabilities)?;
    let mut server = Server { env: args.env.clone(), texts: HashMap::new() };
    for message in &connection.receiver {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    break;
                }
                connection.sender.send(Message::Response(server.answer(request)))?;
            }
            Message::Notification(it) => {
                if let Some(told) = server.noted(&it) {
                    connection.sender.send(Message::Notification(told))?;
                }
            }
            Message::Response(_) => {}
        }
    }
    // the writer ends when nothing can send any more
    drop(connection);
    threads.join()?;
    Ok(ExitCode::SUCCESS)
}

struct Server {
    env: String,
    texts: HashMap<String, String>,
}

impl Server {
    fn answer(&self, request: Request) -> Response {
        let params = &request.params;
        let result = match request.method.as_str() {
            "textDocument/hover" => self.at(params, hover),
            "textDocument/completion" => {
                self.at(params, |text, byte, env| Some(completion(text, byte, env)))
            }
            "textDocument/definition" => {
                let uri = uri(params).unwrap_or_default();
                self.at(params, |text, byte, _| {
                    let lines = Lines::of(text);
                    assist::definition(text, byte)
                        .map(|it| json!({ "uri": uri, "range": range(&lines, it) }))
                })
            }
            "textDocument/formatting" => self.text(params).map(|text| {
                let whole = Span::new(0, text.len());
                let new = kql::format::format(text);
                json!([{ "range": range(&Lines::of(text), whole), "newText": new }])
            }),
            other => {
                let message = format!("`{other}` is not served");
                return Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message);
            }
        };
        Response::new_ok(request.id, result.unwrap_or(Json::Null))
    }

    /// Takes note of a text; what is wrong with it is told at once.
    fn noted(&mut self, it: &Notification) -> Option<Notification> {
        let uri = uri(&it.params)?;
        let text = match it.method.as_str() {
            "textDocument/didOpen" => it.params["textDocument"]["text"].as_str()?.to_owned(),
            // whole texts are synchronised, so the last change is the text
            "textDocument/didChange" => {
                it.params["contentChanges"].as_array()?.last()?["text"].as_str()?.to_owned()
            }
            "textDocument/didClose" => {
                self.texts.remove(uri);
                return Some(published(uri, Vec::new()));
            }
            _ => return None,
        };
        let lines = Lines::of(&text);
        let now = node::now().0;
        let found = check::check(&text, Some(&self.env), engine::functions(), now)?;
        let found = found.diagnostics.iter().map(|it| diagnostic(it, &lines)).collect();
        self.texts.insert(uri.to_owned(), text);
        Some(published(uri, found))
    }

    fn text(&self, params: &Json) -> Option<&str> {
        self.texts.get(uri(params)?).map(String::as_str)
    }

    /// Asks about the place that a request names.
    fn at(
        &self,
        params: &Json,
        ask: impl FnOnce(&str, usize, &Env<'_>) -> Option<Json>,
    ) -> Option<Json> {
        let text = self.text(params)?;
        let place = &params["position"];
        let line = u32::try_from(place["line"].as_u64()?).ok()?;
        let unit = u32::try_from(place["character"].as_u64()?).ok()?;
        let catalog = environment::named(&self.env)?;
        let now = node::now().0;
        let env = Env { catalog: &catalog, functions: engine::functions(), now, window: None };
        ask(text, Lines::of(text).byte(line, unit), &env)
    }
}

fn hover(text: &str, byte: usize, env: &Env<'_>) -> Option<Json> {
    let (shown, span) = assist::hover(text, byte, env)?;
    let contents = json!({ "kind": "markdown", "value": shown });
    Some(json!({ "contents": contents, "range": range(&Lines::of(text), span) }))
}

fn completion(text: &str, byte: usize, env: &Env<'_>) -> Json {
    let proposals = assist::completions(text, byte, env);
    let items = proposals
        .into_iter()
        .map(|it| {
            // the protocol's numbers: keyword, field, class, function, variable
            let kind = match it.kind {
                CompletionKind::Operator => 14,
                CompletionKind::Column => 5,
                CompletionKind::Table => 7,
                CompletionKind::Function => 3,
                CompletionKind::Let => 6,
            };
            json!({ "label": it.label, "kind": kind, "detail": it.detail })
        })
        .collect();
    Json::Array(items)
}

fn uri(params: &Json) -> Option<&str> {
    params["textDocument"]["uri"].as_str()
}

fn range(lines: &Lines<'_>, span: Span) -> Json {
    let place = |byte| {
        let (line, character) = lines.place(byte);
        json!({ "line": line, "character": character })
    };
    json!({ "start": place(span.start), "end": place(span.end) })
}

fn diagnostic(it: &Diagnostic, lines: &Lines<'_>) -> Json {
    let severity = match it.severity {
        Severity::Error => 1,
        Severity::Warning => 2,
    };
    let message = match &it.help {
        Some(help) => format!("{}; {help}", it.message),
        None => it.message.clone(),
    };
    json!({
        "range": range(lines, it.span),
        "severity": severity,
        "code": it.code,
        "source": "yagura",
        "message": message,
    })
}

fn published(uri: &str, diagnostics: Vec<Json>) -> Notification {
    let params = json!({ "uri": uri, "diagnostics": diagnostics });
    Notification { method: "textDocument/publishDiagnostics".to_owned(), params }
}
