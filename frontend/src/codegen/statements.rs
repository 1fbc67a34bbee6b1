//! Statements, except definitions, `try`, `with` and `match`.

use ir::code::Const;
use ir::locations::Location;
use ir::opcode::Opcode::{self, *};
use ir::opcode::{BinaryOperator, CommonConstant, Intrinsic1};

use super::blocks::BlockType;
use super::unit::{ScopeType, string_tuple};
use super::{Compiler, Context, Label, loc};
use crate::ast::*;
use crate::diagnostic::{Result, syntax_error};

impl<'t> Compiler<'t> {
    /// The body of a module or class: docstring, statements, the evaluator of its annotations.
    pub(super) fn body(&mut self, start: Location, body: &'t [Stmt], interactive: bool) -> Result<()> {
        let future = self.future_annotations();
        let holds_annotations = matches!(self.unit_ref().scope_type, ScopeType::Module | ScopeType::Class);
        if future && holds_annotations && has_annotations(body) {
            self.op(start, SETUP_ANNOTATIONS);
        }
        let mut rest = body;
        if !interactive && let Some((docstring, span)) = super::docstring(body) {
            rest = &body[1..];
            if self.options.optimize < 2 {
                let cleaned = super::docstrings::clean(docstring);
                self.load_const(loc(span), Const::Str(cleaned));
                self.store_name(Location::NONE, "__doc__")?;
            } else {
                rest = self.after_removed_docstring(body);
            }
        }
        self.statements(rest)?;
        if future || body.is_empty() { Ok(()) } else { self.deferred_annotations(start) }
    }

    /// What follows a docstring that was left out. A string there must not become the docstring: it is evaluated.
    pub(super) fn after_removed_docstring(&mut self, body: &'t [Stmt]) -> &'t [Stmt] {
        if body.len() == 1 {
            self.op(super::docstrings::pass_location(body[0].span), NOP);
        }
        let rest = &body[1..];
        let Some((string, span)) = super::docstring(rest) else { return rest };
        self.load_const(loc(span), Const::Str(string.clone()));
        self.op(Location::NONE, POP_TOP);
        &rest[1..]
    }

    pub(super) fn statements(&mut self, body: &'t [Stmt]) -> Result<()> {
        body.iter().try_for_each(|stmt| {
            self.stack.check(stmt.span)?;
            self.statement(stmt)
        })
    }

    fn statement(&mut self, stmt: &'t Stmt) -> Result<()> {
        let at = loc(stmt.span);
        match &stmt.kind {
            StmtKind::FunctionDef(def) => self.function_def(stmt, def, false),
            StmtKind::AsyncFunctionDef(def) => self.function_def(stmt, def, true),
            StmtKind::ClassDef(def) => self.class_def(stmt, def),
            StmtKind::TypeAlias { name, type_params, value } => {
                self.type_alias(stmt, name, type_params, value)
            }
            StmtKind::Return { value } => self.return_statement(stmt, value.as_deref()),
            StmtKind::Delete { targets } => targets.iter().try_for_each(|target| self.expr(target)),
            StmtKind::Assign { targets, value, .. } => {
                self.expr(value)?;
                for (i, target) in targets.iter().enumerate() {
                    if i + 1 < targets.len() {
                        self.op_arg(at, COPY, 1);
                    }
                    self.expr(target)?;
                }
                Ok(())
            }
            StmtKind::AugAssign { target, op, value } => self.augmented_assignment(stmt, target, *op, value),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.annotated_assignment(stmt, target, annotation, value.as_deref(), *simple)
            }
            StmtKind::For(def) => self.conditional(|compiler| compiler.for_loop(stmt, def)),
            StmtKind::AsyncFor(def) => self.conditional(|compiler| compiler.async_for_loop(stmt, def)),
            StmtKind::While { test, body, orelse } => {
                self.conditional(|compiler| compiler.while_loop(stmt, test, body, orelse))
            }
            StmtKind::If { .. } => self.conditional(|compiler| compiler.if_chain(stmt)),

            StmtKind::With(def) => self.conditional(|compiler| compiler.with_statement(def, 0)),
            StmtKind::AsyncWith(def) => self.conditional(|compiler| {
                compiler.require_async(stmt.span, "'async with' outside async function")?;
                compiler.async_with_statement(def, 0)
            }),
            StmtKind::Match { subject, cases } => {
                self.conditional(|compiler| compiler.match_statement(subject, cases))
            }
            StmtKind::Raise { exc, cause } => {
                let mut count = 0;
                for part in [exc, cause].into_iter().flatten() {
                    self.expr(part)?;
                    count += 1;
                }
                self.op_arg(at, RAISE_VARARGS, count);
                Ok(())
            }
            StmtKind::Try(def) => self.conditional(|compiler| compiler.try_statement(stmt, def, false)),
            StmtKind::TryStar(def) => self.conditional(|compiler| compiler.try_statement(stmt, def, true)),
            StmtKind::Assert { test, msg } => self.assert_statement(stmt, test, msg.as_deref()),
            StmtKind::Import { names } => self.import(at, names),
            StmtKind::ImportFrom { module, names, level } => {
                self.import_from(stmt, module.as_ref(), names, *level)
            }
            StmtKind::Global { .. } | StmtKind::Nonlocal { .. } => Ok(()),
            StmtKind::Expr { value } => self.expression_statement(at, value),
            StmtKind::Pass => {
                self.op(at, NOP);
                Ok(())
            }
            StmtKind::Break => self.break_statement(stmt.span),
            StmtKind::Continue => self.continue_statement(stmt.span),
        }
    }

    /// Generates statements that may not run.
    fn conditional(&mut self, generate: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let before = std::mem::replace(&mut self.unit().in_conditional_block, true);
        generate(self)?;
        self.unit().in_conditional_block = before;
        Ok(())
    }

    fn expression_statement(&mut self, at: Location, value: &'t Expr) -> Result<()> {
        if self.interactive && self.units.len() == 1 {
            self.expr(value)?;
            self.op_arg(at, CALL_INTRINSIC_1, Intrinsic1::Print as u32);
        } else if self.constant(value).is_some() {
            self.op(at, NOP);
            return Ok(());
        } else {
            self.expr(value)?;
        }
        self.op(Location::NONE, POP_TOP);
        Ok(())
    }

    fn return_statement(&mut self, stmt: &'t Stmt, value: Option<&'t Expr>) -> Result<()> {
        let mut at = loc(stmt.span);
        let scope = self.scope();
        if !scope.is_function_like() {
            return syntax_error("'return' outside function", stmt.span);
        }
        if value.is_some() && scope.coroutine && scope.generator {
            return syntax_error("'return' with value in async generator", stmt.span);
        }
        let constant = value.and_then(|value| self.constant(value));
        let keep_top = value.is_some() && constant.is_none();
        if let Some(value) = value {
            if keep_top {
                self.expr(value)?;
            } else {
                at = loc(value.span);
                self.op(at, NOP);
            }
        }
        if value.is_none_or(|value| value.span.lineno != stmt.span.lineno) {
            at = loc(stmt.span);
            self.op(at, NOP);
        }
        self.unwind_blocks(&mut at, keep_top, false)?;
        if !keep_top {
            self.load_const(at, constant.unwrap_or(Const::None));
        }
        self.op(at, RETURN_VALUE);
        Ok(())
    }

    fn augmented_assignment(
        &mut self,
        stmt: &'t Stmt,
        target: &'t Expr,
        op: Operator,
        value: &'t Expr,
    ) -> Result<()> {
        let at = loc(target.span);
        match &target.kind {
            ExprKind::Attribute { value: object, attr, .. } => {
                self.expr(object)?;
                self.op_arg(at, COPY, 1);
                let attr_at = attribute_location(at, target);
                self.attribute_op(attr_at, LOAD_ATTR, attr);
            }
            ExprKind::Subscript { value: object, slice, .. } => {
                self.expr(object)?;
                if self.is_two_part_slice(slice) {
                    self.slice_parts(slice)?;
                    for _ in 0..3 {
                        self.op_arg(at, COPY, 3);
                    }
                    self.op(at, BINARY_SLICE);
                } else {
                    self.expr(slice)?;
                    self.op_arg(at, COPY, 2);
                    self.op_arg(at, COPY, 2);
                    self.op_arg(at, BINARY_OP, BinaryOperator::NB_SUBSCR as u32);
                }
            }
            ExprKind::Name { id, .. } => self.name_op(at, id, Context::Load)?,
            _ => return syntax_error("invalid node type for augmented assignment", target.span),
        }
        self.expr(value)?;
        let inplace = super::expressions::binary_operator(op) as u32 + BinaryOperator::NB_INPLACE_ADD as u32;
        self.op_arg(loc(stmt.span), BINARY_OP, inplace);
        match &target.kind {
            ExprKind::Attribute { attr, .. } => {
                let attr_at = attribute_location(at, target);
                self.op_arg(attr_at, SWAP, 2);
                self.attribute_op(attr_at, STORE_ATTR, attr);
            }
            ExprKind::Subscript { slice, .. } => {
                let (first, store) =
                    if self.is_two_part_slice(slice) { (4, STORE_SLICE) } else { (3, STORE_SUBSCR) };
                for depth in (2..=first).rev() {
                    self.op_arg(at, SWAP, depth);
                }
                self.op(at, store);
            }
            ExprKind::Name { id, .. } => self.name_op(at, id, Context::Store)?,
            _ => {}
        }
        Ok(())
    }

    fn for_loop(&mut self, stmt: &'t Stmt, def: &'t For) -> Result<()> {
        let (start, cleanup, end) = (self.new_label(), self.new_label(), self.new_label());
        self.push_block(loc(stmt.span), BlockType::For(start, end))?;
        self.expr(&def.iter)?;
        let at = loc(def.iter.span);
        self.op(at, GET_ITER);
        self.place(start);
        self.jump(at, FOR_ITER, cleanup);
        // Keeps the line of a target that is on another line than the iterator.
        self.op(loc(def.target.span), NOP);
        self.expr(&def.target)?;
        self.statements(&def.body)?;
        self.jump(Location::NONE, JUMP, start);
        self.place(cleanup);
        self.op(Location::NONE, END_FOR);
        self.op(Location::NONE, POP_ITER);
        self.pop_block();
        self.statements(&def.orelse)?;
        self.place(end);
        Ok(())
    }

    fn async_for_loop(&mut self, stmt: &'t Stmt, def: &'t For) -> Result<()> {
        self.require_async(stmt.span, "'async for' outside async function")?;
        let at = loc(stmt.span);
        let (start, except, end) = (self.new_label(), self.new_label(), self.new_label());
        let send = self.new_label();
        self.expr(&def.iter)?;
        self.op(loc(def.iter.span), GET_AITER);
        self.place(start);
        self.push_block(at, BlockType::AsyncFor(start, end))?;
        self.next_of_async_iterator(at, send, except);
        self.op(at, NOT_TAKEN);
        self.expr(&def.target)?;
        self.statements(&def.body)?;
        self.jump(Location::NONE, JUMP, start);
        self.pop_block();
        self.place(except);
        self.jump(loc(def.iter.span), END_ASYNC_FOR, send);
        self.statements(&def.orelse)?;
        self.place(end);
        Ok(())
    }

    /// Awaits the next item; the end of the iterator is an exception that goes to `except`.
    pub(super) fn next_of_async_iterator(&mut self, at: Location, send: Label, except: Label) {
        self.jump(at, SETUP_FINALLY, except);
        self.op(at, GET_ANEXT);
        self.load_none(at);
        self.place(send);
        self.yield_from(at, true);
        self.op(at, POP_BLOCK);
    }

    /// `async` statements need a coroutine around them.
    fn require_async(&self, span: Span, message: &str) -> Result<()> {
        let scope_type = self.unit_ref().scope_type;
        let allowed = scope_type == ScopeType::AsyncFunction
            || (self.options.top_level_await && scope_type == ScopeType::Module);
        if allowed { Ok(()) } else { syntax_error(message, span) }
    }

    fn while_loop(
        &mut self,
        stmt: &'t Stmt,
        test: &'t Expr,
        body: &'t [Stmt],
        orelse: &'t [Stmt],
    ) -> Result<()> {
        let (start, anchor, end) = (self.new_label(), self.new_label(), self.new_label());
        self.place(start);
        self.push_block(loc(stmt.span), BlockType::While(start, end))?;
        self.jump_if(test, anchor, false)?;
        self.statements(body)?;
        self.jump(Location::NONE, JUMP, start);
        self.pop_block();
        self.place(anchor);
        self.statements(orelse)?;
        self.place(end);
        Ok(())
    }

    /// `if` with all its `elif`s, which lie inside one another in the tree.
    fn if_chain(&mut self, stmt: &'t Stmt) -> Result<()> {
        let mut stmt = stmt;
        let mut ends = Vec::new();
        while let StmtKind::If { test, body, orelse } = &stmt.kind {
            let end = self.new_label();
            ends.push(end);
            let next = if orelse.is_empty() { end } else { self.new_label() };
            self.jump_if(test, next, false)?;
            self.statements(body)?;
            if orelse.is_empty() {
                break;
            }
            self.jump(Location::NONE, JUMP_NO_INTERRUPT, end);
            self.place(next);
            match &orelse[..] {
                [inner @ Stmt { kind: StmtKind::If { .. }, .. }] => stmt = inner,
                _ => {
                    self.statements(orelse)?;
                    break;
                }
            }
        }
        for end in ends.into_iter().rev() {
            self.place(end);
        }
        Ok(())
    }

    fn assert_statement(&mut self, stmt: &'t Stmt, test: &'t Expr, msg: Option<&'t Expr>) -> Result<()> {
        self.warn_assert_tuple(stmt.span, test);
        if self.options.optimize > 0 {
            return Ok(());
        }
        let at = loc(stmt.span);
        let end = self.new_label();
        self.jump_if(test, end, true)?;
        self.op_arg(at, LOAD_COMMON_CONSTANT, CommonConstant::AssertionError as u32);
        if let Some(msg) = msg {
            self.expr(msg)?;
            self.op_arg(at, CALL, 0);
        }
        self.op_arg(loc(test.span), RAISE_VARARGS, 1);
        self.place(end);
        Ok(())
    }

    fn import(&mut self, at: Location, names: &'t [Alias]) -> Result<()> {
        for alias in names {
            self.load_const(at, Const::int(0));
            self.load_none(at);
            self.attribute_op(at, IMPORT_NAME, &alias.name);
            match &alias.asname {
                Some(asname) => self.import_as(at, &alias.name, asname)?,
                None => {
                    let first = alias.name.split('.').next().unwrap_or_default();
                    self.store_name(at, first)?;
                }
            }
        }
        Ok(())
    }

    /// Binds the last part of a dotted name: `import a.b.c as d`.
    fn import_as(&mut self, at: Location, name: &Identifier, asname: &Identifier) -> Result<()> {
        let mut parts = name.split('.').skip(1).peekable();
        if parts.peek().is_none() {
            return self.name_op(at, asname, Context::Store);
        }
        while let Some(part) = parts.next() {
            self.attribute_op(at, IMPORT_FROM, &part.into());
            if parts.peek().is_some() {
                self.op_arg(at, SWAP, 2);
                self.op(at, POP_TOP);
            }
        }
        self.name_op(at, asname, Context::Store)?;
        self.op(at, POP_TOP);
        Ok(())
    }

    fn import_from(
        &mut self,
        stmt: &Stmt,
        module: Option<&Identifier>,
        names: &[Alias],
        level: u32,
    ) -> Result<()> {
        let at = loc(stmt.span);
        let is_future = level == 0 && module.is_some_and(|module| &**module == "__future__");
        if is_future && stmt.span.lineno > self.options.future_line {
            return syntax_error(
                "from __future__ imports must occur at the beginning of the file",
                stmt.span,
            );
        }
        self.load_const(at, Const::int(level));
        self.load_const(at, string_tuple(names.iter().map(|alias| &alias.name)));
        let empty = Identifier::new("");
        self.attribute_op(at, IMPORT_NAME, module.unwrap_or(&empty));
        for alias in names {
            if &*alias.name == "*" {
                self.op_arg(at, CALL_INTRINSIC_1, Intrinsic1::ImportStar as u32);
                self.op(Location::NONE, POP_TOP);
                return Ok(());
            }
            self.attribute_op(at, IMPORT_FROM, &alias.name);
            self.name_op(at, alias.asname.as_ref().unwrap_or(&alias.name), Context::Store)?;
        }
        self.op(at, POP_TOP);
        Ok(())
    }

    /// Jumps to `target` when the truth of `test` is `condition`; else control falls through.
    pub(super) fn jump_if(&mut self, test: &'t Expr, target: Label, condition: bool) -> Result<()> {
        self.stack.check(test.span)?;
        self.jump_if_kind(test, target, condition)
    }

    fn jump_if_kind(&mut self, test: &'t Expr, target: Label, condition: bool) -> Result<()> {
        let at = loc(test.span);
        match &test.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => {
                return self.jump_if(operand, target, !condition);
            }
            ExprKind::BoolOp { op, values } => {
                let Some((last, first)) = values.split_last() else { return Ok(()) };
                let stops_when = *op == BoolOp::Or;
                let inner = if stops_when == condition { target } else { self.new_label() };
                for value in first {
                    self.jump_if(value, inner, stops_when)?;
                }
                self.jump_if(last, target, condition)?;
                if inner != target {
                    self.place(inner);
                }
                return Ok(());
            }
            ExprKind::IfExp { test, body, orelse } => {
                let (end, next) = (self.new_label(), self.new_label());
                self.jump_if(test, next, false)?;
                self.jump_if(body, target, condition)?;
                self.jump(Location::NONE, JUMP_NO_INTERRUPT, end);
                self.place(next);
                self.jump_if(orelse, target, condition)?;
                self.place(end);
                return Ok(());
            }
            ExprKind::Compare { left, ops, comparators } if ops.len() > 1 => {
                self.warn_is_literal(test.span, left, ops, comparators);
                let (cleanup, end) = (self.new_label(), self.new_label());
                self.chained_comparison(at, left, ops, comparators, |compiler| {
                    compiler.op(at, TO_BOOL);
                    compiler.jump(at, POP_JUMP_IF_FALSE, cleanup);
                })?;
                self.op(at, TO_BOOL);
                self.jump(at, conditional_jump(condition), target);
                self.jump(Location::NONE, JUMP_NO_INTERRUPT, end);
                self.place(cleanup);
                self.op(at, POP_TOP);
                if !condition {
                    self.jump(Location::NONE, JUMP_NO_INTERRUPT, target);
                }
                self.place(end);
                return Ok(());
            }
            _ => {}
        }
        self.expr(test)?;
        self.op(at, TO_BOOL);
        self.jump(at, conditional_jump(condition), target);
        Ok(())
    }
}

fn conditional_jump(condition: bool) -> Opcode {
    if condition { POP_JUMP_IF_TRUE } else { POP_JUMP_IF_FALSE }
}

/// Where an attribute access is shown: at the name, when the expression spans lines.
pub(super) fn attribute_location(at: Location, attribute: &Expr) -> Location {
    let ExprKind::Attribute { attr, .. } = &attribute.kind else { return at };
    let end = loc(attribute.span);
    if at.line == end.end_line {
        return at;
    }
    let width = attr.chars().count() as i32;
    if width > end.end_column {
        return Location { line: end.end_line, column: -1, end_column: -1, ..at };
    }
    Location { line: end.end_line, column: end.end_column - width, ..at }
}

/// True when a body has an annotated assignment, not counting inner functions and classes.
fn has_annotations(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::AnnAssign { .. } => true,
        StmtKind::For(def) | StmtKind::AsyncFor(def) => {
            has_annotations(&def.body) || has_annotations(&def.orelse)
        }
        StmtKind::While { body, orelse, .. } | StmtKind::If { body, orelse, .. } => {
            has_annotations(body) || has_annotations(orelse)
        }
        StmtKind::Match { cases, .. } => cases.iter().any(|case| has_annotations(&case.body)),
        StmtKind::With(def) | StmtKind::AsyncWith(def) => has_annotations(&def.body),
        StmtKind::Try(def) | StmtKind::TryStar(def) => {
            let in_handlers = def.handlers.iter().any(|handler| has_annotations(&handler.body));
            has_annotations(&def.body)
                || in_handlers
                || has_annotations(&def.finalbody)
                || has_annotations(&def.orelse)
        }
        _ => false,
    })
}
