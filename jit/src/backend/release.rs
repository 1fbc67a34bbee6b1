//! The thunk through which traces release dying objects. Most are plain instances (`runtime::heap::plain`) whose words
//! outlive them: those are dropped and their cells freed right here, with a few registers. All else goes to the helper, through
//! code that keeps all registers.

use super::emit::TRUSTED;
use super::thunks::Thunk;
use crate::context::Context;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use runtime::instance::{ATTRIBUTES_SIZE, Attributes, Shape};
use runtime::object::{Header, flag};
use runtime::trace_interface::{Plain, heap_places};
use runtime::types::Type as ObjectType;
use runtime::value::Value as Word;
use std::mem::offset_of;

/// Counts and shapes lie at addresses of less alignment than words.
const NARROW: MemFlagsData = MemFlagsData::new().with_notrap();

const WORD: i64 = size_of::<Word>() as i64;

/// The addresses of the thunks that call the helpers.
#[derive(Clone, Copy)]
pub(super) struct Long {
    pub release: usize,
    pub release_deferred: usize,
}

/// What is known of the deaths of a dying object's words: one was observable.
const OBSERVED: i64 = 1;
/// One happened.
const HAPPENED: i64 = 2;

/// Emits the thunk.
pub(super) fn emit(b: &mut FunctionBuilder, long: Long) {
    let start = b.create_block();
    b.append_block_params_for_function_params(start);
    b.switch_to_block(start);
    let (context, object) = (b.block_params(start)[0], b.block_params(start)[1]);
    let mut emitter = Emitter { b, context, long };
    emitter.release(object);
}

struct Emitter<'a, 'f> {
    b: &'a mut FunctionBuilder<'f>,
    context: Value,
    long: Long,
}

impl Emitter<'_, '_> {
    fn release(&mut self, object: Value) {
        let slow = self.cold_block();
        let p = self.b.ins().iadd_imm_s(object, -1);
        let class = self.b.ins().load(types::I64, TRUSTED, p, Header::TYPE_OFFSET as i32);
        let plain = self.b.ins().uload32(NARROW, class, ObjectType::PLAIN_OFFSET as i32);
        self.go_if(plain, slow, false);
        let flags = self.b.ins().load(types::I32, NARROW, p, Header::FLAGS_OFFSET as i32);
        let watched = self.b.ins().band_imm_s(flags, i64::from(flag::HAS_WEAKREFS));
        self.go_if(watched, slow, true);
        let depth_place = self.b.ins().iconst(types::I64, heap_places::release_depth() as i64);
        let depth = self.b.ins().load(types::I32, NARROW, depth_place, 0);
        let deepest = i64::from(heap_places::DEEPEST);
        let too_deep = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, depth, deepest);
        self.go_if(too_deep, slow, true);

        let first = self.b.ins().iadd_imm_s(p, size_of::<Header>() as i64);
        let members = self.b.ins().ushr_imm_u(plain, i64::from(Plain::MEMBERS_SHIFT));
        let size = self.b.ins().imul_imm_s(members, WORD);
        let end = self.b.ins().iadd(first, size);
        let (with, without) = (self.b.create_block(), self.b.create_block());
        let with_end = self.b.append_block_param(with, types::I64);
        let has_attributes = self.b.ins().band_imm_s(plain, i64::from(Plain::ATTRIBUTES));
        self.b.ins().brif(has_attributes, with, &[end.into()], without, &[]);

        let done = self.b.create_block();
        let last = self.b.append_block_param(done, types::I64);
        let observed = self.b.append_block_param(done, types::I8);
        self.b.switch_to_block(without);
        let none = self.b.ins().iconst(types::I8, 0);
        let seen = self.drop_words(first, end, none, depth);
        self.b.ins().jump(done, &[end.into(), seen.into()]);

        self.b.switch_to_block(with);
        let shape = self.b.ins().load(types::I64, TRUSTED, with_end, Attributes::SHAPE_OFFSET as i32);
        let extra = self.b.ins().load(types::I64, TRUSTED, with_end, Attributes::EXTRA_OFFSET as i32);
        self.go_if(extra, slow, true);
        let is_dictionary =
            self.b.ins().load(types::I8, NARROW, shape, offset_of!(Shape, is_dictionary) as i32);
        self.go_if(is_dictionary, slow, true);
        let none = self.b.ins().iconst(types::I8, 0);
        let seen = self.drop_words(first, with_end, none, depth);
        let values = self.b.ins().iadd_imm_s(with_end, ATTRIBUTES_SIZE as i64);
        let count = self.b.ins().uload32(NARROW, shape, offset_of!(Shape, count) as i32);
        let size = self.b.ins().imul_imm_s(count, WORD);
        let behind = self.b.ins().iadd(values, size);
        let seen = self.drop_words(values, behind, seen, depth);
        let capacity = self.b.ins().uload32(NARROW, shape, offset_of!(Shape, inline_capacity) as i32);
        let size = self.b.ins().imul_imm_s(capacity, WORD);
        let end = self.b.ins().iadd(values, size);
        self.b.ins().jump(done, &[end.into(), seen.into()]);

        self.b.switch_to_block(done);
        let observed = self.release_deferred(observed, depth);
        self.free(p, last);
        let young_place = self.b.ins().iconst(types::I64, heap_places::young_count() as i64);
        let young = self.b.ins().load(types::I64, TRUSTED, young_place, 0);
        let young = self.b.ins().iadd_imm_s(young, -1);
        self.b.ins().store(TRUSTED, young, young_place, 0);
        self.answer(observed);
        let count = self.b.ins().load(types::I32, NARROW, class, Header::REFCOUNT_OFFSET as i32);
        let count = self.b.ins().iadd_imm_s(count, -1);
        self.b.ins().store(NARROW, count, class, Header::REFCOUNT_OFFSET as i32);
        let dies = self.cold_block();
        self.go_if(count, dies, false);
        self.b.ins().return_(&[]);

        self.b.switch_to_block(dies);
        let class_word = self.b.ins().iadd_imm_s(class, 1);
        let seen = self.release_long(class_word);
        let both = self.b.ins().bor(seen, observed);
        self.answer(both);
        self.b.ins().return_(&[]);

        self.b.switch_to_block(slow);
        self.release_long(object);
        self.b.ins().return_(&[]);
    }

    /// Drops the words of a dying object, which is released at this depth. Adds to what is known of deaths.
    fn drop_words(&mut self, first: Value, end: Value, seen: Value, depth: Value) -> Value {
        let (head, body, next, done) =
            (self.b.create_block(), self.b.create_block(), self.b.create_block(), self.b.create_block());
        let at = self.b.append_block_param(head, types::I64);
        let seen_before = self.b.append_block_param(head, types::I8);
        self.b.ins().jump(head, &[first.into(), seen.into()]);
        self.b.switch_to_block(head);
        let is_left = self.b.ins().icmp(IntCC::UnsignedLessThan, at, end);
        self.b.ins().brif(is_left, body, &[], done, &[]);
        self.b.switch_to_block(body);
        let word = self.b.ins().load(types::I64, TRUSTED, at, 0);
        let below = self.b.ins().iadd_imm_s(word, -1);
        let rest = self.b.ins().band_imm_s(below, 15);
        let seen_then = self.b.append_block_param(next, types::I8);
        let counted = self.b.create_block();
        self.b.ins().brif(rest, next, &[seen_before.into()], counted, &[]);
        self.b.switch_to_block(counted);
        let count = self.b.ins().load(types::I32, NARROW, below, Header::REFCOUNT_OFFSET as i32);
        let count = self.b.ins().iadd_imm_s(count, -1);
        self.b.ins().store(NARROW, count, below, Header::REFCOUNT_OFFSET as i32);
        let dies = self.cold_block();
        self.b.ins().brif(count, next, &[seen_before.into()], dies, &[]);
        self.b.switch_to_block(dies);
        let died = self.release_inner(word, depth);
        let both = self.b.ins().bor(seen_before, died);
        self.b.ins().jump(next, &[BlockArg::Value(both)]);
        self.b.switch_to_block(next);
        let following = self.b.ins().iadd_imm_s(at, WORD);
        self.b.ins().jump(head, &[following.into(), seen_then.into()]);
        self.b.switch_to_block(done);
        seen_before
    }

    /// Releases what a dying object held.
    fn release_inner(&mut self, word: Value, depth: Value) -> Value {
        let depth_place = self.b.ins().iconst(types::I64, heap_places::release_depth() as i64);
        let deeper = self.b.ins().iadd_imm_s(depth, 1);
        self.b.ins().store(NARROW, deeper, depth_place, 0);
        let died = self.release_long(word);
        self.b.ins().store(NARROW, depth, depth_place, 0);
        self.b.ins().bor_imm_s(died, HAPPENED)
    }

    /// The helper puts deaths off that would nest too deep; they come when the outermost release has dropped all words.
    fn release_deferred(&mut self, known: Value, depth: Value) -> Value {
        let (happened, outermost, next) = (self.cold_block(), self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(next, types::I8);
        self.b.ins().brif(known, happened, &[], next, &[known.into()]);
        self.b.switch_to_block(happened);
        let observed = self.b.ins().band_imm_s(known, OBSERVED);
        self.b.ins().brif(depth, next, &[observed.into()], outermost, &[]);
        self.b.switch_to_block(outermost);
        let seen = self.call(Thunk::ReleaseDeferred, self.long.release_deferred, &[]);
        let both = self.b.ins().bor(seen, observed);
        self.b.ins().jump(next, &[BlockArg::Value(both)]);
        self.b.switch_to_block(next);
        result
    }

    /// Releases an object through the helper; whether that was observable.
    fn release_long(&mut self, word: Value) -> Value {
        self.call(Thunk::Release, self.long.release, &[word])
    }

    fn call(&mut self, thunk: Thunk, address: usize, arguments: &[Value]) -> Value {
        let signature = self.b.import_signature(thunk.signature());
        let address = self.b.ins().iconst(types::I64, address as i64);
        let arguments: Vec<Value> = [self.context].into_iter().chain(arguments.iter().copied()).collect();
        self.b.ins().call_indirect(signature, address, &arguments);
        self.b.ins().load(types::I8, TRUSTED, self.context, offset_of!(Context, answer) as i32)
    }

    fn answer(&mut self, observed: Value) {
        self.b.ins().store(TRUSTED, observed, self.context, offset_of!(Context, answer) as i32);
    }

    /// The cell from `p` to `end` is free.
    fn free(&mut self, p: Value, end: Value) {
        let unit = heap_places::UNIT as i64;
        let size = self.b.ins().isub(end, p);
        let size = self.b.ins().iadd_imm_s(size, unit - 1);
        let class = self.b.ins().ushr_imm_u(size, i64::from(unit.trailing_zeros()));
        let offset = self.b.ins().imul_imm_s(class, WORD);
        let lists = self.b.ins().iconst(types::I64, heap_places::free() as i64);
        let list = self.b.ins().iadd(lists, offset);
        let head = self.b.ins().load(types::I64, TRUSTED, list, 0);
        let none = self.b.ins().iconst(types::I64, 0);
        self.b.ins().store(TRUSTED, none, p, Header::TYPE_OFFSET as i32);
        self.b.ins().store(TRUSTED, head, p, 0);
        self.b.ins().store(TRUSTED, p, list, 0);
    }

    /// Goes to a block if a value is not zero, or (`unless_zero` false) if it is.
    fn go_if(&mut self, value: Value, to: Block, unless_zero: bool) {
        let next = self.b.create_block();
        match unless_zero {
            true => self.b.ins().brif(value, to, &[], next, &[]),
            false => self.b.ins().brif(value, next, &[], to, &[]),
        };
        self.b.switch_to_block(next);
    }

    fn cold_block(&mut self) -> Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }
}
