//! The names of columns that nobody named, and numbers for names that are taken.

use std::collections::{HashMap, HashSet};

use crate::{
    codes,
    diagnostic::Span,
    function::Naming,
    syntax::tree::{Arg, Expr, ExprKind, Step},
    types::{Column, Type},
    value::Value,
};

use super::Binder;

/// Hands out the names of one step's columns.
#[derive(Default)]
pub(super) struct Namer {
    /// Names in use; true when somebody chose it.
    taken: HashMap<String, bool>,
    /// The next number to try behind a name.
    next: HashMap<String, usize>,
    unnamed: usize,
    /// Names that `Column1` and so on must not meet: those of the input.
    avoid: HashSet<String>,
}

impl Namer {
    /// For a step over these columns.
    pub(super) fn over(columns: &[Column]) -> Self {
        let avoid = columns.iter().filter(|it| it.name.starts_with("Column"));
        Self { avoid: avoid.map(|it| it.name.clone()).collect(), ..Self::default() }
    }

    /// Marks a name as in use.
    pub(super) fn take(&mut self, name: &str) {
        self.taken.insert(name.to_owned(), false);
    }

    /// A chosen name; none when it was chosen before.
    pub(super) fn chosen(&mut self, name: &str) -> Option<String> {
        match self.taken.get(name) {
            Some(true) => None,
            Some(false) => Some(self.numbered(name)),
            None => {
                self.taken.insert(name.to_owned(), true);
                Some(name.to_owned())
            }
        }
    }

    /// An automatic name: the one wished for, or `Column1` and so on, with a number when taken.
    pub(super) fn automatic(&mut self, wish: Option<String>) -> String {
        let name = wish.unwrap_or_else(|| {
            loop {
                self.unnamed += 1;
                let name = format!("Column{}", self.unnamed);
                if !self.avoid.contains(&name) {
                    return name;
                }
            }
        });
        if self.taken.contains_key(&name) {
            return self.numbered(&name);
        }
        self.taken.insert(name.clone(), false);
        name
    }

    fn numbered(&mut self, name: &str) -> String {
        let mut number = self.next.get(name).copied().unwrap_or(1);
        loop {
            let candidate = format!("{name}{number}");
            number += 1;
            if !self.taken.contains_key(&candidate) {
                self.next.insert(name.to_owned(), number);
                self.taken.insert(candidate.clone(), false);
                return candidate;
            }
        }
    }
}

impl Binder<'_> {
    /// The automatic name of an expression, if it has one of its own.
    pub(super) fn auto_name(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::Path { base, steps } => Some(self.path_name(base, steps)),
            ExprKind::Call { name, args } => {
                let first = args.first().map(|it| &it.value);
                // a name given to the argument is its name
                let stem = args.first().and_then(|it| self.argument_name(it));
                match name.text.as_str() {
                    "column_ifexists" | "columnifexists" => {
                        return match first.map(|it| &it.kind) {
                            Some(ExprKind::Literal(Value::String(it), Type::String)) => {
                                Some(it.clone())
                            }
                            _ => None,
                        };
                    }
                    "percentile" | "percentilew" => {
                        let rank = args.get(if name.text == "percentile" { 1 } else { 2 })?;
                        let stem = first.and_then(|it| self.auto_name(it));
                        return Some(percentile_name(stem.as_deref(), &rank.value));
                    }
                    "covariance" | "covarianceif" | "covariancep" | "covariancepif" => {
                        let stem = |at: usize| {
                            args.get(at)
                                .and_then(|it| self.auto_name(&it.value))
                                .unwrap_or_default()
                        };
                        return Some(format!("{}_{}_{}", name.text, stem(0), stem(1)));
                    }
                    "ingestion_time" => return Some("$IngestionTime".to_owned()),
                    _ => {}
                }
                let naming = match (self.function(&name.text), self.aggregate(&name.text)) {
                    _ if self.scope.get(&name.text).is_some() => return None,
                    (_, Some(aggregate)) => aggregate.naming,
                    (Some(function), None) => function.naming,
                    (None, None) => return None,
                };
                match naming {
                    Naming::Position => None,
                    Naming::FirstArgument => stem,
                    Naming::Fixed(name) => Some(name.to_owned()),
                    Naming::Prefix(prefix) => {
                        Some(format!("{prefix}_{}", stem.unwrap_or_default()))
                    }
                }
            }
            _ => None,
        }
    }

    /// The name of an argument: the one it was given, or its own.
    pub(super) fn argument_name(&self, arg: &Arg) -> Option<String> {
        match &arg.name {
            Some(name) => Some(name.text.clone()),
            None => self.auto_name(&arg.value),
        }
    }

    /// `a.b.c` is `a_b_c`; an index is named after the member right before it.
    fn path_name(&self, base: &Expr, steps: &[Step]) -> String {
        let mut whole = self.auto_name(base).unwrap_or_default();
        let mut last = whole.clone();
        for step in steps {
            match step {
                Step::Member(name) => {
                    whole = format!("{whole}_{}", name.text);
                    last.clone_from(&name.text);
                }
                Step::Method(name, _) => last.clone_from(&name.text),
                Step::Index(index) => {
                    let key = match &index.kind {
                        ExprKind::Literal(Value::String(it), _) => it.clone(),
                        ExprKind::Literal(Value::Long(it), _) if *it >= 0 => it.to_string(),
                        _ => String::new(),
                    };
                    whole = format!("{last}_{key}");
                    last.clone_from(&whole);
                }
            }
        }
        whole
    }

    /// A name that was chosen, reported when it was chosen before.
    pub(super) fn chosen_name(&mut self, namer: &mut Namer, name: &str, span: Span) -> String {
        namer.chosen(name).unwrap_or_else(|| {
            let message = format!("column `{name}` is given twice");
            self.error::<()>(codes::DUPLICATE, span, message);
            name.to_owned()
        })
    }
}

/// `percentile_x_99_9`.
pub(super) fn percentile_name(stem: Option<&str>, rank: &Expr) -> String {
    let rank = match &rank.kind {
        ExprKind::Literal(Value::Long(it), _) => it.to_string(),
        ExprKind::Literal(Value::Int(it), _) => it.to_string(),
        ExprKind::Literal(Value::Real(it), _) => it.to_string().replace('.', "_"),
        _ => String::new(),
    };
    format!("percentile_{}_{rank}", stem.unwrap_or_default())
}
