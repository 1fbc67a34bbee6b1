//! `sys.monitoring`: tools, their names and callbacks. The interpreter gives no events yet, so asking for some is refused;
//! everything else works.

use runtime::objects::code::Code;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::NOT_IMPLEMENTED_ERROR;
use runtime::objects::int;
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::str::Str;
use runtime::types::registry::{OBJECT, SIMPLE_NAMESPACE};
use runtime::{GilCell, MethodDef, NativeFn, PyResult, Ref, Thread, Value, attributes, method, protocol};
use rustc_hash::FxHashMap;

pub static MONITORING: ModuleSpec =
    ModuleSpec { name: "sys.monitoring", doc: "", functions: FUNCTIONS, init };

const TOOLS: usize = 6;
const EVENTS: [&str; 19] = [
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
    "BRANCH",
];
/// Events that come in the company of CALL only.
const CALL: i32 = 1 << 4;
const C_EVENTS: i32 = 3 << 16;
/// The first event that is not tied to a place in code.
const LOCAL_EVENTS: i32 = (1 << 11) - 1 | 1 << 18;

/// Names of tools, and callbacks by tool and event.
struct Registry {
    names: [Option<Ref>; TOOLS],
    callbacks: FxHashMap<(usize, i32), Ref>,
}

static REGISTRY: GilCell<Option<Registry>> = GilCell::new(None);

fn registry<R>(f: impl FnOnce(&mut Registry) -> R) -> R {
    REGISTRY.with(|r| {
        f(r.get_or_insert_with(|| Registry { names: Default::default(), callbacks: FxHashMap::default() }))
    })
}

fn init(thread: &Thread, module: Value) -> PyResult<()> {
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        add(module, name, *int::new(id));
    }
    for name in ["DISABLE", "MISSING"] {
        add(module, name, *thread.call(Value::of(&OBJECT), &[])?);
    }
    let events = Dict::new();
    if let Some(dict) = events.cast::<Dict>() {
        for (bit, name) in EVENTS.iter().enumerate() {
            dict.set_str(name, *int::new(1 << bit));
        }
        dict.set_str("NO_EVENTS", *int::new(0));
    }
    add(module, "events", *thread.call(Value::of(&SIMPLE_NAMESPACE), &[*events])?);
    attributes::set(thread, module, *Str::new("__doc__"), Value::NONE)
}

fn tool(thread: &Thread, v: Value) -> PyResult<usize> {
    let id = protocol::c_int(thread, v)?;
    usize::try_from(id)
        .ok()
        .filter(|id| *id < TOOLS)
        .ok_or_else(|| thread.value_error(format!("invalid tool {id} (must be between 0 and {})", TOOLS - 1)))
}

/// A tool that has a name.
fn used_tool(thread: &Thread, v: Value) -> PyResult<usize> {
    let id = tool(thread, v)?;
    if registry(|r| r.names[id].is_none()) {
        return Err(thread.value_error(format!("tool {id} is not in use")));
    }
    Ok(id)
}

fn use_tool_id(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let id = tool(thread, a[0])?;
    if a[1].cast::<Str>().is_none() {
        return Err(thread.value_error("tool name must be a str"));
    }
    if registry(|r| r.names[id].is_some()) {
        return Err(thread.value_error(format!("tool {id} is already in use")));
    }
    registry(|r| r.names[id] = Some(a[1].to_ref()));
    Ok(Ref::NONE)
}

fn get_tool(thread: &Thread, _: Value, v: Value) -> PyResult {
    let id = tool(thread, v)?;
    Ok(registry(|r| r.names[id].clone()).unwrap_or(Ref::NONE))
}

/// Forgets the callbacks of a tool.
fn clear_tool_id(thread: &Thread, _: Value, v: Value) -> PyResult {
    let id = tool(thread, v)?;
    let old: Vec<Ref> = registry(|r| {
        let keys: Vec<(usize, i32)> = r.callbacks.keys().copied().filter(|key| key.0 == id).collect();
        keys.iter().filter_map(|key| r.callbacks.remove(key)).collect()
    });
    drop(old);
    Ok(Ref::NONE)
}

fn free_tool_id(thread: &Thread, module: Value, v: Value) -> PyResult {
    clear_tool_id(thread, module, v)?;
    let id = tool(thread, v)?;
    drop(registry(|r| r.names[id].take()));
    Ok(Ref::NONE)
}

fn register_callback(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let id = tool(thread, a[0])?;
    let event = protocol::c_int(thread, a[1])?;
    if event <= 0 || event.count_ones() != 1 {
        return Err(thread.value_error("The callback can only be set for one event at a time"));
    }
    if event >= 1 << EVENTS.len() {
        return Err(thread.value_error(format!("invalid event {event}")));
    }
    let old = registry(|r| match a[2] {
        Value::NONE => r.callbacks.remove(&(id, event)),
        function => r.callbacks.insert((id, event), function.to_ref()),
    });
    Ok(old.unwrap_or(Ref::NONE))
}

/// Refuses events: all but the empty set.
fn refuse_events(thread: &Thread, events: i32) -> PyResult {
    if events == 0 {
        return Ok(Ref::NONE);
    }
    Err(thread.error(&NOT_IMPLEMENTED_ERROR, "sys.monitoring: this interpreter gives no events"))
}

fn set_events(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let id = tool(thread, a[0])?;
    let events = protocol::c_int(thread, a[1])?;
    if !(0..1 << EVENTS.len()).contains(&events) {
        return Err(thread.value_error(format!("invalid event set 0x{events:x}")));
    }
    if events & C_EVENTS != 0 && (events & C_EVENTS != C_EVENTS || events & CALL == 0) {
        return Err(thread.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    used_tool(thread, *int::from_usize(id))?;
    refuse_events(thread, events)
}

fn get_events(thread: &Thread, _: Value, v: Value) -> PyResult {
    tool(thread, v).map(|_| int::new(0))
}

fn set_local_events(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let id = tool(thread, a[0])?;
    let events = protocol::c_int(thread, a[2])?;
    if a[1].cast::<Code>().is_none() {
        return Err(thread.type_error("code must be a code object"));
    }
    if events & !LOCAL_EVENTS & !C_EVENTS != 0 {
        return Err(thread.value_error(format!("invalid local event set 0x{events:x}")));
    }
    used_tool(thread, *int::from_usize(id))?;
    refuse_events(thread, events)
}

fn get_local_events(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    if a[1].cast::<Code>().is_none() {
        return Err(thread.type_error("code must be a code object"));
    }
    tool(thread, a[0]).map(|_| int::new(0))
}

fn restart_events(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::NONE)
}

fn all_events(_: &Thread, _: Value) -> PyResult {
    Ok(Dict::new())
}

const FUNCTIONS: &[MethodDef] = &[
    method("use_tool_id", "($module, tool_id, name, /)", NativeFn::Bound(use_tool_id), ""),
    method("clear_tool_id", "($module, tool_id, /)", NativeFn::One(clear_tool_id), ""),
    method("free_tool_id", "($module, tool_id, /)", NativeFn::One(free_tool_id), ""),
    method("get_tool", "($module, tool_id, /)", NativeFn::One(get_tool), ""),
    method("register_callback", "($module, tool_id, event, func, /)", NativeFn::Bound(register_callback), ""),
    method("get_events", "($module, tool_id, /)", NativeFn::One(get_events), ""),
    method("set_events", "($module, tool_id, event_set, /)", NativeFn::Bound(set_events), ""),
    method("get_local_events", "($module, tool_id, code, /)", NativeFn::Bound(get_local_events), ""),
    method(
        "set_local_events",
        "($module, tool_id, code, event_set, /)",
        NativeFn::Bound(set_local_events),
        "",
    ),
    method("restart_events", "($module, /)", NativeFn::NoArgs(restart_events), ""),
    method("_all_events", "($module, /)", NativeFn::NoArgs(all_events), ""),
];
