//! Queries: read, laid out, bound, and asked about as an editor does.
#![no_main]

use fuzz::functions::FUNCTIONS;
use kql::{
    Env, assist, compile,
    diagnostic::{Diagnostic, Severity},
    environment::{self, NAMES},
    format, syntax,
};
use libfuzzer_sys::{Corpus, fuzz_target};

/// 2026-01-05T10:20:30Z
const NOW: i64 = 639_032_052_300_000_000;

/// A tree without its places, which laying out moves.
fn tree(text: &str) -> String {
    let tree = format!("{:?}", syntax::parse(text).query);
    let mut parts = tree.split("Span {");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    out
}

fn is_error(it: &Diagnostic) -> bool {
    it.severity == Severity::Error
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((name, text)) = fuzz::choose(data, &NAMES) else { return Corpus::Reject };
    let environment = environment::named(name).expect("it is built in");
    let env = Env { catalog: &environment, functions: &FUNCTIONS, now: NOW, window: None };

    let compiled = compile(text, &env);
    assert_eq!(compiled.plan.is_none(), compiled.diagnostics.iter().any(is_error), "{text:?}");
    for it in &compiled.diagnostics {
        let within = text.get(it.span.start..it.span.end).is_some();
        assert!(within, "{it} at {:?} of {text:?}", it.span);
        fuzz::brief(&it.to_string());
    }

    let laid_out = format::format(text);
    assert_eq!(format::format(&laid_out), laid_out, "{text:?}");
    if !syntax::parse(text).diagnostics.iter().any(is_error) {
        assert_eq!(tree(text), tree(&laid_out), "{text:?}, {laid_out:?}");
    }

    // These bind anew, each; one input in eight is enough.
    if text.len().is_multiple_of(8) {
        let middle = text.len() / 2;
        let _ = assist::completions(text, middle, &env);
        let _ = assist::hover(text, middle, &env);
        let _ = assist::definition(text, middle);
    }
    Corpus::Keep
});
