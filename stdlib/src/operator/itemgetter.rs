//! `itemgetter`.

use runtime::object::drop_object;
use runtime::objects::list::List;
use runtime::objects::sequence::{guarded_repr, push_repr};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::types::binding::{check_positional, no_keywords};
use runtime::{
    Args, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset,
    method, new_exact, protocol,
};

/// Gives one item of its argument, or a tuple of several.
#[repr(C)]
pub struct Itemgetter {
    pub header: Header,
    /// A tuple of the keys.
    keys: Slot,
}

runtime::object!(Itemgetter, ITEMGETTER);
runtime::slot_fields!(Itemgetter, keys);

pub static ITEMGETTER: Type = Type::new_static(&TypeSpec {
    name: "operator.itemgetter",
    size: size_of::<Itemgetter>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Itemgetter>,
        traverse: Some(traverse_slots::<Itemgetter>),
        clear: Some(clear_slots::<Itemgetter>),
        repr: Some(|thread, v| repr_of_call(thread, v, *keys(thread, v)?)),
        call: Some(call),
        ..Slots::EMPTY
    },
    methods: &[method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), keys(thread, v)?]))
        }),
        "Return state information for pickling",
    )],
    getsets: &[getset("__text_signature__", |_, _| Ok(Str::new("(obj, /)")), "")],
    signature: "(item, /, *items)",
    doc: "Return a callable object that fetches the given item(s) from its operand.\nAfter f = itemgetter(2), the call f(r) returns r[2].\nAfter g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])",
    ..TypeSpec::EMPTY
});

fn keys(thread: &Thread, v: Value) -> PyResult {
    Ok(receiver::<Itemgetter>(thread, v)?.keys.option().unwrap_or_else(Tuple::empty))
}

/// `operator.itemgetter(1, 2)`: the type's name and its arguments, as the getters show themselves.
pub fn repr_of_call(thread: &Thread, v: Value, arguments: Value) -> PyResult {
    let name = v.ty().name();
    guarded_repr(thread, v, &format!("{name}(...)"), |out| {
        out.extend_from_slice(name.as_bytes());
        out.push(b'(');
        for (i, key) in arguments.cast::<Tuple>().map_or(&[][..], |t| t.items()).iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            push_repr(thread, out, *key)?;
        }
        out.push(b')');
        Ok(())
    })
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "itemgetter", arguments)?;
    if arguments.count() == 0 {
        return Err(thread.type_error("itemgetter expected 1 argument, got 0"));
    }
    let keys = arguments.positional_tuple();
    Ok(new_exact(|header| Itemgetter { header, keys: Slot::new(keys) }))
}

/// `v[key]`; places of plain tuples and lists without a call.
#[inline]
fn item(thread: &Thread, v: Value, key: Value) -> PyResult {
    if let Some(place) = key.as_small_int().and_then(|i| usize::try_from(i).ok()) {
        if let Some(found) = v.cast_exact::<Tuple>().and_then(|t| t.items().get(place)) {
            return Ok(found.to_ref());
        }
        if let Some(found) = v.cast_exact::<List>().and_then(|l| l.get(place)) {
            return Ok(found);
        }
    }
    protocol::get_item(thread, v, key)
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "itemgetter", arguments)?;
    check_positional(thread, "itemgetter", arguments.count(), 1, 1)?;
    let object = arguments.positional()[0];
    let held = keys(thread, v)?;
    match held.cast_exact::<Tuple>().map_or(&[][..], |t| t.items()) {
        [key] => item(thread, object, *key),
        keys => {
            let mut items: Vec<Ref> = Vec::with_capacity(keys.len());
            for key in keys {
                items.push(item(thread, object, *key)?);
            }
            Ok(Tuple::from_refs(items))
        }
    }
}
