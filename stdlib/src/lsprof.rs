//! `_lsprof`: the profiler behind `cProfile`. It is a tool of `sys.monitoring` and measures each function's time, in all and
//! without what it called.

use runtime::monitoring::{self, Event};
use runtime::object::drop_object;
use runtime::objects::builtin_function::BuiltinFunction;
use runtime::objects::descriptors::MethodDescriptor;
use runtime::objects::exceptions::write_unraisable_about;
use runtime::objects::list::List;
use runtime::objects::module::{Module, ModuleSpec, add_type};
use runtime::objects::str::{Str, display, intern_text};
use runtime::objects::{float, int};
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::types::slots::Visit;
use runtime::{
    Args, GilCell, Header, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec,
    Value, attributes, method, new_object, protocol, struct_sequence,
};
use rustc_hash::FxHashMap;
use std::time::Instant;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_lsprof",
    doc: "Fast profiler",
    functions: &[],
    init: |_, module| {
        add_type(module, &PROFILER);
        ENTRY.add_to(module);
        SUBENTRY.add_to(module);
        Ok(())
    },
};

struct_sequence! {
    /// What is known of a function.
    static ENTRY = "_lsprof.profiler_entry" {
        visible: 6, total: 6, flags: TypeFlags::empty(),
        doc: "",
        complete: None,
        0 code "code object or built-in function name",
        1 callcount "how many times this was called",
        2 reccallcount "how many times called recursively",
        3 totaltime "total time in this entry",
        4 inlinetime "inline time in this entry (not in subcalls)",
        5 calls "details of the calls",
    }
}

struct_sequence! {
    /// What is known of a function called by another one.
    static SUBENTRY = "_lsprof.profiler_subentry" {
        visible: 5, total: 5, flags: TypeFlags::empty(),
        doc: "",
        complete: None,
        0 code "called code object or built-in function name",
        1 callcount "how many times this is called",
        2 reccallcount "how many times this is called recursively",
        3 totaltime "total time spent in this call",
        4 inlinetime "inline time (not in further subcalls)",
    }
}

/// Counts and times, in seconds.
#[derive(Default)]
struct Figures {
    calls: i64,
    recursive_calls: i64,
    total: f64,
    inline: f64,
    /// Calls that run now.
    level: i64,
}

impl Figures {
    /// A call has ended, which took `total`, and `inline` without what it called.
    fn add(&mut self, total: f64, inline: f64) {
        self.level -= 1;
        if self.level <= 0 {
            self.total += total;
        } else {
            self.recursive_calls += 1;
        }
        self.inline += inline;
        self.calls += 1;
    }
}

struct Entry {
    /// A code object, or the text for a native function.
    subject: Ref,
    figures: Figures,
    /// By the callee's number.
    called: FxHashMap<usize, Figures>,
}

/// A call that runs.
struct Running {
    entry: usize,
    begin: f64,
    /// Time spent in what it called.
    elsewhere: f64,
}

#[derive(Default)]
struct Collected {
    /// Numbers of entries by the address of what they are about.
    numbers: FxHashMap<u64, usize>,
    entries: Vec<Entry>,
    running: Vec<Running>,
}

struct Settings {
    timer: Ref,
    unit: f64,
    subcalls: bool,
    builtins: bool,
    enabled: bool,
    origin: Instant,
}

#[repr(C)]
pub struct Profiler {
    pub header: Header,
    settings: GilCell<Settings>,
    collected: GilCell<Collected>,
}

runtime::object!(Profiler, PROFILER);

pub static PROFILER: Type = Type::new_static(&TypeSpec {
    name: "_lsprof.Profiler",
    size: size_of::<Profiler>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_object::<Profiler>,
        traverse: Some(traverse),
        clear: Some(|v| {
            if let Some(profiler) = v.cast::<Profiler>() {
                drop(profiler.collected.take());
            }
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    signature: "(timer=None, timeunit=0.0, subcalls=True, builtins=True)",
    doc: "Build a profiler object using the specified timer function.\n\n  timer\n    The default timer is a fast built-in one based on real time.\n    For custom timer functions returning integers, 'timeunit'\n    can be a float specifying a scale (that is, how long each\n    integer unit is, in seconds).",
    ..TypeSpec::EMPTY
});

/// The events that a profiler wants, and the methods that get them.
const CALLBACKS: [(Event, &str); 9] = [
    (Event::PyStart, "_pystart_callback"),
    (Event::PyResume, "_pystart_callback"),
    (Event::PyThrow, "_pythrow_callback"),
    (Event::PyReturn, "_pyreturn_callback"),
    (Event::PyYield, "_pyreturn_callback"),
    (Event::PyUnwind, "_pyreturn_callback"),
    (Event::Call, "_ccall_callback"),
    (Event::CReturn, "_creturn_callback"),
    (Event::CRaise, "_creturn_callback"),
];

/// `sys.monitoring.PROFILER_ID`
const TOOL: usize = 2;

const METHODS: &[MethodDef] = &[
    method(
        "getstats",
        "($self, /)",
        NativeFn::NoArgs(getstats),
        "list of profiler_entry objects.\n\ngetstats() -> list of profiler_entry objects\n\nReturn all information collected by the profiler.\nEach profiler_entry is a tuple-like object with the\nfollowing attributes:\n\n    code          code object\n    callcount     how many times this was called\n    reccallcount  how many times called recursively\n    totaltime     total time in this entry\n    inlinetime    inline time in this entry (not in subcalls)\n    calls         details of the calls\n\nThe calls attribute is either None or a list of\nprofiler_subentry objects:\n\n    code          called code object\n    callcount     how many times this is called\n    reccallcount  how many times this is called recursively\n    totaltime     total time spent in this call\n    inlinetime    inline time (not in further subcalls)",
    ),
    method(
        "enable",
        "($self, /, subcalls=True, builtins=True)",
        NativeFn::Bound(enable),
        "Start collecting profiling information.\n\n  subcalls\n    If True, also records for each function\n    statistics separated according to its current caller.\n  builtins\n    If True, records the time spent in\n    built-in functions separately from their caller.",
    ),
    method("disable", "($self, /)", NativeFn::NoArgs(disable), "Stop collecting profiling information."),
    method(
        "clear",
        "($self, /)",
        NativeFn::NoArgs(clear),
        "Clear all profiling information collected so far.",
    ),
    method(
        "_pystart_callback",
        "($self, code, instruction_offset, /)",
        NativeFn::Bound(|thread, v, a| begin_code(thread, v, a[0])),
        "",
    ),
    method(
        "_pythrow_callback",
        "($self, code, instruction_offset, exception, /)",
        NativeFn::Bound(|thread, v, a| begin_code(thread, v, a[0])),
        "",
    ),
    method(
        "_pyreturn_callback",
        "($self, code, instruction_offset, retval, /)",
        NativeFn::Bound(|thread, v, a| {
            end(thread, this(thread, v)?, a[0].bits());
            Ok(Ref::NONE)
        }),
        "",
    ),
    method(
        "_ccall_callback",
        "($self, code, instruction_offset, callable, self_arg, /)",
        NativeFn::Bound(|thread, v, a| {
            let profiler = this(thread, v)?;
            if let Some(key) = native_key(profiler, a[2], a[3]) {
                begin(thread, profiler, key, || native_name(thread, a[2], a[3]))?;
            }
            Ok(Ref::NONE)
        }),
        "",
    ),
    method(
        "_creturn_callback",
        "($self, code, instruction_offset, callable, self_arg, /)",
        NativeFn::Bound(|thread, v, a| {
            let profiler = this(thread, v)?;
            if let Some(key) = native_key(profiler, a[2], a[3]) {
                end(thread, profiler, key);
            }
            Ok(Ref::NONE)
        }),
        "",
    ),
];

fn this(thread: &Thread, v: Value) -> PyResult<&'static Profiler> {
    receiver(thread, v)
}

fn new(_: &Thread, ty: &'static Type, _: &Args) -> PyResult {
    let settings = Settings {
        timer: Ref::NULL,
        unit: 0.0,
        subcalls: true,
        builtins: true,
        enabled: false,
        origin: Instant::now(),
    };
    Ok(new_object(ty, |header| Profiler {
        header,
        settings: GilCell::new(settings),
        collected: GilCell::new(Collected::default()),
    }))
}

static PARAMETERS: Parameters =
    Parameters::new("Profiler", "(timer=None, timeunit=0.0, subcalls=True, builtins=True)");

/// A flag that was given, or true.
fn flag(thread: &Thread, v: Value) -> PyResult<bool> {
    if v.is_null() { Ok(true) } else { protocol::is_true(thread, v) }
}

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    let profiler = this(thread, v)?;
    PARAMETERS.bind(thread, arguments, |a| {
        let timer = if a[0].is_null() || a[0].is_none() { Ref::NULL } else { a[0].to_ref() };
        let unit = if a[1].is_null() { 0.0 } else { protocol::float(thread, a[1])? };
        let (subcalls, builtins) = (flag(thread, a[2])?, flag(thread, a[3])?);
        let old = profiler.settings.with(|s| {
            (s.unit, s.subcalls, s.builtins) = (unit, subcalls, builtins);
            std::mem::replace(&mut s.timer, timer)
        });
        drop(old);
        Ok(())
    })
}

fn traverse(v: Value, visit: Visit) {
    let Some(profiler) = v.cast::<Profiler>() else { return };
    profiler.settings.with(|s| {
        if !s.timer.is_null() {
            visit(*s.timer);
        }
    });
    profiler.collected.with(|c| c.entries.iter().for_each(|entry| visit(*entry.subject)));
}

/// The time in seconds; what the timer of the user raises is reported.
fn now(thread: &Thread, profiler: &Profiler) -> f64 {
    let (timer, unit, origin) = profiler.settings.with(|s| (s.timer.clone(), s.unit, s.origin));
    if timer.is_null() {
        return origin.elapsed().as_secs_f64();
    }
    let time = thread.call(*timer, &[]).and_then(|time| match unit == 0.0 {
        true => protocol::float(thread, *time),
        false => Ok(protocol::index_i64(thread, *time)? as f64 * unit),
    });
    time.unwrap_or_else(|_| {
        write_unraisable_about(thread, "Exception ignored while calling _lsprof timer", *timer);
        0.0
    })
}

fn begin_code(thread: &Thread, v: Value, code: Value) -> PyResult {
    begin(thread, this(thread, v)?, code.bits(), || Ok(code.to_ref()))?;
    Ok(Ref::NONE)
}

/// A call begins of what has the address `key`; `subject` says what that is, at the first call.
fn begin(thread: &Thread, profiler: &Profiler, key: u64, subject: impl FnOnce() -> PyResult) -> PyResult<()> {
    let known = profiler.collected.with(|c| c.numbers.get(&key).copied());
    let entry = match known {
        Some(number) => number,
        None => {
            let subject = subject()?;
            profiler.collected.with(|c| {
                c.entries.push(Entry { subject, figures: Figures::default(), called: FxHashMap::default() });
                c.numbers.insert(key, c.entries.len() - 1);
                c.entries.len() - 1
            })
        }
    };
    let subcalls = profiler.settings.with(|s| s.subcalls);
    profiler.collected.with(|c| {
        if let Some(entry) = c.entries.get_mut(entry) {
            entry.figures.level += 1;
        }
        if subcalls
            && let Some(caller) = c.running.last().map(|running| running.entry)
            && let Some(caller) = c.entries.get_mut(caller)
        {
            caller.called.entry(entry).or_default().level += 1;
        }
    });
    let begin = now(thread, profiler);
    profiler.collected.with(|c| c.running.push(Running { entry, begin, elsewhere: 0.0 }));
    Ok(())
}

/// The innermost call ends; its time is put down to what has the address `key`.
fn end(thread: &Thread, profiler: &Profiler, key: u64) {
    let number = profiler.collected.with(|c| c.numbers.get(&key).copied());
    end_entry(thread, profiler, number);
}

fn end_entry(thread: &Thread, profiler: &Profiler, number: Option<usize>) {
    if profiler.collected.with(|c| c.running.is_empty()) {
        return;
    }
    let now = now(thread, profiler);
    let subcalls = profiler.settings.with(|s| s.subcalls);
    profiler.collected.with(|c| {
        let Some(running) = c.running.pop() else { return };
        let Some(number) = number else { return };
        let total = now - running.begin;
        let inline = total - running.elsewhere;
        if let Some(entry) = c.entries.get_mut(number) {
            entry.figures.add(total, inline);
        }
        let Some(caller) = c.running.last_mut() else { return };
        caller.elsewhere += total;
        if subcalls
            && let Some(caller) = c.entries.get_mut(caller.entry)
            && let Some(figures) = caller.called.get_mut(&number)
        {
            figures.add(total, inline);
        }
    });
}

/// The address that stands for a native function; `None` for what isn't told apart.
fn native_key(profiler: &Profiler, callable: Value, receiver: Value) -> Option<u64> {
    if !profiler.settings.with(|s| s.builtins) {
        return None;
    }
    if let Some(function) = callable.cast_exact::<BuiltinFunction>() {
        return Some(std::ptr::from_ref(function.def) as u64);
    }
    let descriptor = callable.cast_exact::<MethodDescriptor>()?;
    (!receiver.is(*monitoring::missing())).then(|| std::ptr::from_ref(descriptor.def) as u64)
}

/// What a native function is called in the statistics.
fn native_name(thread: &Thread, callable: Value, _: Value) -> PyResult {
    let Some(function) = callable.cast_exact::<BuiltinFunction>() else {
        return protocol::repr(thread, callable);
    };
    let name = function.def.name;
    let receiver = function.receiver.get();
    if receiver.is_null() || receiver.cast::<Module>().is_some() {
        let module = function.module.get();
        if module.is_null() || module.cast::<Str>().is_none() {
            return Ok(Str::new(&format!("<built-in method {name}>")));
        }
        return Ok(Str::new(&format!("<built-in method {}.{name}>", display(*module))));
    }
    match receiver.ty().lookup(intern_text(name)) {
        Some(found) => protocol::repr(thread, found),
        None => Ok(Str::new(&format!("<built-in method {name}>"))),
    }
}

fn enable(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let profiler = this(thread, v)?;
    let (subcalls, builtins) = (flag(thread, a[0])?, flag(thread, a[1])?);
    if monitoring::tool_name(TOOL).is_some() {
        return Err(thread.value_error(format!("tool {TOOL} is already in use")));
    }
    let mut events = 0;
    let mut methods = Vec::new();
    for (event, name) in CALLBACKS {
        methods.push((event, attributes::get(thread, v, intern_text(name))?));
        events |= event.group().bit();
    }
    monitoring::set_tool_name(TOOL, Some(Str::new("cProfile")));
    for (event, callback) in methods {
        drop(monitoring::set_callback(TOOL, event as usize, Some(callback)));
    }
    profiler.settings.with(|s| (s.subcalls, s.builtins, s.enabled) = (subcalls, builtins, true));
    monitoring::set_global_events(TOOL, events);
    Ok(Ref::NONE)
}

fn disable(thread: &Thread, v: Value) -> PyResult {
    let profiler = this(thread, v)?;
    if !profiler.settings.with(|s| std::mem::replace(&mut s.enabled, false)) {
        return Ok(Ref::NONE);
    }
    monitoring::clear_tool(TOOL);
    monitoring::set_tool_name(TOOL, None);
    // Calls that still run end here.
    while let Some(entry) = profiler.collected.with(|c| c.running.last().map(|running| running.entry)) {
        end_entry(thread, profiler, Some(entry));
    }
    Ok(Ref::NONE)
}

fn clear(thread: &Thread, v: Value) -> PyResult {
    drop(this(thread, v)?.collected.take());
    Ok(Ref::NONE)
}

fn figures(subject: &Ref, f: &Figures) -> Vec<Ref> {
    let counts = [f.calls, f.recursive_calls].map(int::new);
    let times = [f.total, f.inline].map(float::new);
    [subject.clone()].into_iter().chain(counts).chain(times).collect()
}

fn getstats(thread: &Thread, v: Value) -> PyResult {
    let profiler = this(thread, v)?;
    let entries = profiler.collected.with(|c| {
        let called = |entry: &Entry| {
            if entry.called.is_empty() {
                return Ref::NONE;
            }
            let mut numbers: Vec<_> = entry.called.iter().collect();
            numbers.sort_by_key(|(number, _)| **number);
            let subject = |number: usize| c.entries.get(number).map_or(Ref::NONE, |e| e.subject.clone());
            let made = numbers.into_iter().map(|(number, f)| SUBENTRY.make(figures(&subject(*number), f)));
            List::from_refs(made.collect())
        };
        let counted = c.entries.iter().filter(|entry| entry.figures.calls > 0);
        let made = counted.map(|entry| {
            let mut items = figures(&entry.subject, &entry.figures);
            items.push(called(entry));
            ENTRY.make(items)
        });
        made.collect::<Vec<_>>()
    });
    Ok(List::from_refs(entries))
}
