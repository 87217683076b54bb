//! Statements: `let`, `set`, `declare`, and the query itself.

use crate::{
    codes,
    types::{Column, Type},
};

use super::{
    parser::Parser,
    tree::{Function, LetValue, Name, Param, ParamType, Statement},
};

/// How many statements a query may have.
const MAX_STATEMENTS: usize = 2_000;

impl Parser<'_> {
    /// The whole text.
    pub(super) fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut wanted = true;
        while !self.at_end() {
            if statements.len() >= MAX_STATEMENTS {
                let message = format!("more than {MAX_STATEMENTS} statements");
                self.error::<()>(codes::TOO_MANY, self.span(), message);
                return statements;
            }
            if !wanted && self.at_sign(";") {
                self.bump();
                wanted = true;
                continue;
            }
            if !wanted {
                self.expected::<()>("`;` or `|`");
                self.skip_statement();
                self.take_closers();
                continue;
            }
            let given = self.given_name();
            if let Some(statement) = self.statement() {
                statements.push(statement);
            } else {
                let broken = |name| Statement::Let { name, value: LetValue::Broken };
                statements.extend(given.map(broken));
                self.skip_statement();
                self.take_closers();
            }
            wanted = false;
        }
        if statements.is_empty() && !self.has_errors() {
            self.error::<()>(codes::EMPTY, self.span(), "there is no query in the text");
        }
        statements
    }

    /// The name that a `let` here gives.
    fn given_name(&self) -> Option<Name> {
        let text = self.word_ahead(1).filter(|_| self.at_word("let"))?.to_owned();
        Some(Name { text, span: self.ahead(1).span })
    }

    /// Gets past closing signs that nothing opened.
    fn take_closers(&mut self) {
        while self.at_sign("}") || self.at_sign(")") || self.at_sign("]") {
            self.bump();
        }
    }

    fn statement(&mut self) -> Option<Statement> {
        match self.word() {
            Some("let") => {
                self.bump();
                self.let_statement()
            }
            Some("set") if self.word_ahead(1).is_some() => {
                self.bump();
                let name = self.loose_name("an option")?;
                if self.take_sign("=") {
                    self.expression()?;
                }
                Some(Statement::Set { name })
            }
            Some("declare") if self.word_ahead(1) == Some("query_parameters") => {
                self.bump();
                self.bump();
                self.expect_sign("(")?;
                Some(Statement::Declare { params: self.list(")", Self::param)? })
            }
            Some("declare") if self.word_ahead(1) == Some("pattern") => {
                self.bump();
                self.bump();
                self.pattern_statement().map(Statement::Pattern)
            }
            Some("restrict") if self.word_ahead(1) == Some("access") => {
                self.bump();
                self.bump();
                self.expect_word("to")?;
                self.expect_sign("(")?;
                Some(Statement::Restrict { tables: self.list(")", Self::union_table)? })
            }
            Some("alias") if self.word_ahead(1) == Some("database") => {
                self.bump();
                self.bump();
                let name = self.loose_name("a name")?;
                self.expect_sign("=")?;
                self.path()?;
                Some(Statement::Alias { name })
            }
            _ => self.piped().map(Statement::Expr),
        }
    }

    fn let_statement(&mut self) -> Option<Statement> {
        let name = self.name("a name")?;
        self.expect_sign("=")?;
        let value = if self.at_function() {
            LetValue::Function(self.nested(Self::function)?)
        } else {
            LetValue::Expr(self.piped()?)
        };
        Some(Statement::Let { name, value })
    }

    /// True before `(a: long)`, `()`, `view () {`.
    fn at_function(&self) -> bool {
        let from = usize::from(self.at_word("view") && self.sign_ahead(1, "("));
        self.sign_ahead(from, "(")
            && (self.sign_ahead(from + 1, ")")
                || self.sign_ahead(from + 2, ":")
                || (self.sign_ahead(from + 1, "[") && self.sign_ahead(from + 4, ":")))
    }

    fn function(&mut self) -> Option<Function> {
        let start = self.span();
        let view = self.take_word("view");
        self.expect_sign("(")?;
        let params = self.list(")", Self::param)?;
        self.expect_sign("{")?;
        let body = self.block()?;
        Some(Function { params, body, view, span: self.since(start) })
    }

    /// Statements up to the closing brace.
    pub(super) fn block(&mut self) -> Option<Vec<Statement>> {
        let mut body = Vec::new();
        while !self.take_sign("}") {
            body.push(self.statement()?);
            if !self.take_sign(";") && !self.at_sign("}") {
                return self.expected("`;` or `}`");
            }
        }
        Some(body)
    }

    pub(super) fn param(&mut self) -> Option<Param> {
        let name = self.name("a parameter name")?;
        self.expect_sign(":")?;
        let ty = if self.take_sign("(") {
            if self.take_sign("*") {
                self.expect_sign(")")?;
                ParamType::Table(None)
            } else {
                ParamType::Table(Some(self.list(")", Self::column)?))
            }
        } else {
            ParamType::Scalar(self.type_name()?)
        };
        let default = if self.take_sign("=") { Some(self.expression()?) } else { None };
        Some(Param { name, ty, default })
    }

    /// `name: type`.
    pub(super) fn column(&mut self) -> Option<Column> {
        let name = self.loose_name("a column name")?;
        self.expect_sign(":")?;
        Some(Column::new(name.text, self.type_name()?))
    }

    /// The name of a type.
    pub(super) fn type_name(&mut self) -> Option<Type> {
        match self.word().and_then(Type::parse) {
            Some(ty) => {
                self.bump();
                Some(ty)
            }
            None => self.expected("a type such as `string` or `long`"),
        }
    }
}
