//! `sys.monitoring`: tools, their names, events and callbacks. The state is `runtime::monitoring`'s.

use runtime::monitoring::{self, EVENT_NAMES, EVENTS, Event, LOCAL_EVENTS, TOOLS};
use runtime::objects::code::Code;
use runtime::objects::dict::Dict;
use runtime::objects::int;
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::str::Str;
use runtime::types::registry::{OBJECT, SIMPLE_NAMESPACE};
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, attributes, method, protocol};

pub static MONITORING: ModuleSpec =
    ModuleSpec { name: "sys.monitoring", doc: "", functions: FUNCTIONS, init };

/// The event that stands for BRANCH_LEFT and BRANCH_RIGHT.
const BRANCH: usize = EVENTS;
const BRANCH_BIT: u32 = 1 << BRANCH;
const BRANCHES: u32 = Event::BranchLeft.bit() | Event::BranchRight.bit();
/// Events that come in the company of CALL only.
const C_EVENTS: u32 = Event::CReturn.bit() | Event::CRaise.bit();
const CALL: u32 = Event::Call.bit();

fn init(thread: &Thread, module: Value) -> PyResult<()> {
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        add(module, name, *int::new(id));
    }
    let disable = thread.call(Value::of(&OBJECT), &[])?;
    let missing = thread.call(Value::of(&OBJECT), &[])?;
    add(module, "DISABLE", *disable);
    add(module, "MISSING", *missing);
    monitoring::set_markers(disable, missing);
    let events = Dict::new();
    if let Some(dict) = events.cast::<Dict>() {
        for (bit, name) in EVENT_NAMES.iter().chain(&["BRANCH"]).enumerate() {
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
    if monitoring::tool_name(id).is_none() {
        return Err(thread.value_error(format!("tool {id} is not in use")));
    }
    Ok(id)
}

fn use_tool_id(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let id = tool(thread, a[0])?;
    if a[1].cast::<Str>().is_none() {
        return Err(thread.value_error("tool name must be a str"));
    }
    if monitoring::tool_name(id).is_some() {
        return Err(thread.value_error(format!("tool {id} is already in use")));
    }
    monitoring::set_tool_name(id, Some(a[1].to_ref()));
    Ok(Ref::NONE)
}

fn get_tool(thread: &Thread, _: Value, v: Value) -> PyResult {
    Ok(monitoring::tool_name(tool(thread, v)?).unwrap_or(Ref::NONE))
}

/// Forgets the callbacks and events of a tool.
fn clear_tool_id(thread: &Thread, _: Value, v: Value) -> PyResult {
    let id = tool(thread, v)?;
    if monitoring::tool_name(id).is_some() {
        monitoring::clear_tool(id);
    }
    Ok(Ref::NONE)
}

fn free_tool_id(thread: &Thread, module: Value, v: Value) -> PyResult {
    clear_tool_id(thread, module, v)?;
    monitoring::set_tool_name(tool(thread, v)?, None);
    Ok(Ref::NONE)
}

fn register_callback(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let id = tool(thread, a[0])?;
    let event = protocol::c_int(thread, a[1])?;
    if event <= 0 || event.count_ones() != 1 {
        return Err(thread.value_error("The callback can only be set for one event at a time"));
    }
    let number = event.trailing_zeros() as usize;
    if number > BRANCH {
        return Err(thread.value_error(format!("invalid event {event}")));
    }
    let function = (!a[2].is_none()).then(|| a[2].to_ref());
    let old = match number {
        BRANCH => {
            drop(monitoring::set_callback(id, Event::BranchRight as usize, function.clone()));
            monitoring::set_callback(id, Event::BranchLeft as usize, function)
        }
        _ => monitoring::set_callback(id, number, function),
    };
    Ok(old.unwrap_or(Ref::NONE))
}

/// A set of events as tools ask for it: BRANCH stands for two, and native calls end with CALL.
fn event_set(thread: &Thread, events: u32) -> PyResult<u32> {
    let mut events = events;
    if events & C_EVENTS != 0 {
        if events & (C_EVENTS | CALL) != C_EVENTS | CALL {
            return Err(thread.value_error("cannot set C_RETURN or C_RAISE events independently"));
        }
        events &= !C_EVENTS;
    }
    if events & BRANCH_BIT != 0 {
        events = events & !BRANCH_BIT | BRANCHES;
    }
    Ok(events)
}

fn set_events(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let id = tool(thread, a[0])?;
    let events = protocol::c_int(thread, a[1])?;
    if !(0..1 << (BRANCH + 1)).contains(&events) {
        return Err(thread.value_error(format!("invalid event set 0x{events:x}")));
    }
    let events = event_set(thread, events as u32)?;
    used_tool(thread, a[0])?;
    monitoring::set_global_events(id, events);
    Ok(Ref::NONE)
}

fn get_events(thread: &Thread, _: Value, v: Value) -> PyResult {
    Ok(int::new(monitoring::global_events(tool(thread, v)?).into()))
}

fn code(thread: &Thread, v: Value) -> PyResult<&'static Code> {
    v.cast::<Code>().ok_or_else(|| thread.type_error("code must be a code object"))
}

fn set_local_events(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let id = tool(thread, a[0])?;
    let events = protocol::c_int(thread, a[2])?;
    let code = code(thread, a[1])?;
    used_tool(thread, a[0])?;
    let wanted = event_set(thread, events as u32)?;
    if wanted & !LOCAL_EVENTS != 0 {
        return Err(thread.value_error(format!("invalid local event set 0x{events:x}")));
    }
    monitoring::set_local_events(id, code, wanted);
    Ok(Ref::NONE)
}

fn get_local_events(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let code = code(thread, a[1])?;
    let id = tool(thread, a[0])?;
    Ok(int::new(monitoring::local_events(id, code).into()))
}

fn restart_events(_: &Thread, _: Value) -> PyResult {
    monitoring::restart_events();
    Ok(Ref::NONE)
}

fn all_events(_: &Thread, _: Value) -> PyResult {
    let all = Dict::new();
    if let Some(dict) = all.cast::<Dict>() {
        for (name, tools) in monitoring::all_events() {
            dict.set_str(name, *int::new(tools.into()));
        }
    }
    Ok(all)
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
