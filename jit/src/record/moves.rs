//! Moves, constants and cells.

use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Constant, Op};
use ir::register::{Operation, flags};
use runtime::objects::function::Cell_;
use runtime::trace_interface::Field;
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
            _ => return Err(NoRule::Step),
        }
        Ok(())
    }
}
