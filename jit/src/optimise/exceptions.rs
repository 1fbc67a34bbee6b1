//! Exceptions raised in the trace and the windows that they end.

use super::emitter::Emitter;
use crate::ir::trace::INSTANCE;
use crate::ir::{Instruction, Op, Reference, Type};
use runtime::value::Value;

impl Emitter<'_> {
    /// The innermost window's frame goes into an exception's traceback: frames are in memory for that.
    pub fn add_traceback(&mut self, recorded: Instruction) {
        let exception = self.operand(recorded.a);
        let a = self.force(exception);
        self.hold(a);
        self.pc = recorded.immediate;
        self.sync();
        self.push(Instruction { a, ..recorded });
    }

    /// An exception ends the innermost window. What its frame holds may run finalisers as it dies.
    pub fn unwind_window(&mut self, recorded: Instruction) {
        let exception = self.operand(recorded.a);
        let a = self.force(exception);
        self.end_window(a, recorded.immediate);
    }

    /// The innermost window returns, and its frame object gets what the frame holds.
    pub fn depart(&mut self, recorded: Instruction) {
        let mut a = self.operand(recorded.a);
        if self.out.type_of(a) != Type::Value || self.is_virtual(a) {
            a = self.out.value(Value::NONE);
        }
        self.end_window(a, recorded.immediate);
    }

    fn end_window(&mut self, a: Reference, pc: u32) {
        self.hold(a);
        self.pc = pc;
        self.sync();
        self.protect_lent();
        self.push(Instruction { a, immediate: pc, ..Instruction::new(Op::Unwind) });
        self.clobber();
        self.abandon_window();
    }

    /// The innermost window, a frame, has ended with an exception; memory's counts went with it.
    pub fn abandon_window(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.changed = true;
        let (base, size) = {
            let window = &self.out.windows[open.window as usize];
            (window.base, window.size)
        };
        for slot in base..base + size {
            self.slots.remove(&slot);
        }
        self.slots.remove(&(INSTANCE | open.window));
    }

    /// What the innermost window's slots from `first` on hold is dropped.
    pub fn clear_from(&mut self, first: u32) {
        let end = {
            let window = &self.out.windows[self.innermost_window()];
            window.base + window.size
        };
        let null = self.out.value(Value::NULL);
        let known: Vec<u32> = self.slots.range(first..end.max(first)).map(|(slot, _)| *slot).collect();
        for slot in known {
            self.set_slot(slot, null);
            self.slots.remove(&slot);
        }
    }
}
