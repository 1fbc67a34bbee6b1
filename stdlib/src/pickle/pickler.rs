//! The type `Pickler`, and `dump` and `dumps`.

use super::errors::pickling;
use super::memo::{self, Memo};
use super::memo_proxy::{PicklerMemoProxy, new_pickler_proxy};
use super::opcode::{DEFAULT_PROTOCOL, HIGHEST_PROTOCOL};
use super::save::Save;
use runtime::object::drop_object;
use runtime::objects::bytes::Bytes;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::RUNTIME_WARNING;
use runtime::objects::int;
use runtime::objects::str::{self, intern_text};
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{SlotFields, receiver};
use runtime::types::binding::Parameters;
use runtime::types::slots::Visit;
use runtime::{
    Args, GetSetDef, GilCell, Header, MethodDef, NativeFn, PyResult, Raised, Ref, Slot, Slots, Thread, Type,
    TypeFlags, TypeSpec, Value, attributes, getset, method, new_object, protocol, slot_fields, warnings,
};
use std::cell::Cell;

/// A pickler; `write` is NULL until it is initialised.
#[repr(C)]
pub(super) struct Pickler {
    header: Header,
    write: Slot,
    dispatch_table: Slot,
    /// An attribute of the instance that hides the method.
    persistent_id: Slot,
    buffer_callback: Slot,
    pub(super) memo: GilCell<Memo>,
    protocol: Cell<u8>,
    bin: Cell<i32>,
    fast: Cell<i32>,
    fix_imports: Cell<bool>,
    running: Cell<bool>,
}

runtime::object!(Pickler, PICKLER);
slot_fields!(Pickler, write, dispatch_table, persistent_id, buffer_callback);

pub(super) static PICKLER: Type = Type::new_static(&TypeSpec {
    name: "_pickle.Pickler",
    size: size_of::<Pickler>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(|_, ty, _| Ok(new(ty))),
        init: Some(init),
        drop: drop_object::<Pickler>,
        traverse: Some(traverse),
        clear: Some(clear),
        get_attribute: Some(get_attribute),
        set_attribute: Some(set_attribute),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    signature: "(file, protocol=None, fix_imports=True, buffer_callback=None)",
    doc: "This takes a binary file for writing a pickle data stream.\n\nThe optional *protocol* argument tells the pickler to use the given\nprotocol; supported protocols are 0, 1, 2, 3, 4 and 5.  The default\nprotocol is 5. It was introduced in Python 3.8, and is incompatible\nwith previous versions.\n\nSpecifying a negative protocol version selects the highest protocol\nversion supported.  The higher the protocol used, the more recent the\nversion of Python needed to read the pickle produced.\n\nThe *file* argument must have a write() method that accepts a single\nbytes argument. It can thus be a file object opened for binary\nwriting, an io.BytesIO instance, or any other custom object that meets\nthis interface.\n\nIf *fix_imports* is True and protocol is less than 3, pickle will try\nto map the new Python 3 names to the old module names used in Python\n2, so that the pickle data stream is readable with Python 2.\n\nIf *buffer_callback* is None (the default), buffer views are\nserialized into *file* as part of the pickle stream.\n\nIf *buffer_callback* is not None, then it can be called any number\nof times with a buffer view.  If the callback returns a false value\n(such as None), the given buffer is out-of-band; otherwise the\nbuffer is serialized in-band, i.e. inside the pickle stream.\n\nIt is an error if *buffer_callback* is not None and *protocol*\nis None or smaller than 5.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "dump",
        "($self, obj, /)",
        NativeFn::One(dump_method),
        "Write a pickled representation of the given object to the open file.",
    ),
    method(
        "clear_memo",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            memo::clear(&receiver::<Pickler>(thread, v)?.memo);
            Ok(Ref::NONE)
        }),
        "Clears the pickler's \"memo\".\n\nThe memo is the data structure that remembers which objects the\npickler has already seen, so that shared or recursive objects are\npickled by reference and not by value.  This method is useful when\nre-using picklers.",
    ),
    method("persistent_id", "($self, obj, /)", NativeFn::One(|_, _, _| Ok(Ref::NONE)), ""),
    method(
        "__sizeof__",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let pickler = receiver::<Pickler>(thread, v)?;
            let memo = pickler.memo.with(|memo| memo.size());
            Ok(int::from_usize(v.ty().native_size.get() as usize + memo))
        }),
        "Returns size in memory, in bytes.",
    ),
];

const GETSETS: &[GetSetDef] = &[
    getset("bin", |thread, v| Ok(int::new(receiver::<Pickler>(thread, v)?.bin.get().into())), "")
        .settable(|thread, v, value| set_int(thread, v, value, |pickler| &pickler.bin))
        .member(),
    getset("fast", |thread, v| Ok(int::new(receiver::<Pickler>(thread, v)?.fast.get().into())), "")
        .settable(|thread, v, value| set_int(thread, v, value, |pickler| &pickler.fast))
        .member(),
    getset("dispatch_table", get_dispatch_table, "")
        .settable(|thread, v, value| {
            let pickler = receiver::<Pickler>(thread, v)?;
            if value.is_null() && pickler.dispatch_table.is_null() {
                return Err(missing(thread, v, "dispatch_table"));
            }
            pickler.dispatch_table.set(value.to_ref());
            Ok(())
        })
        .member(),
    getset("memo", |_, v| Ok(new_pickler_proxy(v)), "").settable(set_memo),
];

fn missing(thread: &Thread, v: Value, name: &str) -> Raised {
    let message = format!("'{}' object has no attribute '{name}'", v.ty().name());
    thread.attribute_error(v, intern_text(name), message)
}

fn get_dispatch_table(thread: &Thread, v: Value) -> PyResult {
    let table = receiver::<Pickler>(thread, v)?.dispatch_table.option();
    table.ok_or_else(|| missing(thread, v, "dispatch_table"))
}

/// Sets a member that is a C int.
fn set_int(thread: &Thread, v: Value, value: Value, field: fn(&Pickler) -> &Cell<i32>) -> PyResult<()> {
    if value.is_null() {
        return Err(thread.type_error("can't delete numeric/char attribute"));
    }
    let number = protocol::index(thread, value)?;
    let Some(int::IntRef::Small(number)) = int::get(*number) else {
        return Err(thread.overflow_error("Python int too large to convert to C long"));
    };
    if i32::try_from(number).is_err() {
        warnings::warn(thread, &RUNTIME_WARNING, "Truncation of value to int", 1)?;
    }
    field(receiver::<Pickler>(thread, v)?).set(number as i32);
    Ok(())
}

fn set_memo(thread: &Thread, v: Value, value: Value) -> PyResult<()> {
    let pickler = receiver::<Pickler>(thread, v)?;
    if value.is_null() {
        return Err(thread.type_error("attribute deletion is not supported"));
    }
    let new = if let Some(proxy) = value.cast::<PicklerMemoProxy>() {
        proxy.pickler().map(|other| memo::copy(&other.memo)).unwrap_or_default()
    } else if let Some(dict) = value.cast::<Dict>() {
        let mut new = Memo::default();
        for (_, entry) in dict.items() {
            let Some(&[number, object]) = entry.cast::<Tuple>().map(|t| t.items()) else {
                return Err(thread.type_error("'memo' values must be 2-item tuples"));
            };
            let number = protocol::index_isize(thread, number)?;
            new.set(object, number as u64);
        }
        new
    } else {
        let message =
            format!("'memo' attribute must be a PicklerMemoProxy object or dict, not {}", value.ty().name());
        return Err(thread.type_error(message));
    };
    drop(pickler.memo.replace(new));
    Ok(())
}

fn new(ty: &'static Type) -> Ref {
    new_object(ty, |header| Pickler {
        header,
        write: Slot::null(),
        dispatch_table: Slot::null(),
        persistent_id: Slot::null(),
        buffer_callback: Slot::null(),
        memo: GilCell::default(),
        protocol: Cell::new(DEFAULT_PROTOCOL),
        bin: Cell::new(0),
        fast: Cell::new(0),
        fix_imports: Cell::new(false),
        running: Cell::new(false),
    })
}

fn traverse(v: Value, visit: Visit) {
    let Some(pickler) = v.cast::<Pickler>() else { return };
    pickler.each_slot(&mut |slot| {
        if slot.peek().is_pointer() {
            visit(slot.peek());
        }
    });
    pickler.memo.with(|memo| memo.traverse(visit));
}

fn clear(v: Value) {
    runtime::slot_fields::clear_slots::<Pickler>(v);
    if let Some(pickler) = v.cast::<Pickler>() {
        memo::clear(&pickler.memo);
    }
}

/// An attribute `persistent_id` of the instance hides the method, though the type has no instance dict.
fn get_attribute(thread: &Thread, v: Value, name: Value) -> PyResult {
    if let Some(pickler) = v.cast::<Pickler>()
        && str::equals(name, "persistent_id")
        && let Some(function) = pickler.persistent_id.option()
    {
        return Ok(function);
    }
    attributes::generic_get(thread, v, name)
}

fn set_attribute(thread: &Thread, v: Value, name: Value, value: Value) -> PyResult<()> {
    match v.cast::<Pickler>() {
        Some(pickler) if str::equals(name, "persistent_id") => {
            pickler.persistent_id.set(value.to_ref());
            Ok(())
        }
        _ => attributes::generic_set(thread, v, name, value),
    }
}

// Arguments.

/// The protocol that an argument asks for.
fn protocol_argument(thread: &Thread, v: Value) -> PyResult<u8> {
    if v.is_null() || v.is_none() {
        return Ok(DEFAULT_PROTOCOL);
    }
    let number = protocol::index_i64(thread, v)?;
    match u8::try_from(number) {
        _ if number < 0 => Ok(HIGHEST_PROTOCOL),
        Ok(number) if number <= HIGHEST_PROTOCOL => Ok(number),
        _ => Err(thread.value_error(format!("pickle protocol must be <= {HIGHEST_PROTOCOL}"))),
    }
}

fn flag(thread: &Thread, v: Value) -> PyResult<bool> {
    if v.is_null() { Ok(true) } else { protocol::is_true(thread, v) }
}

fn write_method(thread: &Thread, file: Value) -> PyResult {
    match attributes::find(thread, file, runtime::names::get().write)? {
        Some(write) => Ok(write),
        None => Err(thread.type_error("file must have a 'write' attribute")),
    }
}

fn callback_argument(thread: &Thread, v: Value, protocol: u8) -> PyResult<Option<Ref>> {
    let callback = v.to_option().filter(|v| !v.is_none());
    if callback.is_some() && protocol < 5 {
        return Err(thread.value_error("buffer_callback needs protocol >= 5"));
    }
    Ok(callback)
}

static INIT: Parameters =
    Parameters::new("Pickler", "(file, protocol=None, fix_imports=True, buffer_callback=None)");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    INIT.bind(thread, arguments, |a| {
        let fix_imports = flag(thread, a[2])?;
        let pickler = receiver::<Pickler>(thread, v)?;
        check_free(thread, pickler)?;
        drop(pickler.write.take());
        let protocol = protocol_argument(thread, a[1])?;
        let write = write_method(thread, a[0])?;
        let callback = callback_argument(thread, a[3], protocol)?;
        pickler.protocol.set(protocol);
        pickler.bin.set((protocol > 0).into());
        pickler.fast.set(0);
        pickler.fix_imports.set(fix_imports);
        pickler.buffer_callback.set(callback.unwrap_or(Ref::NULL));
        memo::clear(&pickler.memo);
        let table = attributes::find(thread, v, intern_text("dispatch_table"))?;
        pickler.dispatch_table.set(table.unwrap_or(Ref::NULL));
        pickler.write.set(write);
        Ok(())
    })
}

fn check_free(thread: &Thread, pickler: &Pickler) -> PyResult<()> {
    match pickler.running.get() {
        true => Err(thread.runtime_error("Pickler object is already used")),
        false => Ok(()),
    }
}

/// The attribute `name` of the object, unless it is the method that the built-in type has.
pub(super) fn overridden(
    thread: &Thread,
    v: Value,
    base: &'static Type,
    name: &str,
) -> PyResult<Option<Ref>> {
    let name = intern_text(name);
    let found = attributes::find(thread, v, name)?;
    let own = v.ty().lookup(name);
    let hidden = own.is_none() || own != base.lookup(name);
    Ok(found.filter(|f| hidden || f.ty().name() != "builtin_function_or_method"))
}

fn dump_method(thread: &Thread, v: Value, object: Value) -> PyResult {
    let pickler = receiver::<Pickler>(thread, v)?;
    if pickler.write.is_null() {
        let name = v.ty().name();
        return Err(pickling(thread, format!("Pickler.__init__() was not called by {name}.__init__()")));
    }
    check_free(thread, pickler)?;
    let mut save = Save::new(thread, &pickler.memo, pickler.protocol.get(), pickler.fix_imports.get());
    save.bin = pickler.bin.get() != 0;
    save.fast = pickler.fast.get() != 0;
    save.write = pickler.write.option();
    save.persistent_id = match pickler.persistent_id.option() {
        Some(function) => Some(function),
        None => overridden(thread, v, &PICKLER, "persistent_id")?,
    };
    save.reducer_override = attributes::find(thread, v, intern_text("reducer_override"))?;
    save.dispatch_table = pickler.dispatch_table.option();
    save.buffer_callback = pickler.buffer_callback.option();
    pickler.running.set(true);
    let result = save.pickle(object);
    pickler.running.set(false);
    result?;
    Ok(Ref::NONE)
}

/// `dump(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)`
pub(super) fn dump(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fix_imports = flag(thread, a[3])?;
    let protocol = protocol_argument(thread, a[2])?;
    let write = write_method(thread, a[1])?;
    let memo = GilCell::default();
    let mut save = Save::new(thread, &memo, protocol, fix_imports);
    save.write = Some(write);
    save.buffer_callback = callback_argument(thread, a[4], protocol)?;
    save.pickle(a[0])?;
    Ok(Ref::NONE)
}

/// `dumps(obj, protocol=None, *, fix_imports=True, buffer_callback=None)`
pub(super) fn dumps(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fix_imports = flag(thread, a[2])?;
    let protocol = protocol_argument(thread, a[1])?;
    let memo = GilCell::default();
    let mut save = Save::new(thread, &memo, protocol, fix_imports);
    save.buffer_callback = callback_argument(thread, a[3], protocol)?;
    save.pickle(a[0])?;
    Ok(Bytes::new(&save.out.take()))
}
