//! `_csv`: reading and writing of comma-separated values.
//!
//! | file | its one idea |
//! |---|---|
//! | `dialect` | what separates, quotes and escapes |
//! | `reader` | lines to lists of fields |
//! | `writer` | rows to lines |

mod dialect;
mod reader;
mod writer;

use crate::support::ErrorClass;
use dialect::{DIALECT, make_dialect};
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::EXCEPTION;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::str::Str;
use runtime::types::binding::check_positional;
use runtime::types::registry::{INT, ready};
use runtime::{Args, GilCell, MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol};

/// `_csv.Error`.
static ERROR: ErrorClass = ErrorClass::new();

/// The dialects by name, and the longest field that readers take.
struct State {
    dialects: Option<Ref>,
    field_limit: i64,
}

static STATE: GilCell<State> = GilCell::new(State { dialects: None, field_limit: 128 * 1024 });

fn dialects() -> Ref {
    STATE.with(|state| state.dialects.get_or_insert_with(Dict::new).clone())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_csv",
    doc: "CSV parsing and writing.\n",
    functions: FUNCTIONS,
    init: |thread, module| {
        ERROR.add(thread, module, "_csv.Error", &EXCEPTION)?;
        module::add_type(module, &DIALECT);
        for (name, ty) in [("Reader", &reader::READER), ("Writer", &writer::WRITER)] {
            ready(ty);
            module::add(module, name, Value::of(ty));
        }
        module::add(module, "_dialects", *dialects());
        let kinds = ["MINIMAL", "ALL", "NONNUMERIC", "NONE", "STRINGS", "NOTNULL"];
        for (number, kind) in kinds.iter().enumerate() {
            module::add(module, &format!("QUOTE_{kind}"), Value::small_int(number as i64));
        }
        Ok(())
    },
};

const FUNCTIONS: &[MethodDef] = &[
    method(
        "reader",
        "($module, iterable, /, dialect='excel', **fmtparams)",
        NativeFn::Raw(|thread, _, arguments| {
            let (iterable, dialect) = object_and_dialect(thread, arguments, "reader")?;
            reader::new_reader(thread, iterable, dialect)
        }),
        "Return a reader object that will process lines from the given iterable.\n\nThe \"iterable\" argument can be any object that returns a line\nof input for each iteration, such as a file object or a list.  The\noptional \"dialect\" argument defines a CSV dialect.  The function\nalso accepts optional keyword arguments which override settings\nprovided by the dialect.\n\nThe returned object is an iterator.  Each iteration returns a row\nof the CSV file (which can span multiple input lines).",
    ),
    method(
        "writer",
        "($module, fileobj, /, dialect='excel', **fmtparams)",
        NativeFn::Raw(|thread, _, arguments| {
            let (file, dialect) = object_and_dialect(thread, arguments, "writer")?;
            writer::new_writer(thread, file, dialect)
        }),
        "Return a writer object that will write user data on the given file object.\n\nThe \"fileobj\" argument can be any object that supports the file API.\nThe optional \"dialect\" argument defines a CSV dialect.  The function\nalso accepts optional keyword arguments which override settings\nprovided by the dialect.\n",
    ),
    method(
        "list_dialects",
        "($module, /)",
        NativeFn::NoArgs(|thread, _| Ok(List::from_refs(protocol::collect(thread, *dialects())?))),
        "Return a list of all known dialect names.",
    ),
    method(
        "register_dialect",
        "($module, name, /, dialect='excel', **fmtparams)",
        NativeFn::Raw(|thread, _, arguments| {
            let (name, dialect) = object_and_dialect(thread, arguments, "register_dialect")?;
            if name.cast::<Str>().is_none() {
                return Err(thread.type_error("dialect name must be a string"));
            }
            let known = dialects();
            if let Some(known) = known.cast::<Dict>() {
                known.set(thread, name, dialect)?;
            }
            Ok(Ref::NONE)
        }),
        "Create a mapping from a string name to a CVS dialect.\n\nThe optional \"dialect\" argument specifies the base dialect instance\nor the name of the registered dialect.  The function also accepts\noptional keyword arguments which override settings provided by the\ndialect.\n",
    ),
    method(
        "unregister_dialect",
        "($module, /, name)",
        NativeFn::Bound(|thread, _, a| {
            let known = dialects();
            let removed = match known.cast::<Dict>() {
                Some(known) => known.remove(thread, a[0])?,
                None => None,
            };
            match removed {
                Some(_) => Ok(Ref::NONE),
                None => Err(ERROR.raise(thread, "unknown dialect")),
            }
        }),
        "Delete the name/dialect mapping associated with a string name.",
    ),
    method(
        "get_dialect",
        "($module, /, name)",
        NativeFn::Bound(|thread, _, a| registered(thread, a[0])),
        "Return the dialect instance associated with name.",
    ),
    method(
        "field_size_limit",
        "($module, /, new_limit=<unrepresentable>)",
        NativeFn::Bound(|thread, _, a| {
            let old = STATE.with(|state| state.field_limit);
            if !a[0].is_null() {
                if !a[0].is_exact(&INT) && a[0].as_small_int().is_none() {
                    return Err(thread.type_error("limit must be an integer"));
                }
                let new = protocol::index_i64(thread, a[0])?;
                STATE.with(|state| state.field_limit = new);
            }
            Ok(int::new(old))
        }),
        "Sets an upper limit on parsed fields.\n\nReturns old limit. If limit is not given, no new limit is set and\nthe old limit is returned",
    ),
];

/// A dialect by its name.
fn registered(thread: &Thread, name: Value) -> PyResult {
    let known = dialects();
    let found = match known.cast::<Dict>() {
        Some(known) => known.get(thread, name)?,
        None => None,
    };
    found.ok_or_else(|| ERROR.raise(thread, "unknown dialect"))
}

/// The first argument, and the dialect that the others describe.
fn object_and_dialect(thread: &Thread, arguments: &Args, function: &str) -> PyResult<(Value, Ref)> {
    check_positional(thread, function, arguments.count(), 1, 2)?;
    let dialect = make_dialect(thread, &DIALECT, &arguments.without_first())?;
    Ok((arguments.positional()[0], dialect))
}
