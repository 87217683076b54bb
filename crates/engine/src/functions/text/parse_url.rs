//! `parse_url`, `parse_urlquery` and their old spellings: a URL taken apart as it is written.
//!
//! Nothing is normalised, because hunting compares with what was logged; so this is no use for a URL
//! library, which would rewrite hosts, ports and escapes.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json};

use super::super::read::strings;
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const PARSE_URL: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_url",
        params: &[Param::any("url")],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The parts of a URL: Scheme, Host, Port, Path, Username, Password, Query Parameters (a \
              bag) and Fragment. Parts it lacks are empty.",
        examples: &[
            ("parse_url('https://me:pw@host:1234/a/b?k=v#f').Host", "host"),
            ("parse_url('https://host/a?k=v&l').['Query Parameters']", "{\"k\":\"v\",\"l\":\"\"}"),
        ],
    },
    lower: Lower::Rows(url),
};

pub(in super::super) const PARSEURL: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "parseurl", examples: &[], ..PARSE_URL.def },
    lower: Lower::Rows(url),
};

pub(in super::super) const PARSE_URLQUERY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_urlquery",
        params: &[Param::any("query")],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The parameters of a URL's query as a bag named `Query Parameters`.",
        examples: &[(
            "parse_urlquery('k1=v1&k2=v2')",
            "{\"Query Parameters\":{\"k1\":\"v1\",\"k2\":\"v2\"}}",
        )],
    },
    lower: Lower::Rows(query),
};

pub(in super::super) const PARSEURLQUERY: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "parseurlquery", examples: &[], ..PARSE_URLQUERY.def },
    lower: Lower::Rows(query),
};

const PARAMETERS: &str = "Query Parameters";

fn url(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    Ok(out_json(args.rows(), |row| Json::Object(parse(text.get(row)))))
}

fn query(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    Ok(out_json(args.rows(), |row| {
        let text = text.get(row);
        let mut out = Map::new();
        out.insert(PARAMETERS.to_owned(), parameters(text.strip_prefix('?').unwrap_or(text)));
        Json::Object(out)
    }))
}

fn parse(url: &str) -> Map<String, Json> {
    let url = url.trim();
    let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, authority, path) = match url.split_once("://") {
        Some((scheme, rest)) => {
            let slash = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(slash);
            (scheme, authority, path)
        }
        None => match url.split_once(':') {
            // `mailto:x` has a scheme and no host.
            Some((scheme, path)) if is_scheme(scheme) => (scheme, "", path),
            _ => ("", "", url),
        },
    };
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (username, password) = user.split_once(':').unwrap_or((user, ""));
    let (host, port) = match host.rsplit_once(':') {
        // Colons inside brackets belong to an IPv6 address.
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (host, ""),
    };
    let mut out = Map::new();
    for (name, part) in [
        ("Scheme", scheme),
        ("Host", host),
        ("Port", port),
        ("Path", path),
        ("Username", username),
        ("Password", password),
    ] {
        out.insert(name.to_owned(), Json::from(part));
    }
    out.insert(PARAMETERS.to_owned(), parameters(query));
    out.insert("Fragment".to_owned(), Json::from(fragment));
    out
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.'))
}

fn parameters(query: &str) -> Json {
    let mut out = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        out.insert(name.to_owned(), Json::from(value));
    }
    Json::Object(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn parts() {
        let all = |url| {
            let map = parse(url);
            let texts = map.values().filter_map(Json::as_str).collect::<Vec<_>>();
            texts.join("|")
        };
        assert_eq!(all("scheme://u:p@h:1/a/b?k=v#f"), "scheme|h|1|/a/b|u|p|f");
        assert_eq!(all("http://[::1]:80/"), "http|[::1]|80|/|||");
        assert_eq!(all("http://[::1]"), "http|[::1]|||||");
        assert_eq!(all("mailto:a@b"), "mailto|||a@b|||");
        assert_eq!(all("example.test/x"), "|||example.test/x|||");
        assert_eq!(all(""), "||||||");
    }
}
