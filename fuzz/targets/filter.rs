//! `$filter`: what is accepted prints to a text that means the same.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use model::query::{Filter, MAX_DEPTH, MAX_FILTER, Options, QueryError};

fn read(place: usize, text: &str) -> Result<Option<Filter>, QueryError> {
    let (model, set) = fuzz::set_of(fuzz::SETS[place]);
    let query = format!("$filter={}", fuzz::escaped(text));
    Options::parse_for(model, set.ty, &set.facts, &query).map(|it| it.filter)
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let places: Vec<usize> = (0..fuzz::SETS.len()).collect();
    let Some((place, text)) = fuzz::choose(data, &places) else { return Corpus::Reject };
    match read(*place, text) {
        Ok(None) => panic!("no filter of {text:?}"),
        Ok(Some(filter)) => {
            let printed = filter.to_string();
            match read(*place, &printed) {
                Ok(Some(again)) => assert_eq!(again, filter, "{text:?}, {printed:?}"),
                // A list of what an order of names means may be longer than what was sent.
                Err(QueryError::TooMuch { max, .. }) if [MAX_FILTER, MAX_DEPTH].contains(&max) => {}
                other => panic!("{other:?} of {printed:?}, of {text:?}"),
            }
        }
        Err(error) => fuzz::about(&error, text),
    }
    Corpus::Keep
});
