//! Paths with their query: what resolves has a template that resolves to the same.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use model::{
    Version, graph,
    path::{Target, reference, resolve},
    query::Options,
};

/// A path of the same template: any key, every argument by an alias.
fn example(target: &Target<'_>) -> String {
    let mut path = target.template().replace("{id}", "a-key");
    if let Target::Operation(call) = target {
        let args: Vec<String> =
            call.args.iter().map(|(name, _)| format!("{name}=@{name}")).collect();
        if !args.is_empty() {
            path += &format!("({})", args.join(","));
        }
    }
    path
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((version, url)) = fuzz::choose(data, &Version::ALL) else { return Corpus::Reject };
    let model = graph(*version);
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    if let Err(error) = reference(model, url) {
        fuzz::brief(&error.to_string());
    }
    let target = match resolve(model, path) {
        Ok(target) => target,
        Err(error) => {
            fuzz::brief(&error.to_string());
            return Corpus::Keep;
        }
    };

    let template = target.template();
    let example = example(&target);
    match resolve(model, &example) {
        Ok(again) => assert_eq!(again.template(), template, "{path:?}, {example:?}"),
        Err(error) => panic!("{path:?}, {example:?}: {error}"),
    }
    let context = target.context(model);
    assert!(context.is_empty() || context.starts_with('#'), "{context}");
    let rule = auth::policy::policy().rule(version.as_str(), "GET", &template);
    assert!(rule.is_none_or(|it| it.template.starts_with('/')));
    assert!(!target.allows("BREW"));

    if let Some(set) = target.set() {
        for (_, key) in &set.parents {
            assert!(!key.is_empty() && !key.chars().any(char::is_control), "{key:?}");
        }
        match Options::parse(model, set, query) {
            Ok(options) => fuzz::pages(model, set.def, &options),
            Err(error) => fuzz::about(&error, query),
        }
    }
    if let Target::Operation(call) = &target {
        let other = [("@a".to_owned(), query.to_owned())];
        if let Err(error) = call.arguments(model, &other) {
            fuzz::brief(&error.to_string());
        }
    }
    Corpus::Keep
});
