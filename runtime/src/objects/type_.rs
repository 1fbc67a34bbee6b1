//! `type`: calling classes, attributes of classes, and what a class shows of itself. Making classes is in `types::class`.

use crate::attributes;
use crate::call::Args;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::object::{Header, drop_object};
use crate::objects::builtin_function::{doc_value, signature_value};
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::mappingproxy;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::objects::union;
use crate::protocol;
use crate::thread::Thread;
use crate::types::registry::{ATTRIBUTE_ERROR, INT, OBJECT, STR, TUPLE, TYPE_ERROR};
use crate::types::slots::Visit;
use crate::types::{
    GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, class, getset, instance_check, method,
    mro, slot_table, slot_update,
};
use crate::value::{Ref, Value};

pub static TYPE: Type = Type::new_static(&TypeSpec {
    name: "type",
    size: size_of::<Type>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::GC).union(TypeFlags::TYPE_SUBCLASS).union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(class::new),
        init: Some(init),
        drop: drop_type,
        traverse: Some(traverse),
        clear: Some(clear),
        repr: Some(repr),
        call: Some(call),
        get_attribute: Some(get_attribute),
        set_attribute: Some(set_attribute),
        or: Some(union::or),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method("mro", "($self, /)", NativeFn::NoArgs(mro::method), "Return a type's method resolution order."),
    method(
        "__subclasses__",
        "($self, /)",
        NativeFn::NoArgs(subclasses),
        "Return a list of immediate subclasses.",
    ),
    method(
        "__prepare__",
        "($cls, name, bases, /, **kwds)",
        NativeFn::Raw(|_, _, _| Ok(Dict::new())),
        "Create the namespace for the class statement",
    )
    .class(),
    method(
        "__instancecheck__",
        "($self, instance, /)",
        NativeFn::One(|thread, class, v| instance_check::plain_isinstance(thread, v, class).map(Ref::bool)),
        "Check if an object is an instance.",
    ),
    method(
        "__subclasscheck__",
        "($self, subclass, /)",
        NativeFn::One(|thread, class, v| instance_check::plain_issubclass(thread, v, class).map(Ref::bool)),
        "Check if a class is a subclass.",
    ),
    method("__dir__", "($self, /)", NativeFn::NoArgs(dir), "Specialized __dir__ implementation for types."),
    method(
        "__sizeof__",
        "($self, /)",
        NativeFn::NoArgs(|_, _| Ok(int::from_usize(size_of::<Type>()))),
        "Return memory consumption of the type object.",
    ),
];

const GETSETS: &[GetSetDef] = &[
    getset("__basicsize__", |_, v| Ok(int::from_usize(this(v).basic_size())), "").member(),
    getset("__itemsize__", |_, v| Ok(int::new(this(v).item_size())), "").member(),
    getset("__flags__", |_, v| Ok(int::new(this(v).public_flags())), "").member(),
    getset("__weakrefoffset__", |_, v| Ok(int::new(this(v).weakref_offset())), "").member(),
    getset("__base__", |_, v| Ok(this(v).base().map_or(Ref::NONE, |b| Value::of(b).to_ref())), "").member(),
    getset("__dictoffset__", |_, v| Ok(int::new(this(v).dict_offset())), "").member(),
    getset("__name__", |_, v| Ok(this(v).name_object()), "").settable(set_name),
    getset("__qualname__", |_, v| Ok(this(v).qualname_object()), "").settable(set_qualname),
    getset("__bases__", |_, v| Ok(this(v).bases.get()), "").settable(class::set_bases),
    getset("__mro__", |_, v| Ok(this(v).mro_tuple.option().unwrap_or(Ref::NONE)), ""),
    getset("__module__", module, "").settable(set_module),
    getset("__abstractmethods__", abstract_methods, "").settable(set_abstract_methods),
    getset("__dict__", |_, v| Ok(mappingproxy::new_proxy(this(v).dict.peek())), ""),
    getset("__doc__", doc, "").settable(set_doc),
    getset("__text_signature__", text_signature, ""),
    getset("__annotations__", annotations, "").settable(set_annotations),
    getset("__annotate__", annotate, "").settable(set_annotate),
    getset("__type_params__", type_params, "").settable(set_type_params),
];

fn this(v: Value) -> &'static Type {
    // SAFETY: slots and getsets of `type` are called on types only.
    unsafe { v.cast_unchecked() }
}

// Life.

/// Takes a dying class out of its bases' lists and drops its fields.
fn drop_type(object: *mut Header) {
    let ty = this(Value::from_header(object));
    ty.modified();
    let bases = ty.bases.get();
    for base in bases.cast::<Tuple>().iter().flat_map(|t| t.items()).filter_map(|b| b.cast::<Type>()) {
        base.subclasses.with(|s| s.retain(|t| !std::ptr::eq(*t, ty)));
    }
    drop_object::<Type>(object)
}

fn traverse(v: Value, visit: Visit) {
    let ty = this(v);
    if !ty.has(TypeFlags::HEAP) {
        return;
    }
    for slot in [&ty.mro_tuple, &ty.bases, &ty.dict, &ty.heap_name, &ty.heap_qualname, &ty.module] {
        if !slot.is_null() {
            visit(slot.peek());
        }
    }
}

/// Empties the namespace and cuts the MRO (which holds the class itself) down.
fn clear(v: Value) {
    let ty = this(v);
    if !ty.has(TypeFlags::HEAP) {
        return;
    }
    ty.modified();
    if let Some(dict) = ty.dict.peek().cast::<Dict>() {
        dict.clear_entries();
    }
    ty.mro_tuple.set(ty.bases.get());
}

// Calls.

/// `cls(...)`.
fn call(thread: &Thread, class: Value, arguments: &Args) -> PyResult {
    let ty = this(class);
    if std::ptr::eq(ty, &TYPE) {
        if arguments.count() == 1 && !arguments.has_keywords() {
            return Ok(Value::of(arguments.all_values()[0].ty()).to_ref());
        }
        if arguments.count() != 3 {
            return Err(thread.type_error("type() takes 1 or 3 arguments"));
        }
    }
    let Some(new) = ty.slots().new else {
        return Err(thread.type_error(format!("cannot create '{}' instances", ty.name())));
    };
    let object = new(thread, ty, arguments)?;
    if !object.is_instance(ty) {
        return Ok(object);
    }
    if let Some(init) = object.ty().slots().init {
        init(thread, *object, arguments)?;
    }
    Ok(object)
}

fn init(thread: &Thread, _class: Value, arguments: &Args) -> PyResult<()> {
    if arguments.count() == 1 && arguments.has_keywords() {
        return Err(thread.type_error("type.__init__() takes no keyword arguments"));
    }
    if arguments.count() != 1 && arguments.count() != 3 {
        return Err(thread.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}

// Attributes of classes.

/// `type.__getattribute__`: data descriptors of the metaclass, then the MRO, then the metaclass.
pub fn get_attribute(thread: &Thread, class: Value, name: Value) -> PyResult {
    match find_attribute(thread, class, name)? {
        Some(v) => Ok(v),
        None => Err(missing(thread, class, name)),
    }
}

/// As `get_attribute`, with `None` for a missing attribute.
pub fn find_attribute(thread: &Thread, class: Value, name: Value) -> PyResult<Option<Ref>> {
    let (ty, meta) = (this(class), class.ty());
    let Some(name) = str::find_interned(name) else { return Ok(None) };
    let from_meta = meta.lookup(name).map(|v| v.to_ref());
    let meta_get = from_meta.as_ref().and_then(|d| d.ty().slots().descriptor_get);
    if let (Some(d), Some(get)) = (&from_meta, meta_get)
        && d.ty().slots().descriptor_set.is_some()
    {
        return get(thread, **d, class, Value::of(meta)).map(Some);
    }
    if let Some(found) = ty.lookup(name).map(|v| v.to_ref()) {
        return match found.ty().slots().descriptor_get {
            Some(get) => get(thread, *found, Value::NULL, class).map(Some),
            None => Ok(Some(found)),
        };
    }
    match (from_meta, meta_get) {
        (Some(d), Some(get)) => get(thread, *d, class, Value::of(meta)).map(Some),
        (found, _) => Ok(found),
    }
}

#[cold]
fn missing(thread: &Thread, class: Value, name: Value) -> Raised {
    let message = format!("type object '{}' has no attribute '{}'", this(class).name(), str::display(name));
    thread.attribute_error(class, name, message)
}

/// `type.__setattr__`; `value` NULL deletes.
pub fn set_attribute(thread: &Thread, class: Value, name: Value, value: Value) -> PyResult<()> {
    let ty = this(class);
    if is_immutable(ty) {
        return Err(thread.type_error(format!(
            "cannot set '{}' attribute of immutable type '{}'",
            str::display(name),
            ty.name()
        )));
    }
    let name = attributes::interned_name(name);
    if let Some(d) = class.ty().lookup(*name).map(|d| d.to_ref())
        && let Some(set) = d.ty().slots().descriptor_set
    {
        return set(thread, *d, class, value);
    }
    let namespace = ty.dict.get();
    let Some(dict) = namespace.cast::<Dict>() else { return Ok(()) };
    if value.is_null() && dict.get_interned(*name).is_none() {
        return Err(missing(thread, class, *name));
    }
    let place = dict.index_of_interned(*name);
    if !value.is_null() && place.is_some_and(|place| ty.replace_volatile(dict, place, *name, value)) {
        return Ok(());
    }
    ty.modified();
    if slot_table::makes_descriptors(*name) {
        // Values of this type are something else under every name of every class.
        OBJECT.modified();
    }
    let old = dict.get_interned(*name).map(|v| v.to_ref());
    match value.is_null() {
        true => drop(dict.remove_interned(*name)),
        false => dict.insert_interned(*name, value),
    }
    if slot_table::is_slot_name(*name) {
        slot_update::update_with_subclasses(ty);
    }
    drop(old);
    Ok(())
}

/// Whether attributes of the type can't be set.
pub fn is_immutable(ty: &Type) -> bool {
    !ty.has(TypeFlags::HEAP.union(TypeFlags::MUTABLE)) || ty.has(TypeFlags::IMMUTABLE)
}

/// Refuses to set or delete one of the attributes that every class has.
pub fn check_special_set(thread: &Thread, ty: &Type, name: &str, value: Value) -> PyResult<()> {
    if is_immutable(ty) {
        return Err(
            thread.type_error(format!("cannot set '{name}' attribute of immutable type '{}'", ty.name()))
        );
    }
    if value.is_null() {
        return Err(
            thread.type_error(format!("cannot delete '{name}' attribute of immutable type '{}'", ty.name()))
        );
    }
    Ok(())
}

/// The value of a name in the class's own namespace.
fn own(ty: &Type, name: Value) -> Option<Ref> {
    ty.dict.peek().cast::<Dict>()?.get_interned(name).map(|v| v.to_ref())
}

fn set_own(ty: &Type, name: Value, value: Value) {
    ty.modified();
    if let Some(dict) = ty.dict.peek().cast::<Dict>() {
        dict.insert_interned(name, value);
    }
}

fn remove_own(ty: &Type, name: Value) -> Option<Ref> {
    ty.modified();
    ty.dict.peek().cast::<Dict>()?.remove_interned(name)
}

fn set_name(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    let ty = this(v);
    check_special_set(thread, ty, "__name__", value)?;
    let Some(text) = value.cast::<Str>() else {
        return Err(thread.type_error(format!(
            "can only assign string to {}.__name__, not '{}'",
            ty.name(),
            value.ty().name()
        )));
    };
    if text.chars().any(|c| c == 0) {
        return Err(thread.value_error("type name must not contain null characters"));
    }
    ty.modified();
    ty.heap_name.set(value.to_ref());
    Ok(())
}

fn set_qualname(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    let ty = this(v);
    check_special_set(thread, ty, "__qualname__", value)?;
    if value.cast::<Str>().is_none() {
        return Err(thread.type_error(format!(
            "can only assign string to {}.__qualname__, not '{}'",
            ty.name(),
            value.ty().name()
        )));
    }
    ty.heap_qualname.set(value.to_ref());
    Ok(())
}

fn module(thread: &Thread, v: Value) -> PyResult {
    let ty = this(v);
    if ty.has(TypeFlags::HEAP) {
        let name = names::get().__module__;
        return own(ty, name).ok_or(()).map_err(|()| thread.error_value(&ATTRIBUTE_ERROR, name));
    }
    Ok(Str::new(ty.spec.and_then(|s| s.name.rsplit_once('.')).map_or("builtins", |(module, _)| module)))
}

fn set_module(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    let ty = this(v);
    check_special_set(thread, ty, "__module__", value)?;
    set_own(ty, names::get().__module__, value);
    drop(remove_own(ty, names::get().__firstlineno__));
    Ok(())
}

fn abstract_methods(thread: &Thread, v: Value) -> PyResult {
    let name = names::get().__abstractmethods__;
    let found = if std::ptr::eq(this(v), &TYPE) { None } else { own(this(v), name) };
    found.ok_or(()).map_err(|()| thread.error_value(&ATTRIBUTE_ERROR, name))
}

fn set_abstract_methods(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    let ty = this(v);
    let name = names::get().__abstractmethods__;
    if is_immutable(ty) {
        return check_special_set(thread, ty, "__abstractmethods__", value);
    }
    let mut is_abstract = false;
    if value.is_null() {
        if remove_own(ty, name).is_none() {
            return Err(thread.error_value(&ATTRIBUTE_ERROR, name));
        }
    } else {
        is_abstract = protocol::is_true(thread, value)?;
        set_own(ty, name, value);
    }
    let flags = ty.flags() - TypeFlags::ABSTRACT;
    ty.set_flags(if is_abstract { flags | TypeFlags::ABSTRACT } else { flags });
    Ok(())
}

fn doc(thread: &Thread, v: Value) -> PyResult {
    let ty = this(v);
    if let Some(spec) = ty.spec {
        let own = own(ty, names::get().__doc__);
        return match own {
            Some(d) if d.is_instance(&STR) || spec.doc.is_empty() => Ok(d),
            _ => Ok(doc_value(spec.doc)),
        };
    }
    let Some(found) = own(ty, names::get().__doc__) else { return Ok(Ref::NONE) };
    match found.ty().slots().descriptor_get {
        Some(get) => get(thread, *found, Value::NULL, v),
        None => Ok(found),
    }
}

fn set_doc(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    check_special_set(thread, this(v), "__doc__", value)?;
    set_own(this(v), names::get().__doc__, value);
    Ok(())
}

fn text_signature(_: &Thread, v: Value) -> PyResult {
    Ok(this(v).spec.map_or(Ref::NONE, |s| signature_value(s.signature)))
}

// Annotations (PEP 649): computed by `__annotate__` when first asked for.

fn annotations(thread: &Thread, v: Value) -> PyResult {
    let (ty, n) = (this(v), names::get());
    if !ty.has(TypeFlags::HEAP) {
        return Err(missing(thread, v, n.__annotations__));
    }
    let found = own(ty, n.__annotations__).or_else(|| own(ty, n.__annotations_cache__));
    if let Some(found) = found {
        return match found.ty().slots().descriptor_get {
            Some(get) => get(thread, *found, Value::NULL, v),
            None => Ok(found),
        };
    }
    let function = attributes::get(thread, v, n.__annotate__)?;
    let computed = match function.ty().slots().call {
        Some(_) => {
            let computed = thread.call(*function, &[*int::new(1)])?;
            if computed.cast::<Dict>().is_none() {
                return Err(thread
                    .type_error(format!("__annotate__() must return a dict, not {}", computed.ty().name())));
            }
            computed
        }
        None => Dict::new(),
    };
    set_own(ty, n.__annotations_cache__, *computed);
    Ok(computed)
}

fn set_annotations(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    let (ty, n) = (this(v), names::get());
    if is_immutable(ty) {
        return Err(thread.type_error(format!(
            "cannot set '__annotations__' attribute of immutable type '{}'",
            ty.name()
        )));
    }
    if !value.is_null() {
        let plain = own(ty, n.__annotations__).is_some();
        set_own(ty, if plain { n.__annotations__ } else { n.__annotations_cache__ }, value);
    } else if remove_own(ty, n.__annotations__).is_none() && remove_own(ty, n.__annotations_cache__).is_none()
    {
        return Err(thread.error_value(&ATTRIBUTE_ERROR, n.__annotations__));
    }
    drop(remove_own(ty, n.__annotate_func__));
    drop(remove_own(ty, n.__annotate__));
    Ok(())
}

fn annotate(thread: &Thread, v: Value) -> PyResult {
    let (ty, n) = (this(v), names::get());
    if !ty.has(TypeFlags::HEAP) {
        return Err(missing(thread, v, n.__annotate__));
    }
    let Some(found) = own(ty, n.__annotate_func__).or_else(|| own(ty, n.__annotate__)) else {
        set_own(ty, n.__annotate_func__, Value::NONE);
        return Ok(Ref::NONE);
    };
    match found.ty().slots().descriptor_get {
        Some(get) => get(thread, *found, Value::NULL, v),
        None => Ok(found),
    }
}

fn set_annotate(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    let (ty, n) = (this(v), names::get());
    if value.is_null() {
        return Err(thread.type_error("cannot delete __annotate__ attribute"));
    }
    if is_immutable(ty) {
        return Err(thread
            .type_error(format!("cannot set '__annotate__' attribute of immutable type '{}'", ty.name())));
    }
    if !value.is_none() && value.ty().slots().call.is_none() {
        return Err(thread.error(&TYPE_ERROR, "__annotate__ must be callable or None"));
    }
    set_own(ty, n.__annotate_func__, value);
    if !value.is_none() {
        drop(remove_own(ty, n.__annotations_cache__));
        drop(remove_own(ty, n.__annotations__));
    }
    Ok(())
}

fn type_params(_: &Thread, v: Value) -> PyResult {
    if std::ptr::eq(this(v), &TYPE) {
        return Ok(Tuple::empty());
    }
    Ok(own(this(v), names::get().__type_params__).unwrap_or_else(Tuple::empty))
}

fn set_type_params(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    check_special_set(thread, this(v), "__type_params__", value)?;
    set_own(this(v), names::get().__type_params__, value);
    Ok(())
}

// What a class shows.

fn repr(thread: &Thread, v: Value) -> PyResult {
    Ok(Str::new(&format!("<class '{}'>", this(v).qualified_name(thread)?)))
}

/// The direct subclasses of a type.
pub fn live_subclasses(ty: &Type) -> Vec<Ref> {
    let all = ty.subclasses.with(|s| s.clone());
    // SAFETY: a dying type takes itself out of the list first.
    all.iter().map(|t| Value::of(unsafe { &**t }).to_ref()).collect()
}

fn subclasses(_: &Thread, v: Value) -> PyResult {
    Ok(List::from_refs(live_subclasses(this(v))))
}

fn dir(thread: &Thread, v: Value) -> PyResult {
    let names = Dict::new();
    merge_class_names(thread, &names, v)?;
    let names = names.cast::<Dict>().expect("just made");
    Ok(List::from_refs(names.items().into_iter().map(|(k, _)| k).collect()))
}

/// Adds the names in the namespaces of a class and its bases.
pub fn merge_class_names(thread: &Thread, names: &Ref, class: Value) -> PyResult<()> {
    thread.check_native_stack()?;
    let n = names::get();
    if let Some(ty) = class.cast::<Type>() {
        let own = ty.dict.get();
        if let Some(own) = own.cast::<Dict>() {
            super::object::merge_keys(thread, names, own)?;
        }
    } else if let Some(own) = attributes::find(thread, class, n.__dict__)?
        && let Some(own) = own.cast::<Dict>()
    {
        super::object::merge_keys(thread, names, own)?;
    }
    let Some(bases) = attributes::find(thread, class, n.__bases__)? else { return Ok(()) };
    for base in bases.cast::<Tuple>().iter().flat_map(|t| t.items()) {
        merge_class_names(thread, names, *base)?;
    }
    Ok(())
}

impl Type {
    /// `__name__` as a string object.
    pub fn name_object(&self) -> Ref {
        self.heap_name.option().unwrap_or_else(|| Str::new(&self.short_name()))
    }
    /// `__qualname__` as a string object.
    pub fn qualname_object(&self) -> Ref {
        self.heap_qualname.option().unwrap_or_else(|| Str::new(&self.short_name()))
    }
    /// `__qualname__` as text.
    pub fn qualname(&self) -> String {
        match self.heap_qualname.option() {
            Some(q) => str::display(*q),
            None => self.short_name().into_owned(),
        }
    }
    /// `__qualname__` read as an attribute, as text.
    pub fn qualname_text(&'static self, thread: &Thread) -> PyResult<String> {
        let name = attributes::get(thread, Value::of(self), names::get().__qualname__)?;
        Ok(str::display(*name))
    }
    /// `module.qualname`, without the module if that is `builtins`: what reprs show.
    pub fn qualified_name(&'static self, thread: &Thread) -> PyResult<String> {
        let module = attributes::find(thread, Value::of(self), names::get().__module__)?;
        let name = self.qualname();
        Ok(match module {
            Some(m) if m.is_instance(&STR) && !str::equals(*m, "builtins") => {
                format!("{}.{name}", str::display(*m))
            }
            _ => name,
        })
    }
    /// As `qualified_name`, without the module of the program itself either: what newer messages show. Leaves no exception.
    pub fn shown_name(&'static self, thread: &Thread) -> String {
        match self.qualified_name(thread) {
            Ok(name) => name.strip_prefix("__main__.").map(str::to_owned).unwrap_or(name),
            Err(_) => {
                drop(thread.take_raised());
                self.name().into_owned()
            }
        }
    }
    /// What the messages about `__new__` call the type.
    pub fn full_name(&self) -> String {
        self.name().into_owned()
    }
    /// The nearest built-in type, whose struct the instances start with.
    pub fn layout(&self) -> &'static Type {
        // SAFETY: layouts are static types.
        unsafe { &*self.layout.get() }
    }
    /// Whether instances of both have the same native struct, members and attributes.
    pub fn same_instance_layout(&self, other: &Type) -> bool {
        let shown = TypeFlags::ATTRIBUTES | TypeFlags::WEAKREF;
        std::ptr::eq(self.layout(), other.layout())
            && self.native_size.get() == other.native_size.get()
            && (self.flags() & shown) == (other.flags() & shown)
            && class::same_members(self, other)
    }
    fn item_size(&self) -> i64 {
        let layout = self.layout();
        match () {
            _ if std::ptr::eq(layout, &TUPLE) => 8,
            _ if layout.is_subtype(&INT) => 4,
            _ if std::ptr::eq(layout, &TYPE) => 40,
            _ if layout.slots().variable_size.is_some() && !std::ptr::eq(layout, &STR) => 1,
            _ => 0,
        }
    }
    fn basic_size(&self) -> usize {
        self.native_size.get() as usize + self.member_count.get() as usize * size_of::<Value>()
    }
    /// Negative: managed by the runtime, as CPython shows it for classes.
    fn dict_offset(&self) -> i64 {
        let own = self.has(TypeFlags::ATTRIBUTES);
        if own && self.has(TypeFlags::HEAP) { -1 } else { own as i64 * 16 }
    }
    fn weakref_offset(&self) -> i64 {
        let own = self.has(TypeFlags::WEAKREF);
        if own && self.has(TypeFlags::HEAP) { -32 } else { own as i64 * 24 }
    }
    /// `__flags__` with CPython's bits.
    fn public_flags(&self) -> i64 {
        let heap = self.has(TypeFlags::HEAP);
        let bits: [(bool, u32); 22] = [
            (!heap, 1),
            (self.has(TypeFlags::WEAKREF) && heap, 3),
            (self.has(TypeFlags::ATTRIBUTES) && heap, 4),
            (self.has(TypeFlags::SEQUENCE), 5),
            (self.has(TypeFlags::MAPPING), 6),
            (self.has(TypeFlags::NO_INSTANTIATION), 7),
            (is_immutable(self), 8),
            (heap, 9),
            (self.has(TypeFlags::BASETYPE), 10),
            (self.has(TypeFlags::READY), 12),
            (self.has(TypeFlags::GC), 14),
            (self.has(TypeFlags::METHOD_DESCRIPTOR), 17),
            (self.has(TypeFlags::ABSTRACT), 20),
            (self.has(TypeFlags::MATCH_SELF), 22),
            (self.has(TypeFlags::INT_SUBCLASS), 24),
            (self.has(TypeFlags::LIST_SUBCLASS), 25),
            (self.has(TypeFlags::TUPLE_SUBCLASS), 26),
            (self.has(TypeFlags::BYTES_SUBCLASS), 27),
            (self.has(TypeFlags::STR_SUBCLASS), 28),
            (self.has(TypeFlags::DICT_SUBCLASS), 29),
            (self.has(TypeFlags::EXCEPTION_SUBCLASS), 30),
            (self.has(TypeFlags::TYPE_SUBCLASS), 31),
        ];
        bits.iter().filter(|(set, _)| *set).fold(0, |all, (_, bit)| all | 1 << bit)
    }
}
