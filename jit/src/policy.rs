//! Policy: when loops, functions and exits are recorded, when recordings are compiled, and what is given back to the
//! interpreter.
//!
//! *Heat* (words of register code executed, of loops or functions themselves) says what is looked at, and how often it came
//! round. A recording says how many instructions one round takes, those of called functions included. So it is known what
//! interpreting something has cost; for exits, what is executed behind them until a trace is entered again. A recording is made and compiled
//! once that is a share of what compiling will take (`patience`) and the `budget` affords it. Recordings that fail are tried
//! again after a time in proportion to what they cost. A trace that loses time (`worth`) is *retired*; if it waits for sides that can't be
//! afforded, until they are. One whose assumption broke for good is *renewed*.

use crate::abort::Abort;
use crate::budget::{Claim, process_time};
use crate::context::ExitCode;
use crate::driver::{Driver, Hot, Kin, lookup};
use crate::ir::{Op, Reference, Trace};
use crate::parameters::Parameters;
use crate::record::{Anchor, Recorder};
use crate::registry::{Compiled, ExitTaken};
use crate::trees::Exit;
use crate::worth::{SAVED, Worth};
use runtime::frame::Frame;
use runtime::thread::Thread;
use runtime::trace_interface::{Action, Field, TraceHost};

/// One in so many exits that are taken often is looked at, and counts for as many.
const SEEN: u32 = 8;

/// Times in a row that an exit is looked at behind which every entry of a loop left before the loop, for values of another type.
const OTHER_TYPES: u32 = 4;

/// Times that a loop leaves for its counter's limit before it is compiled without.
const LIMITED: u32 = 100;

/// What is known of an anchor.
#[derive(Clone, Copy, Default)]
pub(crate) struct Place {
    pub trace: Option<u32>,
    /// The trace is better called than followed.
    pub heavy: bool,
    /// The interpreter does not enter the trace: that doesn't pay.
    pub retired: bool,
    /// It does not, until the sides that wait can be afforded.
    pub suspended: bool,
    pub failures: u32,
    /// Times that it will be hot before the next recording.
    pub wait: u32,
    /// Times that it came round, or was called.
    pub rounds: u64,
    /// The CPU time when it first did.
    pub since: u64,
    /// What it last recorded, if that couldn't be afforded, and how often that was asked.
    pub refused: Option<Size>,
    pub hesitations: u32,
    /// The trace whose place the next one takes, as an assumption of it broke for good.
    pub stale: Option<u32>,
    /// How often that happened.
    pub renewals: u32,
    /// It was recorded anew as values were of other types than in its first recording.
    pub retyped: bool,
}

/// How long a recording is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// Instructions of the interpreter that it stands for.
    pub path: u32,
    /// Its own.
    pub instructions: usize,
}

impl Size {
    /// What is expected of a recording that nobody has made yet.
    const EXPECTED: Size = Size { path: 100, instructions: 150 };

    fn of(recorder: &Recorder) -> Size {
        Size { path: recorder.length, instructions: recorder.trace.instructions.len() }
    }
}

/// What a hot anchor starts.
pub(crate) enum Start {
    Recording,
    Trace(u32),
}

/// What becomes of an exit that was taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Nothing,
    /// Nothing will ever be recorded there.
    GivenUp,
    Record,
    /// Its tree is compiled anew.
    Grow,
    /// Its assumption broke for good.
    Renew,
}

/// Nanoseconds that compiled code saves of so many of the interpreter's.
fn saves(interpreted: u64) -> u64 {
    interpreted * SAVED as u64 / 100
}

impl Parameters {
    /// Nanoseconds that compiling so many optimised trace instructions takes; a recording comes to about twice its own.
    pub fn price(&self, instructions: usize) -> u64 {
        instructions as u64 * u64::from(self.compile_time)
    }

    /// What must be lost by interpreting before a price is paid.
    pub fn patient(&self, price: u64) -> u64 {
        price.saturating_mul(self.patience.into()) / 100
    }

    /// Nanoseconds that interpreting a recorded path so often has cost.
    pub fn interpreted(&self, length: u32, times: u64) -> u64 {
        times.saturating_mul(u64::from(length) * u64::from(self.instruction_time))
    }

    /// Whether a function's path is so short that what entering its trace takes is more than that saves.
    pub fn is_short(&self, path: u32) -> bool {
        self.patience > 0 && saves(self.interpreted(path, 1)) < u64::from(self.return_time)
    }

    /// Rounds of so long a path until a trace has saved what compiling it with care takes.
    fn rounds_to_refine(&self, path: u32, instructions: usize) -> i32 {
        if self.patience == 0 {
            return 8;
        }
        let price = instructions as u64 * u64::from(self.refine_time) * u64::from(self.refine_share) / 100;
        let rounds = price / saves(self.interpreted(path, 1)).max(1);
        i32::try_from(rounds).unwrap_or(i32::MAX)
    }

    /// Estimates what a compiled trace is worth whose root stands for so many of the interpreter's instructions.
    pub fn value(&self, compiled: &Compiled, path: u32) {
        let trace = &compiled.trace;
        compiled.statistics.worth.set(Worth::of(trace, self.interpreted(path, 1)));
        compiled.set_countdown(self.rounds_to_refine(path, trace.instructions.len()));
        compiled.statistics.account.may_lose(self.patient(self.price(trace.instructions.len())));
    }

    /// Times that an anchor comes round until a recording of it is compiled, if that has as many instructions as the path.
    fn rounds_due(&self) -> u64 {
        self.patient(self.price(2)) / u64::from(self.instruction_time.max(1))
    }

    /// Nanoseconds that an exit costs behind which so many instructions are interpreted until a trace is entered again.
    pub fn exit_cost(&self, interpreted: u32) -> u64 {
        u64::from(self.exit_time) + u64::from(interpreted) * u64::from(self.instruction_time)
    }

    /// Times that an anchor must be hot until that has cost so many nanoseconds.
    fn times_hot(&self, cost: u64) -> u32 {
        (cost / u64::from(self.threshold.max(1))).min(u32::MAX.into()) as u32
    }
}

/// Whether a guard compares the version of a constant object: versions never return.
fn is_version_guard(trace: &Trace, guard: usize) -> bool {
    let made_by = |reference: Reference, op: Op| {
        let is_made = !reference.is_none() && !reference.is_constant();
        is_made.then(|| &trace.instructions[reference.index()]).filter(|i| i.op == op)
    };
    let guard = &trace.instructions[guard];
    let equal = Some(guard).filter(|g| g.op == Op::GuardTrue).and_then(|g| made_by(g.a, Op::EqInt));
    let load = equal.and_then(|e| made_by(e.a, Op::LoadField).or_else(|| made_by(e.b, Op::LoadField)));
    load.is_some_and(|load| {
        let owner = made_by(load.a, Op::Address).map_or(load.a, |address| address.a);
        matches!(load.field(), Field::TypeVersion | Field::FunctionVersion | Field::DictKeysVersion)
            && owner.is_constant()
    })
}

/// Whether a guard asks for the type of a value in the first round of a loop, which makes the loop one for that type.
fn types_loop(trace: &Trace, guard: usize) -> bool {
    matches!(trace.instructions[guard].op, Op::GuardInt | Op::GuardFloat | Op::GuardBool | Op::GuardType)
        && trace.instructions[guard..].iter().take_while(|i| i.op != Op::Side).any(|i| i.op == Op::Loop)
}

impl Driver {
    pub fn start_root(
        &mut self,
        host: &'static dyn TraceHost,
        thread: &Thread,
        frame: &Frame,
        hot: Hot,
    ) -> Option<Start> {
        let (Hot::Loop(pc) | Hot::Function(pc)) = hot;
        let anchor = Anchor::new(frame, pc);
        if self.recording.is_some() || !self.has_registry() || self.is_full() {
            return None;
        }
        let most = self.parameters.max_failures;
        let words = match hot {
            Hot::Loop(head) => host.pc_index(frame).saturating_sub(head),
            Hot::Function(_) => host.word_count(frame),
        };
        let rounds = self.parameters.threshold / words.max(1);
        let due = self.parameters.rounds_due();
        let place = self.place(anchor);
        if place.retired {
            return None;
        }
        if place.suspended {
            return self.resume(anchor, rounds).map(Start::Trace);
        }
        if let Some(number) = place.trace {
            return Some(Start::Trace(number));
        }
        if place.failures >= most {
            return None;
        }
        if place.rounds == 0 {
            place.since = process_time();
        }
        place.rounds = place.rounds.saturating_add(rounds.max(1).into());
        if place.wait > 0 {
            place.wait -= 1;
            return None;
        }
        let Place { rounds, refused, .. } = *place;
        if rounds < due || !self.affords_root(anchor, refused.unwrap_or(Size::EXPECTED)) {
            return None;
        }
        let recorder = match hot {
            Hot::Loop(head) => Recorder::at_loop(host, frame, head, lookup),
            Hot::Function(start) => Recorder::at_function(host, frame, start, lookup),
        };
        match recorder {
            Ok(recorder) => {
                self.record(thread, recorder);
                Some(Start::Recording)
            }
            Err(abort) => {
                self.failed_root(anchor, abort, 0);
                self.count_abort(abort);
                None
            }
        }
    }

    /// Whether so many nanoseconds may be spent on what interpreting has cost so many since some CPU time.
    fn affords(&self, price: u64, lost: u64, since: u64) -> bool {
        let saved = self.registry.as_ref().map_or(0, |registry| registry.saved());
        self.budget.affords(&self.parameters, price, Claim { lost, since }, saved)
    }

    /// Whether a root with such a recording can be afforded; if not, that is asked for again when it was hot more often.
    fn affords_root(&mut self, anchor: Anchor, size: Size) -> bool {
        let (parameters, Place { rounds, since, .. }) = (self.parameters, *self.place(anchor));
        let price = parameters.price(2 * size.instructions);
        let affords = self.affords(price, parameters.interpreted(size.path, rounds), since);
        let place = self.place(anchor);
        if !affords {
            place.hesitations += 1;
            place.wait = place.hesitations;
        }
        affords
    }

    /// Whether the recording of a root is compiled already. If not, another is made when its time has come: what is seen
    /// then is fresh, and nothing is kept until then.
    pub fn root_is_due(&mut self, recorder: &Recorder) -> bool {
        let (anchor, size) = (recorder.anchor, Size::of(recorder));
        if self.place(anchor).stale.is_some() || self.affords_root(anchor, size) {
            return true;
        }
        self.place(anchor).refused = Some(size);
        false
    }

    /// Whether the recording of a side that makes a trace of its own is compiled already; if not, see `root_is_due`.
    pub fn side_is_due(&mut self, kin: Kin, exit: Exit, recorder: &Recorder) -> bool {
        let parameters = self.parameters;
        let price = parameters.price(2 * recorder.trace.instructions.len());
        let cost = parameters.exit_cost(recorder.length);
        let due = (parameters.patient(price) / cost).min(u32::MAX.into()) as u32;
        let Some(tree) = self.trees.get_mut(&kin.tree) else { return true };
        let place = tree.place(exit);
        let taken = place.taken.saturating_add(parameters.exit_threshold);
        // A second recording that is a little longer is not made a third time.
        if taken < due / 2 {
            place.wait = due - taken;
            return false;
        }
        let since = tree.since;
        if self.affords(price, u64::from(taken) * cost, since) {
            return true;
        }
        if let Some(tree) = self.trees.get_mut(&kin.tree) {
            tree.place(exit).wait = taken.max(8 * SEEN);
        }
        false
    }

    /// An exit was taken after which the interpreter goes on, with the frames rebuilt: true if it is recorded now.
    pub fn start_side(
        &mut self,
        host: &'static dyn TraceHost,
        thread: &Thread,
        taken: ExitTaken,
        depth: u32,
    ) -> bool {
        let ExitTaken { code, count, action, .. } = taken;
        let threshold = self.parameters.exit_threshold;
        let is_seen = threshold < SEEN || count.is_multiple_of(SEEN);
        if count < threshold || !is_seen || self.recording.is_some() || self.is_full() {
            return false;
        }
        let frames = thread.recursion_depth.get().saturating_sub(depth);
        let Some(kin) = self.kin.get(&code.trace).copied() else { return false };
        let Some(parent) = self.registry.as_ref().and_then(|r| r.get(code.trace)) else { return false };
        match self.fate(kin, &parent, code, frames) {
            Fate::Nothing => return false,
            Fate::GivenUp => {
                parent.give_up(code.exit as usize);
                return false;
            }
            Fate::Grow => {
                self.grow(kin);
                return false;
            }
            Fate::Renew => {
                self.renew(kin);
                return false;
            }
            Fate::Record => (),
        }
        let snapshot = parent.sites[code.exit as usize].snapshot;
        let mut root = thread.frame.get() as *const Frame;
        let described = &parent.trace.snapshots[snapshot.index()];
        let own = usize::from(parent.trace.is_in_generator());
        for _ in own..described.real.len() + described.windows.len() {
            // SAFETY: the exit's frames were just rebuilt.
            root = unsafe { (*root).previous.get() };
        }
        // SAFETY: as above.
        let root = unsafe { &*root };
        let held = self.registry.as_ref().map(|r| r.held(thread)).unwrap_or_default();
        let parent = (&parent.trace, code.trace, code.exit, snapshot);
        let recorder = Recorder::at_exit(host, thread, root, parent, &held, kin.anchor, lookup);
        let recorder = match action {
            Action::Raised => recorder.and_then(|recorder| recorder.with_raised(thread)),
            _ => recorder,
        };
        match recorder {
            Ok(recorder) => {
                self.record(thread, recorder);
                true
            }
            Err(abort) => {
                self.failed_exit((code.trace, code.exit), abort, 0);
                self.count_abort(abort);
                false
            }
        }
    }

    fn fate(&mut self, kin: Kin, parent: &Compiled, code: ExitCode, frames: u32) -> Fate {
        let parameters = self.parameters;
        let times = if parameters.exit_threshold < SEEN { 1 } else { SEEN };
        let sides = self.sides.get(&kin.root).copied().unwrap_or(0);
        let (Some(exit), Some(tree)) = (parent.place(code.exit as usize), self.trees.get_mut(&kin.tree))
        else {
            return Fate::Nothing;
        };
        let site = &parent.sites[code.exit as usize];
        if tree.current != code.trace {
            return Fate::Nothing;
        }
        if kin.tree == kin.root && types_loop(&parent.trace, site.instruction as usize) {
            let in_a_row = tree.place(exit).all_leave(times, parent.statistics.entered.get());
            if in_a_row >= OTHER_TYPES && self.retypes(kin.anchor, code.trace) {
                return Fate::Renew;
            }
        }
        let Some(tree) = self.trees.get_mut(&kin.tree) else { return Fate::Nothing };
        match tree.taken(exit, times, &parameters, frames) {
            Some(true) => {
                let ((price, claim), since) = (tree.account(&parameters, 0), tree.since);
                if self.affords(price, claim, since) {
                    return Fate::Grow;
                }
                if let Some(tree) = self.trees.get_mut(&kin.tree) {
                    tree.defer();
                }
                return Fate::Nothing;
            }
            Some(false) => return Fate::Nothing,
            None => (),
        }
        if is_version_guard(&parent.trace, site.instruction as usize) {
            return Fate::Renew;
        }
        if exit.1 == Op::GuardBelow {
            let place = tree.place(exit);
            place.taken = place.taken.saturating_add(times);
            if place.taken < LIMITED || tree.unlimited {
                return Fate::Nothing;
            }
            // What the limit was for would rather be checked in each round.
            tree.unlimited = true;
            return Fate::Grow;
        }
        let explodes = tree.explodes;
        let place = tree.place(exit);
        if place.failures >= parameters.max_failures
            || explodes
            || site.snapshot.is_none()
            || sides >= parameters.max_sides
            || kin.depth >= parameters.max_depth
            || matches!(exit.1, Op::GuardPoll | Op::GuardRoom | Op::GuardUnseen)
        {
            return Fate::GivenUp;
        }
        place.taken = place.taken.saturating_add(times);
        if place.wait > 0 {
            place.wait = place.wait.saturating_sub(times);
            return Fate::Nothing;
        }
        Fate::Record
    }

    /// Values in a loop are of other types than when it was recorded: whether it is recorded anew, for these. A side would come
    /// back to the first round in each round. That is done once: types that change all the time are left to sides.
    fn retypes(&mut self, anchor: Anchor, number: u32) -> bool {
        let place = self.place(anchor);
        !std::mem::replace(&mut place.retyped, true) && place.trace == Some(number)
    }

    /// Runs of a trace don't pay: its anchor is left to the interpreter from now on. Other traces go on calling it.
    /// If sides wait, they may mend that; and if they can't be afforded, it is entered again once they are compiled.
    pub fn retire(&mut self, number: u32) {
        let Some(kin) = self.kin.get(&number).copied() else { return };
        let tree = self.trees.get(&kin.tree);
        let (waits, is_deferred) = tree.map_or((false, false), |tree| (tree.waits(), tree.is_deferred()));
        if waits && !is_deferred {
            return;
        }
        let Some(place) = self.anchors.get_mut(&kin.anchor) else { return };
        if place.trace == Some(number) {
            place.retired = !waits;
            place.suspended = waits;
            place.rounds = 0;
            self.set_entry(number, (0, 0));
            self.counters.retired += 1;
            self.log.retired(number);
        }
    }

    /// A suspended trace's anchor was hot: its trace, if the sides that wait for it can be afforded now.
    fn resume(&mut self, anchor: Anchor, rounds: u32) -> Option<u32> {
        let place = self.place(anchor);
        place.rounds = place.rounds.saturating_add(rounds.max(1).into());
        if place.wait > 0 {
            place.wait -= 1;
            return None;
        }
        place.hesitations += 1;
        place.wait = place.hesitations;
        let (rounds, number) = (place.rounds, place.trace?);
        let kin = self.kin.get(&number).copied()?;
        let tree = self.trees.get(&kin.tree)?;
        let lately = self.parameters.interpreted(tree.path, rounds);
        let (price, claim) = tree.account(&self.parameters, lately);
        if !self.affords(price, claim, tree.since) {
            return None;
        }
        self.grow(kin);
        let place = self.place(anchor);
        place.suspended = false;
        place.trace
    }

    /// An assumption of a tree broke for good. A root is recorded anew, and takes the old one's place: at once, but if that
    /// happens again and again after ever longer times. A side is given up, and recorded anew when its exit is hot again.
    fn renew(&mut self, kin: Kin) {
        let Some(current) = self.trees.get(&kin.tree).map(|tree| tree.current) else { return };
        self.counters.renewed += 1;
        self.log.renewed(current);
        if kin.tree != kin.root {
            if let Some(registry) = &self.registry {
                registry.invalidate(current);
            }
            return;
        }
        let Some(place) = self.anchors.get_mut(&kin.anchor).filter(|place| place.trace == Some(current))
        else {
            return;
        };
        place.trace = None;
        place.stale = Some(current);
        place.wait = if place.renewals == 0 { 0 } else { 8 << (2 * place.renewals).min(20) };
        place.renewals += 1;
        // Nothing enters the old one from the interpreter any more.
        self.set_entry(current, (0, 0));
    }

    /// Nanoseconds that a recording took.
    pub fn recording_cost(&self, recorder: &Recorder) -> u64 {
        u64::from(recorder.length) * u64::from(self.parameters.record_time)
    }

    fn failed_root(&mut self, anchor: Anchor, abort: Abort, instructions: u32) {
        let cost = u64::from(instructions) * u64::from(self.parameters.record_time);
        let times = self.parameters.times_hot(cost);
        let place = self.place(anchor);
        place.failures = match abort {
            Abort::TooShort => u32::MAX,
            Abort::LongCallee => place.failures,
            _ => place.failures + 1,
        };
        // An inner loop waits, too, until it is compiled.
        let least = if abort == Abort::InnerLoop { 16 } else { 1 };
        place.wait = least.max(times) << place.failures.min(8);
    }

    /// A function made a recording too long: it shall have a trace of its own, soon, and be called.
    fn call_rather(&mut self, anchor: Anchor) {
        let place = self.place(anchor);
        place.heavy = true;
        place.wait = 0;
        place.rounds = u32::MAX.into();
    }

    fn failed_exit(&mut self, (trace, exit): (u32, u32), abort: Abort, instructions: u32) {
        let Some(compiled) = self.registry.as_ref().and_then(|r| r.get(trace)) else { return };
        let Some(place) = compiled.place(exit as usize) else { return };
        let Some(tree) = self.kin.get(&trace).and_then(|kin| self.trees.get_mut(&kin.tree)) else { return };
        let cost = u64::from(instructions) * u64::from(self.parameters.record_time);
        let times = (cost / self.parameters.exit_cost(instructions)) as u32;
        let place = tree.place(place);
        place.failures += u32::from(abort != Abort::LongCallee);
        place.wait = times.max(8) << place.failures.min(8);
    }

    pub fn aborted(&mut self, recorder: &Recorder, abort: Abort) {
        self.budget.spent += self.recording_cost(recorder);
        self.count_abort(abort);
        self.log.aborted(recorder, abort);
        let callee = match abort {
            Abort::TooLong => recorder.longest_callee(),
            Abort::LongCallee => recorder.long_callee(),
            _ => None,
        };
        if let Some(callee) = callee {
            self.call_rather(callee);
        }
        match recorder.parent {
            None => self.failed_root(recorder.anchor, abort, recorder.length),
            Some(exit) => self.failed_exit(exit, abort, recorder.length),
        }
    }
}
