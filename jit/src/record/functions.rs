//! Traces of functions: their end, and calls of them.
//!
//! A function's trace begins behind its `Resume`. It ends in `Return`, as do side traces of loops that get there. Another
//! trace, or itself, calls it where it would follow the call, at the callee's `Resume` or at a loop's head in the callee: the
//! frames are made real, and the trace runs as a native call on the callee's frame. While that is recorded, the interpreter
//! runs the callee to its end.

use super::{Anchor, Found, NoRule, OpenWindow, Pending, Progress, Recorder, Rule, Site, limits};
use crate::abort::Abort;
use crate::driver::may_have_trace;
use crate::ir::trace::ITSELF;
use crate::ir::{Instruction, Op};
use ir::code::co_flags;
use ir::register::flags;
use runtime::frame::{Frame, FrameKind};
use runtime::objects::function::Function;
use runtime::value::Value;

impl Recorder {
    /// Room for frames is checked here; for how many is known in the end. `real`: the windows that are frames already.
    pub fn reserve_room(&mut self, real: usize) {
        self.deepest = self.windows.len();
        self.room = (self.trace.instructions.len(), real);
        self.trace.push(Instruction::new(Op::GuardRoom));
    }

    /// The recording is complete.
    pub fn finished(&mut self) -> Progress {
        let (index, real) = self.room;
        self.trace.instructions[index].immediate = (self.deepest - 1).saturating_sub(real) as u32;
        Progress::Finished
    }

    /// A function starts, or a generator goes on.
    pub fn record_resume(&mut self, site: &Site) -> Rule {
        if self.top().generator.is_some() {
            // The loop that resumes polls.
            return Ok(());
        }
        if site.b & 3 != 0 {
            // Behind a `yield` whose value was handed over; the loop polls.
            return if self.own_generator_runs() { Ok(()) } else { Err(NoRule::End) };
        }
        if !self.may_call_window() {
            return Ok(());
        }
        let top = self.top();
        let here = Anchor::new(self.frame(), site.next);
        let nested = self.windows.iter().filter(|w| w.code.is(top.code)).count() - 1;
        let Some(found) = self.trace_at(here) else { return Ok(()) };
        let is_deep = nested >= limits().recursion || self.windows.len() > limits().depth;
        if !is_deep && !found.heavy && nested < limits().inlined {
            return Ok(());
        }
        self.emit(Op::GuardPoll, &[]);
        self.call_window(found.number).map_err(NoRule::Abort)
    }

    /// Whether the innermost window is the trace's own generator.
    fn own_generator_runs(&self) -> bool {
        self.windows.len() == 1 && self.frame().kind.get() == FrameKind::Generator
    }

    /// The trace of an anchor, which may be the one that is being recorded.
    fn trace_at(&self, here: Anchor) -> Option<Found> {
        let is_of_function = self.parent.is_some() || self.entry.is_some();
        if is_of_function && here == self.anchor {
            return Some(Found { number: ITSELF, heavy: false });
        }
        (self.lookup)(here)
    }

    /// Whether a function that is called has a trace that can be called.
    pub fn has_trace(&self, function: &Function, code: Value) -> bool {
        let Some(pc) = self.host.body_start(code) else { return false };
        let here = Anchor { code: code.bits(), globals: function.globals.peek().bits(), pc };
        self.trace_at(here).is_some()
    }

    /// Whether the innermost window is one that a trace can be called for.
    pub fn may_call_window(&self) -> bool {
        let kind = self.frame().kind.get();
        let is_plain = matches!(kind, FrameKind::Call | FrameKind::Init);
        is_plain && self.windows.len() > 1 && self.top().instance.is_none_or(|i| !i.is_none())
    }

    /// Calls a trace for the innermost window, whose frame the interpreter then runs to its end.
    pub fn call_window(&mut self, number: u32) -> Result<(), Abort> {
        let window = self.top();
        let call_pc = self.trace.windows.iter().rev().find(|w| w.base == window.base).map(|w| w.call_pc);
        let instance = window.instance;
        self.emit(Op::Sync, &[]);
        let slots = self.int(i64::from(window.base));
        let b = if instance.is_some() { self.int(1) } else { crate::ir::Reference::NONE };
        let call = Instruction { a: slots, b, immediate: number, ..Instruction::new(Op::CallTrace) };
        let result = self.trace.push(call);
        self.emit(Op::Leave, &[]);
        self.windows.pop();
        let call = call_pc.and_then(|pc| Site::at(self.host.pc_at(self.frame(), pc), pc));
        let call = call.ok_or(Abort::NoCode)?;
        if !call.has(flags::DISCARD) {
            self.set_register(call.a, instance.unwrap_or(result));
        }
        self.pending = Pending::Away(self.top().frame, call.next);
        Ok(())
    }

    /// The function whose followed calls most of the recording is in, as far as calls of the root window go.
    pub fn longest_callee(&self) -> Option<Anchor> {
        let mut lengths: Vec<(Value, usize)> = Vec::new();
        let mut open: Vec<Value> = Vec::new();
        for instruction in &self.trace.instructions {
            match instruction.op {
                Op::Enter => {
                    let window = self.trace.windows[instruction.immediate as usize];
                    open.push(
                        self.trace
                            .as_constant(window.code)
                            .map_or(Value::NULL, |c| Value::from_bits(c.bits())),
                    );
                }
                Op::Leave => drop(open.pop()),
                _ => (),
            }
            let Some(code) = open.first() else { continue };
            match lengths.iter_mut().find(|l| l.0.is(*code)) {
                Some(length) => length.1 += 1,
                None => lengths.push((*code, 1)),
            }
        }
        let longest = lengths.into_iter().max_by_key(|l| l.1)?;
        let code = Some(longest.0).filter(|code| !code.is_null() && code.bits() != self.anchor.code)?;
        let pc = self.host.body_start(code)?;
        Some(Anchor { code: code.bits(), globals: self.anchor.globals, pc })
    }

    /// Where the function starts whose followed call has become so long that it is better called: what it does is compiled once then,
    /// and its sides don't go on with what its callers do behind the call.
    pub fn long_callee(&self) -> Option<Anchor> {
        let callees = self.windows.iter().skip(1).rev();
        let mut long = callees.filter(|w| w.since.is_some_and(|since| self.length - since > limits().callee));
        long.find_map(|w| self.callable_anchor(w))
    }

    /// Where the trace starts that a window can be left to, if there may be one.
    fn callable_anchor(&self, window: &OpenWindow) -> Option<Anchor> {
        // SAFETY: the frames of open windows are on the thread's chain.
        let frame = unsafe { &*window.frame };
        let is_plain = matches!(frame.kind.get(), FrameKind::Call | FrameKind::Init);
        let start = self.host.body_start(window.code).filter(|_| is_plain)?;
        Some(Anchor::new(frame, start)).filter(|anchor| *anchor != self.anchor && may_have_trace(*anchor))
    }

    /// Whether this is the trace of a function that does so little, whatever way it takes, that entering a trace takes longer.
    pub fn is_tiny_function(&self, words: u32) -> bool {
        let code = Value::from_bits(self.anchor.code);
        self.entry.is_some() && words > 0 && self.host.word_address(code, words).is_none()
    }

    /// The trace's own frame returns.
    pub fn return_from_root(&mut self, site: &Site) -> Rule {
        let frame: &Frame = self.frame();
        let is_loop = self.parent.is_none() && self.entry.is_none();
        let is_generator = self.code().has_flag(co_flags::ANY_GENERATOR);
        if is_loop || is_generator || frame.kind.get() == FrameKind::Generator {
            return Err(NoRule::End);
        }
        self.emit(Op::GuardUnseen, &[]);
        let value = self.operand_b(site);
        self.drop_dying(site);
        self.drop_registers(0, self.top().locals as usize);
        self.emit(Op::Return, &[value.reference]);
        self.complete = true;
        Ok(())
    }
}
