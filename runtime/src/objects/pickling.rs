//! What `object` contributes to pickling and copying: `__reduce_ex__`, `__reduce__`, `__getstate__`.

use crate::attributes;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::objects::dict::Dict;
use crate::objects::int::{self, IntRef};
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::state::import_module;
use crate::thread::Thread;
use crate::types::registry::{DICT, LIST, OBJECT, TUPLE};
use crate::types::{Type, slot_functions};
use crate::value::{Ref, Value};

/// `object.__reduce__`.
pub fn reduce(thread: &Thread, v: Value) -> PyResult {
    common_reduce(thread, v, 0)
}

/// `object.__reduce_ex__`: an overridden `__reduce__` comes first.
pub fn reduce_ex(thread: &Thread, v: Value, protocol: Value) -> PyResult {
    let n = names::get();
    let version = match int::get(*slot_functions::index(thread, protocol)?) {
        Some(IntRef::Small(i)) => i,
        _ => return Err(thread.overflow_error("Python int too large to convert to C int")),
    };
    let own = v.ty().lookup(n.__reduce__);
    if own.is_some() && own != OBJECT.lookup(n.__reduce__) {
        return thread.call_method(v, n.__reduce__, &[]);
    }
    common_reduce(thread, v, version)
}

fn common_reduce(thread: &Thread, v: Value, version: i64) -> PyResult {
    if version >= 2 {
        return reduce_new(thread, v);
    }
    let copyreg = import_module(thread, "copyreg")?;
    thread.call_method(*copyreg, str::intern_text("_reduce_ex"), &[v, *int::new(version)])
}

/// `(copyreg.__newobj__, (cls, *args), state, listitems, dictitems)`.
fn reduce_new(thread: &Thread, v: Value) -> PyResult {
    let ty = v.ty();
    if ty.slots().new.is_none() {
        return Err(cannot_pickle(thread, ty));
    }
    let (arguments, keywords) = new_arguments(thread, v)?;
    let copyreg = import_module(thread, "copyreg")?;
    let class = Value::of(ty);
    let has_arguments = arguments.is_some();
    let keywords = keywords.filter(|k| k.cast::<Dict>().is_some_and(|d| d.len() > 0));
    let (maker, maker_arguments) = match keywords {
        Some(keywords) => {
            let arguments = arguments.unwrap_or_else(Tuple::empty);
            let maker = attributes::get(thread, *copyreg, str::intern_text("__newobj_ex__"))?;
            (maker, Tuple::from_values(&[class, *arguments, *keywords]))
        }
        None => {
            let mut all = vec![class.to_ref()];
            if let Some(arguments) = &arguments {
                all.extend(arguments.cast::<Tuple>().iter().flat_map(|t| t.items()).map(|a| a.to_ref()));
            }
            (attributes::get(thread, *copyreg, str::intern_text("__newobj__"))?, Tuple::from_refs(all))
        }
    };
    let (is_list, is_dict) = (v.is_instance(&LIST), v.is_instance(&DICT));
    let required = !(has_arguments || is_list || is_dict);
    let state = state_of(thread, v, required)?;
    let list_items = if is_list { protocol::iter(thread, v)? } else { Ref::NONE };
    let dict_items = match is_dict {
        true => {
            let items = thread.call_method(v, names::get().items, &[])?;
            protocol::iter(thread, *items)?
        }
        false => Ref::NONE,
    };
    Ok(Tuple::from_refs(vec![maker, maker_arguments, state, list_items, dict_items]))
}

/// What `__getnewargs_ex__` or `__getnewargs__` give: positional and keyword arguments.
fn new_arguments(thread: &Thread, v: Value) -> PyResult<(Option<Ref>, Option<Ref>)> {
    let n = names::get();
    if let Some(f) = attributes::special(thread, v, n.__getnewargs_ex__)? {
        let result = thread.call(*f, &[])?;
        let Some(pair) = result.cast::<Tuple>() else {
            return Err(thread.type_error(format!(
                "__getnewargs_ex__ should return a tuple, not '{}'",
                result.ty().name()
            )));
        };
        let &[arguments, keywords] = pair.items() else {
            return Err(thread.value_error(format!(
                "__getnewargs_ex__ should return a tuple of length 2, not {}",
                pair.len()
            )));
        };
        if !arguments.is_instance(&TUPLE) {
            return Err(thread.type_error(format!(
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{}'",
                arguments.ty().name()
            )));
        }
        if !keywords.is_instance(&DICT) {
            return Err(thread.type_error(format!(
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{}'",
                keywords.ty().name()
            )));
        }
        return Ok((Some(arguments.to_ref()), Some(keywords.to_ref())));
    }
    let Some(f) = attributes::special(thread, v, n.__getnewargs__)? else { return Ok((None, None)) };
    let result = thread.call(*f, &[])?;
    if !result.is_instance(&TUPLE) {
        return Err(
            thread.type_error(format!("__getnewargs__ should return a tuple, not '{}'", result.ty().name()))
        );
    }
    Ok((Some(result), None))
}

#[cold]
fn cannot_pickle(thread: &Thread, ty: &Type) -> Raised {
    thread.type_error(format!("cannot pickle '{}' object", ty.name()))
}

/// `v.__getstate__()`; the default one checks that nothing native would be lost if `required`.
pub fn state_of(thread: &Thread, v: Value, required: bool) -> PyResult {
    let name = names::get().__getstate__;
    let own = v.ty().lookup(name);
    if own.is_some() && own == OBJECT.lookup(name) {
        return default_state(thread, v, required);
    }
    thread.call_method(v, name, &[])
}

/// `object.__getstate__`: the instance dict, and a dict of `__slots__` members if there are some.
pub fn default_state(thread: &Thread, v: Value, required: bool) -> PyResult {
    let ty = v.ty();
    let native = ty.native_size.get() > OBJECT.native_size.get() || ty.slots().variable_size.is_some();
    if required && native {
        return Err(cannot_pickle(thread, ty));
    }
    let state = match attributes::has_own_attributes(v) {
        true => attributes::instance_dict(thread, v)?,
        false => Ref::NONE,
    };
    let copyreg = import_module(thread, "copyreg")?;
    let names = thread.call_method(*copyreg, str::intern_text("_slotnames"), &[Value::of(ty)])?;
    let Some(names) = names.cast::<List>().filter(|l| l.len() > 0) else { return Ok(state) };
    let members = Dict::new();
    let dict = members.cast::<Dict>().expect("just made");
    let mut i = 0;
    while let Some(name) = names.get(i) {
        i += 1;
        if name.cast::<Str>().is_some()
            && let Some(value) = attributes::find(thread, v, *name)?
        {
            dict.set(thread, *name, value)?;
        }
    }
    if dict.len() == 0 {
        return Ok(state);
    }
    Ok(Tuple::from_refs(vec![state, members]))
}
