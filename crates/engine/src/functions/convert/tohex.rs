//! `tohex`: a whole number in hexadecimal digits.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::LONG;
use crate::{
    args::out_texts,
    function_impl::{FunctionImpl, Lower},
};

/// The longest padding that makes sense.
const LONGEST: usize = 1024;

pub(in super::super) const TOHEX: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "tohex",
        params: &[Param::of("number", &[Type::Int, Type::Long]), Param::of("digits", LONG).opt()],
        returns: Returns::Is(Type::String),
        naming: Naming::FirstArgument,
        doc: "The number in lower-case hexadecimal digits, padded with zeros to at least `digits`. \
              A negative number shows its two's complement.",
        examples: &[
            ("tohex(256)", "100"),
            ("tohex(256, 8)", "00000100"),
            ("tohex(-256)", "ffffffffffffff00"),
            ("tohex(toint(-256))", "ffffff00"),
        ],
    },
    lower: Lower::Rows(|args| {
        let narrow = args.ty(0)? == Type::Int;
        let number = args.longs(0)?;
        let digits = if args.len() > 1 { Some(args.longs(1)?) } else { None };
        Ok(out_texts(args.rows(), |row| {
            let width = digits.as_ref().and_then(|it| it.get(row)).unwrap_or(0);
            let width = usize::try_from(width).unwrap_or(0).min(LONGEST);
            let number = number.get(row)?;
            Some(if narrow {
                format!("{:0width$x}", number as i32)
            } else {
                format!("{number:0width$x}")
            })
        }))
    }),
};
