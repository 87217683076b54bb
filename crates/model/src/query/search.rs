//! `$search`: words and phrases, and what they mean as a condition.
//!
//! A word or phrase holds when some text property of the entity contains it, whatever its case.
//! Words beside each other must all hold; `AND`, `OR`, `NOT` and parentheses do as they say.

use super::{Filter, Literal, MAX_DEPTH, Operand, PropertyPath, QueryError, TextOp};
use crate::{
    edm::{Primitive, Ty, TypeId},
    model::Model,
};

/// The most words and phrases in one search.
const MOST_WORDS: usize = 32;
/// The option, for messages.
const NAME: &str = "$search";

/// A search as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// A word or a phrase.
    Words(String),
    /// All hold.
    And(Vec<Search>),
    /// At least one holds.
    Or(Vec<Search>),
    /// It does not hold.
    Not(Box<Search>),
}

impl Search {
    /// Reads the value of the option.
    pub fn parse(text: &str) -> Result<Search, QueryError> {
        let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0 };
        let search = parser.or()?;
        match parser.tokens.get(parser.next) {
            None => Ok(search),
            Some(_) => Err(bad("a parenthesis is not open")),
        }
    }

    /// The condition on entities of a type.
    pub fn condition(&self, model: &Model, ty: TypeId) -> Filter {
        match self {
            Search::Words(words) => anywhere(model, ty, words),
            Search::And(list) => {
                Filter::And(list.iter().map(|it| it.condition(model, ty)).collect())
            }
            Search::Or(list) => Filter::Or(list.iter().map(|it| it.condition(model, ty)).collect()),
            Search::Not(inner) => Filter::Not(Box::new(inner.condition(model, ty))),
        }
    }
}

/// Some text property contains the words.
fn anywhere(model: &Model, ty: TypeId, words: &str) -> Filter {
    let text = Ty::Primitive(Primitive::String);
    let needle = || Operand::Literal(Literal::Text(words.to_lowercase()));
    let contains = |path: PropertyPath| Filter::Text {
        op: TextOp::Contains,
        haystack: Operand::Lower(Box::new(Operand::Path(path))),
        needle: needle(),
    };
    let texts = model.ty(ty).properties.iter().filter(|it| it.ty.ty == text);
    let mut list: Vec<Filter> = texts
        .map(|property| {
            let path = PropertyPath::new(&[&property.name], text);
            if !property.ty.collection {
                return contains(path);
            }
            let element =
                PropertyPath { var: Some("it".to_owned()), ..PropertyPath::new(&[], text) };
            Filter::Any {
                path: PropertyPath { collection: true, ..path },
                var: "it".to_owned(),
                body: Some(Box::new(contains(element))),
            }
        })
        .collect();
    match list.len() {
        0 => {
            Filter::In { operand: Operand::Path(PropertyPath::new(&["id"], text)), values: vec![] }
        }
        1 => list.remove(0),
        _ => Filter::Or(list),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Word(String),
    Phrase(String),
}

fn bad(reason: &str) -> QueryError {
    QueryError::BadValue { name: NAME, reason: reason.to_owned() }
}

fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut out = Vec::new();
    let mut words = 0;
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, tail) = match first {
            '(' => (Token::Open, &rest[1..]),
            ')' => (Token::Close, &rest[1..]),
            '"' => {
                let (phrase, tail) = phrase(&rest[1..])?;
                (Token::Phrase(phrase), tail)
            }
            _ => {
                let end = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"');
                let (word, tail) = rest.split_at(rest.find(end).unwrap_or(rest.len()));
                (Token::Word(word.to_owned()), tail)
            }
        };
        if matches!(token, Token::Word(_) | Token::Phrase(_)) {
            words += 1;
        }
        if words > MOST_WORDS || out.len() > 4 * MOST_WORDS {
            return Err(QueryError::TooMuch { what: "the words of $search", max: MOST_WORDS });
        }
        out.push(token);
        rest = tail.trim_start();
    }
    if words == 0 {
        return Err(bad("it is empty"));
    }
    Ok(out)
}

/// The text up to the closing quote; a backslash keeps a quote or a backslash inside.
fn phrase(text: &str) -> Result<(String, &str), QueryError> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &text[at + 1..])),
            '\\' => out.extend(chars.next().map(|(_, c)| c)),
            _ => out.push(c),
        }
    }
    Err(bad("a quote is not closed"))
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(it)) if it == word);
        self.next += usize::from(found);
        found
    }

    fn or(&mut self) -> Result<Search, QueryError> {
        let mut list = vec![self.and()?];
        while self.eat_word("OR") {
            list.push(self.and()?);
        }
        Ok(if list.len() == 1 { list.remove(0) } else { Search::Or(list) })
    }

    fn and(&mut self) -> Result<Search, QueryError> {
        let mut list = vec![self.not()?];
        loop {
            let said = self.eat_word("AND");
            match self.peek() {
                Some(Token::Word(word)) if word == "OR" && !said => break,
                Some(Token::Word(_) | Token::Phrase(_) | Token::Open) => list.push(self.not()?),
                _ if said => return Err(bad("AND needs something on both sides")),
                _ => break,
            }
        }
        Ok(if list.len() == 1 { list.remove(0) } else { Search::And(list) })
    }

    fn not(&mut self) -> Result<Search, QueryError> {
        if self.depth > MAX_DEPTH {
            return Err(QueryError::TooMuch { what: "the nesting of $search", max: MAX_DEPTH });
        }
        if self.eat_word("NOT") {
            self.depth += 1;
            let inner = self.not()?;
            self.depth -= 1;
            return Ok(Search::Not(Box::new(inner)));
        }
        let token = self.peek().cloned();
        self.next += 1;
        match token {
            Some(Token::Phrase(text)) => Ok(Search::Words(text)),
            Some(Token::Word(text)) if text != "AND" && text != "OR" => Ok(Search::Words(text)),
            Some(Token::Open) => {
                self.depth += 1;
                let inner = self.or()?;
                self.depth -= 1;
                match self.peek() {
                    Some(Token::Close) => self.next += 1,
                    _ => return Err(bad("a parenthesis is not closed")),
                }
                Ok(inner)
            }
            _ => Err(bad("a word or a phrase is missing")),
        }
    }
}
