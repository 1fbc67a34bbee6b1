//! `_collections`: `deque`, `defaultdict`, `OrderedDict` and helpers of `collections`.

mod counting;
mod defaultdict;
mod deque;
mod deque_iterator;
mod deque_methods;
mod ordered_dict;
mod ordered_walk;

use runtime::objects::module::{ModuleSpec, add_type};
use runtime::types::ready::ready;
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
            &ordered_walk::ODICT_ITERATOR,
            &ordered_walk::ODICT_KEYS,
            &ordered_walk::ODICT_VALUES,
            &ordered_walk::ODICT_ITEMS,
        ] {
            ready(ty);
        }
        for ty in [
            &deque::DEQUE,
            &deque_iterator::DEQUE_ITERATOR,
            &deque_iterator::DEQUE_REVERSE_ITERATOR,
            &defaultdict::DEFAULTDICT,
            &ordered_dict::ORDERED_DICT,
            &runtime::objects::tuplegetter::TUPLEGETTER,
        ] {
            add_type(module, ty);
        }
        Ok(())
    },
};
