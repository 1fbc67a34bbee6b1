//! `_contextvars`: contexts, the variables they hold and the tokens that undo a setting.
//!
//! A context's variables stand in a dict that contexts share after a copy: whoever changes a shared dict takes a copy of its
//! own first, so copying a context costs nothing.

use runtime::cell::Slot;
use runtime::object::{Header, drop_object, new_exact};
use runtime::objects::builtin_function::address;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::LOOKUP_ERROR;
use runtime::objects::generic_alias::class_getitem;
use runtime::objects::int;
use runtime::objects::module::{ModuleSpec, add_type};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::text_builder::TextBuilder;
use runtime::types::registry;
use runtime::{
    Args, CompareOp, Effects, GilCell, NativeFn, PyResult, Raised, Ref, Slots, Thread, Type, TypeFlags,
    TypeSpec, Value, getset, method, names, protocol,
};
use std::cell::Cell;

#[repr(C)]
struct Context {
    header: Header,
    /// The variables that are set, a dict; shared with copies.
    variables: Slot,
    /// The context that was current when this one was entered.
    previous: Slot,
    is_entered: Cell<bool>,
}

runtime::object!(Context, CONTEXT);
runtime::slot_fields!(Context, variables, previous);

#[repr(C)]
struct ContextVar {
    header: Header,
    name: Slot,
    /// NULL: none.
    default: Slot,
}

runtime::object!(ContextVar, CONTEXT_VAR);
runtime::slot_fields!(ContextVar, name, default);

#[repr(C)]
struct Token {
    header: Header,
    context: Slot,
    variable: Slot,
    /// NULL: there was none.
    old_value: Slot,
    is_used: Cell<bool>,
}

runtime::object!(Token, TOKEN);
runtime::slot_fields!(Token, context, variable, old_value);

/// `Token.MISSING`
#[repr(C)]
struct Missing {
    header: Header,
}

runtime::object!(Missing, MISSING_TYPE);

static MISSING: GilCell<Option<Ref>> = GilCell::new(None);

fn missing() -> Ref {
    if let Some(made) = MISSING.with(|m| m.clone()) {
        return made;
    }
    let made = new_exact(|header| Missing { header });
    MISSING.replace(Some(made.clone()));
    made
}

fn new_context(variables: Ref) -> Ref {
    new_exact(|header| Context {
        header,
        variables: Slot::new(variables),
        previous: Slot::null(),
        is_entered: Cell::new(false),
    })
}

/// The context of the running thread, made when it is first needed.
pub fn current(thread: &Thread) -> Ref {
    if thread.context.is_null() {
        thread.context.set(new_context(Dict::new()));
    }
    thread.context.get()
}

/// A copy of the current context.
pub fn copy_current(thread: &Thread) -> Ref {
    let context = current(thread);
    new_context(variables_of(*context))
}

fn variables_of(context: Value) -> Ref {
    context.cast::<Context>().map_or(Ref::NULL, |c| c.variables.get())
}

/// The dict of a context that is about to change: its own, not a shared one.
fn variables_to_change(context: &Context) -> Ref {
    let is_shared = context.variables.peek().header().is_some_and(|h| h.refcount() > 1);
    if is_shared && let Some(dict) = context.variables.peek().cast::<Dict>() {
        context.variables.set(dict.copy());
    }
    context.variables.get()
}

/// Sets a variable, or (NULL) removes it.
fn assign(thread: &Thread, context: &Context, variable: Value, value: Value) -> PyResult<()> {
    let variables = variables_to_change(context);
    let Some(dict) = variables.cast::<Dict>() else { return Ok(()) };
    match value.is_null() {
        true => dict.remove(thread, variable).map(drop),
        false => dict.set(thread, variable, value.to_ref()),
    }
}

/// The value of a variable in a context.
fn lookup(thread: &Thread, context: Value, variable: Value) -> PyResult<Option<Ref>> {
    match variables_of(context).cast::<Dict>() {
        Some(dict) => dict.get(thread, variable),
        None => Ok(None),
    }
}

// Context.

/// Makes a context the current one.
pub fn enter(thread: &Thread, context: Value) -> PyResult<()> {
    let c = receiver::<Context>(thread, context)?;
    if c.is_entered.get() {
        let mut text = TextBuilder::new("cannot enter context: ");
        text.push_repr(thread, context)?.push(" is already entered");
        return Err(thread.error_value(&runtime::objects::exceptions::RUNTIME_ERROR, *text.finish()));
    }
    c.is_entered.set(true);
    c.previous.set(thread.context.replace(context.to_ref()));
    Ok(())
}

/// Makes the context current that was so before `context` was entered.
pub fn leave(thread: &Thread, context: Value) {
    let Some(context) = context.cast::<Context>() else { return };
    let previous = context.previous.take();
    context.is_entered.set(false);
    drop(thread.context.replace(previous));
}

fn run(thread: &Thread, context: Value, arguments: &Args) -> PyResult {
    let Some(callable) = arguments.get(0) else {
        return Err(thread.type_error("run() missing 1 required positional argument"));
    };
    enter(thread, context)?;
    let result = thread.call_args(callable, &arguments.without_first());
    leave(thread, context);
    result
}

fn check_key(thread: &Thread, key: Value) -> PyResult<()> {
    if key.is_exact(&CONTEXT_VAR) {
        return Ok(());
    }
    let mut text = TextBuilder::new("a ContextVar key was expected, got ");
    text.push_repr(thread, key)?;
    Err(thread.error_value(&runtime::objects::exceptions::TYPE_ERROR, *text.finish()))
}

fn get_item(thread: &Thread, context: Value, key: Value) -> PyResult {
    check_key(thread, key)?;
    lookup(thread, context, key)?.ok_or_else(|| thread.key_error(key))
}

fn contains(thread: &Thread, context: Value, key: Value) -> PyResult<bool> {
    check_key(thread, key)?;
    Ok(lookup(thread, context, key)?.is_some())
}

fn context_get(thread: &Thread, context: Value, arguments: &[Value]) -> PyResult {
    check_key(thread, arguments[0])?;
    let found = lookup(thread, context, arguments[0])?;
    let default = if arguments[1].is_null() { Value::NONE } else { arguments[1] };
    Ok(found.unwrap_or_else(|| default.to_ref()))
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let is_equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    if !is_equality || !a.is_exact(&CONTEXT) || !b.is_exact(&CONTEXT) {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    protocol::compare(thread, *variables_of(a), *variables_of(b), op)
}

fn items_of(context: Value) -> Vec<(Ref, Ref)> {
    variables_of(context).cast::<Dict>().map(|d| d.items()).unwrap_or_default()
}

fn new_context_object(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    if !arguments.all_values().is_empty() {
        return Err(thread.type_error("Context() does not accept any arguments"));
    }
    Ok(new_context(Dict::new()))
}

static CONTEXT: Type = Type::new_static(&TypeSpec {
    name: "_contextvars.Context",
    size: size_of::<Context>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC).union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(new_context_object),
        drop: drop_object::<Context>,
        traverse: Some(traverse_slots::<Context>),
        clear: Some(clear_slots::<Context>),
        compare: Some(compare),
        iter: Some(|_, v| Ok(iterator(&KEYS, v, |key, _| key))),
        len: Some(|_, v| Ok(variables_of(v).cast::<Dict>().map_or(0, |d| d.len()))),
        get_item: Some(get_item),
        contains: Some(contains),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "copy",
            "($self, /)",
            NativeFn::NoArgs(|_, v| Ok(new_context(variables_of(v)))),
            "Return a shallow copy of the context object.",
        ),
        method("get", "($self, key, default=None, /)", NativeFn::Bound(context_get), DOC_CONTEXT_GET),
        method(
            "items",
            "($self, /)",
            NativeFn::NoArgs(|_, v| Ok(iterator(&ITEMS, v, |key, value| Tuple::from_refs(vec![key, value])))),
            "Return all variables and their values in the context object.\n\nThe result is returned as a list of 2-tuples (variable, value).",
        ),
        method(
            "keys",
            "($self, /)",
            NativeFn::NoArgs(|_, v| Ok(iterator(&KEYS, v, |key, _| key))),
            "Return a list of all variables in the context object.",
        ),
        method("run", "?", NativeFn::Raw(run), ""),
        method(
            "values",
            "($self, /)",
            NativeFn::NoArgs(|_, v| Ok(iterator(&VALUES, v, |_, value| value))),
            "Return a list of all variables' values in the context object.",
        ),
    ],
    ..TypeSpec::EMPTY
});

// Iterators: what the context held when they were made.

#[repr(C)]
struct ContextIterator {
    header: Header,
    items: Slot,
    next: Cell<usize>,
}

runtime::object!(ContextIterator, KEYS);
runtime::slot_fields!(ContextIterator, items);

fn iterator(ty: &'static Type, context: Value, show: fn(Ref, Ref) -> Ref) -> Ref {
    registry::ready(ty);
    let items = items_of(context).into_iter().map(|(key, value)| show(key, value)).collect();
    runtime::new_object(ty, |header| ContextIterator {
        header,
        items: Slot::new(Tuple::from_refs(items)),
        next: Cell::new(0),
    })
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let iterator = receiver::<ContextIterator>(thread, v)?;
    let at = iterator.next.get();
    let found = iterator.items.peek().cast::<Tuple>().and_then(|t| t.items().get(at)).map(|v| v.to_ref());
    iterator.next.set(at + found.is_some() as usize);
    Ok(found)
}

fn remaining(thread: &Thread, v: Value) -> PyResult {
    let iterator = receiver::<ContextIterator>(thread, v)?;
    let all = iterator.items.peek().cast::<Tuple>().map_or(0, |t| t.len());
    Ok(int::from_usize(all - iterator.next.get().min(all)))
}

const ITERATOR_METHODS: &[runtime::MethodDef] =
    &[method("__length_hint__", "($self, /)", NativeFn::NoArgs(remaining), "")];

const fn iterator_type(name: &'static str, base: Option<&'static Type>) -> TypeSpec {
    TypeSpec {
        name,
        base,
        size: size_of::<ContextIterator>(),
        flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC).union(TypeFlags::NO_INSTANTIATION),
        slots: Slots {
            drop: drop_object::<ContextIterator>,
            traverse: Some(traverse_slots::<ContextIterator>),
            clear: Some(clear_slots::<ContextIterator>),
            iter: Some(|_, v| Ok(v.to_ref())),
            next: Some(next),
            ..Slots::EMPTY
        },
        methods: ITERATOR_METHODS,
        ..TypeSpec::EMPTY
    }
}

static KEYS: Type = Type::new_static(&iterator_type("keys", None));
static VALUES: Type = Type::new_static(&iterator_type("values", Some(&KEYS)));
static ITEMS: Type = Type::new_static(&iterator_type("items", Some(&KEYS)));

// ContextVar.

/// A new variable.
pub fn new_variable(name: Ref, default: Ref) -> Ref {
    new_exact(|header| ContextVar { header, name: Slot::new(name), default: Slot::new(default) })
}

/// The value of a variable in the current context, or its default; `None` if it has neither.
pub fn value_of(thread: &Thread, variable: Value) -> PyResult<Option<Ref>> {
    if !thread.context.is_null()
        && let Some(found) = lookup(thread, *thread.context.get(), variable)?
    {
        return Ok(Some(found));
    }
    Ok(variable.cast::<ContextVar>().and_then(|v| v.default.option()))
}

fn new_context_var(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    let given = arguments.count();
    if arguments.all_values().len() > 2 {
        let message =
            format!("ContextVar() takes at most 2 arguments ({} given)", arguments.all_values().len());
        return Err(thread.type_error(message));
    }
    if given != 1 {
        let bound = if given == 0 { "exactly" } else { "at most" };
        let message = format!("ContextVar() takes {bound} 1 positional argument ({given} given)");
        return Err(thread.type_error(message));
    }
    let mut default = Ref::NULL;
    for (name, value) in arguments.keywords() {
        if !runtime::objects::str::equals(name, "default") {
            let name = runtime::objects::str::display(name);
            let message = format!("ContextVar() got an unexpected keyword argument '{name}'");
            return Err(thread.type_error(message));
        }
        default = value.to_ref();
    }
    let name = arguments.positional()[0];
    if name.cast::<Str>().is_none() {
        return Err(thread.type_error("context variable name must be a str"));
    }
    // A subclass of str may have no hash; such a name is refused.
    protocol::hash(thread, name)?;
    Ok(new_variable(name.to_ref(), default))
}

fn variable_get(thread: &Thread, v: Value, arguments: &[Value]) -> PyResult {
    let variable = receiver::<ContextVar>(thread, v)?;
    if !thread.context.is_null()
        && let Some(found) = lookup(thread, *thread.context.get(), v)?
    {
        return Ok(found);
    }
    if !arguments[0].is_null() {
        return Ok(arguments[0].to_ref());
    }
    variable.default.option().ok_or_else(|| thread.error_value(&LOOKUP_ERROR, v))
}

fn variable_set(thread: &Thread, v: Value, value: Value) -> PyResult {
    receiver::<ContextVar>(thread, v)?;
    let context = current(thread);
    let old_value = lookup(thread, *context, v)?.unwrap_or(Ref::NULL);
    assign(thread, receiver::<Context>(thread, *context)?, v, value)?;
    Ok(new_exact(|header| Token {
        header,
        context: Slot::new(context),
        variable: Slot::new(v.to_ref()),
        old_value: Slot::new(old_value),
        is_used: Cell::new(false),
    }))
}

fn token_error(
    thread: &Thread,
    ty: &'static Type,
    before: &str,
    shown: Value,
    after: &str,
) -> PyResult<Raised> {
    let mut text = TextBuilder::new(before);
    text.push_repr(thread, shown)?.push(after);
    Ok(thread.error_value(ty, *text.finish()))
}

fn variable_reset(thread: &Thread, v: Value, token: Value) -> PyResult {
    use runtime::objects::exceptions::{RUNTIME_ERROR, TYPE_ERROR, VALUE_ERROR};
    let Some(t) = token.cast_exact::<Token>() else {
        return Err(token_error(thread, &TYPE_ERROR, "expected an instance of Token, got ", token, "")?);
    };
    if t.is_used.get() {
        return Err(token_error(thread, &RUNTIME_ERROR, "", token, " has already been used once")?);
    }
    if !t.variable.peek().is(v) {
        return Err(token_error(thread, &VALUE_ERROR, "", token, " was created by a different ContextVar")?);
    }
    let context = current(thread);
    if !t.context.peek().is(*context) {
        return Err(token_error(thread, &VALUE_ERROR, "", token, " was created in a different Context")?);
    }
    t.is_used.set(true);
    let old_value = t.old_value.get();
    assign(thread, receiver::<Context>(thread, *context)?, v, *old_value)?;
    Ok(Ref::NONE)
}

fn variable_repr(thread: &Thread, v: Value) -> PyResult {
    let variable = receiver::<ContextVar>(thread, v)?;
    let mut text = TextBuilder::new("<ContextVar name=");
    text.push_repr(thread, *variable.name.get())?;
    if let Some(default) = variable.default.option() {
        if thread.repr_running.with(|r| r.contains(&v)) {
            text.push(" default=...");
        } else {
            thread.repr_running.with(|r| r.push(v));
            let shown = protocol::repr(thread, *default);
            thread.repr_running.with(|r| r.pop());
            text.push(" default=").push_value(*shown?);
        }
    }
    text.push(&format!(" at {:#x}>", address(v)));
    Ok(text.finish())
}

static CONTEXT_VAR: Type = Type::new_static(&TypeSpec {
    name: "_contextvars.ContextVar",
    size: size_of::<ContextVar>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC),
    slots: Slots {
        new: Some(new_context_var),
        drop: drop_object::<ContextVar>,
        traverse: Some(traverse_slots::<ContextVar>),
        clear: Some(clear_slots::<ContextVar>),
        repr: Some(variable_repr),
        hash: Some(|_, v| Ok((address(v) >> 4) as i64)),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "__class_getitem__",
            "($type, object, /)",
            NativeFn::One(class_getitem),
            "ContextVars are generic over the type of their contained values",
        )
        .class(),
        method(
            "get",
            "($self, default=<unrepresentable>, /)",
            NativeFn::Bound(variable_get),
            DOC_VARIABLE_GET,
        )
        .effects(Effects::RAISES.union(Effects::READS_HEAP)),
        method("reset", "($self, token, /)", NativeFn::One(variable_reset), DOC_VARIABLE_RESET),
        method("set", "($self, value, /)", NativeFn::One(variable_set), DOC_VARIABLE_SET),
    ],
    getsets: &[runtime::readonly_member!(ContextVar, name, "name", "")],
    ..TypeSpec::EMPTY
});

// Token.

fn new_token(thread: &Thread, _: &'static Type, _: &Args) -> PyResult {
    Err(thread.runtime_error("Tokens can only be created by ContextVars"))
}

fn token_exit(thread: &Thread, v: Value, _: &[Value]) -> PyResult {
    let variable = receiver::<Token>(thread, v)?.variable.get();
    variable_reset(thread, *variable, v)
}

fn token_repr(thread: &Thread, v: Value) -> PyResult {
    let token = receiver::<Token>(thread, v)?;
    let mut text = TextBuilder::new(if token.is_used.get() { "<Token used var=" } else { "<Token var=" });
    text.push_repr(thread, *token.variable.get())?;
    text.push(&format!(" at {:#x}>", address(v)));
    Ok(text.finish())
}

fn old_value(thread: &Thread, v: Value) -> PyResult {
    Ok(receiver::<Token>(thread, v)?.old_value.option().unwrap_or_else(missing))
}

static TOKEN: Type = Type::new_static(&TypeSpec {
    name: "_contextvars.Token",
    size: size_of::<Token>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::GC),
    slots: Slots {
        new: Some(new_token),
        drop: drop_object::<Token>,
        traverse: Some(traverse_slots::<Token>),
        clear: Some(clear_slots::<Token>),
        repr: Some(token_repr),
        ..Slots::EMPTY
    },
    methods: &[
        method(
            "__class_getitem__",
            "($type, object, /)",
            NativeFn::One(class_getitem),
            "Tokens are generic over the same type as the ContextVar which created them.",
        )
        .class(),
        method(
            "__enter__",
            "($self, /)",
            NativeFn::NoArgs(|_, v| Ok(v.to_ref())),
            "Enter into Token context manager.",
        ),
        method(
            "__exit__",
            "($self, type, val, tb, /)",
            NativeFn::Bound(token_exit),
            "Exit from Token context manager, restore the linked ContextVar.",
        ),
    ],
    getsets: &[
        getset("old_value", old_value, ""),
        getset("var", |thread, v| Ok(receiver::<Token>(thread, v)?.variable.get()), ""),
    ],
    ..TypeSpec::EMPTY
});

static MISSING_TYPE: Type = Type::new_static(&TypeSpec {
    name: "Token.MISSING",
    size: size_of::<Missing>(),
    flags: TypeFlags::IMMUTABLE.union(TypeFlags::NO_INSTANTIATION),
    slots: Slots {
        drop: drop_object::<Missing>,
        repr: Some(|_, _| Ok(Str::new("<Token.MISSING>"))),
        ..Slots::EMPTY
    },
    ..TypeSpec::EMPTY
});

fn init(_: &Thread, module: Value) -> PyResult<()> {
    make_types();
    add_type(module, &CONTEXT);
    add_type(module, &CONTEXT_VAR);
    add_type(module, &TOKEN);
    Ok(())
}

/// Readies the types; native code that makes variables calls it first.
pub fn make_types() {
    for ty in [&CONTEXT, &CONTEXT_VAR, &TOKEN, &MISSING_TYPE, &KEYS, &VALUES, &ITEMS] {
        registry::ready(ty);
    }
    TOKEN.slots.with(|slots| slots.hash = None);
    if let Some(dict) = TOKEN.dict.peek().cast::<Dict>() {
        dict.set_str("MISSING", *missing());
        dict.insert_interned(names::get().__hash__, Value::NONE);
    }
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_contextvars",
    doc: "Context Variables",
    functions: &[method(
        "copy_context",
        "($module, /)",
        NativeFn::NoArgs(|thread, _| Ok(copy_current(thread))),
        "",
    )],
    init,
};

const DOC_CONTEXT_GET: &str = "Return the value for `key` if `key` has the value in the context object.\n\nIf `key` does not exist, return `default`.  If `default` is not\ngiven, return None.";
const DOC_VARIABLE_GET: &str = "Return a value for the context variable for the current context.\n\nIf there is no value for the variable in the current context, the\nmethod will:\n * return the value of the default argument of the method, if\n   provided; or\n * return the default value for the context variable, if it was\n   created with one; or\n * raise a LookupError.";
const DOC_VARIABLE_RESET: &str = "Reset the context variable.\n\nThe variable is reset to the value it had before the\n`ContextVar.set()` that created the token was used.";
const DOC_VARIABLE_SET: &str = "Call to set a new value for the context variable in the current context.\n\nThe required value argument is the new value for the context\nvariable.\n\nReturns a Token object that can be used to restore the variable to\nits previous value via the `ContextVar.reset()` method.";
