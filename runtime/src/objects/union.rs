//! `typing.Union` (also `types.UnionType`): `int | str`.

use crate::attributes;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::generic_alias::{self, GenericAlias};
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::state::import_module;
use crate::thread::Thread;
use crate::types::registry::{NONE_TYPE, STR, TYPE};
use crate::types::{CompareOp, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};

/// A union of at least two different types.
#[repr(C)]
pub struct Union {
    pub header: Header,
    /// The members: a tuple, without repetitions.
    pub args: Slot,
    /// `__parameters__`, NULL until asked for.
    parameters: Slot,
}

crate::object!(Union, UNION);

pub static UNION: Type = Type::new_static(&TypeSpec {
    name: "typing.Union",
    size: size_of::<Union>(),
    flags: TypeFlags::GC.union(TypeFlags::NO_INSTANTIATION).union(TypeFlags::WEAKREF),
    slots: Slots {
        drop: drop_object::<Union>,
        traverse: Some(|v, visit| {
            for field in [&this(v).args, &this(v).parameters] {
                if !field.is_null() {
                    visit(field.peek());
                }
            }
        }),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        get_attribute: Some(attributes::generic_get),
        or: Some(|thread, a, b| make(thread, &[a, b])),
        get_item: Some(get_item),
        ..Slots::EMPTY
    },
    methods: &[
        method("__mro_entries__", "($self, object, /)", NativeFn::One(mro_entries), ""),
        method(
            "__class_getitem__",
            "($type, object, /)",
            NativeFn::One(class_getitem),
            "Create a union containing the given types",
        )
        .class(),
    ],
    getsets: &[
        getset("__args__", |_, v| Ok(this(v).args.get()), "").member(),
        getset("__name__", |_, _| Ok(Str::new("Union")), "Name of the type"),
        getset("__qualname__", |_, _| Ok(Str::new("Union")), "Qualified name of the type"),
        getset("__origin__", |_, _| Ok(Value::of(&UNION).to_ref()), "Always returns the type"),
        getset("__parameters__", parameters, "Type variables in the types.UnionType."),
    ],
    doc: "Represent a union type\n\nE.g. for int | str",
    ..TypeSpec::EMPTY
});

fn this(v: Value) -> &'static Union {
    // SAFETY: slots and getsets of an exact type are called on its instances only.
    unsafe { v.cast_unchecked() }
}

/// Whether `|` of a type and this makes a union.
fn is_unionable(v: Value) -> bool {
    v.is_none()
        || v.is_instance(&TYPE)
        || v.is_exact(&UNION)
        || v.cast::<GenericAlias>().is_some()
        || v.ty().spec.is_some_and(|s| s.name == "typing.TypeAliasType")
}

/// The `or` slot of types and generic aliases.
pub fn or(thread: &Thread, a: Value, b: Value) -> PyResult {
    if !is_unionable(a) || !is_unionable(b) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    make(thread, &[a, b])
}

/// The union of some types: unions among them are flattened, repetitions dropped; one type alone is itself.
pub fn make(thread: &Thread, types: &[Value]) -> PyResult {
    let mut members: Vec<Ref> = Vec::new();
    for ty in types {
        match ty.cast_exact::<Union>().map(|u| u.args.get()) {
            Some(inner) => {
                for item in inner.cast::<Tuple>().iter().flat_map(|t| t.items()) {
                    add(thread, &mut members, item.to_ref())?;
                }
            }
            None => add(thread, &mut members, member(thread, *ty)?)?,
        }
    }
    if members.len() == 1 {
        return Ok(members.remove(0));
    }
    let args = Tuple::from_refs(members);
    Ok(new_exact(|header| Union { header, args: Slot::new(args), parameters: Slot::null() }))
}

/// `None` stands for its type, a string for a forward reference.
fn member(thread: &Thread, v: Value) -> PyResult {
    if v.is_none() {
        return Ok(Value::of(&NONE_TYPE).to_ref());
    }
    if v.is_instance(&STR) {
        let typing = import_module(thread, "typing")?;
        return thread.call_method(*typing, str::intern_text("ForwardRef"), &[v]);
    }
    Ok(v.to_ref())
}

fn add(thread: &Thread, members: &mut Vec<Ref>, new: Ref) -> PyResult<()> {
    for old in members.iter() {
        if protocol::compare_bool(thread, **old, *new, CompareOp::Eq)? {
            return Ok(());
        }
    }
    members.push(new);
    Ok(())
}

fn args_of(v: Value) -> Ref {
    this(v).args.get()
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let args = args_of(v);
    let mut parts = Vec::new();
    for item in args.cast::<Tuple>().iter().flat_map(|t| t.items()) {
        parts.push(generic_alias::type_text(thread, *item)?);
    }
    Ok(Str::new(&parts.join(" | ")))
}

/// Independent of the order of the members.
fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let args = args_of(v);
    let mut sum: u64 = 0x6a09_e667_f3bc_c908;
    for item in args.cast::<Tuple>().iter().flat_map(|t| t.items()) {
        let h = protocol::hash(thread, *item)? as u64;
        sum ^= (h ^ h << 16 ^ 89_869_747).wrapping_mul(3_644_798_167);
    }
    Ok(if sum as i64 == -1 { -2 } else { sum as i64 })
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    if b.cast_exact::<Union>().is_none() || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let (x, y) = (args_of(a), args_of(b));
    let (Some(x), Some(y)) = (x.cast::<Tuple>(), y.cast::<Tuple>()) else { return Ok(Ref::NOT_IMPLEMENTED) };
    let mut same = x.len() == y.len();
    for item in x.items() {
        let mut found = false;
        for other in y.items().iter().take_while(|_| same) {
            found = found || protocol::compare_bool(thread, *item, *other, CompareOp::Eq)?;
        }
        same = same && found;
    }
    Ok(Ref::bool(same == (op == CompareOp::Eq)))
}

fn parameters(thread: &Thread, v: Value) -> PyResult {
    if this(v).parameters.is_null() {
        let found = generic_alias::make_parameters(thread, this(v).args.peek())?;
        this(v).parameters.set(found);
    }
    Ok(this(v).parameters.get())
}

fn get_item(thread: &Thread, v: Value, item: Value) -> PyResult {
    let parameters = parameters(thread, v)?;
    let args = generic_alias::substitute(thread, v, *args_of(v), *parameters, item)?;
    make(thread, args.cast::<Tuple>().map_or(&[], |t| t.items()))
}

fn mro_entries(thread: &Thread, v: Value, _bases: Value) -> PyResult {
    let shown = protocol::repr(thread, v)?;
    Err(thread.type_error(format!("Cannot subclass {}", str::display(*shown))))
}

fn class_getitem(thread: &Thread, _class: Value, item: Value) -> PyResult {
    match item.cast::<Tuple>() {
        Some(t) if t.len() == 0 => Err(thread.type_error("Cannot take a Union of no types.")),
        Some(t) => make(thread, t.items()),
        None => make(thread, &[item]),
    }
}
