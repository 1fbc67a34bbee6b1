//! The driver: what the interpreter's hooks do. It starts recordings when loops and exits get hot, has them optimised and
//! compiled, installs traces, and decides when to give up. `trees` knows which recordings belong together.
//!
//! All state is touched under the GIL only. At most one recording runs at a time.

use crate::abort::Abort;
use crate::backend::CompileError;
use crate::context::ExitCode;
use crate::ir::Op;
use crate::ir::trace::Origin;
use crate::ir::verify::{Form, verify};
use crate::log::Log;
use crate::optimise::{self, Failure, Outcome};
use crate::parameters::Parameters;
use crate::record::{Anchor, Found, Progress, Recorder};
use crate::registry::{ExitTaken, Registry};
use crate::report;
use crate::trees::{Exit, Tree};
use ir::register::{Operation, Word, payload};
use runtime::cell::GilCell;
use runtime::frame::{Frame, FrameKind};
use runtime::object::flag;
use runtime::objects::list::List;
use runtime::thread::Thread;
use runtime::trace_interface::{Action, HOOKS, TraceHost, host};
use runtime::value::{Ref, Value};
use runtime::watch;
use std::collections::HashMap;
use std::time::Instant;

/// Instructions in the longest trace of a function that is followed rather than called.
const MOST_INLINED: usize = 300;
/// Instructions of a recording, optimised, that is worth compiling.
const MOST_INSTRUCTIONS: usize = 8000;

/// Loops that are remembered although they have no trace.
const MOST_PLACES: usize = 20_000;

/// What is known of an anchor.
#[derive(Clone, Copy, Default)]
struct Place {
    trace: Option<u32>,
    /// The trace is better called than followed.
    heavy: bool,
    failures: u32,
    /// Times that it will be hot before the next recording.
    wait: u32,
}

/// Where a trace belongs.
#[derive(Clone, Copy)]
struct Kin {
    anchor: Anchor,
    root: u32,
    /// Side traces of their own behind the root.
    depth: u32,
    /// The tree that it is compiled from, by the number of its first compilation.
    tree: u32,
}

/// Counters for `sys._jit` and the log.
#[derive(Clone, Default, Debug)]
pub struct Counters {
    pub roots: u32,
    pub sides: u32,
    pub aborts: HashMap<Abort, u32>,
    pub recorded_instructions: u64,
    pub recording_nanoseconds: u64,
    pub optimised_instructions: u64,
    pub optimising_nanoseconds: u64,
    pub compiling_nanoseconds: u64,
}

/// Where a trace stands, for reports.
pub struct Standing {
    pub is_root: bool,
    pub root: u32,
    /// The code object's word.
    pub code: u64,
}

/// The driver's state.
struct Driver {
    /// Made when the first loop gets hot.
    registry: Option<Box<Registry>>,
    parameters: Parameters,
    log: Log,
    anchors: HashMap<Anchor, Place>,
    kin: HashMap<u32, Kin>,
    /// By number: the code object and globals of frames that a trace is for.
    entries: Vec<(u64, u64)>,
    trees: HashMap<u32, Tree>,
    sides: HashMap<u32, u32>,
    /// The traces of a code object, by its word: those that start in its frames, and sides of these.
    owned: HashMap<u64, Vec<u32>>,
    /// Traces that weren't freed.
    live: u32,
    recording: Option<Recording>,
    counters: Counters,
}

struct Recording {
    recorder: Recorder,
    thread: *const Thread,
    started: Instant,
}

// SAFETY: touched only under the GIL.
unsafe impl Send for Driver {}

static DRIVER: GilCell<Option<Box<Driver>>> = GilCell::new(None);

/// Switches the JIT on.
pub fn install(parameters: Parameters, log: Log) {
    let driver = Driver {
        registry: None,
        parameters,
        log,
        anchors: HashMap::new(),
        kin: HashMap::new(),
        entries: Vec::new(),
        trees: HashMap::new(),
        sides: HashMap::new(),
        owned: HashMap::new(),
        live: 0,
        recording: None,
        counters: Counters::default(),
    };
    DRIVER.replace(Some(Box::new(driver)));
    HOOKS.hot.set(hot);
    HOOKS.step.set(step);
    HOOKS.enter.set(enter);
    HOOKS.left.set(left);
    HOOKS.threshold.set(parameters.threshold);
    HOOKS.statistics.set(statistics);
    HOOKS.traces.set(traces);
    watch::HOOKS.traverse_traces.set(traverse_traces);
    watch::HOOKS.free_traces.set(free_traces);
}

fn statistics() -> Ref {
    let state = with(|driver| {
        let bytes = driver.registry.as_ref().map_or(0, |registry| registry.code_bytes());
        (driver.counters.clone(), driver.parameters, driver.live, bytes)
    });
    state.map_or(Ref::NONE, |(counters, parameters, live, bytes)| {
        report::statistics(&counters, &parameters, live, bytes)
    })
}

fn traces() -> Ref {
    let all = with(|driver| {
        let registry = driver.registry.as_ref()?;
        let describe = |number: u32| {
            let (compiled, kin) = (registry.get(number)?, driver.kin.get(&number)?);
            let code = kin.anchor.code;
            Some((compiled, Standing { is_root: kin.depth == 0, root: kin.root, code }))
        };
        let current = registry.numbers().into_iter().filter(|number| registry.current(*number) == *number);
        Some(current.filter_map(describe).collect::<Vec<_>>())
    });
    let all = all.flatten().unwrap_or_default();
    List::from_refs(all.into_iter().map(|(compiled, standing)| report::trace(&compiled, standing)).collect())
}

/// For the collector: what the traces of a code object hold.
fn traverse_traces(code: Value, visit: &mut dyn FnMut(Value)) {
    with(|driver| {
        for number in driver.owned.get(&code.bits()).into_iter().flatten() {
            if let Some(trace) = driver.registry.as_ref().and_then(|registry| registry.get(*number)) {
                trace.trace.traverse(visit);
            }
            if let Some(tree) = driver.trees.get(number) {
                tree.traverse(visit);
            }
        }
    });
}

/// Frees the traces of a code object that won't run any more.
fn free_traces(code: Value) {
    let Some((numbers, registry, trees)) = with(|driver| driver.disown(code.bits())) else { return };
    let Some(registry) = registry else { return };
    // SAFETY: the registry lives as long as the process.
    let registry = unsafe { &*registry };
    // Constants die here, which may run finalisers; nothing is borrowed.
    numbers.into_iter().for_each(|number| registry.free(number));
    drop(trees);
}

/// Switches the JIT off for good, at the end of the program: traces keep no objects alive any more. None is entered again.
pub fn shut_down() {
    HOOKS.threshold.set(u32::MAX);
    HOOKS.hot.set(|_, _| Action::Continue);
    HOOKS.step.set(|_, _| Action::Continue);
    HOOKS.enter.set(|_, _, _| Action::Continue);
    HOOKS.left.set(|_| ());
    let Some(mut driver) = DRIVER.replace(None) else { return };
    if let Some(registry) = driver.registry.take() {
        registry.numbers().into_iter().for_each(|number| registry.free(number));
        // Another thread's traces, which wait for ever, may still refer to it.
        Box::leak(registry);
    }
    drop(driver);
}

/// Whether the JIT is switched on.
pub fn is_enabled() -> bool {
    HOOKS.threshold.get() != u32::MAX
}

/// What happened so far; `None` with the JIT off.
pub fn counters() -> Option<Counters> {
    with(|driver| driver.counters.clone())
}

fn with<R>(f: impl FnOnce(&mut Driver) -> R) -> Option<R> {
    DRIVER.with(|driver| driver.as_deref_mut().map(f))
}

/// The trace of an anchor, for the recorder.
fn lookup(anchor: Anchor) -> Option<Found> {
    with(|driver| {
        let place = driver.anchors.get(&anchor)?;
        Some(Found { number: place.trace?, heavy: place.heavy })
    })
    .flatten()
}

/// What a frame's pc is at, and the word index at which the trace of it starts.
enum Hot {
    Loop(u32),
    Function(u32),
}

fn hot_at(host: &dyn TraceHost, frame: &Frame) -> Option<Hot> {
    let words = frame.pc.get();
    // SAFETY: the frame's pc is at an instruction, whose words follow it.
    let (operation, target) = unsafe { (Word(*words).operation()?.family(), payload(*words.add(1))) };
    match operation {
        Operation::JumpBackward => Some(Hot::Loop(target)),
        Operation::Resume if frame.kind.get() != FrameKind::Generator => {
            Some(Hot::Function(host.pc_index(frame) + Operation::Resume.length() as u32))
        }
        _ => None,
    }
}

/// Writes a trace's number into the cache of a back edge or `Resume`. Its heat stays at the most: the interpreter looks at the cache only then.
fn install_at(words: *const u64, number: u32) {
    // SAFETY: the words of a back edge, which the interpreter lets the JIT write under the GIL: target and heat, cache.
    unsafe {
        let words = words as *mut u64;
        *words.add(1) |= u64::from(u32::MAX) << 32;
        *words.add(2) = u64::from(number);
    }
}

fn hot(thread: &Thread, frame: &Frame) -> Action {
    let Some((host, hot)) = host().and_then(|host| Some((host, hot_at(host, frame)?))) else {
        return Action::Continue;
    };
    let started = with(|driver| driver.start_root(host, thread, frame, hot));
    match started.flatten() {
        Some(Start::Recording) => Action::Record,
        Some(Start::Trace(number)) => {
            install_at(frame.pc.get(), number);
            enter(thread, frame, number)
        }
        None => Action::Continue,
    }
}

fn step(thread: &Thread, frame: &Frame) -> Action {
    let Some(mut recording) = with(|driver| driver.recording.take()).flatten() else {
        return Action::Continue;
    };
    if !std::ptr::eq(recording.thread, thread) {
        with(|driver| driver.recording = Some(recording));
        return Action::Continue;
    }
    match recording.recorder.step(thread, frame) {
        Progress::Going => {
            with(|driver| driver.recording = Some(recording));
            Action::Record
        }
        Progress::Away => {
            with(|driver| driver.recording = Some(recording));
            Action::Finish
        }
        Progress::Entered => {
            with(|driver| driver.recording = Some(recording));
            Action::ReloadAndRecord
        }
        Progress::Finished => {
            // Its constants may die here, and run finalisers; nothing is borrowed.
            drop(with(|driver| driver.finish(recording, frame)));
            Action::Continue
        }
        Progress::Aborted(abort) => {
            with(|driver| driver.aborted(&recording.recorder, abort));
            drop(recording);
            Action::Continue
        }
    }
}

/// The loop that recorded has ended.
fn left(thread: &Thread) {
    let is_its = |driver: &mut Driver| driver.recording.take_if(|r| std::ptr::eq(r.thread, thread));
    let Some(recording) = with(is_its).flatten() else { return };
    with(|driver| driver.aborted(&recording.recorder, Abort::LeftFrame));
    drop(recording);
}

fn enter(thread: &Thread, frame: &Frame, number: u32) -> Action {
    let registry = with(|driver| {
        let entry = driver.entries.get(number as usize)?;
        let fits = *entry == (frame.code.peek().bits(), frame.globals.peek().bits());
        driver.registry.as_deref().filter(|_| fits).map(|registry| &raw const *registry)
    });
    let Some(registry) = registry.flatten().filter(|_| thread.has_native_room()) else {
        return Action::Continue;
    };
    let depth = thread.recursion_depth.get();
    // SAFETY: the registry lives as long as the process, and its fields are cells: what a trace calls may come back here.
    let registry = unsafe { &*registry };
    let Some(taken) = registry.enter(thread, number) else { return Action::Continue };
    if taken.action != Action::Reload || taken.code.exit == ExitCode::ENTRY {
        return taken.action;
    }
    let Some(host) = host() else { return taken.action };
    match with(|driver| driver.start_side(host, thread, taken, depth)) {
        Some(true) => Action::ReloadAndRecord,
        _ => Action::Reload,
    }
}

/// Whether a function whose trace has such an instruction is better called than followed.
fn is_heavy(op: Op) -> bool {
    matches!(op, Op::CallTrace | Op::Link | Op::Loop)
}

/// What a hot loop starts.
enum Start {
    Recording,
    Trace(u32),
}

impl Driver {
    /// Notes that a code object has a trace.
    fn own(&mut self, number: u32, kin: Kin) {
        self.add_kin(number, kin);
        self.owned.entry(kin.anchor.code).or_default().push(number);
        self.live += 1;
        if let Some(header) = Value::from_bits(kin.anchor.code).header() {
            header.set_flag(flag::TRACED);
        }
    }

    /// Forgets all that is known of a code object; what is to be freed for that.
    fn disown(&mut self, code: u64) -> (Vec<u32>, Option<*const Registry>, Vec<Tree>) {
        let numbers = self.owned.remove(&code).unwrap_or_default();
        self.anchors.retain(|anchor, _| anchor.code != code);
        for number in &numbers {
            self.kin.remove(number);
            if let Some(entry) = self.entries.get_mut(*number as usize) {
                *entry = (0, 0);
            }
            self.sides.remove(number);
        }
        self.live -= numbers.len() as u32;
        let trees = numbers.iter().filter_map(|number| self.trees.remove(number)).collect();
        (numbers, self.registry.as_deref().map(|registry| &raw const *registry), trees)
    }

    fn start_root(
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
        if self.anchors.len() >= MOST_PLACES {
            // Code that is dead by now, most likely.
            self.anchors.retain(|_, place| place.trace.is_some());
        }
        let place = self.anchors.entry(anchor).or_default();
        if let Some(number) = place.trace {
            return Some(Start::Trace(number));
        }
        if place.failures >= self.parameters.max_failures {
            return None;
        }
        if place.wait > 0 {
            place.wait -= 1;
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
                self.failed_root(anchor);
                self.count_abort(abort);
                None
            }
        }
    }

    /// Whether there may be no more traces.
    fn is_full(&self) -> bool {
        self.live >= self.parameters.max_traces
    }

    /// Makes the registry if there is none yet. A machine that lets us have no code memory gets no JIT.
    fn has_registry(&mut self) -> bool {
        if self.registry.is_none() {
            match Registry::new(&self.parameters) {
                Ok(registry) => self.registry = Some(Box::new(registry)),
                Err(message) => {
                    self.log.unavailable(&message);
                    HOOKS.threshold.set(u32::MAX);
                }
            }
        }
        self.registry.is_some()
    }

    fn record(&mut self, thread: &Thread, recorder: Recorder) {
        self.recording = Some(Recording { recorder, thread, started: Instant::now() });
    }

    /// Starts a side trace at an exit that is hot. The frames are rebuilt.
    fn start_side(
        &mut self,
        host: &'static dyn TraceHost,
        thread: &Thread,
        ExitTaken { code, count, .. }: ExitTaken,
        depth: u32,
    ) -> bool {
        if count < self.parameters.exit_threshold || self.recording.is_some() || self.is_full() {
            return false;
        }
        let frames = thread.recursion_depth.get().saturating_sub(depth);
        let Some(kin) = self.kin.get(&code.trace).copied() else { return false };
        let sides = self.sides.get(&kin.root).copied().unwrap_or(0);
        if sides >= self.parameters.max_sides || kin.depth >= self.parameters.max_depth {
            return false;
        }
        let Some(parent) = self.registry.as_ref().and_then(|r| r.get(code.trace)) else { return false };
        let (Some(exit), Some(tree)) = (parent.place(code.exit as usize), self.trees.get_mut(&kin.tree))
        else {
            return false;
        };
        if tree.current != code.trace
            || matches!(exit.1, Op::GuardPoll | Op::GuardValid | Op::GuardRoom | Op::GuardUnseen)
        {
            return false;
        }
        match tree.taken(exit, self.parameters.merge_price, frames) {
            Some(true) => {
                self.grow(kin);
                return false;
            }
            Some(false) => return false,
            None => (),
        }
        let place = tree.place(exit);
        if place.failures >= self.parameters.max_failures {
            return false;
        }
        if place.wait > 0 {
            place.wait -= 1;
            return false;
        }
        let snapshot = parent.sites[code.exit as usize].snapshot;
        if snapshot.is_none() {
            return false;
        }
        let mut root = thread.frame.get() as *const Frame;
        let described = &parent.trace.snapshots[snapshot.index()];
        for _ in 0..described.real.len() + described.windows.len() {
            // SAFETY: the exit's frames were just rebuilt.
            root = unsafe { (*root).previous.get() };
        }
        // SAFETY: as above.
        let root = unsafe { &*root };
        let held = self.registry.as_ref().map(|r| r.held(thread)).unwrap_or_default();
        let parent = (&parent.trace, code.trace, code.exit, snapshot);
        match Recorder::at_exit(host, thread, root, parent, &held, kin.anchor, lookup) {
            Ok(recorder) => {
                self.record(thread, recorder);
                true
            }
            Err(abort) => {
                self.failed_exit((code.trace, code.exit));
                self.count_abort(abort);
                false
            }
        }
    }

    fn failed_root(&mut self, anchor: Anchor) {
        let place = self.anchors.entry(anchor).or_default();
        place.failures += 1;
        place.wait = 1 << place.failures.min(8);
    }
    fn failed_exit(&mut self, (trace, exit): (u32, u32)) {
        let Some(exit) = self.exit(trace, exit) else { return };
        let Some(tree) = self.kin.get(&trace).and_then(|kin| self.trees.get_mut(&kin.tree)) else { return };
        let place = tree.place(exit);
        place.failures += 1;
        place.wait = 8 << place.failures.min(8);
    }
    /// What an exit is, whatever its number.
    fn exit(&self, trace: u32, exit: u32) -> Option<Exit> {
        self.registry.as_ref()?.get(trace)?.place(exit as usize)
    }
    fn count_abort(&mut self, abort: Abort) {
        *self.counters.aborts.entry(abort).or_default() += 1;
    }

    fn aborted(&mut self, recorder: &Recorder, abort: Abort) {
        self.count_abort(abort);
        self.log.aborted(recorder, abort);
        match recorder.parent {
            None => self.failed_root(recorder.anchor),
            Some(exit) => self.failed_exit(exit),
        }
    }

    /// A recording is complete. What is left of it is given back.
    fn finish(&mut self, recording: Recording, frame: &Frame) -> Recorder {
        let Recording { mut recorder, started, .. } = recording;
        self.counters.recorded_instructions += u64::from(recorder.length);
        self.counters.recording_nanoseconds += started.elapsed().as_nanos() as u64;
        if let Err(abort) = self.take_in(&mut recorder, frame) {
            self.aborted(&recorder, abort);
        }
        recorder
    }

    fn take_in(&mut self, recorder: &mut Recorder, frame: &Frame) -> Result<(), Abort> {
        let share = self.parameters.step_share;
        if share > 0 && recorder.steps * share > recorder.length {
            return Err(Abort::TooManySteps);
        }
        self.log.recorded(recorder);
        let Some((parent, exit)) = recorder.parent else { return self.add_root(recorder, frame) };
        let up = self.kin.get(&parent).copied();
        let up = up.unwrap_or(Kin { anchor: recorder.anchor, root: parent, depth: 0, tree: parent });
        *self.sides.entry(up.root).or_default() += 1;
        self.counters.sides += 1;
        if let (Some(host), Some(edge)) = (host(), recorder.back_edge) {
            install_at(host.pc_at(frame, edge), up.root);
        }
        let place = self.exit(parent, exit);
        if let (Some(place), Some(tree)) = (place, self.trees.get_mut(&up.tree))
            && tree.current == parent
            && tree.takes(place, &recorder.trace)
        {
            self.log.waits(recorder);
            tree.add(place, std::mem::take(&mut recorder.trace), recorder.leaves_loop);
            return Ok(());
        }
        self.add_side(recorder, up, ExitCode { trace: parent, exit })
    }

    fn add_root(&mut self, recorder: &mut Recorder, frame: &Frame) -> Result<(), Abort> {
        let number = self.compile_alone(recorder, None)?;
        self.counters.roots += 1;
        self.anchors.entry(recorder.anchor).or_default().trace = Some(number);
        if let (Some(host), Some(edge)) = (host(), recorder.back_edge) {
            install_at(host.pc_at(frame, edge), number);
        }
        if let Some(entry) = recorder.entry {
            install_at(entry, number);
        }
        let kin = Kin { anchor: recorder.anchor, root: number, depth: 0, tree: number };
        self.own(number, kin);
        Ok(())
    }

    fn add_kin(&mut self, number: u32, kin: Kin) {
        self.kin.insert(number, kin);
        let index = number as usize;
        self.entries.resize(self.entries.len().max(index + 1), (0, 0));
        if kin.root == kin.tree {
            self.entries[index] = (kin.anchor.code, kin.anchor.globals);
        }
    }

    /// A side trace of its own.
    fn add_side(&mut self, recorder: &mut Recorder, up: Kin, from: ExitCode) -> Result<(), Abort> {
        let home = self.anchors.get(&recorder.anchor).and_then(|place| place.trace).unwrap_or(up.root);
        let number = self.compile_alone(recorder, Some(home))?;
        if let Some(registry) = &self.registry {
            registry.attach(from, number);
        }
        self.own(number, Kin { depth: up.depth + 1, tree: number, ..up });
        Ok(())
    }

    /// Compiles a recording, with which a tree begins.
    fn compile_alone(&mut self, recorder: &mut Recorder, home: Option<u32>) -> Result<u32, Abort> {
        let node = optimise::Node { recorded: &recorder.trace, parent: Origin::START, leaves_loop: false };
        let trace = self.optimise(vec![node], home, recorder.anchor)?.trace;
        if trace.instructions.len() > MOST_INSTRUCTIONS {
            return Err(Abort::TooLong);
        }
        let started = Instant::now();
        let registry = self.registry.as_ref().ok_or(Abort::NoMemory)?;
        let added = registry.add(trace, recorder.anchor.pc);
        self.counters.compiling_nanoseconds += started.elapsed().as_nanos() as u64;
        let number = added.map_err(|error| self.refused(&error))?;
        self.log.compiled(recorder, number, registry);
        self.trees.insert(number, Tree::new(number, std::mem::take(&mut recorder.trace), home));
        Ok(number)
    }

    /// Compiles a tree anew, with the recordings that wait.
    fn grow(&mut self, kin: Kin) {
        let Some(mut tree) = self.trees.remove(&kin.tree) else { return };
        match self.compile_tree(&tree, kin.anchor) {
            Ok((number, merged)) => {
                let fresh = tree.compiled(number, &merged);
                self.own(number, kin);
                if tree.home.is_none() {
                    self.anchors.entry(kin.anchor).or_default().trace = Some(number);
                }
                if let Some(registry) = &self.registry {
                    self.log.grown(kin.tree, number, fresh, &merged, registry);
                }
            }
            Err(abort) => {
                self.count_abort(abort);
                self.log.not_grown(kin.tree, abort);
                tree.failed();
            }
        }
        self.trees.insert(kin.tree, tree);
    }

    fn compile_tree(&mut self, tree: &Tree, anchor: Anchor) -> Result<(u32, Vec<bool>), Abort> {
        let Outcome { trace, merged } = self.optimise(tree.nodes(), tree.home, anchor)?;
        let started = Instant::now();
        let registry = self.registry.as_ref().ok_or(Abort::NoMemory)?;
        let number = registry.supersede(tree.current, trace);
        self.counters.compiling_nanoseconds += started.elapsed().as_nanos() as u64;
        Ok((number.map_err(|error| self.refused(&error))?, merged))
    }

    fn refused(&self, error: &CompileError) -> Abort {
        self.log.refused(error);
        Abort::Backend
    }

    fn optimise(
        &mut self,
        nodes: Vec<optimise::Node>,
        home: Option<u32>,
        anchor: Anchor,
    ) -> Result<Outcome, Abort> {
        let started = Instant::now();
        let outcome = optimise::optimise_tree(nodes, home, self.parameters.passes);
        self.counters.optimising_nanoseconds += started.elapsed().as_nanos() as u64;
        let outcome = outcome.map_err(|failure| match failure {
            Failure::Contradiction => Abort::Contradiction,
            Failure::UnstableLoop => Abort::UnstableLoop,
        })?;
        let trace = &outcome.trace;
        self.counters.optimised_instructions += trace.instructions.len() as u64;
        self.log.optimised(trace);
        if trace.instructions.len() > MOST_INLINED || trace.instructions.iter().any(|i| is_heavy(i.op)) {
            self.anchors.entry(anchor).or_default().heavy = true;
        }
        if cfg!(debug_assertions)
            && let Err(message) = verify(trace, Form::Optimised)
        {
            panic!("the optimiser made a malformed trace: {message}\n{trace}");
        }
        Ok(outcome)
    }
}
