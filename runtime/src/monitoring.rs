//! What `sys.monitoring`, `sys.settrace` and `sys.setprofile` ask for: tools, their events and callbacks. The interpreter gives
//! the events (`interp/src/hooks`).
//!
//! A thread that is to give events has `breaker::INSTRUMENTATION` set in its eval breaker all the time, so that whatever
//! polls comes to the loop that gives them, and traces are left. It is off while a callback runs. `Thread::wanted`
//! is the union of what the thread's own functions and all tools want.

use crate::cell::GilCell;
use crate::objects::code::Code;
use crate::thread::{Thread, breaker};
use crate::value::{Ref, Value};
use rustc_hash::FxHashMap;
use std::sync::atomic::Ordering;

/// Tools that Python code can use.
pub const TOOLS: usize = 6;

/// Events: their numbers, which are bits of a set of events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Event {
    PyStart,
    PyResume,
    PyReturn,
    PyYield,
    Call,
    Line,
    Instruction,
    Jump,
    BranchLeft,
    BranchRight,
    StopIteration,
    Raise,
    ExceptionHandled,
    PyUnwind,
    PyThrow,
    Reraise,
    CReturn,
    CRaise,
}

/// How many events there are.
pub const EVENTS: usize = 18;

/// Names of events, by number.
pub const EVENT_NAMES: [&str; EVENTS] = [
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
];

impl Event {
    /// The event as a set.
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }
    /// Whether the event is tied to a place in code, where it can be disabled.
    pub const fn is_local(self) -> bool {
        (self as u8) <= Event::StopIteration as u8
    }
    /// The event that stands for this one in sets: a native function's end belongs to its call.
    pub const fn group(self) -> Event {
        match self {
            Event::CReturn | Event::CRaise => Event::Call,
            event => event,
        }
    }
}

/// All events that are tied to places in code.
pub const LOCAL_EVENTS: u32 = (1 << 11) - 1;

/// What `sys.setprofile` functions want.
pub const PROFILE_EVENTS: u32 = Event::PyStart.bit()
    | Event::PyResume.bit()
    | Event::PyReturn.bit()
    | Event::PyYield.bit()
    | Event::Call.bit()
    | Event::PyUnwind.bit()
    | Event::PyThrow.bit();

/// What `sys.settrace` functions want.
pub const TRACE_EVENTS: u32 = Event::PyStart.bit()
    | Event::PyResume.bit()
    | Event::PyReturn.bit()
    | Event::PyYield.bit()
    | Event::PyUnwind.bit()
    | Event::PyThrow.bit()
    | Event::Line.bit()
    | Event::Instruction.bit()
    | Event::Jump.bit()
    | Event::Raise.bit()
    | Event::StopIteration.bit();

/// What a code object knows of tools.
#[derive(Default)]
pub struct CodeMonitoring {
    /// Events that tools want of this code only, and the tool's version at that time.
    local: [(u32, u32); TOOLS],
    /// Places where a tool has disabled an event: valid while the number is that of `epoch`.
    disabled: FxHashMap<(u32, u8, u8), u32>,
}

/// The state of all tools.
struct Registry {
    names: [Option<Ref>; TOOLS],
    callbacks: [[Option<Ref>; EVENTS]; TOOLS],
    global: [u32; TOOLS],
    /// Bumped when a tool is cleared: local events of before are void.
    versions: [u32; TOOLS],
    /// Bumped when all or some places where a tool has disabled an event count again.
    epochs: [[u32; EVENTS]; TOOLS],
    /// Events that some tool wants of some code object.
    local: u32,
}

static REGISTRY: GilCell<Option<Box<Registry>>> = GilCell::new(None);

fn registry<R>(f: impl FnOnce(&mut Registry) -> R) -> R {
    REGISTRY.with(|r| {
        f(r.get_or_insert_with(|| {
            Box::new(Registry {
                names: Default::default(),
                callbacks: Default::default(),
                global: [0; TOOLS],
                versions: [0; TOOLS],
                epochs: [[0; EVENTS]; TOOLS],
                local: 0,
            })
        }))
    })
}

/// Events that tools want anywhere.
fn wanted_by_tools() -> u32 {
    REGISTRY.with(|r| r.as_ref().map_or(0, |r| r.local | r.global.iter().fold(0, |all, events| all | events)))
}

/// Notes what a thread's functions and all tools want.
pub fn refresh(thread: &Thread) {
    let mut wanted = wanted_by_tools();
    if !thread.trace_function.is_null() {
        wanted |= TRACE_EVENTS;
    }
    if !thread.profile_function.is_null() {
        wanted |= PROFILE_EVENTS;
    }
    if wanted == 0 {
        forget_calls(thread);
    }
    thread.wanted.set(wanted);
    set_breaker(thread);
}

/// Frames forget what they would have to tell at the end of their running instruction.
fn forget_calls(thread: &Thread) {
    drop(thread.hook_calls.take());
    let mut at = thread.frame.get();
    // SAFETY: the chain of heads is alive while they run.
    while let Some(frame) = unsafe { at.as_ref() } {
        frame.hook_after.set(0);
        at = frame.previous.get();
    }
}

fn set_breaker(thread: &Thread) {
    if thread.wanted.get() != 0 && thread.callbacks_running.get() == 0 {
        thread.request(breaker::INSTRUMENTATION);
    } else {
        thread.eval_breaker.fetch_and(!breaker::INSTRUMENTATION, Ordering::Relaxed);
    }
}

fn refresh_all() {
    Thread::all().into_iter().for_each(refresh);
}

/// Runs a callback of this thread for an event; it gives no events meanwhile.
pub fn without_events<R>(thread: &Thread, event: Event, f: impl FnOnce() -> R) -> R {
    let outer = thread.told_event.replace(Some(event));
    thread.callbacks_running.set(thread.callbacks_running.get() + 1);
    set_breaker(thread);
    let result = f();
    thread.callbacks_running.set(thread.callbacks_running.get() - 1);
    thread.told_event.set(outer);
    set_breaker(thread);
    result
}

/// Runs something within a callback, with the thread giving events.
pub fn with_events<R>(thread: &Thread, f: impl FnOnce() -> R) -> R {
    let running = thread.callbacks_running.replace(0);
    let event = thread.told_event.replace(None);
    set_breaker(thread);
    let result = f();
    thread.callbacks_running.set(running);
    thread.told_event.set(event);
    set_breaker(thread);
    result
}

/// Sets the tracing function of a thread; NULL takes it away.
pub fn set_trace(thread: &Thread, function: Ref) {
    drop(thread.trace_function.replace(function));
    refresh(thread);
}

/// Sets the profiling function of a thread; NULL takes it away.
pub fn set_profile(thread: &Thread, function: Ref) {
    drop(thread.profile_function.replace(function));
    refresh(thread);
}

// Tools.

pub fn tool_name(tool: usize) -> Option<Ref> {
    registry(|r| r.names[tool].clone())
}

pub fn set_tool_name(tool: usize, name: Option<Ref>) {
    drop(registry(|r| std::mem::replace(&mut r.names[tool], name)));
}

/// Forgets the callbacks and events of a tool.
pub fn clear_tool(tool: usize) {
    let old = registry(|r| {
        r.global[tool] = 0;
        r.versions[tool] = r.versions[tool].wrapping_add(1);
        r.epochs[tool].iter_mut().for_each(|epoch| *epoch = epoch.wrapping_add(1));
        std::mem::take(&mut r.callbacks[tool])
    });
    drop(old);
    refresh_all();
}

/// Sets a callback and returns the old one.
pub fn set_callback(tool: usize, event: usize, callback: Option<Ref>) -> Option<Ref> {
    registry(|r| std::mem::replace(&mut r.callbacks[tool][event], callback))
}

pub fn callback(tool: usize, event: Event) -> Option<Ref> {
    REGISTRY.with(|r| r.as_ref()?.callbacks[tool][event as usize].clone())
}

pub fn global_events(tool: usize) -> u32 {
    registry(|r| r.global[tool])
}

/// Sets what a tool wants of all code.
pub fn set_global_events(tool: usize, events: u32) {
    registry(|r| {
        let removed = r.global[tool] & !events;
        r.global[tool] = events;
        for (event, epoch) in r.epochs[tool].iter_mut().enumerate() {
            if removed & 1 << event != 0 {
                *epoch = epoch.wrapping_add(1);
            }
        }
    });
    refresh_all();
}

pub fn local_events(tool: usize, code: &Code) -> u32 {
    code.monitoring.with(|m| m.as_ref().map_or(0, |m| m.local[tool].0))
}

/// Sets what a tool wants of one code object.
pub fn set_local_events(tool: usize, code: &Code, events: u32) {
    let version = registry(|r| {
        r.local |= events;
        r.versions[tool]
    });
    code.monitoring.with(|m| {
        if events == 0 && m.is_none() {
            return;
        }
        let m = m.get_or_insert_default();
        let removed = m.local[tool].0 & !events;
        m.local[tool] = (events, version);
        m.disabled.retain(|(_, event, by), _| usize::from(*by) != tool || removed & 1 << event == 0);
    });
    refresh_all();
}

/// All places where events were disabled count again.
pub fn restart_events() {
    registry(|r| r.epochs.iter_mut().flatten().for_each(|epoch| *epoch = epoch.wrapping_add(1)));
}

/// The names of events that tools want of all code, with the set of these tools.
pub fn all_events() -> Vec<(&'static str, u8)> {
    registry(|r| {
        let tools_of = |event: usize| {
            let wants = r.global.iter().enumerate().filter(|(_, events)| *events & 1 << event != 0);
            wants.fold(0, |tools, (tool, _)| tools | 1 << tool)
        };
        EVENT_NAMES.iter().enumerate().map(|(event, name)| (*name, tools_of(event))).collect::<Vec<_>>()
    })
    .into_iter()
    .filter(|(_, tools)| *tools != 0)
    .collect()
}

/// What tools, the thread's own functions apart, want of a code object.
pub fn wanted_of(code: &Code) -> u32 {
    REGISTRY.with(|r| {
        let Some(r) = r.as_ref() else { return 0 };
        let global = r.global.iter().fold(0, |all, events| all | events);
        code.monitoring.with(|m| {
            let Some(m) = m.as_ref() else { return global };
            let valid = m.local.iter().zip(r.versions).filter(|((_, version), now)| version == now);
            valid.fold(global, |all, ((events, _), _)| all | events)
        })
    })
}

/// The tools that want an event at a code unit.
pub fn tools_for(code: &Code, unit: u32, event: Event) -> u8 {
    let group = event.group();
    let of = |events: u32| events & group.bit() != 0;
    REGISTRY.with(|r| {
        let Some(r) = r.as_ref() else { return 0 };
        code.monitoring.with(|m| {
            let mut tools = 0;
            for tool in 0..TOOLS {
                let wants_here = m.as_ref().is_some_and(|m| {
                    let (events, version) = m.local[tool];
                    version == r.versions[tool] && of(events)
                });
                if !of(r.global[tool]) && !wants_here {
                    continue;
                }
                let disabled = m.as_ref().and_then(|m| m.disabled.get(&(unit, group as u8, tool as u8)));
                if disabled.is_none_or(|epoch| *epoch != r.epochs[tool][group as usize]) {
                    tools |= 1 << tool;
                }
            }
            tools
        })
    })
}

/// A tool wants no more of an event at a code unit, until events are restarted.
pub fn disable(code: &Code, unit: u32, event: Event, tool: usize) {
    let epoch = registry(|r| r.epochs[tool][event.group() as usize]);
    code.monitoring.with(|m| {
        m.get_or_insert_default().disabled.insert((unit, event.group() as u8, tool as u8), epoch);
    });
}

/// Whether a value is `sys.monitoring.DISABLE`.
pub fn is_disable(v: Value) -> bool {
    MARKERS.with(|markers| markers.as_ref().is_some_and(|(disable, _)| v.is(**disable)))
}

/// `sys.monitoring.MISSING`.
pub fn missing() -> Ref {
    MARKERS.with(|markers| markers.as_ref().map_or(Ref::NONE, |(_, missing)| missing.clone()))
}

/// `DISABLE` and `MISSING`.
static MARKERS: GilCell<Option<(Ref, Ref)>> = GilCell::new(None);

/// Tells the two marker objects.
pub fn set_markers(disable: Ref, missing: Ref) {
    MARKERS.replace(Some((disable, missing)));
}
