//! Strs of one character: what indexing and iteration give comes from a table, in which each character below 256 has one
//! str. Two of these are equal if they are the same object, and their order is that of their characters.

use super::Failure;
use super::emitter::Emitter;
use crate::ir::{Instruction, Op, Reference};
use runtime::objects::str::Str;
use runtime::trace_interface::{Field, Helper};
use runtime::value::Value;

/// The character of a str that the table has.
fn character_of(v: Value) -> Option<i64> {
    let point = v.cast_exact::<Str>().filter(|s| s.len() == 1)?.code_point(0);
    // SAFETY: the table has a str for each character below 256.
    let known = point < 256 && unsafe { *Str::singles().add(point as usize) } == v;
    known.then_some(point.into())
}

impl Emitter<'_> {
    /// The character, an int, of a str that is known to come from the table.
    fn character(&mut self, reference: Reference) -> Option<Reference> {
        if let Some(constant) = self.constant_value(reference) {
            let character = character_of(constant)?;
            return Some(self.out.int(character));
        }
        if reference.is_none() || reference.is_constant() {
            return None;
        }
        let maker = self.out.instructions[reference.index()];
        let is_single = maker.op == Op::LoadItem && maker.field() == Field::SingleStr;
        is_single.then_some(maker.b)
    }

    /// What a helper would say of such strs.
    pub fn operation_on_characters(
        &mut self,
        helper: Helper,
        arguments: &[Reference],
    ) -> Result<Option<Reference>, Failure> {
        if !self.passes.fold {
            return Ok(None);
        }
        match (helper, arguments) {
            (Helper::StrEqual | Helper::StrOrder, &[a, b]) => {
                let (Some(x), Some(y)) = (self.character(a), self.character(b)) else { return Ok(None) };
                let op = if helper == Helper::StrEqual { Op::EqInt } else { Op::SubInt };
                self.emit(op, &[x, y]).map(Some)
            }
            (Helper::FirstCodePoint, &[a]) => Ok(self.character(a)),
            _ => Ok(None),
        }
    }

    /// Whether this loads the length of such a str.
    pub fn is_length_of_character(&mut self, i: &Instruction) -> bool {
        if i.op != Op::LoadField || i.field() != Field::StrLength || i.a.is_none() || i.a.is_constant() {
            return false;
        }
        let address = self.out.instructions[i.a.index()];
        address.op == Op::Address && self.passes.fold && self.character(address.a).is_some()
    }
}
