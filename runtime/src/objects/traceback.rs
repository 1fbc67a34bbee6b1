//! `traceback`: the chain of frames an exception passed through, outermost first.

use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::frame::{Frame, FrameObject};
use crate::object::{Header, drop_object, new_exact};
use crate::objects::exceptions::BaseException;
use crate::objects::frame;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::protocol;
use crate::slot_fields::{clear_slots, member_get, receiver, traverse_slots};
use crate::thread::Thread;
use crate::types::{NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};
use std::cell::Cell;

/// A traceback entry.
#[repr(C)]
pub struct Traceback {
    pub header: Header,
    /// The entry of the frame called from this one, or NULL.
    pub next: Slot,
    /// A frame object.
    pub frame: Slot,
    pub lasti: Cell<i32>,
    /// -1 until asked for.
    lineno: Cell<i32>,
}

crate::object!(Traceback, TRACEBACK);
crate::slot_fields!(Traceback, next, frame);

/// Line of an entry that has not been computed.
pub const UNKNOWN_LINE: i32 = -1;

impl Traceback {
    /// The frame object.
    pub fn frame(&self) -> &'static FrameObject {
        self.frame.peek().cast().expect("the slot holds a frame always")
    }
    /// `tb_lineno`; `None` for artificial code.
    pub fn line(&self) -> Option<i32> {
        if self.lineno.get() != UNKNOWN_LINE {
            return Some(self.lineno.get());
        }
        let line = frame::code_of(self.frame()).line_at(self.lasti.get())?;
        self.lineno.set(line);
        Some(line)
    }
}

/// A new entry in front of `next` (NULL for none).
pub fn new_traceback(next: Ref, frame: Ref, lasti: i32, lineno: i32) -> Ref {
    new_exact(|header| Traceback {
        header,
        next: Slot::new(next),
        frame: Slot::new(frame),
        lasti: Cell::new(lasti),
        lineno: Cell::new(lineno),
    })
}

/// Records that `exception` passed through `frame`, at the instruction its `pc` says.
pub fn add_to(thread: &Thread, exception: Value, frame: &Frame) -> PyResult<()> {
    let Some(e) = exception.cast::<BaseException>() else { return Ok(()) };
    let object = frame::object_of(thread, frame);
    let entry = new_traceback(e.traceback.get(), object, frame::lasti(frame), UNKNOWN_LINE);
    e.traceback.set(entry);
    Ok(())
}

/// Adds an entry for `frame` to the pending exception.
pub fn add_traceback(thread: &Thread, frame: &Frame) {
    let exception = thread.peek_raised().to_ref();
    // Adding to an exception object can't fail.
    let _ = add_to(thread, *exception, frame);
}

/// The value of a `tb_next`: a traceback, or NULL for None.
fn next_value(thread: &Thread, value: Value, expected: &str) -> PyResult {
    if value.is_none() {
        return Ok(Ref::NULL);
    }
    if value.cast::<Traceback>().is_none() {
        return Err(thread.type_error(format!("expected {expected}, got '{}'", value.ty().name())));
    }
    Ok(value.to_ref())
}

const PARAMETERS: [&str; 4] = ["tb_next", "tb_frame", "tb_lasti", "tb_lineno"];

/// The four arguments by position or keyword.
fn bind(thread: &Thread, arguments: &Args) -> PyResult<[Value; 4]> {
    let given = arguments.all_values().len();
    if arguments.count() > PARAMETERS.len() || given > PARAMETERS.len() {
        return Err(thread.type_error(format!("traceback() takes at most 4 arguments ({given} given)")));
    }
    let mut bound = [Value::NULL; 4];
    bound[..arguments.count()].copy_from_slice(arguments.positional());
    for (name, value) in arguments.keywords() {
        let text = crate::objects::str::display(name);
        match PARAMETERS.iter().position(|p| *p == text) {
            Some(i) if bound[i].is_null() => bound[i] = value,
            Some(i) => {
                return Err(thread.type_error(format!(
                    "argument for traceback() given by name ('{text}') and position ({})",
                    i + 1
                )));
            }
            None => {
                return Err(
                    thread.type_error(format!("traceback() got an unexpected keyword argument '{text}'"))
                );
            }
        }
    }
    if let Some(i) = bound.iter().position(|v| v.is_null()) {
        return Err(thread.type_error(format!(
            "traceback() missing required argument '{}' (pos {})",
            PARAMETERS[i],
            i + 1
        )));
    }
    Ok(bound)
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    let [next, frame, lasti, lineno] = bind(thread, arguments)?;
    if frame.cast::<FrameObject>().is_none() {
        return Err(thread.type_error(format!(
            "traceback() argument 'tb_frame' must be frame, not {}",
            frame.ty().name()
        )));
    }
    let lasti = protocol::c_int(thread, lasti)?;
    let lineno = protocol::c_int(thread, lineno)?;
    let next = next_value(thread, next, "traceback object or None")?;
    Ok(new_traceback(next, frame.to_ref(), lasti, lineno))
}

fn set_next(thread: &Thread, traceback: Value, value: Value) -> PyResult<()> {
    let this = receiver::<Traceback>(thread, traceback)?;
    if value.is_null() {
        return Err(thread.type_error("can't delete tb_next attribute"));
    }
    let next = next_value(thread, value, "traceback object")?;
    let mut at = *next;
    while let Some(entry) = at.cast::<Traceback>() {
        if at.is(traceback) {
            return Err(thread.value_error("traceback loop detected"));
        }
        at = entry.next.peek();
    }
    this.next.set(next);
    Ok(())
}

fn get_line(thread: &Thread, traceback: Value) -> PyResult {
    Ok(match receiver::<Traceback>(thread, traceback)?.line() {
        Some(line) => int::new(line.into()),
        None => Ref::NONE,
    })
}

fn dir(_: &Thread, _: Value) -> PyResult {
    let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"];
    Ok(List::from_refs(names.iter().map(|n| Str::new(n)).collect()))
}

pub static TRACEBACK: Type = Type::new_static(&TypeSpec {
    name: "traceback",
    size: size_of::<Traceback>(),
    flags: TypeFlags::GC,
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Traceback>,
        traverse: Some(traverse_slots::<Traceback>),
        clear: Some(clear_slots::<Traceback>),
        ..Slots::EMPTY
    },
    methods: &[method("__dir__", "($self, /)", NativeFn::NoArgs(dir), "")],
    getsets: &[
        getset("tb_frame", |thread, t| member_get::<Traceback>(thread, t, |t| &t.frame), "").member(),
        getset(
            "tb_lasti",
            |thread, t| Ok(int::new(receiver::<Traceback>(thread, t)?.lasti.get().into())),
            "",
        )
        .member(),
        getset("tb_next", |thread, t| member_get::<Traceback>(thread, t, |t| &t.next), "").settable(set_next),
        getset("tb_lineno", get_line, ""),
    ],
    signature: "(tb_next, tb_frame, tb_lasti, tb_lineno)",
    doc: "Create a new traceback object.",
    ..TypeSpec::EMPTY
});
