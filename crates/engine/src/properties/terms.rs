//! The text operators against models that do what the words say, slowly.

use std::sync::Arc;

use datafusion::{
    arrow::array::{AsArray, StringViewArray},
    logical_expr::ColumnarValue,
};
use kql::{plan::TextTest, types::Type};
use proptest::prelude::*;

use super::cases;
use crate::{
    args::Args,
    text::{terms::Terms, test},
};

/// Does the needle stand somewhere with no letter or digit beside the ends that count?
fn stands(text: &str, needle: &str, start: bool, end: bool) -> bool {
    let free = |it: Option<char>| it.is_none_or(|it| !it.is_alphanumeric());
    (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| {
        let (before, from) = text.split_at(at);
        from.strip_prefix(needle).is_some_and(|behind| {
            (!start || free(before.chars().next_back())) && (!end || free(behind.chars().next()))
        })
    }) || needle.is_empty()
}

fn model(test: TextTest, fold: bool, text: &str, needle: &str) -> bool {
    let folded = |it: &str| if fold { it.to_lowercase() } else { it.to_owned() };
    let (text, needle) = (folded(text), folded(needle));
    match test {
        TextTest::Equals => text == needle,
        TextTest::Has => stands(&text, &needle, true, true),
        TextTest::HasPrefix => stands(&text, &needle, true, false),
        TextTest::HasSuffix => stands(&text, &needle, false, true),
        TextTest::Contains => text.contains(&needle),
        TextTest::StartsWith => text.starts_with(&needle),
        TextTest::EndsWith => text.ends_with(&needle),
        TextTest::MatchesRegex => unreachable!("has no slow model"),
    }
}

const TESTS: &[TextTest] = &[
    TextTest::Equals,
    TextTest::Has,
    TextTest::HasPrefix,
    TextTest::HasSuffix,
    TextTest::Contains,
    TextTest::StartsWith,
    TextTest::EndsWith,
];

/// Few letters, so that needles are found, and some beyond ASCII among them.
const TEXT: &str = "[aAbB19 _.\\-äÄßéÉ中]{0,12}";
const LONG: &str = "[aAbB19 _.\\-äÄßéÉ中]{0,40}";
const NEEDLE: &str = "[aAbB19 _.\\-äÄßéÉ中]{0,3}";
const SOME: &str = "[aAbB19 _.\\-äÄßéÉ中]{1,3}";

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn kernels_do_what_the_words_say(
        at in 0..TESTS.len(),
        fold in any::<bool>(),
        negate in any::<bool>(),
        texts in prop::collection::vec(TEXT, 1..8),
        needle in NEEDLE,
    ) {
        let test = TESTS[at];
        let column = Arc::new(StringViewArray::from_iter_values(&texts));
        let needles = Arc::new(StringViewArray::from_iter_values(texts.iter().map(|_| &needle)));
        let values = [ColumnarValue::Array(column), ColumnarValue::Array(needles)];
        let types = [Type::String, Type::String];
        let wanted: Vec<bool> =
            texts.iter().map(|text| model(test, fold, text, &needle) != negate).collect();
        let constant = test::constant(test, fold, negate, &needle).unwrap();
        let args = Args::new(&values[..1], &types[..1], Type::Bool, texts.len());
        let given = constant(&args).unwrap();
        let given: Vec<bool> = given.as_boolean().iter().map(Option::unwrap).collect();
        prop_assert_eq!(&given, &wanted, "{:?} {:?} in {:?}", test, needle, texts);
        let args = Args::new(&values, &types, Type::Bool, texts.len());
        let by_row = test::by_row(test, fold, negate)(&args).unwrap();
        let by_row: Vec<bool> = by_row.as_boolean().iter().map(Option::unwrap).collect();
        prop_assert_eq!(by_row, wanted);
    }

    /// Few needles are searched one by one, many by an automaton.
    #[test]
    fn many_needles_are_each_of_them(
        text in LONG,
        needles in prop::collection::vec(SOME, 1..40),
    ) {
        let terms = Terms::new(&needles).unwrap();
        let mut each = needles.iter().map(|it| model(TextTest::Has, true, &text, it));
        let all = needles.iter().all(|it| model(TextTest::Has, true, &text, it));
        prop_assert_eq!(terms.any(&text), each.any(|it| it), "{:?} in {:?}", needles, text);
        prop_assert_eq!(terms.all(&text), all, "{:?} in {:?}", needles, text);
    }
}
