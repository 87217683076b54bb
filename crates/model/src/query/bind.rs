//! Gives the tree its meaning: names become paths, constants take the type of the other side.

use super::{
    CompareOp, Filter, Literal, Operand, PropertyPath, QueryError, TextOp,
    lex::{chars, syntax},
    literal::coerce,
    parse::{Expr, ExprKind, Raw, Segment},
};
use crate::{
    edm::{Primitive, Ty, TypeId},
    facts::Listed,
    model::{Model, UNKNOWN_FUTURE_VALUE},
    shape::ODATA_TYPE,
    text::short,
};

/// Looks names up for one option of one request.
pub(super) struct Binder<'a> {
    pub model: &'a Model,
    /// The type of the entities.
    pub ty: TypeId,
    /// Properties that may stand first in a path.
    pub allowed: &'a Listed,
    /// The option, for messages.
    pub option: &'static str,
    /// Its text, for positions.
    pub text: &'a str,
    /// Lambda variables in scope, innermost last.
    pub(super) vars: Vec<Var>,
}

/// A lambda variable and what it stands for.
#[derive(Clone)]
pub(super) struct Var {
    pub name: String,
    pub ty: Ty,
}

/// A side of a comparison before its type is settled.
enum Side {
    Value(Operand, Ty),
    Constant(Raw, usize),
}

impl<'a> Binder<'a> {
    pub(super) fn new(
        model: &'a Model,
        ty: TypeId,
        allowed: &'a Listed,
        option: &'static str,
        text: &'a str,
    ) -> Self {
        Binder { model, ty, allowed, option, text, vars: Vec::new() }
    }

    pub(super) fn syntax(&self, at: usize, reason: impl Into<String>) -> QueryError {
        syntax(self.option, self.text, at, reason)
    }

    pub(super) fn mismatch(&self, at: usize, reason: impl Into<String>) -> QueryError {
        let at = chars(self.text, at);
        QueryError::Mismatch { option: self.option, at, reason: reason.into() }
    }

    /// An expression that is true or false.
    pub(super) fn condition(&mut self, expr: &Expr) -> Result<Filter, QueryError> {
        match &expr.kind {
            ExprKind::And(list) => {
                let mut out = Vec::with_capacity(list.len());
                for item in list {
                    match self.condition(item)? {
                        Filter::And(inner) => out.extend(inner),
                        other => out.push(other),
                    }
                }
                Ok(Filter::And(out))
            }
            ExprKind::Or(list) => {
                let mut out = Vec::with_capacity(list.len());
                for item in list {
                    match self.condition(item)? {
                        Filter::Or(inner) => out.extend(inner),
                        other => out.push(other),
                    }
                }
                Ok(Filter::Or(out))
            }
            ExprKind::Not(inner) => Ok(Filter::Not(Box::new(self.condition(inner)?))),
            ExprKind::Compare(op, left, right) => self.compare(expr.at, *op, left, right),
            ExprKind::Has(left, right) => self.has(left, right),
            ExprKind::In(left, items) => self.list(left, items),
            ExprKind::Call(name, args) => self.test(expr.at, name, args),
            ExprKind::Lambda { path, all, var, body } => {
                self.lambda(expr.at, path, *all, var, body.as_deref())
            }
            ExprKind::Path(_) | ExprKind::Literal(Raw::Bool(_)) => {
                let truth = Expr { at: expr.at, kind: ExprKind::Literal(Raw::Bool(true)) };
                self.compare(expr.at, CompareOp::Eq, expr, &truth)
            }
            ExprKind::Literal(_) => Err(self.syntax(expr.at, "a value alone is not a condition")),
        }
    }

    fn compare(
        &mut self,
        at: usize,
        op: CompareOp,
        left: &Expr,
        right: &Expr,
    ) -> Result<Filter, QueryError> {
        // `contains(title,'x') eq true` and its like.
        if let Some(wanted) = truth(right).filter(|_| is_condition(left)) {
            return self.condition_is(at, op, left, wanted);
        }
        if let Some(wanted) = truth(left).filter(|_| is_condition(right)) {
            return self.condition_is(at, op, right, wanted);
        }

        let (left, right) = (self.side(left)?, self.side(right)?);
        let (op, left, ty, right) = match (left, right) {
            (Side::Value(left, ty), Side::Constant(raw, at)) => {
                (op, left, ty, Operand::Literal(self.constant(&raw, ty, at)?))
            }
            (Side::Constant(raw, at), Side::Value(right, ty)) => {
                (mirrored(op), right, ty, Operand::Literal(self.constant(&raw, ty, at)?))
            }
            (Side::Value(left, ty), Side::Value(right, other)) => {
                if !comparable(ty, other) {
                    let (a, b) = (self.model.ty_text(ty), self.model.ty_text(other));
                    return Err(self.mismatch(at, format!("'{a}' and '{b}' do not compare")));
                }
                (op, left, ty, right)
            }
            (Side::Constant(Raw::Bool(a), _), Side::Constant(Raw::Bool(b), _)) => {
                let side = |value| Operand::Literal(Literal::Bool(value));
                let ty = Ty::Primitive(Primitive::Boolean);
                (op, side(a), ty, side(b))
            }
            (Side::Constant(..), Side::Constant(..)) => {
                return Err(self.mismatch(at, "a comparison needs a property"));
            }
        };
        if matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(Filter::Compare { op, left, right });
        }
        match (&right, ty) {
            (Operand::Literal(Literal::Null), _) => {
                Err(self.mismatch(at, "null is only compared with eq and ne"))
            }
            (Operand::Literal(Literal::Enum(name)), Ty::Enum(id)) => {
                Ok(self.enum_range(op, left, id, name))
            }
            (_, Ty::Enum(_) | Ty::Struct(_) | Ty::Primitive(Primitive::Boolean)) => {
                let ty = self.model.ty_text(ty);
                Err(self.mismatch(at, format!("values of '{ty}' have no order")))
            }
            _ => Ok(Filter::Compare { op, left, right }),
        }
    }

    /// An enumeration is ordered by number, while documents hold names: list the names.
    fn enum_range(
        &self,
        op: CompareOp,
        operand: Operand,
        id: crate::edm::EnumId,
        name: &str,
    ) -> Filter {
        let it = self.model.enumeration(id);
        let limit = it.member(name).map_or(0, |it| it.value);
        let within = |value: i64| match op {
            CompareOp::Gt => value > limit,
            CompareOp::Ge => value >= limit,
            CompareOp::Lt => value < limit,
            CompareOp::Le => value <= limit,
            CompareOp::Eq => value == limit,
            CompareOp::Ne => value != limit,
        };
        let members = it.members.iter().filter(|it| within(it.value));
        let members = members.filter(|it| it.name != UNKNOWN_FUTURE_VALUE || it.name == name);
        Filter::In { operand, values: members.map(|it| Literal::Enum(it.name.clone())).collect() }
    }

    fn condition_is(
        &mut self,
        at: usize,
        op: CompareOp,
        expr: &Expr,
        wanted: bool,
    ) -> Result<Filter, QueryError> {
        let filter = self.condition(expr)?;
        match (op, wanted) {
            (CompareOp::Eq, true) | (CompareOp::Ne, false) => Ok(filter),
            (CompareOp::Eq, false) | (CompareOp::Ne, true) => Ok(Filter::Not(Box::new(filter))),
            _ => Err(self.mismatch(at, "a condition is only compared with eq and ne")),
        }
    }

    fn has(&mut self, left: &Expr, right: &Expr) -> Result<Filter, QueryError> {
        let path = match self.side(left)? {
            Side::Value(Operand::Path(path), Ty::Enum(id)) if self.model.enumeration(id).flags => {
                path
            }
            _ => return Err(self.mismatch(left.at, "has needs a property of a flags type")),
        };
        let ExprKind::Literal(raw) = &right.kind else {
            return Err(self.mismatch(right.at, "has needs the name of a member"));
        };
        match self.constant(raw, path.ty, right.at)? {
            Literal::Enum(names) => {
                let flags = names.split(',').map(str::to_owned).collect();
                Ok(Filter::Has { path, flags })
            }
            _ => Err(self.mismatch(right.at, "has needs the name of a member")),
        }
    }

    fn list(&mut self, left: &Expr, items: &[Expr]) -> Result<Filter, QueryError> {
        let Side::Value(operand, ty) = self.side(left)? else {
            return Err(self.mismatch(left.at, "in needs a property on its left"));
        };
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let ExprKind::Literal(raw) = &item.kind else {
                return Err(self.syntax(item.at, "a list after in holds values only"));
            };
            values.push(self.constant(raw, ty, item.at)?);
        }
        Ok(Filter::In { operand, values })
    }

    /// A function that is true or false.
    fn test(&mut self, at: usize, name: &str, args: &[Expr]) -> Result<Filter, QueryError> {
        let op = match name.to_ascii_lowercase().as_str() {
            "contains" => TextOp::Contains,
            "startswith" => TextOp::StartsWith,
            "endswith" => TextOp::EndsWith,
            "isof" => return self.is_of(at, args),
            "tolower" | "toupper" => {
                return Err(self.syntax(at, format!("{name} gives text, not a condition")));
            }
            _ => return Err(self.unknown_function(at, name)),
        };
        let [haystack, needle] = args else {
            return Err(self.syntax(at, format!("{name} takes two arguments")));
        };
        let haystack = self.text_operand(haystack)?;
        let needle = self.text_operand(needle)?;
        Ok(Filter::Text { op, haystack, needle })
    }

    /// `isof('ns.type')`: is the entity, or a lambda's element, of that type or below it?
    fn is_of(&mut self, at: usize, args: &[Expr]) -> Result<Filter, QueryError> {
        let (mut path, name) = match args {
            [name] => (PropertyPath::new(&[], Ty::Struct(self.ty)), name),
            [of, name] => match &of.kind {
                ExprKind::Path(segments) => (self.path(segments)?, name),
                _ => return Err(self.syntax(of.at, "isof asks about a path")),
            },
            _ => return Err(self.syntax(at, "isof takes one or two arguments")),
        };
        let said = match &name.kind {
            ExprKind::Literal(Raw::Text(text)) => text.clone(),
            ExprKind::Path(segments) if segments.len() == 1 => segments[0].name.clone(),
            _ => return Err(self.syntax(name.at, "isof needs the name of a type")),
        };
        let Ty::Struct(id) = path.ty else {
            return Err(self.mismatch(at, "isof asks about an entity or a complex value"));
        };
        let declared = self.model.ty(id);
        let Some(wanted) = self.model.type_below(declared, &said) else {
            let reason = format!("'{}' is not a type below '{}'", short(&said), declared.name);
            return Err(self.mismatch(name.at, reason));
        };
        if wanted.id == id {
            let yes = || Operand::Literal(Literal::Bool(true));
            return Ok(Filter::Compare { op: CompareOp::Eq, left: yes(), right: yes() });
        }
        path.segments.push(ODATA_TYPE.to_owned());
        path.ty = Ty::Primitive(Primitive::String);
        let types = std::iter::once(wanted.id).chain(wanted.derived.iter().copied());
        let values = types.map(|id| Literal::Text(self.model.ty(id).wire.clone())).collect();
        Ok(Filter::In { operand: Operand::Path(path), values })
    }

    fn unknown_function(&self, at: usize, name: &str) -> QueryError {
        self.syntax(at, format!("there is no function '{}'", short(name)))
    }

    fn text_operand(&mut self, expr: &Expr) -> Result<Operand, QueryError> {
        let text = Ty::Primitive(Primitive::String);
        match self.side(expr)? {
            Side::Value(operand, ty) if comparable(ty, text) => Ok(operand),
            Side::Value(_, ty) => {
                let ty = self.model.ty_text(ty);
                Err(self.mismatch(expr.at, format!("expected text, got '{ty}'")))
            }
            Side::Constant(Raw::Text(text), _) => Ok(Operand::Literal(Literal::Text(text))),
            Side::Constant(..) => Err(self.mismatch(expr.at, "expected quoted text")),
        }
    }

    fn lambda(
        &mut self,
        at: usize,
        path: &[Segment],
        all: bool,
        var: &str,
        body: Option<&Expr>,
    ) -> Result<Filter, QueryError> {
        let path = self.path(path)?;
        if !path.collection {
            let name = path.segments.join("/");
            return Err(self.mismatch(at, format!("'{name}' is not a collection")));
        }
        let body = match body {
            None => None,
            Some(body) => {
                let ty = match (path.ty, path.cast.first()) {
                    (Ty::Struct(id), Some(cast)) => {
                        Ty::Struct(self.model.type_named(cast).map_or(id, |it| it.id))
                    }
                    (ty, _) => ty,
                };
                self.vars.push(Var { name: var.to_owned(), ty });
                let body = self.condition(body);
                self.vars.pop();
                Some(Box::new(body?))
            }
        };
        let var = var.to_owned();
        match (all, body) {
            (true, Some(body)) => Ok(Filter::All { path, var, body }),
            (_, body) => Ok(Filter::Any { path, var, body }),
        }
    }

    fn constant(&self, raw: &Raw, ty: Ty, at: usize) -> Result<Literal, QueryError> {
        coerce(self.model, raw, ty).map_err(|reason| self.mismatch(at, reason))
    }

    /// An expression that has a value.
    fn side(&mut self, expr: &Expr) -> Result<Side, QueryError> {
        match &expr.kind {
            ExprKind::Literal(raw) => Ok(Side::Constant(raw.clone(), expr.at)),
            ExprKind::Path(segments) => self.value_path(expr.at, segments),
            ExprKind::Call(name, args) => self.fold(expr.at, name, args),
            _ => Err(self.mismatch(expr.at, "expected a value, got a condition")),
        }
    }

    fn value_path(&self, at: usize, segments: &[Segment]) -> Result<Side, QueryError> {
        if let [path @ .., last] = segments
            && last.name.eq_ignore_ascii_case("$count")
            && !path.is_empty()
        {
            let path = self.path(path)?;
            if !path.collection {
                let name = path.segments.join("/");
                return Err(self.mismatch(at, format!("'{name}' is not a collection")));
            }
            return Ok(Side::Value(Operand::Count(path), Ty::Primitive(Primitive::Int64)));
        }
        let path = self.path(segments)?;
        if path.collection {
            let name = path.segments.join("/");
            return Err(self.mismatch(at, format!("'{name}' is a collection; use any or all")));
        }
        if path.var.is_none() && path.segments.is_empty() {
            return Err(self.mismatch(at, "the entity itself is not a value"));
        }
        let ty = path.ty;
        Ok(Side::Value(Operand::Path(path), ty))
    }

    fn fold(&mut self, at: usize, name: &str, args: &[Expr]) -> Result<Side, QueryError> {
        let lower = match name.to_ascii_lowercase().as_str() {
            "tolower" => true,
            "toupper" => false,
            "contains" | "startswith" | "endswith" => {
                return Err(self.mismatch(at, format!("{name} is a condition, not a value")));
            }
            _ => return Err(self.unknown_function(at, name)),
        };
        let [arg] = args else {
            return Err(self.syntax(at, format!("{name} takes one argument")));
        };
        let text = Ty::Primitive(Primitive::String);
        match self.side(arg)? {
            Side::Constant(Raw::Text(text), at) => {
                let text = if lower { text.to_lowercase() } else { text.to_uppercase() };
                Ok(Side::Constant(Raw::Text(text), at))
            }
            Side::Value(operand, ty) if comparable(ty, text) || matches!(ty, Ty::Enum(_)) => {
                let operand = Box::new(operand);
                let folded = if lower { Operand::Lower(operand) } else { Operand::Upper(operand) };
                Ok(Side::Value(folded, text))
            }
            Side::Value(..) | Side::Constant(..) => {
                Err(self.mismatch(arg.at, format!("{name} takes text")))
            }
        }
    }
}

fn truth(expr: &Expr) -> Option<bool> {
    match expr.kind {
        ExprKind::Literal(Raw::Bool(value)) => Some(value),
        _ => None,
    }
}

fn is_condition(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(name, _) => {
            !name.eq_ignore_ascii_case("tolower") && !name.eq_ignore_ascii_case("toupper")
        }
        ExprKind::Path(_) | ExprKind::Literal(_) => false,
        _ => true,
    }
}

fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Eq,
        CompareOp::Ne => CompareOp::Ne,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
    }
}

fn comparable(a: Ty, b: Ty) -> bool {
    match (a, b) {
        (Ty::Untyped, _) | (_, Ty::Untyped) => true,
        (Ty::Primitive(a), Ty::Primitive(b)) => a == b || (a.is_number() && b.is_number()),
        (a, b) => a == b,
    }
}
