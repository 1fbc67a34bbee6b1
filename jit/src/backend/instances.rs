//! Instances and tuples made by compiled code itself: a cell from the free list, its words, the counts. The helper makes them where there is
//! no free cell at hand, or the collector is to be asked for.

use super::CompileError;
use super::emit::{Emitter, TRUSTED};
use super::thunks::Thunk;
use crate::ir::{Constant, Instruction, Op, Reference};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use runtime::instance::{Attributes, Shape};
use runtime::object::Header;
use runtime::objects::tuple::Tuple;
use runtime::trace_interface::{Cells, Helper, heap_places};
use runtime::types::{Type as ObjectType, registry};
use runtime::value::Value as Word;

impl Emitter<'_, '_> {
    /// Makes an instance; `None`: the helper must, always.
    pub(super) fn new_instance(&mut self, i: &Instruction) -> Result<Option<Value>, CompileError> {
        let trace = self.trace;
        let arguments = trace.arguments_of(i);
        let class = arguments.first().and_then(|class| match trace.as_constant(*class) {
            Some(Constant::Value(class)) => class.value().cast::<ObjectType>(),
            _ => None,
        });
        let shape = arguments.get(1).and_then(|shape| match trace.as_constant(*shape) {
            Some(Constant::Pointer(shape)) => Some(*shape as *const Shape),
            _ => None,
        });
        if (i.helper() == Helper::NewShaped) != shape.is_some() {
            return Ok(None);
        }
        // SAFETY: shapes are never freed.
        let layout = shape.map(|shape| unsafe { &*shape });
        let Some((class, cells)) = class.and_then(|class| Some((class, Cells::of(class, layout)?))) else {
            return Ok(None);
        };
        let (slow, done) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let cell = self.take_cell(cells.free, class, slow);
        let class_address = self.int(class as *const ObjectType as i64);
        let count = self.b.ins().load(types::I32, TRUSTED, class_address, Header::REFCOUNT_OFFSET as i32);
        let count = self.b.ins().iadd_imm_s(count, 1);
        self.b.ins().store(TRUSTED, count, class_address, Header::REFCOUNT_OFFSET as i32);
        if let (Some(at), Some(shape)) = (cells.attributes, shape) {
            let shape = self.int(shape as i64);
            self.b.ins().store(TRUSTED, shape, cell, (at + Attributes::SHAPE_OFFSET) as i32);
            let none = self.int(0);
            self.b.ins().store(TRUSTED, none, cell, (at + Attributes::EXTRA_OFFSET) as i32);
        }
        self.clear_words(&cells, cell);
        let word = self.b.ins().iadd_imm_s(cell, 1);
        self.join(done, word);
        self.b.switch_to_block(slow);
        let made = match shape {
            Some(shape) => {
                let words = [self.operand(arguments[0])?, self.int(shape as i64)];
                self.call_thunk(Thunk::NewShaped, &words)
            }
            None => {
                let class = self.operand(arguments[0])?;
                self.call_thunk(Thunk::NewInstance, &[class])
            }
        };
        self.join(done, made);
        self.b.switch_to_block(done);
        self.is_object[self.at] = true;
        Ok(Some(result))
    }

    /// Takes a free cell for an object that the collector looks at, and writes its header; goes to `slow` if there is none, or the
    /// collector is to be asked for.
    fn take_cell(&mut self, free: usize, class: &ObjectType, slow: Block) -> Value {
        let (roomy, fast) = (self.b.create_block(), self.b.create_block());
        let young_place = self.int(heap_places::young_count() as i64);
        let young = self.b.ins().load(types::I64, TRUSTED, young_place, 0);
        let limit_place = self.int(heap_places::collect_threshold() as i64);
        let limit = self.b.ins().load(types::I64, TRUSTED, limit_place, 0);
        let is_many = self.b.ins().icmp(IntCC::SignedGreaterThanOrEqual, young, limit);
        self.b.ins().brif(is_many, slow, &[], roomy, &[]);
        self.b.switch_to_block(roomy);
        let free = self.int(free as i64);
        let cell = self.b.ins().load(types::I64, TRUSTED, free, 0);
        self.b.ins().brif(cell, fast, &[], slow, &[]);
        self.b.switch_to_block(fast);
        let next = self.b.ins().load(types::I64, TRUSTED, cell, 0);
        self.b.ins().store(TRUSTED, next, free, 0);
        let young = self.b.ins().iadd_imm_s(young, 1);
        self.b.ins().store(TRUSTED, young, young_place, 0);
        let first_word = self.int(heap_places::FIRST_WORD as i64);
        self.b.ins().store(TRUSTED, first_word, cell, 0);
        let class = self.int(class as *const ObjectType as i64);
        self.b.ins().store(TRUSTED, class, cell, Header::TYPE_OFFSET as i32);
        cell
    }

    /// Makes a tuple of owned words; `None`: the helper must.
    pub(super) fn tuple_of_owned(&mut self, i: &Instruction) -> Result<Option<Value>, CompileError> {
        let trace = self.trace;
        let mut words = Vec::new();
        for argument in trace.arguments_of(i) {
            words.push(self.operand(*argument)?);
        }
        let place = |number: usize| (Tuple::ITEMS_OFFSET + number * size_of::<Word>()) as i32;
        let free = heap_places::free_of(place(words.len()) as usize);
        let Some(free) = free.filter(|_| !words.is_empty()) else { return Ok(None) };
        let (slow, done) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let cell = self.take_cell(free, &registry::TUPLE, slow);
        let (length, unknown) = (self.int(words.len() as i64), self.int(-1));
        self.b.ins().store(TRUSTED, length, cell, Tuple::LENGTH_OFFSET as i32);
        self.b.ins().store(TRUSTED, unknown, cell, Tuple::HASH_OFFSET as i32);
        for (number, word) in words.iter().enumerate() {
            self.b.ins().store(TRUSTED, *word, cell, place(number));
        }
        let word = self.b.ins().iadd_imm_s(cell, 1);
        self.join(done, word);
        self.b.switch_to_block(slow);
        let slot = self.rest_slot(words.len());
        let list = self.b.ins().stack_addr(types::I64, slot, 0);
        for (number, word) in words.iter().enumerate() {
            self.b.ins().store(TRUSTED, *word, list, (number * size_of::<Word>()) as i32);
        }
        let count = self.int(words.len() as i64);
        let made = self.call_thunk(Thunk::TupleOfOwned, &[list, count]);
        self.join(done, made);
        self.b.switch_to_block(done);
        self.is_object[self.at] = true;
        Ok(Some(result))
    }

    /// The words of a new instance become NULL, but for those that the trace fills next.
    fn clear_words(&mut self, cells: &Cells, cell: Value) {
        let filled = self.filled_next();
        let null = self.int(Word::NULL.bits() as i64);
        for (first, count) in [cells.members, cells.values] {
            for place in (0..count).map(|number| first + number * size_of::<Word>()) {
                if !filled.contains(&place) {
                    self.b.ins().store(TRUSTED, null, cell, place as i32);
                }
            }
        }
    }

    /// The words of the new instance that the instructions behind the present one store.
    fn filled_next(&self) -> Vec<usize> {
        let (made, rest) = (Reference(self.at as i32), &self.trace.instructions[self.at + 1..]);
        if rest.first().is_none_or(|next| next.op != Op::Address || next.a != made) {
            return Vec::new();
        }
        let address = Reference(self.at as i32 + 1);
        let stores = rest[1..].iter().take_while(|next| next.op == Op::StoreOffset && next.a == address);
        stores.map(|store| store.immediate as usize).collect()
    }
}
