//! Aggregates under the names they once had: `makelist`, `makeset`, `make_dictionary`, `cnt`,
//! `anyif`, `passthrough`. The old lists stop at 128 elements unless told otherwise.

use kql::function::{AggregateDef, Naming};

use super::{AggregateImpl, count, make_bag, make_list, take_any};

/// `makelist`.
pub(crate) const MAKELIST: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "makelist",
        doc: "The old name of `make_list`, with at most 128 elements unless told otherwise.",
        ..make_list::MAKE_LIST.def
    },
    lower: make_list::list_of_few,
};

/// `makeset`.
pub(crate) const MAKESET: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "makeset",
        doc: "The old name of `make_set`, with at most 128 elements unless told otherwise.",
        ..make_list::MAKE_SET.def
    },
    lower: make_list::set_of_few,
};

/// `make_dictionary`.
pub(crate) const MAKE_DICTIONARY: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "make_dictionary",
        naming: Naming::Prefix("dictionary"),
        doc: "The old name of `make_bag`.",
        ..make_bag::MAKE_BAG.def
    },
    lower: make_bag::MAKE_BAG.lower,
};

/// `cnt`.
pub(crate) const CNT: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "cnt",
        params: &[],
        naming: Naming::Prefix("cnt"),
        doc: "The old name of `count`.",
        ..count::COUNT.def
    },
    lower: count::COUNT.lower,
};

/// `anyif`.
pub(crate) const ANYIF: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "anyif",
        naming: Naming::Prefix("anyif"),
        doc: "The old name of `take_anyif`.",
        ..take_any::TAKE_ANYIF.def
    },
    lower: take_any::TAKE_ANYIF.lower,
};

/// `passthrough`.
pub(crate) const PASSTHROUGH: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "passthrough",
        doc: "Some value of the group, for values that are the same in all its rows.",
        ..take_any::TAKE_ANY.def
    },
    lower: take_any::TAKE_ANY.lower,
};
