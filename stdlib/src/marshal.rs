//! The module `marshal`: `runtime::marshal` for Python code.

use ir::marshal::VERSION;
use runtime::objects::bytes::Bytes;
use runtime::objects::int;
use runtime::objects::module::{ModuleSpec, add};
use runtime::objects::str::Str;
use runtime::{
    MethodDef, NativeFn, PyResult, Ref, Thread, Value, attributes, marshal, method, names, protocol,
};

/// The module.
pub static MARSHAL: ModuleSpec = ModuleSpec {
    name: "marshal",
    doc: "This module contains functions that can read and write Python values in\na binary format. The format is specific to Python, but independent of\nmachine architecture issues.\n\nNot all Python object types are supported; in general, only objects\nwhose value is independent from a particular invocation of Python can be\nwritten and read by this module. The following types are supported:\nNone, integers, floating-point numbers, strings, bytes, bytearrays,\ntuples, lists, sets, dictionaries, and code objects, where it\nshould be understood that tuples, lists and dictionaries are only\nsupported as long as the values contained therein are themselves\nsupported; and recursive lists and dictionaries should not be written\n(they will cause infinite loops).\n\nVariables:\n\nversion -- indicates the format that the module uses. Version 0 is the\n    historical format, version 1 shares interned strings and version 2\n    uses a binary format for floating-point numbers.\n    Version 3 shares common object references (New in version 3.4).\n\nFunctions:\n\ndump() -- write value to a file\nload() -- read value from a file\ndumps() -- marshal value as a bytes object\nloads() -- read value from a bytes-like object",
    functions: FUNCTIONS,
    init,
};

const FUNCTIONS: &[MethodDef] = &[
    method(
        "dump",
        "($module, value, file, version=version, /, *, allow_code=True)",
        NativeFn::Bound(dump),
        "Write the value on the open file.\n\n  value\n    Must be a supported type.\n  file\n    Must be a writeable binary file.\n  version\n    Indicates the data format that dump should use.\n  allow_code\n    Allow to write code objects.\n\nIf the value has (or contains an object that has) an unsupported type, a\nValueError exception is raised - but garbage data will also be written\nto the file. The object will not be properly read back by load().",
    ),
    method(
        "dumps",
        "($module, value, version=version, /, *, allow_code=True)",
        NativeFn::Bound(dumps),
        "Return the bytes object that would be written to a file by dump(value, file).\n\n  value\n    Must be a supported type.\n  version\n    Indicates the data format that dumps should use.\n  allow_code\n    Allow to write code objects.\n\nRaise a ValueError exception if value has (or contains an object that\nhas) an unsupported type.",
    ),
    method(
        "load",
        "($module, file, /, *, allow_code=True)",
        NativeFn::Bound(load),
        "Read one value from the open file and return it.\n\n  file\n    Must be readable binary file.\n  allow_code\n    Allow to load code objects.\n\nIf no valid value is read (e.g. because the data has a different Python\nversion's incompatible marshal format), raise EOFError, ValueError or\nTypeError.\n\nNote: If an object containing an unsupported type was marshalled with\ndump(), load() will substitute None for the unmarshallable type.",
    ),
    method(
        "loads",
        "($module, bytes, /, *, allow_code=True)",
        NativeFn::Bound(loads),
        "Convert the bytes-like object to a value.\n\n  allow_code\n    Allow to load code objects.\n\nIf no valid value is found, raise EOFError, ValueError or TypeError.\nExtra bytes in the input are ignored.",
    ),
];

/// An optional flag argument, true if not given.
fn flag(thread: &Thread, v: Value) -> PyResult<bool> {
    if v.is_null() { Ok(true) } else { protocol::is_true(thread, v) }
}

/// The bytes of an object, as `dump` and `dumps` make them.
fn marshalled(thread: &Thread, object: Value, version: Value, allow_code: Value) -> PyResult {
    let version = if version.is_null() { VERSION } else { protocol::c_int(thread, version)? };
    marshal::dumps(thread, object, version, flag(thread, allow_code)?)
}

fn dumps(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    marshalled(thread, arguments[0], arguments[1], arguments[2])
}

fn dump(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let bytes = marshalled(thread, arguments[0], arguments[2], arguments[3])?;
    attributes::call_method(thread, arguments[1], names::get().write, &[*bytes])
}

fn loads(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let allow_code = flag(thread, arguments[1])?;
    if let Some(bytes) = arguments[0].cast::<Bytes>() {
        return marshal::unmarshal(thread, bytes.as_bytes(), allow_code);
    }
    let Some(export) = arguments[0].ty().slots().buffer else {
        let name = arguments[0].ty().name();
        return Err(thread.type_error(format!("a bytes-like object is required, not '{name}'")));
    };
    let view = export(thread, arguments[0], 0)?;
    marshal::unmarshal(thread, view.as_slice(), allow_code)
}

/// Reads the rest of the file, takes one object from it and moves the file to the object's end.
fn load(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let allow_code = flag(thread, arguments[1])?;
    let data: Ref = attributes::call_method(thread, arguments[0], names::get().read, &[])?;
    let Some(bytes) = data.cast::<Bytes>() else {
        let name = data.ty().name();
        return Err(thread.type_error(format!("file.read() returned not bytes but {name}")));
    };
    let (object, used) = marshal::unmarshal_prefix(thread, bytes.as_bytes(), allow_code)?;
    let rest = bytes.as_bytes().len() - used;
    if rest > 0 {
        let seek = attributes::get(thread, arguments[0], *Str::new("seek"))?;
        thread.call(*seek, &[*int::new(-(rest as i64)), *int::new(1)])?;
    }
    Ok(object)
}

fn init(_: &Thread, module: Value) -> PyResult<()> {
    add(module, "version", *int::new(VERSION.into()));
    Ok(())
}
