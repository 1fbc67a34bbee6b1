//! Statements, simple and compound, and the start rules of the four modes.

use super::targets::set_context;
use super::{Failed, Mode, Parse, Parser};
use crate::ast::{
    Alias, ExceptHandler, Expr, ExprContext, ExprKind, For, Identifier, MatchCase, Mod, Operator, Stmt,
    StmtKind, Try, With, WithItem,
};
use crate::errors::ErrorKind;
use crate::lexer::{Token, TokenKind};

/// The operator of an augmented assignment.
pub(super) fn augmented_operator(kind: TokenKind) -> Option<Operator> {
    Some(match kind {
        TokenKind::PlusEqual => Operator::Add,
        TokenKind::MinEqual => Operator::Sub,
        TokenKind::StarEqual => Operator::Mult,
        TokenKind::AtEqual => Operator::MatMult,
        TokenKind::SlashEqual => Operator::Div,
        TokenKind::PercentEqual => Operator::Mod,
        TokenKind::AmperEqual => Operator::BitAnd,
        TokenKind::VBarEqual => Operator::BitOr,
        TokenKind::CircumflexEqual => Operator::BitXor,
        TokenKind::LeftShiftEqual => Operator::LShift,
        TokenKind::RightShiftEqual => Operator::RShift,
        TokenKind::DoubleStarEqual => Operator::Pow,
        TokenKind::DoubleSlashEqual => Operator::FloorDiv,
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn stmt(&self, start: &Token, kind: StmtKind) -> Stmt {
        Stmt { kind, span: self.span_from(start) }
    }

    /// The start rule of the mode.
    pub(super) fn start(&mut self) -> Parse<Mod> {
        match self.mode {
            Mode::Exec => {
                let body = self.module()?;
                Ok(Mod::Module { body, type_ignores: std::mem::take(&mut self.type_ignores) })
            }
            Mode::Single => self.interactive(),
            Mode::Eval => {
                let body = Box::new(self.expressions()?);
                self.end_of_expression()?;
                Ok(Mod::Expression { body })
            }
            Mode::FuncType => self.function_type(),
        }
    }

    fn end_of_expression(&mut self) -> Parse<()> {
        while self.eat(TokenKind::Newline) {}
        self.expect(TokenKind::EndMarker).map(drop)
    }

    /// `file`; the second pass starts at the statement before the one that failed, for an `elif` may
    /// have been cut off from it.
    pub(super) fn module(&mut self) -> Parse<Vec<Stmt>> {
        let mut body = Vec::new();
        while !self.at(TokenKind::EndMarker) {
            let start = self.pos;
            self.statement(&mut body)?;
            if !self.is_second_pass {
                self.last_statement_start = start;
            }
        }
        Ok(body)
    }

    /// `interactive`
    fn interactive(&mut self) -> Parse<Mod> {
        let mut body = Vec::new();
        if self.eat(TokenKind::Newline) {
            let span = Parser::token_span(&self.tokens[self.pos - 1]);
            body.push(Stmt { kind: StmtKind::Pass, span });
        } else if self.at(TokenKind::EndMarker) {
            return Err(Failed);
        } else if self.compound_statement(&mut body)? {
            self.expect(TokenKind::Newline)?;
        } else {
            self.simple_statements(&mut body)?;
        }
        let is_rest = |token: &Token| {
            use TokenKind::{Dedent, EndMarker, Indent, Newline};
            !matches!(token.kind, Newline | EndMarker | Indent | Dedent)
        };
        if self.tokens[self.pos..].iter().any(is_rest) {
            let last = self.tokens[self.pos - 1];
            let msg = "multiple statements found while compiling a single statement".to_owned();
            let text = self.source.whole_line(last.lineno, false).to_owned();
            let error = Parser::error_in_line(ErrorKind::SyntaxError, Parser::token_span(&last), msg, text);
            self.is_final = true;
            return self.raise(error);
        }
        Ok(Mod::Interactive { body })
    }

    /// `func_type`
    fn function_type(&mut self) -> Parse<Mod> {
        self.expect(TokenKind::LPar)?;
        let mut argtypes = Vec::new();
        let mut seen_star = false;
        while !self.at(TokenKind::RPar) {
            let seen_double_star = self.eat(TokenKind::DoubleStar);
            if !seen_double_star && seen_star {
                return Err(Failed);
            }
            seen_star |= !seen_double_star && self.eat(TokenKind::Star);
            argtypes.push(self.expression()?);
            let is_followed = !seen_double_star && self.kind_at(1) != TokenKind::RPar;
            if !is_followed || !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect(TokenKind::RPar)?;
        self.expect(TokenKind::RArrow)?;
        let returns = Box::new(self.expression()?);
        self.end_of_expression()?;
        Ok(Mod::FunctionType { argtypes, returns })
    }

    /// `expressions`: like `star_expressions` without stars.
    pub(super) fn expressions(&mut self) -> Parse<Expr> {
        let start = self.token();
        let first = self.expression()?;
        self.tuple_rest(&start, first, Parser::expression)
    }

    /// `statement`
    fn statement(&mut self, body: &mut Vec<Stmt>) -> Parse<()> {
        if self.compound_statement(body)? {
            return Ok(());
        }
        self.simple_statements(body)
    }

    /// `compound_stmt`, if one starts here.
    fn compound_statement(&mut self, body: &mut Vec<Stmt>) -> Parse<bool> {
        let statement = match self.kind() {
            TokenKind::Def => self.function_def(Vec::new())?,
            TokenKind::At => self.decorated()?,
            TokenKind::Class => self.class_def(Vec::new())?,
            TokenKind::Async => self.async_statement()?,
            TokenKind::If => self.if_stmt()?,
            TokenKind::While => self.while_stmt()?,
            TokenKind::For => self.for_stmt()?,
            TokenKind::Try => self.try_stmt()?,
            TokenKind::With => self.with_stmt()?,
            TokenKind::Name if self.at_soft("match") => match self.attempt(Parser::match_stmt)? {
                Some(statement) => statement,
                None => return Ok(false),
            },
            _ => return Ok(false),
        };
        let is_function = matches!(statement.kind, StmtKind::FunctionDef(_) | StmtKind::AsyncFunctionDef(_));
        if !is_function {
            self.last_statement = (statement.span.lineno, statement.span.col_offset);
        }
        body.push(statement);
        Ok(true)
    }

    fn async_statement(&mut self) -> Parse<Stmt> {
        match self.kind_at(1) {
            TokenKind::Def => self.function_def(Vec::new()),
            TokenKind::For => self.for_stmt(),
            TokenKind::With => self.with_stmt(),
            _ => {
                self.advance();
                Err(Failed)
            }
        }
    }

    /// `block`: the body of a compound statement, which `owner` and `keyword` name in errors.
    pub(super) fn block(&mut self, owner: &str, keyword: &Token) -> Parse<Vec<Stmt>> {
        let mut body = Vec::new();
        if !self.eat(TokenKind::Newline) {
            self.simple_statements(&mut body)?;
            return Ok(body);
        }
        if !self.eat(TokenKind::Indent) {
            if self.diagnosing && !self.at(TokenKind::Error) {
                let msg = format!("expected an indented block after {owner} on line {}", keyword.lineno);
                return self.raise_here(ErrorKind::IndentationError, msg);
            }
            return Err(Failed);
        }
        loop {
            self.statement(&mut body)?;
            if self.eat(TokenKind::Dedent) {
                return Ok(body);
            }
            if self.at(TokenKind::EndMarker) {
                return Err(Failed);
            }
        }
    }

    /// The colon after a header; a line end in its place has its own message.
    pub(super) fn header_colon(&mut self) -> Parse<()> {
        if self.diagnosing && self.at(TokenKind::Newline) {
            return self.raise_here(ErrorKind::SyntaxError, "expected ':'");
        }
        self.expect(TokenKind::Colon).map(drop)
    }

    /// `if_stmt`; the chain of `elif` is read in a loop and nested afterwards.
    fn if_stmt(&mut self) -> Parse<Stmt> {
        let mut clauses = Vec::new();
        loop {
            let start = self.advance();
            let test = Box::new(self.named_expression()?);
            self.header_colon()?;
            let owner = if clauses.is_empty() { "'if' statement" } else { "'elif' statement" };
            let body = self.block(owner, &start)?;
            clauses.push((start, test, body));
            if !self.at(TokenKind::Elif) {
                break;
            }
            if clauses.len() as u32 > self.limits().depth {
                return self.nested_too_deeply();
            }
        }
        let mut orelse = self.else_block()?;
        if self.diagnosing && !orelse.is_empty() && self.at(TokenKind::Elif) {
            let span = Parser::token_span(&self.token());
            return self.raise_at(span, "'elif' block follows an 'else' block");
        }
        while let Some((start, test, body)) = clauses.pop() {
            orelse = vec![self.stmt(&start, StmtKind::If { test, body, orelse })];
        }
        orelse.pop().ok_or(Failed)
    }

    fn nested_too_deeply<T>(&mut self) -> Parse<T> {
        self.raise_plain(ErrorKind::MemoryError, super::TOO_COMPLEX)
    }

    /// `[else_block]`
    fn else_block(&mut self) -> Parse<Vec<Stmt>> {
        if !self.at(TokenKind::Else) {
            return Ok(Vec::new());
        }
        let start = self.advance();
        self.expect_forced(TokenKind::Colon)?;
        self.block("'else' statement", &start)
    }

    fn while_stmt(&mut self) -> Parse<Stmt> {
        let start = self.advance();
        let test = Box::new(self.named_expression()?);
        self.header_colon()?;
        let body = self.block("'while' statement", &start)?;
        let orelse = self.else_block()?;
        Ok(self.stmt(&start, StmtKind::While { test, body, orelse }))
    }

    fn for_stmt(&mut self) -> Parse<Stmt> {
        let start = self.token();
        let is_async = self.eat(TokenKind::Async);
        let keyword = self.expect(TokenKind::For)?;
        let target = self.attempt(|parser| {
            let target = parser.star_targets()?;
            parser.expect(TokenKind::In)?;
            Ok(target)
        })?;
        let Some(target) = target else {
            if self.diagnosing {
                self.pos -= 1 + is_async as usize;
                self.invalid_for_target()?;
            }
            return Err(Failed);
        };
        let iter = self.star_expressions()?;
        self.header_colon()?;
        let type_comment = self.type_comment();
        let body = self.block("'for' statement", &keyword)?;
        let orelse = self.else_block()?;
        if is_async {
            self.check_version(5, "Async for loops are")?;
        }
        let node = Box::new(For { target, iter, body, orelse, type_comment });
        Ok(self.stmt(&start, if is_async { StmtKind::AsyncFor(node) } else { StmtKind::For(node) }))
    }

    fn with_stmt(&mut self) -> Parse<Stmt> {
        let start = self.token();
        let is_async = self.eat(TokenKind::Async);
        let keyword = self.expect(TokenKind::With)?;
        let mark = self.pos;
        let parenthesized = if self.at(TokenKind::LPar) {
            self.attempt(|parser| {
                parser.advance();
                let mut items = vec![parser.with_item()?];
                while parser.eat(TokenKind::Comma) {
                    if parser.at(TokenKind::RPar) {
                        break;
                    }
                    items.push(parser.with_item()?);
                }
                parser.expect(TokenKind::RPar)?;
                if parser.at(TokenKind::Colon) { Ok(items) } else { Err(Failed) }
            })?
        } else {
            None
        };
        let items = match parenthesized {
            Some(items) => items,
            None => {
                let items = self.attempt(|parser| {
                    let mut items = vec![parser.with_item()?];
                    while parser.eat(TokenKind::Comma) {
                        items.push(parser.with_item()?);
                    }
                    if parser.at(TokenKind::Colon) { Ok(items) } else { Err(Failed) }
                })?;
                let Some(items) = items else {
                    if self.diagnosing {
                        self.pos = mark;
                        self.invalid_with_stmt()?;
                    }
                    return Err(Failed);
                };
                items
            }
        };
        self.expect(TokenKind::Colon)?;
        let type_comment = self.type_comment();
        let body = self.block("'with' statement", &keyword)?;
        if is_async {
            self.check_version(5, "Async with statements are")?;
        }
        let node = Box::new(With { items, body, type_comment });
        Ok(self.stmt(&start, if is_async { StmtKind::AsyncWith(node) } else { StmtKind::With(node) }))
    }

    fn with_item(&mut self) -> Parse<WithItem> {
        let mark = self.pos;
        let context_expr = self.expression()?;
        if !self.at(TokenKind::As) {
            return Ok(WithItem { context_expr, optional_vars: None });
        }
        let target = self.attempt(|parser| {
            parser.advance();
            let target = parser.star_target()?;
            match parser.kind() {
                TokenKind::Comma | TokenKind::RPar | TokenKind::Colon => Ok(target),
                _ => Err(Failed),
            }
        })?;
        if target.is_none() && self.diagnosing {
            self.pos = mark;
            self.invalid_with_item()?;
            self.pos = mark;
            let context_expr = self.expression()?;
            return Ok(WithItem { context_expr, optional_vars: None });
        }
        Ok(WithItem { context_expr, optional_vars: target })
    }

    fn try_stmt(&mut self) -> Parse<Stmt> {
        let start = self.advance();
        self.expect_forced(TokenKind::Colon)?;
        let body = self.block("'try' statement", &start)?;
        let mut handlers = Vec::new();
        let mut is_star = false;
        while self.at(TokenKind::Except) {
            let star_here = self.kind_at(1) == TokenKind::Star;
            if handlers.is_empty() {
                is_star = star_here;
            } else if star_here != is_star {
                return self.mixed_handlers();
            }
            handlers.push(self.except_block()?);
        }
        let orelse = if handlers.is_empty() { Vec::new() } else { self.else_block()? };
        let mut finalbody = Vec::new();
        let has_finally = self.at(TokenKind::Finally);
        if has_finally {
            let keyword = self.advance();
            self.expect_forced(TokenKind::Colon)?;
            finalbody = self.block("'finally' statement", &keyword)?;
        }
        if handlers.is_empty() && !has_finally {
            if self.diagnosing && !self.at(TokenKind::Error) {
                return self.raise_here(ErrorKind::SyntaxError, "expected 'except' or 'finally' block");
            }
            return Err(Failed);
        }
        let node = Box::new(Try { body, handlers, orelse, finalbody });
        Ok(self.stmt(&start, if is_star { StmtKind::TryStar(node) } else { StmtKind::Try(node) }))
    }

    fn mixed_handlers<T>(&mut self) -> Parse<T> {
        self.furthest = self.furthest.max(self.pos + 1);
        if !self.diagnosing || self.look_ahead(Parser::except_keyword_and_header)?.is_none() {
            return Err(Failed);
        }
        let start = self.advance();
        if self.at(TokenKind::Star) {
            self.advance();
        }
        let span = self.span_from(&start);
        self.raise_at(span, "cannot have both 'except' and 'except*' on the same 'try'")
    }

    fn except_keyword_and_header(&mut self) -> Parse<()> {
        self.advance();
        self.except_header().map(drop)
    }

    fn except_block(&mut self) -> Parse<ExceptHandler> {
        let start = self.advance();
        let mark = self.pos;
        let header = self.attempt(Parser::except_header)?;
        let Some((r#type, name)) = header else {
            if self.diagnosing {
                self.pos = mark;
                self.invalid_except_stmt()?;
            }
            return Err(Failed);
        };
        let is_star = self.tokens[mark].kind == TokenKind::Star;
        let owner = if is_star { "'except*' statement" } else { "'except' statement" };
        let body = self.block(owner, &start)?;
        if is_star {
            self.check_version(11, "Exception groups are")?;
        }
        Ok(ExceptHandler { r#type, name, body, span: self.span_from(&start) })
    }

    /// What follows `except`, up to the colon.
    fn except_header(&mut self) -> Parse<(Option<Box<Expr>>, Option<Identifier>)> {
        let is_star = self.eat(TokenKind::Star);
        if !is_star && self.eat(TokenKind::Colon) {
            return Ok((None, None));
        }
        let found = self.expressions()?;
        let is_bare_tuple = self.at(TokenKind::As) && self.is_bare_tuple(&found);
        let mut name = None;
        if !is_bare_tuple && self.eat(TokenKind::As) {
            name = Some(self.expect_name()?.0);
        }
        self.expect(TokenKind::Colon)?;
        if self.is_bare_tuple(&found) {
            self.check_version(14, "except expressions without parentheses are")?;
        }
        Ok((Some(Box::new(found)), name))
    }

    /// Whether the expression just read is a tuple without parentheses.
    fn is_bare_tuple(&self, found: &Expr) -> bool {
        let ExprKind::Tuple { elts, .. } = &found.kind else { return false };
        elts.first().is_some_and(|first| {
            (first.span.lineno, first.span.col_offset) == (found.span.lineno, found.span.col_offset)
        })
    }

    fn match_stmt(&mut self) -> Parse<Stmt> {
        use TokenKind::{Dot, Equal, Newline, RPar, Semi};
        if matches!(self.kind_at(1), Equal | Dot | Newline | RPar | Semi) {
            self.advance();
            return Err(Failed);
        }
        let start = self.advance();
        let subject_start = self.token();
        let first = self.star_named_expression()?;
        if matches!(first.kind, ExprKind::Starred { .. }) && !self.at(TokenKind::Comma) {
            return Err(Failed);
        }
        let subject = Box::new(self.tuple_rest(&subject_start, first, Parser::star_named_expression)?);
        self.header_colon()?;
        self.expect(TokenKind::Newline)?;
        if !self.eat(TokenKind::Indent) {
            if self.diagnosing && !self.at(TokenKind::Error) {
                let msg =
                    format!("expected an indented block after 'match' statement on line {}", start.lineno);
                return self.raise_here(ErrorKind::IndentationError, msg);
            }
            return Err(Failed);
        }
        let mut cases = Vec::new();
        while self.at_soft("case") {
            cases.push(self.case_block()?);
        }
        if cases.is_empty() {
            return Err(Failed);
        }
        self.expect(TokenKind::Dedent)?;
        Ok(self.stmt(&start, StmtKind::Match { subject, cases }))
    }

    fn case_block(&mut self) -> Parse<MatchCase> {
        let start = self.advance();
        let pattern = self.patterns()?;
        let guard = if self.eat(TokenKind::If) { Some(self.named_expression()?) } else { None };
        self.header_colon()?;
        let body = self.block("'case' statement", &start)?;
        self.check_version(10, "Pattern matching is")?;
        Ok(MatchCase { pattern, guard, body })
    }

    /// `simple_stmts`
    pub(super) fn simple_statements(&mut self, body: &mut Vec<Stmt>) -> Parse<()> {
        loop {
            body.push(self.simple_statement()?);
            if !self.eat(TokenKind::Semi) {
                return self.expect(TokenKind::Newline).map(drop);
            }
            if self.eat(TokenKind::Newline) {
                return Ok(());
            }
        }
    }

    /// `simple_stmt`
    pub(super) fn simple_statement(&mut self) -> Parse<Stmt> {
        let start = self.token();
        let kind = match start.kind {
            TokenKind::Return => {
                self.advance();
                let value =
                    if self.at_statement_end() { None } else { self.attempt(Parser::star_expressions)? };
                StmtKind::Return { value: value.map(Box::new) }
            }
            TokenKind::Import => self.import_name()?,
            TokenKind::From => self.import_from()?,
            TokenKind::Raise => self.raise_stmt()?,
            TokenKind::Pass if !self.diagnosing || self.kind_at(1) != TokenKind::If => {
                self.advance();
                StmtKind::Pass
            }
            TokenKind::Break if !self.diagnosing || self.kind_at(1) != TokenKind::If => {
                self.advance();
                StmtKind::Break
            }
            TokenKind::Continue if !self.diagnosing || self.kind_at(1) != TokenKind::If => {
                self.advance();
                StmtKind::Continue
            }
            TokenKind::Del => self.del_stmt()?,
            TokenKind::Yield => {
                if self.diagnosing {
                    self.invalid_yield_assignment()?;
                }
                StmtKind::Expr { value: Box::new(self.yield_expr()?) }
            }
            TokenKind::Assert => self.assert_stmt()?,
            TokenKind::Global => StmtKind::Global { names: self.declared_names()? },
            TokenKind::Nonlocal => StmtKind::Nonlocal { names: self.declared_names()? },
            TokenKind::Name if self.kind_at(1) == TokenKind::Name && self.at_soft("type") => {
                match self.attempt(Parser::type_alias)? {
                    Some(kind) => kind,
                    None => self.expression_statement()?,
                }
            }
            _ => self.expression_statement()?,
        };
        Ok(self.stmt(&start, kind))
    }

    fn at_statement_end(&self) -> bool {
        matches!(self.kind(), TokenKind::Newline | TokenKind::Semi)
    }

    /// `assignment` or `star_expressions`
    fn expression_statement(&mut self) -> Parse<StmtKind> {
        if self.diagnosing {
            return self.expression_statement_diagnosing();
        }
        let start = self.token();
        let mark = self.pos;
        let mut first = self.star_expressions()?;
        match self.kind() {
            TokenKind::Equal => self.assignment(first),
            TokenKind::Colon => {
                let simple = start.kind == TokenKind::Name && self.pos == mark + 1;
                if matches!(first.kind, ExprKind::Tuple { .. } | ExprKind::List { .. })
                    || !set_context(&mut first, ExprContext::Store, false)
                {
                    return Err(Failed);
                }
                self.annotated_assignment(first, simple)
            }
            kind => {
                let Some(op) = augmented_operator(kind) else {
                    return Ok(StmtKind::Expr { value: Box::new(first) });
                };
                if matches!(first.kind, ExprKind::Tuple { .. } | ExprKind::List { .. })
                    || !set_context(&mut first, ExprContext::Store, false)
                {
                    return Err(Failed);
                }
                self.advance();
                if op == Operator::MatMult {
                    self.check_version(5, "The '@' operator is")?;
                }
                let value = Box::new(self.annotated_rhs()?);
                Ok(StmtKind::AugAssign { target: Box::new(first), op, value })
            }
        }
    }

    fn assignment(&mut self, first: Expr) -> Parse<StmtKind> {
        let mut targets = Vec::with_capacity(1);
        let mut value = first;
        while self.eat(TokenKind::Equal) {
            if !set_context(&mut value, ExprContext::Store, true) {
                return Err(Failed);
            }
            targets.push(value);
            value = self.annotated_rhs()?;
        }
        let type_comment = self.type_comment();
        Ok(StmtKind::Assign { targets, value: Box::new(value), type_comment })
    }

    /// What follows the target of an annotation.
    pub(super) fn annotated_assignment(&mut self, target: Expr, simple: bool) -> Parse<StmtKind> {
        self.expect(TokenKind::Colon)?;
        let annotation = Box::new(self.expression()?);
        let value = self.attempt(|parser| {
            parser.expect(TokenKind::Equal)?;
            parser.annotated_rhs()
        })?;
        let value = value.map(Box::new);
        self.check_version(
            6,
            if simple { "Variable annotation syntax is" } else { "Variable annotations syntax is" },
        )?;
        Ok(StmtKind::AnnAssign { target: Box::new(target), annotation, value, simple })
    }

    fn type_alias(&mut self) -> Parse<StmtKind> {
        self.advance();
        let (id, start) = self.expect_name()?;
        let name = Box::new(self.expr(&start, ExprKind::Name { id, ctx: ExprContext::Store }));
        if self.diagnosing && self.at(TokenKind::LSqb) && self.kind_at(1) == TokenKind::RSqb {
            // The first pass has looked at what follows the brackets: the message reaches that far.
            self.furthest = self.furthest.max(self.pos + 2);
        }
        let type_params = self.type_params()?;
        self.expect(TokenKind::Equal)?;
        let value = Box::new(self.expression()?);
        self.check_version(12, "Type statement is")?;
        Ok(StmtKind::TypeAlias { name, type_params, value })
    }

    fn raise_stmt(&mut self) -> Parse<StmtKind> {
        self.advance();
        if self.at_statement_end() {
            return Ok(StmtKind::Raise { exc: None, cause: None });
        }
        let Some(exc) = self.attempt(Parser::expression)? else {
            return Ok(StmtKind::Raise { exc: None, cause: None });
        };
        let cause = if self.eat(TokenKind::From) { Some(Box::new(self.expression()?)) } else { None };
        Ok(StmtKind::Raise { exc: Some(Box::new(exc)), cause })
    }

    fn del_stmt(&mut self) -> Parse<StmtKind> {
        let mark = self.pos;
        self.advance();
        let targets = self.attempt(|parser| {
            let targets = parser.del_targets()?;
            if parser.at_statement_end() { Ok(targets) } else { Err(Failed) }
        })?;
        match targets {
            Some(targets) => Ok(StmtKind::Delete { targets }),
            None => {
                if self.diagnosing {
                    self.pos = mark;
                    self.invalid_del_stmt()?;
                }
                Err(Failed)
            }
        }
    }

    fn assert_stmt(&mut self) -> Parse<StmtKind> {
        self.advance();
        let test = Box::new(self.expression()?);
        let msg = if self.eat(TokenKind::Comma) { Some(Box::new(self.expression()?)) } else { None };
        Ok(StmtKind::Assert { test, msg })
    }

    fn declared_names(&mut self) -> Parse<Vec<Identifier>> {
        self.advance();
        let mut names = vec![self.expect_name()?.0];
        while self.eat(TokenKind::Comma) {
            names.push(self.expect_name()?.0);
        }
        Ok(names)
    }

    fn import_name(&mut self) -> Parse<StmtKind> {
        if self.diagnosing {
            self.invalid_import()?;
        }
        self.advance();
        let mut names = vec![self.dotted_as_name()?];
        while self.eat(TokenKind::Comma) {
            names.push(self.dotted_as_name()?);
        }
        Ok(StmtKind::Import { names })
    }

    fn dotted_as_name(&mut self) -> Parse<Alias> {
        let start = self.token();
        let name = self.dotted_name()?;
        let asname = self.as_name()?;
        Ok(Alias { name, asname, span: self.span_from(&start) })
    }

    fn as_name(&mut self) -> Parse<Option<Identifier>> {
        if !self.at(TokenKind::As) {
            return Ok(None);
        }
        self.advance();
        if self.diagnosing {
            self.invalid_import_target()?;
        }
        Ok(Some(self.expect_name()?.0))
    }

    /// `dotted_name`
    pub(super) fn dotted_name(&mut self) -> Parse<Identifier> {
        let (first, _) = self.expect_name()?;
        if !self.at(TokenKind::Dot) {
            return Ok(first);
        }
        let mut name = first.to_string();
        while self.at(TokenKind::Dot) {
            let next = self.attempt(|parser| {
                parser.advance();
                parser.expect_name()
            })?;
            let Some((next, _)) = next else { break };
            name.push('.');
            name.push_str(&next);
        }
        Ok(Identifier::new(&name))
    }

    fn import_from(&mut self) -> Parse<StmtKind> {
        self.advance();
        let mut level = 0;
        loop {
            match self.kind() {
                TokenKind::Dot => level += 1,
                TokenKind::Ellipsis => level += 3,
                _ => break,
            }
            self.advance();
        }
        let module = if level > 0 && self.at(TokenKind::Import) { None } else { Some(self.dotted_name()?) };
        self.expect(TokenKind::Import)?;
        let names = self.import_from_targets()?;
        if level == 0
            && module.as_ref().is_some_and(|module| module.as_str() == "__future__")
            && names.iter().any(|alias| alias.name.as_str() == "barry_as_FLUFL")
        {
            self.flags.barry_as_flufl = true;
        }
        Ok(StmtKind::ImportFrom { module, names, level })
    }

    fn import_from_targets(&mut self) -> Parse<Vec<Alias>> {
        if self.at(TokenKind::Star) {
            let token = self.advance();
            let span = Parser::token_span(&token);
            return Ok(vec![Alias { name: Identifier::new("*"), asname: None, span }]);
        }
        let parenthesized = self.eat(TokenKind::LPar);
        if self.diagnosing && !parenthesized && self.at(TokenKind::Newline) {
            let newline = self.token();
            self.raise_starting_from(&newline, "Expected one or more names after 'import'")?;
        }
        let mut names = vec![self.import_from_as_name()?];
        while self.at(TokenKind::Comma) {
            self.advance();
            if parenthesized && self.at(TokenKind::RPar) {
                break;
            }
            if self.diagnosing && !parenthesized && self.at(TokenKind::Newline) {
                let msg = "trailing comma not allowed without surrounding parentheses";
                return self.raise_here(ErrorKind::SyntaxError, msg);
            }
            names.push(self.import_from_as_name()?);
        }
        if parenthesized {
            self.expect(TokenKind::RPar)?;
        }
        Ok(names)
    }

    fn import_from_as_name(&mut self) -> Parse<Alias> {
        let (name, start) = self.expect_name()?;
        let asname = self.as_name()?;
        Ok(Alias { name, asname, span: self.span_from(&start) })
    }
}
