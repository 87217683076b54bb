//! `$orderby`, `$select`, `$search` and the rest that stands beside them in a query string.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use model::query::Options;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((place, query)) = fuzz::choose(data, &fuzz::SETS) else { return Corpus::Reject };
    let (model, set) = fuzz::set_of(*place);
    let parse = |query: &str| Options::parse_for(model, set.ty, &set.facts, query);
    let options = match parse(query) {
        Ok(options) => options,
        Err(error) => {
            fuzz::about(&error, query);
            return Corpus::Keep;
        }
    };

    fuzz::pages(model, set, &options);
    assert!(options.top.is_none_or(|top| top <= set.facts.page.max));
    let keys: Vec<String> = options
        .order_by
        .iter()
        .map(|it| format!("{} {}", it.path, if it.desc { "desc" } else { "asc" }))
        .collect();
    if !keys.is_empty() {
        let again = parse(&format!("$orderby={}", fuzz::escaped(&keys.join(","))));
        assert_eq!(again.map(|it| it.order_by), Ok(options.order_by.clone()), "{query:?}");
    }
    let paths: Vec<String> = options.select.iter().map(|it| it.join("/")).collect();
    if !paths.is_empty() {
        let again = parse(&format!("$select={}", fuzz::escaped(&paths.join(","))));
        assert_eq!(again.map(|it| it.select), Ok(options.select.clone()), "{query:?}");
    }
    if let Some(condition) = options.condition(model, set.ty) {
        // Every word may be looked for in every text property, and no more than that.
        let texts = model.ty(set.ty).properties.len();
        let most = (query.len() + 100) * 40 * (texts + 1);
        let length = condition.to_string().len();
        assert!(length <= most, "{length} bytes of condition from {query:?}");
    }
    Corpus::Keep
});
