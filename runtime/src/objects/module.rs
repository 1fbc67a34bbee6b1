//! `module`: a namespace dict with a name, and the declarative form of native modules.
//!
//! A module's attributes live in its dict from the start (its instances are in dict mode for life), which is also the
//! `globals` of the functions defined there.

use crate::attributes;
use crate::call::Args;
use crate::error::{PyResult, Raised};
use crate::import::shadow::{self, Shadow};
use crate::instance;
use crate::names;
use crate::object::{Header, drop_object, new_object};
use crate::objects::builtin_function::new_builtin;
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::protocol;
use crate::state::{STATE, import_module};
use crate::thread::Thread;
use crate::types::{MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};

/// A module object; its dict stands in the attribute table behind it.
#[repr(C)]
pub struct Module {
    pub header: Header,
}

crate::object!(Module, MODULE);

/// A native module.
pub struct ModuleSpec {
    pub name: &'static str,
    pub doc: &'static str,
    pub functions: &'static [MethodDef],
    /// Adds types, constants and whatever else the module has.
    pub init: fn(&Thread, module: Value) -> PyResult<()>,
}

fn empty_module(class: &'static Type) -> Ref {
    let module = new_object(class, |header| Module { header });
    if let Some(attributes) = instance::attributes(*module) {
        attributes.set_dictionary(Dict::new());
    }
    module
}

/// The dict of a module object.
pub fn dict_of(module: Value) -> Option<Ref> {
    module.cast::<Module>()?;
    Some(instance::attributes(module)?.make_dictionary().to_ref())
}

fn set_initial(dict: &Dict, name: Value, doc: Value) {
    let n = names::get();
    dict.insert_interned(n.__name__, name);
    dict.insert_interned(n.__doc__, doc);
    dict.insert_interned(n.__package__, Value::NONE);
    dict.insert_interned(n.__loader__, Value::NONE);
    dict.insert_interned(n.__spec__, Value::NONE);
}

/// A module with the attributes every module starts with.
pub fn new_module(name: &str) -> Ref {
    let module = empty_module(&MODULE);
    if let Some(dict) = dict_of(*module).as_ref().and_then(|d| d.cast::<Dict>()) {
        set_initial(dict, *Str::new(name), Value::NONE);
    }
    module
}

/// Makes a native module: its functions, then what its `init` adds.
pub fn new_native_module(thread: &Thread, spec: &'static ModuleSpec) -> PyResult {
    let module = new_module(spec.name);
    let dict = dict_of(*module).unwrap_or_else(Dict::new);
    let Some(d) = dict.cast::<Dict>() else { return Ok(module) };
    if !spec.doc.is_empty() {
        d.insert_interned(names::get().__doc__, *Str::new(spec.doc));
    }
    add_functions(*module, spec.name, spec.functions);
    (spec.init)(thread, *module)?;
    Ok(module)
}

/// Adds functions to a native module called `name`.
pub fn add_functions(module: Value, name: &str, functions: &'static [MethodDef]) {
    let Some(dict) = dict_of(module) else { return };
    let Some(d) = dict.cast::<Dict>() else { return };
    let name = Str::new(name);
    for def in functions {
        let function = new_builtin(def, module.to_ref(), name.clone());
        d.insert_interned(str::intern_text(def.name), *function);
    }
}

/// Sets an attribute of a native module that is being made.
pub fn add(module: Value, name: &str, value: Value) {
    if let Some(dict) = dict_of(module).as_ref().and_then(|d| d.cast::<Dict>()) {
        dict.set_str(name, value);
    }
}

/// Adds a built-in type to a native module, readying it.
pub fn add_type(module: Value, ty: &'static Type) {
    crate::types::registry::ready(ty);
    add(module, &ty.short_name(), Value::of(ty));
}

fn new(_: &Thread, class: &'static Type, _: &Args) -> PyResult {
    Ok(empty_module(class))
}

fn init(thread: &Thread, module: Value, arguments: &Args) -> PyResult<()> {
    let (mut name, mut doc) = (arguments.get(0), arguments.get(1));
    let given = arguments.all_values().len();
    if given > 2 {
        return Err(thread.type_error(format!("module() takes at most 2 arguments ({given} given)")));
    }
    for (keyword, value) in arguments.keywords() {
        let text = str::display(keyword);
        let (place, position) = match text.as_str() {
            "name" => (&mut name, 1),
            "doc" => (&mut doc, 2),
            _ => {
                let message = format!("module() got an unexpected keyword argument '{text}'");
                return Err(thread.type_error(message));
            }
        };
        if place.replace(value).is_some() {
            return Err(thread.type_error(format!(
                "argument for module() given by name ('{text}') and position ({position})"
            )));
        }
    }
    let Some(name) = name else {
        return Err(thread.type_error("module() missing required argument 'name' (pos 1)"));
    };
    if name.cast::<Str>().is_none() {
        let type_name = if name.is_none() { "None".into() } else { name.ty().name() };
        return Err(thread.type_error(format!("module() argument 'name' must be str, not {type_name}")));
    }
    if let Some(dict) = dict_of(module).as_ref().and_then(|d| d.cast::<Dict>()) {
        set_initial(dict, name, doc.unwrap_or(Value::NONE));
    }
    Ok(())
}

fn entry(module: Value, name: Value) -> Option<Ref> {
    dict_of(module)?.cast::<Dict>()?.get_interned(name).map(|v| v.to_ref())
}

/// Attributes as of any object; then the module's own `__getattr__`; then an error that names the module.
pub fn get_attribute(thread: &Thread, module: Value, name: Value) -> PyResult {
    match attributes::generic_find(thread, module, name) {
        Ok(Some(value)) => return Ok(value),
        Ok(None) => {}
        Err(raised) => drop(thread.catch(raised, &crate::objects::exceptions::ATTRIBUTE_ERROR)?),
    }
    if let Some(hook) = entry(module, names::get().__getattr__) {
        return thread.call(*hook, &[name]);
    }
    Err(missing(thread, module, name))
}

/// Whether the module's spec says that its import is under way.
fn is_initializing(thread: &Thread, spec: Value) -> bool {
    match attributes::find(thread, spec, names::get()._initializing) {
        Ok(Some(flag)) => protocol::is_true(thread, *flag).unwrap_or_else(|_| {
            drop(thread.take_raised());
            false
        }),
        Ok(None) => false,
        Err(_) => {
            drop(thread.take_raised());
            false
        }
    }
}

/// Whether the spec lists `name` among submodules whose import is under way.
fn is_uninitialised_submodule(thread: &Thread, spec: Value, name: Value) -> bool {
    let found =
        attributes::find(thread, spec, names::get()._uninitialized_submodules).and_then(|list| match list {
            Some(list) => protocol::contains(thread, *list, name),
            None => Ok(false),
        });
    found.unwrap_or_else(|_| {
        drop(thread.take_raised());
        false
    })
}

fn missing(thread: &Thread, module: Value, name: Value) -> Raised {
    let n = names::get();
    let attribute = str::display(name);
    let module_name = entry(module, n.__name__).filter(|v| v.cast::<Str>().is_some());
    let Some(module_name) = module_name.map(|v| str::display(*v)) else {
        return thread.attribute_error(module, name, format!("module has no attribute '{attribute}'"));
    };
    let spec = entry(module, n.__spec__).filter(|s| !s.is_none());
    let Some(spec) = spec else {
        let message = format!("module '{module_name}' has no attribute '{attribute}'");
        return thread.attribute_error(module, name, message);
    };
    let origin = shadow::origin_of(thread, *spec);
    let hidden = origin.as_ref().map_or(Shadow::Nothing, |o| shadow::of_module(thread, &module_name, o));
    let advice = origin.as_ref().and_then(|o| shadow::advice(hidden, &module_name, o));
    let initializing = is_initializing(thread, *spec);
    let message = if let Some(advice) = advice.filter(|_| hidden == Shadow::Standard || initializing) {
        format!("module '{module_name}' has no attribute '{attribute}' {advice}")
    } else if initializing {
        let place = origin.map(|o| format!(" from '{o}'")).unwrap_or_default();
        format!(
            "partially initialized module '{module_name}'{place} has no attribute '{attribute}' (most likely due to a circular import)"
        )
    } else if is_uninitialised_submodule(thread, *spec, name) {
        format!(
            "cannot access submodule '{attribute}' of module '{module_name}' (most likely due to a circular import)"
        )
    } else {
        format!("module '{module_name}' has no attribute '{attribute}'")
    };
    thread.attribute_error(module, name, message)
}

/// The text comes from importlib, which looks at spec, loader and file.
fn repr(thread: &Thread, module: Value) -> PyResult {
    if STATE.builtin("__import__").is_some() || STATE.modules.peek().cast::<Dict>().is_some() {
        let bootstrap = import_module(thread, "_frozen_importlib")?;
        return thread.call_method(*bootstrap, names::get()._module_repr, &[module]);
    }
    let name = entry(module, names::get().__name__).unwrap_or(Ref::NONE);
    let name = protocol::repr(thread, *name)?;
    Ok(Str::new(&format!("<module {}>", str::display(*name))))
}

fn dir(thread: &Thread, module: Value) -> PyResult {
    let own = attributes::get(thread, module, names::get().__dict__)?;
    let Some(dict) = own.cast::<Dict>() else {
        return Err(thread.type_error("<module>.__dict__ is not a dictionary"));
    };
    if let Some(hook) = dict.get_interned(names::get().__dir__).map(|v| v.to_ref()) {
        return thread.call(*hook, &[]);
    }
    Ok(List::from_refs(dict.items().into_iter().map(|(key, _)| key).collect()))
}

fn module_dict(thread: &Thread, module: Value) -> PyResult {
    dict_of(module).ok_or_else(|| attributes::missing(thread, module, names::get().__dict__))
}

fn is_callable(v: Value) -> bool {
    v.ty().slots().call.is_some()
}

/// `__annotations__`: kept in the dict, made by calling `__annotate__` unless the module is still being made.
fn get_annotations(thread: &Thread, module: Value) -> PyResult {
    let n = names::get();
    if let Some(found) = entry(module, n.__annotations__) {
        return Ok(found);
    }
    let initializing = match entry(module, n.__spec__) {
        Some(spec) => is_initializing(thread, *spec),
        None => false,
    };
    let annotations = match entry(module, n.__annotate__).filter(|f| is_callable(**f)) {
        None => Dict::new(),
        Some(annotate) => {
            let made = thread.call(*annotate, &[Value::small_int(1)])?;
            if made.cast::<Dict>().is_none() {
                let message = format!("__annotate__() must return a dict, not {}", made.ty().name());
                return Err(thread.type_error(message));
            }
            made
        }
    };
    if !initializing {
        put(module, n.__annotations__, *annotations);
    }
    Ok(annotations)
}

/// Sets or (NULL) removes an entry of the module's dict; false if there was none to remove.
fn put(module: Value, name: Value, value: Value) -> bool {
    let dict = dict_of(module);
    let Some(dict) = dict.as_ref().and_then(|d| d.cast::<Dict>()) else { return false };
    if value.is_null() {
        return dict.remove_interned(name).is_some();
    }
    dict.insert_interned(name, value);
    true
}

fn set_annotations(thread: &Thread, module: Value, value: Value) -> PyResult<()> {
    let n = names::get();
    if !put(module, n.__annotations__, value) {
        return Err(thread.error(&crate::objects::exceptions::ATTRIBUTE_ERROR, "__annotations__"));
    }
    put(module, n.__annotate__, Value::NULL);
    Ok(())
}

fn get_annotate(_: &Thread, module: Value) -> PyResult {
    let name = names::get().__annotate__;
    if let Some(found) = entry(module, name) {
        return Ok(found);
    }
    put(module, name, Value::NONE);
    Ok(Ref::NONE)
}

fn set_annotate(thread: &Thread, module: Value, value: Value) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.type_error("cannot delete __annotate__ attribute"));
    }
    if !value.is_none() && !is_callable(value) {
        return Err(thread.type_error("__annotate__ must be callable or None"));
    }
    put(module, names::get().__annotate__, value);
    if !value.is_none() {
        put(module, names::get().__annotations__, Value::NULL);
    }
    Ok(())
}

pub static MODULE: Type = Type::new_static(&TypeSpec {
    name: "module",
    size: size_of::<Module>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::GC).union(TypeFlags::WEAKREF).union(TypeFlags::ATTRIBUTES),
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_object::<Module>,
        repr: Some(repr),
        get_attribute: Some(get_attribute),
        ..Slots::EMPTY
    },
    methods: &[method(
        "__dir__",
        "($self, /)",
        NativeFn::NoArgs(dir),
        "__dir__() -> list\nspecialized dir() implementation",
    )],
    getsets: &[
        getset("__dict__", module_dict, "").member(),
        getset("__annotations__", get_annotations, "").settable(set_annotations),
        getset("__annotate__", get_annotate, "").settable(set_annotate),
    ],
    signature: "(name, doc=None)",
    doc: "Create a module object.\n\nThe name must be a string; the optional doc argument can have any type.",
    ..TypeSpec::EMPTY
});
