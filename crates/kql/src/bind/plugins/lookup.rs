//! Plugins that look rows up by address or place: `ipv4_lookup`, `ipv6_lookup`,
//! `geo_polygon_lookup`, `geo_line_lookup`, written in the language.
//!
//! An address is cut at every prefix length that the lookup table has, so that finding its ranges
//! is a join on equal keys. Places have no such key: each different place is held against each row
//! of the lookup table.

use crate::{
    codes,
    plan::{ExprKind, Rel},
    syntax::tree::{self, Arg, ExprKind as Syntax},
    value::Value,
};

use super::{
    super::{Binder, naming::Namer, operators::pick, scope::Cx, template::Given},
    Call, renamed,
};

/// The two tables under the letters that a template knows: `s0`, `s1`, … and `l0`, `l1`, ….
struct Sides {
    source: Rel,
    lookup: Rel,
    source_names: Vec<String>,
    lookup_names: Vec<String>,
}

impl Sides {
    fn of(source: Rel, lookup: Rel) -> Self {
        let names = |it: &Rel| it.columns.iter().map(|it| it.name.clone()).collect();
        let lettered = |it: Rel, letter: char| {
            let width = it.columns.len();
            pick(it, (0..width).map(|at| (at, format!("{letter}{at}"))).collect())
        };
        let (source_names, lookup_names) = (names(&source), names(&lookup));
        Self {
            source: lettered(source, 's'),
            lookup: lettered(lookup, 'l'),
            source_names,
            lookup_names,
        }
    }
}

fn listed(letter: char, positions: impl Iterator<Item = usize>) -> String {
    positions.map(|at| format!(", {letter}{at}")).collect::<Vec<_>>().concat()
}

impl Binder<'_> {
    /// `ipv4_lookup(lookup, address, range, extra keys …, return_unmatched)`.
    pub(super) fn ip_lookup(&mut self, input: Rel, call: &Call<'_>, wide: bool) -> Option<Rel> {
        let args = self.arguments(call, &["LookupTable", "SourceKey", "LookupKey"], 3)?;
        let lookup = self.table(args.required(0)?)?;
        let source_key = self.column_argument(&input, args.required(1)?)?;
        let lookup_key = self.column_argument(&lookup, args.required(2)?)?;
        let mut unmatched = false;
        let mut extra = Vec::new();
        for arg in &args.rest {
            if let Some(flag) = self.flag(arg, "return_unmatched")? {
                unmatched = flag;
                continue;
            }
            let at = self.column_argument(&lookup, &arg.value)?;
            let source_at = self.column_argument(&input, &arg.value)?;
            extra.push((source_at, at));
        }
        let kept: Vec<usize> = (0..lookup.columns.len())
            .filter(|at| !extra.iter().any(|(_, key)| key == at))
            .collect();
        let sides = Sides::of(input, lookup);
        let keys = (0..extra.len()).map(|nth| format!(", e{nth}")).collect::<Vec<_>>().concat();
        let numbered = extra.iter().enumerate();
        let source_keys = numbered.clone().map(|(nth, (at, _))| format!(", e{nth} = s{at}"));
        let source_keys = source_keys.collect::<Vec<_>>().concat();
        let lookup_keys = numbered.map(|(nth, (_, at))| format!(", e{nth} = l{at}"));
        let lookup_keys = lookup_keys.collect::<Vec<_>>().concat();
        let found = listed('l', kept.iter().copied());
        let all = listed('s', 0..sides.source_names.len());
        let kind = if unmatched { "leftouter" } else { "inner" };
        let text = if wide { IPV6 } else { IPV4 };
        let text = text
            .replace("{SOURCE}", &format!("tostring(s{source_key})"))
            .replace("{LOOKUP}", &format!("tostring(l{lookup_key})"))
            .replace("{KEYS}", &keys)
            .replace("{SOURCE_KEYS}", &source_keys)
            .replace("{LOOKUP_KEYS}", &lookup_keys)
            .replace("{FOUND}", &found)
            .replace("{ALL}", all.trim_start_matches(", "))
            .replace("{KIND}", kind);
        let given = Given::table(sides.source).and_table("L", sides.lookup);
        let rel = self.template(&text, given, call.span)?;
        let lookup_names: Vec<String> =
            kept.iter().filter_map(|at| sides.lookup_names.get(*at).cloned()).collect();
        let mut namer = Namer::default();
        if wide {
            // the wide form puts the lookup's columns first
            let (sources, founds) = (sides.source_names.len(), lookup_names.len());
            let order = (sources..sources + founds).chain(0..sources);
            let names = lookup_names.into_iter().chain(sides.source_names);
            let picked = order.zip(names).map(|(at, it)| (at, namer.automatic(Some(it))));
            let picked: Vec<_> = picked.collect();
            return Some(pick(rel, picked));
        }
        let names = sides.source_names.into_iter().chain(lookup_names);
        let names: Vec<String> = names.map(|it| namer.automatic(Some(it))).collect();
        Some(renamed(rel, names))
    }

    /// `geo_polygon_lookup(lookup, shape, longitude, latitude, …)` and its kin for lines.
    pub(super) fn geo_lookup(&mut self, input: Rel, call: &Call<'_>, line: bool) -> Option<Rel> {
        let names = [
            "LookupTable",
            "LookupKey",
            "SourceLongitude",
            "SourceLatitude",
            "radius",
            "return_unmatched",
            "lookup_area_radius",
            "return_lookup_key",
        ];
        let args = self.arguments(call, &names, if line { 5 } else { 4 })?;
        let lookup = self.table(args.required(0)?)?;
        let shape = self.column_argument(&lookup, args.required(1)?)?;
        let longitude = self.column_argument(&input, args.required(2)?)?;
        let latitude = self.column_argument(&input, args.required(3)?)?;
        let radius = match args.optional(4) {
            Some(radius) => Some(self.constant_argument(radius)?),
            None => None,
        };
        let unmatched = self.truth(args.optional(5))?;
        let with_shape = self.truth(args.optional(7))?;
        let kept: Vec<usize> =
            (0..lookup.columns.len()).filter(|at| *at != shape || with_shape).collect();
        let sides = Sides::of(input, lookup);
        let test = match (line, radius.is_some()) {
            (true, _) => "geo_distance_point_to_line(x, y, {SHAPE}) <= R",
            (false, true) => {
                "geo_point_in_polygon(x, y, {SHAPE}) \
                 or geo_distance_point_to_polygon(x, y, {SHAPE}) <= R"
            }
            (false, false) => "geo_point_in_polygon(x, y, {SHAPE})",
        };
        let test = test.replace("{SHAPE}", &format!("l{shape}"));
        let found = listed('l', kept.iter().copied());
        let all = listed('s', 0..sides.source_names.len());
        let kind = if unmatched { "leftouter" } else { "inner" };
        let text = "
            let P = T | extend x = toreal({X}), y = toreal({Y}) | extend k = strcat(x, ' ', y);
            let M = P | summarize by k, x, y | extend z = 1
                | join kind=inner (L | extend z = 1) on z
                | where {TEST}
                | project k{FOUND};
            P | join kind={KIND} M on k | project {ALL}{FOUND}"
            .replace("{X}", &format!("s{longitude}"))
            .replace("{Y}", &format!("s{latitude}"))
            .replace("{TEST}", &test)
            .replace("{FOUND}", &found)
            .replace("{KIND}", kind)
            .replace("{ALL}", all.trim_start_matches(", "));
        let mut given = Given::table(sides.source).and_table("L", sides.lookup);
        if let Some(radius) = radius {
            given = given.and("R", radius);
        }
        let rel = self.template(&text, given, call.span)?;
        let lookup_names = kept.iter().filter_map(|at| sides.lookup_names.get(*at).cloned());
        let mut namer = Namer::default();
        let names = sides.source_names.into_iter().chain(lookup_names);
        let names: Vec<String> = names.map(|it| namer.automatic(Some(it))).collect();
        Some(renamed(rel, names))
    }

    /// A literal `true` or `false`; none when the argument is something else.
    #[expect(clippy::option_option, reason = "whether it is right, and whether it is one")]
    fn flag(&mut self, arg: &Arg, name: &str) -> Option<Option<bool>> {
        if let Syntax::Literal(Value::Bool(flag), _) = &arg.value.kind {
            return Some(Some(*flag));
        }
        if arg.name.as_ref().is_some_and(|it| it.text.eq_ignore_ascii_case(name)) {
            return self.truth(Some(&arg.value)).map(Some);
        }
        Some(None)
    }

    fn truth(&mut self, expr: Option<&tree::Expr>) -> Option<bool> {
        let Some(expr) = expr else { return Some(false) };
        match self.expr(expr, Cx::CONSTANT)?.kind {
            ExprKind::Literal(Value::Bool(flag)) => Some(flag),
            _ => self.error(codes::ARGUMENT, expr.span, "`true` or `false` is needed here"),
        }
    }
}

const IPV4: &str = "
    let P = T | extend k = {SOURCE}{SOURCE_KEYS};
    let N = L | extend n = {LOOKUP}{LOOKUP_KEYS}
        | extend m = tolong(ipv4_netmask_suffix(n)), v = parse_ipv4(n)
        | where isnotnull(v) and isnotnull(m);
    let M = P | distinct k | extend v = parse_ipv4(k) | where isnotnull(v) | extend z = 1
        | join kind=inner (N | distinct m | extend z = 1) on z
        | project k, m, v = binary_and(v, binary_shift_left(4294967295, 32 - m));
    P | join kind={KIND} (M | join kind=inner N on m, v | project k{KEYS}{FOUND}) on k{KEYS}
    | project {ALL}{FOUND}";

const IPV6: &str = "
    let P = T | extend k = {SOURCE}{SOURCE_KEYS};
    let N = L | extend n = {LOOKUP}{LOOKUP_KEYS}
        | extend a = tostring(split(n, '/')[0]), w = toint(split(n, '/')[1])
        | extend m = tolong(iff(a has ':' or a contains ':', coalesce(w, int(128)),
            coalesce(w, int(32)) + 96))
        | extend v = parse_ipv6_mask(a, m)
        | where isnotempty(v);
    let M = P | distinct k | extend z = 1
        | join kind=inner (N | distinct m | extend z = 1) on z
        | project k, m, v = parse_ipv6_mask(k, m)
        | where isnotempty(v);
    P | join kind={KIND} (M | join kind=inner N on m, v | project k{KEYS}{FOUND}) on k{KEYS}
    | project {ALL}{FOUND}";
