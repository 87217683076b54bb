//! What names mean: `let`s and parameters in a stack, columns in the context of an expression.
//!
//! Scopes are lexical: a function's body sees what was bound before the function, not what was
//! bound before its call.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

use crate::{
    plan::{Expr, Rel},
    syntax::tree,
    types::Column,
};

use super::{aggregate::Collector, window::Windows};

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Meaning {
    /// A value. One that depends on the row (a parameter) has a meaning only at its own place.
    Scalar { expr: Rc<Expr>, place: Option<usize>, size: usize },
    /// A table.
    Table { rel: Rc<Rel>, size: usize },
    /// A function, and how much of the stack it sees.
    Function { function: Arc<tree::Function>, sees: usize },
    /// Its definition was reported; uses are not.
    Broken,
}

/// The stack of names.
#[derive(Default)]
pub(super) struct Scope {
    names: Vec<(String, Meaning)>,
    index: HashMap<String, Vec<usize>>,
}

impl Scope {
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn push(&mut self, name: impl Into<String>, meaning: Meaning) {
        let name = name.into();
        self.index.entry(name.clone()).or_default().push(self.names.len());
        self.names.push((name, meaning));
    }

    /// The latest meaning of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Meaning> {
        let at = *self.index.get(name)?.last()?;
        self.names.get(at).map(|(_, meaning)| meaning)
    }

    /// True when a name was given since the stack had a length.
    pub(super) fn given_since(&self, name: &str, len: usize) -> bool {
        self.index.get(name).and_then(|it| it.last()).is_some_and(|at| *at >= len)
    }

    /// Takes what is above a length off the stack.
    pub(super) fn split_off(&mut self, len: usize) -> Vec<(String, Meaning)> {
        let tail = self.names.split_off(len.min(self.names.len()));
        for (name, _) in tail.iter().rev() {
            if let Some(places) = self.index.get_mut(name) {
                places.pop();
                if places.is_empty() {
                    self.index.remove(name);
                }
            }
        }
        tail
    }

    /// Puts it back.
    pub(super) fn restore(&mut self, tail: Vec<(String, Meaning)>) {
        for (name, meaning) in tail {
            self.push(name, meaning);
        }
    }

    /// Every name, for hints.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &Meaning)> {
        self.names.iter().map(|(name, meaning)| (name.as_str(), meaning))
    }
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Cx<'c> {
    /// The columns it sees.
    pub(super) columns: &'c [Column],
    /// Which place this is: positions of columns mean nothing elsewhere.
    pub(super) place: usize,
    /// Where aggregates go; none where they may not stand.
    pub(super) aggregates: Option<&'c RefCell<Collector>>,
    /// Where window functions go; none where they may not stand.
    pub(super) windows: Option<&'c RefCell<Windows>>,
}

impl Cx<'_> {
    /// Where only constants may stand.
    pub(super) const CONSTANT: Cx<'static> =
        Cx { columns: &[], place: 0, aggregates: None, windows: None };

    /// The position of a column.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|it| it.name == name)
    }
}
