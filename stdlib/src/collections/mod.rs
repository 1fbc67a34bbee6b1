//! `_collections`: `deque`, `defaultdict` and helpers of `collections`.

mod counting;
mod defaultdict;
mod deque;
mod deque_iterator;
mod deque_methods;

use runtime::objects::module::{ModuleSpec, add_type};
use runtime::{NativeFn, method};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_collections",
    doc: "High performance data structures.\n- deque:        ordered collection accessible from endpoints only\n- defaultdict:  dict subclass with a default value factory\n",
    functions: &[method(
        "_count_elements",
        "($module, mapping, iterable, /)",
        NativeFn::Bound(counting::count_elements),
        "Count elements in the iterable, updating the mapping",
    )],
    init: |_, module| {
        for ty in [
            &deque::DEQUE,
            &deque_iterator::DEQUE_ITERATOR,
            &deque_iterator::DEQUE_REVERSE_ITERATOR,
            &defaultdict::DEFAULTDICT,
            &runtime::objects::tuplegetter::TUPLEGETTER,
        ] {
            add_type(module, ty);
        }
        Ok(())
    },
};
