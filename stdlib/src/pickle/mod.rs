//! `_pickle`: object graphs as bytes, and back.
//!
//! | file | its one idea |
//! |---|---|
//! | `opcode` | the opcodes |
//! | `errors` | exception classes, notes |
//! | `registry` | what comes from `copyreg`, `_compat_pickle` and others |
//! | `pickler` | the type `Pickler`, `dump`, `dumps` |
//! | `output` | written bytes, in frames |
//! | `memo` | which objects were written |
//! | `save` | writing one object; numbers, strings, bytes |
//! | `save_containers` | tuples, lists, dicts, sets |
//! | `save_object` | reductions |
//! | `save_global` | classes and functions by name |
//! | `picklebuffer` | `PickleBuffer` |
//! | `unpickler` | the type `Unpickler`, `load`, `loads` |
//! | `input` | bytes from memory or a file |
//! | `unpickle_memo` | objects by number |
//! | `load` | the machine that reads a pickle |
//! | `load_values` | its opcodes for numbers and strings |
//! | `load_objects` | its opcodes for calls, state and names |
//! | `find` | classes and functions by module and name |
//! | `memo_proxy` | the memos as Python sees them |

mod errors;
mod find;
mod input;
mod load;
mod load_objects;
mod load_values;
mod memo;
mod memo_proxy;
mod opcode;
mod output;
mod picklebuffer;
mod pickler;
mod registry;
mod save;
mod save_containers;
mod save_global;
mod save_object;
mod unpickle_memo;
mod unpickler;

use runtime::objects::module::{self, ModuleSpec};
use runtime::types::registry::ready;
use runtime::{MethodDef, NativeFn, PyResult, Thread, Value, method};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_pickle",
    doc: "Optimized C implementation for the Python pickle module.",
    functions: FUNCTIONS,
    init,
};

static FUNCTIONS: &[MethodDef] = &[
    method(
        "dump",
        "($module, /, obj, file, protocol=None, *, fix_imports=True,\n     buffer_callback=None)",
        NativeFn::Bound(pickler::dump),
        "Write a pickled representation of obj to the open file object file.\n\nThis is equivalent to ``Pickler(file, protocol).dump(obj)``, but may\nbe more efficient.\n\nThe optional *protocol* argument tells the pickler to use the given\nprotocol; supported protocols are 0, 1, 2, 3, 4 and 5.  The default\nprotocol is 5. It was introduced in Python 3.8, and is incompatible\nwith previous versions.\n\nSpecifying a negative protocol version selects the highest protocol\nversion supported.  The higher the protocol used, the more recent the\nversion of Python needed to read the pickle produced.\n\nThe *file* argument must have a write() method that accepts a single\nbytes argument.  It can thus be a file object opened for binary\nwriting, an io.BytesIO instance, or any other custom object that meets\nthis interface.\n\nIf *fix_imports* is True and protocol is less than 3, pickle will try\nto map the new Python 3 names to the old module names used in Python\n2, so that the pickle data stream is readable with Python 2.\n\nIf *buffer_callback* is None (the default), buffer views are serialized\ninto *file* as part of the pickle stream.  It is an error if\n*buffer_callback* is not None and *protocol* is None or smaller than 5.",
    ),
    method(
        "dumps",
        "($module, /, obj, protocol=None, *, fix_imports=True,\n      buffer_callback=None)",
        NativeFn::Bound(pickler::dumps),
        "Return the pickled representation of the object as a bytes object.\n\nThe optional *protocol* argument tells the pickler to use the given\nprotocol; supported protocols are 0, 1, 2, 3, 4 and 5.  The default\nprotocol is 5. It was introduced in Python 3.8, and is incompatible\nwith previous versions.\n\nSpecifying a negative protocol version selects the highest protocol\nversion supported.  The higher the protocol used, the more recent the\nversion of Python needed to read the pickle produced.\n\nIf *fix_imports* is True and *protocol* is less than 3, pickle will\ntry to map the new Python 3 names to the old module names used in\nPython 2, so that the pickle data stream is readable with Python 2.\n\nIf *buffer_callback* is None (the default), buffer views are serialized\ninto *file* as part of the pickle stream.  It is an error if\n*buffer_callback* is not None and *protocol* is None or smaller than 5.",
    ),
    method(
        "load",
        "($module, /, file, *, fix_imports=True, encoding='ASCII',\n     errors='strict', buffers=())",
        NativeFn::Bound(unpickler::load),
        "Read and return an object from the pickle data stored in a file.\n\nThis is equivalent to ``Unpickler(file).load()``, but may be more\nefficient.\n\nThe protocol version of the pickle is detected automatically, so no\nprotocol argument is needed.  Bytes past the pickled object's\nrepresentation are ignored.\n\nThe argument *file* must have two methods, a read() method that takes\nan integer argument, and a readline() method that requires no\narguments.  Both methods should return bytes.  Thus *file* can be a\nbinary file object opened for reading, an io.BytesIO object, or any\nother custom object that meets this interface.\n\nOptional keyword arguments are *fix_imports*, *encoding* and *errors*,\nwhich are used to control compatibility support for pickle stream\ngenerated by Python 2.  If *fix_imports* is True, pickle will try to\nmap the old Python 2 names to the new names used in Python 3.  The\n*encoding* and *errors* tell pickle how to decode 8-bit string\ninstances pickled by Python 2; these default to 'ASCII' and 'strict',\nrespectively.  The *encoding* can be 'bytes' to read these 8-bit\nstring instances as bytes objects.",
    ),
    method(
        "loads",
        "($module, data, /, *, fix_imports=True, encoding='ASCII',\n      errors='strict', buffers=())",
        NativeFn::Bound(unpickler::loads),
        "Read and return an object from the given pickle data.\n\nThe protocol version of the pickle is detected automatically, so no\nprotocol argument is needed.  Bytes past the pickled object's\nrepresentation are ignored.\n\nOptional keyword arguments are *fix_imports*, *encoding* and *errors*,\nwhich are used to control compatibility support for pickle stream\ngenerated by Python 2.  If *fix_imports* is True, pickle will try to\nmap the old Python 2 names to the new names used in Python 3.  The\n*encoding* and *errors* tell pickle how to decode 8-bit string\ninstances pickled by Python 2; these default to 'ASCII' and 'strict',\nrespectively.  The *encoding* can be 'bytes' to read these 8-bit\nstring instances as bytes objects.",
    ),
];

fn init(thread: &Thread, module: Value) -> PyResult<()> {
    registry::load(thread)?;
    errors::add_classes(thread, module)?;
    ready(&memo_proxy::PICKLER_MEMO_PROXY);
    ready(&memo_proxy::UNPICKLER_MEMO_PROXY);
    for ty in [&picklebuffer::PICKLE_BUFFER, &pickler::PICKLER, &unpickler::UNPICKLER] {
        module::add_type(module, ty);
    }
    Ok(())
}
