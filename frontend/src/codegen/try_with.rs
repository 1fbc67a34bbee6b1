//! `try` in its three forms, and `with`.

use ir::locations::Location;
use ir::opcode::Opcode::*;
use ir::opcode::{Intrinsic2, SpecialMethod};

use super::blocks::BlockType;
use super::{Compiler, Context, Label, loc};
use crate::ast::*;
use crate::diagnostic::{Result, syntax_error};

impl<'t> Compiler<'t> {
    pub(super) fn try_statement(&mut self, stmt: &'t Stmt, def: &'t Try, star: bool) -> Result<()> {
        if def.finalbody.is_empty() {
            self.try_except(stmt, def, star)
        } else {
            self.try_finally(stmt, def, star)
        }
    }

    /// The final body is generated twice: once for each way out.
    fn try_finally(&mut self, stmt: &'t Stmt, def: &'t Try, star: bool) -> Result<()> {
        let at = loc(stmt.span);
        let (end, exit, cleanup) = (self.new_label(), self.new_label(), self.new_label());
        self.jump(at, SETUP_FINALLY, end);
        self.push_block(at, BlockType::FinallyTry(&def.finalbody))?;
        if def.handlers.is_empty() {
            self.statements(&def.body)?;
        } else {
            self.try_except(stmt, def, star)?;
        }
        self.op(Location::NONE, POP_BLOCK);
        self.pop_block();
        self.statements(&def.finalbody)?;
        self.jump(Location::NONE, JUMP_NO_INTERRUPT, exit);

        self.place(end);
        self.push_block(at, BlockType::FinallyEnd)?;
        self.jump(Location::NONE, SETUP_CLEANUP, cleanup);
        self.op(Location::NONE, PUSH_EXC_INFO);
        self.statements_again(&def.finalbody)?;
        self.pop_block();
        self.op_arg(Location::NONE, RERAISE, 0);
        self.place(cleanup);
        self.pop_except_and_reraise();
        self.place(exit);
        Ok(())
    }

    /// Another copy of statements, without their warnings.
    pub(super) fn statements_again(&mut self, body: &'t [Stmt]) -> Result<()> {
        self.silenced += 1;
        self.statements(body)?;
        self.silenced -= 1;
        Ok(())
    }

    fn pop_except_and_reraise(&mut self) {
        self.op_arg(Location::NONE, COPY, 3);
        self.op(Location::NONE, POP_EXCEPT);
        self.op_arg(Location::NONE, RERAISE, 1);
    }

    fn try_except(&mut self, stmt: &'t Stmt, def: &'t Try, star: bool) -> Result<()> {
        if star {
            return self.try_except_star(stmt, def);
        }
        let at = loc(stmt.span);
        let (mut except, end, cleanup) = (self.new_label(), self.new_label(), self.new_label());
        self.jump(at, SETUP_FINALLY, except);
        self.push_block(at, BlockType::TryExcept)?;
        self.statements(&def.body)?;
        self.pop_block();
        self.op(Location::NONE, POP_BLOCK);
        self.statements(&def.orelse)?;
        self.jump(Location::NONE, JUMP_NO_INTERRUPT, end);

        self.place(except);
        self.jump(Location::NONE, SETUP_CLEANUP, cleanup);
        self.op(Location::NONE, PUSH_EXC_INFO);
        self.push_block(at, BlockType::Plain)?;
        for (i, handler) in def.handlers.iter().enumerate() {
            if handler.r#type.is_none() && i + 1 < def.handlers.len() {
                return syntax_error("default 'except:' must be last", handler.span);
            }
            except = self.new_label();
            self.except_handler(handler, except, end)?;
            self.place(except);
        }
        self.pop_block();
        self.op_arg(Location::NONE, RERAISE, 0);
        self.place(cleanup);
        self.pop_except_and_reraise();
        self.place(end);
        Ok(())
    }

    fn except_handler(&mut self, handler: &'t ExceptHandler, next: Label, end: Label) -> Result<()> {
        let at = loc(handler.span);
        if let Some(class) = &handler.r#type {
            self.expr(class)?;
            self.op(at, CHECK_EXC_MATCH);
            self.jump(at, POP_JUMP_IF_FALSE, next);
        }
        let Some(name) = &handler.name else {
            self.push_block(at, BlockType::HandlerCleanup(None))?;
            self.op(at, POP_TOP);
            self.statements(&handler.body)?;
            self.pop_block();
            self.op(Location::NONE, POP_BLOCK);
            self.op(Location::NONE, POP_EXCEPT);
            self.jump(Location::NONE, JUMP_NO_INTERRUPT, end);
            return Ok(());
        };
        let cleanup_end = self.new_label();
        self.name_op(at, name, Context::Store)?;
        self.jump(at, SETUP_CLEANUP, cleanup_end);
        self.push_block(at, BlockType::HandlerCleanup(Some(name)))?;
        self.statements(&handler.body)?;
        self.pop_block();
        self.op(Location::NONE, POP_BLOCK);
        self.op(Location::NONE, POP_BLOCK);
        self.op(Location::NONE, POP_EXCEPT);
        self.unbind(Location::NONE, name)?;
        self.jump(Location::NONE, JUMP_NO_INTERRUPT, end);
        self.place(cleanup_end);
        self.unbind(Location::NONE, name)?;
        self.op_arg(Location::NONE, RERAISE, 1);
        Ok(())
    }

    /// `except*`: the handlers share a list of what they raised; the rest of the group travels from one to the next.
    fn try_except_star(&mut self, stmt: &'t Stmt, def: &'t Try) -> Result<()> {
        let at = loc(stmt.span);
        let (except, orelse, end) = (self.new_label(), self.new_label(), self.new_label());
        let (cleanup, reraise_star, reraise) = (self.new_label(), self.new_label(), self.new_label());
        self.jump(at, SETUP_FINALLY, except);
        self.push_block(at, BlockType::TryExcept)?;
        self.statements(&def.body)?;
        self.pop_block();
        self.op(Location::NONE, POP_BLOCK);
        self.jump(Location::NONE, JUMP_NO_INTERRUPT, orelse);

        self.place(except);
        self.jump(Location::NONE, SETUP_CLEANUP, cleanup);
        self.op(Location::NONE, PUSH_EXC_INFO);
        self.push_block(at, BlockType::ExceptionGroupHandler)?;
        for (i, handler) in def.handlers.iter().enumerate() {
            if i == 0 {
                self.op_arg(loc(handler.span), BUILD_LIST, 0);
                self.op_arg(loc(handler.span), COPY, 2);
            }
            self.except_star_handler(handler)?;
            if i + 1 == def.handlers.len() {
                self.op_arg(Location::NONE, LIST_APPEND, 1);
                self.jump(Location::NONE, JUMP_NO_INTERRUPT, reraise_star);
            }
        }
        self.pop_block();
        self.place(reraise_star);
        self.op_arg(Location::NONE, CALL_INTRINSIC_2, Intrinsic2::PrepReraiseStar as u32);
        self.op_arg(Location::NONE, COPY, 1);
        self.jump(Location::NONE, POP_JUMP_IF_NOT_NONE, reraise);
        self.op(Location::NONE, POP_TOP);
        self.op(Location::NONE, POP_BLOCK);
        self.op(Location::NONE, POP_EXCEPT);
        self.jump(Location::NONE, JUMP_NO_INTERRUPT, end);
        self.place(reraise);
        self.op(Location::NONE, POP_BLOCK);
        self.op_arg(Location::NONE, SWAP, 2);
        self.op(Location::NONE, POP_EXCEPT);
        self.op_arg(Location::NONE, RERAISE, 0);
        self.place(cleanup);
        self.pop_except_and_reraise();
        self.place(orelse);
        self.statements(&def.orelse)?;
        self.place(end);
        Ok(())
    }

    fn except_star_handler(&mut self, handler: &'t ExceptHandler) -> Result<()> {
        let at = loc(handler.span);
        let (next, with_error, no_match) = (self.new_label(), self.new_label(), self.new_label());
        if let Some(class) = &handler.r#type {
            self.expr(class)?;
            self.op(at, CHECK_EG_MATCH);
            self.op_arg(at, COPY, 1);
            self.jump(at, POP_JUMP_IF_NONE, no_match);
        }
        let cleanup_end = self.new_label();
        match &handler.name {
            Some(name) => self.name_op(at, name, Context::Store)?,
            None => self.op(at, POP_TOP),
        }
        self.jump(at, SETUP_CLEANUP, cleanup_end);
        self.push_block(at, BlockType::HandlerCleanup(handler.name.as_ref()))?;
        self.statements(&handler.body)?;
        self.pop_block();
        self.op(Location::NONE, POP_BLOCK);
        if let Some(name) = &handler.name {
            self.unbind(Location::NONE, name)?;
        }
        self.jump(Location::NONE, JUMP_NO_INTERRUPT, next);
        self.place(cleanup_end);
        if let Some(name) = &handler.name {
            self.unbind(Location::NONE, name)?;
        }
        self.op_arg(Location::NONE, LIST_APPEND, 3);
        self.op(Location::NONE, POP_TOP);
        self.jump(Location::NONE, JUMP_NO_INTERRUPT, with_error);
        self.place(next);
        // Holds a location that is propagated here.
        self.op(Location::NONE, NOP);
        self.jump(Location::NONE, JUMP_NO_INTERRUPT, with_error);
        self.place(no_match);
        self.op(at, POP_TOP);
        self.place(with_error);
        Ok(())
    }

    /// Calls the `__exit__` on the stack with three times `None`.
    pub(super) fn call_exit_with_nones(&mut self, at: Location) {
        for _ in 0..3 {
            self.load_none(at);
        }
        self.op_arg(at, CALL, 3);
    }

    /// Awaits the value on the stack; `source` is the argument of `GET_AWAITABLE`.
    pub(super) fn await_value(&mut self, at: Location, source: u32) {
        self.op_arg(at, GET_AWAITABLE, source);
        self.load_none(at);
        self.yield_from(at, true);
    }

    /// Delegates to the iterator on the stack.
    pub(super) fn yield_from(&mut self, at: Location, awaiting: bool) {
        let (send, fail, exit) = (self.new_label(), self.new_label(), self.new_label());
        self.place(send);
        self.jump(at, SEND, exit);
        self.jump(at, SETUP_FINALLY, fail);
        self.op_arg(at, YIELD_VALUE, 1);
        self.op(Location::NONE, POP_BLOCK);
        let resumed =
            if awaiting { ir::opcode::resume::AFTER_AWAIT } else { ir::opcode::resume::AFTER_YIELD_FROM };
        self.op_arg(at, RESUME, resumed);
        self.jump(at, JUMP_NO_INTERRUPT, send);
        self.place(fail);
        self.op(at, CLEANUP_THROW);
        self.place(exit);
        self.op(at, END_SEND);
    }

    fn enter_context(&mut self, at: Location, [exit, enter]: [SpecialMethod; 2]) {
        self.op_arg(at, COPY, 1);
        self.op_arg(at, LOAD_SPECIAL, exit as u32);
        self.op_arg(at, SWAP, 2);
        self.op_arg(at, SWAP, 3);
        self.op_arg(at, LOAD_SPECIAL, enter as u32);
        self.op_arg(at, CALL, 0);
    }

    pub(super) fn with_statement(&mut self, def: &'t With, position: usize) -> Result<()> {
        self.with_item(def, position, false)
    }

    pub(super) fn async_with_statement(&mut self, def: &'t With, position: usize) -> Result<()> {
        self.with_item(def, position, true)
    }

    fn with_item(&mut self, def: &'t With, position: usize, is_async: bool) -> Result<()> {
        let item = &def.items[position];
        let (last, exit, cleanup) = (self.new_label(), self.new_label(), self.new_label());
        self.expr(&item.context_expr)?;
        let at = loc(item.context_expr.span);
        if is_async {
            self.enter_context(at, [SpecialMethod::AsyncExit, SpecialMethod::AsyncEnter]);
            self.await_value(at, 1);
        } else {
            self.enter_context(at, [SpecialMethod::Exit, SpecialMethod::Enter]);
        }
        self.jump(at, SETUP_WITH, last);
        self.push_block(at, if is_async { BlockType::AsyncWith } else { BlockType::With })?;
        match &item.optional_vars {
            Some(target) => self.expr(target)?,
            None => self.op(at, POP_TOP),
        }
        if position + 1 == def.items.len() {
            self.statements(&def.body)?;
        } else {
            self.with_item(def, position + 1, is_async)?;
        }
        self.pop_block();
        self.op(if is_async { at } else { Location::NONE }, POP_BLOCK);
        self.call_exit_with_nones(at);
        if is_async {
            self.await_value(at, 2);
        }
        self.op(at, POP_TOP);
        self.jump(at, JUMP, exit);

        self.place(last);
        self.jump(at, SETUP_CLEANUP, cleanup);
        self.op(at, PUSH_EXC_INFO);
        self.op(at, WITH_EXCEPT_START);
        if is_async {
            self.await_value(at, 2);
        }
        self.finish_with_except(cleanup);
        self.place(exit);
        Ok(())
    }

    /// A true result of `__exit__` swallows the exception.
    fn finish_with_except(&mut self, cleanup: Label) {
        let (suppress, exit) = (self.new_label(), self.new_label());
        self.op(Location::NONE, TO_BOOL);
        self.jump(Location::NONE, POP_JUMP_IF_TRUE, suppress);
        self.op_arg(Location::NONE, RERAISE, 2);
        self.place(suppress);
        self.op(Location::NONE, POP_TOP);
        self.op(Location::NONE, POP_BLOCK);
        self.op(Location::NONE, POP_EXCEPT);
        for _ in 0..3 {
            self.op(Location::NONE, POP_TOP);
        }
        self.jump(Location::NONE, JUMP_NO_INTERRUPT, exit);
        self.place(cleanup);
        self.pop_except_and_reraise();
        self.place(exit);
    }
}
