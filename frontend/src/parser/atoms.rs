//! Atoms: names, literals, displays and comprehensions in brackets; and the arguments of calls.

use ir::code::Const;

use super::{Failed, Parse, Parser};
use crate::ast::{Comprehension, Expr, ExprContext, ExprKind, Keyword};
use crate::lexer::{Token, TokenKind};

pub(super) type Arguments = (Vec<Expr>, Vec<Keyword>);

impl Parser<'_> {
    /// `atom`
    pub(super) fn atom(&mut self) -> Parse<Expr> {
        match self.kind() {
            TokenKind::Name => {
                let token = self.advance();
                let id = self.identifier(&token);
                let kind = ExprKind::Name { id, ctx: ExprContext::Load };
                Ok(Expr { kind, span: Parser::token_span(&token) })
            }
            TokenKind::Number => self.number(),
            TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart => self.strings(),
            TokenKind::LPar => self.parenthesized(),
            TokenKind::LSqb => self.list_or_comprehension(),
            TokenKind::LBrace => self.dict_or_set(),
            TokenKind::True => Ok(self.constant(Const::True)),
            TokenKind::False => Ok(self.constant(Const::False)),
            TokenKind::None => Ok(self.constant(Const::None)),
            TokenKind::Ellipsis => Ok(self.constant(Const::Ellipsis)),
            _ => Err(Failed),
        }
    }

    fn constant(&mut self, value: Const) -> Expr {
        let token = self.advance();
        Expr { kind: ExprKind::Constant { value, kind: None }, span: Parser::token_span(&token) }
    }

    /// `tuple | group | genexp`
    fn parenthesized(&mut self) -> Parse<Expr> {
        let mark = self.pos;
        let found = self.attempt(Parser::parenthesized_rule)?;
        if let Some(found) = found {
            return Ok(found);
        }
        if self.diagnosing {
            self.pos = mark;
            self.invalid_group()?;
            self.invalid_comprehension()?;
        }
        Err(Failed)
    }

    fn parenthesized_rule(&mut self) -> Parse<Expr> {
        let start = self.expect(TokenKind::LPar)?;
        if self.eat(TokenKind::RPar) {
            return Ok(self.expr(&start, ExprKind::Tuple { elts: Vec::new(), ctx: ExprContext::Load }));
        }
        if self.at(TokenKind::Yield) {
            let inner = self.yield_expr()?;
            self.expect(TokenKind::RPar)?;
            return Ok(inner);
        }
        let first = self.star_named_expression()?;
        let is_starred = matches!(first.kind, ExprKind::Starred { .. });
        match self.kind() {
            TokenKind::RPar if !is_starred => {
                self.advance();
                Ok(first)
            }
            TokenKind::Comma => {
                let elts = self.comma_separated(first, Parser::star_named_expression)?;
                self.expect(TokenKind::RPar)?;
                Ok(self.expr(&start, ExprKind::Tuple { elts, ctx: ExprContext::Load }))
            }
            TokenKind::For | TokenKind::Async if !is_starred => {
                let generators = self.for_if_clauses()?;
                self.expect(TokenKind::RPar)?;
                Ok(self.expr(&start, ExprKind::GeneratorExp { elt: Box::new(first), generators }))
            }
            _ => Err(Failed),
        }
    }

    fn list_or_comprehension(&mut self) -> Parse<Expr> {
        let mark = self.pos;
        if let Some(found) = self.attempt(Parser::list_rule)? {
            return Ok(found);
        }
        if self.diagnosing {
            self.pos = mark;
            self.invalid_comprehension()?;
        }
        Err(Failed)
    }

    fn list_rule(&mut self) -> Parse<Expr> {
        let start = self.expect(TokenKind::LSqb)?;
        if self.eat(TokenKind::RSqb) {
            return Ok(self.expr(&start, ExprKind::List { elts: Vec::new(), ctx: ExprContext::Load }));
        }
        let first = self.star_named_expression()?;
        if self.starts_comprehension() && !matches!(first.kind, ExprKind::Starred { .. }) {
            let generators = self.for_if_clauses()?;
            self.expect(TokenKind::RSqb)?;
            return Ok(self.expr(&start, ExprKind::ListComp { elt: Box::new(first), generators }));
        }
        let elts = self.comma_separated(first, Parser::star_named_expression)?;
        self.expect(TokenKind::RSqb)?;
        Ok(self.expr(&start, ExprKind::List { elts, ctx: ExprContext::Load }))
    }

    fn starts_comprehension(&self) -> bool {
        matches!(self.kind(), TokenKind::For | TokenKind::Async)
    }

    /// `dict | set | dictcomp | setcomp`
    fn dict_or_set(&mut self) -> Parse<Expr> {
        let mark = self.pos;
        if let Some(found) = self.attempt(Parser::dict_or_set_rule)? {
            return Ok(found);
        }
        if self.is_second_pass {
            self.pos = mark;
            self.invalid_key_value_pairs()?;
        }
        if self.diagnosing {
            self.invalid_dict_or_set()?;
        }
        Err(Failed)
    }

    fn dict_or_set_rule(&mut self) -> Parse<Expr> {
        let start = self.expect(TokenKind::LBrace)?;
        if self.eat(TokenKind::RBrace) {
            return Ok(self.expr(&start, ExprKind::Dict { keys: Vec::new(), values: Vec::new() }));
        }
        if self.at(TokenKind::DoubleStar) {
            return self.dict_rest(&start, Vec::new(), Vec::new());
        }
        // A key is an `expression`: a set element may be more, and then no colon may follow.
        let first = self.star_named_expression()?;
        if self.at(TokenKind::Colon) && !self.is_bare_walrus_or_star(&first) {
            self.advance();
            let value = self.expression()?;
            if self.starts_comprehension() {
                let generators = self.for_if_clauses()?;
                self.expect(TokenKind::RBrace)?;
                let (key, value) = (Box::new(first), Box::new(value));
                return Ok(self.expr(&start, ExprKind::DictComp { key, value, generators }));
            }
            return self.dict_rest(&start, vec![Some(first)], vec![value]);
        }
        if self.starts_comprehension() && !matches!(first.kind, ExprKind::Starred { .. }) {
            let generators = self.for_if_clauses()?;
            self.expect(TokenKind::RBrace)?;
            return Ok(self.expr(&start, ExprKind::SetComp { elt: Box::new(first), generators }));
        }
        let elts = self.comma_separated(first, Parser::star_named_expression)?;
        self.expect(TokenKind::RBrace)?;
        Ok(self.expr(&start, ExprKind::Set { elts }))
    }

    fn is_bare_walrus_or_star(&self, first: &Expr) -> bool {
        let last = &self.tokens[self.pos - 1];
        let is_bare =
            (first.span.end_lineno, first.span.end_col_offset) == (last.end_lineno, last.end_col_offset);
        match first.kind {
            ExprKind::Starred { .. } => true,
            ExprKind::NamedExpr { .. } => is_bare,
            _ => false,
        }
    }

    /// The key-value pairs after those given, up to the closing brace.
    fn dict_rest(
        &mut self,
        start: &Token,
        mut keys: Vec<Option<Expr>>,
        mut values: Vec<Expr>,
    ) -> Parse<Expr> {
        if !keys.is_empty() && !self.at(TokenKind::RBrace) {
            self.expect(TokenKind::Comma)?;
        }
        while !self.at(TokenKind::RBrace) {
            let (key, value) = self.double_starred_kvpair()?;
            keys.push(key);
            values.push(value);
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect(TokenKind::RBrace)?;
        Ok(self.expr(start, ExprKind::Dict { keys, values }))
    }

    /// `double_starred_kvpair`
    pub(super) fn double_starred_kvpair(&mut self) -> Parse<(Option<Expr>, Expr)> {
        if self.eat(TokenKind::DoubleStar) {
            return Ok((None, self.bitwise_or()?));
        }
        let key = self.expression()?;
        self.expect(TokenKind::Colon)?;
        Ok((Some(key), self.expression()?))
    }

    /// `for_if_clauses`
    pub(super) fn for_if_clauses(&mut self) -> Parse<Vec<Comprehension>> {
        let mut generators = vec![self.for_if_clause()?];
        while self.starts_comprehension() {
            match self.attempt(Parser::for_if_clause)? {
                Some(next) => generators.push(next),
                None => break,
            }
        }
        Ok(generators)
    }

    fn for_if_clause(&mut self) -> Parse<Comprehension> {
        let mark = self.pos;
        if let Some(found) = self.attempt(Parser::for_if_clause_rule)? {
            return Ok(found);
        }
        if self.diagnosing {
            self.pos = mark;
            self.invalid_for_if_clause()?;
            self.invalid_for_target()?;
        }
        Err(Failed)
    }

    fn for_if_clause_rule(&mut self) -> Parse<Comprehension> {
        let is_async = self.eat(TokenKind::Async);
        self.expect(TokenKind::For)?;
        let target = self.star_targets()?;
        self.expect(TokenKind::In)?;
        let iter = self.disjunction()?;
        let mut ifs = Vec::new();
        while self.at(TokenKind::If) {
            let condition = self.attempt(|parser| {
                parser.advance();
                parser.disjunction()
            })?;
            match condition {
                Some(condition) => ifs.push(condition),
                None => break,
            }
        }
        if is_async {
            self.check_version(6, "Async comprehensions are")?;
        }
        Ok(Comprehension { target, iter, ifs, is_async })
    }

    /// `'(' [arguments] ')'`, or a generator expression as the only argument.
    pub(super) fn call_arguments(&mut self) -> Parse<Arguments> {
        let open = self.expect(TokenKind::LPar)?;
        if self.eat(TokenKind::RPar) {
            return Ok(Default::default());
        }
        if self.diagnosing {
            return self.call_arguments_diagnosing(&open);
        }
        let arguments = self.args(Some(&open))?;
        self.eat(TokenKind::Comma);
        self.expect(TokenKind::RPar)?;
        Ok(arguments)
    }

    fn call_arguments_diagnosing(&mut self, open: &Token) -> Parse<Arguments> {
        let generator = self.attempt(|parser| {
            let elt = parser.expression_or_assignment()?;
            let generators = parser.for_if_clauses()?;
            parser.expect(TokenKind::RPar)?;
            Ok(parser.expr(open, ExprKind::GeneratorExp { elt: Box::new(elt), generators }))
        })?;
        if let Some(generator) = generator {
            return Ok((vec![generator], Vec::new()));
        }
        let mark = self.pos;
        self.pos -= 1;
        self.invalid_comprehension()?;
        self.pos = mark;
        let arguments = self.attempt(|parser| {
            let arguments = parser.args(None)?;
            parser.eat(TokenKind::Comma);
            if parser.at(TokenKind::RPar) { Ok(arguments) } else { Err(Failed) }
        })?;
        let Some(arguments) = arguments else {
            self.invalid_arguments()?;
            return Err(Failed);
        };
        self.expect(TokenKind::RPar)?;
        Ok(arguments)
    }

    /// `args`. With `open`, a generator expression may be the only argument (it includes the brackets).
    pub(super) fn args(&mut self, open: Option<&Token>) -> Parse<Arguments> {
        let (mut args, mut keywords) = (Vec::new(), Vec::new());
        let mut only_double_star = false;
        loop {
            let mark = self.pos;
            let read =
                self.attempt(|parser| parser.argument(&mut args, &mut keywords, &mut only_double_star))?;
            if read.is_none() {
                // The comma before it may be the one at the end.
                if args.is_empty() && keywords.is_empty() {
                    return Err(Failed);
                }
                self.pos = mark - 1;
                return Ok((args, keywords));
            }
            if let Some(open) = open
                && args.len() == 1
                && keywords.is_empty()
                && self.starts_comprehension()
                && let Some(elt) = args.pop()
            {
                if matches!(elt.kind, ExprKind::Starred { .. }) {
                    return Err(Failed);
                }
                let generators = self.for_if_clauses()?;
                if !self.at(TokenKind::RPar) {
                    return Err(Failed);
                }
                let closing = Parser::token_span(&self.token());
                let span = Parser::token_span(open).to(closing);
                args.push(Expr { kind: ExprKind::GeneratorExp { elt: Box::new(elt), generators }, span });
                return Ok((args, keywords));
            }
            if !self.at(TokenKind::Comma) || self.kind_at(1) == TokenKind::RPar {
                return Ok((args, keywords));
            }
            self.advance();
        }
    }

    fn argument(
        &mut self,
        args: &mut Vec<Expr>,
        keywords: &mut Vec<Keyword>,
        only_double_star: &mut bool,
    ) -> Parse<()> {
        match self.kind() {
            TokenKind::Star if !*only_double_star => {
                args.push(self.starred_expression()?);
            }
            TokenKind::DoubleStar => {
                let start = self.advance();
                let value = self.expression()?;
                if self.diagnosing && self.at(TokenKind::Equal) {
                    self.invalid_double_starred_kwarg(&start)?;
                }
                *only_double_star = true;
                keywords.push(Keyword { arg: None, value, span: self.span_from(&start) });
            }
            TokenKind::Name if self.kind_at(1) == TokenKind::Equal => {
                if self.diagnosing {
                    self.invalid_kwarg()?;
                }
                let (name, start) = self.expect_name()?;
                self.advance();
                let value = self.expression()?;
                keywords.push(Keyword { arg: Some(name), value, span: self.span_from(&start) });
            }
            _ => {
                if !keywords.is_empty() {
                    if self.diagnosing {
                        self.invalid_kwarg()?;
                    }
                    return Err(Failed);
                }
                let mark = self.pos;
                let value = self.expression_or_assignment()?;
                if self.at(TokenKind::Equal) {
                    if self.diagnosing {
                        self.pos = mark;
                        self.invalid_kwarg()?;
                    }
                    return Err(Failed);
                }
                args.push(value);
            }
        }
        Ok(())
    }
}
