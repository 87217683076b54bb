//! `search`: the same question to many tables.
//!
//! Each table gets a filter of its own in front of the union. A text that stands in the predicate
//! becomes one test for each column that may hold it, so that an index over a column can answer
//! it; numbers and guids are compared as what they are. A column that only other tables have is
//! null (or empty) here.

use std::collections::BTreeSet;

use crate::{
    codes,
    diagnostic::Span,
    plan::{BinaryOp, Expr, ExprKind, Op, Rel, TextTest},
    syntax::tree::{self, ExprKind as Syntax, Search, Union},
    types::{Column, Type},
    value::Value,
};

use super::{
    super::{
        Binder,
        expression::{balanced, node, text},
        naming::Namer,
        scope::Cx,
    },
    column,
    union::{Leg, aligned_by, index, targets},
};

/// The column that says where a row is from.
const TABLE: &str = "$table";

impl Binder<'_> {
    /// `search`, at the head of a query or behind a table.
    pub(super) fn search(
        &mut self,
        input: Option<Rel>,
        search: &Search,
        span: Span,
    ) -> Option<Rel> {
        let legs = match input {
            Some(_) if !search.tables.is_empty() => {
                let message = "`search in (...)` starts a query; it has no input";
                return self.error(codes::EXPECTED, span, message);
            }
            Some(rel) => {
                let source = match &rel.op {
                    Op::Table { name, .. } => name.clone(),
                    _ => "search_arg0".to_owned(),
                };
                vec![Leg { rel, source }]
            }
            None => self.named_legs(&search.tables, span)?,
        };
        let legs = self.matching_legs(legs, &search.predicate, search.case_sensitive, false)?;
        let mut namer = Namer::default();
        let source = namer.automatic(Some(TABLE.to_owned()));
        let legs = self.settled(legs)?;
        let targets = targets(&legs, false, &mut namer);
        let mut columns = vec![Column::new(source, Type::String)];
        columns.extend(targets.iter().map(|it| it.column.clone()));
        if legs.is_empty() {
            return Some(Rel { op: Op::Values { rows: Vec::new() }, columns });
        }
        self.charge(legs.iter().map(|it| it.rel.columns.len()).sum(), span)?;
        let index = index(&targets);
        let mut inputs = Vec::with_capacity(legs.len());
        for leg in legs {
            inputs.push(aligned_by(leg, &index, columns.first(), span));
        }
        Some(Rel { op: Op::Union { inputs }, columns })
    }

    /// The tables of `in (…)`, or all of them, by their names.
    pub(super) fn named_legs(&mut self, tables: &[tree::Expr], span: Span) -> Option<Vec<Leg>> {
        let everything = [tree::Expr { kind: Syntax::Wildcard("*".to_owned()), span }];
        let tables = if tables.is_empty() { &everything } else { tables };
        let mut legs = Vec::with_capacity(tables.len());
        let mut fine = true;
        for table in tables {
            let tables = vec![table.clone()];
            let union = Union { inner: false, source: None, fuzzy: false, tables };
            let Some(mut found) = self.legs(None, &union) else {
                fine = false;
                continue;
            };
            if let ([Leg { source, .. }], Syntax::Name(name)) = (found.as_mut_slice(), &table.kind)
            {
                source.clone_from(name);
            }
            legs.append(&mut found);
        }
        fine.then_some(legs)
    }

    /// The legs with the predicate in front of them. With `only_fitting`, those that lack every
    /// column of the predicate are left out.
    pub(super) fn matching_legs(
        &mut self,
        legs: Vec<Leg>,
        predicate: &tree::Expr,
        case_sensitive: bool,
        only_fitting: bool,
    ) -> Option<Vec<Leg>> {
        let mut names = BTreeSet::new();
        mentioned(predicate, &mut names);
        let mut absent = Vec::new();
        let mut everywhere: Vec<Column> = Vec::new();
        for it in legs.iter().flat_map(|it| &it.rel.columns) {
            if names.contains(it.name.as_str()) && !everywhere.iter().any(|c| c.name == it.name) {
                everywhere.push(it.clone());
            }
        }
        for name in &names {
            let there = everywhere.iter().any(|it| it.name == *name);
            if !there && self.scope.get(name).is_none() {
                absent.push(*name);
            }
        }
        if !absent.is_empty() {
            let all: Vec<Column> =
                legs.iter().flat_map(|it| it.rel.columns.iter().cloned()).collect();
            for name in absent {
                let span = place_of(predicate, name).unwrap_or(predicate.span);
                let cx = self.over(&all);
                self.unknown_column::<()>(name, span, cx);
            }
            return None;
        }
        let mut fine = true;
        let mut kept = Vec::with_capacity(legs.len());
        for Leg { rel, source } in legs {
            let missing: Vec<&Column> = everywhere
                .iter()
                .filter(|it| !rel.columns.iter().any(|c| c.name == it.name))
                .collect();
            if only_fitting && !everywhere.is_empty() && missing.len() == everywhere.len() {
                continue;
            }
            let own = rel.columns.len();
            let wide = widened(rel, &missing, predicate.span);
            let columns = wide.columns.clone();
            let cx = self.over(&columns);
            let Some(condition) = self.search_condition(predicate, cx, own, case_sensitive, true)
            else {
                fine = false;
                continue;
            };
            let op = Op::Filter { input: Box::new(wide), predicate: condition };
            let filtered = Rel { op, columns };
            let rel = if missing.is_empty() {
                filtered
            } else {
                let picked = filtered.columns.iter().take(own).enumerate();
                let picked = picked.map(|(at, it)| (at, it.name.clone())).collect();
                super::pick(filtered, picked)
            };
            kept.push(Leg { rel, source });
        }
        fine.then_some(kept)
    }

    /// A predicate in which texts stand for their being in some column.
    fn search_condition(
        &mut self,
        expr: &tree::Expr,
        cx: Cx<'_>,
        own: usize,
        case: bool,
        top: bool,
    ) -> Option<Expr> {
        let span = expr.span;
        match &expr.kind {
            Syntax::Literal(Value::String(term), _) => self.anywhere(term, cx, own, case, span),
            Syntax::Literal(value, ty) if !top && *ty != Type::Bool => {
                let term = value.to_string();
                self.anywhere(&term, cx, own, case, span)
            }
            Syntax::Star if top => {
                Some(node(ExprKind::Literal(Value::Bool(true)), Type::Bool, span))
            }
            Syntax::Chain { first, rest }
                if rest.iter().all(|it| matches!(it.op, BinaryOp::And | BinaryOp::Or)) =>
            {
                let sides: Vec<_> = std::iter::once(&**first)
                    .chain(rest.iter().map(|it| &it.operand))
                    .map(|it| self.search_condition(it, cx, own, case, false))
                    .collect();
                let sides: Option<Vec<_>> = sides.into_iter().collect();
                Some(balanced(rest.first()?.op, Type::Bool, sides?))
            }
            Syntax::Text { word, source, needle, .. } if word == ":" => {
                let Some(term) = self.term(needle, cx) else {
                    return self.condition(expr, cx);
                };
                if matches!(source.kind, Syntax::Star) {
                    return self.anywhere(&term, cx, own, case, span);
                }
                let source = self.expr(source, cx)?;
                let source = self.text_operand(source, ":")?;
                let test = Test::of(&term);
                Some(test.on(source, case, span))
            }
            Syntax::Text { test, fold, negate, source, needle, .. }
                if matches!(source.kind, Syntax::Star)
                    && matches!(test, TextTest::Has | TextTest::Contains)
                    && !negate =>
            {
                let Some(term) = self.term(needle, cx) else {
                    return self.condition(expr, cx);
                };
                let test = Test { test: *test, needle: term };
                self.some_column(&test, cx, own, !fold, span)
            }
            Syntax::Name(name) if cx.column(name).is_none() => {
                let value = self.expr(expr, cx)?;
                match &value.kind {
                    ExprKind::Literal(Value::String(term)) => {
                        let term = term.clone();
                        self.anywhere(&term, cx, own, case, span)
                    }
                    _ => self.condition(expr, cx),
                }
            }
            _ => self.condition(expr, cx),
        }
    }

    /// A constant text.
    fn term(&mut self, needle: &tree::Expr, cx: Cx<'_>) -> Option<String> {
        match self.expr(needle, cx)?.kind {
            ExprKind::Literal(Value::String(term)) => Some(term),
            _ => None,
        }
    }

    /// A term in any of the table's own columns.
    fn anywhere(
        &mut self,
        term: &str,
        cx: Cx<'_>,
        own: usize,
        case: bool,
        span: Span,
    ) -> Option<Expr> {
        if term.chars().all(|it| it == '*') {
            return Some(node(ExprKind::Literal(Value::Bool(true)), Type::Bool, span));
        }
        self.some_column(&Test::of(term), cx, own, case, span)
    }

    fn some_column(
        &mut self,
        test: &Test,
        cx: Cx<'_>,
        own: usize,
        case: bool,
        span: Span,
    ) -> Option<Expr> {
        let mut tests = Vec::new();
        for (at, it) in cx.columns.iter().take(own).enumerate() {
            let source = column(cx.columns, at, span)?;
            self.charge(3, span)?;
            match it.ty {
                Type::String => tests.push(test.on(source, case, span)),
                Type::Dynamic => {
                    let source = self.converted(source, Type::String)?;
                    tests.push(test.on(source, case, span));
                }
                ty => tests.extend(test.as_value(ty).map(|value| {
                    let (left, right) = (Box::new(source), Box::new(node(value, ty, span)));
                    let kind = ExprKind::Binary { op: BinaryOp::Equal, left, right };
                    node(kind, Type::Bool, span)
                })),
            }
        }
        if tests.is_empty() {
            return Some(node(ExprKind::Literal(Value::Bool(false)), Type::Bool, span));
        }
        Some(balanced(BinaryOp::Or, Type::Bool, tests))
    }
}

/// What a term asks of a text.
struct Test {
    test: TextTest,
    needle: String,
}

impl Test {
    /// `a*` is the start of a term, `*a` its end, `*a*` anything, `a*b` a pattern.
    fn of(term: &str) -> Self {
        let inner = term.trim_matches('*');
        let (front, back) = (term.starts_with('*'), term.ends_with('*'));
        let (test, needle) = if inner.contains('*') {
            let parts: Vec<String> = inner.split('*').map(regex::escape).collect();
            let edge = |open: bool| if open { "" } else { r"\b" };
            let pattern = format!("(?is){}{}{}", edge(front), parts.join(".*"), edge(back));
            (TextTest::MatchesRegex, pattern)
        } else {
            let test = match (front, back) {
                (false, false) => TextTest::Has,
                (false, true) => TextTest::HasPrefix,
                (true, false) => TextTest::HasSuffix,
                (true, true) => TextTest::Contains,
            };
            (test, inner.to_owned())
        };
        Self { test, needle }
    }

    fn on(&self, source: Expr, case: bool, span: Span) -> Expr {
        let pattern = self.test == TextTest::MatchesRegex;
        let needle = match self.needle.strip_prefix("(?is)") {
            Some(rest) if case && pattern => format!("(?s){rest}"),
            _ => self.needle.clone(),
        };
        let (source, needle) = (Box::new(source), Box::new(text(needle, span)));
        let kind = ExprKind::Text {
            test: self.test,
            fold: !case && !pattern,
            negate: false,
            source,
            needle,
        };
        node(kind, Type::Bool, span)
    }

    /// The value of another type whose text the term is.
    fn as_value(&self, ty: Type) -> Option<ExprKind> {
        if !matches!(self.test, TextTest::Has | TextTest::Contains) {
            return None;
        }
        let value = match ty {
            Type::Int => Value::Int(digits(&self.needle)?.parse().ok()?),
            Type::Long => Value::Long(digits(&self.needle)?.parse().ok()?),
            Type::Guid => Value::Guid(uuid::Uuid::try_parse(&self.needle).ok()?),
            _ => return None,
        };
        Some(ExprKind::Literal(value))
    }
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())).then_some(text)
}

/// A table with further columns that it does not have: null, or empty.
fn widened(rel: Rel, missing: &[&Column], span: Span) -> Rel {
    if missing.is_empty() {
        return rel;
    }
    let mut columns = rel.columns.clone();
    let mut exprs: Vec<Expr> =
        (0..columns.len()).filter_map(|at| column(&columns, at, span)).collect();
    for it in missing {
        exprs.push(if it.ty == Type::String {
            text("", span)
        } else {
            node(ExprKind::Literal(Value::Null), it.ty, span)
        });
        columns.push((*it).clone());
    }
    Rel { op: Op::Project { input: Box::new(rel), exprs }, columns }
}

/// The names in a predicate that may be columns.
pub(super) fn mentioned<'t>(expr: &'t tree::Expr, names: &mut BTreeSet<&'t str>) {
    if let Syntax::Name(name) = &expr.kind {
        names.insert(name);
    }
    each_operand(expr, &mut |it| mentioned(it, names));
}

fn place_of(expr: &tree::Expr, wanted: &str) -> Option<Span> {
    if matches!(&expr.kind, Syntax::Name(name) if name == wanted) {
        return Some(expr.span);
    }
    let mut found = None;
    each_operand(expr, &mut |it| found = found.or_else(|| place_of(it, wanted)));
    found
}

/// The parts of an expression that see the same columns.
fn each_operand<'t>(expr: &'t tree::Expr, see: &mut impl FnMut(&'t tree::Expr)) {
    match &expr.kind {
        Syntax::Literal(..)
        | Syntax::Name(_)
        | Syntax::Wildcard(_)
        | Syntax::Star
        | Syntax::TypeOf(_)
        | Syntax::Pipe { .. }
        | Syntax::Source(_) => {}
        Syntax::Call { args, .. } => args.iter().for_each(|it| see(&it.value)),
        Syntax::Path { base, steps } => {
            see(base);
            for step in steps {
                if let tree::Step::Index(index) = step {
                    see(index);
                }
            }
        }
        Syntax::Negate(operand) => see(operand),
        Syntax::Chain { first, rest } => {
            see(first);
            rest.iter().for_each(|it| see(&it.operand));
        }
        Syntax::Compare { left, right, .. } => {
            see(left);
            see(right);
        }
        Syntax::Text { source, needle, .. } => {
            see(source);
            see(needle);
        }
        Syntax::In { source, list, .. } | Syntax::HasTerms { source, list, .. } => {
            see(source);
            list.iter().for_each(see);
        }
        Syntax::Between { source, low, high, .. } => {
            see(source);
            see(low);
            see(high);
        }
    }
}
