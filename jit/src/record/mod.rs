//! The recorder: sees each register instruction with its operands just before the interpreter runs it, and emits recorded
//! trace IR specialised to them.
//!
//! It walks beside the interpreter: the registers hold the real values, so a rule looks at them to choose what to guard and
//! which way a branch goes. A rule emits its guards before its effects, all for the instruction boundary in front. What
//! has no rule, or whose operands fit none, becomes a `Step`: the interpreter runs that instruction within the trace.
//! Rules for instructions lie in the files beside this one, by subject.

mod arithmetic;
mod arrays;
mod attributes;
mod branches;
mod calls;
mod containers;
mod descriptors;
mod exceptions;
mod functions;
mod generators;
mod import;
mod iteration;
mod made_generators;
mod moves;
mod names;
mod native_calls;
mod natives;
mod numbers;
mod operands;
mod operate;
mod ranges;
mod reach;
mod site;
mod slices;
mod special_methods;
mod strings;

pub use site::Site;

use crate::abort::Abort;
use crate::ir::{Instruction, Op, Reference, Trace, Window};
use crate::parameters::Parameters;
use ir::code::co_flags;
use ir::register::{Operation, Role};
use runtime::cell::GilCell;
use runtime::frame::{Frame, FrameKind};
use runtime::objects::code::Code;
use runtime::objects::generator_sink::is_drained;
use runtime::thread::Thread;
use runtime::trace_interface::TraceHost;
use runtime::value::Value;

/// Limits of a recording.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Recorded instructions.
    pub length: usize,
    /// Windows.
    pub depth: usize,
    /// Windows of one code object.
    pub recursion: usize,
    /// Back edges of inner loops that are unrolled.
    pub unrolled: u32,
    /// Back edges in the frames of generators that are resumed.
    pub generator_edges: u32,
    /// Generators that delegate one to the other.
    pub delegation: usize,
    /// Instructions of calls that a `Step` makes.
    pub waiting: u32,
    /// Instructions of a trace that only leaves in the end.
    pub shortest: u32,
    /// Windows of a code object that has a trace of its own from which on it is called, not followed.
    pub inlined: usize,
    /// Instructions of a function that is followed.
    pub callee: u32,
}

static LIMITS: GilCell<Limits> = GilCell::new(Limits::of(&Parameters::DEFAULT));

impl Limits {
    /// What the parameters say.
    pub const fn of(parameters: &Parameters) -> Limits {
        Limits {
            length: parameters.record_length as usize,
            depth: parameters.record_depth as usize,
            recursion: parameters.record_recursion as usize,
            unrolled: parameters.record_unrolled,
            generator_edges: parameters.record_generator_edges,
            delegation: parameters.record_delegation as usize,
            waiting: parameters.record_waiting,
            shortest: parameters.record_shortest,
            inlined: parameters.record_inlined as usize,
            callee: parameters.record_callee,
        }
    }

    /// Makes these the limits of recordings.
    pub fn set(self) {
        LIMITS.replace(self);
    }
}

pub fn limits() -> Limits {
    LIMITS.with(|limits| *limits)
}

/// Where a trace is entered: a loop's head, or the start of a function behind its `Resume`, in a code object that runs with
/// these globals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Anchor {
    pub code: u64,
    pub globals: u64,
    /// Word index.
    pub pc: u32,
}

impl Anchor {
    pub fn new(frame: &Frame, pc: u32) -> Anchor {
        Anchor { code: frame.code.peek().bits(), globals: frame.globals.peek().bits(), pc }
    }
}

/// Why a rule does not apply.
pub enum NoRule {
    /// The interpreter shall run the instruction.
    Step,
    /// The recording ends in front of the instruction, and the trace leaves there.
    End,
    /// The recording is of no use.
    Abort(Abort),
}

/// What a rule gives.
type Rule<T = ()> = Result<T, NoRule>;

/// What recording an instruction came to.
pub enum Progress {
    Going,
    /// It goes on when the running frame has returned.
    Away,
    /// The recorder has had the interpreter enter another frame.
    Entered,
    Finished,
    Aborted(Abort),
}

/// An open window of the recording.
#[derive(Clone, Copy)]
pub struct OpenWindow {
    pub frame: *const Frame,
    /// Its first slot.
    pub base: u32,
    pub locals: u32,
    pub code: Value,
    /// The function; NONE if only the frame has it.
    pub function: Reference,
    /// For an `__init__` that a class calls: the instance; NONE if only the frame has it.
    pub instance: Option<Reference>,
    /// For the frame of a generator that the trace has resumed.
    pub generator: Option<generators::GeneratorWindow>,
    /// For a call that the recording follows: the recording's length when it opened.
    pub since: Option<u32>,
}

/// What the last instruction left to be done when it is seen what it came to.
enum Pending {
    Nothing,
    /// The interpreter is running it.
    Step {
        pc: u32,
        written: Vec<u32>,
        depth: u32,
        falls_to: u32,
        /// What the trace does in its place, and where the trace was in front of that.
        instead: Option<operate::Instead>,
        before: usize,
    },
    /// It is a call that shall have opened a window.
    Call(calls::PendingCall),
    /// The trace calls another trace where the interpreter runs the callee's frame to its end: this frame, at its call, then
    /// goes on at the word index.
    Away(*const Frame, u32),
    /// It called native code in this frame, which shall come to what is behind it.
    Native(Site),
    /// It makes a generator.
    Made(made_generators::MadeGenerator),
    /// It returned to the window that is now innermost.
    Return,
    /// It raised, and the exception came to the word index in this frame, a window's.
    Unwound(*const Frame, u32),
    /// It, at the first word index, jumped backward to the second.
    Backward(u32, u32),
}

/// Whether the loop at a word index of a generator's code yields, other than by awaiting in a coroutine. Each item would enter
/// and leave the trace, which costs more than it gains, unless native code drains the generator; whoever resumes it follows such
/// loops.
fn yields_in_loop(host: &dyn TraceHost, frame: &Frame, head: u32) -> bool {
    let awaits = frame.code().has_flag(co_flags::COROUTINE);
    let (mut pc, mut yields, mut in_loop) = (head, false, false);
    while host.word_address(frame.code.peek(), pc).is_some() {
        let Some(site) = Site::at(host.pc_at(frame, pc), pc) else { return true };
        yields |= site.operation == Operation::Yield && !(awaits && site.c == 1);
        if site.operation == Operation::JumpBackward && site.payload(1) == head {
            in_loop |= yields;
        }
        pc = site.next;
    }
    in_loop
}

/// A running recording.
pub struct Recorder {
    pub trace: Trace,
    pub host: &'static dyn TraceHost,
    /// Where the trace starts.
    pub anchor: Anchor,
    /// The trace and exit that a side trace starts at.
    pub parent: Option<(u32, u32)>,
    windows: Vec<OpenWindow>,
    root_base: *mut Value,
    /// The trace's own frame is a generator's. Then the trace's window 0 has no registers, and window 1 is the generator's, a
    /// frame already.
    in_generator: bool,
    /// That generator.
    own_generator: Reference,
    /// The trace hands what it yields over to native code that drains it.
    pub hands_over: bool,
    pending: Pending,
    waiting: u32,
    unrolled: u32,
    /// An instruction of an asynchronous generator's frame that was done together with the one in front of it.
    done_in: Option<(*const Frame, u32)>,
    /// The present instruction's special method was entered.
    entered: bool,
    /// `Step`s so far.
    pub steps: u32,
    /// The instructions that they ran.
    pub without_rule: Vec<Operation>,
    /// Register instructions so far.
    pub length: u32,
    /// The back edge, a word index of the root's code, that closed the loop.
    pub back_edge: Option<u32>,
    /// Generators that the trace has had to do with.
    generators: Vec<generators::KnownGenerator>,
    /// Back edges in generators' frames.
    generator_edges: u32,
    /// Instructions that were done together with one in front of them: word indices.
    done_already: Vec<u32>,
    /// For a side trace: it came by the head of a loop around the root's.
    pub leaves_loop: bool,
    /// Where the trace was when the last rule began.
    rule_start: usize,
    /// Slots of stack registers that held something in front of the last instruction that may raise.
    held_before: Vec<u32>,
    /// For the trace of a function: the `Resume` that leads to it.
    pub entry: Option<*const u64>,
    /// The compiled trace of an anchor.
    lookup: Lookup,
    /// Most windows that were open at once.
    deepest: usize,
    /// The index of the instruction that sees to it that there is room for them, and how many windows were frames before it.
    room: (usize, usize),
    /// The trace has ended in a `Return`.
    complete: bool,
}

/// A compiled trace, as the recorder sees it.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub number: u32,
    /// It calls traces, has a loop or is long: better called than followed.
    pub heavy: bool,
}

/// Finds the compiled trace of an anchor.
pub type Lookup = fn(Anchor) -> Option<Found>;

/// What came of an instruction that was pending.
enum Settled {
    Going,
    Away,
    Complete,
}

impl Recorder {
    /// A recording that starts at the head of a loop of the running frame.
    pub fn at_loop(
        host: &'static dyn TraceHost,
        frame: &Frame,
        head: u32,
        lookup: Lookup,
    ) -> Result<Recorder, Abort> {
        let mut recorder = Recorder::new(host, frame, Anchor::new(frame, head), lookup)?;
        if recorder.in_generator {
            let is_drained = is_drained(Thread::current(), frame.generator.get());
            if !is_drained && yields_in_loop(host, frame, head) {
                return Err(Abort::GeneratorFrame);
            }
            recorder.open_root_generator(frame)?;
        }
        recorder.emit_at(head);
        recorder.reserve_room(usize::from(recorder.in_generator));
        Ok(recorder)
    }

    /// A recording that starts at the start of the running frame's function: behind its `Resume`, where the frame is.
    pub fn at_function(
        host: &'static dyn TraceHost,
        frame: &Frame,
        start: u32,
        lookup: Lookup,
    ) -> Result<Recorder, Abort> {
        let mut recorder = Recorder::at_loop(host, frame, start, lookup)?;
        recorder.entry = Some(frame.pc.get());
        Ok(recorder)
    }

    fn new(
        host: &'static dyn TraceHost,
        root: &Frame,
        anchor: Anchor,
        lookup: Lookup,
    ) -> Result<Recorder, Abort> {
        let in_generator = root.kind.get() == FrameKind::Generator;
        let mut recorder = Recorder {
            trace: Trace::default(),
            host,
            anchor,
            parent: None,
            windows: Vec::new(),
            root_base: if in_generator { Thread::current().stack_top.get() } else { root.registers.get() },
            in_generator,
            own_generator: Reference::NONE,
            hands_over: false,
            pending: Pending::Nothing,
            waiting: 0,
            unrolled: 0,
            done_in: None,
            entered: false,
            steps: 0,
            without_rule: Vec::new(),
            length: 0,
            back_edge: None,
            generators: Vec::new(),
            generator_edges: 0,
            done_already: Vec::new(),
            leaves_loop: false,
            rule_start: 0,
            held_before: Vec::new(),
            entry: None,
            lookup,
            deepest: 1,
            room: (0, 0),
            complete: false,
        };
        let size = host.register_count(Thread::current(), root.code.peek()).ok_or(Abort::NoCode)?;
        let code = recorder.trace.value(root.code.peek());
        let locals = root.code().nlocalsplus() as u32;
        if in_generator {
            let window = Window { code, base: 0, size: 0, locals: 0, return_register: 0, call_pc: 0 };
            recorder.trace.windows.push(window);
            return Ok(recorder);
        }
        recorder.trace.windows.push(Window { code, base: 0, size, locals, return_register: 0, call_pc: 0 });
        recorder.windows.push(OpenWindow {
            frame: root,
            base: 0,
            locals,
            code: root.code.peek(),
            function: Reference::NONE,
            instance: None,
            generator: None,
            since: None,
        });
        Ok(recorder)
    }

    /// The innermost window.
    pub fn top(&self) -> OpenWindow {
        self.windows[self.windows.len() - 1]
    }
    fn frame(&self) -> &'static Frame {
        // SAFETY: the innermost window's frame is the running one.
        unsafe { &*self.top().frame }
    }
    pub fn code(&self) -> &'static Code {
        self.frame().code()
    }

    /// The frame's next instruction is about to run.
    pub fn step(&mut self, thread: &Thread, frame: &Frame) -> Progress {
        if let Pending::Step { depth, .. } = self.pending
            && !std::ptr::eq(frame, self.top().frame)
        {
            if thread.recursion_depth.get() < depth && self.levels_to(frame).is_some() {
                return match self.record(thread, frame) {
                    Ok(progress) => progress,
                    Err(abort) => Progress::Aborted(abort),
                };
            }
            self.waiting += 1;
            if thread.recursion_depth.get() <= depth {
                return Progress::Aborted(Abort::LeftFrame);
            }
            return match self.waiting > limits().waiting {
                true => Progress::Aborted(Abort::LongCall),
                false => Progress::Going,
            };
        }
        match self.record(thread, frame) {
            Ok(progress) => progress,
            Err(abort) => Progress::Aborted(abort),
        }
    }

    fn record(&mut self, thread: &Thread, frame: &Frame) -> Result<Progress, Abort> {
        let pc = self.host.pc_index(frame);
        if self.length == 0 && self.parent.is_none() && pc != self.anchor.pc {
            // Still at the back edge that was hot.
            return Ok(Progress::Going);
        }
        if let Pending::Made(_) = self.pending
            && std::ptr::eq(frame.previous.get(), self.top().frame)
        {
            // Arguments that don't simply fit are bound by a frame, which becomes the generator's.
            return Ok(Progress::Going);
        }
        if self.done_in.take_if(|(f, at)| std::ptr::eq(*f, frame) && *at == pc).is_some() {
            return Ok(Progress::Going);
        }
        match self.settle(frame, pc)? {
            Settled::Going => (),
            Settled::Away => return Ok(Progress::Away),
            Settled::Complete => return Ok(self.finished()),
        }
        if !std::ptr::eq(frame, self.top().frame) {
            return Err(Abort::LeftFrame);
        }
        if self.trace.instructions.len() > limits().length {
            return Err(Abort::TooLong);
        }
        if self.long_callee().is_some() {
            return Err(Abort::LongCallee);
        }
        let site = Site::at(frame.pc.get(), pc).ok_or(Abort::NoCode)?;
        self.length += 1;
        if let Some(done) = self.done_already.iter().position(|done| *done == pc) {
            self.done_already.remove(done);
            return Ok(Progress::Going);
        }
        self.emit_at(pc);
        let before = self.trace.instructions.len();
        self.rule_start = before;
        let rule = match self.rule(thread, &site) {
            Err(NoRule::Step) => {
                self.trace.instructions.truncate(before);
                self.record_special(thread, &site)
            }
            other => other,
        };
        match rule {
            Ok(()) if std::mem::take(&mut self.entered) => Ok(Progress::Entered),
            Ok(()) if self.complete => Ok(self.finished()),
            Ok(()) if matches!(self.pending, Pending::Away(..)) => Ok(Progress::Away),
            Ok(()) => Ok(Progress::Going),
            Err(NoRule::Abort(abort)) => Err(abort),
            Err(NoRule::End) => {
                self.trace.instructions.truncate(before);
                self.end()
            }
            Err(NoRule::Step) => {
                // Guards of a rule that gave up halfway hold anyway, but cost.
                self.trace.instructions.truncate(before);
                self.leave_to_interpreter(thread, &site, before)
            }
        }
    }

    /// How many windows have ended if this, the frame of an open window, is the innermost frame now.
    fn levels_to(&self, frame: &Frame) -> Option<usize> {
        let place = self.windows.iter().rposition(|w| std::ptr::eq(w.frame, frame))?;
        Some(self.windows.len() - 1 - place)
    }

    /// The trace leaves in front of the present instruction.
    fn end(&mut self) -> Result<Progress, Abort> {
        if self.parent.is_none() || self.length < limits().shortest {
            return Err(Abort::LeftLoop);
        }
        self.trace.push(Instruction::new(Op::Exit));
        Ok(self.finished())
    }

    fn leave_to_interpreter(
        &mut self,
        thread: &Thread,
        site: &Site,
        before: usize,
    ) -> Result<Progress, Abort> {
        let instead = self.instead_of_step(site);
        if instead.is_none() {
            self.trace.instructions.truncate(before);
        }
        self.waiting = 0;
        self.note_held();
        self.pending = Pending::Step {
            pc: site.pc,
            written: self.written(site),
            depth: thread.recursion_depth.get(),
            falls_to: site.next,
            instead,
            before,
        };
        Ok(Progress::Going)
    }

    /// Does what the last instruction left to be done. True when the trace is complete.
    fn settle(&mut self, frame: &Frame, pc: u32) -> Result<Settled, Abort> {
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Nothing => Ok(Settled::Going),
            Pending::Return => Ok(Settled::Going),
            Pending::Made(made) => match self.note_made(frame, pc, &made) {
                true => Ok(Settled::Going),
                false => Err(Abort::Raised),
            },
            Pending::Away(caller, next) => match pc == next && std::ptr::eq(frame, caller) {
                true => Ok(Settled::Going),
                false => Err(Abort::Raised),
            },
            Pending::Unwound(handler, target) => match pc == target && std::ptr::eq(frame, handler) {
                true => Ok(Settled::Going),
                false => Err(Abort::Raised),
            },
            Pending::Native(site) => {
                let levels = self.levels_to(frame).ok_or(Abort::Raised)?;
                if levels == 0 && pc == site.next {
                    return Ok(Settled::Going);
                }
                if self.native_raised(&site, frame, pc) {
                    return self.settle(frame, pc);
                }
                if self.levels_to(frame) != Some(levels) {
                    return Err(Abort::Raised);
                }
                // A `Step` comes to the handler.
                self.trace.instructions.truncate(self.rule_start);
                let (written, before) = (self.written(&site), self.rule_start);
                let (pc_before, falls_to) = (site.pc, site.next);
                self.pending =
                    Pending::Step { pc: pc_before, written, depth: 0, falls_to, instead: None, before };
                self.settle(frame, pc)
            }
            Pending::Step { pc: at, written, falls_to, instead, before, .. } => {
                let levels = self.levels_to(frame).ok_or(Abort::LeftFrame)?;
                if let Some(instead) = instead {
                    if levels == 0 && self.finish_instead(&instead, pc) {
                        return Ok(Settled::Going);
                    }
                    if self.instead_raised(&instead, frame, pc) {
                        return self.settle(frame, pc);
                    }
                    if self.levels_to(frame) != Some(levels) {
                        return Err(Abort::Raised);
                    }
                    self.trace.instructions.truncate(before);
                }
                self.steps += 1;
                if levels == 0 {
                    self.without_rule.extend(Site::at(self.host.pc_at(frame, at), at).map(|s| s.operation));
                } else if !self.comes_to(at, levels, pc) {
                    return Err(Abort::Raised);
                }
                self.emit(Op::Sync, &[]);
                let expected = self.trace.int(i64::from(pc));
                let b = match levels {
                    0 => Reference::NONE,
                    _ => self.int(levels as i64),
                };
                self.trace.push(Instruction { a: expected, b, immediate: at, ..Instruction::new(Op::Step) });
                self.windows.truncate(self.windows.len() - levels);
                let top = self.top();
                let written = match levels {
                    0 if pc == falls_to => written,
                    0 => self.all_of_stack(&written),
                    _ => self.all_of_stack(&[]),
                };
                let slots = written.into_iter().map(|register| top.base + register);
                for immediate in slots.chain([self.handled_slot()]) {
                    self.trace.push(Instruction { immediate, ..Instruction::new(Op::Forget) });
                }
                Ok(Settled::Going)
            }
            Pending::Call(call) => {
                self.open_window(frame, call)?;
                Ok(Settled::Going)
            }
            Pending::Backward(edge, head) => {
                if pc != head {
                    return Err(Abort::LeftFrame);
                }
                self.arrive(frame, edge, head)
            }
        }
    }

    /// A loop's head was reached by a back edge.
    fn arrive(&mut self, frame: &Frame, edge: u32, head: u32) -> Result<Settled, Abort> {
        if self.top().generator.is_some() {
            // The generator's loop is a part of the loop that resumes it.
            self.generator_edges += 1;
            return if self.generator_edges > limits().generator_edges {
                Err(Abort::InnerLoop)
            } else {
                Ok(Settled::Going)
            };
        }
        let here = Anchor::new(frame, head);
        let in_root = self.windows.len() == 1;
        let closes =
            in_root && here == self.anchor && (self.parent.is_none() || (self.lookup)(here).is_some());
        if closes && (self.parent.is_some() || self.generators_came_round()) {
            self.back_edge = Some(edge);
            self.trace.push(Instruction { immediate: head, ..Instruction::new(Op::Repeat) });
            return Ok(Settled::Complete);
        }
        if let Some(Found { number, .. }) = (self.lookup)(here) {
            self.emit_at(head);
            if self.may_call_window() {
                self.call_window(number)?;
                return Ok(Settled::Away);
            }
            self.emit(Op::Sync, &[]);
            let slots = if self.in_generator && in_root { 0 } else { i64::from(self.top().base) };
            let slots = self.trace.int(slots);
            self.trace.push(Instruction { a: slots, immediate: number, ..Instruction::new(Op::Link) });
            return Ok(Settled::Complete);
        }
        self.leaves_loop |= in_root && here.code == self.anchor.code && head < self.anchor.pc;
        self.unrolled += 1;
        if self.unrolled > limits().unrolled {
            return Err(Abort::InnerLoop);
        }
        Ok(Settled::Going)
    }

    /// Registers that an instruction writes or takes, relative to the window.
    fn written(&self, site: &Site) -> Vec<u32> {
        let row = site.operation.row();
        let mut written = Vec::new();
        let count_field = |role: &Role| matches!(role, Role::Count);
        let fields = [site.a, site.b, site.c];
        let count = row.roles.iter().position(count_field).map_or(0, |i| fields[i] as u32);
        for (place, role) in row.roles.iter().enumerate() {
            let register = fields[place] as u32;
            let field = ir::register::Field::ALL[place];
            match role {
                Role::Def | Role::Take | Role::Update => written.push(register),
                Role::Use if site.has(field.dies()) => written.push(register),
                Role::Defines(extent) | Role::Consumes(extent) => {
                    written.extend(register..register + extent.length(count));
                }
                _ => (),
            }
        }
        if site.operation.is_call() || site.operation == Operation::CallKwDynamic {
            written.push(site.b as u32 + 2 + count);
        }
        written
    }

    /// These registers and all stack registers: the instruction went to an exception handler.
    fn all_of_stack(&self, written: &[u32]) -> Vec<u32> {
        let top = self.top();
        let size =
            self.trace.windows.iter().rev().find(|w| w.base == top.base).map_or(top.locals, |w| w.size);
        let mut all: Vec<u32> = (top.locals..size).collect();
        all.extend(written.iter().filter(|r| **r < top.locals));
        all
    }

    fn rule(&mut self, thread: &Thread, site: &Site) -> Rule {
        use Operation::*;
        match site.operation {
            Nop => Ok(()),
            Copy | Copy2 | CopyCallable | Move | LoadConst | LoadFixed | LoadNull | Swap | Drop
            | CheckBound | DeleteFast | MakeCell | CopyFreeVars | LoadDeref | StoreDeref | MakeFunction
            | SetFunctionAttribute => self.record_move(site),
            LoadSuperAttr | LoadSuperMethod => self.record_super(site),
            LoadSpecial => self.record_load_special(site),
            RaiseException | RaiseFrom => self.record_raise(thread, site),
            Raise | Reraise | ReraiseLasti => self.record_reraise(thread, site),
            PushExcInfo | PopExcept | CheckExcMatch => self.record_handler(thread, site),
            LoadGlobal | LoadGlobalCallable | LoadName => self.record_load_global(site),
            StoreGlobal | StoreName => self.record_store_global(site),
            LoadAttr | LoadMethod | StoreAttr => self.record_attribute(site),
            DeleteAttr => self.record_delete_attribute(site),
            BinaryOp | Negative | Invert => self.record_arithmetic(thread, site),
            Is | IsNot | Compare | Not | ToBool | Contains | NotContains => self.record_test(site),
            Jump | JumpIfTrue | JumpIfFalse | JumpIfNone | JumpIfNotNone | JumpIfIs | JumpIfIsNot
            | JumpCompare | JumpIfContains | JumpIfNotContains => self.record_branch(site),
            JumpBackward => {
                self.emit(Op::GuardPoll, &[]);
                self.pending = Pending::Backward(site.pc, site.payload(1));
                Ok(())
            }
            BuildSlice2 | BuildSlice3 | StoreSlice | DeleteSubscript => self.record_slice(site),
            Subscript | StoreSubscript | GetLen | UnpackPair | UnpackSequence | BuildTuple | BuildTuple2
            | BuildList | ListAppend | SetAdd | MapAdd | Extend | BinarySlice => {
                self.record_container(thread, site)
            }
            FormatSimple => self.record_format(site),
            ForIter => self.record_iteration(thread, site),
            GetAiter => self.record_get_aiter(site),
            GetAnext => self.record_get_anext(thread, site),
            EndAsyncFor => self.record_end_of_async_for(site),
            CallIntrinsic1 => self.record_intrinsic(thread, site),
            GetAwaitable => self.record_get_awaitable(thread, site),
            GetIter | GetYieldFromIter => self.record_get_iter(thread, site),
            Send => self.record_send(thread, site),
            EndSend => self.record_end_send(site),
            Call | CallKw => self.record_call(thread, site),
            CallEx => self.record_call_unpacked(thread, site),
            Resume => self.record_resume(site),
            Return => self.record_return(site),
            Yield => self.record_yield(thread, site),
            _ => Err(NoRule::Step),
        }
    }
}
