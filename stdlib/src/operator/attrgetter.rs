//! `attrgetter`.

use super::itemgetter::repr_of_call;
use runtime::object::drop_object;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::types::binding::{check_positional, no_keywords};
use runtime::{
    Args, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, attributes,
    getset, method, new_exact,
};

/// Gives one attribute of its argument, or a tuple of several.
#[repr(C)]
pub struct Attrgetter {
    pub header: Header,
    /// A tuple of the names as given.
    names: Slot,
    /// A tuple of the paths: an interned name, or a tuple of those for a dotted one.
    paths: Slot,
}

runtime::object!(Attrgetter, ATTRGETTER);
runtime::slot_fields!(Attrgetter, names, paths);

pub static ATTRGETTER: Type = Type::new_static(&TypeSpec {
    name: "operator.attrgetter",
    size: size_of::<Attrgetter>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Attrgetter>,
        traverse: Some(traverse_slots::<Attrgetter>),
        clear: Some(clear_slots::<Attrgetter>),
        repr: Some(|thread, v| repr_of_call(thread, v, *names(thread, v)?)),
        call: Some(call),
        ..Slots::EMPTY
    },
    methods: &[method(
        "__reduce__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            Ok(Tuple::from_refs(vec![Value::of(v.ty()).to_ref(), names(thread, v)?]))
        }),
        "Return state information for pickling",
    )],
    getsets: &[getset("__text_signature__", |_, _| Ok(Str::new("(obj, /)")), "")],
    signature: "(attr, /, *attrs)",
    doc: "Return a callable object that fetches the given attribute(s) from its operand.\nAfter f = attrgetter('name'), the call f(r) returns r.name.\nAfter g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).\nAfter h = attrgetter('name.first', 'name.last'), the call h(r) returns\n(r.name.first, r.name.last).",
    ..TypeSpec::EMPTY
});

fn names(thread: &Thread, v: Value) -> PyResult {
    Ok(receiver::<Attrgetter>(thread, v)?.names.option().unwrap_or_else(Tuple::empty))
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    no_keywords(thread, "attrgetter", arguments)?;
    if arguments.count() == 0 {
        return Err(thread.type_error("attrgetter expected 1 argument, got 0"));
    }
    let mut paths = Vec::with_capacity(arguments.count());
    for name in arguments.positional() {
        let Some(text) = name.cast::<Str>() else {
            return Err(thread.type_error("attribute name must be a string"));
        };
        paths.push(path(*name, text));
    }
    let names = arguments.positional_tuple();
    let paths = Tuple::from_refs(paths);
    Ok(new_exact(|header| Attrgetter { header, names: Slot::new(names), paths: Slot::new(paths) }))
}

/// What a name leads through.
fn path(name: Value, text: &Str) -> Ref {
    let points: Vec<u32> = text.chars().collect();
    let mut steps =
        points.split(|point| *point == '.' as u32).map(|step| str::intern(Str::from_code_points(step)));
    match (steps.next(), steps.next()) {
        (Some(first), Some(second)) => Tuple::from_refs([first, second].into_iter().chain(steps).collect()),
        (Some(only), None) => only,
        _ => name.to_ref(),
    }
}

fn follow(thread: &Thread, object: Value, path: Value) -> PyResult {
    let Some(steps) = path.cast_exact::<Tuple>() else { return attributes::get(thread, object, path) };
    let mut at = object.to_ref();
    for name in steps.items() {
        at = attributes::get(thread, *at, *name)?;
    }
    Ok(at)
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    no_keywords(thread, "attrgetter", arguments)?;
    check_positional(thread, "attrgetter", arguments.count(), 1, 1)?;
    let object = arguments.positional()[0];
    let held = receiver::<Attrgetter>(thread, v)?.paths.option().unwrap_or_else(Tuple::empty);
    match held.cast_exact::<Tuple>().map_or(&[][..], |t| t.items()) {
        [path] => follow(thread, object, *path),
        paths => {
            let mut found = Vec::with_capacity(paths.len());
            for path in paths {
                found.push(follow(thread, object, *path)?);
            }
            Ok(Tuple::from_refs(found))
        }
    }
}
