//! `function` and `cell`.

use crate::call::Args;
use crate::cell::Slot;
use crate::error::{PyResult, Raised};
use crate::object::{Header, drop_object, new_exact};
use crate::objects::builtin_function::address;
use crate::objects::code::Code;
use crate::objects::dict::Dict;
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::slot_fields::{clear_slots, member_set, none_if_null, receiver, traverse_slots};
use crate::state::STATE;
use crate::thread::Thread;
use crate::types::{CompareOp, GetSetDef, Slots, Type, TypeFlags, TypeSpec, getset};
use crate::value::{Ref, Value};
use crate::{attributes, names, readonly_member};
use ir::code::co_flags;
use ir::opcode::function_attribute;
use std::cell::Cell;

pub use super::builtin_function::{BuiltinFunction, new_builtin};
pub use super::method::{Method, new_method};

/// A Python function.
#[repr(C)]
pub struct Function {
    pub header: Header,
    /// A code object.
    pub code: Slot,
    /// A dict.
    pub globals: Slot,
    /// The dict that builtins are looked up in.
    pub builtins: Slot,
    pub name: Slot,
    pub qualname: Slot,
    pub module: Slot,
    pub doc: Slot,
    /// Tuple or NULL.
    pub defaults: Slot,
    /// Dict or NULL.
    pub kwdefaults: Slot,
    /// Tuple of cells or NULL.
    pub closure: Slot,
    /// Dict or NULL.
    pub annotations: Slot,
    /// `__annotate__`: callable, None or NULL.
    pub annotate: Slot,
    /// Tuple or NULL.
    pub type_params: Slot,
    /// List of the code objects it had before, or NULL: frames and generators that still run them only borrow them.
    former_code: Slot,
    /// Unique for the function's present code, defaults and closure; 0 until asked for. Changing `__code__`,
    /// `__defaults__` or `__kwdefaults__` takes it away.
    pub version: Cell<u32>,
}

crate::object!(Function, FUNCTION);
crate::slot_fields!(
    Function,
    code,
    globals,
    builtins,
    name,
    qualname,
    module,
    doc,
    defaults,
    kwdefaults,
    closure,
    annotations,
    annotate,
    type_params,
    former_code,
);

impl Function {
    /// The code object.
    #[inline(always)]
    pub fn code(&self) -> &'static Code {
        // SAFETY: the slot holds a code object always.
        unsafe { self.code.peek().cast_unchecked() }
    }
    /// The version, given on demand; 0 if all numbers are used up.
    pub fn version(&self) -> u32 {
        if self.version.get() == 0 {
            self.version.set(next_version());
        }
        self.version.get()
    }
}

fn next_version() -> u32 {
    static NEXT: crate::cell::GilCell<u32> = crate::cell::GilCell::new(1);
    NEXT.with(|next| {
        let version = *next;
        *next = next.checked_add(1).unwrap_or(0);
        version
    })
}

/// The builtins that code with these globals sees: the dict (or the dict of the module) in `__builtins__`.
pub fn builtins_of(globals: Value) -> Ref {
    let entry = globals.cast::<Dict>().and_then(|d| d.get_interned(names::get().__builtins__));
    match entry {
        Some(v) if v.cast::<Dict>().is_some() => v.to_ref(),
        Some(v) => super::module::dict_of(v).unwrap_or_else(|| STATE.builtins_dict.get()),
        None => STATE.builtins_dict.get(),
    }
}

/// A function as MAKE_FUNCTION makes it: name, docstring and module come from the code and the globals.
pub fn new_function(code: Value, globals: Value) -> Ref {
    let c = code.cast::<Code>().expect("functions are made of code objects");
    let doc = match c.consts.first() {
        Some(first) if c.has_flag(co_flags::HAS_DOCSTRING) => first.clone(),
        _ => Ref::NONE,
    };
    let module = globals.cast::<Dict>().and_then(|d| d.get_interned(names::get().__name__));
    new_exact(|header| Function {
        header,
        code: Slot::new(code.to_ref()),
        globals: Slot::new(globals.to_ref()),
        builtins: Slot::new(builtins_of(globals)),
        name: Slot::new(c.name.clone()),
        qualname: Slot::new(c.qualname.clone()),
        module: Slot::new(module.map_or(Ref::NONE, |m| m.to_ref())),
        doc: Slot::new(doc),
        defaults: Slot::null(),
        kwdefaults: Slot::null(),
        closure: Slot::null(),
        annotations: Slot::null(),
        annotate: Slot::null(),
        type_params: Slot::null(),
        former_code: Slot::null(),
        version: Cell::new(0),
    })
}

/// Sets an attribute, by its number in `function_attribute`, of a function that was just made.
pub fn set_attribute(function: Value, number: u32, value: Ref) {
    let Some(f) = function.cast::<Function>() else { return };
    match number {
        function_attribute::DEFAULTS => f.defaults.set(value),
        function_attribute::KW_DEFAULTS => f.kwdefaults.set(value),
        function_attribute::ANNOTATIONS => f.annotations.set(annotations_dict(value)),
        function_attribute::CLOSURE => f.closure.set(value),
        _ => f.annotate.set(value),
    }
    f.version.set(0);
}

/// Annotations come as a dict or as a tuple of names and values in turn.
fn annotations_dict(given: Ref) -> Ref {
    let Some(tuple) = given.cast::<Tuple>() else { return given };
    let dict = Dict::new();
    for pair in tuple.items().chunks_exact(2) {
        if let Some(d) = dict.cast::<Dict>() {
            d.insert_interned(*attributes::interned_name(pair[0]), pair[1]);
        }
    }
    dict
}

// Calling the type.

const PARAMETERS: [&str; 6] = ["code", "globals", "name", "argdefs", "closure", "kwdefaults"];
const REQUIRED: usize = 2;

fn bind(thread: &Thread, arguments: &Args) -> PyResult<[Value; 6]> {
    let given = arguments.all_values().len();
    if given > PARAMETERS.len() {
        return Err(thread.type_error(format!("function() takes at most 6 arguments ({given} given)")));
    }
    let mut bound = [Value::NULL; 6];
    bound[..arguments.count()].copy_from_slice(arguments.positional());
    for (name, value) in arguments.keywords() {
        let text = str::display(name);
        match PARAMETERS.iter().position(|p| *p == text) {
            Some(i) if bound[i].is_null() => bound[i] = value,
            Some(i) => {
                return Err(thread.type_error(format!(
                    "argument for function() given by name ('{text}') and position ({})",
                    i + 1
                )));
            }
            None => {
                return Err(
                    thread.type_error(format!("function() got an unexpected keyword argument '{text}'"))
                );
            }
        }
    }
    if let Some(i) = bound[..REQUIRED].iter().position(|v| v.is_null()) {
        let message = format!("function() missing required argument '{}' (pos {})", PARAMETERS[i], i + 1);
        return Err(thread.type_error(message));
    }
    Ok(bound.map(|v| if v.is_null() { Value::NONE } else { v }))
}

/// An optional argument of the constructor: NULL for None.
fn optional(thread: &Thread, v: Value, number: usize, what: &str, expected: &str, fits: bool) -> PyResult {
    if v.is_none() {
        return Ok(Ref::NULL);
    }
    if !fits {
        return Err(thread.type_error(format!("arg {number} ({what}) must be None or {expected}")));
    }
    Ok(v.to_ref())
}

fn wrong_argument(thread: &Thread, name: &str, expected: &str, found: Value) -> Raised {
    let type_name = if found.is_none() { "None".into() } else { found.ty().name() };
    thread.type_error(format!("function() argument '{name}' must be {expected}, not {type_name}"))
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    let [code, globals, name, defaults, closure, kwdefaults] = bind(thread, arguments)?;
    let Some(c) = code.cast::<Code>() else { return Err(wrong_argument(thread, "code", "code", code)) };
    if globals.cast::<Dict>().is_none() {
        return Err(wrong_argument(thread, "globals", "dict", globals));
    }
    let is_tuple = |v: Value| v.cast::<Tuple>().is_some();
    let name = optional(thread, name, 3, "name", "string", name.cast::<Str>().is_some())?;
    let defaults = optional(thread, defaults, 4, "defaults", "tuple", is_tuple(defaults))?;
    let nfree = c.nfreevars();
    if !is_tuple(closure) && (nfree > 0 && closure.is_none()) {
        return Err(thread.type_error("arg 5 (closure) must be tuple"));
    }
    let closure = optional(thread, closure, 5, "closure", "tuple", is_tuple(closure))?;
    let kwdefaults =
        optional(thread, kwdefaults, 6, "kwdefaults", "dict", kwdefaults.cast::<Dict>().is_some())?;
    let cells =
        if closure.is_null() { &[][..] } else { closure.cast::<Tuple>().map_or(&[][..], |t| t.items()) };
    if cells.len() != nfree {
        return Err(thread.value_error(format!(
            "{} requires closure of length {nfree}, not {}",
            str::display(*c.name),
            cells.len()
        )));
    }
    if let Some(other) = cells.iter().find(|v| v.cast_exact::<Cell_>().is_none()) {
        return Err(thread.type_error(format!("arg 5 (closure) expected cell, found {}", other.ty().name())));
    }
    let function = new_function(code, globals);
    let f = receiver::<Function>(thread, *function)?;
    if !name.is_null() {
        f.name.set(name);
    }
    f.defaults.set(defaults);
    f.kwdefaults.set(kwdefaults);
    if nfree > 0 {
        f.closure.set(closure);
    }
    Ok(function)
}

// Attributes.

fn this(thread: &Thread, function: Value) -> PyResult<&'static Function> {
    receiver::<Function>(thread, function)
}

fn set_code(thread: &Thread, function: Value, value: Value) -> PyResult<()> {
    let f = this(thread, function)?;
    let Some(code) = (!value.is_null()).then(|| value.cast::<Code>()).flatten() else {
        return Err(thread.type_error("__code__ must be set to a code object"));
    };
    let closure = f.closure.peek();
    let cells = if closure.is_null() { 0 } else { closure.cast::<Tuple>().map_or(0, |t| t.len()) };
    if code.nfreevars() != cells {
        return Err(thread.value_error(format!(
            "{}() requires a code object with {cells} free vars, not {}",
            str::display(f.name.peek()),
            code.nfreevars()
        )));
    }
    f.version.set(0);
    if f.former_code.is_null() {
        f.former_code.set(List::from_refs(Vec::new()));
    }
    let former = f.code.replace(value.to_ref());
    if let Some(list) = f.former_code.peek().cast::<List>() {
        list.push(former);
    }
    Ok(())
}

/// NULL for None and for deletion.
fn nullable(value: Value) -> Ref {
    if value.is_null() || value.is_none() { Ref::NULL } else { value.to_ref() }
}

fn set_defaults(thread: &Thread, function: Value, value: Value) -> PyResult<()> {
    let new = nullable(value);
    if !new.is_null() && new.cast::<Tuple>().is_none() {
        return Err(thread.type_error("__defaults__ must be set to a tuple object"));
    }
    let f = this(thread, function)?;
    f.version.set(0);
    f.defaults.set(new);
    Ok(())
}

fn set_kwdefaults(thread: &Thread, function: Value, value: Value) -> PyResult<()> {
    let new = nullable(value);
    if !new.is_null() && new.cast::<Dict>().is_none() {
        return Err(thread.type_error("__kwdefaults__ must be set to a dict object"));
    }
    let f = this(thread, function)?;
    f.version.set(0);
    f.kwdefaults.set(new);
    Ok(())
}

fn set_text(
    thread: &Thread,
    function: Value,
    value: Value,
    name: &str,
    slot: fn(&Function) -> &Slot,
) -> PyResult<()> {
    if value.is_null() || value.cast::<Str>().is_none() {
        return Err(thread.type_error(format!("{name} must be set to a string object")));
    }
    slot(this(thread, function)?).set(value.to_ref());
    Ok(())
}

/// `__annotations__`: made by calling `__annotate__` at the first use.
fn get_annotations(thread: &Thread, function: Value) -> PyResult {
    let f = this(thread, function)?;
    if !f.annotations.is_null() {
        return Ok(f.annotations.get());
    }
    let annotate = f.annotate.get();
    let annotations = if annotate.is_null() || annotate.ty().slots().call.is_none() {
        Dict::new()
    } else {
        let result = thread.call(*annotate, &[Value::small_int(1)])?;
        if result.cast::<Dict>().is_none() {
            let message = format!("__annotate__() must return a dict, not {}", result.ty().name());
            return Err(thread.type_error(message));
        }
        result
    };
    f.annotations.set(annotations.clone());
    Ok(annotations)
}

fn set_annotations(thread: &Thread, function: Value, value: Value) -> PyResult<()> {
    let new = nullable(value);
    if !new.is_null() && new.cast::<Dict>().is_none() {
        return Err(thread.type_error("__annotations__ must be set to a dict object"));
    }
    let f = this(thread, function)?;
    f.version.set(0);
    f.annotations.set(new);
    drop(f.annotate.take());
    Ok(())
}

fn set_annotate(thread: &Thread, function: Value, value: Value) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.type_error("__annotate__ cannot be deleted"));
    }
    let f = this(thread, function)?;
    if !value.is_none() {
        if value.ty().slots().call.is_none() {
            return Err(thread.type_error("__annotate__ must be callable or None"));
        }
        drop(f.annotations.take());
    }
    f.annotate.set(value.to_ref());
    Ok(())
}

fn set_type_params(thread: &Thread, function: Value, value: Value) -> PyResult<()> {
    if value.is_null() || value.cast::<Tuple>().is_none() {
        return Err(thread.type_error("__type_params__ must be set to a tuple"));
    }
    this(thread, function)?.type_params.set(value.to_ref());
    Ok(())
}

fn set_dict(thread: &Thread, function: Value, value: Value) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.type_error("cannot delete __dict__"));
    }
    attributes::set_instance_dict(thread, function, value)
}

fn repr(thread: &Thread, function: Value) -> PyResult {
    let f = this(thread, function)?;
    let name = str::display(f.qualname.peek());
    Ok(Str::new(&format!("<function {name} at {:#x}>", address(function))))
}

fn call(thread: &Thread, function: Value, arguments: &Args) -> PyResult {
    STATE.interpreter().call_function(thread, function, arguments)
}

fn descriptor_get(_: &Thread, function: Value, object: Value, _: Value) -> PyResult {
    if object.is_null() || object.is_none() {
        return Ok(function.to_ref());
    }
    Ok(new_method(function, object))
}

const fn slot_row(
    name: &'static str,
    get: crate::types::slots::Unary,
    set: fn(&Thread, Value, Value) -> PyResult<()>,
    doc: &'static str,
) -> GetSetDef {
    getset(name, get, doc).settable(set)
}

const GETSETS: &[GetSetDef] = &[
    readonly_member!(Function, closure, "__closure__", ""),
    readonly_member!(Function, globals, "__globals__", ""),
    readonly_member!(Function, builtins, "__builtins__", ""),
    slot_row(
        "__doc__",
        |t, f| Ok(none_if_null(this(t, f)?.doc.get())),
        |t, f, v| member_set::<Function>(t, f, v, |f| &f.doc),
        "",
    ),
    slot_row(
        "__module__",
        |t, f| Ok(none_if_null(this(t, f)?.module.get())),
        |t, f, v| member_set::<Function>(t, f, v, |f| &f.module),
        "",
    ),
    slot_row("__code__", |t, f| Ok(this(t, f)?.code.get()), set_code, ""),
    slot_row("__defaults__", |t, f| Ok(none_if_null(this(t, f)?.defaults.get())), set_defaults, ""),
    slot_row("__kwdefaults__", |t, f| Ok(none_if_null(this(t, f)?.kwdefaults.get())), set_kwdefaults, ""),
    slot_row(
        "__annotations__",
        get_annotations,
        set_annotations,
        "Dict of annotations in a function object.",
    ),
    slot_row(
        "__annotate__",
        |t, f| Ok(none_if_null(this(t, f)?.annotate.get())),
        set_annotate,
        "Get the code object for a function.",
    ),
    slot_row("__dict__", attributes::instance_dict, set_dict, ""),
    slot_row(
        "__name__",
        |t, f| Ok(this(t, f)?.name.get()),
        |t, f, v| set_text(t, f, v, "__name__", |f| &f.name),
        "",
    ),
    slot_row(
        "__qualname__",
        |t, f| Ok(this(t, f)?.qualname.get()),
        |t, f, v| set_text(t, f, v, "__qualname__", |f| &f.qualname),
        "",
    ),
    slot_row(
        "__type_params__",
        |t, f| Ok(this(t, f)?.type_params.option().unwrap_or_else(Tuple::empty)),
        set_type_params,
        "Get the declared type parameters for a function.",
    ),
];

pub static FUNCTION: Type = Type::new_static(&TypeSpec {
    name: "function",
    size: size_of::<Function>(),
    flags: TypeFlags::GC
        .union(TypeFlags::WEAKREF)
        .union(TypeFlags::ATTRIBUTES)
        .union(TypeFlags::METHOD_DESCRIPTOR),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Function>,
        traverse: Some(traverse_slots::<Function>),
        clear: Some(clear),
        repr: Some(repr),
        call: Some(call),
        descriptor_get: Some(descriptor_get),
        ..Slots::EMPTY
    },
    getsets: GETSETS,
    signature: "(code, globals, name=None, argdefs=None, closure=None,\n         kwdefaults=None)",
    doc: "Create a function object.\n\n  code\n    a code object\n  globals\n    the globals dictionary\n  name\n    a string that overrides the name from the code object\n  argdefs\n    a tuple that specifies the default argument values\n  closure\n    a tuple that supplies the bindings for free variables\n  kwdefaults\n    a dictionary that specifies the default keyword argument values",
    ..TypeSpec::EMPTY
});

/// Drops what may close a cycle; code, name and qualified name stay, so that the function can still be shown.
fn clear(function: Value) {
    let Some(f) = function.cast::<Function>() else { return };
    let slots = [
        &f.module,
        &f.doc,
        &f.defaults,
        &f.kwdefaults,
        &f.closure,
        &f.annotations,
        &f.annotate,
        &f.type_params,
    ];
    f.version.set(0);
    slots.iter().for_each(|slot| drop(slot.take()));
}

// Cells.

/// A variable shared between scopes.
#[repr(C)]
pub struct Cell_ {
    pub header: Header,
    /// NULL while unbound.
    pub content: Slot,
}

crate::object!(Cell_, CELL);
crate::slot_fields!(Cell_, content);

/// A new cell with `content` (NULL for an unbound variable).
pub fn new_cell(content: Ref) -> Ref {
    new_exact(|header| Cell_ { header, content: Slot::new(content) })
}

fn cell_new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    if arguments.has_keywords() {
        return Err(thread.type_error("cell() takes no keyword arguments"));
    }
    match arguments.positional() {
        [] => Ok(new_cell(Ref::NULL)),
        [content] => Ok(new_cell(content.to_ref())),
        more => Err(thread.type_error(format!("cell expected at most 1 argument, got {}", more.len()))),
    }
}

fn cell_repr(thread: &Thread, cell: Value) -> PyResult {
    let content = receiver::<Cell_>(thread, cell)?.content.get();
    let shown = if content.is_null() {
        "empty".to_string()
    } else {
        format!("{} object at {:#x}", content.ty().name(), address(*content))
    };
    Ok(Str::new(&format!("<cell at {:#x}: {shown}>", address(cell))))
}

/// Empty cells come before all others.
fn cell_compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.cast_exact::<Cell_>(), b.cast_exact::<Cell_>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    let (x, y) = (x.content.get(), y.content.get());
    if !x.is_null() && !y.is_null() {
        return protocol::compare(thread, *x, *y, op);
    }
    Ok(Ref::bool(op.holds((!x.is_null()).cmp(&!y.is_null()))))
}

fn cell_contents(thread: &Thread, cell: Value) -> PyResult {
    let content = receiver::<Cell_>(thread, cell)?.content.option();
    content.ok_or_else(|| thread.value_error("Cell is empty"))
}

fn set_cell_contents(thread: &Thread, cell: Value, value: Value) -> PyResult<()> {
    receiver::<Cell_>(thread, cell)?.content.set(value.to_ref());
    Ok(())
}

pub static CELL: Type = Type::new_static(&TypeSpec {
    name: "cell",
    size: size_of::<Cell_>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(cell_new),
        drop: drop_object::<Cell_>,
        traverse: Some(traverse_slots::<Cell_>),
        clear: Some(clear_slots::<Cell_>),
        repr: Some(cell_repr),
        compare: Some(cell_compare),
        ..Slots::EMPTY
    },
    getsets: &[getset("cell_contents", cell_contents, "").settable(set_cell_contents)],
    signature: "([contents])",
    doc: "Create a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and further attempts to access its cell_contents attribute will\n    raise a ValueError.",
    ..TypeSpec::EMPTY
});
