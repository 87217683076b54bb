//! Bodies: what a check lets through passes it again unchanged.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use model::{
    body::{self, Mode},
    shape,
};
use serde_json::Value;

fuzz_target!(|data: &[u8]| -> Corpus {
    // Three ways of reading for each set.
    let choices: Vec<usize> = (0..fuzz::SETS.len() * 3).collect();
    let Some((choice, text)) = fuzz::choose(data, &choices) else { return Corpus::Reject };
    let Ok(sent) = serde_json::from_str::<Value>(text) else { return Corpus::Reject };
    let (model, set) = fuzz::set_of(fuzz::SETS[choice / 3]);
    let mode = match choice % 3 {
        0 => Mode::Create(&set.facts),
        1 => Mode::Patch(&set.facts),
        _ => Mode::Document,
    };
    let checked = match body::check(model, set.ty, &sent, mode) {
        Ok(checked) => checked,
        Err(error) => {
            fuzz::brief(&error.reason);
            return Corpus::Keep;
        }
    };

    let again = body::check(model, set.ty, &Value::Object(checked.clone()), mode);
    assert_eq!(again.as_ref(), Ok(&checked), "{text}");

    let mut doc = checked.clone();
    body::merge(&mut doc, checked.clone());
    assert_eq!(doc, checked, "merging a document into itself: {text}");

    for include_unknown in [false, true] {
        let mut shown = checked.clone();
        shape::complete(model, set.ty, &mut shown, include_unknown);
        let mut twice = shown.clone();
        shape::complete(model, set.ty, &mut twice, include_unknown);
        assert_eq!(shown, twice, "{text}");
    }
    Corpus::Keep
});
