//! The diagnostic codes: stable, one meaning each, never used again for another.
//!
//! `docs/src/kql-diagnostics.md` is printed from [`ALL`]; a test compares the two. KQL00 is about
//! characters, KQL01 about grammar, KQL02 about names, KQL03 about types, KQL04 about limits, and
//! KQL05 are warnings.

macro_rules! codes {
    ($($name:ident = $code:literal, $doc:literal;)*) => {
        $(#[doc = $doc] pub const $name: &str = $code;)*
        /// Every code with what it means.
        pub const ALL: &[(&str, &str)] = &[$(($code, $doc)),*];
    };
}

codes! {
    CHARACTER = "KQL0001", "A character that has no place in a query.";
    STRING_OPEN = "KQL0002", "A string literal without its closing quote.";
    ESCAPE = "KQL0003", "A backslash sequence that is not an escape; write `@\"...\"` for plain backslashes.";
    LITERAL = "KQL0004", "The text between the parentheses of a literal such as `datetime(...)` is not a value of that type.";
    EXPECTED = "KQL0101", "Something else was expected at this place.";
    UNKNOWN_OPERATOR = "KQL0102", "No operator has this name.";
    UNSUPPORTED = "KQL0103", "The language has this, Yagura does not yet.";
    RESERVED = "KQL0104", "A word of the language is used as a name and needs brackets: `['first']`.";
    EMPTY = "KQL0105", "The text holds no query.";
    OPTION = "KQL0106", "An operator's option has an unknown name or value.";
    REFUSED = "KQL0107", "The language has this, and Yagura does not offer it: it reaches outside, or runs code of others.";
    UNKNOWN_TABLE = "KQL0201", "No table, view or `let` has this name.";
    UNKNOWN_COLUMN = "KQL0202", "No column or `let` has this name here.";
    UNKNOWN_FUNCTION = "KQL0203", "No function has this name.";
    DUPLICATE = "KQL0204", "A name is given twice where it must be one's own.";
    WRONG_KIND = "KQL0205", "A table stands where a value is needed, or the other way round.";
    OPERAND = "KQL0301", "The operator does not work on values of these types.";
    ARGUMENT = "KQL0302", "An argument has a type the function does not take.";
    ARGUMENT_COUNT = "KQL0303", "Too few or too many arguments.";
    NOT_BOOL = "KQL0304", "A condition is not of type bool.";
    DYNAMIC_KEY = "KQL0305", "A dynamic value cannot be grouped, sorted or joined by; convert it first.";
    NO_COMMON_TYPE = "KQL0306", "Values that must share one type have none in common.";
    NOT_CONSTANT = "KQL0307", "A value that depends on the row stands where a constant is needed.";
    REGEX = "KQL0308", "The pattern is not a valid regular expression.";
    JOIN_KEY = "KQL0309", "The join condition is not of the form `on Key` or `on $left.A == $right.B`, or its sides differ in type.";
    NOT_AGGREGATE = "KQL0310", "A column is used in `summarize` outside an aggregate function.";
    AGGREGATE_PLACE = "KQL0311", "An aggregate function stands where only row by row functions may.";
    ROW_SHAPE = "KQL0312", "A `datatable` does not hold whole rows.";
    NOT_SERIALIZED = "KQL0313", "A window function stands where the order of the rows is not settled; put `serialize` or `sort by` in front.";
    TOO_LONG = "KQL0401", "The query text is longer than 1 MiB.";
    TOO_DEEP = "KQL0402", "The query is nested too deeply.";
    TOO_MANY = "KQL0403", "The query has too many operators, statements or terms.";
    IGNORED = "KQL0501", "This part has no effect here.";
}
