//! `cmp_to_key`.

use runtime::object::drop_object;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::types::binding::Parameters;
use runtime::types::registry::ATTRIBUTE_ERROR;
use runtime::{
    Args, CompareOp, Header, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, new_exact,
    protocol, slot_member,
};

/// A key that a comparison function orders; the one without an object makes the others.
#[repr(C)]
pub struct KeyWrapper {
    pub header: Header,
    compare: Slot,
    object: Slot,
}

runtime::object!(KeyWrapper, KEY_WRAPPER);
runtime::slot_fields!(KeyWrapper, compare, object);

pub static KEY_WRAPPER: Type = Type::new_static(&TypeSpec {
    name: "functools.KeyWrapper",
    size: size_of::<KeyWrapper>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_object::<KeyWrapper>,
        traverse: Some(traverse_slots::<KeyWrapper>),
        clear: Some(clear_slots::<KeyWrapper>),
        compare: Some(compare),
        call: Some(call),
        ..Slots::EMPTY
    },
    getsets: &[slot_member!(KeyWrapper, object, "obj", "Value wrapped by a key function.")],
    ..TypeSpec::EMPTY
});

static PARAMETERS: Parameters = Parameters::new("K", "(obj)");

fn wrap(compare: Ref, object: Ref) -> Ref {
    new_exact(|header| KeyWrapper { header, compare: Slot::new(compare), object: Slot::new(object) })
}

pub fn cmp_to_key(_: &Thread, _: Value, a: &[Value]) -> PyResult {
    Ok(wrap(a[0].to_ref(), Ref::NULL))
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let maker = receiver::<KeyWrapper>(thread, v)?;
    PARAMETERS.bind(thread, arguments, |a| Ok(wrap(maker.compare.get(), a[0].to_ref())))
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.cast_exact::<KeyWrapper>(), b.cast_exact::<KeyWrapper>()) else {
        return Err(thread.type_error("other argument must be K instance"));
    };
    let function = left.compare.get();
    let (Some(x), Some(y)) = (left.object.option(), right.object.option()) else {
        return Err(thread.error(&ATTRIBUTE_ERROR, "object"));
    };
    let order = thread.call(*function, &[*x, *y])?;
    protocol::compare(thread, *order, Value::small_int(0), op)
}
