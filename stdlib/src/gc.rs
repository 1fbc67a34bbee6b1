//! `gc`: the cycle collector's controls.

use runtime::error::PyResult;
use runtime::gc::{self, COLLECTOR, GENERATIONS, debug};
use runtime::objects::dict::Dict;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::tuple::Tuple;
use runtime::{Args, NativeFn, Ref, Thread, Value, method, protocol};

fn enable(_: &Thread, _: Value) -> PyResult {
    COLLECTOR.set_enabled(true);
    Ok(Ref::NONE)
}

fn disable(_: &Thread, _: Value) -> PyResult {
    COLLECTOR.set_enabled(false);
    Ok(Ref::NONE)
}

fn is_enabled(_: &Thread, _: Value) -> PyResult {
    Ok(Ref::bool(COLLECTOR.is_enabled()))
}

fn set_debug(thread: &Thread, _: Value, flags: Value) -> PyResult {
    COLLECTOR.debug.set(protocol::c_int(thread, flags)?.into());
    Ok(Ref::NONE)
}

fn get_debug(_: &Thread, _: Value) -> PyResult {
    Ok(int::new(COLLECTOR.debug.get()))
}

fn triple(numbers: [i64; GENERATIONS]) -> Ref {
    Tuple::from_refs(numbers.map(int::new).into())
}

fn get_count(_: &Thread, _: Value) -> PyResult {
    Ok(triple(COLLECTOR.counts()))
}

fn get_threshold(_: &Thread, _: Value) -> PyResult {
    Ok(triple(COLLECTOR.thresholds.get()))
}

fn set_threshold(thread: &Thread, _: Value, arguments: &Args) -> PyResult {
    if !(1..=GENERATIONS).contains(&arguments.count()) {
        return Err(thread.type_error("gc.set_threshold requires 1 to 3 arguments"));
    }
    let mut thresholds = COLLECTOR.thresholds.get();
    for (threshold, given) in thresholds.iter_mut().zip(arguments.positional()) {
        *threshold = protocol::c_int(thread, *given)?.into();
    }
    COLLECTOR.thresholds.set(thresholds);
    Ok(Ref::NONE)
}

fn collect(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let generation = match arguments[0] {
        v if v.is_null() => GENERATIONS as i32 - 1,
        v => protocol::c_int(thread, v)?,
    };
    match usize::try_from(generation) {
        Ok(g) if g < GENERATIONS => Ok(int::from_usize(gc::collect(thread, g))),
        _ => Err(thread.value_error("invalid generation")),
    }
}

fn get_objects(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let v = arguments[0];
    if v.is_null() || v.is_none() {
        return Ok(List::from_refs(gc::get_objects(None)));
    }
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        let message = format!("argument should be integer or None, not '{}'", v.ty().name());
        return Err(thread.type_error(message));
    }
    let generation = protocol::index_isize(thread, v)?;
    if generation < 0 {
        return Err(thread.value_error("generation parameter cannot be negative"));
    }
    if generation as usize >= GENERATIONS {
        return Err(thread.value_error(format!(
            "generation parameter must be less than the number of available generations ({GENERATIONS})"
        )));
    }
    Ok(List::from_refs(gc::get_objects(Some(generation as usize))))
}

fn get_stats(_: &Thread, _: Value) -> PyResult {
    let stats = COLLECTOR.stats.with(|stats| *stats);
    let rows = stats.iter().map(|row| {
        let shown = Dict::new();
        if let Some(dict) = shown.cast::<Dict>() {
            dict.set_str("collections", *int::from_u64(row.collections));
            dict.set_str("collected", *int::from_u64(row.collected));
            dict.set_str("uncollectable", Value::small_int(0));
        }
        shown
    });
    Ok(List::from_refs(rows.collect()))
}

fn is_tracked(_: &Thread, _: Value, object: Value) -> PyResult {
    Ok(Ref::bool(gc::is_tracked(object)))
}

fn is_finalized(_: &Thread, _: Value, object: Value) -> PyResult {
    Ok(Ref::bool(gc::is_finalized(object)))
}

/// The items of the `*objs` argument.
fn targets(arguments: &[Value]) -> &'static [Value] {
    arguments.first().and_then(|v| v.cast::<Tuple>()).map_or(&[], |t| t.items())
}

fn get_referrers(_: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let own_tuple = arguments.first().copied();
    let mut found = gc::get_referrers(targets(arguments));
    found.retain(|v| own_tuple.is_none_or(|t| !v.is(t)));
    Ok(List::from_refs(found))
}

fn get_referents(_: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    Ok(List::from_refs(gc::get_referents(targets(arguments))))
}

fn freeze(_: &Thread, _: Value) -> PyResult {
    gc::freeze();
    Ok(Ref::NONE)
}

fn unfreeze(_: &Thread, _: Value) -> PyResult {
    gc::unfreeze();
    Ok(Ref::NONE)
}

fn get_freeze_count(_: &Thread, _: Value) -> PyResult {
    Ok(int::from_usize(gc::freeze_count()))
}

fn init(_: &Thread, module: Value) -> PyResult<()> {
    module::add(module, "garbage", *COLLECTOR.garbage());
    module::add(module, "callbacks", *COLLECTOR.callbacks());
    let flags = [
        ("DEBUG_STATS", debug::STATS),
        ("DEBUG_COLLECTABLE", debug::COLLECTABLE),
        ("DEBUG_UNCOLLECTABLE", debug::UNCOLLECTABLE),
        ("DEBUG_SAVEALL", debug::SAVEALL),
        ("DEBUG_LEAK", debug::LEAK),
    ];
    for (name, value) in flags {
        module::add(module, name, Value::small_int(value));
    }
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "gc",
    doc: DOC_MODULE,
    functions: &[
        method("enable", "($module, /)", NativeFn::NoArgs(enable), DOC_ENABLE),
        method("disable", "($module, /)", NativeFn::NoArgs(disable), DOC_DISABLE),
        method("isenabled", "($module, /)", NativeFn::NoArgs(is_enabled), DOC_ISENABLED),
        method("set_debug", "($module, flags, /)", NativeFn::One(set_debug), DOC_SET_DEBUG),
        method("get_debug", "($module, /)", NativeFn::NoArgs(get_debug), DOC_GET_DEBUG),
        method("get_count", "($module, /)", NativeFn::NoArgs(get_count), DOC_GET_COUNT),
        method("set_threshold", "?", NativeFn::Raw(set_threshold), DOC_SET_THRESHOLD),
        method("get_threshold", "($module, /)", NativeFn::NoArgs(get_threshold), DOC_GET_THRESHOLD),
        method("collect", "($module, /, generation=2)", NativeFn::Bound(collect), DOC_COLLECT),
        method("get_objects", "($module, /, generation=None)", NativeFn::Bound(get_objects), DOC_GET_OBJECTS),
        method("get_stats", "($module, /)", NativeFn::NoArgs(get_stats), DOC_GET_STATS),
        method("is_tracked", "($module, obj, /)", NativeFn::One(is_tracked), DOC_IS_TRACKED),
        method("is_finalized", "($module, obj, /)", NativeFn::One(is_finalized), DOC_IS_FINALIZED),
        method("get_referrers", "($module, /, *objs)", NativeFn::Bound(get_referrers), DOC_GET_REFERRERS),
        method("get_referents", "($module, /, *objs)", NativeFn::Bound(get_referents), DOC_GET_REFERENTS),
        method("freeze", "($module, /)", NativeFn::NoArgs(freeze), DOC_FREEZE),
        method("unfreeze", "($module, /)", NativeFn::NoArgs(unfreeze), DOC_UNFREEZE),
        method("get_freeze_count", "($module, /)", NativeFn::NoArgs(get_freeze_count), DOC_GET_FREEZE_COUNT),
    ],
    init,
};

const DOC_MODULE: &str = "This module provides access to the garbage collector for reference cycles.\n\nenable() -- Enable automatic garbage collection.\ndisable() -- Disable automatic garbage collection.\nisenabled() -- Returns true if automatic collection is enabled.\ncollect() -- Do a full collection right now.\nget_count() -- Return the current collection counts.\nget_stats() -- Return list of dictionaries containing per-generation stats.\nset_debug() -- Set debugging flags.\nget_debug() -- Get debugging flags.\nset_threshold() -- Set the collection thresholds.\nget_threshold() -- Return the current collection thresholds.\nget_objects() -- Return a list of all objects tracked by the collector.\nis_tracked() -- Returns true if a given object is tracked.\nis_finalized() -- Returns true if a given object has been already finalized.\nget_referrers() -- Return the list of objects that refer to an object.\nget_referents() -- Return the list of objects that an object refers to.\nfreeze() -- Freeze all tracked objects and ignore them for future collections.\nunfreeze() -- Unfreeze all objects in the permanent generation.\nget_freeze_count() -- Return the number of objects in the permanent generation.\n";
const DOC_ENABLE: &str = "Enable automatic garbage collection.";
const DOC_DISABLE: &str = "Disable automatic garbage collection.";
const DOC_ISENABLED: &str = "Returns true if automatic garbage collection is enabled.";
const DOC_SET_DEBUG: &str = "Set the garbage collection debugging flags.\n\n  flags\n    An integer that can have the following bits turned on:\n      DEBUG_STATS - Print statistics during collection.\n      DEBUG_COLLECTABLE - Print collectable objects found.\n      DEBUG_UNCOLLECTABLE - Print unreachable but uncollectable objects\n        found.\n      DEBUG_SAVEALL - Save objects to gc.garbage rather than freeing them.\n      DEBUG_LEAK - Debug leaking programs (everything but STATS).\n\nDebugging information is written to sys.stderr.";
const DOC_GET_DEBUG: &str = "Get the garbage collection debugging flags.";
const DOC_GET_COUNT: &str = "Return a three-tuple of the current collection counts.";
const DOC_SET_THRESHOLD: &str = "set_threshold(threshold0, [threshold1, [threshold2]])\nSet the collection thresholds (the collection frequency).\n\nSetting 'threshold0' to zero disables collection.";
const DOC_GET_THRESHOLD: &str = "Return the current collection thresholds.";
const DOC_COLLECT: &str = "Run the garbage collector.\n\nWith no arguments, run a full collection.  The optional argument\nmay be an integer specifying which generation to collect.  A ValueError\nis raised if the generation number is invalid.\n\nThe number of unreachable objects is returned.";
const DOC_GET_OBJECTS: &str = "Return a list of objects tracked by the collector (excluding the list returned).\n\n  generation\n    Generation to extract the objects from.\n\nIf generation is not None, return only the objects tracked by the\ncollector that are in that generation.";
const DOC_GET_STATS: &str = "Return a list of dictionaries containing per-generation statistics.";
const DOC_IS_TRACKED: &str = "Returns true if the object is tracked by the garbage collector.\n\nSimple atomic objects will return false.";
const DOC_IS_FINALIZED: &str = "Returns true if the object has been already finalized by the GC.";
const DOC_GET_REFERRERS: &str = "Return the list of objects that directly refer to any of 'objs'.";
const DOC_GET_REFERENTS: &str = "Return the list of objects that are directly referred to by 'objs'.";
const DOC_FREEZE: &str = "Freeze all current tracked objects and ignore them for future collections.\n\nThis can be used before a POSIX fork() call to make the gc copy-on-write\nfriendly.\nNote: collection before a POSIX fork() call may free pages for future\nallocation which can cause copy-on-write.";
const DOC_UNFREEZE: &str = "Unfreeze all objects in the permanent generation.\n\nPut all objects in the permanent generation back into oldest generation.";
const DOC_GET_FREEZE_COUNT: &str = "Return the number of objects in the permanent generation.";
