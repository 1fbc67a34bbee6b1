//! Fields, arrays and reference counts.

use super::CompileError;
use super::emit::{Emitter, TRUSTED};
use super::thunks::Thunk;
use crate::ir::{Constant, Instruction, Op, Reference};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use runtime::object::Header;
use runtime::trace_interface::{Element, Field, Width};
use runtime::value::{Ref, Value as Word};

/// Bytes and counts lie at any address.
const UNALIGNED: MemFlagsData = MemFlagsData::new().with_notrap();
/// The count's place, seen from the tagged word.
const COUNT: i32 = Header::REFCOUNT_OFFSET as i32 - 1;

/// So many words that die one after another are dropped by a call.
const MANY_DEATHS: usize = 4;

impl Emitter<'_, '_> {
    pub(super) fn load_field(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let a = self.operand(i.a)?;
        let offset = i.field().offset() as i32;
        Ok(match i.field().width() {
            Width::Value | Width::Int | Width::Pointer => self.b.ins().load(types::I64, TRUSTED, a, offset),
            Width::Float => self.b.ins().load(types::F64, TRUSTED, a, offset),
            Width::Uint32 => self.b.ins().uload32(TRUSTED, a, offset),
            Width::Byte => self.b.ins().uload8(types::I64, TRUSTED, a, offset),
            Width::Array => return Err(CompileError::Malformed("an array is no field")),
        })
    }

    pub(super) fn store_field(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let (a, b) = (self.operand(i.a)?, self.operand(i.b)?);
        let offset = i.field().offset() as i32;
        match i.field().width() {
            Width::Value | Width::Int | Width::Pointer | Width::Float => {
                self.b.ins().store(TRUSTED, b, a, offset)
            }
            Width::Uint32 => self.b.ins().istore32(TRUSTED, b, a, offset),
            Width::Byte => self.b.ins().istore8(TRUSTED, b, a, offset),
            Width::Array => return Err(CompileError::Malformed("an array is no field")),
        };
        Ok(())
    }

    /// The address and offset of an item of `1 << shift` bytes.
    fn item(
        &mut self,
        array: Reference,
        index: Reference,
        field: Field,
        shift: u32,
    ) -> Result<(Value, i32), CompileError> {
        let base = self.operand(array)?;
        let start = field.offset() as i32;
        if let Some(index) = self.constant_int(index)
            && let Ok(offset) = i32::try_from(index << shift)
            && let Some(offset) = offset.checked_add(start)
        {
            return Ok((base, offset));
        }
        let index = self.operand(index)?;
        let scaled = if shift == 0 { index } else { self.b.ins().ishl_imm_u(index, i64::from(shift)) };
        Ok((self.b.ins().iadd(base, scaled), start))
    }

    pub(super) fn load_item(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let (address, offset) = self.item(i.a, i.b, i.field(), 3)?;
        Ok(self.b.ins().load(types::I64, TRUSTED, address, offset))
    }

    pub(super) fn store_item(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let value = self.operand(i.c)?;
        let (address, offset) = self.item(i.a, i.b, i.field(), 3)?;
        self.b.ins().store(TRUSTED, value, address, offset);
        Ok(())
    }

    /// Appends to a list that has room by itself; the helper makes room.
    pub(super) fn append(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let &[list, item] = self.trace.arguments_of(i) else {
            return Err(CompileError::Malformed("appending takes a list and an item"));
        };
        let (address, word) = (self.operand(list)?, self.operand(item)?);
        // Seen from the tagged word.
        let place = |field: Field| field.offset() as i32 - 1;
        let length = self.b.ins().load(types::I64, UNALIGNED, address, place(Field::ListLength));
        let capacity = self.b.ins().load(types::I64, UNALIGNED, address, place(Field::ListCapacity));
        let has_room = self.b.ins().icmp(IntCC::UnsignedLessThan, length, capacity);
        let (fast, slow, done) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        self.b.ins().brif(has_room, fast, &[], slow, &[]);
        self.b.switch_to_block(fast);
        self.inc_ref(&Instruction { a: item, ..*i })?;
        let items = self.b.ins().load(types::I64, UNALIGNED, address, place(Field::ListItems));
        let offset = self.b.ins().ishl_imm_u(length, 3);
        let end = self.b.ins().iadd(items, offset);
        self.b.ins().store(TRUSTED, word, end, 0);
        let longer = self.b.ins().iadd_imm_s(length, 1);
        self.b.ins().store(UNALIGNED, longer, address, place(Field::ListLength));
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(slow);
        self.call_helper(i)?;
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        Ok(())
    }

    /// A number in an array of elements of their own sizes.
    pub(super) fn load_element(&mut self, i: &Instruction) -> Result<Value, CompileError> {
        let element = i.field().element().ok_or(CompileError::Malformed("an array without elements"))?;
        let (address, offset) = self.item(i.a, i.b, i.field(), element.shift())?;
        let ins = self.b.ins();
        Ok(match element {
            Element::I8 => ins.sload8(types::I64, UNALIGNED, address, offset),
            Element::U8 => ins.uload8(types::I64, UNALIGNED, address, offset),
            Element::I16 => ins.sload16(types::I64, UNALIGNED, address, offset),
            Element::U16 => ins.uload16(types::I64, UNALIGNED, address, offset),
            Element::I32 => ins.sload32(UNALIGNED, address, offset),
            Element::U32 => ins.uload32(UNALIGNED, address, offset),
            Element::I64 => ins.load(types::I64, UNALIGNED, address, offset),
            Element::F64 => ins.load(types::F64, UNALIGNED, address, offset),
            Element::F32 => {
                let single = ins.load(types::F32, UNALIGNED, address, offset);
                self.b.ins().fpromote(types::F64, single)
            }
        })
    }

    pub(super) fn store_element(&mut self, i: &Instruction) -> Result<(), CompileError> {
        let element = i.field().element().ok_or(CompileError::Malformed("an array without elements"))?;
        let value = self.operand(i.c)?;
        let (address, offset) = self.item(i.a, i.b, i.field(), element.shift())?;
        let value = match element {
            Element::F32 => self.b.ins().fdemote(types::F32, value),
            _ => value,
        };
        let ins = self.b.ins();
        match element {
            Element::I8 | Element::U8 => ins.istore8(UNALIGNED, value, address, offset),
            Element::I16 | Element::U16 => ins.istore16(UNALIGNED, value, address, offset),
            Element::I32 | Element::U32 => ins.istore32(UNALIGNED, value, address, offset),
            Element::I64 | Element::F32 | Element::F64 => ins.store(UNALIGNED, value, address, offset),
        };
        Ok(())
    }

    /// Whether a word surely has no count.
    fn is_uncounted(&self, reference: Reference) -> bool {
        match self.trace.as_constant(reference) {
            Some(Constant::Value(v)) => !v.is_pointer(),
            _ => false,
        }
    }

    pub(super) fn inc_ref(&mut self, i: &Instruction) -> Result<(), CompileError> {
        if self.is_uncounted(i.a) {
            return Ok(());
        }
        let a = self.operand(i.a)?;
        let next = self.counted_only(i.a, a);
        self.count_up(a);
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(next);
        Ok(())
    }

    /// One count more for a heap object.
    pub(super) fn count_up(&mut self, word: Value) {
        let count = self.b.ins().load(types::I32, UNALIGNED, word, COUNT);
        let count = self.b.ins().iadd_imm_s(count, 1);
        self.b.ins().store(UNALIGNED, count, word, COUNT);
    }

    /// Skips to the block it gives unless the word is a heap object's.
    fn counted_only(&mut self, reference: Reference, word: Value) -> cranelift_codegen::ir::Block {
        let next = self.b.create_block();
        if !self.is_known_object(reference) {
            // Few floats are boxed.
            let counted = if self.is_float(reference) { self.cold_block() } else { self.b.create_block() };
            let rest = self.pointer_rest(word);
            self.b.ins().brif(rest, next, &[], counted, &[]);
            self.b.switch_to_block(counted);
        }
        next
    }

    pub(super) fn dec_ref(&mut self, i: &Instruction) -> Result<(), CompileError> {
        if self.is_uncounted(i.a) || self.drop_last(i)? {
            return Ok(());
        }
        let a = self.operand(i.a)?;
        let next = self.counted_only(i.a, a);
        let count = self.b.ins().load(types::I32, UNALIGNED, a, COUNT);
        let count = self.b.ins().iadd_imm_s(count, -1);
        self.b.ins().store(UNALIGNED, count, a, COUNT);
        let last = self.cold_block();
        self.b.ins().brif(count, next, &[], last, &[]);
        self.b.switch_to_block(last);
        let observable = self.call_thunk(Thunk::Release, &[a]);
        if i.snapshot.is_none() {
            self.b.ins().jump(next, &[]);
        } else {
            let exit = self.exit_block()?;
            self.b.ins().brif(observable, exit, &[], next, &[]);
        }
        self.b.switch_to_block(next);
        Ok(())
    }

    /// Where a frame's many words die in front of its return, one call does it: written out, that would be a good part of
    /// the code of many a function.
    fn drop_last(&mut self, i: &Instruction) -> Result<bool, CompileError> {
        let trace = self.trace;
        let rest = &trace.instructions[self.at..];
        let count = rest.iter().take_while(|i| i.op == Op::DecRef && i.snapshot.is_none()).count();
        if count < MANY_DEATHS || i.op != Op::DecRef || rest.get(count).is_none_or(|i| i.op != Op::Return) {
            return Ok(false);
        }
        let slot = self.deaths_slot(count);
        let list = self.b.ins().stack_addr(types::I64, slot, 0);
        let counted = rest[..count].iter().filter(|i| !self.is_uncounted(i.a));
        let counted: Vec<Reference> = counted.map(|i| i.a).collect();
        for (number, reference) in counted.iter().enumerate() {
            let word = self.operand(*reference)?;
            self.b.ins().store(TRUSTED, word, list, number as i32 * 8);
        }
        let number = self.int(counted.len() as i64);
        self.call_native(drop_all as *const () as usize, &[(types::I64, list), (types::I64, number)], None);
        self.at += count - 1;
        Ok(true)
    }

    /// Leaves if a word is NULL.
    pub(super) fn leave_if_null(&mut self, word: Value) -> Result<(), CompileError> {
        let raised = self.b.ins().icmp_imm_s(IntCC::Equal, word, Word::NULL.bits() as i64);
        self.leave_if(raised)
    }
}

/// Drops owned words.
extern "C" fn drop_all(words: *const Word, count: usize) {
    for index in 0..count {
        // SAFETY: the trace has written so many words, and gives its counts of them away.
        drop(unsafe { Ref::from_owned(words.add(index).read()) });
    }
}
