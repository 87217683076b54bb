//! `$expand` with the options in its parentheses.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use model::{
    Model,
    edm::TypeId,
    query::{Expand, Options},
};

/// Every navigation is one of the type's or of one below it.
fn check(model: &Model, ty: TypeId, list: &[Expand], depth: usize) {
    let ty = model.ty(ty);
    for expand in list {
        assert!(depth < 4, "nested {depth} deep");
        let below = || ty.derived.iter().find_map(|it| model.ty(*it).nav(&expand.nav));
        let nav = ty.nav(&expand.nav).or_else(below);
        let nav = nav.unwrap_or_else(|| panic!("{} has no {}", ty.name, expand.nav));
        assert_eq!(nav.name, expand.nav);
        check(model, nav.target, &expand.options.expand, depth + 1);
    }
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((place, text)) = fuzz::choose(data, &fuzz::SETS) else { return Corpus::Reject };
    let (model, set) = fuzz::set_of(*place);
    let query = format!("$expand={}", fuzz::escaped(text));
    match Options::parse_for(model, set.ty, &set.facts, &query) {
        Ok(options) => {
            check(model, set.ty, &options.expand, 1);
            fuzz::pages(model, set, &options);
        }
        Err(error) => fuzz::about(&error, text),
    }
    Corpus::Keep
});
