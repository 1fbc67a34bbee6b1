//! Special methods that instructions other than calls have called in the running loop (frames of kind `Operator`): what is
//! left of the instruction when the method returns.
//!
//! The operands stay in their registers meanwhile, as on CPython's stack, and are dropped here.

use crate::dispatch::Machine;
use crate::{hooks, operators, python_operators};
use ir::opcode::{BinaryOperator, COMPARE_TO_BOOL};
use ir::register::{Operation, TEST_UNLESS, Word, flags, payload};
use runtime::error::PyResult;
use runtime::frame::Remainder;
use runtime::objects::exceptions::STOP_ITERATION;
use runtime::objects::int;
use runtime::protocol;
use runtime::types::slot_functions;
use runtime::value::{Ref, Value};

/// The instruction at a machine's pc.
struct Site {
    operation: Operation,
    flags: u8,
    a: usize,
    b: usize,
    c: usize,
    /// Its own word, behind a prefix.
    words: *const u64,
}

impl Site {
    /// # Safety
    /// The machine is at an instruction.
    unsafe fn at(m: &Machine) -> Site {
        // SAFETY: promised by the caller; a prefix is followed by its instruction.
        unsafe {
            let (mut words, mut high) = (m.pc, Word(0));
            if Word(*words).number() == Operation::Wide as u8 {
                high = Word(*words);
                words = words.add(1);
            }
            let word = Word(*words);
            let field = |low: u16, high: u16| (high as usize) << 16 | low as usize;
            Site {
                operation: word.operation().map_or(Operation::Nop, Operation::family),
                flags: word.flags(),
                a: field(word.a(), high.a()),
                b: field(word.b(), high.b()),
                c: field(word.c(), high.c()),
                words,
            }
        }
    }
    fn payload(&self, index: usize) -> u32 {
        // SAFETY: the operation has that word.
        payload(unsafe { *self.words.add(index) })
    }
    fn operand(&self, m: &Machine, register: usize, constant: u8) -> Value {
        // SAFETY: operands of verified code exist.
        unsafe {
            match self.flags & constant != 0 {
                true => *m.executable.pool().add(register),
                false => *m.registers.add(register),
            }
        }
    }
    fn operands(&self, m: &Machine) -> (Value, Value) {
        (self.operand(m, self.b, flags::B_CONST), self.operand(m, self.c, flags::C_CONST))
    }
    /// Drops the operands that die.
    fn drop_dying(&self, m: &Machine) {
        for (flag, register) in self.operation.in_dying_order([self.a, self.b, self.c]) {
            if self.flags & flag != 0 {
                take(m, register);
            }
        }
    }
    /// Goes on behind the instruction.
    fn advance(&self, m: &mut Machine) {
        // SAFETY: an instruction that can go on has a successor.
        m.pc = unsafe { self.words.add(self.operation.length()) };
    }
    /// Drops the operands that die, writes the result and goes on.
    fn define(&self, m: &mut Machine, value: Ref) {
        self.drop_dying(m);
        // SAFETY: the result register exists; the old value of a local is dropped, a stack register was dead.
        unsafe {
            let old = std::ptr::replace(m.registers.add(self.a), value.into_value());
            if self.flags & flags::A_LOCAL != 0 {
                drop(Ref::from_owned(old));
            }
        }
        self.advance(m);
    }
    /// Goes to the instruction's target, or on.
    fn branch(&self, m: &mut Machine, jumps: bool) {
        self.drop_dying(m);
        match jumps {
            true => m.pc = m.executable.at(self.payload(1) as usize),
            false => self.advance(m),
        }
    }
}

/// Drops the value of a register.
fn take(m: &Machine, register: usize) {
    // SAFETY: the register exists and owns its value.
    drop(unsafe { Ref::from_owned(std::ptr::replace(m.registers.add(register), Value::NULL)) });
}

/// Finishes the running instruction, whose special method gave `value`. The machine is behind it, or at its target.
///
/// # Safety
/// The machine is at that instruction, and its operands are in their registers.
pub unsafe fn finish(m: &mut Machine, value: Ref, remainder: Remainder) -> PyResult<()> {
    use Operation::*;
    // SAFETY: promised by the caller.
    let site = unsafe { Site::at(m) };
    match site.operation {
        BinaryOp => {
            let value = binary(m, &site, value, remainder)?;
            site.define(m, value);
        }
        Subscript | LoadAttr | Negative | Invert | ForIter | WithExceptStart => site.define(m, value),
        LoadMethod => {
            let second = site.a + 1;
            site.define(m, value);
            // SAFETY: the instruction writes two stack registers, which were dead.
            unsafe { m.registers.add(second).write(Value::NULL) };
        }
        StoreSubscript | DeleteSubscript | StoreAttr => {
            drop(value);
            site.drop_dying(m);
            site.advance(m);
        }
        Compare => {
            let number = site.payload(1);
            let mut value = compared(m, &site, value, number, remainder)?;
            if number & COMPARE_TO_BOOL != 0 {
                value = Ref::bool(protocol::is_true(m.thread, *value)?);
            }
            site.define(m, value);
        }
        JumpCompare => {
            let value = compared(m, &site, value, site.a as u32, remainder)?;
            let holds = protocol::is_true(m.thread, *value)?;
            drop(value);
            site.branch(m, holds != (site.a as u16 & TEST_UNLESS != 0));
        }
        Contains | NotContains => {
            let found = protocol::is_true(m.thread, *value)?;
            site.define(m, Ref::bool(found == (site.operation == Contains)));
        }
        JumpIfContains | JumpIfNotContains => {
            let found = protocol::is_true(m.thread, *value)?;
            drop(value);
            site.branch(m, found == (site.operation == JumpIfContains));
        }
        ToBool | Not => {
            let truth = truth(m, *value, remainder)?;
            site.define(m, Ref::bool(truth == (site.operation == ToBool)));
        }
        JumpIfTrue | JumpIfFalse => {
            let truth = truth(m, *value, remainder)?;
            drop(value);
            site.branch(m, truth == (site.operation == JumpIfTrue));
        }
        GetIter => {
            if value.ty().slots().next.is_none() {
                let message = format!("iter() returned non-iterator of type '{}'", value.ty().name());
                return Err(m.thread.type_error(message));
            }
            site.define(m, value);
        }
        Call => {
            let length = int::from_usize(length(m, *value)?);
            (site.b..site.b + 2 + site.c).rev().for_each(|register| take(m, register));
            if site.flags & flags::DISCARD != 0 {
                site.advance(m);
            } else {
                site.define(m, length);
            }
        }
        _ => return Err(m.thread.system_error("an instruction that calls no special method")),
    }
    Ok(())
}

/// Whether the pending exception is the end of the iteration that the machine's instruction steps; then the machine is where
/// the loop ends.
///
/// # Safety
/// The machine is at the instruction whose special method raised.
pub unsafe fn ends_iteration(m: &mut Machine, gives_events: bool) -> bool {
    // SAFETY: promised by the caller.
    let site = unsafe { Site::at(m) };
    if site.operation != Operation::ForIter {
        return false;
    }
    if gives_events {
        hooks::stops_iteration(m);
    }
    let exception = m.thread.take_raised();
    if !exception.is_instance(&STOP_ITERATION) {
        let _ = m.thread.restore(exception);
        return false;
    }
    drop(exception);
    m.pc = m.executable.at(site.payload(1) as usize);
    true
}

/// `b op c` after the method that was asked first gave `value`.
fn binary(m: &Machine, site: &Site, value: Ref, remainder: Remainder) -> PyResult {
    if !is_not_implemented(&value) {
        return Ok(value);
    }
    let ((x, y), number) = (site.operands(m), site.payload(1));
    let operator = BinaryOperator::ALL.get(number as usize).copied();
    let Some(operator) = operator else {
        return Err(m.thread.system_error("unknown binary operator"));
    };
    match remainder {
        Remainder::Reflected => operators::without_number_slots(m.thread, x, y, operator),
        Remainder::InPlace => operators::binary_after_in_place(m.thread, x, y, operator),
        _ => python_operators::after_left(m.thread, x, y, number),
    }
}

/// `b cmp c` after the left operand's method gave `value`.
fn compared(m: &Machine, site: &Site, value: Ref, number: u32, remainder: Remainder) -> PyResult {
    if !is_not_implemented(&value) {
        return match remainder {
            Remainder::Negated => Ok(Ref::bool(!protocol::is_true(m.thread, *value)?)),
            _ => Ok(value),
        };
    }
    let (x, y) = site.operands(m);
    protocol::compare_after_left(m.thread, x, y, operators::comparison(number))
}

fn is_not_implemented(value: &Ref) -> bool {
    value.value() == Value::NOT_IMPLEMENTED
}

/// The truth that `__bool__` or `__len__` gave.
fn truth(m: &Machine, value: Value, remainder: Remainder) -> PyResult<bool> {
    if remainder == Remainder::Length {
        return Ok(length(m, value)? != 0);
    }
    slot_functions::checked_bool(m.thread, value)
}

/// The length that `__len__` gave.
fn length(m: &Machine, value: Value) -> PyResult<usize> {
    slot_functions::checked_length(m.thread, value)
}
