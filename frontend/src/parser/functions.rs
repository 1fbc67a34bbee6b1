//! Functions and classes: definitions, parameters, type parameters.

use std::rc::Rc;

use super::{Failed, Parse, Parser};
use crate::ast::{Arg, Arguments, ClassDef, Expr, FunctionDef, Stmt, StmtKind, TypeParam, TypeParamKind};
use crate::errors::ErrorKind;
use crate::lexer::{Token, TokenKind};

/// How far a parameter list has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Positional,
    KeywordOnly,
    AfterKwarg,
}

impl Parser<'_> {
    /// `decorators` and the definition after them.
    pub(super) fn decorated(&mut self) -> Parse<Stmt> {
        let mut decorators = Vec::new();
        while self.eat(TokenKind::At) {
            decorators.push(self.named_expression()?);
            self.expect(TokenKind::Newline)?;
        }
        match self.kind() {
            TokenKind::Class => self.class_def(decorators),
            TokenKind::Def | TokenKind::Async => self.function_def(decorators),
            _ => Err(Failed),
        }
    }

    /// `function_def_raw`
    pub(super) fn function_def(&mut self, decorator_list: Vec<Expr>) -> Parse<Stmt> {
        let start = self.token();
        let is_async = self.eat(TokenKind::Async);
        let keyword = self.expect(TokenKind::Def)?;
        let (name, _) = self.expect_name()?;
        let type_params = self.type_params()?;
        self.expect_forced(TokenKind::LPar)?;
        let args = self.parameters(TokenKind::RPar)?;
        self.expect(TokenKind::RPar)?;
        let returns = self.attempt(|parser| {
            parser.expect(TokenKind::RArrow)?;
            parser.expression()
        })?;
        self.expect_forced(TokenKind::Colon)?;
        let type_comment = self.function_type_comment()?;
        let body = self.block("function definition", &keyword)?;
        if is_async {
            self.check_version(5, "Async functions are")?;
        }
        let def = FunctionDef { name, args, body, decorator_list, returns, type_comment, type_params };
        let def = Box::new(def);
        let kind = if is_async { StmtKind::AsyncFunctionDef(def) } else { StmtKind::FunctionDef(def) };
        Ok(self.stmt(&start, kind))
    }

    /// `func_type_comment`: on the line of the header or on a line of its own before the block, not on both.
    fn function_type_comment(&mut self) -> Parse<Option<Rc<str>>> {
        use TokenKind::{Indent, Newline, TypeComment};
        if self.at(TypeComment)
            && self.kind_at(1) == Newline
            && self.kind_at(2) == TypeComment
            && self.kind_at(3) == Newline
            && self.kind_at(4) == Indent
        {
            return self.raise_here(ErrorKind::SyntaxError, "Cannot have two type comments on def");
        }
        if self.at(Newline)
            && self.kind_at(1) == TypeComment
            && self.kind_at(2) == Newline
            && self.kind_at(3) == Indent
        {
            self.advance();
        }
        Ok(self.type_comment())
    }

    /// `class_def_raw`
    pub(super) fn class_def(&mut self, decorator_list: Vec<Expr>) -> Parse<Stmt> {
        let start = self.expect(TokenKind::Class)?;
        let (name, _) = self.expect_name()?;
        let type_params = self.type_params()?;
        let (bases, keywords) =
            if self.at(TokenKind::LPar) { self.class_arguments()? } else { Default::default() };
        self.header_colon()?;
        let body = self.block("class definition", &start)?;
        let def = ClassDef { name, bases, keywords, body, decorator_list, type_params };
        Ok(self.stmt(&start, StmtKind::ClassDef(Box::new(def))))
    }

    /// The bases in parentheses; unlike a call they can't be a bare generator expression.
    fn class_arguments(&mut self) -> Parse<super::atoms::Arguments> {
        self.expect(TokenKind::LPar)?;
        if self.eat(TokenKind::RPar) {
            return Ok(Default::default());
        }
        let arguments = self.attempt(|parser| {
            let arguments = parser.args(None)?;
            parser.eat(TokenKind::Comma);
            if parser.at(TokenKind::RPar) { Ok(arguments) } else { Err(Failed) }
        })?;
        let Some(arguments) = arguments else {
            if self.diagnosing {
                self.invalid_arguments()?;
            }
            return Err(Failed);
        };
        self.expect(TokenKind::RPar)?;
        Ok(arguments)
    }

    /// Parameters of a `def` (up to `)`) or of a `lambda` (up to `:`).
    pub(super) fn parameters(&mut self, end: TokenKind) -> Parse<Arguments> {
        if self.at(end) {
            return Ok(Arguments::default());
        }
        let mark = self.pos;
        if let Some(found) = self.attempt(|parser| parser.parameters_rule(end))? {
            return Ok(found);
        }
        if self.diagnosing {
            self.pos = mark;
            self.invalid_parameters(end)?;
            self.pos = mark;
        }
        Err(Failed)
    }

    fn parameters_rule(&mut self, end: TokenKind) -> Parse<Arguments> {
        let mut list = Arguments::default();
        let mut section = Section::Positional;
        let mut seen_slash = false;
        while !self.at(end) {
            if section == Section::AfterKwarg {
                return Err(Failed);
            }
            let first = self.kind();
            match first {
                TokenKind::Slash => {
                    if seen_slash || section != Section::Positional || list.args.is_empty() {
                        return Err(Failed);
                    }
                    self.advance();
                    seen_slash = true;
                    self.check_version(8, "Positional-only parameters are")?;
                    list.posonlyargs = std::mem::take(&mut list.args);
                }
                TokenKind::Star => {
                    if section != Section::Positional {
                        return Err(Failed);
                    }
                    self.advance();
                    section = Section::KeywordOnly;
                    if self.at(TokenKind::Comma) {
                        if self.kind_at(1) == end || self.kind_at(1) == TokenKind::DoubleStar {
                            return Err(Failed);
                        }
                    } else {
                        list.vararg = Some(Box::new(self.parameter(end, true)?));
                    }
                }
                TokenKind::DoubleStar => {
                    self.advance();
                    list.kwarg = Some(Box::new(self.parameter(end, false)?));
                    section = Section::AfterKwarg;
                }
                _ => self.plain_parameter(end, section, &mut list)?,
            }
            let is_last = self.at(end) || self.at(TokenKind::TypeComment) && self.kind_at(1) == end;
            if !is_last {
                self.expect(TokenKind::Comma)?;
            }
            if end == TokenKind::RPar
                && let Some(comment) = self.type_comment()
            {
                let last = match first {
                    TokenKind::Slash => None,
                    TokenKind::Star => list.vararg.as_deref_mut(),
                    TokenKind::DoubleStar => list.kwarg.as_deref_mut(),
                    _ if section == Section::KeywordOnly => list.kwonlyargs.last_mut(),
                    _ => list.args.last_mut(),
                };
                last.ok_or(Failed)?.type_comment = Some(comment);
            }
        }
        Ok(list)
    }

    fn plain_parameter(&mut self, end: TokenKind, section: Section, list: &mut Arguments) -> Parse<()> {
        let arg = self.parameter(end, false)?;
        let default = if self.eat(TokenKind::Equal) { Some(self.parameter_default(end)?) } else { None };
        if section == Section::KeywordOnly {
            list.kwonlyargs.push(arg);
            list.kw_defaults.push(default);
            return Ok(());
        }
        match default {
            Some(default) => list.defaults.push(default),
            None if !list.defaults.is_empty() => return Err(Failed),
            None => {}
        }
        list.args.push(arg);
        Ok(())
    }

    fn parameter_default(&mut self, end: TokenKind) -> Parse<Expr> {
        if self.diagnosing && (self.at(end) || self.at(TokenKind::Comma)) {
            let span = Parser::token_span(&self.tokens[self.pos - 1]);
            return self.raise_at(span, "expected default value expression");
        }
        self.expression()
    }

    /// A name with its annotation, if annotations are allowed.
    pub(super) fn parameter(&mut self, end: TokenKind, is_vararg: bool) -> Parse<Arg> {
        let (arg, start) = self.expect_name()?;
        let mut annotation = None;
        if end == TokenKind::RPar && self.eat(TokenKind::Colon) {
            let found = if is_vararg { self.star_expression()? } else { self.expression()? };
            annotation = Some(Box::new(found));
        }
        Ok(Arg { arg, annotation, type_comment: None, span: self.span_from(&start) })
    }

    /// `[type_params]`
    pub(super) fn type_params(&mut self) -> Parse<Vec<TypeParam>> {
        if !self.at(TokenKind::LSqb) {
            return Ok(Vec::new());
        }
        Ok(self.attempt(Parser::type_params_rule)?.unwrap_or_default())
    }

    fn type_params_rule(&mut self) -> Parse<Vec<TypeParam>> {
        self.advance();
        if self.diagnosing && self.at(TokenKind::RSqb) {
            let closing = self.token();
            self.raise_starting_from(&closing, "Type parameter list cannot be empty")?;
        }
        let mut params = vec![self.type_param()?];
        while self.eat(TokenKind::Comma) {
            if self.at(TokenKind::RSqb) {
                break;
            }
            params.push(self.type_param()?);
        }
        self.expect(TokenKind::RSqb)?;
        self.check_version(12, "Type parameter lists are")?;
        Ok(params)
    }

    fn type_param(&mut self) -> Parse<TypeParam> {
        let start = self.token();
        let kind = match start.kind {
            TokenKind::Star => {
                self.advance();
                let (name, _) = self.expect_name()?;
                self.invalid_bound("TypeVarTuple")?;
                let default_value = self.type_param_default(Parser::star_expression)?;
                TypeParamKind::TypeVarTuple { name, default_value }
            }
            TokenKind::DoubleStar => {
                self.advance();
                let (name, _) = self.expect_name()?;
                self.invalid_bound("ParamSpec")?;
                let default_value = self.type_param_default(Parser::expression)?;
                TypeParamKind::ParamSpec { name, default_value }
            }
            _ => {
                let (name, _) = self.expect_name()?;
                let bound =
                    if self.eat(TokenKind::Colon) { Some(Box::new(self.expression()?)) } else { None };
                let default_value = self.type_param_default(Parser::expression)?;
                TypeParamKind::TypeVar { name, bound, default_value }
            }
        };
        Ok(TypeParam { kind, span: self.span_from(&start) })
    }

    fn type_param_default(&mut self, rule: fn(&mut Self) -> Parse<Expr>) -> Parse<Option<Box<Expr>>> {
        if !self.eat(TokenKind::Equal) {
            return Ok(None);
        }
        let default = Box::new(rule(self)?);
        self.check_version(13, "Type parameter defaults are")?;
        Ok(Some(default))
    }

    /// `invalid_type_param`: only a `TypeVar` has a bound or constraints.
    fn invalid_bound(&mut self, what: &str) -> Parse<()> {
        if !self.diagnosing || !self.at(TokenKind::Colon) {
            return Ok(());
        }
        let colon: Token = self.advance();
        let bound = self.expression()?;
        let verb =
            if matches!(bound.kind, crate::ast::ExprKind::Tuple { .. }) { "constraints" } else { "bound" };
        self.raise_starting_from(&colon, &format!("cannot use {verb} with {what}"))
    }
}
