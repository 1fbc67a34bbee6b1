//! Writing objects by what `__reduce_ex__` and its relatives give: a name, or how to make the object again.

use super::errors::{noted, pickling, type_name};
use super::opcode::*;
use super::registry;
use super::save::Save;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::KEY_ERROR;
use runtime::objects::int;
use runtime::objects::str::{self, Str, intern_text};
use runtime::objects::tuple::Tuple;
use runtime::types::registry::{ELLIPSIS_TYPE, FUNCTION, NONE_TYPE, NOT_IMPLEMENTED_TYPE, TYPE};
use runtime::{Args, PyResult, Ref, Thread, Type, Value, attributes, names, protocol};

/// The parts that a reduction consists of; absent ones are `None`.
struct Reduction<'r> {
    function: Value,
    arguments: &'r Tuple,
    arguments_object: Value,
    state: Option<Value>,
    list_items: Option<Value>,
    dict_items: Option<Value>,
    state_setter: Option<Value>,
}

impl Save<'_> {
    /// Writes an object of a type that has no form of its own.
    pub(super) fn save_object(&mut self, v: Value) -> PyResult<()> {
        let held = v.to_ref();
        let Some(reduced) = self.reduced(v)? else { return Ok(()) };
        if reduced.cast::<Str>().is_some() {
            return self.save_global(v, Some(*reduced));
        }
        let result = match reduced.cast::<Tuple>() {
            Some(_) => self.save_reduced(*reduced, v),
            None => {
                let name = type_name(self.thread, reduced.ty());
                let message = format!("__reduce__ must return a string or tuple, not {name}");
                Err(pickling(self.thread, message))
            }
        };
        let result = result.map_err(|raised| noted(self.thread, raised, v, "object"));
        drop(held);
        result
    }

    /// The reduction of an object; `None` if it was written meanwhile.
    fn reduced(&mut self, v: Value) -> PyResult<Option<Ref>> {
        let thread = self.thread;
        if let Some(function) = self.reducer_override.clone() {
            let reduced = thread.call(*function, &[v])?;
            if !reduced.is(Value::NOT_IMPLEMENTED) {
                return Ok(Some(reduced));
            }
        }
        let ty = v.ty();
        if std::ptr::eq(ty, &TYPE) {
            return self.save_type(v).map(|()| None);
        }
        if std::ptr::eq(ty, &FUNCTION) {
            return self.save_global(v, None).map(|()| None);
        }
        if let Some(function) = self.dispatched(ty)? {
            return thread.call(*function, &[v]).map(Some);
        }
        if ty.is_subtype(&TYPE) {
            return self.save_global(v, None).map(|()| None);
        }
        let n = names::get();
        if let Some(function) = attributes::find(thread, v, n.__reduce_ex__)? {
            let protocol = Value::small_int(self.protocol.into());
            return thread.call(*function, &[protocol]).map(Some);
        }
        match attributes::find(thread, v, n.__reduce__)? {
            Some(function) => thread.call(*function, &[]).map(Some),
            None => {
                let message = format!("Can't pickle {} object", type_name(thread, ty));
                Err(pickling(thread, message))
            }
        }
    }

    /// The reduction function registered for a type.
    fn dispatched(&self, ty: &'static Type) -> PyResult<Option<Ref>> {
        let class = Value::of(ty);
        let Some(table) = &self.dispatch_table else {
            return registry::find(self.thread, &registry::dispatch_table(), class);
        };
        match protocol::get_item(self.thread, **table, class) {
            Ok(function) => Ok(Some(function)),
            Err(raised) => self.thread.catch(raised, &KEY_ERROR).map(|_| None),
        }
    }

    fn save_type(&mut self, v: Value) -> PyResult<()> {
        let singletons = [
            (&NONE_TYPE, Value::NONE),
            (&ELLIPSIS_TYPE, Value::ELLIPSIS),
            (&NOT_IMPLEMENTED_TYPE, Value::NOT_IMPLEMENTED),
        ];
        match singletons.iter().find(|(ty, _)| v.is(Value::of(*ty))) {
            Some((_, only)) => {
                let arguments = Tuple::from_values(&[*only]);
                let reduced = Tuple::pair(Value::of(&TYPE).to_ref(), arguments);
                self.save_reduced(*reduced, v)
            }
            None => self.save_global(v, None),
        }
    }

    /// Writes a reduction, a tuple, of an object.
    pub(super) fn save_reduced(&mut self, reduced: Value, v: Value) -> PyResult<()> {
        let thread = self.thread;
        let parts = parts(thread, reduced)?;
        match self.special_function(parts.function)? {
            Special::NewObjEx => self.save_new_ex(&parts, v)?,
            Special::NewObj => self.save_new(&parts, v)?,
            Special::No => {
                let written = self.save(parts.function);
                written.map_err(|raised| noted(thread, raised, v, "reconstructor"))?;
                let written = self.save(parts.arguments_object);
                written.map_err(|raised| noted(thread, raised, v, "reconstructor arguments"))?;
                self.out.byte(REDUCE);
            }
        }
        // If the arguments have led back here, the object was written by that.
        match self.number_of(v) {
            Some(number) => {
                self.out.byte(POP);
                self.get(number)?;
            }
            None => self.memoize(v)?,
        }
        if let Some(items) = parts.list_items {
            self.append_items(items, v)?;
        }
        if let Some(items) = parts.dict_items {
            self.set_items(items, v)?;
        }
        let Some(state) = parts.state else { return Ok(()) };
        let Some(setter) = parts.state_setter else {
            self.save(state).map_err(|raised| noted(thread, raised, v, "state"))?;
            self.out.byte(BUILD);
            return Ok(());
        };
        self.save(setter).map_err(|raised| noted(thread, raised, v, "state setter"))?;
        self.save(v)?;
        self.save(state).map_err(|raised| noted(thread, raised, v, "state"))?;
        self.out.write(&[TUPLE2, REDUCE, POP]);
        Ok(())
    }

    /// Whether the function is one of those that have opcodes, which is known by their names.
    fn special_function(&self, function: Value) -> PyResult<Special> {
        if self.protocol < 2 {
            return Ok(Special::No);
        }
        let name = attributes::find(self.thread, function, names::get().__name__)?;
        Ok(match &name {
            Some(name) if str::equals(**name, "__newobj__") => Special::NewObj,
            Some(name) if str::equals(**name, "__newobj_ex__") => Special::NewObjEx,
            _ => Special::No,
        })
    }

    fn save_new(&mut self, parts: &Reduction, v: Value) -> PyResult<()> {
        let thread = self.thread;
        let Some((&class, rest)) = parts.arguments.items().split_first() else {
            return Err(pickling(thread, "__newobj__ expected at least 1 argument, got 0"));
        };
        if class.cast::<Type>().is_none() {
            let name = type_name(thread, class.ty());
            let message = format!("first argument to __newobj__() must be a class, not {name}");
            return Err(pickling(thread, message));
        }
        let own = attributes::find(thread, v, names::get().__class__)?.unwrap_or(Ref::NONE);
        if !own.is(class) {
            let (own, class) = (protocol::repr(thread, *own)?, protocol::repr(thread, class)?);
            let (own, class) = (str::display(*own), str::display(*class));
            let message = format!("first argument to __newobj__() must be {own}, not {class}");
            return Err(pickling(thread, message));
        }
        self.save(class).map_err(|raised| noted(thread, raised, v, "class"))?;
        let rest = Tuple::from_values(rest);
        self.save(*rest).map_err(|raised| noted(thread, raised, v, "__new__ arguments"))?;
        self.out.byte(NEWOBJ);
        Ok(())
    }

    fn save_new_ex(&mut self, parts: &Reduction, v: Value) -> PyResult<()> {
        let thread = self.thread;
        let &[class, arguments, keywords] = parts.arguments.items() else {
            let given = parts.arguments.len();
            return Err(pickling(thread, format!("__newobj_ex__ expected 3 arguments, got {given}")));
        };
        let wrong = |place: &str, kind: &str, v: Value| {
            let name = type_name(thread, v.ty());
            pickling(thread, format!("{place} argument to __newobj_ex__() must be a {kind}, not {name}"))
        };
        if class.cast::<Type>().is_none() {
            return Err(wrong("first", "class", class));
        }
        let Some(positional) = arguments.cast::<Tuple>() else {
            return Err(wrong("second", "tuple", arguments));
        };
        let Some(named) = keywords.cast::<Dict>() else { return Err(wrong("third", "dict", keywords)) };
        if self.protocol >= 4 {
            self.save(class).map_err(|raised| noted(thread, raised, v, "class"))?;
            let written = self.save(arguments).and_then(|()| self.save(keywords));
            written.map_err(|raised| noted(thread, raised, v, "__new__ arguments"))?;
            self.out.byte(NEWOBJ_EX);
            return Ok(());
        }
        // partial(class.__new__, class, *arguments, **keywords)()
        let maker = attributes::get(thread, class, names::get().__new__)?;
        let mut values = vec![*maker, class];
        values.extend_from_slice(positional.items());
        let named = named.items();
        values.extend(named.iter().map(|(_, value)| **value));
        let keys: Vec<Value> = named.iter().map(|(key, _)| **key).collect();
        let partial = thread.call_args(*registry::partial(), &Args::new(&values, &keys))?;
        self.save(*partial).map_err(|raised| noted(thread, raised, v, "reconstructor"))?;
        self.save(*Tuple::empty())?;
        self.out.byte(REDUCE);
        Ok(())
    }
}

/// The functions that have opcodes of their own.
enum Special {
    No,
    NewObj,
    NewObjEx,
}

/// Takes a reduction apart.
fn parts(thread: &Thread, reduced: Value) -> PyResult<Reduction<'static>> {
    let items = reduced.cast::<Tuple>().map_or(&[][..], |t| t.items());
    if !(2..=6).contains(&items.len()) {
        return Err(pickling(thread, "tuple returned by __reduce__ must contain 2 through 6 elements"));
    }
    let wrong = |place: &str, wanted: &str, v: Value| {
        let name = type_name(thread, v.ty());
        let message =
            format!("{place} item of the tuple returned by __reduce__ must be {wanted}, not {name}");
        pickling(thread, message)
    };
    let part = |i: usize| items.get(i).copied().filter(|part| !part.is_none());
    if items[0].ty().slots().call.is_none() {
        return Err(wrong("first", "callable", items[0]));
    }
    let Some(arguments) = items[1].cast::<Tuple>() else {
        return Err(wrong("second", "a tuple", items[1]));
    };
    for (i, place) in [(3, "fourth"), (4, "fifth")] {
        if let Some(iterator) = part(i).filter(|v| v.ty().slots().next.is_none()) {
            return Err(wrong(place, "an iterator", iterator));
        }
    }
    if let Some(setter) = part(5).filter(|v| v.ty().slots().call.is_none()) {
        return Err(wrong("sixth", "callable", setter));
    }
    Ok(Reduction {
        function: items[0],
        arguments,
        arguments_object: items[1],
        state: part(2),
        list_items: part(3),
        dict_items: part(4),
        state_setter: part(5),
    })
}

/// The number of a code registered with `copyreg.add_extension`.
pub(super) fn extension_code(thread: &Thread, code: Value) -> PyResult<u32> {
    let number = match int::get(code) {
        Some(int::IntRef::Small(i)) => i,
        Some(int::IntRef::Big(_)) => {
            return Err(thread.overflow_error("Python int too large to convert to C long"));
        }
        None => protocol::index_i64(thread, code)?,
    };
    match i32::try_from(number) {
        Ok(number) if number > 0 => Ok(number as u32),
        _ => Err(thread.runtime_error(format!("extension code {number} is out of range"))),
    }
}

/// The name that an object gives itself.
pub(super) fn own_name(thread: &Thread, v: Value) -> PyResult {
    match attributes::find(thread, v, names::get().__qualname__)? {
        Some(name) => Ok(name),
        None => attributes::get(thread, v, intern_text("__name__")),
    }
}
