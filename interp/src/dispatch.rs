//! The loop: one arm an operation. Arms that are hot are short; the others call functions of the other modules.
//!
//! `pc`, `registers`, `pool` and `frame` are kept in local variables and read anew from the machine after each change of
//! frame. The running frame's head knows the pc whenever something runs that could look at it.

// The macros of the loop expand both inside and outside of unsafe blocks.
#![allow(unused_unsafe)]

use crate::calls::{self, Called};
use crate::code::{Executable, of_frame};
use crate::frames::Destination;
use crate::resuming_calls::{self, Resumed};
use crate::unwind::{self, Cause};
use crate::watch::{self, Turn, Watch};
use crate::{
    frames, generators, globals, hooks, imports, intrinsics, operators, patterns, poll, python_operators,
    quicken,
};
use ir::code::co_flags;
use ir::opcode::BinaryOperator;
use ir::register::{Operation, TEST_UNLESS, Word, extend, flags, payload};
use runtime::error::PyResult;
use runtime::frame::{Frame, FrameKind, ResumedBy};
use runtime::heap;
use runtime::objects::builtin_function::BuiltinFunction;
use runtime::objects::descriptors::MethodDescriptor;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{
    self, BaseException, RUNTIME_ERROR, STOP_ASYNC_ITERATION, STOP_ITERATION, TYPE_ERROR,
};
use runtime::objects::float::{self, Float};
use runtime::objects::function::{Function, new_cell, new_function};
use runtime::objects::list::List;
use runtime::objects::list::iterator::ListIterator;
use runtime::objects::property::Property;
use runtime::objects::range::RangeIterator;
use runtime::objects::set::Set;
use runtime::objects::slice::new_slice;
use runtime::objects::str::Str;
use runtime::objects::tuple::{Tuple, TupleIterator};
use runtime::objects::{int, super_};
use runtime::thread::Thread;
use runtime::trace_interface::HOOKS;
use runtime::types::registry::{STR, SUPER, TUPLE, TYPE};
use runtime::types::slots::SendResult;
use runtime::types::{CompareOp, MethodDef, TypeFlags, volatile};
use runtime::value::{Ref, Value};
use runtime::{attributes, int_kernel, protocol};
use std::ptr::replace;

/// What running a frame ended with.
pub enum Exit {
    Return(Ref),
    Yield(Ref),
}

/// The state of a running loop: the frame and what its instructions refer to.
pub struct Machine<'t> {
    pub thread: &'t Thread,
    pub frame: *mut Frame,
    pub registers: *mut Value,
    pub pc: *const u64,
    pub executable: &'static Executable,
    pub watch: Watch,
}

impl<'t> Machine<'t> {
    /// A machine at a frame's pc.
    pub fn new(thread: &'t Thread, frame: *mut Frame, executable: &'static Executable) -> Machine<'t> {
        // SAFETY: the frame was just pushed or resumed.
        let (registers, pc) = unsafe { ((*frame).registers.get(), (*frame).pc.get()) };
        Machine { thread, frame, registers, pc, executable, watch: Watch::Off }
    }
    /// Turns to a frame that was just pushed.
    #[inline(always)]
    pub fn enter(&mut self, frame: *mut Frame, executable: &'static Executable) {
        self.frame = frame;
        // SAFETY: the frame was just pushed.
        self.registers = unsafe { (*frame).registers.get() };
        self.pc = executable.start();
        self.executable = executable;
    }
    /// Turns to the thread's innermost frame, after something else has changed the frames.
    pub fn turn_to_innermost(&mut self) {
        let frame = self.thread.frame.get();
        // SAFETY: the innermost frame is alive.
        let executable = of_frame(unsafe { &*frame });
        *self = Machine { watch: self.watch, ..Machine::new(self.thread, frame, executable) };
    }
    /// Whether the running frame's registers lie on the thread's stack.
    #[inline(always)]
    pub fn on_stack(&self) -> bool {
        // SAFETY: the running frame is alive.
        unsafe { (*self.frame).kind.get() != FrameKind::Generator }
    }
    /// Pops the running frame, dropping its first `count` registers; a frame called from this loop hands over to its caller.
    ///
    /// # Safety
    /// The other registers hold nothing with a count.
    #[inline(always)]
    pub unsafe fn pop(&mut self, count: usize) {
        // SAFETY: the running frame is alive until it is popped; its caller lives on.
        unsafe {
            let (kind, caller) = ((*self.frame).kind.get(), (*self.frame).previous.get());
            if kind == FrameKind::Entry {
                return frames::pop(self.thread, self.frame, count, self.registers);
            }
            let executable = of_frame(&*caller);
            let registers = (*caller).registers.get();
            let top = match (*caller).kind.get() {
                FrameKind::Generator => self.registers,
                _ => registers.add(executable.register_count()),
            };
            frames::pop(self.thread, self.frame, count, top);
            self.frame = caller;
            self.registers = registers;
            self.pc = (*caller).pc.get();
            self.executable = executable;
        }
    }
}

/// An operand as a reference: a constant, a local, or a stack register that may die.
#[inline(always)]
unsafe fn operand(
    registers: *mut Value,
    pool: *const Value,
    flag_bits: u8,
    index: usize,
    dies: u8,
    constant: u8,
) -> Ref {
    // SAFETY: operands of verified code exist; a register that dies gives up its count.
    unsafe {
        if flag_bits & constant != 0 {
            (*pool.add(index)).to_ref()
        } else if flag_bits & dies != 0 {
            Ref::from_owned(replace(registers.add(index), Value::NULL))
        } else {
            (*registers.add(index)).to_ref()
        }
    }
}

/// Writes a result: the old value of a local is dropped, a stack register was dead.
#[inline(always)]
unsafe fn define(registers: *mut Value, flag_bits: u8, index: usize, value: Ref) {
    // SAFETY: the result register of verified code exists.
    unsafe {
        let old = replace(registers.add(index), value.into_value());
        if flag_bits & flags::A_LOCAL != 0 {
            drop(Ref::from_owned(old));
        }
    }
}

/// Writes the result of a call, unless the instruction discards it.
///
/// # Safety
/// `index` is the instruction's result register.
#[inline(always)]
pub unsafe fn define_result(registers: *mut Value, flag_bits: u8, index: usize, value: Ref) {
    if flag_bits & flags::DISCARD != 0 {
        return drop(value);
    }
    // SAFETY: promised by the caller.
    unsafe { define(registers, flag_bits, index, value) }
}

/// Two floats, or a float and a small int.
#[inline(always)]
fn float_pair(b: Value, c: Value) -> Option<(f64, f64)> {
    if Value::both_inline_float(b, c) {
        return Some((b.inline_float_unchecked(), c.inline_float_unchecked()));
    }
    other_float_pair(b, c)
}

#[inline(never)]
fn other_float_pair(b: Value, c: Value) -> Option<(f64, f64)> {
    let number = |v: Value| match v.as_small_int() {
        // Larger ints would be rounded, and comparing or dividing them needs more care.
        Some(i) if i.unsigned_abs() <= 1 << 53 => Some(i as f64),
        Some(_) => None,
        None if v.is_inline_float() => Some(v.inline_float_unchecked()),
        // Zero, infinities and floats of extreme size are boxed.
        None => v.cast_exact::<Float>().map(|float| float.value),
    };
    if Value::both_small_int(b, c) {
        return None;
    }
    Some((number(b)?, number(c)?))
}

/// An index into a sequence, negative ones from its end.
#[inline(always)]
fn sequence_index(index: Value, length: usize) -> Option<usize> {
    let i = index.as_small_int()? as usize;
    if i < length {
        return Some(i);
    }
    // Lengths are far from wrapping around: only a negative index gets below the length by this.
    let from_end = i.wrapping_add(length);
    (from_end < length).then_some(from_end)
}

/// The items of an exact tuple or list, borrowed.
#[inline(always)]
fn stored_items(v: Value) -> Option<&'static [Value]> {
    if let Some(tuple) = v.cast_exact::<Tuple>() {
        return Some(tuple.items());
    }
    // SAFETY: under `Value`'s contract the list lives for as long as the items are used, and nothing runs meanwhile.
    v.cast_exact::<List>().map(|list| unsafe { &*(list.items() as *const [Value]) })
}

/// Whether a native function comes from the row with this address.
#[inline(always)]
fn is_row(def: &'static MethodDef, address: u64) -> bool {
    def as *const MethodDef as u64 == address
}

/// Runs the machine's frame from its first unwinding on: an exception is pending.
pub fn run_raised(m: &mut Machine) -> PyResult<Exit> {
    if m.thread.gives_events() {
        m.watch = Watch::Hooks;
        hooks::begin_throw(m);
    }
    unwind::unwind(m, m.pc, Cause::Raised)?;
    run(m)
}

/// Runs until the frame that the machine is in returns, yields or raises.
pub fn run(m: &mut Machine) -> PyResult<Exit> {
    if m.watch == Watch::Off && m.thread.gives_events() {
        m.watch = Watch::Hooks;
    }
    loop {
        let ended = if m.watch == Watch::Off { run_loop::<false>(m) } else { run_loop::<true>(m) };
        if matches!(ended, Ok(None)) {
            continue;
        }
        if m.watch == Watch::Record {
            watch::leave_recording(m);
        }
        if let Some(exit) = ended? {
            return Ok(exit);
        }
    }
}

/// The loop. `WATCHED`: stops at each instruction to do what the machine's `watch` says, and enters no traces. `None`: what is
/// to be watched has changed.
pub fn run_loop<const WATCHED: bool>(m: &mut Machine) -> PyResult<Option<Exit>> {
    use Operation::*;
    let thread = m.thread;
    let mut pc = m.pc;
    let mut r = m.registers;
    let mut pool = m.executable.pool();
    let mut code = m.executable.start();
    // SAFETY (of the whole loop): register code is verified when it is lowered, so fields name registers, constants and
    // words that exist; the frame owns its registers; heads of running frames are alive.
    macro_rules! frame {
        () => {
            // SAFETY: the running frame is alive.
            unsafe { &*m.frame }
        };
    }
    macro_rules! reload {
        () => {{
            pc = m.pc;
            r = m.registers;
            pool = m.executable.pool();
            code = m.executable.start();
        }};
    }
    'next: loop {
        if WATCHED {
            m.pc = pc;
            if watch::between_instructions(m)? {
                return Ok(None);
            }
        }
        // SAFETY: pc is at an instruction.
        let mut word = Word(unsafe { *pc });
        // The fields with a prefix applied; only the watched loop runs instructions that have one. Without, they are read off
        // the word where they are needed, so that nothing is kept for that.
        let (mut field_a, mut field_b, mut field_c) = (0, 0, 0);
        if WATCHED {
            (field_a, field_b, field_c) = (word.a() as usize, word.b() as usize, word.c() as usize);
        }
        macro_rules! a {
            () => {
                if WATCHED { field_a } else { word.a() as usize }
            };
        }
        macro_rules! b {
            () => {
                if WATCHED { field_b } else { word.b() as usize }
            };
        }
        macro_rules! c {
            () => {
                if WATCHED { field_c } else { word.c() as usize }
            };
        }
        // SAFETY: verified code contains operations only.
        let mut operation = unsafe { std::mem::transmute::<u8, Operation>(word.number()) };
        let cause = 'instruction: {
            macro_rules! register {
                ($i:expr) => {
                    // SAFETY: a register of the frame.
                    unsafe { *r.add($i) }
                };
            }
            macro_rules! word_at {
                ($i:expr) => {
                    // SAFETY: a word of the instruction.
                    unsafe { *pc.add($i) }
                };
            }
            macro_rules! operand_a {
                () => {
                    // SAFETY: see `operand`.
                    unsafe { operand(r, pool, word.flags(), a!(), flags::A_DIES, flags::A_CONST) }
                };
            }
            macro_rules! operand_b {
                () => {
                    // SAFETY: see `operand`.
                    unsafe { operand(r, pool, word.flags(), b!(), flags::B_DIES, flags::B_CONST) }
                };
            }
            macro_rules! operand_c {
                () => {
                    // SAFETY: see `operand`.
                    unsafe { operand(r, pool, word.flags(), c!(), flags::C_DIES, flags::C_CONST) }
                };
            }
            macro_rules! peek_b {
                () => {
                    // SAFETY: an operand that exists.
                    unsafe { if word.flags() & flags::B_CONST != 0 { *pool.add(b!()) } else { *r.add(b!()) } }
                };
            }
            macro_rules! peek_c {
                () => {
                    // SAFETY: an operand that exists.
                    unsafe { if word.flags() & flags::C_CONST != 0 { *pool.add(c!()) } else { *r.add(c!()) } }
                };
            }
            // Drops an owned value; what that runs sees the pc.
            macro_rules! release {
                ($value:expr) => {{
                    let value: Value = $value;
                    // SAFETY: the value is owned here, and given up.
                    unsafe {
                        if value.is_pointer() && (*value.header_unchecked()).decref_is_last() {
                            frame!().pc.set(pc);
                            heap::release(value.header_unchecked());
                        }
                    }
                }};
            }
            macro_rules! define_a {
                ($value:expr) => {{
                    let value: Ref = $value;
                    // SAFETY: the result register; the old value of a local is owned.
                    let old = unsafe { replace(r.add(a!()), value.into_value()) };
                    if word.flags() & flags::A_LOCAL != 0 {
                        release!(old);
                    }
                }};
            }
            // The value of operand b if it dies here, owned, else NULL.
            macro_rules! dying_b {
                () => {
                    if word.flags() & flags::B_DIES != 0 {
                        // SAFETY: the register gives up its count.
                        unsafe { replace(r.add(b!()), Value::NULL) }
                    } else {
                        Value::NULL
                    }
                };
            }
            macro_rules! dying_c {
                () => {
                    if word.flags() & flags::C_DIES != 0 {
                        // SAFETY: the register gives up its count.
                        unsafe { replace(r.add(c!()), Value::NULL) }
                    } else {
                        Value::NULL
                    }
                };
            }
            // The value of operand b is dropped, if it dies here.
            macro_rules! release_dying_b {
                () => {
                    if word.flags() & flags::B_DIES != 0 {
                        release!(dying_b!());
                    }
                };
            }
            // Whether this generic execution shall specialise the instruction.
            macro_rules! due {
                () => {
                    // SAFETY: the family's second word is no cache.
                    unsafe { quicken::due(pc) }
                };
            }
            macro_rules! write {
                ($i:expr, $value:expr) => {{
                    let value: Ref = $value;
                    // SAFETY: a dead stack register.
                    unsafe { r.add($i).write(value.into_value()) }
                }};
            }
            macro_rules! take {
                ($i:expr) => {
                    // SAFETY: the register gives up its count.
                    unsafe { Ref::from_owned(replace(r.add($i), Value::NULL)) }
                };
            }
            macro_rules! attempt {
                ($result:expr) => {{
                    frame!().pc.set(pc);
                    match $result {
                        Ok(value) => value,
                        Err(_) => break 'instruction Cause::Raised,
                    }
                }};
            }
            macro_rules! raise {
                ($raised:expr) => {{
                    frame!().pc.set(pc);
                    let _ = $raised;
                    break 'instruction Cause::Raised;
                }};
            }
            macro_rules! name {
                () => {
                    frame!().code().name_at(payload(word_at!(1)) as usize)
                };
            }
            macro_rules! target {
                () => {
                    // SAFETY: jump targets of verified code lie within it.
                    unsafe { code.add(payload(word_at!(1)) as usize) }
                };
            }
            macro_rules! jump {
                () => {{
                    pc = target!();
                    continue 'next;
                }};
            }
            macro_rules! leave {
                ($value:expr) => {
                    match unwind::leave(m, $value) {
                        Ok(Some(exit)) => return Ok(Some(exit)),
                        Ok(None) => {}
                        Err(_) => {
                            pc = m.pc;
                            break 'instruction Cause::Raised;
                        }
                    }
                };
            }
            // Counts the heat of an anchor for traces, in words of code, in the upper half of its word 1. One that has a trace stays hot.
            macro_rules! anchor {
                ($bytes:expr) => {
                    if !WATCHED {
                        let counter: u64 = word_at!(1);
                        if (counter >> 32) as u32 >= HOOKS.threshold.get() {
                            m.pc = pc;
                            match watch::at_anchor(m) {
                                Turn::Go => {}
                                Turn::Watch => return Ok(None),
                                Turn::Reload => {
                                    reload!();
                                    continue 'next;
                                }
                                Turn::Raise => {
                                    pc = m.pc;
                                    break 'instruction Cause::Raised;
                                }
                                Turn::Left => return Err(thread.raised()),
                                Turn::Return(value) => {
                                    leave!(value);
                                    reload!();
                                    continue 'next;
                                }
                            }
                        } else {
                            const WORD_BITS: u32 = size_of::<u64>().ilog2();
                            let heat = ($bytes as u64) << (32 - WORD_BITS);
                            // SAFETY: the instruction's own word, under the GIL.
                            unsafe { *(pc as *mut u64).add(1) = counter.wrapping_add(heat) };
                        }
                    }
                };
            }
            // Goes on watched at the pc behind `words` words, if the thread is to give events.
            macro_rules! watch_events {
                ($words:expr) => {
                    if !WATCHED && thread.gives_events() {
                        // SAFETY: an instruction of the code.
                        m.pc = unsafe { pc.add($words) };
                        m.watch = Watch::Hooks;
                        return Ok(None);
                    }
                };
            }
            macro_rules! window {
                ($count:expr) => {
                    // SAFETY: a window of the frame's registers; nothing writes to it meanwhile.
                    unsafe { std::slice::from_raw_parts(r.add(b!()), $count) }
                };
            }
            // An attribute was loaded; the object may die by that.
            macro_rules! define_attribute {
                ($value:expr) => {
                    let object = dying_b!();
                    define_a!($value);
                    release!(object);
                };
            }
            macro_rules! define_method {
                ($value:expr) => {
                    let object = dying_b!();
                    write!(a!(), $value);
                    write!(a!() + 1, Ref::NULL);
                    release!(object);
                };
            }
            macro_rules! drop_window {
                ($count:expr) => {
                    for i in (b!()..b!() + $count).rev() {
                        // SAFETY: the window is consumed.
                        let value = unsafe { *r.add(i) };
                        if value.is_pointer() {
                            // SAFETY: as above.
                            unsafe { r.add(i).write(Value::NULL) };
                            release!(value);
                        }
                    }
                };
            }
            let length = 'decoded: loop {
                macro_rules! generic {
                    () => {{
                        operation = operation.family();
                        continue 'decoded;
                    }};
                }
                macro_rules! int_arithmetic {
                    ($b:expr, $c:expr, $compute:expr) => {{
                        let (x, y) = ($b, $c);
                        if Value::both_small_int(x, y) {
                            let result: Option<Value> = $compute(x, y);
                            if let Some(value) = result {
                                define_a!(Ref::immediate(value));
                                break 'decoded 2;
                            }
                        }
                        generic!()
                    }};
                }
                macro_rules! int_operation {
                    ($compute:expr) => {
                        int_arithmetic!(peek_b!(), peek_c!(), |x: Value, y: Value| {
                            $compute(x.small_int_unchecked(), y.small_int_unchecked())
                        })
                    };
                }
                macro_rules! float_arithmetic {
                    ($compute:expr) => {{
                        let (x, y) = (peek_b!(), peek_c!());
                        if Value::both_inline_float(x, y)
                            && let Some(value) =
                                $compute((x.inline_float_unchecked(), y.inline_float_unchecked()))
                        {
                            define_a!(float::new(value));
                            break 'decoded 2;
                        }
                        match other_float_pair(x, y).and_then($compute) {
                            Some(value) => {
                                let (x, y) = (dying_b!(), dying_c!());
                                release!(x);
                                release!(y);
                                define_a!(float::new(value));
                                2
                            }
                            None => generic!(),
                        }
                    }};
                }
                macro_rules! int_jump {
                    ($c:expr, $operator:tt) => {{
                        let (x, y) = (register!(b!()), $c);
                        if !Value::both_small_int(x, y) {
                            generic!()
                        }
                        // Tagged ints are ordered as the ints are.
                        if (x.bits() as i64) $operator (y.bits() as i64) { jump!() } else { 2 }
                    }};
                }
                macro_rules! float_jump {
                    ($compare:expr) => {{
                        let (x, y) = (peek_b!(), peek_c!());
                        let compare: fn(&f64, &f64) -> bool = $compare;
                        let unless = a!() as u16 & TEST_UNLESS != 0;
                        if Value::both_inline_float(x, y) {
                            let holds = compare(&x.inline_float_unchecked(), &y.inline_float_unchecked());
                            if holds != unless {
                                jump!()
                            }
                            break 'decoded 2;
                        }
                        let Some((s, t)) = other_float_pair(x, y) else { generic!() };
                        let (x, y) = (dying_b!(), dying_c!());
                        release!(x);
                        release!(y);
                        if compare(&s, &t) != unless { jump!() } else { 2 }
                    }};
                }
                macro_rules! constant_c {
                    () => {
                        // SAFETY: the form has a constant in c.
                        unsafe { *pool.add(c!()) }
                    };
                }
                macro_rules! truth_jump {
                    ($wanted:expr) => {{
                        let v = operand_b!();
                        if attempt!(protocol::is_true(thread, *v)) == $wanted {
                            drop(v);
                            jump!()
                        }
                        3
                    }};
                }
                macro_rules! known_truth_jump {
                    ($truth:expr, $wanted:expr) => {{
                        let truth: Option<bool> = $truth;
                        let Some(truth) = truth else { generic!() };
                        let value = dying_b!();
                        release!(value);
                        if truth == $wanted { jump!() } else { 3 }
                    }};
                }
                macro_rules! contains_jump {
                    ($found:expr, $wanted:expr) => {{
                        let found = attempt!($found);
                        let (x, y) = (dying_b!(), dying_c!());
                        release!(x);
                        release!(y);
                        if found == $wanted { jump!() } else { 2 }
                    }};
                }
                macro_rules! step {
                    ($found:expr) => {
                        match $found {
                            Some(item) => {
                                define_a!(item);
                                3
                            }
                            None if thread.has_raised() => raise!(thread.raised()),
                            None => jump!(),
                        }
                    };
                }
                macro_rules! define_result_a {
                    ($value:expr) => {{
                        let value: Ref = $value;
                        if word.flags() & flags::DISCARD == 0 {
                            define_a!(value)
                        } else {
                            release!(value.into_value())
                        }
                    }};
                }
                macro_rules! returns {
                    ($length:expr) => {
                        Destination { register: a!() as u32, flags: word.flags(), length: $length }
                    };
                }
                macro_rules! called {
                    ($called:expr) => {
                        match attempt!($called) {
                            Called::Value(value) => {
                                // SAFETY: the result register.
                                unsafe { define_result(r, word.flags(), a!(), value) }
                            }
                            Called::Frame => {
                                reload!();
                                continue 'next;
                            }
                        }
                    };
                }
                break match operation {
                    // Moves and constants.
                    Wide => {
                        if !WATCHED {
                            m.pc = pc;
                            m.watch = Watch::Wide;
                            return Ok(None);
                        }
                        let high = word;
                        // SAFETY: a prefix is followed by its instruction.
                        pc = unsafe { pc.add(1) };
                        word = Word(word_at!(0));
                        field_a = (high.a() as usize) << 16 | word.a() as usize;
                        field_b = (high.b() as usize) << 16 | word.b() as usize;
                        field_c = (high.c() as usize) << 16 | word.c() as usize;
                        // SAFETY: as above.
                        operation = unsafe { std::mem::transmute::<u8, Operation>(word.number()) };
                        continue 'decoded;
                    }
                    Nop => 1,
                    Copy => {
                        define_a!(register!(b!()).to_ref());
                        1
                    }
                    Copy2 => {
                        let (x, y) = (peek_b!().to_ref(), peek_c!().to_ref());
                        write!(a!(), x);
                        write!(a!() + 1, y);
                        1
                    }
                    CopyCallable => {
                        write!(a!(), operand_b!());
                        write!(a!() + 1, Ref::NULL);
                        1
                    }
                    Move => {
                        let value = take!(b!());
                        define_a!(value);
                        1
                    }
                    LoadConst => {
                        // SAFETY: an index into the pool.
                        define_a!(unsafe { *pool.add(word.bc() as usize) }.to_ref());
                        1
                    }
                    LoadNull => {
                        define_a!(Ref::NULL);
                        1
                    }
                    Swap => {
                        // SAFETY: two registers of the frame.
                        unsafe { std::ptr::swap(r.add(a!()), r.add(b!())) };
                        1
                    }
                    Drop => {
                        frame!().pc.set(pc);
                        drop(take!(b!()));
                        1
                    }
                    CheckBound => {
                        if register!(b!()).is_null() {
                            raise!(globals::unbound(thread, frame!(), b!()));
                        }
                        1
                    }
                    DeleteFast => {
                        if register!(a!()).is_null() {
                            raise!(globals::unbound(thread, frame!(), a!()));
                        }
                        frame!().pc.set(pc);
                        drop(take!(a!()));
                        1
                    }

                    // Cells.
                    MakeCell => {
                        let cell = new_cell(take!(a!()));
                        write!(a!(), cell);
                        1
                    }
                    CopyFreeVars => {
                        let first = m.executable.nlocalsplus as usize - b!();
                        let function = frame!().function.peek();
                        let function = if function.is_null() { None } else { function.cast::<Function>() };
                        let closure = function.and_then(|f| f.closure.option());
                        let Some(cells) =
                            closure.as_ref().and_then(|t| t.cast::<Tuple>()).filter(|t| t.len() == b!())
                        else {
                            raise!(thread.system_error("the closure doesn't fit the code object"));
                        };
                        for (i, cell) in cells.items().iter().enumerate() {
                            write!(first + i, cell.to_ref());
                        }
                        1
                    }
                    LoadDeref => {
                        let value = attempt!(globals::load_cell(thread, frame!(), register!(b!()), b!()));
                        define_a!(value);
                        1
                    }
                    StoreDeref => {
                        let value = operand_c!();
                        attempt!(globals::cell(thread, register!(b!()))).content.set(value);
                        1
                    }
                    DeleteDeref => {
                        let cell = attempt!(globals::cell(thread, register!(b!())));
                        if cell.content.is_null() {
                            raise!(globals::unbound(thread, frame!(), b!()));
                        }
                        drop(cell.content.take());
                        1
                    }
                    LoadFromDictOrDeref => {
                        let mapping = operand_b!();
                        let name = frame!().code().localsplusnames[c!()].clone();
                        let value = match attempt!(globals::find(thread, *mapping, *name)) {
                            Some(value) => value,
                            None => attempt!(globals::load_cell(thread, frame!(), register!(c!()), c!())),
                        };
                        define_a!(value);
                        1
                    }

                    // Names.
                    LoadGlobal => {
                        let name = name!();
                        let value = attempt!(globals::load_global(thread, frame!(), name));
                        if due!() {
                            // SAFETY: the instruction has these caches.
                            unsafe {
                                quicken::load_global(pc, frame!(), name, LoadGlobalModule, LoadGlobalBuiltin)
                            };
                        }
                        define_a!(value);
                        4
                    }
                    LoadGlobalModule => {
                        // SAFETY: the caches are filled.
                        let Some(value) = (unsafe { quicken::cached_global(pc, frame!()) }) else {
                            generic!()
                        };
                        define_a!(value.to_ref());
                        4
                    }
                    LoadGlobalBuiltin => {
                        // SAFETY: the caches are filled.
                        let Some(value) = (unsafe { quicken::cached_builtin(pc, frame!()) }) else {
                            generic!()
                        };
                        define_a!(value.to_ref());
                        4
                    }
                    LoadGlobalCallable => {
                        let name = name!();
                        let value = attempt!(globals::load_global(thread, frame!(), name));
                        let (module, builtin) = (LoadGlobalCallableModule, LoadGlobalCallableBuiltin);
                        if due!() {
                            // SAFETY: the instruction has these caches.
                            unsafe { quicken::load_global(pc, frame!(), name, module, builtin) };
                        }
                        write!(a!(), value);
                        write!(a!() + 1, Ref::NULL);
                        4
                    }
                    LoadGlobalCallableModule => {
                        // SAFETY: the caches are filled.
                        let Some(value) = (unsafe { quicken::cached_global(pc, frame!()) }) else {
                            generic!()
                        };
                        write!(a!(), value.to_ref());
                        write!(a!() + 1, Ref::NULL);
                        4
                    }
                    LoadGlobalCallableBuiltin => {
                        // SAFETY: the caches are filled.
                        let Some(value) = (unsafe { quicken::cached_builtin(pc, frame!()) }) else {
                            generic!()
                        };
                        write!(a!(), value.to_ref());
                        write!(a!() + 1, Ref::NULL);
                        4
                    }
                    StoreGlobal => {
                        let value = operand_b!();
                        attempt!(globals::store(thread, frame!().globals.peek(), name!(), *value));
                        if due!() {
                            // SAFETY: the instruction has these caches.
                            unsafe {
                                quicken::store_name(pc, frame!().globals.peek(), name!(), StoreGlobalModule)
                            };
                        }
                        4
                    }
                    StoreGlobalModule => {
                        let globals = frame!().globals.peek();
                        // SAFETY: the caches are filled.
                        let found = unsafe { quicken::cached_name(pc, globals, name!()) };
                        let Some((dict, place)) = found else { generic!() };
                        let (Ok(old) | Err(old)) = dict.replace_if_key(place, name!(), operand_b!());
                        release!(old.into_value());
                        4
                    }
                    DeleteGlobal => {
                        attempt!(globals::delete(thread, frame!().globals.peek(), name!()));
                        2
                    }
                    LoadName => {
                        let locals = attempt!(globals::locals(thread, frame!()));
                        let name = name!();
                        let value = attempt!(globals::load_from(thread, frame!(), *locals, name));
                        if due!() && locals.is(frame!().globals.peek()) {
                            // SAFETY: the instruction has these caches.
                            unsafe {
                                quicken::load_global(pc, frame!(), name, LoadNameModule, LoadNameBuiltin)
                            };
                        }
                        define_a!(value);
                        4
                    }
                    LoadNameModule => {
                        let is_module = frame!().locals.peek().is(frame!().globals.peek());
                        // SAFETY: the caches are filled.
                        let found = unsafe { quicken::cached_global(pc, frame!()) };
                        let Some(value) = found.filter(|_| is_module) else { generic!() };
                        define_a!(value.to_ref());
                        4
                    }
                    LoadNameBuiltin => {
                        let is_module = frame!().locals.peek().is(frame!().globals.peek());
                        // SAFETY: the caches are filled.
                        let found = unsafe { quicken::cached_builtin(pc, frame!()) };
                        let Some(value) = found.filter(|_| is_module) else { generic!() };
                        define_a!(value.to_ref());
                        4
                    }
                    StoreName => {
                        let value = operand_b!();
                        let locals = attempt!(globals::locals(thread, frame!()));
                        attempt!(globals::store(thread, *locals, name!(), *value));
                        if due!() {
                            // SAFETY: the instruction has these caches.
                            unsafe { quicken::store_name(pc, *locals, name!(), StoreNameModule) };
                        }
                        4
                    }
                    StoreNameModule => {
                        let locals = frame!().locals.peek();
                        // SAFETY: the caches are filled.
                        let found = unsafe { quicken::cached_name(pc, locals, name!()) };
                        let Some((dict, place)) = found else { generic!() };
                        let (Ok(old) | Err(old)) = dict.replace_if_key(place, name!(), operand_b!());
                        release!(old.into_value());
                        4
                    }
                    DeleteName => {
                        let locals = attempt!(globals::locals(thread, frame!()));
                        attempt!(globals::delete(thread, *locals, name!()));
                        2
                    }
                    LoadFromDictOrGlobals => {
                        let mapping = operand_b!();
                        define_a!(attempt!(globals::load_from(thread, frame!(), *mapping, name!())));
                        2
                    }
                    LoadFixed => {
                        define_a!(attempt!(globals::fixed(thread, frame!(), b!() as u16)));
                        1
                    }
                    SetupAnnotations => {
                        attempt!(globals::setup_annotations(thread, frame!()));
                        1
                    }
                    ImportName => {
                        let (level, from_list) = (operand_b!(), operand_c!());
                        let module =
                            attempt!(imports::import_name(thread, frame!(), name!(), *level, *from_list));
                        define_a!(module);
                        2
                    }
                    ImportFrom => {
                        let module = register!(b!()).to_ref();
                        define_a!(attempt!(imports::import_from(thread, *module, name!())));
                        2
                    }

                    // Attributes.
                    LoadAttr | LoadAttrModule | LoadAttrGetAttribute => {
                        let (object, name) = (operand_b!(), name!());
                        let value = attempt!(attributes::get(thread, *object, name));
                        if due!() {
                            // SAFETY: the instruction has these caches.
                            unsafe { quicken::load_attribute(pc, *object, name) };
                        }
                        define_a!(value);
                        release!(object.into_value());
                        4
                    }
                    LoadAttrSlot => {
                        // SAFETY: the caches are filled.
                        let Some(slot) = (unsafe { quicken::cached_slot(pc, peek_b!()) }) else { generic!() };
                        let value = slot.get();
                        define_attribute!(value);
                        4
                    }
                    LoadAttrDict => {
                        // SAFETY: the caches are filled.
                        let found = unsafe { quicken::cached_dict(pc, peek_b!()) };
                        let Some(value) = found.and_then(|(dict, place)| dict.value_if_key(place, name!()))
                        else {
                            generic!()
                        };
                        let value = value.to_ref();
                        define_attribute!(value);
                        4
                    }
                    LoadAttrClass => {
                        // SAFETY: the caches are filled.
                        if !unsafe { quicken::is_cached_class(pc, peek_b!()) } {
                            generic!()
                        }
                        // SAFETY: the class's version guards the value.
                        let value = Value::from_bits(unsafe { quicken::cached_content(pc) }).to_ref();
                        define_attribute!(value);
                        4
                    }
                    LoadAttrClassCell => {
                        // SAFETY: the caches are filled.
                        if !unsafe { quicken::is_cached_class(pc, peek_b!()) } {
                            generic!()
                        }
                        // SAFETY: the versions are as cached.
                        let (dict, place) = unsafe { quicken::cached_cell(pc) };
                        let Some(value) = dict.value_if_key(place, name!()) else { generic!() };
                        let value = value.to_ref();
                        define_attribute!(value);
                        4
                    }
                    LoadAttrCell => {
                        // SAFETY: the caches are filled.
                        if unsafe { quicken::cached_instance(pc, peek_b!()) }.is_none() {
                            generic!()
                        }
                        // SAFETY: the version is as cached.
                        let (dict, place) = unsafe { quicken::cached_cell(pc) };
                        let Some(value) = dict.value_if_key(place, name!()) else { generic!() };
                        let value = value.to_ref();
                        define_attribute!(value);
                        4
                    }
                    LoadAttrProperty => {
                        let object = peek_b!();
                        // SAFETY: the caches are filled; the type's version guards the property.
                        let getter = unsafe {
                            if !object.is_pointer() || !quicken::has_cached_type(pc, object) {
                                generic!()
                            }
                            let property = Value::from_bits(quicken::cached_content(pc));
                            property.cast_unchecked::<Property>().getter.peek()
                        };
                        if getter.is_null() {
                            generic!()
                        }
                        let Some(getter) = getter.cast_exact::<Function>() else { generic!() };
                        frame!().pc.set(pc);
                        let arguments = move || [operand_b!()];
                        // SAFETY: the frame's head knows the pc.
                        if !WATCHED && unsafe { calls::enter_with(m, getter, returns!(4), arguments) } {
                            reload!();
                            continue 'next;
                        }
                        generic!()
                    }
                    LoadAttrMember => {
                        let object = peek_b!();
                        // SAFETY: the caches are filled.
                        if !object.is_pointer() || !unsafe { quicken::has_cached_type(pc, object) } {
                            generic!()
                        }
                        // SAFETY: as above; the type has the member.
                        let index = unsafe { quicken::cached_content(pc) } as u32;
                        let Some(value) = runtime::instance::member_slot(object, index).option() else {
                            generic!()
                        };
                        define_attribute!(value);
                        4
                    }
                    LoadAttrValue => {
                        // SAFETY: the caches are filled.
                        if unsafe { quicken::cached_instance(pc, peek_b!()) }.is_none() {
                            generic!()
                        }
                        // SAFETY: the type's version guards the value.
                        let value = Value::from_bits(unsafe { quicken::cached_content(pc) }).to_ref();
                        define_attribute!(value);
                        4
                    }
                    LoadMethod => {
                        let (object, name) = (operand_b!(), name!());
                        let (function, receiver) = attempt!(attributes::get_method(thread, *object, name));
                        if due!() {
                            // SAFETY: the instruction has these caches.
                            unsafe { quicken::load_method(pc, *object, name) };
                        }
                        write!(a!(), function);
                        write!(a!() + 1, receiver.unwrap_or(Ref::NULL));
                        4
                    }
                    LoadMethodInstance => {
                        // SAFETY: the caches are filled.
                        if unsafe { quicken::cached_instance(pc, peek_b!()) }.is_none() {
                            generic!()
                        }
                        let object = operand_b!();
                        // SAFETY: the type's version guards the value.
                        write!(a!(), Value::from_bits(unsafe { quicken::cached_content(pc) }).to_ref());
                        write!(a!() + 1, object);
                        4
                    }
                    LoadMethodModule => {
                        // SAFETY: the caches are filled.
                        let found = unsafe { quicken::cached_dict(pc, peek_b!()) };
                        let Some(value) = found.and_then(|(dict, place)| dict.value_if_key(place, name!()))
                        else {
                            generic!()
                        };
                        let value = value.to_ref();
                        define_method!(value);
                        4
                    }
                    LoadMethodClass => {
                        // SAFETY: the caches are filled.
                        if !unsafe { quicken::is_cached_class(pc, peek_b!()) } {
                            generic!()
                        }
                        // SAFETY: the class's version guards the value.
                        let value = Value::from_bits(unsafe { quicken::cached_content(pc) }).to_ref();
                        define_method!(value);
                        4
                    }
                    LoadMethodBound => {
                        // SAFETY: the caches are filled.
                        if !unsafe { quicken::is_cached_class(pc, peek_b!()) } {
                            generic!()
                        }
                        let class = operand_b!();
                        // SAFETY: the class's version guards the class method's function.
                        write!(a!(), Value::from_bits(unsafe { quicken::cached_content(pc) }).to_ref());
                        write!(a!() + 1, class);
                        4
                    }
                    LoadMethodBuiltin => {
                        // SAFETY: the caches are filled.
                        if !unsafe { quicken::has_cached_type(pc, peek_b!()) } {
                            generic!()
                        }
                        let object = operand_b!();
                        // SAFETY: the type's version guards the value.
                        write!(a!(), Value::from_bits(unsafe { quicken::cached_content(pc) }).to_ref());
                        write!(a!() + 1, object);
                        4
                    }
                    LoadMethodSlot => {
                        // SAFETY: the caches are filled.
                        let Some(slot) = (unsafe { quicken::cached_slot(pc, peek_b!()) }) else { generic!() };
                        let value = slot.get();
                        define_method!(value);
                        4
                    }
                    StoreAttr => {
                        let (object, value, name) = (operand_b!(), operand_c!(), name!());
                        if due!() {
                            // SAFETY: the instruction has these caches.
                            unsafe { quicken::store_attribute(pc, *object, name) };
                        }
                        attempt!(attributes::set(thread, *object, name, *value));
                        4
                    }
                    StoreAttrSlot => {
                        // SAFETY: the caches are filled.
                        let Some(slot) = (unsafe { quicken::cached_slot(pc, peek_b!()) }) else { generic!() };
                        let value = operand_c!();
                        let object = dying_b!();
                        let old = slot.replace(value);
                        release!(old.into_value());
                        release!(object);
                        4
                    }
                    StoreAttrNewSlot => {
                        // SAFETY: the caches are filled.
                        let Some(place) = (unsafe { quicken::append_cached(pc, peek_b!()) }) else {
                            generic!()
                        };
                        let value = operand_c!();
                        let object = dying_b!();
                        // SAFETY: the slot is the instance's and empty.
                        unsafe { place.write(value.into_value()) };
                        release!(object);
                        4
                    }
                    StoreAttrDict => {
                        // SAFETY: the caches are filled.
                        let found = unsafe { quicken::cached_dict(pc, peek_b!()) };
                        let Some((dict, place)) =
                            found.filter(|(d, p)| d.value_if_key(*p, name!()).is_some())
                        else {
                            generic!()
                        };
                        let value = operand_c!();
                        let object = dying_b!();
                        let (Ok(old) | Err(old)) = dict.replace_if_key(place, name!(), value);
                        release!(old.into_value());
                        release!(object);
                        4
                    }
                    StoreAttrClassCell => {
                        // SAFETY: the caches are filled.
                        let known = unsafe { quicken::is_cached_class(pc, peek_b!()) };
                        if !known || !volatile::is_plain(peek_c!()) {
                            generic!()
                        }
                        // SAFETY: the versions are as cached.
                        let (dict, place) = unsafe { quicken::cached_cell(pc) };
                        if dict.value_if_key(place, name!()).is_none() {
                            generic!()
                        }
                        let value = operand_c!();
                        let object = dying_b!();
                        let (Ok(old) | Err(old)) = dict.replace_if_key(place, name!(), value);
                        release!(old.into_value());
                        release!(object);
                        4
                    }
                    StoreAttrMember => {
                        let object = peek_b!();
                        // SAFETY: the caches are filled.
                        if !object.is_pointer() || !unsafe { quicken::has_cached_type(pc, object) } {
                            generic!()
                        }
                        let value = operand_c!();
                        // SAFETY: as above; the type has the member.
                        let index = unsafe { quicken::cached_content(pc) } as u32;
                        let old = runtime::instance::member_slot(object, index).replace(value);
                        let object = dying_b!();
                        release!(old.into_value());
                        release!(object);
                        4
                    }
                    DeleteAttr => {
                        let object = operand_b!();
                        attempt!(attributes::set(thread, *object, name!(), Value::NULL));
                        2
                    }
                    LoadSuperAttr => {
                        let (class, of, object) = (take!(b!()), take!(b!() + 1), take!(b!() + 2));
                        let value = if class.is(Value::of(&SUPER)) {
                            attempt!(super_::super_lookup(thread, *of, *object, name!()))
                        } else {
                            let arguments: &[Value] = if c!() == 0 { &[] } else { &[*of, *object] };
                            let made = attempt!(thread.call(*class, arguments));
                            attempt!(attributes::get(thread, *made, name!()))
                        };
                        define_a!(value);
                        3
                    }
                    LoadSuperMethod => {
                        let (class, of, object) = (take!(b!()), take!(b!() + 1), take!(b!() + 2));
                        if class.is(Value::of(&SUPER))
                            // SAFETY: the instruction has this cache.
                            && let Some(function) = unsafe { quicken::cached_super(pc, *of, *object) }
                        {
                            write!(a!(), function);
                            write!(a!() + 1, object);
                            break 'decoded 3;
                        }
                        let (function, receiver) = if class.is(Value::of(&SUPER)) {
                            let found = attempt!(super_::super_method(thread, *of, *object, name!()));
                            if found.1.is_some() && due!() {
                                // SAFETY: the instruction has this cache.
                                unsafe { quicken::super_method(pc, *of, *object, *found.0) };
                            }
                            found
                        } else {
                            let arguments: &[Value] = if c!() == 0 { &[] } else { &[*of, *object] };
                            let made = attempt!(thread.call(*class, arguments));
                            (attempt!(attributes::get(thread, *made, name!())), None)
                        };
                        write!(a!(), function);
                        write!(a!() + 1, receiver.unwrap_or(Ref::NULL));
                        3
                    }
                    LoadSpecial => {
                        let object = operand_b!();
                        // SAFETY: where a version is cached, so is the function it guards.
                        let cached = unsafe {
                            let known = word_at!(1) >> 40 != 0 && quicken::has_cached_type(pc, *object);
                            known.then(|| Value::from_bits(word_at!(2)))
                        };
                        let (function, needs_self) = match cached {
                            Some(function) => (function.to_ref(), true),
                            None => {
                                // SAFETY: the instruction has these caches.
                                attempt!(unsafe { quicken::load_special(pc, thread, *object, c!() as u32) })
                            }
                        };
                        write!(a!(), function);
                        write!(a!() + 1, if needs_self { object } else { Ref::NULL });
                        3
                    }

                    // Operators.
                    BinaryOp => {
                        frame!().pc.set(pc);
                        if !WATCHED
                            && (a!() | b!() | c!()) <= 0xFFFF
                            // SAFETY: without a prefix all fields are in the word.
                            && unsafe { python_operators::enter(m, pc, peek_b!(), peek_c!()) }
                        {
                            reload!();
                            continue 'next;
                        }
                        // The left one is dropped first.
                        let (y, x) = (operand_c!(), operand_b!());
                        let number = payload(word_at!(1));
                        if due!()
                            && let Some(form) = quicken::binary_form(word.flags(), number, *x, *y)
                        {
                            // SAFETY: a form of this family.
                            unsafe { quicken::rewrite(pc, form) };
                        }
                        define_a!(attempt!(small_binary(thread, *x, *y, number)));
                        2
                    }
                    AddInt => int_arithmetic!(register!(b!()), register!(c!()), Value::add_small_ints),
                    AddIntConst => int_arithmetic!(register!(b!()), constant_c!(), Value::add_small_ints),
                    SubtractInt => {
                        int_arithmetic!(register!(b!()), register!(c!()), Value::subtract_small_ints)
                    }
                    SubtractIntConst => {
                        int_arithmetic!(register!(b!()), constant_c!(), Value::subtract_small_ints)
                    }
                    MultiplyInt => {
                        int_arithmetic!(register!(b!()), register!(c!()), Value::multiply_small_ints)
                    }
                    MultiplyIntConst => {
                        int_arithmetic!(register!(b!()), constant_c!(), Value::multiply_small_ints)
                    }
                    FloorDivideInt => {
                        int_operation!(|x, y| int_kernel::floor_div_i64(x, y).and_then(Value::try_small_int))
                    }
                    RemainderInt => {
                        int_operation!(|x, y| int_kernel::floor_mod_i64(x, y).and_then(Value::try_small_int))
                    }
                    AndInt => int_operation!(|x, y| Some(Value::small_int(x & y))),
                    OrInt => int_operation!(|x, y| Some(Value::small_int(x | y))),
                    XorInt => int_operation!(|x, y| Some(Value::small_int(x ^ y))),
                    LeftShiftInt => {
                        int_operation!(|x, y| int_kernel::shl_i64(x, y).and_then(Value::try_small_int))
                    }
                    RightShiftInt => {
                        int_operation!(|x, y| int_kernel::shr_i64(x, y).and_then(Value::try_small_int))
                    }
                    PowerInt => int_operation!(small_power),
                    TrueDivideInt => int_operation!(small_quotient),
                    AddStr => {
                        let is_str = |v: Value| v.cast_exact::<Str>().is_some();
                        if !is_str(peek_b!()) || !is_str(peek_c!()) {
                            generic!()
                        }
                        let right = operand_c!();
                        // A local that the result goes to gives its count up, so that the str can grow in place.
                        let replaces = word.flags() & flags::A_LOCAL != 0
                            && word.flags() & flags::B_CONST == 0
                            && a!() == b!();
                        let left = if replaces { take!(b!()) } else { operand_b!() };
                        let value = match right.cast_exact::<Str>() {
                            Some(right) => Str::append(left, right),
                            None => left,
                        };
                        define_a!(value);
                        2
                    }
                    AddFloat => float_arithmetic!(|(x, y)| Some(x + y)),
                    SubtractFloat => float_arithmetic!(|(x, y)| Some(x - y)),
                    MultiplyFloat => float_arithmetic!(|(x, y)| Some(x * y)),
                    TrueDivideFloat => float_arithmetic!(|(x, y)| (y != 0.0).then(|| x / y)),
                    Subscript => {
                        let (x, y) = (operand_b!(), operand_c!());
                        if due!() {
                            // SAFETY: a form of this family.
                            unsafe { quicken::subscript(pc, *x, *y) };
                        }
                        define_a!(attempt!(operators::get_item(thread, *x, *y)));
                        3
                    }
                    SubscriptListInt => {
                        // No list is a constant: the operand is a register.
                        let found = register!(b!()).cast_exact::<List>();
                        let index = found.and_then(|list| sequence_index(peek_c!(), list.len()));
                        let Some((list, index)) = found.zip(index) else { generic!() };
                        // SAFETY: the index was found to lie within the list.
                        let value = unsafe { list.items().get_unchecked(index) }.to_ref();
                        if word.flags() & flags::B_DIES == 0 {
                            define_a!(value);
                            3
                        } else {
                            let container = dying_b!();
                            define_a!(value);
                            release!(container);
                            3
                        }
                    }
                    SubscriptTupleInt => {
                        let found = peek_b!().cast_exact::<Tuple>();
                        let index = found.and_then(|tuple| sequence_index(peek_c!(), tuple.len()));
                        let Some((tuple, index)) = found.zip(index) else { generic!() };
                        let value = tuple.items()[index].to_ref();
                        let container = dying_b!();
                        define_a!(value);
                        release!(container);
                        3
                    }
                    SubscriptStrInt => {
                        let found = peek_b!().cast_exact::<Str>();
                        let index = found.and_then(|s| sequence_index(peek_c!(), s.len()));
                        let Some((s, index)) = found.zip(index) else { generic!() };
                        let value = Str::from_char(s.code_point(index));
                        let container = dying_b!();
                        define_a!(value);
                        release!(container);
                        3
                    }
                    SubscriptBytesInt => {
                        let Some(value) = operators::byte_at(peek_b!(), peek_c!()) else { generic!() };
                        let container = dying_b!();
                        define_a!(Ref::immediate(value));
                        release!(container);
                        3
                    }
                    SubscriptDict => {
                        let Some(dict) = peek_b!().cast_exact::<Dict>() else { generic!() };
                        let key = peek_c!();
                        // The registers keep dict and key; nothing they could be taken from runs but by that search.
                        let Some(value) = attempt!(dict.get(thread, key)) else {
                            raise!(thread.key_error(peek_c!()))
                        };
                        let (container, key) = (dying_b!(), dying_c!());
                        define_a!(value);
                        release!(container);
                        release!(key);
                        3
                    }
                    SubscriptDictStr => {
                        let found = peek_b!().cast_exact::<Dict>().zip(peek_c!().cast_exact::<Str>());
                        let Some(value) = found.and_then(|(dict, key)| dict.get_by_str(key)) else {
                            generic!()
                        };
                        let value = value.to_ref();
                        let (container, key) = (dying_b!(), dying_c!());
                        define_a!(value);
                        release!(container);
                        release!(key);
                        3
                    }
                    SubscriptGetItem => {
                        let object = peek_b!();
                        // SAFETY: the caches are filled; the type's version guards the function.
                        let function = unsafe {
                            if !object.is_pointer() || !quicken::has_cached_type(pc, object) {
                                generic!()
                            }
                            Value::from_bits(word_at!(2)).cast_unchecked::<Function>()
                        };
                        frame!().pc.set(pc);
                        let arguments = move || [operand_b!(), operand_c!()];
                        // SAFETY: the frame's head knows the pc.
                        if !WATCHED && unsafe { calls::enter_with(m, function, returns!(3), arguments) } {
                            reload!();
                            continue 'next;
                        }
                        generic!()
                    }
                    StoreSubscript => {
                        let (value, x, y) = (operand_a!(), operand_b!(), operand_c!());
                        if due!()
                            && let Some(form) = quicken::store_subscript_form(*x, *y)
                        {
                            // SAFETY: a form of this family.
                            unsafe { quicken::rewrite(pc, form) };
                        }
                        attempt!(operators::set_item(thread, *x, *y, *value));
                        3
                    }
                    StoreSubscriptListInt => {
                        let found = register!(b!()).cast_exact::<List>();
                        let index = found.and_then(|list| sequence_index(peek_c!(), list.len()));
                        let Some((list, index)) = found.zip(index) else { generic!() };
                        let value = operand_a!();
                        // SAFETY: the index was found to lie within the list; nothing ran meanwhile.
                        let old = unsafe { list.replace_unchecked(index, value) };
                        release!(old.into_value());
                        release_dying_b!();
                        3
                    }
                    StoreSubscriptDict => {
                        if peek_b!().cast_exact::<Dict>().is_none() {
                            generic!()
                        }
                        let (value, x, y) = (operand_a!(), operand_b!(), operand_c!());
                        if let Some(dict) = x.cast_exact::<Dict>() {
                            attempt!(dict.set(thread, *y, value));
                        }
                        release!(x.into_value());
                        release!(y.into_value());
                        3
                    }
                    StoreSubscriptBytesInt => generic!(),
                    DeleteSubscript => {
                        let (x, y) = (operand_b!(), operand_c!());
                        attempt!(operators::set_item(thread, *x, *y, Value::NULL));
                        1
                    }
                    BinarySlice => {
                        let (x, stop, start) = (take!(b!()), take!(b!() + 2), take!(b!() + 1));
                        define_a!(attempt!(operators::get_slice(thread, *x, *start, *stop)));
                        1
                    }
                    StoreSlice => {
                        let (value, x, stop, start) =
                            (take!(b!()), take!(b!() + 1), take!(b!() + 3), take!(b!() + 2));
                        let slice = new_slice(*start, *stop, Value::NONE);
                        attempt!(operators::set_item(thread, *x, *slice, *value));
                        1
                    }
                    Negative => {
                        let v = operand_b!();
                        let negated = v.as_small_int().and_then(|i| Value::try_small_int(-i));
                        define_a!(match negated {
                            Some(value) => Ref::immediate(value),
                            None => attempt!(operators::unary(thread, *v, "-", |s| s.negative)),
                        });
                        1
                    }
                    Invert => {
                        let v = operand_b!();
                        define_a!(match v.as_small_int() {
                            Some(i) => Ref::immediate(Value::small_int(!i)),
                            None => attempt!(operators::unary(thread, *v, "~", |s| s.invert)),
                        });
                        1
                    }
                    Not => {
                        let v = operand_b!();
                        define_a!(Ref::bool(!attempt!(protocol::is_true(thread, *v))));
                        1
                    }
                    ToBool => {
                        let v = operand_b!();
                        define_a!(Ref::bool(attempt!(protocol::is_true(thread, *v))));
                        1
                    }
                    Is => {
                        let (x, y) = (operand_b!(), operand_c!());
                        define_a!(Ref::bool(x.is(*y)));
                        1
                    }
                    IsNot => {
                        let (x, y) = (operand_b!(), operand_c!());
                        define_a!(Ref::bool(!x.is(*y)));
                        1
                    }
                    Contains => {
                        let (x, y) = (operand_b!(), operand_c!());
                        let found = attempt!(match y.cast_exact::<Dict>() {
                            Some(dict) => dict.contains(thread, *x),
                            None => operators::contains(thread, *y, *x),
                        });
                        define_a!(Ref::bool(found));
                        1
                    }
                    NotContains => {
                        let (x, y) = (operand_b!(), operand_c!());
                        define_a!(Ref::bool(!attempt!(operators::contains(thread, *y, *x))));
                        1
                    }
                    Compare => {
                        let (x, y) = (operand_b!(), operand_c!());
                        if due!()
                            && let Some(form) = quicken::compare_form(*x, *y)
                        {
                            // SAFETY: a form of this family.
                            unsafe { quicken::rewrite(pc, form) };
                        }
                        let number = payload(word_at!(1));
                        let result = attempt!(small_compare(thread, *x, *y, operators::comparison(number)));
                        define_a!(if number & ir::opcode::COMPARE_TO_BOOL != 0 {
                            Ref::bool(attempt!(protocol::is_true(thread, *result)))
                        } else {
                            result
                        });
                        2
                    }
                    CompareStr => {
                        let strs = peek_b!().cast_exact::<Str>().zip(peek_c!().cast_exact::<Str>());
                        let compare = operators::comparison(payload(word_at!(1)));
                        let Some(holds) = strs.and_then(|(x, y)| operators::str_equality(x, y, compare))
                        else {
                            generic!()
                        };
                        let (x, y) = (dying_b!(), dying_c!());
                        define_a!(Ref::bool(holds));
                        release!(x);
                        release!(y);
                        2
                    }
                    CompareInt => {
                        let (x, y) = (peek_b!(), peek_c!());
                        if !Value::both_small_int(x, y) {
                            generic!()
                        }
                        let ordering = x.small_int_unchecked().cmp(&y.small_int_unchecked());
                        define_a!(Ref::bool(operators::comparison(payload(word_at!(1))).holds(ordering)));
                        2
                    }
                    CompareFloat => {
                        let (x, y) = (peek_b!(), peek_c!());
                        if !Value::both_inline_float(x, y) {
                            generic!()
                        }
                        let (x, y) = (x.inline_float_unchecked(), y.inline_float_unchecked());
                        let compare = operators::comparison(payload(word_at!(1)));
                        define_a!(Ref::bool(float_holds(compare, x, y)));
                        2
                    }

                    // Jumps.
                    Jump => jump!(),
                    JumpBackward => {
                        if poll::is_due(thread) {
                            attempt!(poll::poll(thread));
                            watch_events!(0);
                        }
                        let start = target!();
                        anchor!(pc as usize - start as usize);
                        pc = start;
                        continue 'next;
                    }
                    JumpIfTrue => {
                        if due!() {
                            // SAFETY: the family that is told.
                            unsafe { quicken::truth_jump(pc, peek_b!(), true) };
                        }
                        truth_jump!(true)
                    }
                    JumpIfTrueInt => match peek_b!().as_small_int() {
                        Some(0) => 3,
                        Some(_) => jump!(),
                        None => generic!(),
                    },
                    JumpIfTrueSized => known_truth_jump!(quicken::sized_truth(peek_b!()), true),
                    JumpIfTrueObject => {
                        // SAFETY: the cache is filled.
                        known_truth_jump!(unsafe { quicken::object_truth(pc, peek_b!()) }, true)
                    }
                    JumpIfTrueBool => match peek_b!() {
                        Value::TRUE => jump!(),
                        Value::FALSE => 3,
                        _ => generic!(),
                    },
                    JumpIfFalse => {
                        if due!() {
                            // SAFETY: the family that is told.
                            unsafe { quicken::truth_jump(pc, peek_b!(), false) };
                        }
                        truth_jump!(false)
                    }
                    JumpIfFalseInt => match peek_b!().as_small_int() {
                        Some(0) => jump!(),
                        Some(_) => 3,
                        None => generic!(),
                    },
                    JumpIfFalseSized => known_truth_jump!(quicken::sized_truth(peek_b!()), false),
                    JumpIfFalseObject => {
                        // SAFETY: the cache is filled.
                        known_truth_jump!(unsafe { quicken::object_truth(pc, peek_b!()) }, false)
                    }
                    JumpIfFalseBool => match peek_b!() {
                        Value::FALSE => jump!(),
                        Value::TRUE => 3,
                        _ => generic!(),
                    },
                    JumpIfNone => {
                        frame!().pc.set(pc);
                        if operand_b!().is_none() { jump!() } else { 2 }
                    }
                    JumpIfNotNone => {
                        frame!().pc.set(pc);
                        if !operand_b!().is_none() { jump!() } else { 2 }
                    }
                    JumpIfIs => {
                        frame!().pc.set(pc);
                        if operand_b!().is(*operand_c!()) { jump!() } else { 2 }
                    }
                    JumpIfIsNot => {
                        frame!().pc.set(pc);
                        if !operand_b!().is(*operand_c!()) { jump!() } else { 2 }
                    }
                    JumpIfContains | JumpIfNotContains => {
                        let (x, y) = (operand_b!(), operand_c!());
                        if due!()
                            && let Some(form) = quicken::contains_form(*y, operation)
                        {
                            // SAFETY: a form of this family.
                            unsafe { quicken::rewrite(pc, form) };
                        }
                        let found = attempt!(operators::contains(thread, *y, *x));
                        if found == (operation == JumpIfContains) {
                            drop((x, y));
                            jump!()
                        }
                        2
                    }
                    JumpIfContainsDict => {
                        let Some(dict) = peek_c!().cast_exact::<Dict>() else { generic!() };
                        contains_jump!(dict.contains(thread, peek_b!()), true)
                    }
                    JumpIfNotContainsDict => {
                        let Some(dict) = peek_c!().cast_exact::<Dict>() else { generic!() };
                        contains_jump!(dict.contains(thread, peek_b!()), false)
                    }
                    JumpIfContainsSet => {
                        let Some(set) = peek_c!().cast_exact::<Set>() else { generic!() };
                        contains_jump!(operators::set_contains(thread, set, peek_b!()), true)
                    }
                    JumpIfNotContainsSet => {
                        let Some(set) = peek_c!().cast_exact::<Set>() else { generic!() };
                        contains_jump!(operators::set_contains(thread, set, peek_b!()), false)
                    }
                    JumpCompare => {
                        let (x, y) = (operand_b!(), operand_c!());
                        if due!()
                            && let Some(form) = quicken::jump_compare_form(word.flags(), a!() as u32, *x, *y)
                        {
                            // SAFETY: a form of this family.
                            unsafe { quicken::rewrite(pc, form) };
                        }
                        let compare = operators::comparison(a!() as u32);
                        let result = attempt!(small_compare(thread, *x, *y, compare));
                        let holds = attempt!(protocol::is_true(thread, *result));
                        if holds != (a!() as u16 & TEST_UNLESS != 0) {
                            drop((x, y, result));
                            jump!()
                        }
                        2
                    }
                    JumpEqualStr => {
                        let strs = peek_b!().cast_exact::<Str>().zip(peek_c!().cast_exact::<Str>());
                        let compare = operators::comparison(a!() as u32);
                        let Some(holds) = strs.and_then(|(x, y)| operators::str_equality(x, y, compare))
                        else {
                            generic!()
                        };
                        let (x, y) = (dying_b!(), dying_c!());
                        release!(x);
                        release!(y);
                        if holds != (a!() as u16 & TEST_UNLESS != 0) { jump!() } else { 2 }
                    }
                    JumpLessInt => int_jump!(register!(c!()), <),
                    JumpLessIntConst => int_jump!(constant_c!(), <),
                    JumpLessEqualInt => int_jump!(register!(c!()), <=),
                    JumpLessEqualIntConst => int_jump!(constant_c!(), <=),
                    JumpEqualInt => int_jump!(register!(c!()), ==),
                    JumpEqualIntConst => int_jump!(constant_c!(), ==),
                    JumpNotEqualInt => int_jump!(register!(c!()), !=),
                    JumpNotEqualIntConst => int_jump!(constant_c!(), !=),
                    JumpGreaterInt => int_jump!(register!(c!()), >),
                    JumpGreaterIntConst => int_jump!(constant_c!(), >),
                    JumpGreaterEqualInt => int_jump!(register!(c!()), >=),
                    JumpGreaterEqualIntConst => int_jump!(constant_c!(), >=),
                    JumpLessFloat => float_jump!(f64::lt),
                    JumpLessEqualFloat => float_jump!(f64::le),
                    JumpGreaterFloat => float_jump!(f64::gt),
                    JumpGreaterEqualFloat => float_jump!(f64::ge),
                    JumpEqualFloat => match operators::comparison(a!() as u32) {
                        CompareOp::Ne => float_jump!(f64::ne),
                        _ => float_jump!(f64::eq),
                    },

                    // Iteration and unpacking.
                    GetIter => {
                        let v = operand_b!();
                        define_a!(attempt!(protocol::iter(thread, *v)));
                        1
                    }
                    ForIterGenerator => {
                        frame!().pc.set(pc);
                        if a!() <= 0xFFFF
                            && !(WATCHED && m.watch == Watch::Hooks)
                            // SAFETY: the instruction, without a prefix, holds the iterator in a register.
                            && unsafe {
                                generators::enter(m, register!(b!()), ResumedBy::ForIter, Value::NONE)
                            }
                        {
                            reload!();
                            continue 'next;
                        }
                        generic!()
                    }
                    ForIter => {
                        if due!() {
                            // SAFETY: a form of this family.
                            unsafe { quicken::rewrite(pc, quicken::iteration_form(register!(b!()))) };
                        }
                        if WATCHED {
                            step!(attempt!(watch::next_item(m, register!(b!()))))
                        } else {
                            step!(attempt!(protocol::next(thread, register!(b!()))))
                        }
                    }
                    ForIterList => {
                        let Some(iterator) = register!(b!()).cast_exact::<ListIterator>() else { generic!() };
                        let list = iterator.list.peek();
                        let index = iterator.index.get();
                        if list.is_null() {
                            generic!()
                        }
                        // SAFETY: the slot holds a list or NULL.
                        let list = unsafe { list.cast_unchecked::<List>() };
                        let Some(item) = list.get(index) else { generic!() };
                        iterator.index.set(index + 1);
                        define_a!(item);
                        3
                    }
                    ForIterTuple => {
                        let Some(iterator) = register!(b!()).cast_exact::<TupleIterator>() else {
                            generic!()
                        };
                        let tuple = iterator.tuple.peek();
                        let index = iterator.index.get();
                        if tuple.is_null() {
                            generic!()
                        }
                        // SAFETY: the slot holds a tuple or NULL.
                        let tuple = unsafe { tuple.cast_unchecked::<Tuple>() };
                        let Some(item) = tuple.items().get(index) else { generic!() };
                        iterator.index.set(index + 1);
                        define_a!(item.to_ref());
                        3
                    }
                    ForIterRange => {
                        let Some(iterator) = register!(b!()).cast_exact::<RangeIterator>() else {
                            generic!()
                        };
                        let remaining = iterator.remaining.get();
                        if remaining <= 0 {
                            jump!()
                        }
                        let item = iterator.next.get();
                        iterator.remaining.set(remaining - 1);
                        iterator.next.set(item.wrapping_add(iterator.step.get()));
                        define_a!(Ref::immediate(Value::small_int(item)));
                        3
                    }
                    ForIterDict | ForIterNative => {
                        let iterator = register!(b!());
                        let Some(next) = iterator.ty().slots().next else { generic!() };
                        if WATCHED {
                            step!(attempt!(watch::next_item(m, iterator)))
                        } else {
                            step!(attempt!(protocol::item_or_end(thread, next(thread, iterator))))
                        }
                    }
                    GetLen => {
                        let v = register!(b!()).to_ref();
                        define_a!(int::from_usize(attempt!(protocol::len(thread, *v))));
                        1
                    }
                    UnpackPair => {
                        let v = operand_b!();
                        if stored_items(*v).is_some_and(|items| items.len() == 2) {
                            // SAFETY: a form of this family.
                            unsafe { quicken::rewrite(pc, UnpackPairExact) };
                        }
                        let items = attempt!(operators::unpack(thread, *v, 2, None));
                        let mut items = items.into_iter();
                        let (first, second) = (items.next(), items.next());
                        drop(v);
                        // A local in c has its old value dropped; a stack register in c held nothing with a count.
                        let old = take!(c!());
                        define_a!(first.unwrap_or(Ref::NULL));
                        write!(c!(), second.unwrap_or(Ref::NULL));
                        if c!() < m.executable.nlocalsplus as usize {
                            drop(old)
                        } else {
                            std::mem::forget(old)
                        }
                        2
                    }
                    UnpackPairExact => {
                        let Some(&[x, y]) = stored_items(peek_b!()) else { generic!() };
                        let (x, y) = (x.to_ref(), y.to_ref());
                        let v = dying_b!();
                        let old = take!(c!());
                        define_a!(x);
                        write!(c!(), y);
                        if c!() < m.executable.local_count() {
                            release!(old.into_value());
                        } else {
                            std::mem::forget(old)
                        }
                        release!(v);
                        2
                    }
                    UnpackSequence => {
                        let v = operand_b!();
                        if stored_items(*v).is_some_and(|items| items.len() == c!()) {
                            // SAFETY: a form of this family.
                            unsafe { quicken::rewrite(pc, UnpackSequenceExact) };
                        }
                        let items = attempt!(operators::unpack(thread, *v, c!(), None));
                        for (i, item) in items.into_iter().rev().enumerate() {
                            write!(a!() + i, item);
                        }
                        2
                    }
                    UnpackSequenceExact => {
                        let Some(items) = stored_items(peek_b!()).filter(|items| items.len() == c!()) else {
                            generic!()
                        };
                        // The results may lie where the tuple does.
                        let v = dying_b!();
                        for (i, item) in items.iter().rev().enumerate() {
                            write!(a!() + i, item.to_ref());
                        }
                        release!(v);
                        2
                    }
                    UnpackEx => {
                        let number = payload(word_at!(1)) as usize;
                        let v = operand_b!();
                        let items = attempt!(operators::unpack(thread, *v, number & 255, Some(number >> 8)));
                        for (i, item) in items.into_iter().rev().enumerate() {
                            write!(a!() + i, item);
                        }
                        2
                    }
                    GetAiter => {
                        let v = operand_b!();
                        define_a!(attempt!(generators::aiter(thread, *v)));
                        1
                    }
                    GetAnext => {
                        let v = register!(b!()).to_ref();
                        define_a!(attempt!(generators::anext(thread, *v)));
                        1
                    }
                    GetAwaitable => {
                        let v = operand_b!();
                        define_a!(attempt!(generators::awaitable(thread, *v, c!())));
                        1
                    }
                    GetYieldFromIter => {
                        let v = operand_b!();
                        let flag_bits = frame!().code().flags;
                        define_a!(attempt!(generators::yield_from_iterator(thread, *v, flag_bits)));
                        1
                    }

                    // Pattern matching.
                    MatchFlag => {
                        let wanted = if c!() == 0 { TypeFlags::SEQUENCE } else { TypeFlags::MAPPING };
                        let matches = register!(b!()).ty().has(wanted);
                        define_a!(Ref::bool(matches));
                        1
                    }
                    MatchKeys => {
                        let (v, keys) = (register!(b!()).to_ref(), register!(c!()).to_ref());
                        define_a!(attempt!(patterns::match_keys(thread, *v, *keys)));
                        1
                    }
                    MatchClass => {
                        let (v, class, keywords) = (take!(b!()), take!(b!() + 1), take!(b!() + 2));
                        define_a!(attempt!(patterns::match_class(thread, *v, *class, *keywords, c!())));
                        1
                    }

                    // Building objects.
                    BuildTuple => {
                        define_a!(if c!() == 0 {
                            Tuple::empty()
                        } else {
                            // The closure borrows field b on purpose: with no field in memory, LLVM hoists the
                            // decoding that the arms share to the loop's head, and runs twice the instructions.
                            Tuple::build(&TUPLE, c!(), |i| take!(b!() + i))
                        });
                        1
                    }
                    BuildTuple2 => {
                        let (x, y) = (operand_b!(), operand_c!());
                        define_a!(Tuple::pair(x, y));
                        1
                    }
                    BuildList => {
                        // SAFETY: the window is consumed.
                        let items = unsafe { calls::take_values(r.add(b!()), c!()) };
                        define_a!(List::from_refs(items));
                        1
                    }
                    BuildSet => {
                        let set = attempt!(operators::build_set(thread, window!(c!())));
                        drop_window!(c!());
                        define_a!(set);
                        1
                    }
                    BuildMap => {
                        let made = Dict::new();
                        if let Some(dict) = made.cast::<Dict>() {
                            for i in 0..c!() {
                                let (key, value) = (register!(b!() + 2 * i), register!(b!() + 2 * i + 1));
                                attempt!(dict.set(thread, key, value.to_ref()));
                            }
                        }
                        drop_window!(2 * c!());
                        define_a!(made);
                        1
                    }
                    BuildSlice2 => {
                        let (x, y) = (operand_b!(), operand_c!());
                        define_a!(new_slice(*x, *y, Value::NONE));
                        1
                    }
                    BuildSlice3 => {
                        let slice = new_slice(register!(b!()), register!(b!() + 1), register!(b!() + 2));
                        drop_window!(3);
                        define_a!(slice);
                        1
                    }
                    BuildString => {
                        let text = attempt!(operators::build_string(thread, window!(c!())));
                        drop_window!(c!());
                        define_a!(text);
                        1
                    }
                    BuildTemplate => {
                        let (strings, parts) = (operand_b!(), operand_c!());
                        define_a!(attempt!(intrinsics::template(thread, *strings, *parts)));
                        1
                    }
                    BuildInterpolation => {
                        let conversion = payload(word_at!(1)) >> 2;
                        let made = attempt!(intrinsics::interpolation(thread, window!(c!()), conversion));
                        drop_window!(c!());
                        define_a!(made);
                        2
                    }
                    ListAppend => {
                        let item = operand_c!();
                        if let Some(list) = register!(b!()).cast::<List>() {
                            list.push(item);
                        }
                        1
                    }
                    Extend => {
                        let (container, items) = (register!(b!()).to_ref(), operand_c!());
                        attempt!(match a!() as u16 {
                            extend::LIST => operators::list_extend(thread, *container, *items),
                            extend::SET => {
                                let name = runtime::names::get().update;
                                thread.call_method(*container, name, &[*items]).map(drop)
                            }
                            _ => operators::dict_update(thread, *container, *items),
                        });
                        1
                    }
                    SetAdd => {
                        let (set, item) = (register!(b!()).to_ref(), operand_c!());
                        attempt!(operators::set_add(thread, *set, *item));
                        1
                    }
                    MapAdd => {
                        let (dict, key, value) = (register!(a!()).to_ref(), operand_b!(), operand_c!());
                        if let Some(dict) = dict.cast::<Dict>() {
                            attempt!(dict.set(thread, *key, value));
                        }
                        1
                    }
                    DictMerge => {
                        let (callable, dict) = (register!(a!()).to_ref(), register!(b!()).to_ref());
                        let mapping = operand_c!();
                        attempt!(operators::dict_merge(thread, *callable, *dict, *mapping));
                        1
                    }
                    MakeFunction => {
                        let code = operand_b!();
                        define_a!(new_function(*code, frame!().globals.peek()));
                        1
                    }
                    SetFunctionAttribute => {
                        let (value, function) = (operand_b!(), operand_c!());
                        runtime::objects::function::set_attribute(*function, payload(word_at!(1)), value);
                        define_a!(function);
                        2
                    }
                    FormatSimple => {
                        let v = operand_b!();
                        define_a!(attempt!(operators::format_simple(thread, *v)));
                        1
                    }
                    FormatWithSpec => {
                        let (v, spec) = (operand_b!(), operand_c!());
                        define_a!(attempt!(operators::format(thread, *v, *spec)));
                        1
                    }
                    ConvertValue => {
                        let v = operand_b!();
                        define_a!(attempt!(operators::convert(thread, *v, c!() as u32)));
                        1
                    }

                    // Calls.
                    CallPython => {
                        frame!().pc.set(pc);
                        // SAFETY: the instruction's window.
                        if unsafe { calls::enter_exact(m, b!(), c!(), returns!(4)) } {
                            reload!();
                            continue 'next;
                        }
                        generic!()
                    }
                    Call => {
                        if due!() {
                            let receiver = register!(b!() + 1);
                            let has_self = !receiver.is_null();
                            // SAFETY: the instruction has these caches.
                            unsafe { quicken::call(pc, register!(b!()), has_self, receiver, c!()) };
                        }
                        // SAFETY: the instruction's window.
                        called!(unsafe { calls::call_window(m, b!(), c!(), &[], returns!(4)) });
                        watch_events!(4);
                        4
                    }
                    CallPythonGeneral | CallBoundMethodGeneral | CallType | CallNative2 => generic!(),
                    CallBoundMethod => {
                        // SAFETY: the instruction's window.
                        if unsafe { calls::unpack_method(m, b!()) } {
                            operation = CallPython;
                            continue 'decoded;
                        }
                        generic!()
                    }
                    CallClass => {
                        frame!().pc.set(pc);
                        // SAFETY: the instruction's window; the caches are filled.
                        if unsafe { calls::enter_class(m, pc, b!(), c!(), returns!(4)) } {
                            reload!();
                            continue 'next;
                        }
                        generic!()
                    }
                    CallType1 => {
                        if !register!(b!()).is(Value::of(&TYPE)) || !register!(b!() + 1).is_null() {
                            generic!()
                        }
                        let v = take!(b!() + 2);
                        let class = Value::of(v.ty()).to_ref();
                        drop_window!(1);
                        define_result_a!(class);
                        release!(v.into_value());
                        4
                    }
                    CallStr1 => {
                        if !register!(b!()).is(Value::of(&STR)) || !register!(b!() + 1).is_null() {
                            generic!()
                        }
                        let text = attempt!(protocol::str(thread, register!(b!() + 2)));
                        drop_window!(3);
                        define_result_a!(text);
                        4
                    }
                    CallResume => {
                        frame!().pc.set(pc);
                        // SAFETY: the instruction's window; the caches are filled.
                        match unsafe { resuming_calls::resume_by_call(m, pc, a!(), b!(), c!()) } {
                            Resumed::No => generic!(),
                            Resumed::Yes => {
                                reload!();
                                continue 'next;
                            }
                            Resumed::ToRaise => {
                                pc = m.pc;
                                break 'instruction Cause::Raised;
                            }
                        }
                    }
                    CallNative0 | CallNative1 | CallNativeFast => {
                        let Some(function) = register!(b!()).cast_exact::<BuiltinFunction>() else {
                            generic!()
                        };
                        if !register!(b!() + 1).is_null() {
                            generic!()
                        }
                        // SAFETY: the arguments lie in the window, which nothing else writes to.
                        let arguments = unsafe { std::slice::from_raw_parts(r.add(b!() + 2), c!()) };
                        let value = attempt!(function.call_positional(thread, register!(b!()), arguments));
                        drop_window!(c!() + 2);
                        define_result_a!(value);
                        watch_events!(4);
                        4
                    }
                    CallNativeMethod0 | CallNativeMethod1 | CallNativeMethodFast => {
                        let Some(method) = register!(b!()).cast_exact::<MethodDescriptor>() else {
                            generic!()
                        };
                        let receiver = register!(b!() + 1);
                        if receiver.is_null() || !receiver.is_instance(method.owner()) {
                            generic!()
                        }
                        // SAFETY: the arguments lie in the window, which nothing else writes to.
                        let arguments = unsafe { std::slice::from_raw_parts(r.add(b!() + 2), c!()) };
                        let value =
                            attempt!(method.call_positional(thread, register!(b!()), receiver, arguments));
                        drop_window!(c!() + 2);
                        define_result_a!(value);
                        4
                    }
                    CallLen => {
                        let callable = register!(b!()).cast_exact::<BuiltinFunction>();
                        let Some(length) = callable
                            .filter(|f| is_row(f.def, word_at!(3)) && register!(b!() + 1).is_null())
                            .and_then(|_| operators::stored_length(register!(b!() + 2)))
                        else {
                            operation = CallNative1;
                            continue 'decoded;
                        };
                        drop_window!(3);
                        define_result_a!(Ref::immediate(Value::small_int(length as i64)));
                        4
                    }
                    CallIsInstance => {
                        let callable = register!(b!()).cast_exact::<BuiltinFunction>();
                        let Some(is_instance) = callable
                            .filter(|f| is_row(f.def, word_at!(3)) && register!(b!() + 1).is_null())
                            .and_then(|_| {
                                operators::plain_isinstance(register!(b!() + 2), register!(b!() + 3))
                            })
                        else {
                            operation = CallNativeFast;
                            continue 'decoded;
                        };
                        drop_window!(4);
                        define_result_a!(Ref::bool(is_instance));
                        4
                    }
                    CallListAppend => {
                        let method = register!(b!()).cast_exact::<MethodDescriptor>();
                        let list = register!(b!() + 1);
                        if list.is_null() || !method.is_some_and(|d| is_row(d.def, word_at!(3))) {
                            generic!()
                        }
                        let Some(list) = list.cast_exact::<List>() else { generic!() };
                        list.push(take!(b!() + 2));
                        drop_window!(2);
                        define_result_a!(Ref::NONE);
                        4
                    }
                    CallKw | CallKwPython | CallKwBoundMethod | CallKwNative => {
                        // SAFETY: the word is an index into the pool.
                        let names = unsafe { *pool.add(payload(word_at!(1)) as usize) };
                        let names = names.cast::<Tuple>().map_or(&[][..], |t| t.items());
                        // SAFETY: the instruction's window.
                        called!(unsafe { calls::call_window(m, b!(), c!(), names, returns!(4)) });
                        watch_events!(4);
                        4
                    }
                    CallKwDynamic => {
                        let held = take!(b!() + 2 + c!());
                        let names = held.cast::<Tuple>().map_or(&[][..], |t| t.items());
                        // SAFETY: the instruction's window.
                        called!(unsafe { calls::call_window(m, b!(), c!(), names, returns!(1)) });
                        watch_events!(1);
                        1
                    }
                    CallEx => {
                        // SAFETY: the instruction's window.
                        called!(unsafe { calls::call_unpacked(m, b!(), returns!(3)) });
                        watch_events!(3);
                        3
                    }
                    CallIntrinsic1 => {
                        let v = operand_b!();
                        define_a!(attempt!(intrinsics::one(thread, frame!(), c!() as u32, *v)));
                        1
                    }
                    CallIntrinsic2 => {
                        let (x, y) = (operand_b!(), operand_c!());
                        define_a!(attempt!(intrinsics::two(thread, payload(word_at!(1)), *x, *y)));
                        2
                    }

                    // Exceptions.
                    PushExcInfo => {
                        let exception = take!(b!());
                        let outer = thread.handled.replace(exception.clone());
                        write!(a!(), if outer.is_null() { Ref::NONE } else { outer });
                        write!(a!() + 1, exception);
                        1
                    }
                    PopExcept => {
                        frame!().pc.set(pc);
                        let outer = operand_b!();
                        thread.handled.set(if outer.is_none() { Ref::NULL } else { outer });
                        1
                    }
                    CheckExcMatch => {
                        let (exception, pattern) = (register!(b!()).to_ref(), operand_c!());
                        let matches = attempt!(exceptions::exception_matches(thread, *exception, *pattern));
                        define_a!(Ref::bool(matches));
                        1
                    }
                    CheckEgMatch => {
                        let (exception, pattern) = (operand_b!(), operand_c!());
                        let (matched, rest) = attempt!(exceptions::group_match(thread, *exception, *pattern));
                        if !matched.is_none() {
                            thread.handled.set(matched.clone());
                        }
                        write!(a!(), rest);
                        write!(a!() + 1, matched);
                        1
                    }
                    Raise => {
                        frame!().pc.set(pc);
                        match thread.handled_exception() {
                            Some(exception) => {
                                let _ = thread.restore(exception);
                                break 'instruction Cause::Reraised;
                            }
                            None => {
                                raise!(thread.error(&RUNTIME_ERROR, "No active exception to reraise"))
                            }
                        }
                    }
                    RaiseException => {
                        let value = operand_b!();
                        let exception = attempt!(exceptions::new_from_raise(thread, *value));
                        raise!(thread.raise(exception))
                    }
                    RaiseFrom => {
                        let (value, from) = (operand_b!(), operand_c!());
                        let exception = attempt!(exceptions::new_from_raise(thread, *value));
                        let cause = attempt!(exceptions::new_cause(thread, *from));
                        exceptions::set_cause(*exception, cause);
                        raise!(thread.raise(exception))
                    }
                    Reraise | ReraiseLasti => {
                        frame!().pc.set(pc);
                        let exception = operand_b!();
                        if exception.cast::<BaseException>().is_none() {
                            raise!(thread.error(&TYPE_ERROR, "exceptions must derive from BaseException"));
                        }
                        if operation == ReraiseLasti
                            && let Some(lasti) = register!(c!()).as_small_int()
                        {
                            let unit = u32::try_from(lasti / 2).unwrap_or(0);
                            frame!().pc.set(m.executable.at(m.executable.pc_of(unit)));
                        }
                        let _ = thread.restore(exception);
                        break 'instruction Cause::Reraised;
                    }
                    WithExceptStart => {
                        let exception = register!(b!() + 4).to_ref();
                        let traceback = exception.cast::<BaseException>().and_then(|e| e.traceback.option());
                        let traceback = traceback.unwrap_or(Ref::NONE);
                        let (exit, receiver) = (register!(b!()).to_ref(), register!(b!() + 1).to_ref());
                        let class = Value::of(exception.ty());
                        let arguments = [*receiver, class, *exception, *traceback];
                        let first = usize::from(receiver.is_null());
                        define_a!(attempt!(thread.call(*exit, &arguments[first..])));
                        1
                    }
                    EndAsyncFor => {
                        let (awaitable, exception) = (operand_b!(), operand_c!());
                        frame!().pc.set(pc);
                        if !exception.is_instance(&STOP_ASYNC_ITERATION) {
                            let _ = thread.restore(exception);
                            break 'instruction Cause::Reraised;
                        }
                        drop(awaitable);
                        1
                    }
                    CleanupThrow => {
                        let exception = take!(b!() + 2);
                        frame!().pc.set(pc);
                        if !exception.is_instance(&STOP_ITERATION) {
                            let _ = thread.restore(exception);
                            break 'instruction Cause::Reraised;
                        }
                        let value = exceptions::stop_iteration_value(*exception);
                        drop_window!(2);
                        write!(a!(), Ref::NONE);
                        write!(a!() + 1, value);
                        1
                    }

                    // Frames.
                    Resume => {
                        if poll::is_due(thread) {
                            attempt!(poll::poll(thread));
                            watch_events!(0);
                        }
                        if b!() == 0 {
                            anchor!(m.executable.word_count() * size_of::<u64>());
                        }
                        3
                    }
                    Return => {
                        frame!().pc.set(pc);
                        let value = operand_b!();
                        if frame!().kind.get() == FrameKind::Call {
                            // SAFETY: a frame called from this loop; at its end the stack is empty.
                            unsafe { unwind::return_to_caller(m, value) };
                        } else {
                            leave!(value);
                        }
                        reload!();
                        continue 'next;
                    }
                    Yield => {
                        let value = operand_b!();
                        if let Some(exit) = attempt!(generators::suspend(m, value, a!(), c!() == 1)) {
                            return Ok(Some(exit));
                        }
                        reload!();
                        continue 'next;
                    }
                    Send | SendGenerator => {
                        frame!().pc.set(pc);
                        if a!() <= 0xFFFF
                            // SAFETY: the instruction, without a prefix, holds the iterator in a register.
                            && unsafe { generators::enter(m, register!(b!()), ResumedBy::Send, peek_c!()) }
                        {
                            // The value sent was copied.
                            drop(operand_c!());
                            reload!();
                            continue 'next;
                        }
                        let (iterator, value) = (register!(b!()).to_ref(), operand_c!());
                        match attempt!(generators::send(m, *iterator, *value)) {
                            SendResult::Next(value) => {
                                define_a!(value);
                                2
                            }
                            SendResult::Return(value) => {
                                define_a!(value);
                                drop(iterator);
                                jump!()
                            }
                        }
                    }
                    EndSend => {
                        frame!().pc.set(pc);
                        let (iterator, value) = (operand_b!(), operand_c!());
                        define_a!(value);
                        drop(iterator);
                        1
                    }
                    ReturnGenerator => {
                        frame!().pc.set(pc);
                        debug_assert!(frame!().code().flags & co_flags::ANY_GENERATOR != 0);
                        let object = generators::make(m, a!());
                        leave!(object);
                        reload!();
                        continue 'next;
                    }
                };
            };
            // SAFETY: the next instruction.
            pc = unsafe { pc.add(length) };
            continue 'next;
        };
        unwind::unwind(m, pc, cause)?;
        reload!();
    }
}

/// `b ** c` of small ints, where the result is one.
fn small_power(b: i64, c: i64) -> Option<Value> {
    int_kernel::pow_i64(b, u32::try_from(c).ok()?).and_then(Value::try_small_int)
}

/// `b / c` of ints that floats hold exactly.
fn small_quotient(b: i64, c: i64) -> Option<Value> {
    const EXACT: u64 = 1 << 53;
    if c == 0 || b.unsigned_abs() > EXACT || c.unsigned_abs() > EXACT {
        return None;
    }
    Value::try_inline_float(b as f64 / c as f64)
}

/// What a comparison says about two floats.
fn float_holds(compare: CompareOp, x: f64, y: f64) -> bool {
    match compare {
        CompareOp::Lt => x < y,
        CompareOp::Le => x <= y,
        CompareOp::Eq => x == y,
        CompareOp::Ne => x != y,
        CompareOp::Gt => x > y,
        CompareOp::Ge => x >= y,
    }
}

/// `x op y`; two small ints are compared without their type's slot.
#[inline]
fn small_compare(thread: &Thread, x: Value, y: Value, compare: CompareOp) -> PyResult {
    if Value::both_small_int(x, y) {
        return Ok(Ref::bool(compare.holds(x.small_int_unchecked().cmp(&y.small_int_unchecked()))));
    }
    if Value::both_inline_float(x, y) {
        return Ok(Ref::bool(float_holds(compare, x.inline_float_unchecked(), y.inline_float_unchecked())));
    }
    protocol::compare(thread, x, y, compare)
}

/// `x op y`; small ints and floats are computed without their types' slots.
#[inline]
fn small_binary(thread: &Thread, x: Value, y: Value, number: u32) -> PyResult {
    match small_arithmetic(x, y, number) {
        Some(value) => Ok(value),
        None => operators::binary(thread, x, y, number),
    }
}

/// The arithmetic of the specialised forms, for instructions that aren't specialised yet.
fn small_arithmetic(x: Value, y: Value, number: u32) -> Option<Ref> {
    use BinaryOperator::*;
    let operator = BinaryOperator::from_number(number)?.plain();
    if Value::both_small_int(x, y) {
        let (x, y) = (x.small_int_unchecked(), y.small_int_unchecked());
        let result = match operator {
            NB_ADD => int_kernel::add_i64(x, y),
            NB_SUBTRACT => int_kernel::sub_i64(x, y),
            NB_MULTIPLY => int_kernel::mul_i64(x, y),
            NB_FLOOR_DIVIDE => int_kernel::floor_div_i64(x, y),
            NB_REMAINDER => int_kernel::floor_mod_i64(x, y),
            NB_AND => Some(x & y),
            NB_OR => Some(x | y),
            NB_XOR => Some(x ^ y),
            NB_LSHIFT => int_kernel::shl_i64(x, y),
            NB_RSHIFT => int_kernel::shr_i64(x, y),
            NB_POWER => return small_power(x, y).map(Ref::immediate),
            NB_TRUE_DIVIDE => return small_quotient(x, y).map(Ref::immediate),
            _ => None,
        };
        return result.and_then(Value::try_small_int).map(Ref::immediate);
    }
    let (x, y) = float_pair(x, y)?;
    match operator {
        NB_ADD => Some(float::new(x + y)),
        NB_SUBTRACT => Some(float::new(x - y)),
        NB_MULTIPLY => Some(float::new(x * y)),
        NB_TRUE_DIVIDE if y != 0.0 => Some(float::new(x / y)),
        _ => None,
    }
}
