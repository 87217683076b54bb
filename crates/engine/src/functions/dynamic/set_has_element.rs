//! `set_has_element`: is a value in an array?

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{read::Jsons, types::DYNAMIC};
use crate::{
    args::out_bools,
    dynamic::compare::equal,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const SET_HAS_ELEMENT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "set_has_element",
        params: &[Param::of("set", DYNAMIC), Param::any("value")],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when the array has an element equal to the value; null when there is no array.",
        examples: &[
            ("set_has_element(dynamic(['a', 'b']), 'b')", "True"),
            ("set_has_element(dynamic([1, 2]), '1')", "False"),
        ],
    },
    lower: Lower::Rows(|args| {
        let (set, value) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
        Ok(out_bools(args.rows(), |row| {
            let value = value.get(row);
            Some(set.get(row).as_array()?.iter().any(|element| equal(element, &value)))
        }))
    }),
};
