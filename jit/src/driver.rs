//! The driver: what the interpreter's hooks do. It starts recordings when loops and exits get hot, has them optimised and
//! compiled, installs traces, and decides when to give up.
//!
//! All state is touched under the GIL only. At most one recording runs at a time.

use crate::abort::Abort;
use crate::context::ExitCode;
use crate::ir::Trace;
use crate::ir::verify::{Form, verify};
use crate::log::Log;
use crate::optimise::{self, Failure};
use crate::parameters::Parameters;
use crate::record::{Anchor, Progress, Recorder};
use crate::registry::Registry;
use ir::register::{Operation, Word, payload};
use runtime::cell::GilCell;
use runtime::frame::Frame;
use runtime::thread::Thread;
use runtime::trace_interface::{Action, HOOKS, TraceHost, host};
use std::collections::HashMap;
use std::time::Instant;

/// What is known of an anchor or an exit.
#[derive(Clone, Copy, Default)]
struct Place {
    trace: Option<u32>,
    failures: u32,
    /// Times that it will be hot before the next recording.
    wait: u32,
}

/// How a trace belongs to its tree.
#[derive(Clone, Copy)]
struct Kin {
    anchor: Anchor,
    root: u32,
    depth: u32,
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

/// The driver's state.
struct Driver {
    /// Made when the first loop gets hot.
    registry: Option<Box<Registry>>,
    parameters: Parameters,
    log: Log,
    loops: HashMap<Anchor, Place>,
    exits: HashMap<(u32, u32), Place>,
    kin: HashMap<u32, Kin>,
    sides: HashMap<u32, u32>,
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
        loops: HashMap::new(),
        exits: HashMap::new(),
        kin: HashMap::new(),
        sides: HashMap::new(),
        recording: None,
        counters: Counters::default(),
    };
    DRIVER.replace(Some(Box::new(driver)));
    HOOKS.hot.set(hot);
    HOOKS.step.set(step);
    HOOKS.enter.set(enter);
    HOOKS.threshold.set(parameters.threshold);
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
fn lookup(anchor: Anchor) -> Option<u32> {
    with(|driver| driver.loops.get(&anchor).and_then(|place| place.trace)).flatten()
}

/// The instruction at a frame's pc, if it is a back edge: the word index that it jumps to.
fn back_edge(frame: &Frame) -> Option<u32> {
    let words = frame.pc.get();
    // SAFETY: the frame's pc is at an instruction, whose words follow it.
    unsafe { (Word(*words).operation()?.family() == Operation::JumpBackward).then(|| payload(*words.add(1))) }
}

/// Writes a trace's number into a back edge's cache. Its heat stays at the most: the interpreter looks at the cache only then.
fn install_at(words: *const u64, number: u32) {
    // SAFETY: the words of a back edge, which the interpreter lets the JIT write under the GIL: target and heat, cache.
    unsafe {
        let words = words as *mut u64;
        *words.add(1) |= u64::from(u32::MAX) << 32;
        *words.add(2) = u64::from(number);
    }
}

fn hot(thread: &Thread, frame: &Frame) -> Action {
    let (Some(host), Some(head)) = (host(), back_edge(frame)) else { return Action::Continue };
    let anchor = Anchor::new(frame, head);
    let started = with(|driver| driver.start_loop(host, thread, frame, anchor));
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
        Progress::Finished => {
            with(|driver| driver.finish(&recording, frame));
            // Its constants may die here, and run finalisers; nothing is borrowed.
            drop(recording);
            Action::Continue
        }
        Progress::Aborted(abort) => {
            with(|driver| driver.aborted(&recording.recorder, abort));
            drop(recording);
            Action::Continue
        }
    }
}

fn enter(thread: &Thread, frame: &Frame, number: u32) -> Action {
    let fits = with(|driver| {
        driver.recording.is_none()
            && driver.kin.get(&number).is_some_and(|kin| kin.anchor == Anchor::new(frame, kin.anchor.pc))
    });
    if fits != Some(true) {
        return Action::Continue;
    }
    let registry = with(|driver| driver.registry.as_deref().map(|registry| &raw const *registry)).flatten();
    let Some(registry) = registry else { return Action::Continue };
    // SAFETY: the registry lives as long as the process, and its fields are cells: what a trace calls may come back here.
    let registry = unsafe { &*registry };
    let Some(taken) = registry.enter(thread, number) else { return Action::Continue };
    if taken.action != Action::Reload || taken.code.exit == ExitCode::ENTRY {
        return taken.action;
    }
    let Some(host) = host() else { return taken.action };
    match with(|driver| driver.start_side(host, thread, taken.code, taken.count)) {
        Some(true) => Action::ReloadAndRecord,
        _ => Action::Reload,
    }
}

/// What a hot loop starts.
enum Start {
    Recording,
    Trace(u32),
}

impl Driver {
    fn start_loop(
        &mut self,
        host: &'static dyn TraceHost,
        thread: &Thread,
        frame: &Frame,
        anchor: Anchor,
    ) -> Option<Start> {
        if self.recording.is_some() || !self.has_registry() || self.is_full() {
            return None;
        }
        let place = self.loops.entry(anchor).or_default();
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
        match Recorder::at_loop(host, frame, anchor.pc, lookup) {
            Ok(recorder) => {
                self.record(thread, recorder);
                Some(Start::Recording)
            }
            Err(abort) => {
                self.failed_loop(anchor);
                self.count_abort(abort);
                None
            }
        }
    }

    /// Whether there may be no more traces.
    fn is_full(&self) -> bool {
        self.counters.roots + self.counters.sides >= self.parameters.max_traces
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
        code: ExitCode,
        count: u32,
    ) -> bool {
        if count < self.parameters.exit_threshold || self.recording.is_some() || self.is_full() {
            return false;
        }
        let Some(kin) = self.kin.get(&code.trace).copied() else { return false };
        let sides = self.sides.get(&kin.root).copied().unwrap_or(0);
        if sides >= self.parameters.max_sides || kin.depth >= self.parameters.max_depth {
            return false;
        }
        let place = self.exits.entry((code.trace, code.exit)).or_default();
        if place.failures >= self.parameters.max_failures {
            return false;
        }
        if place.wait > 0 {
            place.wait -= 1;
            return false;
        }
        let Some(parent) = self.registry.as_ref().and_then(|r| r.get(code.trace)) else { return false };
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
        let parent = (&parent.trace, code.trace, code.exit, snapshot);
        match Recorder::at_exit(host, thread, root, parent, kin.anchor, lookup) {
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

    fn failed_loop(&mut self, anchor: Anchor) {
        let place = self.loops.entry(anchor).or_default();
        place.failures += 1;
        place.wait = 1 << place.failures.min(8);
    }
    fn failed_exit(&mut self, exit: (u32, u32)) {
        let place = self.exits.entry(exit).or_default();
        place.failures += 1;
        place.wait = 8 << place.failures.min(8);
    }
    fn count_abort(&mut self, abort: Abort) {
        *self.counters.aborts.entry(abort).or_default() += 1;
    }

    fn aborted(&mut self, recorder: &Recorder, abort: Abort) {
        self.count_abort(abort);
        self.log.aborted(recorder, abort);
        match recorder.parent {
            None => self.failed_loop(recorder.anchor),
            Some(exit) => self.failed_exit(exit),
        }
    }

    fn finish(&mut self, recording: &Recording, frame: &Frame) {
        let Recording { recorder, started, .. } = recording;
        self.counters.recorded_instructions += u64::from(recorder.length);
        self.counters.recording_nanoseconds += started.elapsed().as_nanos() as u64;
        if let Err(abort) = self.compile(recorder, frame) {
            self.aborted(recorder, abort);
        }
    }

    fn compile(&mut self, recorder: &Recorder, frame: &Frame) -> Result<(), Abort> {
        let share = self.parameters.step_share;
        if share > 0 && recorder.steps * share > recorder.length {
            return Err(Abort::TooManySteps);
        }
        self.log.recorded(recorder);
        let started = Instant::now();
        let trace =
            optimise::optimise(&recorder.trace, self.parameters.passes).map_err(|failure| match failure {
                Failure::Contradiction => Abort::Contradiction,
                Failure::UnstableLoop => Abort::UnstableLoop,
            })?;
        self.counters.optimising_nanoseconds += started.elapsed().as_nanos() as u64;
        self.counters.optimised_instructions += trace.instructions.len() as u64;
        self.log.optimised(recorder, &trace);
        let number = self.add(recorder, trace)?;
        let kin = match recorder.parent {
            None => {
                self.counters.roots += 1;
                self.loops.entry(recorder.anchor).or_default().trace = Some(number);
                if let (Some(host), Some(edge)) = (host(), recorder.back_edge) {
                    install_at(host.pc_at(frame, edge), number);
                }
                Kin { anchor: recorder.anchor, root: number, depth: 0 }
            }
            Some((parent, exit)) => {
                self.counters.sides += 1;
                if let Some(registry) = &self.registry {
                    registry.attach(ExitCode { trace: parent, exit }, number);
                }
                let up = self.kin.get(&parent).copied();
                let up = up.unwrap_or(Kin { anchor: recorder.anchor, root: parent, depth: 0 });
                *self.sides.entry(up.root).or_default() += 1;
                Kin { depth: up.depth + 1, ..up }
            }
        };
        self.kin.insert(number, kin);
        if let Some(registry) = &self.registry {
            self.log.compiled(recorder, number, registry);
        }
        Ok(())
    }

    fn add(&mut self, recorder: &Recorder, trace: Trace) -> Result<u32, Abort> {
        if cfg!(debug_assertions)
            && let Err(message) = verify(&trace, Form::Optimised)
        {
            panic!("the optimiser made a malformed trace: {message}\n{trace}\nfrom\n{}", recorder.trace);
        }
        let started = Instant::now();
        let registry = self.registry.as_ref().ok_or(Abort::NoMemory)?;
        let number = registry.add(trace, recorder.anchor.pc).map_err(|error| {
            self.log.refused(&error);
            Abort::Backend
        })?;
        self.counters.compiling_nanoseconds += started.elapsed().as_nanos() as u64;
        Ok(number)
    }
}
