//! Expressions, loosest binding first: `or`, `and`, equality and membership, order, sums,
//! products, text tests, signs, paths, atoms.
//!
//! `or`, `and`, sums and products are flat chains. Comparisons do not chain: `a == b == c` is a
//! mistake, as in the reference.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{BinaryOp, TextTest},
    types::Type,
    value::Value,
};

use super::{
    parser::{Parser, is_reserved, node},
    token::TokenKind,
    tree::{Arg, Expr, ExprKind, Link, Name, Operator, OperatorKind, Step},
};

/// How many operators one pipeline may have.
const MAX_OPERATORS: usize = 300;
/// How many steps one path may have.
const MAX_STEPS: usize = 100;

impl Parser<'_> {
    /// An expression, or a pipeline of operators.
    pub(super) fn piped(&mut self) -> Option<Expr> {
        let before = self.measure();
        let expr = self.pipeline()?;
        let steps = match &expr.kind {
            ExprKind::Pipe { operators, .. } => operators.len(),
            _ => 1,
        };
        self.grow(before, steps)?;
        Some(expr)
    }

    fn pipeline(&mut self) -> Option<Expr> {
        let start = self.span();
        let source = self.head()?;
        if !self.at_sign("|") {
            return Some(source);
        }
        self.steps(Box::new(source), start)
    }

    /// Where a pipeline begins. Apart from the steps, so that nested heads cost little stack.
    fn head(&mut self) -> Option<Expr> {
        match self.source_operator() {
            Some(source) => {
                let source = Box::new(source?);
                let span = source.span;
                Some(node(ExprKind::Source(source), span))
            }
            None => self.expression(),
        }
    }

    fn steps(&mut self, source: Box<Expr>, start: Span) -> Option<Expr> {
        let mut operators = Vec::new();
        while self.take_sign("|") {
            if operators.len() >= MAX_OPERATORS {
                let message = format!("more than {MAX_OPERATORS} operators in one pipeline");
                return self.error(codes::TOO_MANY, self.span(), message);
            }
            let start = self.span();
            let operator = self.operator();
            operators.push(operator.unwrap_or_else(|| {
                self.skip_operator();
                Operator { kind: OperatorKind::Broken, span: self.since(start) }
            }));
        }
        Some(node(ExprKind::Pipe { source, operators }, self.since(start)))
    }

    /// A value.
    pub(super) fn expression(&mut self) -> Option<Expr> {
        self.level(Level::Or)
    }

    /// A value without comparisons, membership and logic.
    pub(super) fn additive(&mut self) -> Option<Expr> {
        self.level(Level::Sum)
    }

    /// Operators that bind at least as tightly as a level. One function for all of them, so that
    /// parentheses cost little stack.
    fn level(&mut self, least: Level) -> Option<Expr> {
        let start = self.span();
        let around = self.measure();
        let mut left = self.text_test()?;
        let mut ceiling = Level::Above;
        while let Some(level) = self.infix() {
            // chains have taken all of their level, and comparisons do not chain
            if level < least || level >= ceiling {
                break;
            }
            ceiling = level;
            let kind = match level {
                Level::Or | Level::And | Level::Sum | Level::Product => self.links(level, left)?,
                Level::Equality => self.equality(left)?,
                Level::Order => self.order(left)?,
                Level::Above => break,
            };
            left = node(kind, self.since(start));
        }
        self.grow(around, 0)?;
        Some(left)
    }

    /// The level of the operator here.
    fn infix(&self) -> Option<Level> {
        Some(match self.kind() {
            TokenKind::Word("or") => Level::Or,
            TokenKind::Word("and") => Level::And,
            TokenKind::Word(
                "in" | "!in" | "in~" | "!in~" | "has_any" | "has_all" | "between" | "!between",
            )
            | TokenKind::Sign("==" | "!=" | "<>" | "=") => Level::Equality,
            TokenKind::Sign("<" | "<=" | ">" | ">=") => Level::Order,
            TokenKind::Sign("+" | "-") => Level::Sum,
            TokenKind::Sign("*" | "/" | "%") => Level::Product,
            _ => return None,
        })
    }

    /// Operands joined by operators of one level.
    fn links(&mut self, level: Level, first: Expr) -> Option<ExprKind> {
        let logic = matches!(level, Level::Or | Level::And);
        let mut rest = Vec::new();
        while self.infix() == Some(level) {
            let span = self.span();
            let op = match self.kind() {
                TokenKind::Word(it) => chained(it),
                TokenKind::Sign(it) => chained(it),
                _ => None,
            }?;
            self.bump();
            rest.push(Link { op, span, operand: self.level(level.tighter())? });
        }
        // `bind` balances logic and stacks arithmetic
        let grown = if logic {
            1 + rest.len().ilog2() as usize
        } else {
            rest.len().min(crate::bind::MAX_STACKED)
        };
        self.grow(0, grown)?;
        Some(ExprKind::Chain { first: Box::new(first), rest })
    }

    fn equality(&mut self, left: Expr) -> Option<ExprKind> {
        let (sign, word) = match self.kind() {
            TokenKind::Sign(it) => (*it, ""),
            TokenKind::Word(it) => ("", *it),
            _ => return None,
        };
        if sign == "=" {
            let span = self.span();
            self.report(
                Diagnostic::error(codes::EXPECTED, span, "`=` does not compare").help("write `==`"),
            );
            return None;
        }
        self.bump();
        let source = Box::new(left);
        Some(match (sign, word) {
            (_, "in" | "!in" | "in~" | "!in~") => {
                let (fold, negate) = (word.ends_with('~'), word.starts_with('!'));
                ExprKind::In { fold, negate, source, list: self.members()? }
            }
            (_, "has_any" | "has_all") => {
                ExprKind::HasTerms { all: word == "has_all", source, list: self.members()? }
            }
            (_, "between" | "!between") => {
                self.expect_sign("(")?;
                let low = Box::new(self.nested(Self::expression)?);
                self.expect_sign("..")?;
                let high = Box::new(self.nested(Self::expression)?);
                self.expect_sign(")")?;
                ExprKind::Between { negate: word == "!between", source, low, high }
            }
            _ => {
                let op = if sign == "==" { BinaryOp::Equal } else { BinaryOp::NotEqual };
                ExprKind::Compare { op, left: source, right: Box::new(self.level(Level::Order)?) }
            }
        })
    }

    fn order(&mut self, left: Expr) -> Option<ExprKind> {
        let op = match self.kind() {
            TokenKind::Sign("<") => BinaryOp::Less,
            TokenKind::Sign("<=") => BinaryOp::LessOrEqual,
            TokenKind::Sign(">") => BinaryOp::Greater,
            _ => BinaryOp::GreaterOrEqual,
        };
        self.bump();
        let (left, right) = (Box::new(left), Box::new(self.level(Level::Sum)?));
        Some(ExprKind::Compare { op, left, right })
    }

    /// The parentheses after `in`: values, or a table.
    fn members(&mut self) -> Option<Vec<Expr>> {
        self.expect_sign("(")?;
        if self.at_sign(")") {
            return self.expected("a value");
        }
        self.nested(|it| it.list(")", Self::piped))
    }

    fn text_test(&mut self) -> Option<Expr> {
        let start = self.span();
        let source = self.signed()?;
        let word = match self.kind() {
            TokenKind::Word(it) => *it,
            TokenKind::Sign(it @ ("=~" | "!~" | ":")) => *it,
            _ => return Some(source),
        };
        if word == "like" || word == "notlike" {
            let message = format!("operator `{word}` is not supported");
            self.report(
                Diagnostic::error(codes::UNSUPPORTED, self.span(), message)
                    .help("use `matches regex`, `contains` or `startswith`"),
            );
            return None;
        }
        let Some((test, fold, negate)) = text_operator(word) else { return Some(source) };
        let mut word = word.to_owned();
        self.bump();
        if test == TextTest::MatchesRegex {
            self.expect_word("regex")?;
            word.push_str(" regex");
        }
        let (source, needle) = (Box::new(source), Box::new(self.signed()?));
        let kind = ExprKind::Text { test, fold, negate, word, source, needle };
        Some(node(kind, self.since(start)))
    }

    fn signed(&mut self) -> Option<Expr> {
        let start = self.span();
        if self.take_sign("+") {
            return self.path();
        }
        if !self.take_sign("-") {
            return self.path();
        }
        let operand = self.path()?;
        let span = self.since(start);
        let kind = match operand.kind {
            // the lexer lets 9223372036854775808 through only behind a minus, already wrapped
            ExprKind::Literal(Value::Long(it), Type::Long) => {
                ExprKind::Literal(Value::Long(it.wrapping_neg()), Type::Long)
            }
            ExprKind::Literal(Value::Real(it), Type::Real) => {
                ExprKind::Literal(Value::Real(-it), Type::Real)
            }
            ExprKind::Literal(Value::TimeSpan(it), Type::TimeSpan) => {
                ExprKind::Literal(Value::TimeSpan(it.wrapping_neg()), Type::TimeSpan)
            }
            kind => ExprKind::Negate(Box::new(node(kind, operand.span))),
        };
        Some(node(kind, span))
    }

    /// An atom and what is taken out of it.
    pub(super) fn path(&mut self) -> Option<Expr> {
        let start = self.span();
        let before = self.measure();
        let base = self.atom()?;
        let mut steps = Vec::new();
        loop {
            if self.at_sign(".") && self.sign_ahead(1, "[") && !self.member_is_bracketed() {
                // `a.[0]` is `a[0]`
                self.bump();
                self.bump();
                let index = self.nested(Self::expression)?;
                self.expect_sign("]")?;
                steps.push(Step::Index(index));
            } else if self.take_sign(".") {
                let name = self.loose_name("a member name")?;
                let place =
                    matches!(&base.kind, ExprKind::Call { name, .. } if is_place(&name.text));
                steps.push(if place && self.take_sign("(") {
                    Step::Method(name, self.nested(|it| it.list(")", Self::argument))?)
                } else {
                    Step::Member(name)
                });
            } else if self.at_sign("[") && (self.touches(0) || !self.bracket_is_name()) {
                self.bump();
                let index = self.nested(Self::expression)?;
                self.expect_sign("]")?;
                steps.push(Step::Index(index));
            } else {
                break;
            }
            if steps.len() > MAX_STEPS {
                return self.too_deep(format!("a path of more than {MAX_STEPS} steps"));
            }
        }
        self.grow(before, 1 + steps.len())?;
        if steps.is_empty() {
            return Some(base);
        }
        let (base, steps) = match base.kind {
            ExprKind::Path { base, steps: mut before } => {
                before.append(&mut steps);
                (base, before)
            }
            kind => (Box::new(node(kind, base.span)), steps),
        };
        Some(node(ExprKind::Path { base, steps }, self.since(start)))
    }

    fn member_is_bracketed(&self) -> bool {
        matches!(self.ahead(2).kind, TokenKind::Text(_)) && self.sign_ahead(3, "]")
    }

    fn bracket_is_name(&self) -> bool {
        matches!(self.ahead(1).kind, TokenKind::Text(_)) && self.sign_ahead(3, "=")
    }

    fn atom(&mut self) -> Option<Expr> {
        let start = self.span();
        let kind = match self.kind() {
            TokenKind::Literal(value, ty) => {
                let kind = ExprKind::Literal(value.clone(), *ty);
                self.bump();
                kind
            }
            TokenKind::Text(text) => {
                let mut value = text.clone();
                self.bump();
                while let TokenKind::Text(more) = self.kind() {
                    value.push_str(more);
                    self.bump();
                }
                ExprKind::Literal(Value::String(value), Type::String)
            }
            TokenKind::Sign("(") => {
                self.bump();
                let inner = self.nested(Self::piped)?;
                self.expect_sign(")")?;
                return Some(inner);
            }
            TokenKind::Sign("*") => {
                self.bump();
                ExprKind::Star
            }
            TokenKind::Sign("[") => match self.bracketed_name() {
                Some(name) => return self.call_or_name(name),
                None => return self.expected("an expression"),
            },
            TokenKind::Word(word) if word.starts_with('!') => {
                return self.expected("an expression");
            }
            TokenKind::Word("dynamic") if self.sign_ahead(1, "(") => {
                self.bump();
                self.bump();
                let json = self.nested(Self::json)?;
                self.expect_sign(")")?;
                let value = if json.is_null() { Value::Null } else { Value::Dynamic(json) };
                ExprKind::Literal(value, Type::Dynamic)
            }
            TokenKind::Word("typeof") if self.sign_ahead(1, "(") => {
                self.bump();
                self.bump();
                let ty = self.type_name()?;
                self.expect_sign(")")?;
                ExprKind::TypeOf(ty)
            }
            TokenKind::Word("null") if !self.sign_ahead(1, "(") => {
                self.report(
                    Diagnostic::error(codes::EXPECTED, start, "a null needs its type")
                        .help("write `long(null)`, `datetime(null)` or the like"),
                );
                return None;
            }
            TokenKind::Word("not") if !self.sign_ahead(1, "(") => {
                self.report(
                    Diagnostic::error(codes::EXPECTED, start, "`not` is a function")
                        .help("write `not(...)`"),
                );
                return None;
            }
            TokenKind::Word(word)
                if is_reserved(word)
                    && matches!(
                        self.ahead(1).kind,
                        TokenKind::Literal(..) | TokenKind::Text(_)
                    ) =>
            {
                return self.expected("an expression");
            }
            TokenKind::Word(_) => {
                let name = self.name("an expression")?;
                return self.call_or_name(name);
            }
            _ => return self.expected("an expression"),
        };
        Some(node(kind, self.since(start)))
    }

    fn call_or_name(&mut self, name: Name) -> Option<Expr> {
        let span = name.span;
        if !self.take_sign("(") {
            return Some(node(ExprKind::Name(name.text), span));
        }
        let args = self.nested(|it| it.list(")", Self::argument))?;
        Some(node(ExprKind::Call { name, args }, self.since(span)))
    }

    pub(super) fn argument(&mut self) -> Option<Arg> {
        let name = if self.sign_ahead(1, "=") && self.word().is_some() {
            let name = self.loose_name("a parameter name")?;
            self.bump();
            Some(name)
        } else {
            None
        };
        Some(Arg { name, value: self.piped()? })
    }

    /// A span that is empty, right here.
    pub(super) fn here(&self) -> Span {
        let span = self.span();
        Span::new(span.start, span.start)
    }
}

/// How tightly operators bind, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Equality,
    Order,
    Sum,
    Product,
    /// Tighter than any.
    Above,
}

impl Level {
    fn tighter(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Equality,
            Self::Equality => Self::Order,
            Self::Order => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product | Self::Above => Self::Above,
        }
    }
}

/// True for functions that name a place whose tables and functions follow behind a dot.
fn is_place(name: &str) -> bool {
    matches!(name, "cluster" | "database" | "workspace" | "app" | "resource" | "adx" | "arg")
}

fn chained(word: &str) -> Option<BinaryOp> {
    Some(match word {
        "or" => BinaryOp::Or,
        "and" => BinaryOp::And,
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        "%" => BinaryOp::Modulo,
        _ => return None,
    })
}

/// A text operator: what it tests, whether it ignores case, whether it is the `!` form.
fn text_operator(word: &str) -> Option<(TextTest, bool, bool)> {
    let (negate, rest) = match word {
        "=~" => return Some((TextTest::Equals, true, false)),
        "!~" => return Some((TextTest::Equals, true, true)),
        ":" => return Some((TextTest::Has, true, false)),
        "matches" => return Some((TextTest::MatchesRegex, false, false)),
        "notcontains" => return Some((TextTest::Contains, true, true)),
        "notcontainscs" => return Some((TextTest::Contains, false, true)),
        "containscs" => return Some((TextTest::Contains, false, false)),
        _ => match word.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, word),
        },
    };
    let (fold, rest) = match rest.strip_suffix("_cs") {
        Some(rest) => (false, rest),
        None => (true, rest),
    };
    let test = match rest {
        "has" => TextTest::Has,
        "hasprefix" => TextTest::HasPrefix,
        "hassuffix" => TextTest::HasSuffix,
        "contains" => TextTest::Contains,
        "startswith" => TextTest::StartsWith,
        "endswith" => TextTest::EndsWith,
        _ => return None,
    };
    Some((test, fold, negate))
}
