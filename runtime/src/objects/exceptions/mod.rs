//! The exception types of Python 3.14: their structs, their table, and what makes, matches, chains and reports exceptions.
//!
//! Every exception object starts with `BaseException`; types with fields of their own extend it. Invariant: `args` holds a
//! tuple; the other slots hold NULL where Python sees None.

mod base;
mod fields;
mod group;
mod matching;
mod os_error;
mod raise;
mod report;
mod syntax_error;
#[cfg(test)]
mod tests;
mod unicode_error;

pub use base::{
    BaseException, ExceptionStruct, base_str, is_plainly_initialised, is_plainly_made, new_blank, new_plain,
    note, only_holds,
};
pub use fields::{AttributeError, ImportError, NameError, StopIteration, SystemExit};
pub use group::{ExceptionGroup, create_group, prepare_reraise_star};
pub use matching::{
    exception_matches, given_matches, group_match, is_exception_class, new_cause, new_from_raise,
};
pub use os_error::{OsError, os_error, os_error_type, strerror};
pub use raise::{
    attribute_error, chain_context, chain_to, import_error, name_error, new_exception, raise_attribute_error,
    set_cause, stop_iteration_value,
};
pub use report::{
    UNRAISABLE_HOOK_ARGS, default_excepthook, default_unraisable_hook, display, exit_status, print_raised,
    qualified_type_name, write_stderr, write_unraisable, write_unraisable_about, write_unraisable_message,
};
pub use syntax_error::SyntaxError;
pub use unicode_error::UnicodeError;

use crate::object::drop_object;
use crate::slot_fields::{clear_slots, traverse_slots};
use crate::types::{GetSetDef, MethodDef, Slots, Type, TypeFlags, TypeSpec};
use base::new_of;

const EXCEPTION_FLAGS: TypeFlags = TypeFlags::BASETYPE
    .union(TypeFlags::GC)
    .union(TypeFlags::ATTRIBUTES)
    .union(TypeFlags::EXCEPTION_SUBCLASS);

/// The slots every exception type of struct `S` has: life and the collector's.
const fn struct_slots<S: ExceptionStruct>() -> Slots {
    Slots {
        new: Some(new_of::<S>),
        drop: drop_object::<S>,
        traverse: Some(traverse_slots::<S>),
        clear: Some(clear_slots::<S>),
        ..Slots::EMPTY
    }
}

/// The spec of an exception type of struct `S`.
const fn spec<S: ExceptionStruct>(
    name: &'static str,
    base: Option<&'static Type>,
    slots: Slots,
    methods: &'static [MethodDef],
    getsets: &'static [GetSetDef],
    doc: &'static str,
) -> TypeSpec {
    TypeSpec {
        name,
        base,
        size: size_of::<S>(),
        flags: EXCEPTION_FLAGS,
        slots,
        methods,
        getsets,
        signature: "",
        doc,
        ..TypeSpec::EMPTY
    }
}

pub static BASE_EXCEPTION: Type = {
    const SPEC: &TypeSpec = &spec::<BaseException>(
        "BaseException",
        None,
        base::SLOTS,
        base::METHODS,
        base::GETSETS,
        "Common base class for all exceptions",
    );
    Type::new_static(SPEC)
};

/// Declares the types with behaviour of their own: name, base, struct, module with the rows, doc.
macro_rules! rich_types {
    ($($static:ident $name:literal $base:ident $struct:ty, $slots:expr, $methods:expr, $getsets:expr, $doc:literal;)*) => {
        $(#[doc = concat!("`", $name, "`")]
        pub static $static: Type = {
            const SPEC: &TypeSpec =
                &spec::<$struct>($name, Some(&$base), $slots, $methods, $getsets, $doc);
            Type::new_static(SPEC)
        };)*
        const RICH: &[&Type] = &[$(&$static),*];
    };
}

/// Declares the types that only have a name of their own: name, base, struct, doc.
macro_rules! plain_types {
    ($($static:ident $name:literal $base:ident $struct:ty, $doc:literal;)*) => {
        $(#[doc = concat!("`", $name, "`")]
        pub static $static: Type = {
            const SPEC: &TypeSpec =
                &spec::<$struct>($name, Some(&$base), struct_slots::<$struct>(), &[], &[], $doc);
            Type::new_static(SPEC)
        };)*
        const PLAIN: &[&Type] = &[$(&$static),*];
    };
}

rich_types! {
    STOP_ITERATION "StopIteration" EXCEPTION StopIteration, fields::STOP_ITERATION_SLOTS, &[], fields::STOP_ITERATION_FIELDS,
        "Signal the end from iterator.__next__().";
    SYSTEM_EXIT "SystemExit" BASE_EXCEPTION SystemExit, fields::SYSTEM_EXIT_SLOTS, &[], fields::SYSTEM_EXIT_FIELDS,
        "Request to exit from the interpreter.";
    IMPORT_ERROR "ImportError" EXCEPTION ImportError, fields::IMPORT_ERROR_SLOTS, fields::IMPORT_ERROR_METHODS,
        fields::IMPORT_ERROR_FIELDS, "Import can't find module, or can't find name in module.";
    ATTRIBUTE_ERROR "AttributeError" EXCEPTION AttributeError, fields::ATTRIBUTE_ERROR_SLOTS,
        fields::ATTRIBUTE_ERROR_METHODS, fields::ATTRIBUTE_ERROR_FIELDS, "Attribute not found.";
    NAME_ERROR "NameError" EXCEPTION NameError, fields::NAME_ERROR_SLOTS, &[], fields::NAME_ERROR_FIELDS,
        "Name not found globally.";
    KEY_ERROR "KeyError" LOOKUP_ERROR BaseException, fields::KEY_ERROR_SLOTS, &[], &[], "Mapping key not found.";
    OS_ERROR "OSError" EXCEPTION OsError, os_error::SLOTS, os_error::METHODS, os_error::FIELDS,
        "Base class for I/O related errors.";
    SYNTAX_ERROR "SyntaxError" EXCEPTION SyntaxError, syntax_error::SLOTS, &[], syntax_error::FIELDS, "Invalid syntax.";
    UNICODE_ENCODE_ERROR "UnicodeEncodeError" UNICODE_ERROR UnicodeError, unicode_error::ENCODE_SLOTS, &[],
        unicode_error::FIELDS, "Unicode encoding error.";
    UNICODE_DECODE_ERROR "UnicodeDecodeError" UNICODE_ERROR UnicodeError, unicode_error::DECODE_SLOTS, &[],
        unicode_error::FIELDS, "Unicode decoding error.";
    UNICODE_TRANSLATE_ERROR "UnicodeTranslateError" UNICODE_ERROR UnicodeError, unicode_error::TRANSLATE_SLOTS, &[],
        unicode_error::FIELDS, "Unicode translation error.";
    BASE_EXCEPTION_GROUP "BaseExceptionGroup" BASE_EXCEPTION ExceptionGroup, group::SLOTS, group::METHODS, group::FIELDS,
        "A combination of multiple unrelated exceptions.";
}

plain_types! {
    EXCEPTION "Exception" BASE_EXCEPTION BaseException, "Common base class for all non-exit exceptions.";
    GENERATOR_EXIT "GeneratorExit" BASE_EXCEPTION BaseException, "Request that a generator exit.";
    KEYBOARD_INTERRUPT "KeyboardInterrupt" BASE_EXCEPTION BaseException, "Program interrupted by user.";
    ARITHMETIC_ERROR "ArithmeticError" EXCEPTION BaseException, "Base class for arithmetic errors.";
    FLOATING_POINT_ERROR "FloatingPointError" ARITHMETIC_ERROR BaseException, "Floating-point operation failed.";
    OVERFLOW_ERROR "OverflowError" ARITHMETIC_ERROR BaseException, "Result too large to be represented.";
    ZERO_DIVISION_ERROR "ZeroDivisionError" ARITHMETIC_ERROR BaseException,
        "Second argument to a division or modulo operation was zero.";
    ASSERTION_ERROR "AssertionError" EXCEPTION BaseException, "Assertion failed.";
    BUFFER_ERROR "BufferError" EXCEPTION BaseException, "Buffer error.";
    EOF_ERROR "EOFError" EXCEPTION BaseException, "Read beyond end of file.";
    MODULE_NOT_FOUND_ERROR "ModuleNotFoundError" IMPORT_ERROR ImportError, "Module not found.";
    LOOKUP_ERROR "LookupError" EXCEPTION BaseException, "Base class for lookup errors.";
    INDEX_ERROR "IndexError" LOOKUP_ERROR BaseException, "Sequence index out of range.";
    MEMORY_ERROR "MemoryError" EXCEPTION BaseException, "Out of memory.";
    UNBOUND_LOCAL_ERROR "UnboundLocalError" NAME_ERROR NameError, "Local name referenced but not bound to a value.";
    BLOCKING_IO_ERROR "BlockingIOError" OS_ERROR OsError, "I/O operation would block.";
    CHILD_PROCESS_ERROR "ChildProcessError" OS_ERROR OsError, "Child process error.";
    CONNECTION_ERROR "ConnectionError" OS_ERROR OsError, "Connection error.";
    BROKEN_PIPE_ERROR "BrokenPipeError" CONNECTION_ERROR OsError, "Broken pipe.";
    CONNECTION_ABORTED_ERROR "ConnectionAbortedError" CONNECTION_ERROR OsError, "Connection aborted.";
    CONNECTION_REFUSED_ERROR "ConnectionRefusedError" CONNECTION_ERROR OsError, "Connection refused.";
    CONNECTION_RESET_ERROR "ConnectionResetError" CONNECTION_ERROR OsError, "Connection reset.";
    FILE_EXISTS_ERROR "FileExistsError" OS_ERROR OsError, "File already exists.";
    FILE_NOT_FOUND_ERROR "FileNotFoundError" OS_ERROR OsError, "File not found.";
    INTERRUPTED_ERROR "InterruptedError" OS_ERROR OsError, "Interrupted by signal.";
    IS_A_DIRECTORY_ERROR "IsADirectoryError" OS_ERROR OsError, "Operation doesn't work on directories.";
    NOT_A_DIRECTORY_ERROR "NotADirectoryError" OS_ERROR OsError, "Operation only works on directories.";
    PERMISSION_ERROR "PermissionError" OS_ERROR OsError, "Not enough permissions.";
    PROCESS_LOOKUP_ERROR "ProcessLookupError" OS_ERROR OsError, "Process not found.";
    TIMEOUT_ERROR "TimeoutError" OS_ERROR OsError, "Timeout expired.";
    REFERENCE_ERROR "ReferenceError" EXCEPTION BaseException, "Weak ref proxy used after referent went away.";
    RUNTIME_ERROR "RuntimeError" EXCEPTION BaseException, "Unspecified run-time error.";
    NOT_IMPLEMENTED_ERROR "NotImplementedError" RUNTIME_ERROR BaseException,
        "Method or function hasn't been implemented yet.";
    PYTHON_FINALIZATION_ERROR "PythonFinalizationError" RUNTIME_ERROR BaseException,
        "Operation blocked during Python finalization.";
    RECURSION_ERROR "RecursionError" RUNTIME_ERROR BaseException, "Recursion limit exceeded.";
    STOP_ASYNC_ITERATION "StopAsyncIteration" EXCEPTION BaseException, "Signal the end from iterator.__anext__().";
    INDENTATION_ERROR "IndentationError" SYNTAX_ERROR SyntaxError, "Improper indentation.";
    TAB_ERROR "TabError" INDENTATION_ERROR SyntaxError, "Improper mixture of spaces and tabs.";
    INCOMPLETE_INPUT_ERROR "_IncompleteInputError" SYNTAX_ERROR SyntaxError, "incomplete input.";
    SYSTEM_ERROR "SystemError" EXCEPTION BaseException,
        "Internal error in the Python interpreter.\n\nPlease report this to the Python maintainer, along with the traceback,\nthe Python version, and the hardware/OS platform and version.";
    TYPE_ERROR "TypeError" EXCEPTION BaseException, "Inappropriate argument type.";
    VALUE_ERROR "ValueError" EXCEPTION BaseException, "Inappropriate argument value (of correct type).";
    UNICODE_ERROR "UnicodeError" VALUE_ERROR UnicodeError, "Unicode related error.";
    WARNING "Warning" EXCEPTION BaseException, "Base class for warning categories.";
    BYTES_WARNING "BytesWarning" WARNING BaseException,
        "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
    DEPRECATION_WARNING "DeprecationWarning" WARNING BaseException,
        "Base class for warnings about deprecated features.";
    ENCODING_WARNING "EncodingWarning" WARNING BaseException, "Base class for warnings about encodings.";
    FUTURE_WARNING "FutureWarning" WARNING BaseException,
        "Base class for warnings about constructs that will change semantically\nin the future.";
    IMPORT_WARNING "ImportWarning" WARNING BaseException,
        "Base class for warnings about probable mistakes in module imports";
    PENDING_DEPRECATION_WARNING "PendingDeprecationWarning" WARNING BaseException,
        "Base class for warnings about features which will be deprecated\nin the future.";
    RESOURCE_WARNING "ResourceWarning" WARNING BaseException, "Base class for warnings about resource usage.";
    RUNTIME_WARNING "RuntimeWarning" WARNING BaseException,
        "Base class for warnings about dubious runtime behavior.";
    SYNTAX_WARNING "SyntaxWarning" WARNING BaseException, "Base class for warnings about dubious syntax.";
    UNICODE_WARNING "UnicodeWarning" WARNING BaseException,
        "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
    USER_WARNING "UserWarning" WARNING BaseException, "Base class for warnings generated by user code.";
}

/// `ExceptionGroup`, the one built-in type with two bases.
pub static EXCEPTION_GROUP: Type = {
    const SPEC: &TypeSpec = &TypeSpec {
        more_bases: &[&EXCEPTION],
        flags: EXCEPTION_FLAGS.union(TypeFlags::WEAKREF),
        ..spec::<ExceptionGroup>("ExceptionGroup", Some(&BASE_EXCEPTION_GROUP), group::SLOTS, &[], &[], "")
    };
    Type::new_static(SPEC)
};

/// All exception types by groups; `ready` takes a type's bases first.
pub static EXCEPTION_TYPES: &[&[&Type]] = &[&[&BASE_EXCEPTION], PLAIN, RICH, &[&EXCEPTION_GROUP]];

/// All exception types.
pub fn exception_types() -> impl Iterator<Item = &'static Type> {
    EXCEPTION_TYPES.iter().flat_map(|types| types.iter().copied())
}
