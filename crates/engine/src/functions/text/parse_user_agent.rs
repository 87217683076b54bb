//! `parse_user_agent`: which browser, system and device a user agent says it is.
//!
//! Rules are tried from the special to the general, because most agents name what they descend
//! from, too. They cover what is common; anything else is `Other`.

use std::sync::LazyLock;

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use regex::Regex;
use serde_json::{Map, Value as Json, json};

use super::super::{
    read::{Jsons, strings},
    types::STRING,
};
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const PARSE_USER_AGENT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_user_agent",
        params: &[
            Param::of("user_agent", STRING),
            Param::of("look_for", &[Type::String, Type::Dynamic]).opt(),
        ],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The browser, operating system and device that a user agent names; `look_for` is one \
              of `browser`, `os`, `device` or an array of them.",
        examples: &[(
            "parse_user_agent('Mozilla/5.0 (Windows; U; en-US) AdobeAIR/2.5.1', 'browser')",
            "{\"Browser\":{\"Family\":\"AdobeAIR\",\"MajorVersion\":\"2\",\"MinorVersion\":\"5\",\
             \"Patch\":\"1\"}}",
        )],
    },
    lower: Lower::Rows(|args| {
        let agent = strings(args, 0)?;
        let wanted = if args.len() > 1 { Some(Jsons::new(args, 1)?) } else { None };
        Ok(out_json(args.rows(), |row| {
            let wanted = wanted.as_ref().map(|it| it.take(row));
            let asked = |part: &str| match &wanted {
                None => true,
                Some(Json::Array(several)) => several.iter().any(|it| it == part),
                Some(one) => one == part,
            };
            parse(agent.get(row), asked)
        }))
    }),
};

/// A name and the pattern that finds its version.
type Rule = (&'static str, &'static str);

const VERSION: &str = r"[/ ](\d+)(?:[._](\d+))?(?:[._](\d+))?";

const BROWSERS: &[Rule] = &[
    ("AdobeAIR", "AdobeAIR"),
    ("Edge", "Edg(?:e|A|iOS)?"),
    ("Opera", "OPR|Opera"),
    ("Samsung Internet", "SamsungBrowser"),
    ("Yandex Browser", "YaBrowser"),
    ("Vivaldi", "Vivaldi"),
    ("Electron", "Electron"),
    ("HeadlessChrome", "HeadlessChrome"),
    ("Googlebot", "Googlebot"),
    ("bingbot", "bingbot"),
    ("Firefox iOS", "FxiOS"),
    ("Firefox", "Firefox"),
    ("Chrome Mobile iOS", "CriOS"),
    ("IE", "MSIE|Trident/.*rv"),
    ("Chrome", "Chrome|Chromium"),
    ("Safari", "Version"),
    ("curl", "curl"),
    ("Wget", "Wget"),
    ("Python Requests", "python-requests"),
    ("Go-http-client", "Go-http-client"),
    ("PowerShell", "WindowsPowerShell|PowerShell"),
    ("okhttp", "okhttp"),
];

const SYSTEMS: &[Rule] = &[
    ("Windows Phone", "Windows Phone(?: OS)?"),
    ("Windows", "Windows NT"),
    ("Windows", "Windows"),
    ("iOS", "(?:iPhone|CPU)(?: OS|.*? OS)"),
    ("Mac OS X", "Mac OS X"),
    ("Android", "Android"),
    ("Chrome OS", "CrOS \\S+"),
    ("Ubuntu", "Ubuntu"),
    ("Linux", "Linux"),
];

fn compiled(rules: &'static [Rule]) -> Vec<(&'static str, Regex)> {
    let compile = |(name, pattern): &Rule| {
        let regex = Regex::new(&format!("(?:{pattern}){VERSION}")).ok();
        regex.map(|it| (*name, it))
    };
    rules.iter().filter_map(compile).collect()
}

fn found<'t>(
    agent: &'t str,
    rules: &[(&'static str, Regex)],
    plain: &[Rule],
) -> (&'static str, [&'t str; 3]) {
    for (name, regex) in rules {
        if let Some(found) = regex.captures(agent) {
            let part = |at| found.get(at).map_or("", |it| it.as_str());
            return (name, [part(1), part(2), part(3)]);
        }
    }
    let named = plain.iter().find(|it| agent.contains(it.0) || agent.contains(it.1));
    (named.map_or("Other", |it| it.0), ["", "", ""])
}

fn parse(agent: &str, asked: impl Fn(&str) -> bool) -> Json {
    static RULES: LazyLock<[Vec<(&'static str, Regex)>; 2]> =
        LazyLock::new(|| [compiled(BROWSERS), compiled(SYSTEMS)]);
    let [browsers, systems] = &*RULES;
    let mut out = Map::new();
    if asked("browser") {
        let (family, [major, minor, patch]) = found(agent, browsers, BROWSERS);
        out.insert(
            "Browser".to_owned(),
            json!({"Family": family, "MajorVersion": major, "MinorVersion": minor, "Patch": patch}),
        );
    }
    if asked("os") {
        let (family, [major, minor, patch]) = found(agent, systems, SYSTEMS);
        let major = windows(family, major, minor).unwrap_or(major);
        let minor = if family == "Windows" { "" } else { minor };
        out.insert(
            "OperatingSystem".to_owned(),
            json!({"Family": family, "MajorVersion": major, "MinorVersion": minor, "Patch": patch,
                "PatchMinor": ""}),
        );
    }
    if asked("device") {
        let (family, brand, model) = device(agent);
        out.insert("Device".to_owned(), json!({"Family": family, "Brand": brand, "Model": model}));
    }
    Json::Object(out)
}

/// The name of a version of Windows.
fn windows(family: &str, major: &str, minor: &str) -> Option<&'static str> {
    if family != "Windows" {
        return None;
    }
    Some(match (major, minor) {
        ("10", _) => "10",
        ("6", "3") => "8.1",
        ("6", "2") => "8",
        ("6", "1") => "7",
        ("6", "0") => "Vista",
        ("5", _) => "XP",
        _ => return None,
    })
}

fn device(agent: &str) -> (&'static str, &'static str, &'static str) {
    for (mark, brand) in [("iPhone", "Apple"), ("iPad", "Apple"), ("iPod", "Apple")] {
        if agent.contains(mark) {
            return (mark, brand, mark);
        }
    }
    for (mark, family, brand, model) in [
        ("Macintosh", "Mac", "Apple", "Mac"),
        ("bot", "Spider", "Spider", "Desktop"),
        ("SM-", "Samsung", "Samsung", ""),
        ("Pixel", "Pixel", "Google", "Pixel"),
        ("Android", "Generic Smartphone", "Generic", "Smartphone"),
    ] {
        if agent.contains(mark) {
            return (family, brand, model);
        }
    }
    ("Other", "", "")
}
