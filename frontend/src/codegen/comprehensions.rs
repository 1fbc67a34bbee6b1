//! Comprehensions and generator expressions; list, set and dict comprehensions are inlined where that is possible.

use ir::locations::Location;
use ir::opcode::Opcode::*;

use super::blocks::BlockType;
use super::unit::ScopeType;
use super::{Compiler, Label, loc};
use crate::ast::*;
use crate::diagnostic::Result;
use crate::symtable::{BlockKind, NameScope, Part, ScopeId, flags};

/// What each round of the innermost loop produces.
#[derive(Clone, Copy)]
enum Element<'t> {
    List(&'t Expr),
    Set(&'t Expr),
    Dict(&'t Expr, &'t Expr),
    Generator(&'t Expr),
}

/// What must be restored behind an inlined comprehension.
struct Inlined {
    symbols: Vec<(Identifier, u32, NameScope)>,
    fast_hidden: Vec<Identifier>,
    pushed: Vec<Identifier>,
    cleanup: Option<Label>,
}

impl<'t> Compiler<'t> {
    pub(super) fn comprehension(&mut self, expr: &'t Expr) -> Result<()> {
        let (name, generators, element) = match &expr.kind {
            ExprKind::ListComp { elt, generators } => ("<listcomp>", generators, Element::List(elt)),
            ExprKind::SetComp { elt, generators } => ("<setcomp>", generators, Element::Set(elt)),
            ExprKind::DictComp { key, value, generators } => {
                ("<dictcomp>", generators, Element::Dict(key, value))
            }
            ExprKind::GeneratorExp { elt, generators } => ("<genexpr>", generators, Element::Generator(elt)),
            _ => return Ok(()),
        };
        let at = loc(expr.span);
        let scope = self.scope_of_node(expr, Part::Body)?;
        if self.table.scope(scope).comp_inlined {
            self.outermost_iterator(&generators[0])?;
            let state = self.push_inlined(at, scope);
            self.new_collection(at, element, true);
            self.generators(at, generators, 0, 0, element, true)?;
            self.pop_inlined(at, state);
            return Ok(());
        }
        self.enter_unit(name.into(), ScopeType::Comprehension, scope, expr.span.lineno, None);
        self.unit().parameters.positional = 1;
        let is_generator = matches!(element, Element::Generator(_));
        if is_generator {
            self.push_block(at, BlockType::Plain)?;
        }
        self.new_collection(at, element, false);
        self.generators(at, generators, 0, 0, element, false)?;
        if !is_generator {
            self.op(at, RETURN_VALUE);
        } else {
            self.wrap_in_stop_iteration_handler();
        }
        let is_coroutine = self.scope().coroutine && !is_generator;
        let code = self.leave_unit(true)?;
        self.make_closure(at, code, 0)?;
        self.outermost_iterator(&generators[0])?;
        self.op_arg(at, CALL, 0);
        if is_coroutine {
            self.await_value(at, 0);
        }
        Ok(())
    }

    fn outermost_iterator(&mut self, outermost: &'t Comprehension) -> Result<()> {
        self.expr(&outermost.iter)?;
        self.op(loc(outermost.iter.span), if outermost.is_async { GET_AITER } else { GET_ITER });
        Ok(())
    }

    fn new_collection(&mut self, at: Location, element: Element, inlined: bool) {
        let op = match element {
            Element::List(_) => BUILD_LIST,
            Element::Set(_) => BUILD_SET,
            Element::Dict(..) => BUILD_MAP,
            Element::Generator(_) => return,
        };
        self.op_arg(at, op, 0);
        if inlined {
            self.op_arg(at, SWAP, 2);
        }
    }

    fn generators(
        &mut self,
        at: Location,
        generators: &'t [Comprehension],
        index: usize,
        depth: u32,
        element: Element<'t>,
        on_stack: bool,
    ) -> Result<()> {
        if generators[index].is_async {
            self.async_generator(at, generators, index, depth, element, on_stack)
        } else {
            self.sync_generator(at, generators, index, depth, element, on_stack)
        }
    }

    fn sync_generator(
        &mut self,
        at: Location,
        generators: &'t [Comprehension],
        index: usize,
        mut depth: u32,
        element: Element<'t>,
        on_stack: bool,
    ) -> Result<()> {
        let generator = &generators[index];
        let (start, anchor, if_cleanup) = (self.new_label(), self.new_label(), self.new_label());
        let iter_at = loc(generator.iter.span);
        let single = if index > 0 { only_item(&generator.iter) } else { None };
        if let Some(item) = single {
            // `for y in [f(x)]` is an assignment.
            self.expr(item)?;
        } else if index > 0 {
            self.expr(&generator.iter)?;
            self.op(iter_at, GET_ITER);
        } else if !on_stack {
            self.op_arg(at, LOAD_FAST, 0);
        }
        if single.is_none() {
            depth += 1;
            self.place(start);
            self.jump(iter_at, FOR_ITER, anchor);
        }
        self.expr(&generator.target)?;
        let end_at = self.rest_of_generator(at, generators, index, depth, element, if_cleanup)?;
        self.place(if_cleanup);
        if single.is_none() {
            self.jump(end_at, JUMP, start);
            self.place(anchor);
            self.op(Location::NONE, END_FOR);
            self.op(Location::NONE, POP_ITER);
        }
        Ok(())
    }

    fn async_generator(
        &mut self,
        at: Location,
        generators: &'t [Comprehension],
        index: usize,
        depth: u32,
        element: Element<'t>,
        on_stack: bool,
    ) -> Result<()> {
        let generator = &generators[index];
        let (start, send, except) = (self.new_label(), self.new_label(), self.new_label());
        let if_cleanup = self.new_label();
        if index > 0 {
            self.expr(&generator.iter)?;
            self.op(loc(generator.iter.span), GET_AITER);
        } else if !on_stack {
            self.op_arg(at, LOAD_FAST, 0);
        }
        self.place(start);
        self.push_block(at, BlockType::Plain)?;
        self.next_of_async_iterator(at, send, except);
        self.expr(&generator.target)?;
        let end_at = self.rest_of_generator(at, generators, index, depth + 1, element, if_cleanup)?;
        self.place(if_cleanup);
        self.jump(end_at, JUMP, start);
        self.pop_block();
        self.place(except);
        self.jump(at, END_ASYNC_FOR, send);
        Ok(())
    }

    /// Conditions, then the next loop or the element; answers the location of the jump back.
    fn rest_of_generator(
        &mut self,
        at: Location,
        generators: &'t [Comprehension],
        index: usize,
        depth: u32,
        element: Element<'t>,
        if_cleanup: Label,
    ) -> Result<Location> {
        for condition in &generators[index].ifs {
            self.jump_if(condition, if_cleanup, false)?;
        }
        let (Element::List(elt) | Element::Set(elt) | Element::Generator(elt) | Element::Dict(elt, _)) =
            element;
        let elt_at = loc(elt.span);
        if index + 1 < generators.len() {
            self.generators(at, generators, index + 1, depth, element, false)?;
            return Ok(elt_at);
        }
        self.expr(elt)?;
        match element {
            Element::Generator(_) => {
                self.yield_value(elt_at);
                self.op(elt_at, POP_TOP);
            }
            Element::List(_) => self.op_arg(elt_at, LIST_APPEND, depth + 1),
            Element::Set(_) => self.op_arg(elt_at, SET_ADD, depth + 1),
            Element::Dict(_, value) => {
                self.expr(value)?;
                let pair_at = loc(elt.span.to(value.span));
                self.op_arg(pair_at, MAP_ADD, depth + 1);
                return Ok(pair_at);
            }
        }
        Ok(elt_at)
    }

    /// Isolates the names of an inlined comprehension: their outer values wait on the stack.
    fn push_inlined(&mut self, at: Location, comprehension: ScopeId) -> Inlined {
        let in_class = self.scope().kind == BlockKind::Class && self.unit_ref().inlined_comprehensions == 0;
        let function_like = self.scope().is_function_like();
        let current = self.unit_ref().scope;
        self.unit().inlined_comprehensions += 1;
        let mut state =
            Inlined { symbols: Vec::new(), fast_hidden: Vec::new(), pushed: Vec::new(), cleanup: None };
        let symbols: Vec<_> = self.table.scope(comprehension).symbols.iter().cloned().collect();
        for symbol in symbols {
            let (name, inner) = (&symbol.name, symbol.scope);
            if symbol.flags & flags::DEF_PARAM != 0 {
                continue;
            }
            let outer = self.scope().scope_of(name);
            let differs = inner != outer
                && inner != NameScope::Free
                && !(inner == NameScope::Cell && outer == NameScope::Free);
            if differs || in_class {
                let (old_flags, old_scope) = self.table.override_symbol(current, name, symbol.flags, inner);
                state.symbols.push((name.clone(), old_flags, old_scope));
            }
            if symbol.flags & flags::DEF_LOCAL == 0 || symbol.flags & flags::DEF_NONLOCAL != 0 {
                continue;
            }
            if !function_like && self.unit().fast_hidden.insert(name.clone(), true) != Some(true) {
                state.fast_hidden.push(name.clone());
            }
            self.fast_op(at, LOAD_FAST_AND_CLEAR, name);
            if inner == NameScope::Cell {
                // The cell itself was pushed; the comprehension gets a fresh one.
                if let Ok(index) = self.deref_index(name, outer != NameScope::Free) {
                    self.op_arg(at, MAKE_CELL, index);
                }
            }
            state.pushed.push(name.clone());
        }
        if !state.pushed.is_empty() {
            self.op_arg(at, SWAP, state.pushed.len() as u32 + 1);
            let cleanup = self.new_label();
            self.jump(at, SETUP_FINALLY, cleanup);
            state.cleanup = Some(cleanup);
        }
        state
    }

    fn pop_inlined(&mut self, at: Location, state: Inlined) {
        self.unit().inlined_comprehensions -= 1;
        if let Some(cleanup) = state.cleanup {
            let end = self.new_label();
            self.op(Location::NONE, POP_BLOCK);
            self.jump(Location::NONE, JUMP_NO_INTERRUPT, end);
            self.place(cleanup);
            // The incomplete result lies below the exception.
            self.op_arg(Location::NONE, SWAP, 2);
            self.op(Location::NONE, POP_TOP);
            self.restore_locals(at, &state.pushed);
            self.op_arg(Location::NONE, RERAISE, 0);
            self.place(end);
            self.restore_locals(at, &state.pushed);
        }
        let current = self.unit_ref().scope;
        for (name, old_flags, old_scope) in state.symbols {
            self.table.override_symbol(current, &name, old_flags, old_scope);
        }
        for name in state.fast_hidden {
            self.unit().fast_hidden.insert(name, false);
        }
    }

    fn restore_locals(&mut self, at: Location, names: &[Identifier]) {
        self.op_arg(at, SWAP, names.len() as u32 + 1);
        for name in names.iter().rev() {
            self.fast_op(at, STORE_FAST_MAYBE_NULL, name);
        }
    }
}

/// The item of a list or tuple display with one item.
fn only_item(iter: &Expr) -> Option<&Expr> {
    let (ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. }) = &iter.kind else { return None };
    match &elts[..] {
        [item] if !matches!(item.kind, ExprKind::Starred { .. }) => Some(item),
        _ => None,
    }
}
