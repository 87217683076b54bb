//! From tokens to a tree, names not yet looked up.

use super::{
    CompareOp, MAX_DEPTH, MAX_NODES, QueryError,
    lex::{self, Token, TokenKind},
};
use crate::text::short;

/// An expression and where it starts, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expr {
    pub at: usize,
    pub kind: ExprKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ExprKind {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    Has(Box<Expr>, Box<Expr>),
    In(Box<Expr>, Vec<Expr>),
    Call(String, Vec<Expr>),
    Path(Vec<Segment>),
    Lambda { path: Vec<Segment>, all: bool, var: String, body: Option<Box<Expr>> },
    Literal(Raw),
}

/// One name of a path and where it stands, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Segment {
    pub at: usize,
    pub name: String,
}

/// A constant as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Null,
    Bool(bool),
    Text(String),
    Typed(String, String),
    Bare(String),
}

/// Parses a whole `$filter`.
pub(super) fn filter(option: &'static str, text: &str) -> Result<Expr, QueryError> {
    let mut parser = Parser::new(option, text)?;
    let expr = parser.or()?;
    parser.end()?;
    Ok(expr)
}

/// Parses a whole `$orderby`: paths, each with the direction (descending?).
pub(super) fn order(
    option: &'static str,
    text: &str,
) -> Result<Vec<(Vec<Segment>, bool)>, QueryError> {
    let mut parser = Parser::new(option, text)?;
    let mut keys = Vec::new();
    loop {
        let path = parser.path()?;
        let desc = if parser.eat_word("desc") {
            true
        } else {
            parser.eat_word("asc");
            false
        };
        keys.push((path, desc));
        if !parser.eat(&TokenKind::Comma) {
            break;
        }
    }
    parser.end()?;
    Ok(keys)
}

struct Parser<'t> {
    option: &'static str,
    text: &'t str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    nodes: usize,
}

impl<'t> Parser<'t> {
    fn new(option: &'static str, text: &'t str) -> Result<Self, QueryError> {
        let tokens = lex::tokens(option, text)?;
        Ok(Parser { option, text, tokens, next: 0, depth: 0, nodes: 0 })
    }

    /// The next token. The last one is the end, and nothing steps over that.
    fn peek(&self) -> &Token {
        &self.tokens[self.next]
    }

    fn eat(&mut self, kind: &TokenKind) -> bool {
        let found = self.peek().kind == *kind;
        if found {
            self.next += 1;
        }
        found
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.peek().kind, TokenKind::Word(it) if it.eq_ignore_ascii_case(word))
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.next += 1;
        }
        found
    }

    fn error(&self, at: usize, reason: impl Into<String>) -> QueryError {
        lex::syntax(self.option, self.text, at, reason)
    }

    fn unexpected(&self, expected: &str) -> QueryError {
        let token = self.peek();
        let found = match &token.kind {
            TokenKind::End => "the text ends".to_owned(),
            TokenKind::Word(it) | TokenKind::Bare(it) => format!("found '{}'", short(it)),
            TokenKind::Text(_) | TokenKind::Typed(..) => "found quoted text".to_owned(),
            TokenKind::Slash => "found '/'".to_owned(),
            TokenKind::Open => "found '('".to_owned(),
            TokenKind::Close => "found ')'".to_owned(),
            TokenKind::Comma => "found ','".to_owned(),
            TokenKind::Colon => "found ':'".to_owned(),
        };
        self.error(token.at, format!("expected {expected}, {found}"))
    }

    fn expect(&mut self, kind: &TokenKind, what: &str) -> Result<(), QueryError> {
        if self.eat(kind) { Ok(()) } else { Err(self.unexpected(what)) }
    }

    fn end(&self) -> Result<(), QueryError> {
        match self.peek().kind {
            TokenKind::End => Ok(()),
            _ => Err(self.unexpected("an operator or the end")),
        }
    }

    fn node(&mut self, at: usize, kind: ExprKind) -> Result<Expr, QueryError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(QueryError::TooMuch { what: "the size of $filter", max: MAX_NODES });
        }
        Ok(Expr { at, kind })
    }

    fn deeper<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        if self.depth == MAX_DEPTH {
            return Err(QueryError::TooMuch { what: "the nesting of $filter", max: MAX_DEPTH });
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn or(&mut self) -> Result<Expr, QueryError> {
        let first = self.and()?;
        if !self.is_word("or") {
            return Ok(first);
        }
        let at = first.at;
        let mut list = vec![first];
        while self.eat_word("or") {
            list.push(self.and()?);
        }
        self.node(at, ExprKind::Or(list))
    }

    fn and(&mut self) -> Result<Expr, QueryError> {
        let first = self.comparison()?;
        if !self.is_word("and") {
            return Ok(first);
        }
        let at = first.at;
        let mut list = vec![first];
        while self.eat_word("and") {
            list.push(self.comparison()?);
        }
        self.node(at, ExprKind::And(list))
    }

    fn comparison(&mut self) -> Result<Expr, QueryError> {
        let at = self.peek().at;
        if self.is_word("not") {
            self.next += 1;
            let inner = self.deeper(Self::comparison)?;
            return self.node(at, ExprKind::Not(Box::new(inner)));
        }
        let left = self.value()?;
        let TokenKind::Word(word) = &self.peek().kind else { return Ok(left) };
        let op = match word.to_ascii_lowercase().as_str() {
            "eq" => CompareOp::Eq,
            "ne" => CompareOp::Ne,
            "gt" => CompareOp::Gt,
            "ge" => CompareOp::Ge,
            "lt" => CompareOp::Lt,
            "le" => CompareOp::Le,
            "has" => {
                self.next += 1;
                let right = self.value()?;
                return self.node(at, ExprKind::Has(Box::new(left), Box::new(right)));
            }
            "in" => {
                self.next += 1;
                return self.list(at, left);
            }
            _ => return Ok(left),
        };
        self.next += 1;
        let right = self.value()?;
        self.node(at, ExprKind::Compare(op, Box::new(left), Box::new(right)))
    }

    fn list(&mut self, at: usize, left: Expr) -> Result<Expr, QueryError> {
        self.expect(&TokenKind::Open, "'(' after in")?;
        let mut items = Vec::new();
        if !self.eat(&TokenKind::Close) {
            loop {
                items.push(self.value()?);
                if self.eat(&TokenKind::Close) {
                    break;
                }
                self.expect(&TokenKind::Comma, "',' or ')'")?;
            }
        }
        self.node(at, ExprKind::In(Box::new(left), items))
    }

    fn value(&mut self) -> Result<Expr, QueryError> {
        let token = self.peek().clone();
        let raw = match token.kind {
            TokenKind::Open => {
                self.next += 1;
                let inner = self.deeper(Self::or)?;
                self.expect(&TokenKind::Close, "')'")?;
                return Ok(inner);
            }
            TokenKind::Word(word) => return self.word(token.at, &word),
            TokenKind::Text(text) => Raw::Text(text),
            TokenKind::Typed(prefix, text) => Raw::Typed(prefix, text),
            TokenKind::Bare(text) => Raw::Bare(text),
            TokenKind::Slash
            | TokenKind::Close
            | TokenKind::Comma
            | TokenKind::Colon
            | TokenKind::End => return Err(self.unexpected("a property or a value")),
        };
        self.next += 1;
        self.node(token.at, ExprKind::Literal(raw))
    }

    /// What starts with a name: a word literal, a call, a path or a lambda.
    fn word(&mut self, at: usize, word: &str) -> Result<Expr, QueryError> {
        let after = self.tokens.get(self.next + 1).map(|it| &it.kind);
        let literal = match word.to_ascii_lowercase().as_str() {
            "null" => Some(Raw::Null),
            "true" => Some(Raw::Bool(true)),
            "false" => Some(Raw::Bool(false)),
            _ => None,
        };
        if let Some(literal) = literal
            && after != Some(&TokenKind::Slash)
        {
            self.next += 1;
            return self.node(at, ExprKind::Literal(literal));
        }
        if after == Some(&TokenKind::Open) {
            self.next += 2;
            let args = self.deeper(Self::arguments)?;
            return self.node(at, ExprKind::Call(word.to_owned(), args));
        }

        let mut path = self.path()?;
        let all = match path.last() {
            Some(last) if last.name.eq_ignore_ascii_case("any") => false,
            Some(last) if last.name.eq_ignore_ascii_case("all") => true,
            _ => return self.node(at, ExprKind::Path(path)),
        };
        if !self.eat(&TokenKind::Open) {
            return self.node(at, ExprKind::Path(path));
        }
        path.pop();
        if self.eat(&TokenKind::Close) {
            if all {
                return Err(self.error(at, "all needs a condition"));
            }
            let kind = ExprKind::Lambda { path, all, var: String::new(), body: None };
            return self.node(at, kind);
        }
        let TokenKind::Word(var) = self.peek().kind.clone() else {
            return Err(self.unexpected("a variable name"));
        };
        self.next += 1;
        self.expect(&TokenKind::Colon, "':' after the variable name")?;
        let body = self.deeper(Self::or)?;
        self.expect(&TokenKind::Close, "')'")?;
        self.node(at, ExprKind::Lambda { path, all, var, body: Some(Box::new(body)) })
    }

    fn arguments(&mut self) -> Result<Vec<Expr>, QueryError> {
        let mut args = Vec::new();
        if self.eat(&TokenKind::Close) {
            return Ok(args);
        }
        loop {
            args.push(self.or()?);
            if self.eat(&TokenKind::Close) {
                return Ok(args);
            }
            self.expect(&TokenKind::Comma, "',' or ')'")?;
        }
    }

    fn path(&mut self) -> Result<Vec<Segment>, QueryError> {
        let mut path = Vec::new();
        loop {
            match self.peek().kind.clone() {
                TokenKind::Word(name) => path.push(Segment { at: self.peek().at, name }),
                _ => return Err(self.unexpected("a property name")),
            }
            self.next += 1;
            if path.len() > MAX_DEPTH {
                return Err(QueryError::TooMuch { what: "the length of a path", max: MAX_DEPTH });
            }
            if !self.eat(&TokenKind::Slash) {
                return Ok(path);
            }
        }
    }
}
