//! Compiled traces by number, and the way into them.
//!
//! A trace's *entry cell* holds the address that links to it jump to; its *exit cells* those that its exits jump to. A
//! cell that holds the stub's address leads back to Rust. Code, cells and constants of a trace go when the trace was freed and no
//! trace is running: a running one may have called what freed it.

use crate::backend::{Care, CompileError, Compiler, Site, Surroundings, Trampolines, sites};
use crate::code_memory::{Block, CodeMemory};
use crate::context::{Context, ExitCode, RETURNED};
use crate::exit::{self, Departure};
use crate::ir::trace::Origin;
use crate::ir::{Constant, Op, Reference, Trace, Virtual, VirtualKind};
use crate::parameters::Parameters;
use crate::worth::{Account, Truth, Worth};
use runtime::frame::FrameKind;
use runtime::thread::Thread;
use runtime::trace_interface::{Action, HOOKS, host};
use runtime::value::Value;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Set in the count of an exit.
const GIVEN_UP: u32 = 1 << 31;

/// A compiled trace.
pub struct Compiled {
    pub number: u32,
    /// The optimised trace. Its constants stay alive with it.
    pub trace: Trace,
    /// Where it can leave, by exit number.
    pub sites: Vec<Site>,
    /// For a root trace: the instruction at which its frame is when it starts.
    pub entry_pc: u32,
    /// How often each exit was taken and came back to Rust; with `GIVEN_UP`, nothing will be recorded there.
    exit_counts: Box<[Cell<u32>]>,
    pub statistics: Statistics,
    /// With how much care its code was made.
    care: Cell<Care>,
    /// Rounds and runs until its code is made with more care.
    countdown: Box<Cell<i32>>,
    /// Those that runs within the present one took.
    rounds_within: Cell<u32>,
    entry: Cell<usize>,
    block: Cell<Option<Block>>,
    /// What this very code calls itself through.
    own_entry: Box<Cell<usize>>,
    /// Shared with the traces that it took the place of.
    entry_cell: Rc<Cell<usize>>,
    /// The trace that took its place.
    successor: Cell<Option<u32>>,
    exit_cells: Box<[Cell<usize>]>,
    valid: Cell<bool>,
}

/// What a trace cost and did.
#[derive(Default)]
pub struct Statistics {
    pub entered: Cell<u64>,
    /// What its runs are estimated to save, and saved.
    pub worth: Cell<Worth>,
    pub account: Account,
    pub compile_time: Cell<Duration>,
    pub code_bytes: Cell<usize>,
}

impl Compiled {
    /// How often an exit was taken.
    pub fn count(&self, exit: usize) -> u32 {
        self.exit_counts[exit].get() & !GIVEN_UP
    }

    /// How often all exits were taken.
    pub fn exits(&self) -> u64 {
        (0..self.exit_counts.len()).map(|exit| u64::from(self.count(exit))).sum()
    }

    /// Notes that nothing will be recorded at an exit.
    pub fn give_up(&self, exit: usize) {
        self.exit_counts[exit].update(|count| count | GIVEN_UP);
    }

    /// Sets after how many rounds and runs its code is made anew.
    pub fn set_countdown(&self, rounds: i32) {
        self.countdown.set(rounds);
    }

    /// Whether it has run for long, and its code was made quickly.
    fn is_hot(&self) -> bool {
        self.countdown.get() < 0
    }

    pub fn is_valid(&self) -> bool {
        self.valid.get()
    }

    /// The recorded instruction that an exit stems from, and the operation that leaves.
    pub fn place(&self, exit: usize) -> Option<(Origin, Op)> {
        let index = self.sites[exit].instruction as usize;
        Some((*self.trace.origins.get(index)?, self.trace.instructions[index].op))
    }

    /// Whether an exit saves the same values for the same slots as another trace's, as far as side traces can tell.
    fn saves_like(&self, exit: usize, other: &Compiled, their: usize) -> bool {
        let describe = |compiled: &Compiled, exit: usize| {
            let (trace, site) = (&compiled.trace, &compiled.sites[exit]);
            let snapshot = trace.snapshots.get(site.snapshot.index())?;
            let word = |r: Reference| match site.live.iter().position(|l| *l == r) {
                Some(word) => (word as u64, trace.type_of(r)),
                None => (trace.as_constant(r).map_or(0, Constant::bits), trace.type_of(r)),
            };
            let windows: Vec<_> = snapshot.windows.iter().map(|w| (word(w.1), w.2)).collect();
            let entries: Vec<_> = snapshot.entries.iter().map(|e| (e.slot, word(e.value), e.owned)).collect();
            let held: Vec<_> = snapshot.held.iter().map(|h| (h.base, word(h.generator))).collect();
            let lent: Vec<_> = snapshot.lent.iter().map(|(slot, g)| (*slot, word(*g))).collect();
            let drops: Vec<_> = snapshot.drops.iter().map(|r| word(*r)).collect();
            let fields =
                snapshot.virtuals.iter().flat_map(|v| v.fields.iter().map(|f| (f.0, word(f.1), f.2)));
            let fields: Vec<_> = fields.collect();
            let plan = |v: &Virtual| match v.kind {
                VirtualKind::Traceback { plan } => Some(trace.tracebacks[plan as usize].clone()),
                _ => None,
            };
            let tracebacks: Vec<_> = snapshot.virtuals.iter().map(plan).collect();
            let live: Vec<_> = site.live.iter().map(|r| trace.type_of(*r)).collect();
            Some((
                windows,
                entries,
                (held, lent),
                drops,
                (fields, tracebacks),
                live,
                snapshot.real.len(),
                snapshot.in_memory,
            ))
        };
        describe(self, exit).is_some_and(|ours| Some(ours) == describe(other, their))
    }
}

/// An exit taken, as the driver learns of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitTaken {
    pub code: ExitCode,
    pub action: Action,
    /// How often it was taken by now; 0 for the exit of a link whose target was invalid.
    pub count: u32,
    /// Nothing will be recorded there.
    pub is_given_up: bool,
    /// The trace that was entered has lost too much time.
    pub is_loss: bool,
    /// A trace that has run for long.
    pub hot: Option<u32>,
}

/// What became of running a trace.
pub enum Run {
    /// The innermost frame returns.
    Returned {
        /// The trace has lost too much time.
        is_loss: bool,
        /// The trace has run for long.
        is_hot: bool,
    },
    Left(ExitTaken),
}

impl ExitTaken {
    const fn new(code: ExitCode, action: Action) -> ExitTaken {
        ExitTaken { code, action, count: 0, is_given_up: false, is_loss: false, hot: None }
    }
}

/// All traces of the process. Touched only under the GIL.
pub struct Registry {
    compiler: RefCell<Compiler>,
    code: RefCell<CodeMemory>,
    trampolines: Trampolines,
    /// By number; 0 is never used.
    traces: RefCell<Vec<Option<Rc<Compiled>>>>,
    /// Of freed traces: code that links to them may outlive them.
    entry_cells: RefCell<Vec<Rc<Cell<usize>>>>,
    /// Freed traces that may still run.
    leaving: RefCell<Vec<Rc<Compiled>>>,
    /// Traces with successors, whose code may still run.
    superseded: RefCell<Vec<Rc<Compiled>>>,
    contexts: RefCell<Vec<Rc<Context>>>,
    /// The one of them that was asked for last.
    recent: Cell<*const Context>,
    /// Nanoseconds that traces have saved, as estimated.
    saved: Cell<i64>,
    /// What is known of the estimates.
    truth: Truth,
    /// What returning from a trace and leaving it take in nanoseconds.
    return_time: u32,
    exit_time: u32,
    /// Timed runs, each within the one before, and the time of runs within the innermost one.
    timed: Cell<u32>,
    within: Cell<Duration>,
    /// Traces that are running, one called by what another called.
    depth: Cell<u32>,
    /// Code that other code took the place of, and that may still run.
    replaced: RefCell<Vec<Block>>,
    /// Code is made with care at once.
    is_careful: bool,
    /// Registers from its base on that the widest trace uses.
    extent: Cell<usize>,
    /// One in so many guards leaves although it holds; the seed says which.
    forced_exits: u32,
    seed: u32,
}

impl Registry {
    pub fn new(parameters: &Parameters) -> Result<Registry, String> {
        Ok(Registry {
            compiler: RefCell::new(Compiler::new()?),
            code: RefCell::new(
                CodeMemory::new(parameters.code_kilobytes as usize * 1024).map_err(|e| e.to_string())?,
            ),
            trampolines: Trampolines::new()?,
            traces: RefCell::new(vec![None]),
            entry_cells: RefCell::new(Vec::new()),
            leaving: RefCell::new(Vec::new()),
            superseded: RefCell::new(Vec::new()),
            contexts: RefCell::new(Vec::new()),
            recent: Cell::new(std::ptr::null()),
            saved: Cell::new(0),
            truth: Truth::default(),
            return_time: parameters.return_time,
            exit_time: parameters.exit_time,
            timed: Cell::new(0),
            within: Cell::new(Duration::ZERO),
            depth: Cell::new(0),
            replaced: RefCell::new(Vec::new()),
            is_careful: parameters.refine_share == 0,
            extent: Cell::new(0),
            forced_exits: parameters.forced_exits,
            seed: parameters.seed,
        })
    }

    /// Compiles a trace and keeps it under a number. A root trace is entered with its frame at `entry_pc`.
    pub fn add(&self, trace: Trace, entry_pc: u32) -> Result<u32, CompileError> {
        self.add_with_entry(trace, entry_pc, Rc::new(Cell::new(self.trampolines.stub)))
    }

    /// Compiles a trace that takes the place of another: all that leads to that one leads to it from now on, and exits that
    /// both have lead to the same side traces.
    pub fn supersede(&self, old: u32, trace: Trace) -> Result<u32, CompileError> {
        let (old, new) = self.replace(old, trace)?;
        let is_attached = |exit: &usize| old.exit_cells[*exit].get() != self.trampolines.stub;
        for exit in (0..old.sites.len()).filter(is_attached) {
            let place = old.place(exit);
            let same = (0..new.sites.len()).find(|e| place.is_some() && place == new.place(*e));
            if let Some(same) = same.filter(|same| old.saves_like(exit, &new, *same)) {
                new.exit_cells[same].set(old.exit_cells[exit].get());
            }
        }
        self.superseded.borrow_mut().push(old);
        self.sweep();
        Ok(new.number)
    }

    /// Compiles a trace that takes the place of another, which relied on what isn't so any more: all that leads to that one leads
    /// to it from now on.
    pub fn renew(&self, old: u32, trace: Trace) -> Result<u32, CompileError> {
        // Its tree may have grown meanwhile; where its code was, that of others may be by now.
        let (old, new) = self.replace(self.current(old), trace)?;
        self.superseded.borrow_mut().push(old);
        self.sweep();
        Ok(new.number)
    }

    fn replace(&self, old: u32, trace: Trace) -> Result<(Rc<Compiled>, Rc<Compiled>), CompileError> {
        let missing = || CompileError::Malformed("no trace to take the place of");
        let old = self.get(old).ok_or_else(missing)?;
        let number = self.add_with_entry(trace, old.entry_pc, old.entry_cell.clone())?;
        let new = self.get(number).ok_or_else(missing)?;
        old.successor.set(Some(number));
        for other in self.traces.borrow().iter().flatten() {
            other
                .exit_cells
                .iter()
                .filter(|cell| cell.get() == old.entry.get())
                .for_each(|c| c.set(new.entry.get()));
        }
        Ok((old, new))
    }

    /// The number of the trace that has the place of a trace now.
    pub fn current(&self, number: u32) -> u32 {
        let mut number = number;
        while let Some(next) = self.get(number).and_then(|trace| trace.successor.get()) {
            number = next;
        }
        number
    }

    fn add_with_entry(
        &self,
        trace: Trace,
        entry_pc: u32,
        entry_cell: Rc<Cell<usize>>,
    ) -> Result<u32, CompileError> {
        let started = Instant::now();
        let mut traces = self.traces.borrow_mut();
        let number = traces.len() as u32;
        let sites = sites(&trace);
        let stub = self.trampolines.stub;
        let exit_cells: Box<[Cell<usize>]> = sites.iter().map(|_| Cell::new(stub)).collect();
        let own_entry = Box::new(Cell::new(stub));
        let care = if self.is_careful { Care::Careful } else { Care::Quick };
        let countdown = Box::new(Cell::new(i32::MAX));
        let mut compiler = self.compiler.borrow_mut();
        let surroundings = Surroundings {
            number,
            sites: &sites,
            exit_cells: exit_cells.as_ptr(),
            own_entry: &raw const *own_entry,
            entry_cell: &|other| match traces.get(other as usize) {
                _ if other == number => Some(Rc::as_ptr(&entry_cell)),
                Some(Some(target)) => Some(Rc::as_ptr(&target.entry_cell)),
                _ => None,
            },
            native: compiler.native_convention(),
            thunks: self.trampolines.thunks,
            can_round: compiler.can_round(),
            forced_exits: self.forced_exits,
            countdown: (care == Care::Quick).then_some(&raw const *countdown),
        };
        let code = compiler.compile(&trace, &surroundings, care)?;
        let mut memory = self.code.borrow_mut();
        let block = memory.add(code).ok_or(CompileError::OutOfMemory)?;
        let entry = memory.address(&block);
        entry_cell.set(entry);
        own_entry.set(entry);
        let statistics = Statistics::default();
        statistics.compile_time.set(started.elapsed());
        statistics.code_bytes.set(code.len());
        compiler.give_back(&trace);
        let on_stack = trace.windows.iter().filter(|w| !w.is_generator());
        let extent = on_stack.map(|w| w.base as usize + w.size as usize).max().unwrap_or(0);
        self.extent.set(self.extent.get().max(extent));
        let exit_counts = sites.iter().map(|_| Cell::new(0)).collect();
        let compiled = Compiled {
            number,
            trace,
            sites,
            entry_pc,
            exit_counts,
            statistics,
            care: Cell::new(care),
            countdown,
            rounds_within: Cell::new(0),
            entry: Cell::new(entry),
            block: Cell::new(Some(block)),
            own_entry,
            entry_cell,
            successor: Cell::new(None),
            exit_cells,
            valid: Cell::new(true),
        };
        traces.push(Some(Rc::new(compiled)));
        Ok(number)
    }

    /// Makes a trace's code anew with care, where that wasn't done yet. All else stays as it is.
    pub fn refine(&self, number: u32) -> Result<(), CompileError> {
        let Some(trace) = self.get(number).filter(|trace| trace.care.get() == Care::Quick) else {
            return Ok(());
        };
        // Nobody asks again, whatever comes of it.
        trace.countdown.set(i32::MAX);
        trace.care.set(Care::Careful);
        let started = Instant::now();
        let traces = self.traces.borrow();
        let mut compiler = self.compiler.borrow_mut();
        let entry_cell = |other| match traces.get(other as usize) {
            _ if other == number => Some(Rc::as_ptr(&trace.entry_cell)),
            Some(Some(target)) => Some(Rc::as_ptr(&target.entry_cell)),
            _ => None,
        };
        let surroundings = self.surroundings(&trace, &entry_cell, &compiler);
        let code = compiler.compile(&trace.trace, &surroundings, Care::Careful)?;
        let mut memory = self.code.borrow_mut();
        let block = memory.add(code).ok_or(CompileError::OutOfMemory)?;
        let entry = memory.address(&block);
        let old = trace.entry.replace(entry);
        trace.own_entry.set(entry);
        let cells = traces.iter().flatten().flat_map(|other| &other.exit_cells);
        for cell in cells.chain([&*trace.entry_cell]).filter(|cell| cell.get() == old) {
            cell.set(entry);
        }
        trace.statistics.code_bytes.set(code.len());
        trace.statistics.compile_time.update(|time| time + started.elapsed());
        self.replaced.borrow_mut().extend(trace.block.replace(Some(block)));
        compiler.give_back(&trace.trace);
        Ok(())
    }

    /// What a trace's code refers to.
    fn surroundings<'t>(
        &self,
        trace: &'t Compiled,
        entry_cell: &'t dyn Fn(u32) -> Option<*const Cell<usize>>,
        compiler: &Compiler,
    ) -> Surroundings<'t> {
        Surroundings {
            number: trace.number,
            sites: &trace.sites,
            exit_cells: trace.exit_cells.as_ptr(),
            own_entry: &raw const *trace.own_entry,
            entry_cell,
            native: compiler.native_convention(),
            thunks: self.trampolines.thunks,
            can_round: compiler.can_round(),
            forced_exits: self.forced_exits,
            countdown: (trace.care.get() == Care::Quick).then_some(&raw const *trace.countdown),
        }
    }

    /// The trace with a number, unless it was freed.
    pub fn get(&self, number: u32) -> Option<Rc<Compiled>> {
        self.traces.borrow().get(number as usize).cloned().flatten()
    }

    /// Numbers of all traces that weren't freed.
    pub fn numbers(&self) -> Vec<u32> {
        self.traces.borrow().iter().flatten().map(|t| t.number).collect()
    }

    /// Nanoseconds that traces have saved, as estimated.
    pub fn saved(&self) -> u64 {
        self.saved.get().max(0) as u64
    }

    /// Bytes of code in use.
    pub fn code_bytes(&self) -> usize {
        self.code.borrow().used()
    }

    /// Lets an exit lead into a side trace, which imports what the exit saves.
    pub fn attach(&self, from: ExitCode, side: u32) {
        if let (Some(parent), Some(side)) = (self.get(from.trace), self.get(side))
            && let Some(cell) = parent.exit_cells.get(from.exit as usize)
        {
            cell.set(side.entry.get());
        }
    }

    /// Lets an exit lead back to the interpreter.
    pub fn detach(&self, from: ExitCode) {
        if let Some(parent) = self.get(from.trace)
            && let Some(cell) = parent.exit_cells.get(from.exit as usize)
        {
            cell.set(self.trampolines.stub);
        }
    }

    /// An assumption of a trace broke: it is not entered any more.
    pub fn invalidate(&self, number: u32) {
        let Some(trace) = self.get(self.current(number)) else { return };
        trace.valid.set(false);
        trace.entry_cell.set(self.trampolines.stub);
        self.cut(trace.entry.get());
    }

    /// Makes all exits that lead to an entry lead back to the interpreter.
    fn cut(&self, entry: usize) {
        for trace in self.traces.borrow().iter().flatten() {
            for cell in trace.exit_cells.iter().filter(|cell| cell.get() == entry) {
                cell.set(self.trampolines.stub);
            }
        }
    }

    /// Invalidates a trace and gives up its code as soon as no trace runs. Traces that link to it must be freed first or with it.
    pub fn free(&self, number: u32) {
        self.invalidate(number);
        let place = self.traces.borrow_mut().get_mut(number as usize).and_then(Option::take);
        if let Some(trace) = &place {
            self.entry_cells.borrow_mut().push(trace.entry_cell.clone());
        }
        self.leaving.borrow_mut().extend(place);
        self.sweep();
    }

    fn sweep(&self) {
        if self.depth.get() > 0 {
            return;
        }
        let freed = std::mem::take(&mut *self.leaving.borrow_mut());
        let superseded = std::mem::take(&mut *self.superseded.borrow_mut());
        for trace in freed.iter().chain(&superseded) {
            if let Some(block) = trace.block.take() {
                // SAFETY: no trace runs, and no cell leads to this one.
                unsafe { self.code.borrow_mut().remove(block) };
            }
        }
        // Constants die here, which may run finalisers; nothing is borrowed.
        drop((freed, superseded));
        for block in self.replaced.take() {
            // SAFETY: as above.
            unsafe { self.code.borrow_mut().remove(block) };
        }
    }

    /// The generators that the thread's last exit had hold of.
    pub fn held(&self, thread: &Thread) -> Vec<Value> {
        self.context(thread).held.take()
    }

    fn context(&self, thread: &Thread) -> &Context {
        // SAFETY: contexts stay in place for as long as the registry lives.
        match unsafe { self.recent.get().as_ref() } {
            Some(context) if std::ptr::eq(context.thread.get(), thread) => context,
            _ => self.other_context(thread),
        }
    }

    #[cold]
    fn other_context(&self, thread: &Thread) -> &Context {
        let mut contexts = self.contexts.borrow_mut();
        if !contexts.iter().any(|context| std::ptr::eq(context.thread.get(), thread)) {
            contexts.push(Rc::from(Context::new(thread, self.seed)));
        }
        let its = contexts.iter().find(|context| std::ptr::eq(context.thread.get(), thread));
        let context = its.map_or(std::ptr::null(), Rc::as_ptr);
        self.recent.set(context);
        // SAFETY: as above; it is there by now.
        unsafe { &*context }
    }

    /// The trace that has the place of a trace now. It is kept until the next one was left.
    pub fn newest(&self, number: u32) -> Option<*const Compiled> {
        let traces = self.traces.borrow();
        let mut trace = traces.get(number as usize)?.as_ref()?;
        while let Some(next) = trace.successor.get() {
            trace = traces.get(next as usize)?.as_ref()?;
        }
        Some(Rc::as_ptr(trace))
    }

    /// Runs a root trace on the thread's innermost frame, until an exit leads back. The frames are as the exit left
    /// them. `None`: it can't be entered, and nothing happened.
    #[cfg(test)]
    pub fn enter(&self, thread: &Thread, number: u32) -> Option<ExitTaken> {
        // SAFETY: the trace is one of ours.
        match self.run(thread, unsafe { &*self.newest(number)? })? {
            Run::Returned { is_loss, .. } => {
                let taken = ExitTaken::new(ExitCode::unpack(RETURNED), Action::Return);
                Some(ExitTaken { is_loss, ..taken })
            }
            Run::Left(taken) => Some(taken),
        }
    }

    /// As `enter`, for a trace that `newest` gave.
    pub fn run(&self, thread: &Thread, trace: &Compiled) -> Option<Run> {
        let host = host()?;
        // SAFETY: the thread's innermost frame is alive.
        let frame = unsafe { &*thread.frame.get() };
        let base = match frame.kind.get() {
            // Its registers lie in the generator.
            FrameKind::Generator => thread.stack_top.get(),
            _ => frame.registers.get(),
        };
        if !trace.is_valid() || base.wrapping_add(self.extent.get()) > thread.stack_end.get() {
            return None;
        }
        let entered = trace.statistics.entered.get() + 1;
        trace.statistics.entered.set(entered);
        let worth = trace.statistics.worth.get();
        let is_quick = trace.care.get() == Care::Quick;
        let is_counted = is_quick && worth.round > 0;
        let rounds_left = trace.countdown.get();
        let rounds_within = trace.rounds_within.replace(0);
        if is_quick {
            trace.countdown.set(rounds_left.saturating_sub(1));
        }
        let is_sampled = worth.is_timed() && trace.statistics.account.is_timed();
        let is_judged = !worth.is_timed() || is_counted || is_sampled;
        // Runs within one that is timed are timed, too: they are no part of it. Of short ones the clock would take more than they do.
        let started = (worth.is_timed() && (is_sampled || self.timed.get() > 0)).then(Instant::now);
        let before = self.within.get();
        if started.is_some() {
            self.timed.update(|runs| runs + 1);
            self.within.set(Duration::ZERO);
        }
        let context = self.context(thread);
        self.depth.set(self.depth.get() + 1);
        // SAFETY: the trace's code is kept while `depth` counts us, and made for this signature.
        let code = unsafe { (self.trampolines.enter)(trace.entry.get(), context, base) };
        let time = started.map(|started| {
            let all = started.elapsed();
            self.timed.update(|runs| runs - 1);
            all.saturating_sub(self.within.replace(before + all))
        });
        let time = time.filter(|_| worth.is_timed());
        let all_rounds = rounds_left.saturating_sub(trace.countdown.get()).max(0) as u32;
        let rounds = all_rounds.saturating_sub(1 + trace.rounds_within.replace(rounds_within + all_rounds));
        // Its code may have been made anew meanwhile.
        let rounds = (is_counted && trace.care.get() == Care::Quick).then_some(rounds);
        let run = if code == RETURNED {
            HOOKS.returned.set(context.returned.get());
            Run::Returned {
                is_loss: is_judged && self.account(trace, rounds, time, None, self.return_time),
                is_hot: trace.is_hot(),
            }
        } else {
            let mut taken = self.left(thread, host, context, ExitCode::unpack(code));
            let is_its = taken.action != Action::Return && taken.code.trace == trace.number;
            let site = is_its.then(|| trace.sites.get(taken.code.exit as usize));
            let exit = site.map(|site| site.map_or(0, |site| site.instruction));
            let cost = if taken.action == Action::Return { self.return_time } else { self.exit_time };
            taken.is_loss = is_judged && self.account(trace, rounds, time, exit, cost);
            taken.hot = taken.hot.or_else(|| trace.is_hot().then_some(trace.number));
            Run::Left(taken)
        };
        self.depth.set(self.depth.get() - 1);
        if !self.leaving.borrow().is_empty() || !self.superseded.borrow().is_empty() {
            self.sweep();
        }
        Some(run)
    }

    /// Accounts for a run: whether the trace has lost as much as it may.
    fn account(
        &self,
        trace: &Compiled,
        rounds: Option<u32>,
        time: Option<Duration>,
        exit: Option<u32>,
        cost: u32,
    ) -> bool {
        let (account, worth) = (&trace.statistics.account, trace.statistics.worth.get());
        let saved = match (rounds, time) {
            (Some(rounds), time) => account.counted(worth, rounds, time, &self.truth),
            (None, Some(time)) => account.timed(worth, time, &self.truth),
            (None, None) => worth.part(exit),
        };
        let saved = account.settle(saved, cost, rounds.is_none());
        self.saved.update(|all| all + saved);
        account.is_loss()
    }

    /// Rebuilds the frames.
    fn left(
        &self,
        thread: &Thread,
        host: &dyn runtime::trace_interface::TraceHost,
        context: &Context,
        code: ExitCode,
    ) -> ExitTaken {
        let find = |number: u32| {
            let is_it = |t: &&Rc<Compiled>| t.number == number;
            let found = self.get(number).or_else(|| self.leaving.borrow().iter().find(is_it).cloned());
            let Some(trace) = found else {
                unreachable!("traces are kept while any runs");
            };
            trace
        };
        let trace = find(code.trace);
        let live = trace.sites.get(code.exit as usize).map_or(0, |site| site.live.len());
        let mut exit = Departure::new(live, context);
        for caller in context.callers.take().into_iter().rev() {
            let at = ExitCode::unpack(caller.code);
            let trace = find(at.trace);
            exit.make_caller(thread, host, &trace.trace, &trace.sites[at.exit as usize], caller);
        }
        if code.exit == ExitCode::ENTRY {
            exit::set_pc(thread, host, trace.entry_pc);
            return ExitTaken::new(code, Action::Reload);
        }
        let counter = &trace.exit_counts[code.exit as usize];
        let is_given_up = counter.get() & GIVEN_UP != 0;
        let count = ((counter.get() & !GIVEN_UP) + 1).min(GIVEN_UP - 1);
        counter.set(if is_given_up { count | GIVEN_UP } else { count });
        let action = exit.leave(thread, host, &trace.trace, &trace.sites[code.exit as usize], context);
        let hot = trace.is_hot().then_some(trace.number);
        ExitTaken { count, is_given_up, hot, ..ExitTaken::new(code, action) }
    }

    /// Cranelift's IR and the assembly of a trace, for people.
    pub fn describe(&self, number: u32) -> Option<(String, String)> {
        let trace = self.get(number)?;
        let mut compiler = self.compiler.borrow_mut();
        let entry_cell = |_| Some(Rc::as_ptr(&trace.entry_cell));
        let surroundings = self.surroundings(&trace, &entry_cell, &compiler);
        compiler.describe(&trace.trace, &surroundings, trace.care.get()).ok()
    }
}
