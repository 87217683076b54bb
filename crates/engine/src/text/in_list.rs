//! `in~`: membership whatever the case.

use std::{collections::HashSet, sync::Arc};

use crate::{
    args::{Args, out_bools},
    function_impl::Kernel,
};

/// A kernel over one text column.
pub(crate) fn folded(items: &[String], negate: bool) -> Kernel {
    let set: HashSet<String> = items.iter().map(|it| it.to_lowercase()).collect();
    let longest = set.iter().map(String::len).max().unwrap_or(0);
    Arc::new(move |args: &Args<'_>| {
        let source = args.texts(0)?;
        let mut low = String::new();
        Ok(out_bools(args.rows(), |row| {
            let text = source.get(row);
            let found = if text.is_ascii() {
                text.len() <= longest && {
                    low.clear();
                    low.push_str(text);
                    low.make_ascii_lowercase();
                    set.contains(low.as_str())
                }
            } else {
                set.contains(text.to_lowercase().as_str())
            };
            Some(found != negate)
        }))
    })
}
