//! The blocks that `break`, `continue` and `return` must unwind on their way out.

use ir::locations::Location;
use ir::opcode::Opcode::*;

use super::{Compiler, Context, Label, loc, span_of};
use crate::ast::{Identifier, Span, Stmt};
use crate::diagnostic::{Result, syntax_error};

/// How deep blocks may nest in one code unit.
const MAX_BLOCKS: usize = 21;

/// What a block is.
#[derive(Clone, Copy)]
pub enum BlockType<'t> {
    /// Its ends: where `continue` and `break` go.
    While(Label, Label),
    For(Label, Label),
    AsyncFor(Label, Label),
    TryExcept,
    /// The protected part of `try ... finally`, with the final body.
    FinallyTry(&'t [Stmt]),
    FinallyEnd,
    With,
    AsyncWith,
    /// An `except` body, with the name that must be deleted at its end.
    HandlerCleanup(Option<&'t Identifier>),
    /// In `except*`, which no jump may leave.
    ExceptionGroupHandler,
    /// A value below the final body that is being unwound.
    PopValue,
    /// Counted for the nesting limit, but needs no unwinding.
    Plain,
}

/// An open block.
#[derive(Clone, Copy)]
pub struct FrameBlock<'t> {
    pub kind: BlockType<'t>,
    pub location: Location,
}

impl<'t> Compiler<'t> {
    pub(super) fn push_block(&mut self, location: Location, kind: BlockType<'t>) -> Result<()> {
        if self.unit().blocks.len() >= MAX_BLOCKS {
            return syntax_error("too many statically nested blocks", span_of(location));
        }
        self.unit().blocks.push(FrameBlock { kind, location });
        Ok(())
    }

    pub(super) fn pop_block(&mut self) {
        self.unit().blocks.pop();
    }

    /// Emits what leaves one block. `keep_top` says that the value on top of the stack must survive.
    fn unwind_block(&mut self, at: &mut Location, block: FrameBlock<'t>, keep_top: bool) -> Result<()> {
        match block.kind {
            BlockType::While(..) | BlockType::ExceptionGroupHandler | BlockType::Plain => {}
            BlockType::For(..) | BlockType::AsyncFor(..) => {
                self.swap_if(*at, keep_top);
                self.op(*at, POP_TOP);
            }
            BlockType::TryExcept => self.op(*at, POP_BLOCK),
            BlockType::FinallyTry(body) => {
                self.op(*at, POP_BLOCK);
                if keep_top {
                    self.push_block(*at, BlockType::PopValue)?;
                }
                self.statements_again(body)?;
                if keep_top {
                    self.pop_block();
                }
                *at = Location::NONE;
            }
            BlockType::FinallyEnd => {
                self.swap_if(*at, keep_top);
                self.op(*at, POP_TOP);
                self.swap_if(*at, keep_top);
                self.op(*at, POP_BLOCK);
                self.op(*at, POP_EXCEPT);
            }
            BlockType::With | BlockType::AsyncWith => {
                *at = block.location;
                self.op(*at, POP_BLOCK);
                if keep_top {
                    self.op_arg(*at, SWAP, 3);
                    self.op_arg(*at, SWAP, 2);
                }
                self.call_exit_with_nones(*at);
                if matches!(block.kind, BlockType::AsyncWith) {
                    self.await_value(*at, 2);
                }
                self.op(*at, POP_TOP);
                *at = Location::NONE;
            }
            BlockType::HandlerCleanup(name) => {
                if name.is_some() {
                    self.op(*at, POP_BLOCK);
                }
                self.swap_if(*at, keep_top);
                self.op(*at, POP_BLOCK);
                self.op(*at, POP_EXCEPT);
                if let Some(name) = name {
                    self.unbind(*at, name)?;
                }
            }
            BlockType::PopValue => {
                self.swap_if(*at, keep_top);
                self.op(*at, POP_TOP);
            }
        }
        Ok(())
    }

    fn swap_if(&mut self, at: Location, keep_top: bool) {
        if keep_top {
            self.op_arg(at, SWAP, 2);
        }
    }

    /// `name = None; del name`
    pub(super) fn unbind(&mut self, at: Location, name: &Identifier) -> Result<()> {
        self.load_none(at);
        self.name_op(at, name, Context::Store)?;
        self.name_op(at, name, Context::Del)
    }

    /// Leaves every block, or those inside the innermost loop, which is the answer.
    pub(super) fn unwind_blocks(
        &mut self,
        at: &mut Location,
        keep_top: bool,
        to_loop: bool,
    ) -> Result<Option<FrameBlock<'t>>> {
        let Some(&top) = self.unit().blocks.last() else { return Ok(None) };
        if matches!(top.kind, BlockType::ExceptionGroupHandler) {
            let message = "'break', 'continue' and 'return' cannot appear in an except* block";
            return syntax_error(message, span_of(*at));
        }
        if to_loop && matches!(top.kind, BlockType::While(..) | BlockType::For(..) | BlockType::AsyncFor(..))
        {
            return Ok(Some(top));
        }
        self.pop_block();
        self.unwind_block(at, top, keep_top)?;
        let found = self.unwind_blocks(at, keep_top, to_loop)?;
        self.unit().blocks.push(top);
        Ok(found)
    }

    pub(super) fn break_statement(&mut self, span: Span) -> Result<()> {
        let mut at = loc(span);
        self.op(at, NOP);
        let Some(block) = self.unwind_blocks(&mut at, false, true)? else {
            return syntax_error("'break' outside loop", span);
        };
        self.unwind_block(&mut at, block, false)?;
        if let BlockType::While(_, end) | BlockType::For(_, end) | BlockType::AsyncFor(_, end) = block.kind {
            self.jump(at, JUMP, end);
        }
        Ok(())
    }

    pub(super) fn continue_statement(&mut self, span: Span) -> Result<()> {
        let mut at = loc(span);
        self.op(at, NOP);
        let Some(block) = self.unwind_blocks(&mut at, false, true)? else {
            return syntax_error("'continue' not properly in loop", span);
        };
        if let BlockType::While(start, _) | BlockType::For(start, _) | BlockType::AsyncFor(start, _) =
            block.kind
        {
            self.jump(at, JUMP, start);
        }
        Ok(())
    }
}
