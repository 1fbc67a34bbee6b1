//! Strings: concatenation, which grows a str that nothing else holds in place, order, and texts of f-strings.

use super::operands::Operand;
use super::{NoRule, Recorder, Rule, Site};
use crate::ir::{Instruction, Op, Reference};
use ir::register::flags;
use runtime::objects::str::Str;
use runtime::trace_interface::{Field, Helper};
use runtime::types::CompareOp;

impl Recorder {
    /// `b + c` of exact strs.
    pub fn concatenate_strs(&mut self, site: &Site, b: Operand, c: Operand) -> Rule {
        self.guard_object(b)?;
        self.guard_object(c)?;
        let is_register = !site.has(flags::B_CONST);
        // A local that the result goes to gives its count up, and so does a temporary value.
        let gives =
            is_register && (site.has(flags::B_DIES) || (site.has(flags::A_LOCAL) && site.a == site.b));
        if !gives {
            let text = self.call_helper(Helper::StrConcat, &[b.reference, c.reference]);
            return self.define(site, text);
        }
        self.drop_register(site.b);
        let text = self.call_helper(Helper::StrAppend, &[b.reference, c.reference]);
        if site.has(flags::C_DIES) {
            self.drop_register(site.c);
        }
        self.set_register(site.a, text);
        Ok(())
    }

    /// Whether `b compare c` holds for exact strs: by their order.
    pub fn order_of_strs(&mut self, compare: CompareOp, b: Operand, c: Operand) -> Rule<Reference> {
        self.guard_object(b)?;
        self.guard_object(c)?;
        let order = self.call_helper(Helper::StrOrder, &[b.reference, c.reference]);
        let zero = self.int(0);
        Ok(match compare {
            CompareOp::Lt => self.emit(Op::LtInt, &[order, zero]),
            CompareOp::Le => self.emit(Op::LeInt, &[order, zero]),
            CompareOp::Gt => self.emit(Op::LtInt, &[zero, order]),
            CompareOp::Ge => self.emit(Op::LeInt, &[zero, order]),
            CompareOp::Eq => self.emit(Op::EqInt, &[order, zero]),
            CompareOp::Ne => self.emit(Op::NeInt, &[order, zero]),
        })
    }

    /// `{b}` in an f-string.
    pub fn record_format(&mut self, site: &Site) -> Rule {
        let b = self.operand_b(site);
        if b.now.cast_exact::<Str>().is_some() {
            self.guard_object(b)?;
            return self.define(site, b.reference);
        }
        if !b.now.is_small_int() {
            return Err(NoRule::Step);
        }
        let i = self.int_of(b)?;
        let text = self.call_helper(Helper::IntText, &[i]);
        self.define(site, text)
    }

    /// The character of a str at an index that exists.
    pub fn character_at(
        &mut self,
        now: &Str,
        text: Reference,
        address: Reference,
        index: Reference,
    ) -> Reference {
        if now.kind() != 1 {
            return self.call_helper(Helper::StrItem, &[text, index]);
        }
        let (kind, one) = (self.load_field(address, Field::StrKind), self.int(1));
        let narrow = self.emit(Op::EqInt, &[kind, one]);
        self.expect(narrow, true);
        let character = self.trace.push(Instruction {
            a: address,
            b: index,
            immediate: Field::StrByte as u32,
            ..Instruction::new(Op::LoadNumber)
        });
        self.single_str(character)
    }

    /// The str of a character below 256.
    pub fn single_str(&mut self, character: Reference) -> Reference {
        let table = self.trace.pointer(Str::singles());
        self.load_item(table, character, Field::SingleStr)
    }
}
