//! `_abc`: the machinery of abstract base classes. Each keeps a registry of virtual subclasses and two caches of answers; a
//! global counter, raised by each registration, voids the negative ones.
//!
//! The sets hold weak references by the address of the class; an entry whose class died counts as absent.

use runtime::cell::GilCell;
use runtime::object::{Header, drop_object, new_exact};
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::{ASSERTION_ERROR, ATTRIBUTE_ERROR, RUNTIME_ERROR};
use runtime::objects::int::{self, IntRef};
use runtime::objects::list::List;
use runtime::objects::module::ModuleSpec;
use runtime::objects::set::{self, Set};
use runtime::objects::tuple::Tuple;
use runtime::types::instance_check;
use runtime::types::registry::{REFERENCE, ready};
use runtime::weakref::{self, WeakRef};
use runtime::{
    Args, Effects, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    attributes, method, names, protocol,
};
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// Weak references to classes, by address.
#[derive(Default)]
struct ClassSet {
    classes: FxHashMap<Value, Ref>,
    /// Dead entries are thrown out when there are that many.
    limit: usize,
}

impl ClassSet {
    fn contains(&self, class: Value) -> bool {
        self.classes.get(&class).and_then(|r| r.cast::<WeakRef>()).is_some_and(|w| w.is_to(class))
    }
    /// Takes the reference in; what it replaces or finds dead is handed out, to be dropped outside of the cell.
    fn insert(&mut self, class: Value, reference: Ref) -> Vec<Ref> {
        let mut gone = Vec::from_iter(self.classes.insert(class, reference));
        if self.classes.len() > self.limit.max(16) {
            let is_dead = |class: &Value, r: &mut Ref| !r.cast::<WeakRef>().is_some_and(|w| w.is_to(*class));
            gone.extend(self.classes.extract_if(is_dead).map(|(_, r)| r));
            self.limit = self.classes.len() * 2;
        }
        gone
    }
}

/// `cls._abc_impl`
#[repr(C)]
struct Data {
    header: Header,
    registry: GilCell<ClassSet>,
    cache: GilCell<ClassSet>,
    negative: GilCell<ClassSet>,
    /// The counter when `negative` was last valid.
    negative_version: Cell<u64>,
}

runtime::object!(Data, DATA);

fn new_data() -> Ref {
    new_exact(|header| Data {
        header,
        registry: GilCell::default(),
        cache: GilCell::default(),
        negative: GilCell::default(),
        negative_version: Cell::new(counter()),
    })
}

static DATA: Type = Type::new_static(&TypeSpec {
    name: "_abc._abc_data",
    size: size_of::<Data>(),
    flags: TypeFlags::IMMUTABLE,
    slots: Slots { new: Some(|_, _, _: &Args| Ok(new_data())), drop: drop_object::<Data>, ..Slots::EMPTY },
    doc: "Internal state held by ABC machinery.",
    ..TypeSpec::EMPTY
});

static COUNTER: GilCell<u64> = GilCell::new(0);

fn counter() -> u64 {
    COUNTER.with(|n| *n)
}

fn add_to(thread: &Thread, set: &GilCell<ClassSet>, class: Value) -> PyResult<()> {
    let reference = weakref::new_reference(thread, &REFERENCE, class, Ref::NULL)?;
    let gone = set.with(|set| set.insert(class, reference));
    drop(gone);
    Ok(())
}

/// The data of an abstract base class.
fn data_of(thread: &Thread, class: Value) -> PyResult<&'static Data> {
    let data = attributes::get(thread, class, names::get()._abc_impl)?;
    match data.cast_exact::<Data>() {
        // The class holds it for life.
        Some(_) => data.cast::<Data>().ok_or_else(|| thread.raised()),
        None => Err(thread.type_error("_abc_impl is set to a wrong type")),
    }
}

// Setting up.

fn is_abstract(thread: &Thread, value: Value) -> PyResult<bool> {
    match attributes::find(thread, value, names::get().__isabstractmethod__)? {
        Some(flag) => protocol::is_true(thread, *flag),
        None => Ok(false),
    }
}

/// Sets `__abstractmethods__`: what the class declares abstract, and what it inherits and doesn't implement.
fn compute_abstract_methods(thread: &Thread, class: Value) -> PyResult<()> {
    let n = names::get();
    let namespace = attributes::get(thread, class, n.__dict__)?;
    let abstracts = set::new_set();
    let items = thread.call_method(*namespace, n.items, &[])?;
    for item in protocol::collect(thread, *items)? {
        let [name, value] = item.cast::<Tuple>().map(|t| t.items()).unwrap_or_default() else {
            return Err(thread.type_error("Iteration over dict.items() returned an item that is not a pair"));
        };
        if is_abstract(thread, *value)? {
            add_name(thread, &abstracts, *name)?;
        }
    }
    let bases = attributes::get(thread, class, n.__bases__)?;
    let Some(bases) = bases.cast::<Tuple>() else {
        return Err(thread.type_error("__bases__ is not tuple"));
    };
    for base in bases.items() {
        let Some(inherited) = attributes::find(thread, *base, n.__abstractmethods__)? else { continue };
        for name in protocol::collect(thread, *inherited)? {
            if let Some(value) = attributes::find(thread, class, *name)?
                && is_abstract(thread, *value)?
            {
                add_name(thread, &abstracts, *name)?;
            }
        }
    }
    let frozen = thread.call(Value::of(&runtime::types::registry::FROZENSET), &[*abstracts])?;
    attributes::set(thread, class, n.__abstractmethods__, *frozen)
}

fn add_name(thread: &Thread, set: &Ref, name: Value) -> PyResult<()> {
    match set.cast::<Set>() {
        Some(set) => set.add(thread, name).map(drop),
        None => Ok(()),
    }
}

/// CPython's bits of `__abc_tpflags__`.
const SEQUENCE_BIT: i64 = 1 << 5;
const MAPPING_BIT: i64 = 1 << 6;

/// Takes `__abc_tpflags__` out of the class and sets what it says: which patterns instances match.
fn take_collection_flags(thread: &Thread, class: Value) -> PyResult<()> {
    let Some(ty) = class.cast::<Type>() else { return Ok(()) };
    let namespace = ty.dict.get();
    let Some(dict) = namespace.cast::<Dict>() else { return Ok(()) };
    let Some(flags) = dict.get_str("__abc_tpflags__") else { return Ok(()) };
    let Some(IntRef::Small(bits)) = int::get(*flags) else { return Ok(()) };
    let (sequence, mapping) = (bits & SEQUENCE_BIT != 0, bits & MAPPING_BIT != 0);
    if sequence && mapping {
        let message = "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING";
        return Err(thread.type_error(message));
    }
    ty.modified();
    let mut own = ty.flags();
    own.set(TypeFlags::SEQUENCE, own.contains(TypeFlags::SEQUENCE) || sequence);
    own.set(TypeFlags::MAPPING, own.contains(TypeFlags::MAPPING) || mapping);
    ty.set_flags(own);
    drop(dict.remove_interned(runtime::objects::str::intern_text("__abc_tpflags__")));
    Ok(())
}

fn abc_init(thread: &Thread, _: Value, class: Value) -> PyResult {
    compute_abstract_methods(thread, class)?;
    attributes::set(thread, class, names::get()._abc_impl, *new_data())?;
    take_collection_flags(thread, class)?;
    Ok(Ref::NONE)
}

/// A registered class and its subclasses match the patterns that the abstract class does.
fn pass_flags_on(ty: &Type, flags: TypeFlags) {
    let both = TypeFlags::SEQUENCE | TypeFlags::MAPPING;
    if ty.flags() & both == flags || ty.spec.is_some() {
        return;
    }
    ty.modified();
    ty.set_flags((ty.flags() - both) | flags);
    for subclass in runtime::objects::type_::live_subclasses(ty) {
        if let Some(subclass) = subclass.cast::<Type>() {
            pass_flags_on(subclass, flags);
        }
    }
}

fn abc_register(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let [class, subclass] = *arguments else { return Ok(Ref::NONE) };
    let Some(subtype) = subclass.cast::<Type>() else {
        return Err(thread.type_error("Can only register classes"));
    };
    if instance_check::issubclass(thread, subclass, class)? {
        return Ok(subclass.to_ref());
    }
    // Asked after the first question, so that a class may be registered with itself, which means nothing.
    if instance_check::issubclass(thread, class, subclass)? {
        return Err(thread.error(&RUNTIME_ERROR, "Refusing to create an inheritance cycle"));
    }
    let data = data_of(thread, class)?;
    add_to(thread, &data.registry, subclass)?;
    COUNTER.with(|n| *n += 1);
    if let Some(ty) = class.cast::<Type>() {
        let flags = ty.flags() & (TypeFlags::SEQUENCE | TypeFlags::MAPPING);
        if !flags.is_empty() {
            pass_flags_on(subtype, flags);
        }
    }
    Ok(subclass.to_ref())
}

// Checking.

/// The answer of the negative cache, if it is valid.
fn is_known_not(data: &Data, class: Value) -> bool {
    data.negative_version.get() == counter() && data.negative.with(|set| set.contains(class))
}

fn ask(thread: &Thread, class: Value, subclass: Value) -> PyResult<bool> {
    let answer = thread.call_method(class, names::get().__subclasscheck__, &[subclass])?;
    protocol::is_true(thread, *answer)
}

fn abc_instancecheck(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let [class, instance] = *arguments else { return Ok(Ref::NONE) };
    let data = data_of(thread, class)?;
    // Held, because asking may change the instance's class.
    let own_type = Value::of(instance.ty()).to_ref();
    let subclass = match attributes::get(thread, instance, names::get().__class__) {
        Ok(subclass) => subclass,
        Err(raised) => {
            drop(thread.catch(raised, &ATTRIBUTE_ERROR)?);
            own_type.clone()
        }
    };
    if data.cache.with(|set| set.contains(*subclass)) {
        return Ok(Ref::bool(true));
    }
    if subclass.is(*own_type) {
        if is_known_not(data, *subclass) {
            return Ok(Ref::bool(false));
        }
        return ask(thread, class, *subclass).map(Ref::bool);
    }
    Ok(Ref::bool(ask(thread, class, *subclass)? || ask(thread, class, *own_type)?))
}

fn abc_subclasscheck(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let [class, subclass] = *arguments else { return Ok(Ref::NONE) };
    let Some(subtype) = subclass.cast::<Type>() else {
        return Err(thread.type_error("issubclass() arg 1 must be a class"));
    };
    let data = data_of(thread, class)?;
    if data.cache.with(|set| set.contains(subclass)) {
        return Ok(Ref::bool(true));
    }
    if data.negative_version.get() < counter() {
        drop(data.negative.take());
        data.negative_version.set(counter());
    } else if data.negative.with(|set| set.contains(subclass)) {
        return Ok(Ref::bool(false));
    }
    let answer = decide(thread, class, subclass, subtype, data)?;
    // What the registry says at once needs no cache.
    if answer && data.registry.with(|set| set.contains(subclass)) {
        return Ok(Ref::bool(true));
    }
    add_to(thread, if answer { &data.cache } else { &data.negative }, subclass)?;
    Ok(Ref::bool(answer))
}

/// Whether `subclass` is one, caches aside.
fn decide(thread: &Thread, class: Value, subclass: Value, subtype: &Type, data: &Data) -> PyResult<bool> {
    let hooked = thread.call_method(class, names::get().__subclasshook__, &[subclass])?;
    match *hooked {
        v if v.is(Value::TRUE) => return Ok(true),
        v if v.is(Value::FALSE) => return Ok(false),
        v if v.is(Value::NOT_IMPLEMENTED) => {}
        _ => {
            let message = "__subclasshook__ must return either False, True, or NotImplemented";
            return Err(thread.error(&ASSERTION_ERROR, message));
        }
    }
    if class.cast::<Type>().is_some_and(|c| subtype.is_subtype(c)) {
        return Ok(true);
    }
    for registered in targets(&data.registry) {
        if instance_check::issubclass(thread, subclass, *registered)? {
            return Ok(true);
        }
    }
    let direct = thread.call_method(class, runtime::objects::str::intern_text("__subclasses__"), &[])?;
    let Some(list) = direct.cast::<List>() else {
        return Err(thread.type_error("__subclasses__() must return a list"));
    };
    let mut at = 0;
    while let Some(derived) = list.get(at) {
        if instance_check::issubclass(thread, subclass, *derived)? {
            return Ok(true);
        }
        at += 1;
    }
    Ok(false)
}

/// The live classes of a set.
fn targets(set: &GilCell<ClassSet>) -> Vec<Ref> {
    set.with(|set| set.classes.values().filter_map(|r| r.cast::<WeakRef>()?.target()).collect())
}

// Looking and clearing.

fn references(thread: &Thread, set: &GilCell<ClassSet>) -> PyResult {
    let all: Vec<Ref> = set.with(|set| {
        let alive = |r: &&Ref| r.cast::<WeakRef>().is_some_and(|w| w.target().is_some());
        set.classes.values().filter(alive).cloned().collect()
    });
    let copy = set::new_set();
    for reference in all {
        add_name(thread, &copy, *reference)?;
    }
    Ok(copy)
}

fn get_dump(thread: &Thread, _: Value, class: Value) -> PyResult {
    let data = data_of(thread, class)?;
    Ok(Tuple::from_refs(vec![
        references(thread, &data.registry)?,
        references(thread, &data.cache)?,
        references(thread, &data.negative)?,
        int::from_u64(data.negative_version.get()),
    ]))
}

fn reset_registry(thread: &Thread, _: Value, class: Value) -> PyResult {
    drop(data_of(thread, class)?.registry.take());
    Ok(Ref::NONE)
}

fn reset_caches(thread: &Thread, _: Value, class: Value) -> PyResult {
    let data = data_of(thread, class)?;
    drop((data.cache.take(), data.negative.take()));
    Ok(Ref::NONE)
}

fn get_cache_token(_: &Thread, _: Value) -> PyResult {
    Ok(int::from_u64(counter()))
}

const FUNCTIONS: &[MethodDef] = &[
    method(
        "_abc_init",
        "($module, self, /)",
        NativeFn::One(abc_init),
        "Internal ABC helper for class set-up. Should be never used outside abc module.",
    ),
    method(
        "_abc_instancecheck",
        "($module, self, instance, /)",
        NativeFn::Bound(abc_instancecheck),
        "Internal ABC helper for instance checks. Should be never used outside abc module.",
    ),
    method(
        "_abc_register",
        "($module, self, subclass, /)",
        NativeFn::Bound(abc_register),
        "Internal ABC helper for subclasss registration. Should be never used outside abc module.",
    ),
    method(
        "_abc_subclasscheck",
        "($module, self, subclass, /)",
        NativeFn::Bound(abc_subclasscheck),
        "Internal ABC helper for subclasss checks. Should be never used outside abc module.",
    ),
    method(
        "_get_dump",
        "($module, self, /)",
        NativeFn::One(get_dump),
        "Internal ABC helper for cache and registry debugging.\n\nReturn shallow copies of registry, of both caches, and\nnegative cache version. Don't call this function directly,\ninstead use ABC._dump_registry() for a nice repr.",
    ),
    method(
        "_reset_caches",
        "($module, self, /)",
        NativeFn::One(reset_caches),
        "Internal ABC helper to reset both caches of a given class.\n\nShould be only used by refleak.py",
    ),
    method(
        "_reset_registry",
        "($module, self, /)",
        NativeFn::One(reset_registry),
        "Internal ABC helper to reset registry of a given class.\n\nShould be only used by refleak.py",
    ),
    method(
        "get_cache_token",
        "($module, /)",
        NativeFn::NoArgs(get_cache_token),
        "Returns the current ABC cache token.\n\nThe token is an opaque object (supporting equality testing) identifying\nthe current version of the ABC cache for virtual subclasses.  The token\nchanges with every call to register() on any ABC.",
    )
    .effects(Effects::READS_HEAP),
];

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_abc",
    doc: "Module contains faster C implementation of abc.ABCMeta",
    functions: FUNCTIONS,
    init: |_, _| {
        ready(&DATA);
        Ok(())
    },
};
