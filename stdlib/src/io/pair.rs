//! `BufferedRWPair`: a reader and a writer as one stream (a pipe's two ends, a socket's two files).

use super::base::{BUFFERED_IO_BASE, STREAM_FLAGS, ensure};
use super::buffered::{BUFFERED_READER, BUFFERED_WRITER};
use super::support::*;
use runtime::object::drop_object;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::types::binding::Parameters;
use runtime::{
    Args, Header, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeSpec, Value, attributes, getset,
    method, new_object, protocol,
};

#[repr(C)]
pub struct BufferedPair {
    pub header: Header,
    reader: Slot,
    writer: Slot,
}

runtime::object!(BufferedPair, BUFFERED_RW_PAIR);
runtime::slot_fields!(BufferedPair, reader, writer);

fn new(_: &Thread, class: &'static Type, _: &Args) -> PyResult {
    Ok(new_object(class, |header| BufferedPair { header, reader: Slot::null(), writer: Slot::null() }))
}

static PARAMETERS: Parameters =
    Parameters::new("BufferedRWPair", "(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    PARAMETERS.bind(thread, arguments, |a| {
        let p = receiver::<BufferedPair>(thread, v)?;
        ensure(thread, a[0], "readable", "readable")?;
        ensure(thread, a[1], "writable", "writable")?;
        let size: &[Value] = if a[2].is_null() { &[] } else { &a[2..3] };
        let reader = thread.call(Value::of(&BUFFERED_READER), &[&a[..1], size].concat())?;
        let writer = thread.call(Value::of(&BUFFERED_WRITER), &[&a[1..2], size].concat())?;
        p.reader.set(reader);
        p.writer.set(writer);
        Ok(())
    })
}

fn half(thread: &Thread, slot: &Slot) -> PyResult {
    slot.option().ok_or_else(|| thread.value_error("I/O operation on uninitialized object"))
}

/// Passes a call on to the reader; the arguments arrive as one tuple.
fn to_reader(thread: &Thread, v: Value, method: &str, a: &[Value]) -> PyResult {
    let reader = half(thread, &receiver::<BufferedPair>(thread, v)?.reader)?;
    let arguments = a.first().and_then(|a| a.cast::<Tuple>()).map_or(&[][..], |t| t.items());
    call(thread, *reader, method, arguments)
}

fn to_writer(thread: &Thread, v: Value, method: &str, a: &[Value]) -> PyResult {
    let writer = half(thread, &receiver::<BufferedPair>(thread, v)?.writer)?;
    let arguments = a.first().and_then(|a| a.cast::<Tuple>()).map_or(&[][..], |t| t.items());
    call(thread, *writer, method, arguments)
}

fn read(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    to_reader(thread, v, "read", a)
}

fn peek(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    to_reader(thread, v, "peek", a)
}

fn read1(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    to_reader(thread, v, "read1", a)
}

fn readinto(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    to_reader(thread, v, "readinto", a)
}

fn readinto1(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    to_reader(thread, v, "readinto1", a)
}

fn write(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    to_writer(thread, v, "write", a)
}

fn flush(thread: &Thread, v: Value) -> PyResult {
    to_writer(thread, v, "flush", &[])
}

fn readable(thread: &Thread, v: Value) -> PyResult {
    to_reader(thread, v, "readable", &[])
}

fn writable(thread: &Thread, v: Value) -> PyResult {
    to_writer(thread, v, "writable", &[])
}

fn close(thread: &Thread, v: Value) -> PyResult {
    both(
        thread,
        || to_writer(thread, v, "close", &[]).map(drop),
        || to_reader(thread, v, "close", &[]).map(drop),
    )?;
    Ok(Ref::NONE)
}

fn isatty(thread: &Thread, v: Value) -> PyResult {
    let answer = to_writer(thread, v, "isatty", &[])?;
    if protocol::is_true(thread, *answer)? { Ok(answer) } else { to_reader(thread, v, "isatty", &[]) }
}

fn closed(thread: &Thread, v: Value) -> PyResult {
    let writer = half(thread, &receiver::<BufferedPair>(thread, v)?.writer)?;
    attributes::get(thread, *writer, name("closed"))
}

pub static BUFFERED_RW_PAIR: Type = Type::new_static(&TypeSpec {
    name: "_io.BufferedRWPair",
    base: Some(&BUFFERED_IO_BASE),
    size: size_of::<BufferedPair>(),
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        drop: drop_object::<BufferedPair>,
        traverse: Some(traverse_slots::<BufferedPair>),
        clear: Some(clear_slots::<BufferedPair>),
        ..Slots::EMPTY
    },
    methods: &[
        method("read", "!($self, *args)", NativeFn::Bound(read), ""),
        method("peek", "!($self, *args)", NativeFn::Bound(peek), ""),
        method("read1", "!($self, *args)", NativeFn::Bound(read1), ""),
        method("readinto", "!($self, *args)", NativeFn::Bound(readinto), ""),
        method("readinto1", "!($self, *args)", NativeFn::Bound(readinto1), ""),
        method("write", "!($self, *args)", NativeFn::Bound(write), ""),
        method("flush", "($self, /)", NativeFn::NoArgs(flush), ""),
        method("readable", "($self, /)", NativeFn::NoArgs(readable), ""),
        method("writable", "($self, /)", NativeFn::NoArgs(writable), ""),
        method("close", "($self, /)", NativeFn::NoArgs(close), ""),
        method("isatty", "($self, /)", NativeFn::NoArgs(isatty), ""),
    ],
    getsets: &[getset("closed", closed, "")],
    signature: "(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)",
    doc: "A buffered reader and writer object together.\n\nA buffered reader object and buffered writer object put together to\nform a sequential IO object that can read and write. This is typically\nused with a socket or two-way pipe.\n\nreader and writer are RawIOBase objects that are readable and\nwriteable respectively. If the buffer_size is omitted it defaults to\nDEFAULT_BUFFER_SIZE.",
    ..TypeSpec::EMPTY
});
