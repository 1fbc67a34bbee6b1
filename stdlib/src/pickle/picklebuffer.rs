//! `PickleBuffer`: memory that may travel beside a pickle instead of in it.

use super::errors::pickling;
use super::opcode::{NEXT_BUFFER, READONLY_BUFFER};
use super::save::Save;
use runtime::buffer::BufferView;
use runtime::object::drop_object;
use runtime::objects::memoryview;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::types::slots::Visit;
use runtime::{
    Args, GilCell, Header, MethodDef, NativeFn, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags,
    TypeSpec, Value, method, new_object, protocol,
};

/// A hold on an object's memory; `base` is NULL once it was released.
#[repr(C)]
pub(super) struct PickleBuffer {
    header: Header,
    base: Slot,
    /// Keeps the memory in place.
    view: GilCell<Option<BufferView>>,
}

runtime::object!(PickleBuffer, PICKLE_BUFFER);

pub(super) static PICKLE_BUFFER: Type = Type::new_static(&TypeSpec {
    name: "pickle.PickleBuffer",
    size: size_of::<PickleBuffer>(),
    flags: TypeFlags::GC.union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<PickleBuffer>,
        traverse: Some(traverse),
        clear: Some(give_up),
        buffer: Some(lend),
        ..Slots::EMPTY
    },
    methods: METHODS,
    doc: "Wrapper for potentially out-of-band buffers",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "raw",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| memoryview::raw(thread, *base(thread, v)?)),
        "Return a memoryview of the raw memory underlying this buffer.\nWill raise BufferError is the buffer isn't contiguous.",
    ),
    method(
        "release",
        "($self, /)",
        NativeFn::NoArgs(|_, v| {
            give_up(v);
            Ok(Ref::NONE)
        }),
        "Release the underlying buffer exposed by the PickleBuffer object.",
    ),
];

static NEW: Parameters = Parameters::new("PickleBuffer", "(object, /)");

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    NEW.bind(thread, arguments, |a| {
        let view = view_of(thread, a[0], 0)?;
        Ok(new_object(ty, |header| PickleBuffer {
            header,
            base: Slot::new(a[0].to_ref()),
            view: GilCell::new(Some(view)),
        }))
    })
}

fn view_of(thread: &Thread, v: Value, flags: i32) -> PyResult<BufferView> {
    match v.ty().slots().buffer {
        Some(buffer) => buffer(thread, v, flags),
        None => {
            let message = format!("a bytes-like object is required, not '{}'", v.ty().name());
            Err(thread.type_error(message))
        }
    }
}

/// The object whose memory it is.
fn base(thread: &Thread, v: Value) -> PyResult {
    let base = receiver::<PickleBuffer>(thread, v)?.base.option();
    base.ok_or_else(|| thread.value_error("operation forbidden on released PickleBuffer object"))
}

fn traverse(v: Value, visit: Visit) {
    let Some(buffer) = v.cast::<PickleBuffer>() else { return };
    let owner = buffer.view.with(|view| view.as_ref().map(|view| *view.owner));
    for held in [buffer.base.peek(), owner.unwrap_or(Value::NULL)] {
        if held.is_pointer() {
            visit(held);
        }
    }
}

fn lend(thread: &Thread, v: Value, flags: i32) -> PyResult<BufferView> {
    view_of(thread, *base(thread, v)?, flags)
}

fn give_up(v: Value) {
    let Some(buffer) = v.cast::<PickleBuffer>() else { return };
    let base = buffer.base.take();
    drop(buffer.view.take());
    drop(base);
}

impl Save<'_> {
    /// Writes a buffer: into the pickle, or a mark in its place if the callback takes it.
    pub(super) fn save_buffer(&mut self, v: Value) -> PyResult<()> {
        let thread = self.thread;
        if self.protocol < 5 {
            return Err(pickling(thread, "PickleBuffer can only be pickled with protocol >= 5"));
        }
        let base = base(thread, v)?;
        if !memoryview::is_contiguous(*base) {
            let message = "PickleBuffer can not be pickled when pointing to a non-contiguous buffer";
            return Err(pickling(thread, message));
        }
        let view = view_of(thread, *base, 0)?;
        if let Some(callback) = self.buffer_callback.clone() {
            let kept = thread.call(*callback, &[v])?;
            if !protocol::is_true(thread, *kept)? {
                self.out.byte(NEXT_BUFFER);
                if view.readonly {
                    self.out.byte(READONLY_BUFFER);
                }
                return Ok(());
            }
        }
        match view.readonly {
            true => self.write_bytes(view.bytes(), Value::NULL)?,
            false => self.write_bytearray(view.bytes(), Value::NULL)?,
        }
        self.memoize(v)
    }
}
