//! Classes whose instances come from a Python `__new__` and from nothing else, so that calling the class is calling that.

use super::{Type, TypeFlags, slot_functions};
use crate::names;
use crate::objects::decorators::staticmethod_function;
use crate::objects::function::Function;
use crate::objects::object;
use crate::value::Ref;

/// Whether instances of the class are made by a `__new__` of a class statement and not initialised.
fn only_makes(class: &Type) -> bool {
    let slots = class.slots();
    slots.new.is_some_and(|f| f as usize == slot_functions::new as *const () as usize)
        && slots.init.is_some_and(|f| f as usize == object::init as *const () as usize)
}

/// The Python function that a call of the class comes to: what it gives is not initialised, whichever class derived from
/// this one it is of. Holds as long as the class has its version (see `subclass_changed`).
pub fn python_new(class: &'static Type) -> Option<Ref> {
    if !class.has(TypeFlags::HEAP) || !only_makes(class) || !derived_only_make(class) {
        return None;
    }
    let found = class.lookup(names::get().__new__)?;
    let function = staticmethod_function(found).unwrap_or_else(|| found.to_ref());
    function.cast_exact::<Function>().is_some().then_some(function)
}

fn derived_only_make(class: &Type) -> bool {
    let derived = class.subclasses.with(|s| s.clone());
    // SAFETY: a dying type takes itself out of the list first.
    derived.iter().map(|s| unsafe { &**s }).all(|s| only_makes(s) && derived_only_make(s))
}

/// The slots of a class were found: classes that it derives from may have had no derived class of its kind.
pub fn subclass_changed(class: &Type) {
    if only_makes(class) {
        return;
    }
    for base in class.mro().iter().skip(1).filter(|base| base.has(TypeFlags::HEAP) && only_makes(base)) {
        base.modified();
    }
}
