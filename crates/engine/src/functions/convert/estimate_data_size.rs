//! `estimate_data_size`: about how many bytes the values of a row take.

use datafusion::arrow::array::Array;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use crate::{
    args::out_longs,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ESTIMATE_DATA_SIZE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "estimate_data_size",
        params: &[Param::any("column").many()],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "About how many bytes the values take: those of a text, of a dynamic as JSON, and a \
              fixed number for all else.",
        examples: &[("estimate_data_size('abc', 1, true)", "12")],
    },
    lower: Lower::Rows(|args| {
        let mut sizes: Vec<Box<dyn Fn(usize) -> i64>> = Vec::new();
        for at in 0..args.len() {
            sizes.push(match args.ty(at)? {
                Type::String | Type::Dynamic => {
                    let texts = args.texts(at)?;
                    Box::new(move |row| texts.some(row).map_or(0, str::len) as i64)
                }
                ty => {
                    let size = match ty {
                        Type::Bool => 1,
                        Type::Int => 4,
                        Type::Guid | Type::Decimal => 16,
                        _ => 8,
                    };
                    let (array, one) = args.array(at)?;
                    let valid = move |row| array.is_valid(if one { 0 } else { row });
                    Box::new(move |row| if valid(row) { size } else { 0 })
                }
            });
        }
        Ok(out_longs(args.rows(), |row| Some(sizes.iter().map(|size| size(row)).sum())))
    }),
};
