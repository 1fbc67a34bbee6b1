//! `frame` objects: made when somebody asks, pointing to the head of a live frame, keeping its registers when it ends.
//!
//! The head holds a reference to its object; the object points back without one. `detach` cuts the two apart: if others
//! still hold the object, it takes over head and registers and the object of the calling frame becomes its `f_back`.

use crate::cell::{Borrowed, GilCell, Slot};
use crate::error::PyResult;
use crate::frame::{Frame, FrameKind, FrameObject};
use crate::object::{Header, new_exact};
use crate::objects::builtin_function::address;
use crate::objects::code::Code;
use crate::objects::dict::Dict;
use crate::objects::frame_jump;
use crate::objects::frame_locals;
use crate::objects::function::{Cell_, Function};
use crate::objects::generator::{self, GeneratorState};
use crate::objects::generator_chain;
use crate::objects::int;
use crate::objects::str;
use crate::slot_fields::{none_if_null, receiver};
use crate::state::STATE;
use crate::text_builder::TextBuilder;
use crate::thread::Thread;
use crate::types::slots::Visit;
use crate::types::{NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method};
use crate::value::{Ref, Value};
use ir::code::{co_flags, local_kind};
use std::cell::Cell;

/// The code a frame object runs or ran.
pub fn code_of(object: &FrameObject) -> &'static Code {
    head(object).code()
}

/// The head behind a frame object.
pub fn head(object: &FrameObject) -> &'static Frame {
    // SAFETY: the object points to a live head, or to the one it owns; both outlive the borrow of the object.
    unsafe { &*object.frame.get() }
}

/// `f_lasti`: the byte offset of the instruction that runs or ran last, -1 before the first.
pub fn lasti(frame: &Frame) -> i32 {
    settle(frame);
    if frame.pc.get().is_null() { -1 } else { STATE.interpreter().lasti(frame) }
}

/// `f_lasti`: that of a suspended generator is behind its `YIELD_VALUE`.
fn seen_lasti(frame: &Frame) -> i32 {
    let at = lasti(frame);
    let generator = generator::cast(frame.generator.get());
    let is_suspended = generator.is_some_and(|g| {
        matches!(g.state.get(), GeneratorState::Suspended | GeneratorState::SuspendedYieldFrom)
    });
    if is_suspended { at + 2 } else { at }
}

/// Sees to it that the head of a suspended generator's frame says so; see `generator_chain`.
#[inline]
fn settle(frame: &Frame) {
    if frame.kind.get() == FrameKind::Generator
        && let Some(g) = generator::cast(frame.generator.get())
        && g.state.get() == GeneratorState::Chained
    {
        generator_chain::settle(g);
    }
}

/// The frame object of a live frame.
pub fn object_of(_: &Thread, frame: &Frame) -> Ref {
    if let Some(object) = frame.frame_object.option() {
        return object;
    }
    let object = new_frame_object(frame as *const Frame as *mut Frame);
    frame.frame_object.set(object.clone());
    object
}

fn new_frame_object(frame: *mut Frame) -> Ref {
    new_exact(|header| FrameObject {
        header,
        frame: Cell::new(frame),
        own: GilCell::new(None),
        back: Slot::null(),
        trace: Slot::null(),
        trace_lines: Cell::new(true),
        trace_opcodes: Cell::new(false),
        extra_locals: Slot::null(),
        cleared: Cell::new(false),
    })
}

/// The frame `depth` calls out from the running one.
pub fn nth(thread: &Thread, depth: usize) -> Option<&'static Frame> {
    let mut at = thread.frame.get();
    for _ in 0..depth {
        // SAFETY: the chain of heads is alive while they run.
        at = unsafe { at.as_ref() }?.previous.get();
    }
    // SAFETY: as above.
    unsafe { at.as_ref() }
}

/// Ends a frame: the interpreter calls it on return and unwinding, while `previous` is still set and before it drops the
/// registers. True if the frame object took the registers over; they then belong to it, and the originals are NULL.
#[inline(always)]
pub fn detach(thread: &Thread, frame: &Frame) -> bool {
    if frame.frame_object.is_null() {
        return false;
    }
    detach_object(thread, frame)
}

#[cold]
#[inline(never)]
fn detach_object(thread: &Thread, frame: &Frame) -> bool {
    let object = frame.frame_object.take();
    let Some(o) = object.cast::<FrameObject>() else { return false };
    if o.header.refcount() == 1 {
        return false;
    }
    // SAFETY: the caller's head is alive until the callee has ended.
    let previous = unsafe { frame.previous.get().as_ref() };
    // What resumes a generator is behind its frame no longer than it runs.
    if let Some(previous) = previous.filter(|_| frame.kind.get() != FrameKind::Generator) {
        o.back.set(object_of(thread, previous));
    }
    let count = register_count(frame);
    let mut registers = Vec::with_capacity(count);
    for i in 0..count {
        // SAFETY: the frame has that many registers and owns them; they move.
        registers.push(unsafe { std::ptr::replace(frame.registers.get().add(i), Value::NULL) });
    }
    let head = Box::new(Frame { registers: Cell::new(registers.as_mut_ptr()), ..frame.same_scope() });
    let pointer = &raw const *head as *mut Frame;
    o.own.replace(Some((head, registers)));
    o.frame.set(pointer);
    true
}

/// The object of a frame that has ended, which nobody asked for while it ran: `registers` are its locals and room for its
/// stack, owned; `executable` and `pc` are the interpreter's.
pub fn ended(
    function: &Function,
    executable: *const (),
    pc: *const u64,
    mut registers: Vec<Value>,
    back: Ref,
) -> Ref {
    let head = Box::new(Frame {
        registers: Cell::new(registers.as_mut_ptr()),
        pc: Cell::new(pc),
        executable: Cell::new(executable),
        code: Borrowed::new(function.code.peek()),
        globals: Borrowed::new(function.globals.peek()),
        builtins: Borrowed::new(function.builtins.peek()),
        function: Slot::new(Value::of(function).to_ref()),
        kind: Cell::new(FrameKind::Call),
        ..Frame::empty()
    });
    let pointer = &raw const *head as *mut Frame;
    let object = new_frame_object(pointer);
    if let Some(o) = object.cast::<FrameObject>() {
        o.own.replace(Some((head, registers)));
        o.back.set(back);
    }
    object
}

/// Registers that may hold values: the fast locals and the stack.
fn register_count(frame: &Frame) -> usize {
    let code = frame.code();
    code.nlocalsplus() + code.stacksize as usize
}

/// Whether the frame has not ended.
pub fn is_live(object: &FrameObject) -> bool {
    object.own.with(|own| own.is_none())
}

fn take_own(object: &FrameObject) -> Vec<Ref> {
    let old = object.own.with(|own| {
        own.as_mut().map(|(_, registers)| {
            registers.iter_mut().map(|r| std::mem::replace(r, Value::NULL)).collect::<Vec<_>>()
        })
    });
    // SAFETY: the object owned its registers' references.
    old.unwrap_or_default().into_iter().rev().map(|v| unsafe { Ref::from_owned(v) }).collect()
}

fn drop_frame(object: *mut Header) {
    // SAFETY: called once, by the heap, on a dying frame object.
    unsafe {
        drop(take_own(&*(object as *const FrameObject)));
        std::ptr::drop_in_place(object as *mut FrameObject);
    }
}

fn traverse(object: Value, visit: Visit) {
    let Some(o) = object.cast::<FrameObject>() else { return };
    for slot in [&o.back, &o.trace, &o.extra_locals] {
        visit_slot(slot, visit);
    }
    o.own.with(|own| {
        let Some((head, registers)) = own else { return };
        registers.iter().filter(|v| v.is_pointer()).for_each(|v| visit(*v));
        traverse_head(head, visit);
    });
}

fn visit_slot(slot: &Slot, visit: Visit) {
    if slot.peek().is_pointer() {
        visit(slot.peek());
    }
}

/// Visits what a head holds, registers apart.
pub fn traverse_head(head: &Frame, visit: Visit) {
    for slot in [&head.function, &head.locals, &head.frame_object, &head.extra] {
        visit_slot(slot, visit);
    }
}

fn clear(object: Value) {
    let Some(o) = object.cast::<FrameObject>() else { return };
    drop(o.trace.take());
    drop(o.extra_locals.take());
    if !is_live(o) {
        drop(take_own(o));
    }
}

// Locals.

/// The value of fast local `i` as Python sees it: the content of cells; NULL if unbound.
pub fn local_value(frame: &Frame, i: usize) -> Ref {
    let kind = frame.code().localspluskinds[i];
    // SAFETY: fast locals are registers of the frame.
    let value = unsafe { frame.register(i) };
    if kind & (local_kind::CELL | local_kind::FREE) != 0
        && !value.is_null()
        && let Some(cell) = value.cast_exact::<Cell_>()
    {
        return cell.content.get();
    }
    value.to_ref()
}

/// Sets fast local `i`, through its cell if it has one.
pub fn set_local_value(frame: &Frame, i: usize, value: Ref) {
    let kind = frame.code().localspluskinds[i];
    // SAFETY: as in `local_value`.
    let old = unsafe { frame.register(i) };
    if kind & (local_kind::CELL | local_kind::FREE) != 0
        && !old.is_null()
        && let Some(cell) = old.cast_exact::<Cell_>()
    {
        return cell.content.set(value);
    }
    // SAFETY: the register owns its value; the old one is dropped after the store.
    drop(unsafe { Ref::from_owned(std::ptr::replace(frame.registers.get().add(i), value.into_value())) });
}

/// Fast locals that `locals()` shows, with their index; in module and class bodies these are the hidden ones.
pub fn visible_locals(frame: &Frame) -> impl Iterator<Item = (usize, Value)> + '_ {
    let code = frame.code();
    let optimised = code.has_flag(co_flags::OPTIMIZED);
    let all = code.localsplusnames.iter().zip(code.localspluskinds.iter()).enumerate();
    all.filter(move |(_, (_, kind))| (**kind & local_kind::HIDDEN != 0) != optimised)
        .map(|(i, (name, _))| (i, **name))
}

fn has_hidden_locals(frame: &Frame) -> bool {
    let code = frame.code();
    (0..code.nlocalsplus()).any(|i| {
        // SAFETY: fast locals are registers of the frame.
        code.localspluskinds[i] & local_kind::HIDDEN != 0 && !unsafe { frame.register(i) }.is_null()
    })
}

/// `locals()` in the given frame: the namespace of a module or class body, a fresh snapshot in a function.
pub fn locals(thread: &Thread, frame: &Frame) -> PyResult {
    if !frame.code().has_flag(co_flags::OPTIMIZED) && !has_hidden_locals(frame) {
        return Ok(namespace(frame));
    }
    let snapshot = Dict::new();
    let Some(dict) = snapshot.cast::<Dict>() else { return Ok(snapshot) };
    if !frame.code().has_flag(co_flags::OPTIMIZED)
        && let Some(namespace) = namespace(frame).cast::<Dict>()
    {
        for (key, value) in namespace.items() {
            dict.set(thread, *key, value)?;
        }
    }
    for (i, name) in visible_locals(frame) {
        let value = local_value(frame, i);
        if !value.is_null() {
            dict.set(thread, name, value)?;
        }
    }
    if let Some(extra) = frame.frame_object.peek().cast::<FrameObject>()
        && let Some(extra) = extra.extra_locals.peek().cast::<Dict>()
    {
        for (key, value) in extra.items() {
            dict.set(thread, *key, value)?;
        }
    }
    Ok(snapshot)
}

fn namespace(frame: &Frame) -> Ref {
    frame.locals.option().unwrap_or_else(|| frame.globals.get())
}

// Attributes.

fn this(thread: &Thread, object: Value) -> PyResult<&'static FrameObject> {
    receiver::<FrameObject>(thread, object)
}

fn get_back(thread: &Thread, object: Value) -> PyResult {
    let o = this(thread, object)?;
    if !is_live(o) {
        return Ok(none_if_null(o.back.get()));
    }
    settle(head(o));
    // SAFETY: the head of a live frame's caller is alive; suspended generators have none.
    match unsafe { head(o).previous.get().as_ref() } {
        Some(previous) => Ok(object_of(thread, previous)),
        None => Ok(Ref::NONE),
    }
}

fn get_locals(thread: &Thread, object: Value) -> PyResult {
    let frame = head(this(thread, object)?);
    if !frame.code().has_flag(co_flags::OPTIMIZED) && !has_hidden_locals(frame) {
        return Ok(namespace(frame));
    }
    Ok(frame_locals::new_proxy(object))
}

/// The line a frame is at; `None` for artificial code.
pub fn line(object: &FrameObject) -> Option<i32> {
    let frame = head(object);
    frame.code().line_at(lasti(frame))
}

fn get_line(thread: &Thread, object: Value) -> PyResult {
    Ok(line(this(thread, object)?).map_or(Ref::NONE, |l| int::new(l.into())))
}

fn set_line(thread: &Thread, object: Value, value: Value) -> PyResult<()> {
    frame_jump::set_line(thread, this(thread, object)?, value)
}

fn set_trace(thread: &Thread, object: Value, value: Value) -> PyResult<()> {
    let value = if value.is_none() { Ref::NULL } else { value.to_ref() };
    this(thread, object)?.trace.set(value);
    Ok(())
}

fn set_flag(
    thread: &Thread,
    object: Value,
    value: Value,
    field: fn(&FrameObject) -> &Cell<bool>,
) -> PyResult<()> {
    if !value.is_bool() {
        return Err(thread.type_error("attribute value type must be bool"));
    }
    field(this(thread, object)?).set(value == Value::TRUE);
    Ok(())
}

fn clear_method(thread: &Thread, object: Value) -> PyResult {
    let o = this(thread, object)?;
    if !is_live(o) {
        clear(object);
        return Ok(Ref::NONE);
    }
    let frame = head(o);
    if frame.kind.get() == FrameKind::Generator
        && let Some(g) = generator::cast(frame.generator.get())
    {
        settle(frame);
        match g.state.get() {
            GeneratorState::Suspended | GeneratorState::SuspendedYieldFrom => {
                return Err(thread.runtime_error("cannot clear a suspended frame"));
            }
            GeneratorState::Created => {
                let owner = frame.generator.get().to_ref();
                generator::finalize(thread, *owner);
                return Ok(Ref::NONE);
            }
            _ => {}
        }
    }
    Err(thread.runtime_error("cannot clear an executing frame"))
}

fn repr(thread: &Thread, object: Value) -> PyResult {
    let o = this(thread, object)?;
    let code = code_of(o);
    let mut text = TextBuilder::new(&format!("<frame at {:#x}, file ", address(object)));
    let filename = code.filename.get();
    text.push_repr(thread, *filename)?;
    let line = line(o).map_or_else(|| "None".to_string(), |l| l.to_string());
    text.push(&format!(", line {line}, code {}>", str::display(*code.name)));
    Ok(text.finish())
}

pub static FRAME: Type = Type::new_static(&TypeSpec {
    name: "frame",
    size: size_of::<FrameObject>(),
    flags: TypeFlags::GC,
    slots: Slots {
        drop: drop_frame,
        traverse: Some(traverse),
        clear: Some(clear),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: &[method(
        "clear",
        "($self, /)",
        NativeFn::NoArgs(clear_method),
        "Clear all references held by the frame.",
    )],
    getsets: &[
        getset("f_trace_lines", |t, o| Ok(Ref::bool(this(t, o)?.trace_lines.get())), "")
            .settable(|t, o, v| set_flag(t, o, v, |o| &o.trace_lines))
            .member(),
        getset("f_back", get_back, ""),
        getset("f_locals", get_locals, "Return the mapping used by the frame to look up local variables."),
        getset("f_lineno", get_line, "Return the current line number in the frame.").settable(set_line),
        getset(
            "f_trace",
            |t, o| Ok(none_if_null(this(t, o)?.trace.get())),
            "Return the trace function for this frame, or None if no trace function is set.",
        )
        .settable(set_trace),
        getset(
            "f_lasti",
            |t, o| Ok(int::new(seen_lasti(head(this(t, o)?)).into())),
            "Return the index of the last attempted instruction in the frame.",
        ),
        getset(
            "f_globals",
            |t, o| Ok(head(this(t, o)?).globals.get()),
            "Return the global variables in the frame.",
        ),
        getset(
            "f_builtins",
            |t, o| Ok(head(this(t, o)?).builtins.get()),
            "Return the built-in variables in the frame.",
        ),
        getset(
            "f_code",
            |t, o| Ok(head(this(t, o)?).code.get()),
            "Return the code object being executed in this frame.",
        ),
        getset(
            "f_trace_opcodes",
            |t, o| Ok(Ref::bool(this(t, o)?.trace_opcodes.get())),
            "Return True if opcode tracing is enabled, False otherwise.",
        )
        .settable(|t, o, v| set_flag(t, o, v, |o| &o.trace_opcodes)),
        getset(
            "f_generator",
            |t, o| Ok(none_if_null(head(this(t, o)?).generator.get().to_ref())),
            "Return the generator or coroutine associated with this frame, or None.",
        ),
    ],
    ..TypeSpec::EMPTY
});
