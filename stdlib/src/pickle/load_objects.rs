//! The opcodes that make objects by calls and give them their state, and those that name classes and functions.

use super::errors::{type_name, unpickling};
use super::find::find_class;
use super::load::Load;
use super::load_values::{is_exact_str, name_of_line};
use super::opcode::*;
use super::registry;
use runtime::objects::bytes::Bytes;
use runtime::objects::codecs;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::UNICODE_DECODE_ERROR;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::set::{operations, set_of};
use runtime::objects::str::{self, intern_text};
use runtime::objects::tuple::Tuple;
use runtime::types::registry::{SET, STR};
use runtime::{Args, PyResult, Ref, Thread, Type, Value, attributes, instance, names, protocol};

impl Load<'_> {
    pub(super) fn object_step(&mut self, opcode: u8) -> PyResult<()> {
        match opcode {
            REDUCE => self.reduce(),
            NEWOBJ => self.new_object(false),
            NEWOBJ_EX => self.new_object(true),
            BUILD => self.build(),
            INST => self.instance_of_lines(),
            OBJ => self.instance_of_stack(),
            GLOBAL => {
                let module = name_of_line(self.thread, self.input.filled_line(self.thread)?)?;
                let name = name_of_line(self.thread, self.input.filled_line(self.thread)?)?;
                let found = self.find_class(*module, *name)?;
                self.push(found);
                Ok(())
            }
            STACK_GLOBAL => {
                let name = self.pop()?;
                let module = self.pop()?;
                if !is_exact_str(*name) || !is_exact_str(*module) {
                    return Err(unpickling(self.thread, "STACK_GLOBAL requires str"));
                }
                let found = self.find_class(*module, *name)?;
                self.push(found);
                Ok(())
            }
            EXT1 => {
                let code = self.input.byte(self.thread)?;
                self.extension(code.into())
            }
            EXT2 => {
                let code = u16::from_le_bytes(self.input.array(self.thread)?);
                self.extension(code.into())
            }
            EXT4 => {
                let code = i32::from_le_bytes(self.input.array(self.thread)?);
                self.extension(code.into())
            }
            PERSID => self.persistent_line(),
            _ => {
                let id = self.pop()?;
                self.persistent(*id)
            }
        }
    }

    // Calls.

    fn reduce(&mut self) -> PyResult<()> {
        let arguments = self.pop()?;
        let function = self.pop()?;
        let Some(items) = arguments.cast::<Tuple>().map(|t| t.items()) else {
            return Err(self.thread.type_error("argument list must be a tuple"));
        };
        let made = self.thread.call(*function, items)?;
        self.push(made);
        Ok(())
    }

    /// `class.__new__(class, *arguments, **keywords)`
    fn new_object(&mut self, has_keywords: bool) -> PyResult<()> {
        let thread = self.thread;
        let name = if has_keywords { "NEWOBJ_EX" } else { "NEWOBJ" };
        let keywords = if has_keywords { self.pop()? } else { Ref::NONE };
        let arguments = self.pop()?;
        let class = self.pop()?;
        let Some(ty) = class.cast::<Type>() else {
            let message =
                format!("{name} class argument must be a type, not {}", type_name(thread, class.ty()));
            return Err(unpickling(thread, message));
        };
        let Some(new) = ty.slots().new else {
            let message = format!("{name} class argument '{}' doesn't have __new__", ty.name());
            return Err(unpickling(thread, message));
        };
        let Some(items) = arguments.cast::<Tuple>().map(|t| t.items()) else {
            let message =
                format!("{name} args argument must be a tuple, not {}", type_name(thread, arguments.ty()));
            return Err(unpickling(thread, message));
        };
        let made = if has_keywords {
            let Some(keywords) = keywords.cast::<Dict>() else {
                let message = format!(
                    "{name} kwargs argument must be a dict, not {}",
                    type_name(thread, keywords.ty())
                );
                return Err(unpickling(thread, message));
            };
            let keywords = keywords.items();
            let mut values = items.to_vec();
            values.extend(keywords.iter().map(|(_, value)| **value));
            let keys: Vec<Value> = keywords.iter().map(|(key, _)| **key).collect();
            if keys.iter().any(|key| !key.is_instance(&STR)) {
                return Err(thread.type_error("keywords must be strings"));
            }
            new(thread, ty, &Args::new(&values, &keys))?
        } else {
            new(thread, ty, &Args::positional_only(items))?
        };
        self.push(made);
        Ok(())
    }

    fn instance_of_lines(&mut self) -> PyResult<()> {
        let start = self.pop_mark()?;
        let (module, name) = (self.filled_ascii_line()?, self.filled_ascii_line()?);
        let class = self.find_class(*module, *name)?;
        let arguments = self.stack.split_off(start);
        self.instantiate(*class, arguments)
    }
    fn filled_ascii_line(&mut self) -> PyResult {
        let line = self.input.filled_line(self.thread)?;
        codecs::decode(self.thread, *Bytes::new(&line[..line.len() - 1]), "ascii", "strict")
    }
    fn ascii_line(&mut self) -> PyResult {
        let line = self.input.line(self.thread)?;
        codecs::decode(self.thread, *Bytes::new(&line[..line.len() - 1]), "ascii", "strict")
    }
    fn instance_of_stack(&mut self) -> PyResult<()> {
        let mut arguments = self.items()?;
        if arguments.is_empty() {
            return Err(unpickling(self.thread, "unpickling stack underflow"));
        }
        let class = arguments.remove(0);
        self.instantiate(*class, arguments)
    }
    fn instantiate(&mut self, class: Value, arguments: Vec<Ref>) -> PyResult<()> {
        let thread = self.thread;
        let is_bare = arguments.is_empty()
            && class.cast::<Type>().is_some()
            && attributes::find(thread, class, intern_text("__getinitargs__"))?.is_none();
        let made = match is_bare {
            true => thread.call_method(class, names::get().__new__, &[class])?,
            false => thread.call(class, runtime::value::as_values(&arguments))?,
        };
        self.push(made);
        Ok(())
    }

    // State.

    fn build(&mut self) -> PyResult<()> {
        let thread = self.thread;
        let state = self.pop()?;
        let object = self.top()?.to_ref();
        if let Some(set) = attributes::find(thread, *object, names::get().__setstate__)? {
            thread.call(*set, &[*state])?;
            return Ok(());
        }
        let (own, slots) = match state.cast::<Tuple>().map(|t| t.items()) {
            Some(&[own, slots]) => (own, slots),
            _ => (*state, Value::NULL),
        };
        if !own.is_none() {
            let Some(own) = own.cast::<Dict>() else {
                return Err(unpickling(thread, "state is not a dictionary"));
            };
            set_attributes(thread, *object, own)?;
        }
        if slots.is_null() {
            return Ok(());
        }
        let Some(slots) = slots.cast::<Dict>() else {
            return Err(unpickling(thread, "slot state is not a dictionary"));
        };
        for (name, value) in slots.items() {
            attributes::check_name(thread, *name)?;
            attributes::set(thread, *object, *name, *value)?;
        }
        Ok(())
    }

    // Names.

    fn find_class(&self, module: Value, name: Value) -> PyResult {
        match &self.finder {
            Some(finder) => self.thread.call_method(**finder, intern_text("find_class"), &[module, name]),
            None => find_class(self.thread, module, name, self.protocol, self.fix_imports),
        }
    }

    fn extension(&mut self, code: i64) -> PyResult<()> {
        let thread = self.thread;
        let key = int::new(code);
        let cache = registry::extension_cache();
        if let Some(found) = registry::find(thread, &cache, *key)? {
            self.push(found);
            return Ok(());
        }
        let Some(pair) = registry::find(thread, &registry::inverted_registry(), *key)? else {
            return Err(match code {
                ..=0 => unpickling(thread, "EXT specifies code <= 0"),
                _ => thread.value_error(format!("unregistered extension code {code}")),
            });
        };
        let names = match pair.cast::<Tuple>().map(|t| t.items()) {
            Some(&[module, name]) if is_str(module) && is_str(name) => Some((module, name)),
            _ => None,
        };
        let Some((module, name)) = names else {
            let message = format!("_inverted_registry[{code}] isn't a 2-tuple of strings");
            return Err(thread.value_error(message));
        };
        let found = self.find_class(module, name)?;
        if let Some(cache) = cache.cast::<Dict>() {
            cache.set(thread, *key, found.clone())?;
        }
        self.push(found);
        Ok(())
    }

    // Persistent ids.

    fn persistent_line(&mut self) -> PyResult<()> {
        let thread = self.thread;
        let id = match self.ascii_line() {
            Ok(id) => id,
            Err(raised) => {
                drop(thread.catch(raised, &UNICODE_DECODE_ERROR)?);
                let message = "persistent IDs in protocol 0 must be ASCII strings";
                return Err(unpickling(thread, message));
            }
        };
        self.persistent(*id)
    }
    fn persistent(&mut self, id: Value) -> PyResult<()> {
        let Some(function) = self.persistent_load.clone() else {
            return Err(unpickling(self.thread, NO_PERSISTENT_LOAD));
        };
        let found = self.thread.call(*function, &[id])?;
        self.push(found);
        Ok(())
    }
}

pub(super) const NO_PERSISTENT_LOAD: &str =
    "A load persistent id instruction was encountered, but no persistent_load function was specified.";

fn is_str(v: Value) -> bool {
    v.is_instance(&STR)
}

/// Stores what a state says in the object's own dict, or where its values lie without one.
fn set_attributes(thread: &Thread, object: Value, state: &Dict) -> PyResult<()> {
    if store_in_shape(object, state) {
        return Ok(());
    }
    let dict = attributes::get(thread, object, names::get().__dict__)?;
    for (key, value) in state.items() {
        let key = if key.is_exact(&STR) { str::intern(key) } else { key };
        match dict.cast_exact::<Dict>() {
            Some(dict) => dict.set(thread, *key, value)?,
            None => protocol::set_item(thread, *dict, *key, *value)?,
        }
    }
    Ok(())
}

/// Gives an object that has no attributes yet those of a state, without making a dict. False, with nothing done, if it must
/// be done otherwise.
fn store_in_shape(object: Value, state: &Dict) -> bool {
    let Some(attributes) = instance::attributes(object) else { return false };
    let has_plain_dict = object.ty().uses_generic_get()
        && object.ty().lookup(names::get().__dict__).is_some_and(|d| d.ty().name() == "getset_descriptor");
    if !has_plain_dict || attributes.shape().is_dictionary || attributes.shape().count > 0 {
        return false;
    }
    let mut shapes = Vec::with_capacity(state.len());
    let mut shape = attributes.shape();
    let mut place = 0;
    while place < state.places() {
        if let Some(entry) = state.entry_at(place) {
            if !entry.key.is_exact(&STR) {
                return false;
            }
            let key = str::intern(entry.key.to_ref());
            match shape.child(*key) {
                Some(next) => shape = next,
                None => return false,
            }
            shapes.push((shape, entry.value));
        }
        place += 1;
    }
    for (shape, value) in shapes {
        attributes.append(shape, value.to_ref());
    }
    true
}

/// Appends items to something like a list.
pub(super) fn append_to(thread: &Thread, target: Value, items: Vec<Ref>, count: usize) -> PyResult<()> {
    let extend = match count {
        1 => None,
        _ => attributes::find(thread, target, names::get().extend)?,
    };
    if let Some(extend) = extend {
        return thread.call(*extend, &[*List::from_refs(items)]).map(drop);
    }
    let append = attributes::get(thread, target, names::get().append)?;
    for item in &items {
        thread.call(*append, &[**item])?;
    }
    Ok(())
}

/// Adds items to something like a set.
pub(super) fn add_to(thread: &Thread, target: Value, items: &[Ref]) -> PyResult<()> {
    if target.is_instance(&SET)
        && let Some(set) = set_of(target)
    {
        let items = Tuple::from_values(runtime::value::as_values(items));
        return operations::update(thread, set, *items);
    }
    let add = attributes::get(thread, target, intern_text("add"))?;
    for item in items {
        thread.call(*add, &[**item])?;
    }
    Ok(())
}
