//! The driver: what the interpreter's hooks do. It starts recordings when loops and exits get hot, has them optimised and
//! compiled, installs traces, and decides when to give up. `trees` knows which recordings belong together.
//!
//! All state is touched under the GIL only. At most one recording runs at a time.

use crate::abort::Abort;
use crate::budget::Budget;
use crate::context::ExitCode;
use crate::log::Log;
use crate::parameters::Parameters;
use crate::policy::{Place, Start};
use crate::record::{Anchor, Found, Limits, Progress, Recorder};
use crate::registry::{Registry, Run};
use crate::report;
use crate::trees::{Exit, Tree};
use ir::register::{Operation, Word, payload};
use runtime::cell::GilCell;
use runtime::frame::{Frame, FrameKind};
use runtime::object::flag;
use runtime::objects::generator_sink::is_drained;
use runtime::objects::list::List;
use runtime::thread::Thread;
use runtime::trace_interface::{Action, HOOKS, TraceHost, host};
use runtime::value::{Ref, Value};
use runtime::watch;
use runtime::{gc, heap};
use rustc_hash::FxHashMap;
use std::collections::HashMap;
use std::time::Instant;

/// Where a trace belongs.
#[derive(Clone, Copy)]
pub(crate) struct Kin {
    pub anchor: Anchor,
    pub root: u32,
    /// Side traces of their own behind the root.
    pub depth: u32,
    /// The tree that it is compiled from, by the number of its first compilation.
    pub tree: u32,
    /// It is entered only in generators that native code drains.
    pub drained: bool,
}

/// What is known of a code object.
#[derive(Default)]
struct Owned {
    /// The traces that start in its frames, and sides of these.
    traces: Vec<u32>,
    anchors: Vec<Anchor>,
}

/// Counters for `sys._jit` and the log.
#[derive(Clone, Default, Debug)]
pub struct Counters {
    pub roots: u32,
    pub sides: u32,
    pub aborts: HashMap<Abort, u32>,
    /// Traces given back to the interpreter, and traces recorded anew.
    pub retired: u32,
    pub renewed: u32,
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
pub(crate) struct Driver {
    /// Made when the first loop gets hot.
    pub registry: Option<Box<Registry>>,
    pub parameters: Parameters,
    pub log: Log,
    pub anchors: FxHashMap<Anchor, Place>,
    pub kin: FxHashMap<u32, Kin>,
    /// By number: the code object and globals of frames that a trace is for.
    entries: Vec<(u64, u64)>,
    pub trees: FxHashMap<u32, Tree>,
    pub sides: FxHashMap<u32, u32>,
    /// By the code object's word.
    owned: FxHashMap<u64, Owned>,
    /// Traces that weren't freed.
    live: u32,
    pub recording: Option<Recording>,
    /// Of no more use. Constants in them may run finalisers when they die, so they do where nothing is borrowed.
    pub spent: Vec<Tree>,
    pub counters: Counters,
    pub budget: Budget,
}

pub(crate) struct Recording {
    pub recorder: Recorder,
    thread: *const Thread,
    pub started: Instant,
}

// SAFETY: touched only under the GIL.
unsafe impl Send for Driver {}

static DRIVER: GilCell<Option<Box<Driver>>> = GilCell::new(None);

/// Switches the JIT on.
pub fn install(parameters: Parameters, log: Log) {
    Limits::of(&parameters).set();
    let driver = Driver {
        registry: None,
        parameters,
        log,
        anchors: FxHashMap::default(),
        kin: FxHashMap::default(),
        entries: Vec::new(),
        trees: FxHashMap::default(),
        sides: FxHashMap::default(),
        owned: FxHashMap::default(),
        live: 0,
        recording: None,
        spent: Vec::new(),
        counters: Counters::default(),
        budget: Budget::default(),
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
        for number in driver.owned.get(&code.bits()).into_iter().flat_map(|owned| &owned.traces) {
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
    if let Some(registry) = driver.registry.as_deref() {
        driver.log.accounts(registry, &driver.budget);
    }
    driver.log.summary(&driver.counters);
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
pub(crate) fn lookup(anchor: Anchor) -> Option<Found> {
    with(|driver| {
        let place = driver.anchors.get(&anchor)?;
        Some(Found { number: place.trace?, heavy: place.heavy })
    })
    .flatten()
}

/// Whether there is a trace of an anchor or may be one, for the recorder.
pub(crate) fn may_have_trace(anchor: Anchor) -> bool {
    let hope = |driver: &mut Driver| {
        let most = driver.parameters.max_failures;
        !driver.is_full()
            && driver.anchors.get(&anchor).is_none_or(|p| p.trace.is_some() || p.failures < most)
    };
    with(hope).unwrap_or(false)
}

/// What a frame's pc is at, and the word index at which the trace of it starts.
pub(crate) enum Hot {
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
pub(crate) fn install_at(words: *const u64, number: u32) {
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
            // Constants may die here, and run finalisers; nothing is borrowed.
            drop(with(|driver| (driver.finish(recording, frame), std::mem::take(&mut driver.spent))));
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
    let words = frame.pc.get();
    let found = with(|driver| {
        let registry = driver.registry.as_deref()?;
        // SAFETY: traces stay in place at least until the next one was left.
        let trace = unsafe { &*registry.newest(number)? };
        let current = trace.number;
        let entry = *driver.entries.get(current as usize)?;
        if current != number || entry == (0, 0) {
            // One has taken its place, or it was dismissed.
            install_at(words, if entry == (0, 0) { 0 } else { current });
        }
        let mut fits = entry == (frame.code.peek().bits(), frame.globals.peek().bits());
        if fits && frame.kind.get() == FrameKind::Generator {
            let wants_sink = driver.kin.get(&current).is_some_and(|kin| kin.drained);
            fits = !wants_sink || is_drained(thread, frame.generator.get());
        }
        fits.then_some((&raw const *registry, &raw const *trace))
    });
    let Some((registry, trace)) = found.flatten().filter(|_| thread.has_native_room()) else {
        return Action::Continue;
    };
    let depth = thread.recursion_depth.get();
    // SAFETY: the registry lives as long as the process, and its fields are cells: what a trace calls may come back here. The
    // trace was just found.
    let (registry, trace) = unsafe { (&*registry, &*trace) };
    let current = trace.number;
    let taken = match registry.run(thread, trace) {
        None => return Action::Continue,
        Some(Run::Returned { is_loss, is_hot }) => {
            if is_loss {
                with(|driver| driver.retire(current));
            }
            if is_hot {
                with(|driver| driver.refine(current));
            }
            return Action::Return;
        }
        Some(Run::Left(taken)) => taken,
    };
    if taken.is_loss {
        with(|driver| driver.retire(current));
    }
    if let Some(hot) = taken.hot {
        with(|driver| driver.refine(hot));
    }
    let (action, instead) = match taken.action {
        Action::Reload => (Action::Reload, Action::ReloadAndRecord),
        Action::Raised => (Action::Raised, Action::RaisedAndRecord),
        other => return other,
    };
    if taken.code.exit == ExitCode::ENTRY || taken.is_given_up {
        return action;
    }
    let Some(host) = host() else { return action };
    match with(|driver| driver.start_side(host, thread, taken, depth)) {
        Some(true) => instead,
        _ => action,
    }
}

impl Driver {
    /// What is known of an anchor. It is forgotten with its code object.
    pub fn place(&mut self, anchor: Anchor) -> &mut Place {
        let owned = &mut self.owned;
        self.anchors.entry(anchor).or_insert_with(|| {
            if let Some(header) = Value::from_bits(anchor.code).header() {
                // From now on the collector looks at it: next time, although it may only look at what is young.
                header.set_flag(flag::TRACED | flag::YOUNG);
            }
            owned.entry(anchor.code).or_default().anchors.push(anchor);
            Place::default()
        })
    }

    /// Notes that a code object has a trace.
    pub fn own(&mut self, number: u32, kin: Kin) {
        self.place(kin.anchor);
        self.owned.entry(kin.anchor.code).or_default().traces.push(number);
        self.live += 1;
        heap::count_young(gc::TRACE_WEIGHT);
        self.kin.insert(number, kin);
        if kin.root == kin.tree {
            self.set_entry(number, (kin.anchor.code, kin.anchor.globals));
        }
    }

    /// Says for frames of which code object and globals a trace is; (0, 0): for none.
    pub fn set_entry(&mut self, number: u32, entry: (u64, u64)) {
        let index = number as usize;
        self.entries.resize(self.entries.len().max(index + 1), (0, 0));
        self.entries[index] = entry;
    }

    /// Forgets all that is known of a code object; what is to be freed for that.
    fn disown(&mut self, code: u64) -> (Vec<u32>, Option<*const Registry>, Vec<Tree>) {
        let Owned { traces: numbers, anchors } = self.owned.remove(&code).unwrap_or_default();
        for anchor in anchors {
            self.anchors.remove(&anchor);
        }
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

    /// Whether there may be no more traces.
    pub fn is_full(&self) -> bool {
        self.live >= self.parameters.max_traces
    }

    /// Makes the registry if there is none yet. A machine that lets us have no code memory gets no JIT.
    pub fn has_registry(&mut self) -> bool {
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

    pub fn record(&mut self, thread: &Thread, recorder: Recorder) {
        self.recording = Some(Recording { recorder, thread, started: Instant::now() });
    }

    /// What an exit is, whatever its number.
    pub fn exit(&self, trace: u32, exit: u32) -> Option<Exit> {
        self.registry.as_ref()?.get(trace)?.place(exit as usize)
    }
    pub fn count_abort(&mut self, abort: Abort) {
        *self.counters.aborts.entry(abort).or_default() += 1;
    }
}
