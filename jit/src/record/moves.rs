//! Moves, constants and cells.

use super::operands::Operand;
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Constant, Op};
use ir::register::{Operation, flags};
use runtime::objects::function::{Cell_, Function};
use runtime::objects::tuple::Tuple;
use runtime::state::STATE;
use runtime::trace_interface::{Field, Helper};
use runtime::value::Ref;

impl Recorder {
    pub fn record_move(&mut self, site: &Site) -> Rule {
        match site.operation {
            Operation::Copy => {
                let value = self.register(site.b);
                self.set_register(site.a, value.reference);
            }
            Operation::Copy2 => {
                let (x, y) = (self.operand_b(site), self.operand_c(site));
                self.set_register(site.a, x.reference);
                self.set_register(site.a + 1, y.reference);
            }
            Operation::CopyCallable => {
                let callable = self.operand_b(site);
                let null = self.trace.constant(Constant::Value(Ref::NULL));
                self.drop_dying(site);
                self.set_register(site.a, callable.reference);
                self.set_register(site.a + 1, null);
            }
            Operation::Move => {
                let value = self.register(site.b);
                self.drop_register(site.b);
                self.set_register(site.a, value.reference);
            }
            Operation::LoadConst => {
                let value = self.host.constant(self.frame(), site.bc());
                let constant = self.constant(value);
                self.set_register(site.a, constant);
            }
            Operation::LoadFixed => {
                let value = STATE.common_constant(site.b as u16).ok_or(NoRule::Step)?;
                let constant = self.constant(value);
                self.set_register(site.a, constant);
            }
            Operation::LoadNull => {
                let null = self.trace.constant(Constant::Value(Ref::NULL));
                self.set_register(site.a, null);
            }
            Operation::Swap => {
                let (x, y) = (self.register(site.a), self.register(site.b));
                self.set_register(site.a, y.reference);
                self.set_register(site.b, x.reference);
            }
            Operation::Drop => self.drop_register(site.b),
            Operation::CheckBound => {
                let value = self.register(site.b);
                if value.now.is_null() {
                    return Err(NoRule::Step);
                }
                self.guard_bound(value.reference);
            }
            Operation::DeleteFast => {
                let value = self.register(site.a);
                if value.now.is_null() {
                    return Err(NoRule::Step);
                }
                self.guard_bound(value.reference);
                self.drop_register(site.a);
            }
            Operation::LoadDeref => {
                let cell = self.register(site.b);
                let content = cell.now.cast_exact::<Cell_>().ok_or(NoRule::Step)?.content.peek();
                if content.is_null() {
                    return Err(NoRule::Step);
                }
                let address = self.guard_object(cell)?;
                let value = self.load_field(address, Field::CellContent);
                self.guard_bound(value);
                self.set_register(site.a, value);
            }
            Operation::StoreDeref => {
                let (cell, value) = (self.register(site.b), self.operand_c(site));
                cell.now.cast_exact::<Cell_>().ok_or(NoRule::Step)?;
                let address = self.guard_object(cell)?;
                let old = self.load_field(address, Field::CellContent);
                if site.has(flags::C_DIES) {
                    self.drop_register(site.c);
                }
                self.store_field(address, Field::CellContent, value.reference);
                self.emit(Op::Own, &[old]);
            }
            Operation::MakeCell => {
                let content = self.register(site.a);
                let cell = self.call_helper(Helper::NewCell, &[content.reference]);
                self.set_register(site.a, cell);
            }
            Operation::CopyFreeVars => return self.copy_free_variables(),
            Operation::MakeFunction => {
                let code = self.operand_b(site);
                self.guard_is(code);
                let globals = self.frame().globals.peek();
                let globals = self.constant(globals);
                let function = self.call_helper(Helper::NewFunction, &[code.reference, globals]);
                return self.define(site, function);
            }
            Operation::SetFunctionAttribute => {
                let (value, function) = (self.operand_b(site), self.operand_c(site));
                let number = self.int(i64::from(site.payload(1)));
                let arguments = [function.reference, number, value.reference];
                self.call_helper(Helper::SetFunctionAttribute, &arguments);
                return self.define(site, function.reference);
            }
            _ => return Err(NoRule::Step),
        }
        Ok(())
    }

    /// The cells of the running function's closure become its last locals.
    fn copy_free_variables(&mut self) -> Rule {
        let function = self.frame().function.peek();
        let closure = function.cast_exact::<Function>().ok_or(NoRule::Step)?.closure.peek();
        if closure.is_null() || self.top().function.is_none() {
            return Err(NoRule::Step);
        }
        let cells = closure.cast_exact::<Tuple>().ok_or(NoRule::Step)?;
        let first = (self.top().locals as usize).checked_sub(cells.len()).ok_or(NoRule::Step)?;
        if self.trace.as_constant(self.top().function).is_some() {
            for (i, cell) in cells.items().iter().enumerate() {
                let cell = self.constant(*cell);
                self.set_register(first + i, cell);
            }
            return Ok(());
        }
        // The function was guarded by its code, so that the closure is a tuple of as many cells.
        let address = self.emit(Op::Address, &[self.top().function]);
        let tuple = self.load_field(address, Field::FunctionClosure);
        let address = self.guard_object(Operand { reference: tuple, now: closure })?;
        for i in 0..cells.len() {
            let index = self.int(i as i64);
            let cell = self.load_item(address, index, Field::TupleItem);
            self.set_register(first + i, cell);
        }
        Ok(())
    }
}
