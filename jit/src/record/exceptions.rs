//! Exceptions: raising, handling, and the way from the one to the other.
//!
//! An instruction that raises comes to a handler, of its own window or of one further out. The recorder finds that handler
//! as the interpreter does, in the exception tables: the windows in between end, the exception's traceback grows by each
//! window's frame, the handler's window gives up what its stack held and gets the exception. What native code raised
//! while it was recorded makes raising what the trace expects: the call's result is NULL there, and any other result leaves.
//!
//! The exception being handled is a slot of its own (`HANDLED`), and each generator has another one (`handled_in`).
//! An exception that leaves a generator's frame ends the generator, with frames in memory.

use super::calls::Callee;
use super::operands::Operand;
use super::{NoRule, OpenWindow, Pending, Recorder, Rule, Site};
use crate::abort::Abort;
use crate::ir::trace::{HANDLED, generator_base, handled_in};
use crate::ir::{
    Constant, Instruction, Op, Reference, Snapshot, Trace, TracebackEntry, TracebackWord, Virtual,
    VirtualKind,
};
use ir::code::co_flags;
use ir::register::{Operation, flags};
use runtime::frame::{Frame, FrameKind, Remainder};
use runtime::objects::code::Code;
use runtime::objects::descriptors::{DataKind, WrapperDescriptor, data_descriptor};
use runtime::objects::exceptions::{
    BASE_EXCEPTION, BaseException, STOP_ASYNC_ITERATION, STOP_ITERATION, StopIteration, is_exception_class,
    is_plainly_initialised, only_holds,
};
use runtime::objects::function::Function;
use runtime::objects::generator;
use runtime::objects::traceback::TRACEBACK;
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::trace_interface::{Field, HandlerPlan, Helper, effect};
use runtime::types::registry::TYPE;
use runtime::types::{Type, TypeFlags};
use runtime::value::{Ref, Value};
use std::mem::offset_of;

/// Tuples of more classes are left to the interpreter.
const MAX_CLASSES: usize = 8;

/// An exception on its way.
#[derive(Clone, Copy)]
struct Raised {
    exception: Reference,
    /// It is a StopIteration.
    is_end: bool,
    /// The instruction.
    at: u32,
    /// Where its frame's pc is then.
    pc: u32,
    /// It was raised before: the frame is in its traceback already.
    again: bool,
    /// The instruction puts the frame back to this one, which a handler in the frame is told.
    lasti: Option<i64>,
}

/// Where an exception comes to.
struct Path {
    /// Windows that end.
    levels: usize,
    end: End,
}

enum End {
    Handler(HandlerPlan),
    /// It ends the iteration that called a method: the loop goes on at the word index.
    Iteration(u32),
}

impl Recorder {
    // Raising.

    /// `raise exception`, perhaps `from cause`.
    pub fn record_raise(&mut self, thread: &Thread, site: &Site) -> Rule {
        let operand = self.operand_b(site);
        let cause = (site.operation == Operation::RaiseFrom).then(|| self.operand_c(site));
        let is_instance = operand.now.cast::<BaseException>().is_some();
        let class = operand.now.cast::<Type>();
        let class =
            class.filter(|c| operand.now.is_exact(&TYPE) && is_exception_class(operand.now) && is_plain(c));
        if !is_instance && class.is_none() {
            return Err(NoRule::Step);
        }
        let ty = if is_instance { operand.now.ty() } else { class.ok_or(NoRule::Step)? };
        let is_end = ty.is_subtype(&STOP_ITERATION);
        self.path_of(site.pc, ty)?;
        if is_instance {
            self.guard_object(operand)?;
        } else {
            self.guard_is(operand);
            self.guard_version(ty)?;
        }
        if let Some(cause) = cause {
            if cause.now.cast::<BaseException>().is_some() {
                self.guard_object(cause)?;
            } else if cause.now.is_none() {
                self.guard_is(cause);
            } else {
                return Err(NoRule::Step);
            }
        }
        let context = self.context(thread)?;
        let exception = match is_instance {
            true => operand.reference,
            false => self.call_helper(Helper::NewException, &[operand.reference]),
        };
        if let Some(cause) = cause {
            self.call_helper(Helper::SetCause, &[exception, cause.reference]);
        }
        if let Some(context) = context {
            self.call_helper(Helper::ChainTo, &[exception, context]);
        }
        self.drop_dying(site);
        self.unwind(Raised { exception, is_end, at: site.pc, pc: site.pc, again: false, lasti: None })
    }

    /// The instruction, whose conditions for that are guarded, raises a new exception of a built-in class.
    pub fn raise_new(&mut self, thread: &Thread, site: &Site, class: &Type, argument: Reference) -> Rule {
        if self.path(site.pc, false).is_err() {
            return Err(NoRule::Step);
        }
        let context = self.context(thread)?;
        let class = self.constant(Value::of(class));
        let exception = self.call_helper(Helper::NewException, &[class, argument]);
        if let Some(context) = context {
            self.call_helper(Helper::ChainTo, &[exception, context]);
        }
        self.drop_dying(site);
        let (at, pc) = (site.pc, site.pc);
        self.unwind(Raised { exception, is_end: false, at, pc, again: false, lasti: None })
    }

    /// The same with a message.
    pub fn raise_message(&mut self, thread: &Thread, site: &Site, class: &Type, message: &str) -> Rule {
        let message = self.constant(runtime::objects::str::intern_text(message));
        self.raise_new(thread, site, class, message)
    }

    /// `raise` alone, and what the compiler makes of `finally` and `with`.
    pub fn record_reraise(&mut self, thread: &Thread, site: &Site) -> Rule {
        let mut pc = site.pc;
        let mut back_to = None;
        let exception = if site.operation == Operation::Raise {
            let now = thread.handled.peek();
            if !now.is_pointer() {
                return Err(NoRule::Step);
            }
            let exception = self.handled();
            self.guard_object(exception)?;
            exception
        } else {
            self.operand_b(site)
        };
        if exception.now.cast::<BaseException>().is_none() {
            return Err(NoRule::Step);
        }
        let is_end = exception.now.is_instance(&STOP_ITERATION);
        self.path_of(site.pc, exception.now.ty())?;
        if site.operation != Operation::Raise {
            self.guard_object(exception)?;
        }
        if site.operation == Operation::ReraiseLasti {
            let lasti = self.register(site.c);
            let now = lasti.now.as_small_int().ok_or(NoRule::Step)?;
            self.guard_is(lasti);
            pc = self.host.index_of_lasti(self.frame(), now);
            back_to = Some(now);
        }
        self.drop_dying(site);
        self.unwind(Raised {
            exception: exception.reference,
            is_end,
            at: site.pc,
            pc,
            again: true,
            lasti: back_to,
        })
    }

    /// What an exception that is raised now is chained to; `None` for nothing. Guarded.
    fn context(&mut self, thread: &Thread) -> Rule<Option<Reference>> {
        self.context_outwards(thread, false)
    }

    /// The same for what is raised where the innermost window, a generator's, was resumed.
    fn context_outwards(&mut self, thread: &Thread, outwards: bool) -> Rule<Option<Reference>> {
        let mut contexts = vec![(self.handled_slot(), thread.handled.peek())];
        for window in self.windows.iter().rev() {
            let Some(resumed) = window.generator else { continue };
            let handled = generator::cast(resumed.object).map_or(Value::NULL, |g| g.handled.peek());
            contexts.push((self.handled_around(window), handled));
        }
        if outwards {
            contexts.remove(0);
        }
        let innermost = contexts.len() == 1;
        for (slot, now) in contexts {
            let reference = self.trace.push(Instruction { immediate: slot, ..Instruction::new(Op::GetSlot) });
            if now.is_pointer() {
                self.guard_object(Operand { reference, now })?;
                return Ok(Some(reference));
            }
            if !innermost {
                self.guard_is(Operand { reference, now });
            }
        }
        let now = thread.handled_exception();
        let reference = self.call_helper(Helper::HandledException, &[]);
        match now {
            None => {
                let null = self.null();
                self.emit(Op::GuardIs, &[reference, null]);
                Ok(None)
            }
            Some(_) => {
                self.guard_bound(reference);
                Ok(Some(reference))
            }
        }
    }

    fn null(&mut self) -> Reference {
        self.trace.constant(Constant::Value(Ref::NULL))
    }

    /// The slot of the exception that the innermost window handles: that of the innermost generator around it, or the root's.
    pub fn handled_slot(&self) -> u32 {
        let base = self.windows.iter().rev().find_map(|w| generator_base(w.base));
        base.map_or(HANDLED, handled_in)
    }

    /// The same for the window that resumed the generator of this one.
    fn handled_around(&self, window: &OpenWindow) -> u32 {
        let mut around = self.windows.iter().rev().skip_while(|w| w.base != window.base).skip(1);
        around.find_map(|w| generator_base(w.base)).map_or(HANDLED, handled_in)
    }

    fn handled(&mut self) -> Operand {
        let immediate = self.handled_slot();
        let reference = self.trace.push(Instruction { immediate, ..Instruction::new(Op::GetSlot) });
        Operand { reference, now: Thread::current().handled.peek() }
    }

    fn set_handled(&mut self, value: Reference) {
        let immediate = self.handled_slot();
        self.trace.push(Instruction { a: value, immediate, ..Instruction::new(Op::SetSlot) });
    }

    // The way to the handler.

    /// The way of an exception that the innermost window's instruction raises. `End` if it leaves the root.
    fn path(&self, at: u32, is_end: bool) -> Rule<Path> {
        self.path_outwards(0, at, is_end)
    }

    /// The same for an exception of a type, which must not become another one on its way.
    fn path_of(&self, at: u32, ty: &Type) -> Rule<Path> {
        self.path_of_outwards(0, at, ty)
    }

    fn path_of_outwards(&self, from: usize, at: u32, ty: &Type) -> Rule<Path> {
        let path = self.path_outwards(from, at, ty.is_subtype(&STOP_ITERATION))?;
        let mut ended = self.windows.iter().rev().take(path.levels).skip(from);
        if ty.is_subtype(&STOP_ASYNC_ITERATION) && ended.any(is_of_async_generator) {
            return Err(NoRule::Step);
        }
        Ok(path)
    }

    /// The same from the window so many levels outwards.
    fn path_outwards(&self, from: usize, at: u32, is_end: bool) -> Rule<Path> {
        let mut at = at;
        for (levels, window) in self.windows.iter().rev().enumerate().skip(from) {
            // SAFETY: the windows' frames are alive.
            let frame: &Frame = unsafe { &*window.frame };
            if let Some(handler) = self.host.handler_at(frame, at) {
                return Ok(Path { levels, end: End::Handler(handler) });
            }
            if window.generator.is_some() && is_end {
                // It becomes another one.
                return Err(NoRule::Step);
            }
            if levels + 1 == self.windows.len() {
                break;
            }
            at = self.call_pc(window).ok_or(NoRule::Step)?;
            if is_end && frame.kind.get() == FrameKind::Operator {
                // SAFETY: as above.
                let caller: &Frame = unsafe { &*self.windows[self.windows.len() - 2 - levels].frame };
                let call = Site::at(self.host.pc_at(caller, at), at).ok_or(NoRule::Step)?;
                if call.operation == Operation::ForIter {
                    return Ok(Path { levels: levels + 1, end: End::Iteration(call.payload(1)) });
                }
            }
        }
        Err(NoRule::End)
    }

    /// Whether what the innermost window's instruction raises comes to `target` so many windows outwards.
    pub fn comes_to(&self, at: u32, levels: usize, target: u32) -> bool {
        match self.path(at, false) {
            Ok(Path { levels: found, end: End::Handler(plan) }) => {
                found == levels && plan.target == target && !self.ends_generator(levels)
            }
            _ => false,
        }
    }

    /// Whether one of so many innermost windows is a generator's.
    fn ends_generator(&self, levels: usize) -> bool {
        self.windows.iter().rev().take(levels).any(|w| w.generator.is_some())
    }

    /// The instruction that calls or resumes a window.
    fn call_pc(&self, window: &OpenWindow) -> Option<u32> {
        let by_base = || self.trace.windows.iter().rev().find(|w| w.base == window.base).map(|w| w.call_pc);
        window.generator.map(|g| g.call_pc).or_else(by_base)
    }

    /// Follows an exception to where it is handled.
    fn unwind(&mut self, raised: Raised) -> Rule {
        let Raised { exception, is_end, mut at, mut pc, mut again, lasti: back_to } = raised;
        let Path { levels, end } = self.path(at, is_end)?;
        let op = |op, immediate| Instruction { a: exception, immediate, ..Instruction::new(op) };
        for _ in 0..levels {
            if !again {
                self.trace.push(op(Op::Traceback, at));
            }
            self.trace.push(op(Op::Unwind, pc));
            at = self.call_pc(&self.top()).ok_or(NoRule::Step)?;
            (pc, again) = (at, false);
            if let Some(window) = self.windows.pop()
                && let Some(generator) = window.generator
            {
                self.close_generator(generator.object, None);
            }
        }
        let target = match end {
            End::Iteration(target) => target,
            End::Handler(HandlerPlan { target, register, lasti }) => {
                if !again {
                    self.trace.push(op(Op::Traceback, at));
                }
                let mut register = register as usize;
                self.clear_stack(register);
                if let Some(lasti) = lasti {
                    let lasti = self.int(back_to.filter(|_| levels == 0).unwrap_or(lasti));
                    self.set_register(register, lasti);
                    register += 1;
                }
                self.set_register(register, exception);
                target
            }
        };
        self.pending = Pending::Unwound(self.top().frame, target);
        Ok(())
    }

    /// Drops what the innermost window's registers from `first` on hold.
    fn clear_stack(&mut self, first: usize) {
        let top = self.top();
        let size =
            self.trace.windows.iter().rev().find(|w| w.base == top.base).map_or(top.locals, |w| w.size);
        for register in (first..size as usize).rev() {
            let slot = self.slot(register);
            if !self.now(register).is_null() || self.held_before.contains(&slot) {
                self.drop_register(register);
            }
        }
        let immediate = self.slot(first);
        self.trace.push(Instruction { immediate, ..Instruction::new(Op::Clear) });
    }

    /// The stack registers of all windows that hold something: an instruction that may raise is about to run, after which
    /// they tell no more.
    pub fn note_held(&mut self) {
        self.held_before.clear();
        for window in &self.windows {
            let size = self
                .trace
                .windows
                .iter()
                .rev()
                .find(|w| w.base == window.base)
                .map_or(window.locals, |w| w.size);
            for register in window.locals..size {
                // SAFETY: the windows' frames are alive, and have these registers.
                if unsafe { !(*window.frame).register(register as usize).is_null() } {
                    self.held_before.push(window.base + register);
                }
            }
        }
    }

    // What native code raised.

    /// A recording that starts at an exit whose instruction, where it is, has just raised: goes on at the handler.
    pub fn with_raised(mut self, thread: &Thread) -> Result<Recorder, Abort> {
        let at = self.host.pc_index(self.frame());
        let path = self.path(at, false);
        if !path.is_ok_and(|path| !self.ends_generator(path.levels)) {
            return Err(Abort::Raised);
        }
        self.note_held();
        // While the exception is pending, nothing may leave.
        let (guard, real) = self.room;
        self.trace.instructions.truncate(guard);
        let exception = self.call_helper(Helper::TakeRaised, &[]);
        let is_end = thread.raised_matches(&STOP_ITERATION);
        let unwound = self.unwind(Raised { exception, is_end, at, pc: at, again: false, lasti: None });
        let (Ok(()), Pending::Unwound(_, target)) = (unwound, &self.pending) else {
            return Err(Abort::Raised);
        };
        self.emit_at(*target);
        self.reserve_room(real.min(self.windows.len() - 1));
        Ok(self)
    }

    /// The instruction, whose rule was the last one and called native code, has raised, and the interpreter has come to
    /// `pc` of `frame`. False if the trace can't do that.
    pub fn native_raised(&mut self, site: &Site, frame: &Frame, pc: u32) -> bool {
        let Some(call) = self.only_raising_call() else { return false };
        self.trace.instructions.truncate(call + 1);
        let has_result = !site.has(flags::DISCARD);
        self.drop_registers(site.b, site.window());
        self.expect_raise(site, call, has_result, frame, pc)
    }

    /// The only call since the last rule began, if it is one that may raise.
    fn only_raising_call(&self) -> Option<usize> {
        let rule = &self.trace.instructions[self.rule_start..];
        let raises = |i: &Instruction| i.op == Op::Call && i.helper().row().effects & effect::RAISES != 0;
        let mut calls = rule.iter().enumerate().filter(|(_, i)| raises(i)).map(|(at, _)| at);
        let only = calls.next()?;
        calls.next().is_none().then_some(self.rule_start + only)
    }

    /// A call's result is NULL, for it has raised, or goes to register a and leaves behind the instruction.
    pub fn expect_raise(
        &mut self,
        site: &Site,
        call: usize,
        has_result: bool,
        frame: &Frame,
        pc: u32,
    ) -> bool {
        let result = Reference::instruction(call);
        self.trace.instructions[call].c = self.trace.int(1);
        let null = self.null();
        let before = has_result.then(|| self.register(site.a).reference);
        if has_result {
            self.set_register(site.a, result);
        }
        self.behind(site.next);
        self.emit(Op::GuardIs, &[result, null]);
        if let Some(before) = before {
            self.set_register(site.a, before);
        }
        // The interpreter has put the exception where the handler wants it.
        let (target, now) = match self.path(site.pc, false) {
            Ok(Path { levels, end: End::Handler(plan) }) if !self.ends_generator(levels) => {
                let window = self.windows[self.windows.len() - 1 - levels];
                if !std::ptr::eq(window.frame, frame) {
                    return false;
                }
                let register = plan.register as usize + usize::from(plan.lasti.is_some());
                // SAFETY: the handler's frame has that register.
                (plan.target, unsafe { frame.register(register) })
            }
            _ => return false,
        };
        if target != pc || !now.is_instance(&BASE_EXCEPTION) {
            return false;
        }
        let exception = self.call_helper(Helper::TakeRaised, &[]);
        let raised = Raised { exception, is_end: false, at: site.pc, pc: site.pc, again: false, lasti: None };
        self.unwind(raised).is_ok()
    }

    /// A traceback that is virtual in the parent is made, for the exception that holds it.
    pub fn import_traceback(
        &mut self,
        imported: &[(Reference, Reference)],
        parent: &Trace,
        snapshot: &Snapshot,
        object: &Virtual,
    ) {
        let VirtualKind::Traceback { plan } = object.kind else { return };
        self.behind(snapshot.pc);
        self.emit(Op::Sync, &[]);
        let frames: Vec<u32> =
            snapshot.real.iter().copied().chain(snapshot.windows.iter().map(|w| w.0)).collect();
        let described = TracebackEntry::words(&parent.tracebacks[plan as usize], &frames);
        let mut words = Vec::with_capacity(described.len());
        for word in described {
            words.push(match word {
                TracebackWord::Number(number) => self.constant(Value::small_int(number)),
                TracebackWord::Field(place) => match object.fields.iter().find(|f| f.0 == place) {
                    Some(field) => self.imported(imported, parent, field.1),
                    None => self.null(),
                },
            });
        }
        let made = self.call_helper(Helper::MakeTraceback, &words);
        let holder = snapshot.virtuals.iter().find(|e| e.fields.iter().any(|f| f.1 == object.value));
        if let Some(holder) = holder {
            let exception = self.imported(imported, parent, holder.value);
            let address = self.emit(Op::Address, &[exception]);
            self.store_offset(address, offset_of!(BaseException, traceback), made);
        }
    }

    /// A call of an exception class that only makes an instance.
    pub fn new_exception(&mut self, site: &Site, callee: &Callee) -> Rule<Reference> {
        let class = callee.callable.now.cast::<Type>().ok_or(NoRule::Step)?;
        let is_it = callee.callable.now.is_exact(&TYPE)
            && is_exception_class(callee.callable.now)
            && is_plain(class)
            && self.now(site.b + 1).is_null();
        if !is_it {
            return Err(NoRule::Step);
        }
        self.guard_is(callee.callable);
        self.guard_version(class)?;
        let mut words = vec![callee.callable.reference];
        words.extend(callee.arguments.iter().map(|a| a.reference));
        Ok(self.call_helper(Helper::NewException, &words))
    }

    /// `BaseException.__init__`, called as such: the arguments once more.
    pub fn exception_init(&mut self, callee: &Callee) -> Rule<Reference> {
        let descriptor = callee.callable.now.cast_exact::<WrapperDescriptor>().ok_or(NoRule::Step)?;
        let (receiver, arguments) = callee.arguments.split_first().ok_or(NoRule::Step)?;
        let owner = descriptor.owner();
        let is_it = descriptor.row.name == "__init__"
            && owner.is_subtype(&BASE_EXCEPTION)
            && is_plainly_initialised(owner)
            && receiver.now.is_instance(owner);
        if !is_it || receiver.now.is_null() {
            return Err(NoRule::Step);
        }
        self.guard_is(callee.callable);
        let address = self.guard_object(*receiver)?;
        let arguments: Vec<Reference> = arguments.iter().map(|a| a.reference).collect();
        let tuple = match arguments.is_empty() {
            true => self.constant(*Tuple::from_values(&[])),
            false => self.call_helper(Helper::BuildTuple, &arguments),
        };
        let old = self.load_offset(address, offset_of!(BaseException, args));
        self.store_offset(address, offset_of!(BaseException, args), tuple);
        self.emit(Op::Own, &[old]);
        Ok(self.constant(Value::NONE))
    }

    // Generators that a call resumes.

    /// The innermost window, a generator's that the call `site` resumed, is about to return a value: StopIteration is raised at
    /// the call. What it is chained to, after all guards.
    pub fn prepare_end_of_call(
        &mut self,
        thread: &Thread,
        site: &Site,
        value: Operand,
    ) -> Rule<Option<Reference>> {
        self.path_outwards(1, site.pc, true)?;
        let none = self.constant(Value::NONE);
        if value.now.is_none() {
            self.guard_is(value);
        } else {
            self.emit(Op::GuardIsNot, &[value.reference, none]);
        }
        self.context_outwards(thread, true)
    }

    /// It has returned.
    pub fn raise_end_of_call(&mut self, site: &Site, value: Operand, context: Option<Reference>) -> Rule {
        let mut words = vec![self.constant(Value::of(&STOP_ITERATION))];
        words.extend((!value.now.is_none()).then_some(value.reference));
        let exception = self.call_helper(Helper::NewException, &words);
        if let Some(context) = context {
            self.call_helper(Helper::ChainTo, &[exception, context]);
        }
        let (at, pc) = (site.pc, site.pc);
        self.unwind(Raised { exception, is_end: true, at, pc, again: false, lasti: None })
    }

    /// `generator.throw(exception)`, of an exception, which is guarded: it is raised in the generator, whose window is the
    /// innermost one, at a word index.
    pub fn throw_into(&mut self, exception: Operand, at: u32) -> Rule {
        self.note_held();
        let (exception, pc) = (exception.reference, at);
        self.unwind(Raised { exception, is_end: false, at, pc, again: false, lasti: None })
    }

    /// Whether an exception that the present instruction throws into a generator's frame, at a word index, comes to a handler.
    pub fn may_throw_into(&self, exception: Value, frame: &Frame, at: u32, site: &Site) -> Rule {
        if exception.is_instance(&STOP_ITERATION) || exception.is_instance(&STOP_ASYNC_ITERATION) {
            return Err(NoRule::Step);
        }
        if self.host.handler_at(frame, at).is_none() {
            self.path(site.pc, false)?;
        }
        Ok(())
    }

    /// The innermost window, an asynchronous generator's that the `Send` at a word index resumed, returns: StopAsyncIteration is
    /// raised there. What it is chained to, after all guards.
    pub fn prepare_end_of_steps(&mut self, thread: &Thread, at: u32) -> Rule<Option<Reference>> {
        self.path_of_outwards(1, at, &STOP_ASYNC_ITERATION)?;
        self.context_outwards(thread, true)
    }

    /// It has returned.
    pub fn raise_end_of_steps(&mut self, at: u32, context: Option<Reference>) -> Rule {
        let class = self.constant(Value::of(&STOP_ASYNC_ITERATION));
        let exception = self.call_helper(Helper::NewException, &[class]);
        if let Some(context) = context {
            self.call_helper(Helper::ChainTo, &[exception, context]);
        }
        self.unwind(Raised { exception, is_end: false, at, pc: at, again: false, lasti: None })
    }

    /// `EndAsyncFor`: StopAsyncIteration ends the loop, others are raised again.
    pub fn record_end_of_async_for(&mut self, site: &Site) -> Rule {
        let exception = self.operand_c(site);
        if exception.now.cast::<BaseException>().is_none() {
            return Err(NoRule::Step);
        }
        let ty = exception.now.ty();
        let ends = ty.is_subtype(&STOP_ASYNC_ITERATION);
        if !ends {
            self.path_of(site.pc, ty)?;
        }
        self.guard_object(exception)?;
        self.guard_version(ty)?;
        self.drop_dying(site);
        if ends {
            return Ok(());
        }
        let (is_end, at, pc) = (ty.is_subtype(&STOP_ITERATION), site.pc, site.pc);
        self.unwind(Raised { exception: exception.reference, is_end, at, pc, again: true, lasti: None })
    }

    // Handlers.

    pub fn record_handler(&mut self, thread: &Thread, site: &Site) -> Rule {
        if site.operation == Operation::CheckExcMatch {
            let (exception, pattern) = (self.register(site.b), self.operand_c(site));
            let matches = self.exception_matches(exception, pattern)?;
            let matches = self.trace.bool(matches);
            return self.define(site, matches);
        }
        let none = self.constant(Value::NONE);
        if site.operation == Operation::PopExcept {
            let outer = self.operand_b(site);
            // The trace drops what was handled.
            self.handled();
            if outer.now.is_none() {
                self.guard_is(outer);
                let null = self.null();
                self.set_handled(null);
            } else {
                self.guard_object(outer)?;
                self.set_handled(outer.reference);
            }
            self.drop_dying(site);
            return Ok(());
        }
        let (exception, handled) = (self.register(site.b), self.handled());
        let now = thread.handled.peek();
        let outer = if now.is_pointer() {
            self.guard_object(handled)?;
            handled.reference
        } else {
            self.guard_is(handled);
            none
        };
        self.drop_register(site.b);
        self.set_register(site.a, outer);
        self.set_register(site.a + 1, exception.reference);
        self.set_handled(exception.reference);
        Ok(())
    }

    /// A `with` block has raised: its Python `__exit__` is called.
    pub fn exit_with_exception(&mut self, thread: &Thread, site: &Site) -> Rule {
        let (exit, receiver, exception) =
            (self.register(site.b), self.register(site.b + 1), self.register(site.b + 4));
        let is_exception = exception.now.cast::<BaseException>().is_some();
        if exit.now.cast_exact::<Function>().is_none() || !is_exception {
            return Err(NoRule::Step);
        }
        let descriptor = BASE_EXCEPTION.lookup(runtime::names::get().__traceback__).ok_or(NoRule::Step)?;
        self.guard_is(exit);
        let traceback = self.exception_field(exception, descriptor)?;
        let class = Value::of(exception.now.ty());
        let mut arguments = Vec::new();
        if receiver.now.is_null() {
            self.guard_is(receiver);
        } else {
            self.guard_bound(receiver.reference);
            arguments.push(receiver);
        }
        // The interpreter is about to read the traceback too.
        let now = exception.now.cast::<BaseException>().and_then(|e| e.traceback.option());
        let now = now.unwrap_or(Ref::NONE);
        arguments.push(Operand { reference: self.constant(class), now: class });
        arguments.push(exception);
        arguments.push(Operand { reference: traceback, now: *now });
        self.enter_special(thread, site, exit.now, &arguments, Remainder::Plain)
    }

    /// A native attribute of an exception or a traceback: all of these only read.
    pub fn exception_field(&mut self, object: Operand, descriptor: Value) -> Rule<Reference> {
        let descriptor = data_descriptor(descriptor).ok_or(NoRule::Step)?;
        let DataKind::Native(def) = descriptor.kind else { return Err(NoRule::Step) };
        let owner = descriptor.owner();
        let is_known = owner.is_subtype(&BASE_EXCEPTION) || std::ptr::eq(owner, &TRACEBACK);
        if !is_known || owner.has(TypeFlags::HEAP) || !object.now.is_instance(owner) {
            return Err(NoRule::Step);
        }
        let address = self.guard_class(object)?;
        if std::ptr::eq(owner, &STOP_ITERATION) && def.name == "value" {
            return Ok(self.load_offset(address, offset_of!(StopIteration, value)));
        }
        if std::ptr::eq(owner, &BASE_EXCEPTION) && def.name == "args" {
            return Ok(self.load_offset(address, offset_of!(BaseException, args)));
        }
        let get = self.trace.pointer(def.get as *const ());
        Ok(self.call_helper(Helper::NativeRead0, &[get, object.reference]))
    }

    /// Whether an exception's class, which is guarded, is one of the pattern's, which are guarded too.
    fn exception_matches(&mut self, exception: Operand, pattern: Operand) -> Rule<bool> {
        if exception.now.cast::<BaseException>().is_none() {
            return Err(NoRule::Step);
        }
        let ty = exception.now.ty();
        self.guard_object(exception)?;
        self.guard_version(ty)?;
        if let Some(tuple) = pattern.now.cast_exact::<Tuple>() {
            let items = tuple.items();
            if items.len() > MAX_CLASSES {
                return Err(NoRule::Step);
            }
            let address = self.guard_object(pattern)?;
            let (length, wanted) =
                (self.load_field(address, Field::TupleLength), self.int(items.len() as i64));
            let same = self.emit(Op::EqInt, &[length, wanted]);
            self.expect(same, true);
            let mut found = false;
            for (i, class) in items.iter().enumerate() {
                let index = self.int(i as i64);
                let reference = self.load_item(address, index, Field::TupleItem);
                self.guard_is(Operand { reference, now: *class });
                found |= ty.is_subtype(exception_class(*class)?);
            }
            return Ok(found);
        }
        let class = exception_class(pattern.now)?;
        self.guard_is(pattern);
        Ok(ty.is_subtype(class))
    }
}

fn exception_class(v: Value) -> Rule<&'static Type> {
    v.cast::<Type>().filter(|class| class.is_subtype(&BASE_EXCEPTION)).ok_or(NoRule::Step)
}

fn is_of_async_generator(window: &OpenWindow) -> bool {
    window.generator.is_some()
        && window.code.cast::<Code>().is_some_and(|c| c.has_flag(co_flags::ASYNC_GENERATOR))
}

/// Whether a call of the class without arguments only makes an instance.
fn is_plain(class: &Type) -> bool {
    only_holds(class)
}
