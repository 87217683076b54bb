//! Queries over small tables, made so that their answer is one: ties are broken, and reals are sums
//! of quarters, which no order of adding rounds.

use kql::types::Type;

use super::dice::Dice;

/// A column that the next step may use.
type Known = (String, Type);

struct Making {
    dice: Dice,
    columns: Vec<Known>,
    fresh: usize,
    text: String,
}

const TYPES: &[(&str, Type)] = &[
    ("long", Type::Long),
    ("string", Type::String),
    ("dynamic", Type::Dynamic),
    ("real", Type::Real),
    ("datetime", Type::DateTime),
    ("bool", Type::Bool),
    ("timespan", Type::TimeSpan),
    ("int", Type::Int),
    ("decimal", Type::Decimal),
    ("guid", Type::Guid),
];

fn literals(ty: Type) -> &'static [&'static str] {
    match ty {
        Type::Long => &["1", "0", "2", "-7", "long(null)", "100", "9007199254740993"],
        Type::Int => &["int(1)", "int(0)", "int(null)", "int(-3)"],
        Type::String => &["'a'", "''", "'b c'", "'A'", "'ä-b'", "'10'", "'a,b'"],
        Type::Real => &["0.5", "0.0", "-2.25", "real(null)", "4.0"],
        Type::Bool => &["true", "false", "bool(null)"],
        Type::DateTime => &[
            "datetime(2024-01-01)",
            "datetime(null)",
            "datetime(2024-02-29T12:34:56.1234567Z)",
            "datetime(1970-01-01)",
        ],
        Type::TimeSpan => &["1h", "0s", "-90m", "timespan(null)", "1d"],
        Type::Guid => &["guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "guid(null)"],
        Type::Decimal => &["decimal(1.50)", "decimal(0)", "decimal(null)", "decimal(-3)"],
        Type::Dynamic => &[
            "dynamic([1,2])",
            "dynamic(null)",
            "dynamic({\"k\":1,\"l\":\"x\"})",
            "dynamic([])",
            "dynamic(\"s\")",
            "dynamic([\"a\",null,1.5])",
            "dynamic(7)",
        ],
    }
}

/// A query.
pub(super) fn query(rolls: Vec<u16>) -> String {
    let mut it =
        Making { dice: Dice::new(rolls), columns: Vec::new(), fresh: 0, text: String::new() };
    it.tables();
    for _ in 0..it.dice.below(6) {
        it.step();
    }
    it.text
}

impl Making {
    fn fresh(&mut self) -> String {
        self.fresh += 1;
        format!("v{}", self.fresh)
    }

    /// A table in three pieces, so that there is something to put together.
    fn tables(&mut self) {
        let count = 1 + self.dice.below(4);
        let mut columns: Vec<Known> =
            vec![("n".to_owned(), Type::Long), ("s".to_owned(), Type::String)];
        for _ in 0..count {
            let ty = self.dice.one(TYPES).1;
            columns.push((self.fresh(), ty));
        }
        let head: Vec<String> =
            columns.iter().map(|(name, ty)| format!("{name}: {}", ty.name())).collect();
        let mut pieces = Vec::new();
        for _ in 0..3 {
            let mut rows = Vec::new();
            for _ in 0..self.dice.below(5) {
                let cells: Vec<&str> =
                    columns.iter().map(|(_, ty)| *self.dice.one(literals(*ty))).collect();
                rows.push(cells.join(", "));
            }
            pieces.push(format!("(datatable({}) [{}])", head.join(", "), rows.join(", ")));
        }
        self.columns = columns;
        self.text = format!("let T = union {};\nT", pieces.join(", "));
    }

    fn of(&mut self, ty: Type) -> Option<String> {
        let own: Vec<String> =
            self.columns.iter().filter(|it| it.1 == ty).map(|it| it.0.clone()).collect();
        (!own.is_empty()).then(|| self.dice.one(&own).clone())
    }

    /// A value of this type.
    fn value(&mut self, ty: Type, depth: usize) -> String {
        if depth == 0 || self.dice.below(3) == 0 {
            return match self.of(ty) {
                Some(column) if !self.dice.rarely(5) => column,
                _ => (*self.dice.one(literals(ty))).to_owned(),
            };
        }
        let depth = depth - 1;
        let any = self.dice.one(TYPES).1;
        let mut v = |ty| self.value(ty, depth);
        let forms = match ty {
            Type::Long => vec![
                format!("({} + {})", v(ty), v(ty)),
                format!("({} - {})", v(ty), v(Type::Int)),
                format!("({} * 3)", v(ty)),
                format!("({} / {})", v(ty), v(ty)),
                format!("({} % 4)", v(ty)),
                format!("bin({}, 5)", v(ty)),
                format!("strlen({})", v(Type::String)),
                format!("array_length({})", v(Type::Dynamic)),
                format!("tolong({})", v(Type::String)),
                format!("iff({}, {}, {})", v(Type::Bool), v(ty), v(ty)),
                format!("coalesce({}, {})", v(ty), v(ty)),
                format!("hourofday({})", v(Type::DateTime)),
            ],
            Type::String => vec![
                format!("strcat({}, '-', {})", v(ty), v(any)),
                format!("tolower({})", v(ty)),
                format!("tostring({})", v(any)),
                format!("substring({}, 1, 2)", v(ty)),
                format!("replace_string({}, 'a', 'bb')", v(ty)),
                format!("extract('([a-z]+)', 1, {})", v(ty)),
                format!("case({}, {}, {}, 'x', 'z')", v(Type::Bool), v(ty), v(Type::Bool)),
                format!("trim('a', {})", v(ty)),
            ],
            Type::Bool => vec![
                format!("({} == {})", v(Type::Long), v(Type::Long)),
                format!("({} < {})", v(Type::Real), v(Type::Long)),
                format!("({} has {})", v(Type::String), v(Type::String)),
                format!("({} contains 'a')", v(Type::String)),
                format!("({} !in~ ('a', 'B C'))", v(Type::String)),
                format!("({} in (1, 2, {}))", v(Type::Long), v(Type::Long)),
                format!("({} and {})", v(ty), v(ty)),
                format!("({} or {})", v(ty), v(ty)),
                format!("not({})", v(ty)),
                format!("isempty({})", v(any)),
                format!("isnull({})", v(Type::Long)),
                format!("({} between (0 .. 5))", v(Type::Long)),
                format!("({} > {})", v(Type::DateTime), v(Type::DateTime)),
                format!("({} != {})", v(Type::String), v(Type::String)),
                format!("({} has_any ('a', 'c'))", v(Type::String)),
            ],
            Type::Real => vec![
                format!("({} + {})", v(ty), v(ty)),
                format!("({} * 0.5)", v(ty)),
                format!("abs({})", v(ty)),
                format!("todouble({})", v(Type::Int)),
                format!("floor({}, 1.0)", v(ty)),
            ],
            Type::DateTime => vec![
                format!("({} + {})", v(ty), v(Type::TimeSpan)),
                format!("bin({}, 1h)", v(ty)),
                format!("startofday({})", v(ty)),
                format!("todatetime({})", v(Type::String)),
            ],
            Type::TimeSpan => vec![
                format!("({} - {})", v(Type::DateTime), v(Type::DateTime)),
                format!("({} * 2)", v(ty)),
                format!("-({})", v(ty)),
            ],
            Type::Dynamic => vec![
                format!("pack_array({}, {})", v(any), v(Type::Long)),
                format!("bag_pack('k', {})", v(any)),
                format!("{}.k", self.of(ty).unwrap_or_else(|| "dynamic({})".to_owned())),
                format!("todynamic({})", self.value(Type::String, depth)),
                format!("array_concat({0}, {0})", self.value(ty, depth)),
                format!("split({}, 'a')", self.value(Type::String, depth)),
            ],
            Type::Int => vec![format!("toint({})", v(Type::Long))],
            Type::Decimal => vec![format!("({} + {})", v(ty), v(ty))],
            Type::Guid => vec![format!("toguid({})", v(Type::String))],
        };
        self.dice.one(&forms).clone()
    }

    /// Keys by which two rows are equal only when all their cells are.
    fn total_order(&self) -> String {
        let key = |(name, ty): &Known| match ty {
            Type::Dynamic | Type::Bool | Type::Guid | Type::Decimal => format!("tostring({name})"),
            _ => name.clone(),
        };
        self.columns.iter().map(key).collect::<Vec<_>>().join(", ")
    }

    fn pipe(&mut self, step: &str) {
        self.text.push_str("\n| ");
        self.text.push_str(step);
    }

    fn step(&mut self) {
        match self.dice.below(14) {
            0 => {
                let predicate = self.value(Type::Bool, 3);
                self.pipe(&format!("where {predicate}"));
            }
            1 | 2 => {
                let ty = self.dice.one(TYPES).1;
                let value = self.value(ty, 3);
                let name = self.fresh();
                self.pipe(&format!("extend {name} = {value}"));
                self.columns.push((name, ty));
            }
            3 => {
                let kept = 1 + self.dice.below(self.columns.len());
                self.columns.truncate(kept);
                let names: Vec<String> = self.columns.iter().map(|it| it.0.clone()).collect();
                self.pipe(&format!("project {}", names.join(", ")));
            }
            4 | 5 => self.summarize(),
            6 => {
                // dynamic values cannot be told apart
                self.columns.retain(|it| it.1 != Type::Dynamic);
                if self.columns.is_empty() {
                    let name = self.fresh();
                    self.pipe(&format!("extend {name} = 1"));
                    self.columns.push((name, Type::Long));
                }
                let kept = 1 + self.dice.below(self.columns.len().min(3));
                self.columns.truncate(kept);
                let names: Vec<String> = self.columns.iter().map(|it| it.0.clone()).collect();
                self.pipe(&format!("distinct {}", names.join(", ")));
            }
            7 => {
                let (order, count) = (self.total_order(), self.dice.below(6));
                let way = *self.dice.one(&["asc", "desc", "asc nulls last"]);
                let keys: Vec<String> = order.split(", ").map(|it| format!("{it} {way}")).collect();
                self.pipe(&format!("sort by {}\n| take {count}", keys.join(", ")));
            }
            8 | 9 => self.join(),
            10 => self.expand(),
            11 => {
                let (order, name) = (self.total_order(), self.fresh());
                let column = self.dice.one(&self.columns.clone()).clone();
                let window = *self.dice.one(&["prev", "next"]);
                self.pipe(&format!("sort by {order}\n| extend {name} = {window}({})", column.0));
                self.columns.push((name, column.1));
            }
            12 => {
                let at = self.dice.below(self.columns.len());
                let (old, name) = (self.columns[at].0.clone(), self.fresh());
                self.pipe(&format!("project-rename {name} = {old}"));
                self.columns[at].0 = name;
            }
            _ => {
                let head: Vec<String> = self.columns.iter().map(|it| it.0.clone()).collect();
                let name = self.fresh();
                self.pipe(&format!(
                    "union (print {name} = 5)\n| project {}, {name}",
                    head.join(", ")
                ));
                self.columns.push((name, Type::Long));
            }
        }
    }

    fn summarize(&mut self) {
        let mut keys = Vec::new();
        let mut columns = Vec::new();
        for _ in 0..self.dice.below(3) {
            let ty = *self.dice.one(&[Type::Long, Type::String, Type::DateTime, Type::Bool]);
            let (value, name) = (self.value(ty, 1), self.fresh());
            keys.push(format!("{name} = {value}"));
            columns.push((name, ty));
        }
        let mut calls = Vec::new();
        for _ in 0..=self.dice.below(3) {
            let (long, text, real) =
                (self.value(Type::Long, 1), self.value(Type::String, 1), self.value(Type::Real, 1));
            let (truth, time, any) = (
                self.value(Type::Bool, 1),
                self.value(Type::DateTime, 1),
                self.value(Type::Dynamic, 1),
            );
            let (call, ty) = self
                .dice
                .one(&[
                    ("count()".to_owned(), Type::Long),
                    (format!("sum({long})"), Type::Long),
                    (format!("countif({truth})"), Type::Long),
                    (format!("dcount({text})"), Type::Long),
                    (format!("min({long})"), Type::Long),
                    (format!("max({text})"), Type::String),
                    (format!("max({time})"), Type::DateTime),
                    (format!("sum({real})"), Type::Real),
                    (format!("sumif({real}, {truth})"), Type::Real),
                    (format!("array_sort_asc(make_set({text}))"), Type::Dynamic),
                    (format!("array_sort_asc(make_list({long}))"), Type::Dynamic),
                    (format!("array_sort_asc(make_list(tostring({any})))"), Type::Dynamic),
                    (format!("percentile({long}, 50)"), Type::Long),
                    (format!("count_distinct({text})"), Type::Long),
                    (format!("dcount_hll(hll({long}))"), Type::Long),
                    (format!("binary_all_xor({long})"), Type::Long),
                    (format!("minif({long}, {truth})"), Type::Long),
                ])
                .clone();
            let name = self.fresh();
            calls.push(format!("{name} = {call}"));
            columns.push((name, ty));
        }
        let by = if keys.is_empty() { String::new() } else { format!(" by {}", keys.join(", ")) };
        let step = format!("summarize {}{by}", calls.join(", "));
        self.pipe(&step);
        // keys come first
        let split = columns.len() - calls.len();
        debug_assert_eq!(split, keys.len());
        self.columns = columns;
    }

    fn join(&mut self) {
        let kind = *self.dice.one(&[
            "inner",
            "leftouter",
            "fullouter",
            "rightouter",
            "leftanti",
            "leftsemi",
            "rightsemi",
            "rightanti",
        ]);
        let (n, s) = (self.fresh(), self.fresh());
        let (ty, right) = *self.dice.one(&[(Type::Long, "n"), (Type::String, "s")]);
        let Some(left) = self.of(ty) else { return };
        let right = if right == "n" { n.clone() } else { s.clone() };
        let table = format!("T | project {n} = n, {s} = s");
        self.pipe(&format!("join kind={kind} ({table}) on $left.{left} == $right.{right}"));
        let own = [(n, Type::Long), (s, Type::String)];
        match kind {
            "leftanti" | "leftsemi" => {}
            "rightanti" | "rightsemi" => self.columns = own.to_vec(),
            _ => self.columns.extend(own),
        }
    }

    fn expand(&mut self) {
        let (value, name) = (self.value(Type::Dynamic, 2), self.fresh());
        self.pipe(&format!("extend {name} = {value}"));
        if self.dice.below(2) == 0 {
            self.pipe(&format!("mv-expand {name}"));
            self.columns.push((name, Type::Dynamic));
            return;
        }
        let sum = self.fresh();
        self.pipe(&format!("mv-apply {name} to typeof(long) on (summarize {sum} = sum({name}))"));
        // the expanded column is gone, the sum is there
        self.columns.push((sum, Type::Long));
    }
}
