//! Scheduling.

use crate::os::process as calls;
use crate::system::raised;
use runtime::objects::set;
use runtime::objects::structseq::{self, StructSequence, field};
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::types::TypeFlags;
use runtime::types::binding::Parameters;
use runtime::{
    Args, GetSetDef, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeSpec, Value, method,
    protocol,
};

const PRIORITY: GetSetDef = field(0, "sched_priority", "the scheduling priority");

/// A struct sequence, but made of its only item instead of a sequence.
const SPEC: TypeSpec = {
    const BASE: TypeSpec = structseq::spec(
        "posix.sched_param",
        &[PRIORITY],
        TypeFlags::empty(),
        "Currently has only one field: sched_priority\n\n  sched_priority\n    A scheduling parameter.",
    );
    TypeSpec {
        slots: Slots { new: Some(new), ..BASE.slots },
        methods: METHODS,
        signature: "(sched_priority)",
        ..BASE
    }
};

const METHODS: &[MethodDef] =
    &[method("__reduce__", "!($self, /)", NativeFn::NoArgs(reduce), ""), structseq::REPLACE];

/// Scheduling parameters.
pub static SCHED_PARAM: StructSequence = StructSequence::declare(&SPEC, &[(0, PRIORITY)], 1, 1, None);

static NEW: Parameters = Parameters::new("sched_param", "(sched_priority)");

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    NEW.bind(thread, arguments, |a| Ok(SCHED_PARAM.make(vec![a[0].to_ref()])))
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let priority = protocol::get_item(thread, v, Value::small_int(0))?;
    let arguments = Tuple::from_refs(vec![priority]);
    Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), arguments]))
}

/// The priority in a `sched_param`.
pub fn priority_argument(thread: &Thread, v: Value) -> PyResult<i32> {
    if !v.is_exact(SCHED_PARAM.ready()) {
        return Err(thread.type_error("must have a sched_param object"));
    }
    let priority = protocol::get_item(thread, v, Value::small_int(0))?;
    let priority = protocol::index_i64(thread, *priority)?;
    i32::try_from(priority).map_err(|_| thread.overflow_error("sched_priority out of range"))
}

pub fn sched_get_priority_max(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let policy = protocol::c_int(thread, a[0])?;
    Ok(int::new(raised(thread, calls::sched_get_priority_max(policy))?))
}

pub fn sched_get_priority_min(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let policy = protocol::c_int(thread, a[0])?;
    Ok(int::new(raised(thread, calls::sched_get_priority_min(policy))?))
}

pub fn sched_getscheduler(thread: &Thread, _: Value, v: Value) -> PyResult {
    let process = protocol::c_int(thread, v)?;
    Ok(int::new(raised(thread, calls::sched_getscheduler(process))?))
}

pub fn sched_setscheduler(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (process, policy) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    let priority = priority_argument(thread, a[2])?;
    raised(thread, calls::set_scheduling(process, Some(policy), priority))?;
    Ok(Ref::NONE)
}

pub fn sched_getparam(thread: &Thread, _: Value, v: Value) -> PyResult {
    let process = protocol::c_int(thread, v)?;
    let priority = raised(thread, calls::scheduling_priority(process))?;
    Ok(SCHED_PARAM.make(vec![int::new(priority.into())]))
}

pub fn sched_setparam(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let process = protocol::c_int(thread, a[0])?;
    let priority = priority_argument(thread, a[1])?;
    raised(thread, calls::set_scheduling(process, None, priority))?;
    Ok(Ref::NONE)
}

pub fn sched_rr_get_interval(thread: &Thread, _: Value, v: Value) -> PyResult {
    let process = protocol::c_int(thread, v)?;
    Ok(float::new(raised(thread, calls::round_robin_interval(process))?))
}

pub fn sched_yield(thread: &Thread, _: Value) -> PyResult {
    crate::system::system(thread, calls::sched_yield)?;
    Ok(Ref::NONE)
}

pub fn sched_getaffinity(thread: &Thread, _: Value, v: Value) -> PyResult {
    let process = protocol::c_int(thread, v)?;
    let processors = raised(thread, calls::affinity(process))?;
    let object = set::new_set();
    if let Some(set) = set::set_of(*object) {
        for i in processors {
            set.add(thread, *int::from_usize(i))?;
        }
    }
    Ok(object)
}

/// No system has that many processors; keeps the set small.
const MOST_PROCESSORS: i64 = 1 << 20;

pub fn sched_setaffinity(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let process = protocol::c_int(thread, a[0])?;
    let mut processors = Vec::new();
    for item in protocol::collect(thread, a[1])? {
        if !int::is_int(*item) {
            let message =
                format!("expected an iterator of ints, but iterator yielded <class '{}'>", item.ty().name());
            return Err(thread.type_error(message));
        }
        let number = protocol::index_i64(thread, *item)?;
        if number < 0 {
            return Err(thread.value_error("negative CPU number"));
        }
        if number >= MOST_PROCESSORS {
            return Err(thread.overflow_error("CPU number too large"));
        }
        processors.push(number as usize);
    }
    raised(thread, calls::set_affinity(process, &processors))?;
    Ok(Ref::NONE)
}

pub fn getpriority(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (which, who) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    Ok(int::new(raised(thread, calls::getpriority(which, who))?.into()))
}

pub fn setpriority(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (which, who) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    let priority = protocol::c_int(thread, a[2])?;
    raised(thread, calls::setpriority(which as u32, who as u32, priority))?;
    Ok(Ref::NONE)
}
