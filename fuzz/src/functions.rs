//! A list of functions for the binder: the engine's own would bring the whole engine. A few of
//! every kind of description, so that every way of binding a call is walked.

use kql::{
    function::{Accepts, AggregateDef, FunctionDef, Functions, Naming, Param, Returns},
    types::Type::{self, *},
};

const NUMBERS: &[Type] = &[Int, Long, Real, Decimal];
const ORDERED: &[Type] = &[Int, Long, Real, Decimal, DateTime, TimeSpan];

const fn scalar(name: &'static str, params: &'static [Param], returns: Returns) -> FunctionDef {
    FunctionDef { name, params, returns, naming: Naming::Position, doc: "", examples: &[] }
}

const fn aggregate(name: &'static str, params: &'static [Param], returns: Returns) -> AggregateDef {
    AggregateDef { name, params, returns, naming: Naming::Prefix(name), doc: "" }
}

const TEXT: Param = Param::of("text", &[String]);
const NUMBER: Param = Param::of("number", NUMBERS);
const ANY: Param = Param::any("value");
const FIXED: Param = Param::any("value").fixed();
const WHEN: Param = Param::of("when", &[DateTime]);
const OBJECT: Param = Param::of("object", &[Dynamic]);

static SCALARS: &[&FunctionDef] = &[
    &scalar("abs", &[NUMBER], Returns::ArgWide(0)),
    &scalar("ago", &[Param::of("span", &[TimeSpan])], Returns::Is(DateTime)),
    &scalar("array_length", &[OBJECT], Returns::Is(Long)),
    &FunctionDef {
        naming: Naming::FirstArgument,
        ..scalar("bin", &[Param::of("value", ORDERED), FIXED], Returns::ArgWide(0))
    },
    &scalar("case", &[ANY.many()], Returns::Case),
    &scalar("coalesce", &[ANY.many()], Returns::CommonFrom(0)),
    &scalar("extract", &[TEXT.fixed(), NUMBER, TEXT, ANY.opt()], Returns::TypeOf(3)),
    &scalar("format_datetime", &[WHEN, TEXT.fixed()], Returns::Is(String)),
    &scalar("iff", &[Param::of("if", &[Bool]), ANY, ANY], Returns::CommonFrom(1)),
    &scalar("isempty", &[ANY], Returns::Is(Bool)),
    &scalar("isnotempty", &[ANY], Returns::Is(Bool)),
    &scalar("now", &[Param::of("offset", &[TimeSpan]).opt()], Returns::Is(DateTime)),
    &scalar("pack", &[ANY.opt().many()], Returns::Is(Dynamic)),
    &scalar("parse_json", &[ANY], Returns::Is(Dynamic)),
    &scalar("parse_url_parts", &[TEXT], Returns::Members(&[("Scheme", String), ("Port", Long)])),
    &scalar("prev", &[ANY, NUMBER.opt(), ANY.opt()], Returns::Arg(0)),
    &scalar("row_cumsum", &[NUMBER, Param::of("restart", &[Bool]).opt()], Returns::ArgWide(0)),
    &scalar("row_number", &[NUMBER.opt()], Returns::Is(Long)),
    &scalar("split", &[TEXT, TEXT, NUMBER.opt()], Returns::Is(Dynamic)),
    &scalar("strcat", &[ANY.many()], Returns::Is(String)),
    &scalar("strlen", &[TEXT], Returns::Is(Long)),
    &scalar("substring", &[TEXT, NUMBER, NUMBER.opt()], Returns::Is(String)),
    &scalar("tolong", &[ANY], Returns::Is(Long)),
    &scalar("tolower", &[TEXT], Returns::Is(String)),
    &scalar("toscalar_like", &[Param { accepts: Accepts::Any, ..ANY }], Returns::Arg(0)),
    &scalar("tostring", &[ANY], Returns::Is(String)),
];

static AGGREGATES: &[&AggregateDef] = &[
    &aggregate("avg", &[NUMBER], Returns::Is(Real)),
    &aggregate("count", &[], Returns::Is(Long)),
    &aggregate("countif", &[Param::of("if", &[Bool])], Returns::Is(Long)),
    &aggregate("dcount", &[ANY, NUMBER.fixed().opt()], Returns::Is(Long)),
    &aggregate("make_list", &[ANY, NUMBER.fixed().opt()], Returns::Is(Dynamic)),
    &aggregate("make_set", &[ANY, NUMBER.fixed().opt()], Returns::Is(Dynamic)),
    &aggregate("max", &[ANY], Returns::Arg(0)),
    &aggregate("min", &[ANY], Returns::Arg(0)),
    &aggregate("percentile", &[NUMBER, NUMBER.fixed()], Returns::ArgWide(0)),
    &aggregate("sum", &[Param::of("value", ORDERED)], Returns::ArgWide(0)),
    &aggregate("take_any", &[ANY.many()], Returns::Arg(0)),
];

/// Sorted by name, as the binder wants them.
pub static FUNCTIONS: Functions = Functions { scalars: SCALARS, aggregates: AGGREGATES };
