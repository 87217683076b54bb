//! `externaldata`: its columns are known from the text; whether its addresses may be read is asked
//! from the catalogue.

use crate::{
    codes,
    diagnostic::Span,
    plan::{ExprKind, Op, Rel},
    syntax::tree,
    types::Type,
    value::Value,
    work::{External, Format},
};

use super::super::{Binder, naming::Namer, scope::Cx};

/// The most addresses of one source.
const MAX_ADDRESSES: usize = 100;

impl Binder<'_> {
    pub(super) fn external(&mut self, external: &tree::External, span: Span) -> Option<Rel> {
        let mut namer = Namer::default();
        for column in &external.columns {
            self.chosen_name(&mut namer, &column.name, span);
        }
        if external.columns.is_empty() {
            return self.error(codes::EXPECTED, span, "`externaldata` names no columns");
        }
        if external.addresses.is_empty() || external.addresses.len() > MAX_ADDRESSES {
            let message = format!("between 1 and {MAX_ADDRESSES} addresses are needed");
            return self.error(codes::ARGUMENT_COUNT, span, message);
        }
        let mut addresses = Vec::with_capacity(external.addresses.len());
        for address in &external.addresses {
            let value = self.expr(address, Cx::CONSTANT)?;
            let ExprKind::Literal(Value::String(text)) = value.kind else {
                return self.error(codes::NOT_CONSTANT, address.span, "an address is a text");
            };
            if let Err(reason) = self.env.catalog.may_read(&text) {
                return self.error(codes::REFUSED, address.span, reason);
            }
            addresses.push(text);
        }
        let mut made = External {
            addresses,
            format: None,
            skip_first: false,
            skip_last: false,
            paths: Vec::new(),
        };
        for (name, value) in &external.options {
            match name.text.to_ascii_lowercase().as_str() {
                "format" => {
                    made.format = Format::parse(value);
                    if made.format.is_none() {
                        let message = format!("the format `{value}` is not supported");
                        return self.error(codes::OPTION, name.span, message);
                    }
                }
                "ignorefirstrecord" => made.skip_first = is_true(value),
                "ignorelastrecord" => made.skip_last = is_true(value),
                "ingestionmapping" | "jsonmapping" => made.paths = paths(value),
                other => {
                    self.warn(name.span, format!("the option `{other}` has no effect here"));
                }
            }
        }
        let columns = external.columns.clone();
        Some(Rel { op: Op::External(Box::new(made)), columns })
    }

    /// `_GetWatchlistAlias()`, where no function of this name is stored.
    pub(in super::super) fn watchlist_names() -> Rel {
        let columns = vec![crate::types::Column::new("WatchlistAlias", Type::String)];
        Rel { op: Op::Table { name: "watchlists:".to_owned(), window: None }, columns }
    }

    /// `_GetWatchlist("name")`, where no function of this name is stored.
    pub(in super::super) fn watchlist(&mut self, args: &[tree::Arg], span: Span) -> Option<Rel> {
        let Some(first) = args.first() else {
            let message = "`_GetWatchlist` takes the name of a watchlist";
            return self.error(codes::ARGUMENT_COUNT, span, message);
        };
        let name = self.expr(&first.value, Cx::CONSTANT)?;
        let ExprKind::Literal(Value::String(name)) = &name.kind else {
            let message = "the watchlist's name must be constant text";
            return self.error(codes::NOT_CONSTANT, first.value.span, message);
        };
        if let Some(columns) = self.env.catalog.watchlist(name) {
            let name = format!("watchlist:{name}");
            return Some(Rel { op: Op::Table { name, window: None }, columns });
        }
        self.warn(first.value.span, format!("there is no watchlist `{name}`, so it is empty"));
        let known = [
            ("_DTItemId", Type::String),
            ("LastUpdatedTimeUTC", Type::DateTime),
            ("SearchKey", Type::String),
            ("WatchlistItem", Type::Dynamic),
        ];
        let known = known.map(|(name, ty)| crate::types::Column::new(name, ty));
        let columns = self.open_columns(known.to_vec(), span);
        Some(Rel { op: Op::Values { rows: Vec::new() }, columns })
    }
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value == "1"
}

/// The paths of an ingestion mapping: `[{"Column": "a", "Properties": {"Path": "$.b"}}]`.
fn paths(mapping: &str) -> Vec<(String, String)> {
    let Ok(serde_json::Value::Array(items)) = serde_json::from_str(mapping) else {
        return Vec::new();
    };
    let text = |it: &serde_json::Value, names: &[&str]| {
        names.iter().find_map(|name| it.get(name)?.as_str().map(str::to_owned))
    };
    items
        .iter()
        .filter_map(|it| {
            let column = text(it, &["Column", "column"])?;
            let properties = it.get("Properties").or_else(|| it.get("properties")).unwrap_or(it);
            let path = text(properties, &["Path", "path"])?;
            Some((column, path))
        })
        .collect()
}
