//! `_types`: the names of built-in types that have none in `builtins`.

use runtime::objects::module::{ModuleSpec, add};
use runtime::types::registry::*;
use runtime::{PyResult, Thread, Type, Value};

static TYPES: &[(&str, &Type)] = &[
    ("AsyncGeneratorType", &ASYNC_GENERATOR),
    ("BuiltinFunctionType", &BUILTIN_FUNCTION),
    ("BuiltinMethodType", &BUILTIN_FUNCTION),
    ("CapsuleType", &CAPSULE),
    ("CellType", &CELL),
    ("ClassMethodDescriptorType", &CLASSMETHOD_DESCRIPTOR),
    ("CodeType", &CODE),
    ("CoroutineType", &COROUTINE),
    ("EllipsisType", &ELLIPSIS_TYPE),
    ("FrameType", &FRAME),
    ("FunctionType", &FUNCTION),
    ("GeneratorType", &GENERATOR),
    ("GenericAlias", &GENERIC_ALIAS),
    ("GetSetDescriptorType", &GETSET_DESCRIPTOR),
    ("LambdaType", &FUNCTION),
    ("MappingProxyType", &MAPPINGPROXY),
    ("MemberDescriptorType", &MEMBER_DESCRIPTOR),
    ("MethodDescriptorType", &METHOD_DESCRIPTOR),
    ("MethodType", &METHOD),
    ("MethodWrapperType", &METHOD_WRAPPER),
    ("ModuleType", &MODULE),
    ("NoneType", &NONE_TYPE),
    ("NotImplementedType", &NOT_IMPLEMENTED_TYPE),
    ("SimpleNamespace", &SIMPLE_NAMESPACE),
    ("TracebackType", &TRACEBACK),
    ("UnionType", &UNION),
    ("WrapperDescriptorType", &WRAPPER_DESCRIPTOR),
];

/// Pointers of C extensions, of which Taipan has none; the type is there for its name.
static CAPSULE: Type = Type::new_static(&runtime::TypeSpec {
    name: "PyCapsule",
    flags: runtime::TypeFlags::IMMUTABLE.union(runtime::TypeFlags::NO_INSTANTIATION),
    doc: "Capsule objects let you wrap a C \"void *\" pointer in a Python\nobject.  They're a way of passing data through the Python interpreter\nwithout creating your own custom type.\n\nCapsules are used for communication between extension modules.\nThey provide a way for an extension module to export a C interface\nto other extension modules, so that extension modules can use the\nPython import mechanism to link to one another.\n",
    ..runtime::TypeSpec::EMPTY
});

fn init(_: &Thread, module: Value) -> PyResult<()> {
    for (name, ty) in TYPES {
        ready(ty);
        add(module, name, Value::of(*ty));
    }
    Ok(())
}

pub static MODULE_TYPES: ModuleSpec =
    ModuleSpec { name: "_types", doc: "Define names for built-in types.", functions: &[], init };
