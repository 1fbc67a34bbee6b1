//! The alternatives for invalid programs: they run in the second pass only and raise the messages
//! that say more than "invalid syntax".
//!
//! A method named `invalid_x` belongs to the rule `x`. It leaves the position as it was if it finds
//! nothing to complain about, and it is called where the grammar tries it, since the first complaint
//! wins.

use super::statements::augmented_operator;
use super::{Failed, Parse, Parser};
use crate::ast::{CmpOp, Expr, ExprContext, ExprKind, Span, StmtKind};
use crate::errors::ErrorKind;
use crate::lexer::{Token, TokenKind};
use ir::code::Const;

/// What an invalid target was meant for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TargetUse {
    Assign,
    Delete,
    For,
}

/// How messages name an expression.
pub(super) fn expression_name(expr: &Expr) -> &'static str {
    match &expr.kind {
        ExprKind::Attribute { .. } => "attribute",
        ExprKind::Subscript { .. } => "subscript",
        ExprKind::Starred { .. } => "starred",
        ExprKind::Name { .. } => "name",
        ExprKind::List { .. } => "list",
        ExprKind::Tuple { .. } => "tuple",
        ExprKind::Lambda { .. } => "lambda",
        ExprKind::Call { .. } => "function call",
        ExprKind::BoolOp { .. } | ExprKind::BinOp { .. } | ExprKind::UnaryOp { .. } => "expression",
        ExprKind::GeneratorExp { .. } => "generator expression",
        ExprKind::Yield { .. } | ExprKind::YieldFrom { .. } => "yield expression",
        ExprKind::Await { .. } => "await expression",
        ExprKind::ListComp { .. } => "list comprehension",
        ExprKind::SetComp { .. } => "set comprehension",
        ExprKind::DictComp { .. } => "dict comprehension",
        ExprKind::Dict { .. } => "dict literal",
        ExprKind::Set { .. } => "set display",
        ExprKind::JoinedStr { .. } | ExprKind::FormattedValue { .. } => "f-string expression",
        ExprKind::TemplateStr { .. } | ExprKind::Interpolation { .. } => "t-string expression",
        ExprKind::Constant { value, .. } => match value {
            Const::None => "None",
            Const::True => "True",
            Const::False => "False",
            Const::Ellipsis => "ellipsis",
            _ => "literal",
        },
        ExprKind::Compare { .. } => "comparison",
        ExprKind::IfExp { .. } => "conditional expression",
        ExprKind::NamedExpr { .. } => "named expression",
        ExprKind::Slice { .. } => "slice",
    }
}

/// The part of an expression that can't be a target.
fn invalid_part(expr: &Expr, target_use: TargetUse) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => {
            elts.iter().find_map(|elt| invalid_part(elt, target_use))
        }
        ExprKind::Starred { .. } if target_use == TargetUse::Delete => Some(expr),
        ExprKind::Starred { value, .. } => invalid_part(value, target_use),
        ExprKind::Compare { left, ops, .. } if target_use == TargetUse::For => {
            if ops.first() == Some(&CmpOp::In) { invalid_part(left, target_use) } else { None }
        }
        ExprKind::Name { .. } | ExprKind::Subscript { .. } | ExprKind::Attribute { .. } => None,
        _ => Some(expr),
    }
}

impl Parser<'_> {
    /// Runs a complaint; the position is restored.
    fn complain(&mut self, rule: impl FnOnce(&mut Self) -> Parse<()>) -> Parse<()> {
        self.look_ahead(rule).map(drop)
    }

    fn raise_target(&mut self, target_use: TargetUse, expr: &Expr) -> Parse<()> {
        let Some(part) = invalid_part(expr, target_use) else { return Err(Failed) };
        let verb = if target_use == TargetUse::Delete { "delete" } else { "assign to" };
        self.raise_at(part.span, format!("cannot {verb} {}", expression_name(part)))
    }

    fn is_legacy_name(expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name { id, .. } if matches!(id.as_str(), "print" | "exec"))
    }

    /// `expression_without_invalid`. What it reads is remembered like everything else, and later
    /// alternatives then don't look for complaints there: this is CPython's behaviour.
    fn expression_without_invalid(&mut self) -> Parse<Expr> {
        self.diagnosing = false;
        let found = self.expression_rule();
        self.diagnosing = true;
        found
    }

    fn previous_span(&self) -> Span {
        Parser::token_span(&self.tokens[self.pos - 1])
    }

    pub(super) fn invalid_expression(&mut self) -> Parse<()> {
        if self.at(TokenKind::String) {
            self.complain(Parser::invalid_string)?;
        }
        self.complain(|parser| {
            let is_string_prefix = parser.at(TokenKind::Name) && {
                parser.furthest = parser.furthest.max(parser.pos + 1);
                parser.kind_at(1) == TokenKind::String
            };
            let is_soft_keyword = ["match", "case", "type", "_"].iter().any(|soft| parser.at_soft(soft));
            if is_string_prefix || is_soft_keyword {
                return Ok(());
            }
            let first = parser.disjunction()?;
            let second = parser.expression_without_invalid()?;
            if Parser::is_legacy_name(&first) || parser.tokens[parser.pos - 1].level == 0 {
                return Ok(());
            }
            parser.raise_at(first.span.to(second.span), "invalid syntax. Perhaps you forgot a comma?")
        })?;
        self.complain(Parser::invalid_conditional)?;
        self.complain(|parser| {
            let start = parser.expect(TokenKind::Lambda)?;
            parser.parameters(TokenKind::Colon)?;
            parser.expect(TokenKind::Colon)?;
            if !matches!(parser.kind(), TokenKind::FStringMiddle | TokenKind::TStringMiddle) {
                return Ok(());
            }
            let letter = if parser.at(TokenKind::FStringMiddle) { 'f' } else { 't' };
            let span = parser.span_from(&start);
            let msg = format!("{letter}-string: lambda expressions are not allowed without parentheses");
            parser.raise_at(span, msg)
        })
    }

    /// Text between two strings that touches them: quotes within quotes.
    fn invalid_string(&mut self) -> Parse<()> {
        self.expect(TokenKind::String)?;
        if self.at(TokenKind::String) {
            return Ok(());
        }
        let first = self.expression_without_invalid()?.span;
        let mut last = first;
        while !self.at(TokenKind::String) {
            last = self.expression_without_invalid()?.span;
        }
        self.raise_at(first.to(last), "invalid syntax. Is this intended to be part of the string?")
    }

    /// The mistakes in `a if b else c`.
    fn invalid_conditional(&mut self) -> Parse<()> {
        const STATEMENTS: [TokenKind; 3] = [TokenKind::Pass, TokenKind::Break, TokenKind::Continue];
        let start = self.token();
        if STATEMENTS.contains(&start.kind) {
            self.advance();
            self.expect(TokenKind::If)?;
            self.disjunction()?;
            self.expect(TokenKind::Else)?;
            let msg = "expected expression before 'if', but statement is given";
            return self.raise_at(Parser::token_span(&start), msg);
        }
        let first = self.disjunction()?;
        self.expect(TokenKind::If)?;
        let test = self.disjunction()?;
        if !matches!(self.kind(), TokenKind::Else | TokenKind::Colon) {
            return self.raise_at(first.span.to(test.span), "expected 'else' after 'if' expression");
        }
        self.expect(TokenKind::Else)?;
        if self.look_ahead(Parser::expression)?.is_some() || self.at(TokenKind::Error) {
            return Ok(());
        }
        let span = Parser::token_span(&self.token());
        self.raise_at(span, "expected expression after 'else', but statement is given")
    }

    pub(super) fn invalid_legacy_expression(&mut self) -> Parse<()> {
        self.complain(|parser| {
            let (name, start) = parser.expect_name()?;
            if parser.at(TokenKind::LPar) {
                return Ok(());
            }
            // The rest is read for any name: it may hold a complaint of its own.
            parser.star_expressions()?;
            if !matches!(name.as_str(), "print" | "exec") {
                return Ok(());
            }
            let span = parser.span_from(&start);
            let msg = format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
            parser.raise_at(span, msg)
        })
    }

    /// `1 + not 2`, `-not 1`; the operator has been consumed.
    pub(super) fn invalid_not_after_operator(&mut self) -> Parse<()> {
        if !self.at(TokenKind::Not) {
            return Ok(());
        }
        self.complain(|parser| {
            let start = parser.token();
            parser.inversion()?;
            let span = parser.span_from(&start);
            parser.raise_at(span, "'not' after an operator must be parenthesized")
        })
    }

    pub(super) fn invalid_named_expression(&mut self) -> Parse<()> {
        self.complain(|parser| {
            let target = parser.expression()?;
            parser.expect(TokenKind::ColonEqual)?;
            parser.expression()?;
            let msg = format!("cannot use assignment expressions with {}", expression_name(&target));
            parser.raise_at(target.span, msg)
        })?;
        self.complain(|parser| {
            let start = parser.expect(TokenKind::Name)?;
            parser.expect(TokenKind::Equal)?;
            parser.bitwise_or()?;
            if matches!(parser.kind(), TokenKind::Equal | TokenKind::ColonEqual) {
                return Ok(());
            }
            let span = parser.span_from(&start);
            parser.raise_at(span, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?")
        })?;
        self.complain(|parser| {
            if matches!(parser.kind(), TokenKind::True | TokenKind::False | TokenKind::None) {
                return Ok(());
            }
            let is_display = parser.look_ahead(Parser::atom)?.is_some_and(|atom| {
                let is_bracketed = matches!(parser.kind(), TokenKind::LPar | TokenKind::LSqb);
                let is_display = matches!(
                    atom.kind,
                    ExprKind::List { .. } | ExprKind::Tuple { .. } | ExprKind::GeneratorExp { .. }
                );
                is_bracketed && is_display
            });
            if is_display {
                return Ok(());
            }
            let target = parser.bitwise_or()?;
            parser.expect(TokenKind::Equal)?;
            parser.bitwise_or()?;
            if matches!(parser.kind(), TokenKind::Equal | TokenKind::ColonEqual) {
                return Ok(());
            }
            let name = expression_name(&target);
            let msg = format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?");
            parser.raise_at(target.span, msg)
        })
    }

    /// `assignment` with its complaints, else `star_expressions`, in the grammar's order.
    pub(super) fn expression_statement_diagnosing(&mut self) -> Parse<StmtKind> {
        if let Some(kind) = self.attempt(Parser::assignment_diagnosing)? {
            return Ok(kind);
        }
        self.invalid_assignment()?;
        Ok(StmtKind::Expr { value: Box::new(self.star_expressions()?) })
    }

    fn assignment_diagnosing(&mut self) -> Parse<StmtKind> {
        if self.at(TokenKind::Name) {
            let named = self.attempt(|parser| {
                let (id, start) = parser.expect_name()?;
                let target = parser.expr(&start, ExprKind::Name { id, ctx: ExprContext::Store });
                parser.annotated_assignment(target, true)
            })?;
            if let Some(named) = named {
                return Ok(named);
            }
        }
        let annotated = self.attempt(|parser| {
            let target = parser.single_target()?;
            if matches!(target.kind, ExprKind::Name { .. })
                && parser.tokens[parser.pos - 1].kind == TokenKind::Name
            {
                return Err(Failed);
            }
            parser.annotated_assignment(target, false)
        })?;
        if let Some(annotated) = annotated {
            return Ok(annotated);
        }
        let assigned = self.attempt(|parser| {
            let mut targets = Vec::new();
            while let Some(target) = parser.attempt(|parser| {
                let target = parser.star_targets()?;
                parser.expect(TokenKind::Equal)?;
                Ok(target)
            })? {
                targets.push(target);
            }
            if targets.is_empty() {
                return Err(Failed);
            }
            let value = Box::new(parser.annotated_rhs()?);
            if parser.at(TokenKind::Equal) {
                Err(Failed)
            } else {
                Ok(StmtKind::Assign { targets, value, type_comment: None })
            }
        })?;
        if let Some(assigned) = assigned {
            return Ok(assigned);
        }
        let target = Box::new(self.single_target()?);
        let op = augmented_operator(self.kind()).ok_or(Failed)?;
        self.advance();
        let Some(value) = self.attempt(Parser::annotated_rhs)? else {
            // The grammar cuts here: no other reading is tried.
            return self.raise_generic();
        };
        Ok(StmtKind::AugAssign { target, op, value: Box::new(value) })
    }

    /// Raises "invalid syntax" where the text stops making sense.
    fn raise_generic<T>(&mut self) -> Parse<T> {
        if self.tokens[self.furthest].kind == TokenKind::Error {
            return Err(Failed);
        }
        let error = self.generic_error();
        self.raise(error)
    }

    fn invalid_assignment(&mut self) -> Parse<()> {
        self.complain(|parser| {
            let target = parser.primary()?;
            if !matches!(target.kind, ExprKind::List { .. } | ExprKind::Tuple { .. }) {
                return Ok(());
            }
            parser.expect(TokenKind::Colon)?;
            parser.expression()?;
            let msg = format!("only single target (not {}) can be annotated", expression_name(&target));
            parser.raise_at(target.span, msg)
        })?;
        self.complain(|parser| {
            let first = parser.star_named_expression()?;
            parser.expect(TokenKind::Comma)?;
            if !parser.at(TokenKind::Colon) {
                parser.attempt(Parser::star_named_expressions)?;
            }
            parser.expect(TokenKind::Colon)?;
            parser.expression()?;
            parser.raise_at(first.span, "only single target (not tuple) can be annotated")
        })?;
        self.complain(|parser| {
            let target = parser.expression()?;
            parser.expect(TokenKind::Colon)?;
            parser.expression()?;
            parser.raise_at(target.span, "illegal target for annotation")
        })?;
        self.complain(|parser| {
            parser.leading_targets()?;
            let target = parser.star_expressions()?;
            parser.expect(TokenKind::Equal)?;
            parser.raise_target(TargetUse::Assign, &target)
        })?;
        self.complain(|parser| {
            parser.leading_targets()?;
            let target = parser.yield_expr()?;
            parser.expect(TokenKind::Equal)?;
            parser.raise_at(target.span, "assignment to yield expression not possible")
        })?;
        self.complain(|parser| {
            let target = parser.star_expressions()?;
            augmented_operator(parser.kind()).ok_or(Failed)?;
            parser.advance();
            parser.annotated_rhs()?;
            let name = expression_name(&target);
            parser
                .raise_at(target.span, format!("'{name}' is an illegal expression for augmented assignment"))
        })
    }

    /// `(star_targets '=')*`
    fn leading_targets(&mut self) -> Parse<()> {
        let target = |parser: &mut Self| {
            parser.star_targets()?;
            parser.expect(TokenKind::Equal)
        };
        while self.attempt(target)?.is_some() {}
        Ok(())
    }

    pub(super) fn invalid_yield_assignment(&mut self) -> Parse<()> {
        self.complain(|parser| {
            let target = parser.yield_expr()?;
            parser.expect(TokenKind::Equal)?;
            parser.raise_at(target.span, "assignment to yield expression not possible")
        })
    }

    pub(super) fn invalid_del_stmt(&mut self) -> Parse<()> {
        self.complain(|parser| {
            parser.advance();
            let target = parser.star_expressions()?;
            parser.raise_target(TargetUse::Delete, &target)
        })
    }

    pub(super) fn invalid_import(&mut self) -> Parse<()> {
        self.complain(|parser| {
            let start = parser.expect(TokenKind::Import)?;
            if parser.at(TokenKind::Newline) {
                let newline = parser.token();
                return parser.raise_starting_from(&newline, "Expected one or more names after 'import'");
            }
            parser.dotted_name()?;
            while parser.eat(TokenKind::Comma) {
                parser.dotted_name()?;
            }
            parser.expect(TokenKind::From)?;
            parser.dotted_name()?;
            parser.raise_starting_from(&start, "Did you mean to use 'from ... import ...' instead?")
        })
    }

    /// What follows `as` in an import, if it isn't a name.
    pub(super) fn invalid_import_target(&mut self) -> Parse<()> {
        self.complain(|parser| {
            let is_end = matches!(
                parser.kind_at(1),
                TokenKind::Comma | TokenKind::RPar | TokenKind::Newline | TokenKind::Semi
            );
            if parser.at(TokenKind::Name) && is_end {
                return Ok(());
            }
            let target = parser.expression()?;
            let msg = format!("cannot use {} as import target", expression_name(&target));
            parser.raise_at(target.span, msg)
        })
    }

    pub(super) fn invalid_comprehension(&mut self) -> Parse<()> {
        self.complain(|parser| {
            parser.advance();
            let element = parser.starred_expression()?;
            parser.for_if_clauses()?;
            parser.raise_at(element.span, "iterable unpacking cannot be used in comprehension")
        })?;
        if self.at(TokenKind::LPar) {
            return Ok(());
        }
        self.complain(|parser| {
            parser.advance();
            let first = parser.star_named_expression()?;
            let comma = parser.expect(TokenKind::Comma)?;
            let msg = "did you forget parentheses around the comprehension target?";
            if let Some(rest) = parser.attempt(Parser::star_named_expressions)? {
                let last = rest.last().map_or(first.span, |last| last.span);
                if parser.attempt(Parser::for_if_clauses)?.is_some() {
                    return parser.raise_at(first.span.to(last), msg);
                }
                return Ok(());
            }
            parser.for_if_clauses()?;
            parser.raise_at(first.span.to(Parser::token_span(&comma)), msg)
        })
    }

    pub(super) fn invalid_group(&mut self) -> Parse<()> {
        self.complain(|parser| {
            parser.expect(TokenKind::LPar)?;
            let inner = parser.starred_expression()?;
            if !parser.at(TokenKind::RPar) {
                return Ok(());
            }
            parser.raise_at(inner.span, "cannot use starred expression here")
        })?;
        self.complain(|parser| {
            parser.expect(TokenKind::LPar)?;
            let stars = parser.expect(TokenKind::DoubleStar)?;
            parser.expression()?;
            if !parser.at(TokenKind::RPar) {
                return Ok(());
            }
            parser.raise_at(Parser::token_span(&stars), "cannot use double starred expression here")
        })
    }

    /// Pairs that lack a part. The grammar tries this before all other complaints.
    pub(super) fn invalid_key_value_pairs(&mut self) -> Parse<()> {
        self.complain(|parser| {
            parser.advance();
            while parser
                .attempt(|parser| {
                    parser.double_starred_kvpair()?;
                    parser.expect(TokenKind::Comma)
                })?
                .is_some()
            {}
            parser.invalid_kvpair()
        })
    }

    pub(super) fn invalid_dict_or_set(&mut self) -> Parse<()> {
        self.complain(|parser| {
            parser.advance();
            let stars = parser.expect(TokenKind::DoubleStar)?;
            parser.bitwise_or()?;
            parser.for_if_clauses()?;
            parser.expect(TokenKind::RBrace)?;
            parser.raise_at(Parser::token_span(&stars), "dict unpacking cannot be used in dict comprehension")
        })?;
        self.invalid_comprehension()
    }

    /// A key without colon or value; at the start of the pair.
    fn invalid_kvpair(&mut self) -> Parse<()> {
        let is_first = self.tokens[self.pos - 1].kind == TokenKind::LBrace;
        let key = self.expression()?;
        if !self.at(TokenKind::Colon) {
            if is_first {
                return Ok(());
            }
            let span = Span {
                lineno: key.span.lineno,
                col_offset: key.span.end_col_offset.saturating_sub(1),
                end_lineno: key.span.end_lineno,
                end_col_offset: 0,
            };
            let mut error =
                self.error_at(ErrorKind::SyntaxError, span, "':' expected after dictionary key".to_owned());
            if let Some(location) = &mut error.location {
                location.end_offset = 0;
            }
            return self.raise(error);
        }
        let colon = self.advance();
        match self.kind() {
            TokenKind::Star => {
                let start = self.advance();
                self.bitwise_or()?;
                self.raise_starting_from(&start, "cannot use a starred expression in a dictionary value")
            }
            TokenKind::RBrace | TokenKind::Comma => {
                let span = Parser::token_span(&colon);
                self.raise_at(span, "expression expected after dictionary key and ':'")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn invalid_for_if_clause(&mut self) -> Parse<()> {
        self.complain(|parser| {
            parser.eat(TokenKind::Async);
            parser.expect(TokenKind::For)?;
            parser.bitwise_or()?;
            while parser.eat(TokenKind::Comma) {
                if parser.attempt(Parser::bitwise_or)?.is_none() {
                    break;
                }
            }
            if parser.at(TokenKind::In) {
                return Ok(());
            }
            parser.raise_here(ErrorKind::SyntaxError, "'in' expected after for-loop variables")
        })
    }

    pub(super) fn invalid_for_target(&mut self) -> Parse<()> {
        self.complain(|parser| {
            parser.eat(TokenKind::Async);
            parser.expect(TokenKind::For)?;
            let target = parser.star_expressions()?;
            parser.raise_target(TargetUse::For, &target)
        })
    }

    pub(super) fn invalid_starred_kwarg(&mut self) -> Parse<()> {
        self.complain(|parser| {
            let start = parser.expect(TokenKind::Star)?;
            parser.expression()?;
            parser.expect(TokenKind::Equal)?;
            parser.expression()?;
            let span = parser.span_from(&start);
            parser.raise_at(span, "cannot assign to iterable argument unpacking")
        })
    }

    /// `**a = b` in a call; at the equals sign.
    pub(super) fn invalid_double_starred_kwarg(&mut self, start: &Token) -> Parse<()> {
        self.complain(|parser| {
            parser.expect(TokenKind::Equal)?;
            parser.expression()?;
            let span = parser.span_from(start);
            parser.raise_at(span, "cannot assign to keyword argument unpacking")
        })
    }

    pub(super) fn invalid_kwarg(&mut self) -> Parse<()> {
        if matches!(self.kind(), TokenKind::True | TokenKind::False | TokenKind::None) {
            self.complain(|parser| {
                let start = parser.advance();
                parser.expect(TokenKind::Equal)?;
                let span = parser.span_from(&start);
                parser.raise_at(span, format!("cannot assign to {}", start.kind.text()))
            })?;
        }
        self.complain(|parser| {
            let start = parser.expect(TokenKind::Name)?;
            parser.expect(TokenKind::Equal)?;
            let span = parser.span_from(&start);
            if matches!(parser.kind(), TokenKind::Comma | TokenKind::RPar) {
                return parser.raise_at(span, "expected argument value expression");
            }
            parser.expression()?;
            parser.for_if_clauses()?;
            parser.raise_at(span, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?")
        })?;
        if self.at(TokenKind::Name) && self.kind_at(1) == TokenKind::Equal {
            return Ok(());
        }
        self.complain(|parser| {
            let target = parser.expression()?;
            let equal = parser.expect(TokenKind::Equal)?;
            let span = target.span.to(Parser::token_span(&equal));
            parser.raise_at(span, "expression cannot contain assignment, perhaps you meant \"==\"?")
        })
    }

    pub(super) fn invalid_arguments(&mut self) -> Parse<()> {
        const PARENTHESIZE: &str = "Generator expression must be parenthesized";
        self.complain(|parser| {
            let (_, keywords) = parser.args(None)?;
            parser.expect(TokenKind::Comma)?;
            if !parser.at(TokenKind::Star) || keywords.is_empty() {
                return Ok(());
            }
            let start = parser.token();
            parser.starred_expression()?;
            let span = Parser::token_span(&parser.tokens[parser.index_of(&start) - 1]);
            let span = span.to(parser.last_span());
            parser.raise_at(span, "iterable argument unpacking follows keyword argument unpacking")
        })?;
        self.complain(|parser| {
            let first = parser.expression()?;
            parser.for_if_clauses()?;
            let span = first.span.to(parser.last_span());
            parser.expect(TokenKind::Comma)?;
            parser.attempt(|parser| parser.args(None))?;
            parser.raise_at(span, PARENTHESIZE)
        })?;
        self.complain(|parser| {
            let (args, keywords) = parser.args(None)?;
            if parser.starts_for() {
                let Some(last) = args.last().filter(|_| keywords.is_empty() && args.len() > 1) else {
                    return Ok(());
                };
                parser.for_if_clauses()?;
                return parser.raise_at(last.span.to(parser.last_span()), PARENTHESIZE);
            }
            parser.expect(TokenKind::Comma)?;
            if let Some(first) = parser.attempt(Parser::expression)?
                && parser.starts_for()
            {
                parser.for_if_clauses()?;
                let span = first.span.to(parser.last_span());
                return parser.raise_at(span, PARENTHESIZE);
            }
            Ok(())
        })?;
        self.complain(|parser| {
            let (_, keywords) = parser.args(None)?;
            parser.expect(TokenKind::Comma)?;
            parser.args(None)?;
            let is_unpacking = keywords.last().is_some_and(|keyword| keyword.arg.is_none());
            let what = if is_unpacking { " unpacking" } else { "" };
            let msg = format!("positional argument follows keyword argument{what}");
            parser.raise_here(ErrorKind::SyntaxError, msg)
        })
    }

    fn starts_for(&self) -> bool {
        matches!(self.kind(), TokenKind::For | TokenKind::Async)
    }

    fn index_of(&self, token: &Token) -> usize {
        self.tokens.partition_point(|other| other.start < token.start)
    }

    /// The mistakes in a parameter list, which ends at `end`.
    pub(super) fn invalid_parameters(&mut self, end: TokenKind) -> Parse<()> {
        let (mut seen_slash, mut seen_star, mut seen_default, mut count) = (false, false, false, 0);
        while !self.at(end) {
            let token = self.token();
            let span = Parser::token_span(&token);
            match token.kind {
                TokenKind::Slash => {
                    if seen_star {
                        return self.raise_at(span, "/ must be ahead of *");
                    }
                    if seen_slash {
                        return self.raise_at(span, "/ may appear only once");
                    }
                    if count == 0 && self.kind_at(1) != TokenKind::Comma {
                        return Err(Failed);
                    }
                    if count == 0 {
                        return self.raise_at(span, "at least one argument must precede /");
                    }
                    self.advance();
                    if self.at(TokenKind::Star) {
                        let span = Parser::token_span(&self.token());
                        return self.raise_at(span, "expected comma between / and *");
                    }
                    seen_slash = true;
                }
                TokenKind::Star => {
                    if seen_star {
                        self.advance();
                        if !self.at(TokenKind::Comma) {
                            self.parameter(end, true)?;
                        }
                        if !self.at(TokenKind::Comma) && !self.at(end) {
                            return Err(Failed);
                        }
                        return self.raise_at(span, "* argument may appear only once");
                    }
                    seen_star = true;
                    self.invalid_star_etc(&token, end)?;
                }
                TokenKind::DoubleStar => return self.invalid_kwds(end),
                TokenKind::LPar if !seen_star && !seen_default => {
                    return self.invalid_parenthesized_parameters(end);
                }
                _ => {
                    self.parameter(end, false)?;
                    if self.eat(TokenKind::Equal) {
                        if self.at(end) || self.at(TokenKind::Comma) {
                            let span = self.previous_span();
                            return self.raise_at(span, "expected default value expression");
                        }
                        self.expression()?;
                        seen_default = true;
                    } else if seen_default && !seen_star {
                        if !self.at(TokenKind::Comma) && !self.at(end) {
                            return Err(Failed);
                        }
                        let msg = "parameter without a default follows parameter with a default";
                        return self.raise_at(span, msg);
                    }
                    count += 1;
                }
            }
            if !self.at(end) {
                self.expect(TokenKind::Comma)?;
            }
        }
        Ok(())
    }

    fn invalid_star_etc(&mut self, star: &Token, end: TokenKind) -> Parse<()> {
        self.advance();
        let span = Parser::token_span(star);
        let is_bare = self.at(end)
            || (self.at(TokenKind::Comma)
                && (self.kind_at(1) == end || self.kind_at(1) == TokenKind::DoubleStar));
        if is_bare && end == TokenKind::Colon {
            let closing = if self.at(end) { self.token() } else { self.tokens[self.pos + 1] };
            return self.raise_at(Parser::token_span(&closing), "named arguments must follow bare *");
        }
        if is_bare {
            return self.raise_at(span, "named arguments must follow bare *");
        }
        if self.at(TokenKind::Comma) {
            return Ok(());
        }
        self.parameter(end, true)?;
        if self.at(TokenKind::Equal) {
            let span = Parser::token_span(&self.token());
            return self.raise_at(span, "var-positional argument cannot have default value");
        }
        Ok(())
    }

    fn invalid_kwds(&mut self, end: TokenKind) -> Parse<()> {
        self.advance();
        self.parameter(end, false)?;
        if self.at(TokenKind::Equal) {
            let span = Parser::token_span(&self.token());
            return self.raise_at(span, "var-keyword argument cannot have default value");
        }
        self.expect(TokenKind::Comma)?;
        let start = self.token();
        match start.kind {
            TokenKind::Name => {
                self.parameter(end, false)?;
            }
            TokenKind::Star | TokenKind::DoubleStar | TokenKind::Slash => {
                self.advance();
            }
            _ => return Ok(()),
        }
        let span = self.span_from(&start);
        self.raise_at(span, "arguments cannot follow var-keyword argument")
    }

    fn invalid_parenthesized_parameters(&mut self, end: TokenKind) -> Parse<()> {
        let start = self.advance();
        self.parameter(end, false)?;
        while self.eat(TokenKind::Comma) {
            if self.at(TokenKind::RPar) {
                break;
            }
            self.parameter(end, false)?;
        }
        self.expect(TokenKind::RPar)?;
        let span = self.span_from(&start);
        let what = if end == TokenKind::Colon { "Lambda expression" } else { "Function" };
        self.raise_at(span, format!("{what} parameters cannot be parenthesized"))
    }

    pub(super) fn invalid_with_item(&mut self) -> Parse<()> {
        self.complain(|parser| {
            parser.expression()?;
            parser.expect(TokenKind::As)?;
            let target = parser.expression()?;
            if !matches!(parser.kind(), TokenKind::Comma | TokenKind::RPar | TokenKind::Colon) {
                return Ok(());
            }
            parser.raise_target(TargetUse::Assign, &target)
        })
    }

    /// A `with` header without its colon; after the keyword.
    pub(super) fn invalid_with_stmt(&mut self) -> Parse<()> {
        let item = |parser: &mut Self| -> Parse<()> {
            parser.expression()?;
            if parser.eat(TokenKind::As) {
                parser.star_target()?;
            }
            Ok(())
        };
        let colon = |parser: &mut Self| -> Parse<()> {
            if !parser.at(TokenKind::Newline) {
                return Ok(());
            }
            parser.raise_here(ErrorKind::SyntaxError, "expected ':'")
        };
        self.complain(|parser| {
            item(parser)?;
            while parser.eat(TokenKind::Comma) {
                item(parser)?;
            }
            colon(parser)
        })?;
        self.complain(|parser| {
            parser.expect(TokenKind::LPar)?;
            item(parser)?;
            while parser.eat(TokenKind::Comma) && !parser.at(TokenKind::RPar) {
                item(parser)?;
            }
            parser.expect(TokenKind::RPar)?;
            colon(parser)
        })
    }

    /// An `except` header that doesn't parse; after the keyword.
    pub(super) fn invalid_except_stmt(&mut self) -> Parse<()> {
        self.complain(Parser::invalid_exception_list)?;
        let keyword_token = self.tokens[self.pos - 1];
        let is_star = self.at(TokenKind::Star);
        self.complain(|parser| {
            parser.eat(TokenKind::Star);
            if parser.at(TokenKind::Newline) || (is_star && parser.at(TokenKind::Colon)) {
                if is_star {
                    return parser.raise_here(ErrorKind::SyntaxError, "expected one or more exception types");
                }
                return parser.raise_here(ErrorKind::SyntaxError, "expected ':'");
            }
            parser.expression()?;
            if parser.eat(TokenKind::As) {
                parser.expect(TokenKind::Name)?;
            }
            if !parser.at(TokenKind::Newline) {
                return Ok(());
            }
            let span = Parser::token_span(&parser.token());
            parser.raise_at(span, "expected ':'")
        })?;
        self.complain(|parser| {
            parser.eat(TokenKind::Star);
            parser.expression()?;
            parser.expect(TokenKind::As)?;
            let target = parser.expression()?;
            parser.expect(TokenKind::Colon)?;
            parser.look_ahead(|parser| parser.block("'except' statement", &keyword_token))?.ok_or(Failed)?;
            let keyword = if is_star { "except*" } else { "except" };
            let msg = format!("cannot use {keyword} statement with {}", expression_name(&target));
            parser.raise_at(target.span, msg)
        })
    }

    fn invalid_exception_list(&mut self) -> Parse<()> {
        self.eat(TokenKind::Star);
        let start = self.token();
        self.expression()?;
        self.expect(TokenKind::Comma)?;
        self.expressions()?;
        self.expect(TokenKind::As)?;
        self.expect(TokenKind::Name)?;
        self.expect(TokenKind::Colon)?;
        let msg = "multiple exception types must be parenthesized when using 'as'";
        let span = Parser::token_span(&start).to(Parser::token_span(&self.tokens[self.pos - 2]));
        self.raise_at(span, msg)
    }

    /// The target after `as` in a pattern; after the pattern, at `as`.
    pub(super) fn invalid_as_pattern(&mut self) -> Parse<()> {
        self.complain(|parser| {
            parser.expect(TokenKind::As)?;
            if parser.at_soft("_") {
                let span = Parser::token_span(&parser.token());
                return parser.raise_at(span, "cannot use '_' as a target");
            }
            let target = parser.expression()?;
            let msg = format!("cannot use {} as pattern target", expression_name(&target));
            parser.raise_at(target.span, msg)
        })
    }

    /// Positional patterns after keyword patterns; at the opening parenthesis.
    pub(super) fn invalid_class_pattern(&mut self) -> Parse<()> {
        self.complain(|parser| {
            parser.expect(TokenKind::LPar)?;
            let mut seen_keyword = false;
            let mut misplaced: Option<Span> = None;
            while !parser.at(TokenKind::RPar) {
                if parser.at(TokenKind::Name) && parser.kind_at(1) == TokenKind::Equal {
                    if misplaced.is_some() {
                        break;
                    }
                    parser.advance();
                    parser.advance();
                    parser.as_pattern()?;
                    seen_keyword = true;
                } else {
                    let pattern = parser.as_pattern()?;
                    if seen_keyword {
                        misplaced = Some(misplaced.map_or(pattern.span, |first| first.to(pattern.span)));
                    }
                }
                if !parser.eat(TokenKind::Comma) {
                    break;
                }
            }
            match misplaced {
                Some(span) => parser.raise_at(span, "positional patterns follow keyword patterns"),
                None => Ok(()),
            }
        })
    }

    /// A replacement field that doesn't parse; at its brace.
    pub(super) fn invalid_replacement_field(&mut self, letter: char) -> Parse<()> {
        self.complain(|parser| {
            parser.expect(TokenKind::LBrace)?;
            let token = parser.token();
            if let TokenKind::Equal | TokenKind::Exclamation | TokenKind::Colon | TokenKind::RBrace =
                token.kind
            {
                let msg =
                    format!("{letter}-string: valid expression required before '{}'", token.kind.text());
                return parser.raise_at(Parser::token_span(&token), msg);
            }
            if parser.attempt(Parser::annotated_rhs)?.is_none() {
                return parser
                    .raise_next(format!("{letter}-string: expecting a valid expression after '{{'"));
            }
            if !matches!(
                parser.kind(),
                TokenKind::Equal | TokenKind::Exclamation | TokenKind::Colon | TokenKind::RBrace
            ) {
                return parser.raise_next(format!("{letter}-string: expecting '=', or '!', or ':', or '}}'"));
            }
            if parser.eat(TokenKind::Equal)
                && !matches!(parser.kind(), TokenKind::Exclamation | TokenKind::Colon | TokenKind::RBrace)
            {
                return parser.raise_next(format!("{letter}-string: expecting '!', or ':', or '}}'"));
            }
            if parser.eat(TokenKind::Exclamation) {
                match parser.kind() {
                    TokenKind::Colon | TokenKind::RBrace => {
                        return parser.raise_next(format!("{letter}-string: missing conversion character"));
                    }
                    TokenKind::Name => parser.advance(),
                    _ => return parser.raise_next(format!("{letter}-string: invalid conversion character")),
                };
                if !matches!(parser.kind(), TokenKind::Colon | TokenKind::RBrace) {
                    return parser.raise_next(format!("{letter}-string: expecting ':' or '}}'"));
                }
            }
            if !parser.eat(TokenKind::Colon) {
                return parser.raise_next(format!("{letter}-string: expecting '}}'"));
            }
            while matches!(
                parser.kind(),
                TokenKind::FStringMiddle | TokenKind::TStringMiddle | TokenKind::LBrace
            ) {
                if parser.at(TokenKind::LBrace) {
                    parser.skip_field()?;
                } else {
                    parser.advance();
                }
            }
            if parser.at(TokenKind::RBrace) {
                return Ok(());
            }
            parser.raise_next(format!("{letter}-string: expecting '}}', or format specs"))
        })
    }

    /// Passes over a replacement field that has been found valid.
    fn skip_field(&mut self) -> Parse<()> {
        let mut depth = 0;
        loop {
            match self.kind() {
                TokenKind::LBrace => depth += 1,
                TokenKind::RBrace => depth -= 1,
                TokenKind::EndMarker | TokenKind::Error => return Err(Failed),
                _ => {}
            }
            self.advance();
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Raises for a range from a token to where the lexer has come.
    pub(super) fn raise_starting_from(&mut self, start: &Token, msg: &str) -> Parse<()> {
        let last = self.tokens[self.furthest];
        let mut error = self.error_at(
            ErrorKind::SyntaxError,
            Parser::token_span(start).to(Parser::token_span(&last)),
            msg.to_owned(),
        );
        let is_at_end = self.is_at_end(self.furthest) && start.start == last.start;
        if let Some(location) = &mut error.location {
            location.end_offset -= 1;
            if is_at_end {
                location.offset = 0;
            }
        }
        self.raise(error)
    }

    /// Raises at the next token.
    fn raise_next(&mut self, msg: String) -> Parse<()> {
        if self.at(TokenKind::Error) {
            return Err(Failed);
        }
        let span = Parser::token_span(&self.token());
        self.raise_at(span, msg)
    }
}
