//! Class statements: `builtins.__build_class__`.

use super::{Type, class};
use crate::attributes;
use crate::call::Args;
use crate::error::PyResult;
use crate::names;
use crate::objects::dict::Dict;
use crate::objects::function::{Cell_, Function};
use crate::objects::str;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::state::STATE;
use crate::thread::Thread;
use crate::types::registry::{FUNCTION, STR, TYPE};
use crate::value::{Ref, Value};

/// `__build_class__(func, name, *bases, **keywords)`.
pub fn build_class_from_args(thread: &Thread, arguments: &Args) -> PyResult {
    let &[function, name, ref bases @ ..] = arguments.positional() else {
        return Err(thread.type_error("__build_class__: not enough arguments"));
    };
    if !function.is_exact(&FUNCTION) {
        return Err(thread.type_error("__build_class__: func must be a function"));
    }
    if !name.is_instance(&STR) {
        return Err(thread.type_error("__build_class__: name is not a string"));
    }
    let keywords: Vec<(Value, Value)> = arguments.keywords().collect();
    build_class(thread, function, name, bases, &keywords)
}

/// Makes a class: resolves the bases, finds the metaclass, prepares the namespace, runs the body, calls the metaclass.
pub fn build_class(
    thread: &Thread,
    function: Value,
    name: Value,
    bases: &[Value],
    keywords: &[(Value, Value)],
) -> PyResult {
    let given = Tuple::from_values(bases);
    let resolved = resolve_bases(thread, &given)?;
    let base_values = resolved.cast::<Tuple>().map_or(&[][..], |t| t.items());
    let explicit = keywords.iter().find(|(k, _)| str::equals(*k, "metaclass")).map(|(_, v)| v.to_ref());
    let meta = match explicit {
        Some(meta) if !meta.is_instance(&TYPE) => meta,
        meta => {
            let first = base_values.first().map_or(&TYPE, |b| b.ty());
            let start = meta.as_ref().and_then(|m| m.cast::<Type>()).unwrap_or(first);
            Value::of(class::metaclass(thread, start, base_values)?).to_ref()
        }
    };
    let keywords: Vec<(Value, Value)> =
        keywords.iter().copied().filter(|(k, _)| !str::equals(*k, "metaclass")).collect();
    let names: Vec<Value> = keywords.iter().map(|(k, _)| *k).collect();
    let call = |callable: Value, positional: &[Value]| {
        let mut values = positional.to_vec();
        values.extend(keywords.iter().map(|(_, v)| *v));
        thread.call_args(callable, &Args::new(&values, &names))
    };

    let namespace = match attributes::find(thread, *meta, names::get().__prepare__)? {
        Some(prepare) => call(*prepare, &[name, *resolved])?,
        None => Dict::new(),
    };
    if namespace.cast::<Dict>().is_none() && namespace.ty().slots().get_item.is_none() {
        let meta_name = meta.cast::<Type>().map_or_else(|| "<metaclass>".into(), |m| m.name());
        return Err(thread.type_error(format!(
            "{meta_name}.__prepare__() must return a mapping, not {}",
            namespace.ty().name()
        )));
    }
    let cell = run_body(thread, function, *namespace)?;
    if !resolved.is(*given) {
        set_item(thread, *namespace, names::get().__orig_bases__, *given)?;
    }
    let class = call(*meta, &[name, *resolved, *namespace])?;
    if class.is_instance(&TYPE)
        && let Some(cell) = cell.cast_exact::<Cell_>()
    {
        check_class_cell(thread, name, &class, cell)?;
    }
    Ok(class)
}

/// Runs the body with `namespace` as its locals; gives the cell of `__class__` or None.
fn run_body(thread: &Thread, function: Value, namespace: Value) -> PyResult {
    let Some(f) = function.cast::<Function>() else {
        return Err(thread.type_error("__build_class__: func must be a function"));
    };
    let (code, globals, closure) = (f.code.get(), f.globals.get(), f.closure.option());
    STATE.interpreter().run_code(thread, *code, *globals, namespace, closure.as_deref().copied())
}

fn set_item(thread: &Thread, namespace: Value, key: Value, value: Value) -> PyResult<()> {
    if let Some(dict) = namespace.cast_exact::<Dict>() {
        return dict.set(thread, key, value.to_ref());
    }
    match namespace.ty().slots().set_item {
        Some(f) => f(thread, namespace, key, value),
        None => {
            Err(thread
                .type_error(format!("'{}' object does not support item assignment", namespace.ty().name())))
        }
    }
}

/// Replaces bases that aren't classes by what their `__mro_entries__` gives. The same tuple if nothing changed.
pub fn resolve_bases(thread: &Thread, bases: &Ref) -> PyResult {
    let given = bases.cast::<Tuple>().map_or(&[][..], |t| t.items());
    let mut resolved: Vec<Ref> = Vec::with_capacity(given.len());
    let mut changed = false;
    for base in given {
        if base.is_instance(&TYPE) {
            resolved.push(base.to_ref());
            continue;
        }
        let Some(entries) = attributes::find(thread, *base, names::get().__mro_entries__)? else {
            resolved.push(base.to_ref());
            continue;
        };
        let entries = thread.call(*entries, &[**bases])?;
        let Some(entries) = entries.cast::<Tuple>() else {
            return Err(thread.type_error("__mro_entries__ must return a tuple"));
        };
        changed = true;
        resolved.extend(entries.items().iter().map(|v| v.to_ref()));
    }
    Ok(if changed { Tuple::from_refs(resolved) } else { bases.clone() })
}

/// The metaclass must have passed `__classcell__` on to `type.__new__`.
fn check_class_cell(thread: &Thread, name: Value, class: &Ref, cell: &Cell_) -> PyResult<()> {
    let shown = |v: Value| protocol::repr(thread, v).map(|s| str::display(*s));
    match cell.content.option() {
        None => Err(thread.runtime_error(format!(
            "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
            shown(name)?,
            shown(**class)?
        ))),
        Some(content) if !content.is(**class) => Err(thread.type_error(format!(
            "__class__ set to {} defining {} as {}",
            shown(*content)?,
            shown(name)?,
            shown(**class)?
        ))),
        Some(_) => Ok(()),
    }
}
