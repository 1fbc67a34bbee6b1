//! `array`: sequences of numbers or characters side by side in memory.
//!
//! | file | its one idea |
//! |---|---|
//! | `code` | type codes: an item's bytes |
//! | `object` | the type: making, operators, subscripts |
//! | `methods` | its methods |
//! | `pickle` | `__reduce_ex__` and the way back |
//! | `iterator` | its iterator |

mod code;
mod iterator;
mod methods;
mod object;
mod pickle;

use code::LETTERS;
use object::ARRAY;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::str::{Str, intern_text};
use runtime::state::import_module;
use runtime::trace_interface::set_array_types;
use runtime::types::registry::ready;
use runtime::{NativeFn, Value, attributes, method};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "array",
    doc: "This module defines an object type which can efficiently represent\nan array of basic values: characters, integers, floating-point\nnumbers.  Arrays are sequence types and behave very much like lists,\nexcept that the type of objects stored in them is constrained.\n",
    functions: &[method(
        "_array_reconstructor",
        "($module, arraytype, typecode, mformat_code, items,\n                     /)",
        NativeFn::Bound(pickle::reconstruct),
        "Internal. Used for pickling support.",
    )],
    init: |thread, module| {
        ready(&iterator::ARRAY_ITERATOR);
        set_array_types(&ARRAY, &iterator::ARRAY_ITERATOR);
        module::add_type(module, &ARRAY);
        module::add(module, "ArrayType", Value::of(&ARRAY));
        module::add(module, "typecodes", *Str::new(LETTERS));
        let classes = import_module(thread, "_collections_abc")?;
        let class = attributes::get(thread, *classes, intern_text("MutableSequence"))?;
        thread.call_method(*class, intern_text("register"), &[Value::of(&ARRAY)])?;
        Ok(())
    },
};
