//! Telling an event: the callbacks of tools, and the functions of `sys.settrace` and `sys.setprofile`.

use runtime::error::PyResult;
use runtime::frame::{Frame, FrameObject};
use runtime::monitoring::{self, EVENT_NAMES, Event, TOOLS};
use runtime::objects::builtin_function::BuiltinFunction;
use runtime::objects::descriptors::MethodDescriptor;
use runtime::objects::str::intern_text;
use runtime::objects::{frame, int};
use runtime::thread::Thread;
use runtime::value::{Ref, Value};
use smallvec::SmallVec;

/// Where an event happens: a frame, and the code unit of an instruction.
pub struct Site<'f> {
    pub frame: &'f Frame,
    pub unit: u32,
}

/// Calls the callbacks of the tools that want the event, with the code object, the offset (or the line) and what follows.
pub fn tell(thread: &Thread, site: &Site, event: Event, more: &[Value]) -> PyResult<()> {
    let code = site.frame.code();
    let tools = monitoring::tools_for(code, site.unit, event);
    if tools == 0 {
        return Ok(());
    }
    let offset = int::new(i64::from(site.unit) * 2);
    let mut arguments: SmallVec<[Value; 4]> = SmallVec::new();
    arguments.push(Value::of(code));
    if event != Event::Line {
        arguments.push(*offset);
    }
    arguments.extend_from_slice(more);
    for tool in (0..TOOLS).rev().filter(|tool| tools & 1 << tool != 0) {
        let Some(callback) = monitoring::callback(tool, event) else { continue };
        let result = monitoring::without_events(thread, event, || thread.call(*callback, &arguments))?;
        if !monitoring::is_disable(*result) {
            continue;
        }
        if event.is_local() {
            monitoring::disable(code, site.unit, event, tool);
            continue;
        }
        drop(monitoring::set_callback(tool, event as usize, None));
        let name = EVENT_NAMES[event as usize];
        return Err(thread.value_error(format!("Cannot disable {name} events. Callback removed.")));
    }
    Ok(())
}

/// A frame's object.
fn object<'o>(thread: &Thread, frame: &Frame, holder: &'o mut Ref) -> Option<&'o FrameObject> {
    *holder = frame::object_of(thread, frame);
    holder.cast::<FrameObject>()
}

/// Whether the frame's tracing function wants lines.
pub fn wants_lines(thread: &Thread, frame: &Frame) -> bool {
    let mut holder = Ref::NULL;
    !frame.frame_object.is_null()
        && object(thread, frame, &mut holder).is_some_and(|o| !o.trace.is_null() && o.trace_lines.get())
}

/// Calls the tracing function: that of the thread for a frame that begins, else the frame's own.
pub fn trace(
    thread: &Thread,
    frame: &Frame,
    what: &'static str,
    argument: Value,
    event: Event,
) -> PyResult<()> {
    if thread.trace_function.is_null() || thread.callbacks_running.get() != 0 {
        return Ok(());
    }
    let begins = what == "call";
    if !begins && frame.frame_object.is_null() {
        return Ok(());
    }
    let mut holder = Ref::NULL;
    let Some(o) = object(thread, frame, &mut holder) else { return Ok(()) };
    let function = match begins {
        true => thread.trace_function.get(),
        false => match o.trace.option() {
            Some(function) => function,
            None => return Ok(()),
        },
    };
    let result = monitoring::without_events(thread, event, || {
        thread.call(*function, &[Value::of(o), intern_text(what), argument])
    });
    match result {
        Ok(next) => {
            if !next.is_none() {
                o.trace.set(next);
            }
            Ok(())
        }
        Err(_) => {
            let exception = thread.take_raised();
            monitoring::set_trace(thread, Ref::NULL);
            drop(o.trace.take());
            Err(thread.restore(exception))
        }
    }
}

/// Tells the frame's tracing function of an instruction, if it wants that.
pub fn trace_opcode(thread: &Thread, frame: &Frame) -> PyResult<()> {
    let mut holder = Ref::NULL;
    if frame.frame_object.is_null()
        || !object(thread, frame, &mut holder).is_some_and(|o| o.trace_opcodes.get())
    {
        return Ok(());
    }
    trace(thread, frame, "opcode", Value::NONE, Event::Instruction)
}

/// Calls the profiling function.
pub fn profile(
    thread: &Thread,
    frame: &Frame,
    what: &'static str,
    argument: Value,
    event: Event,
) -> PyResult<()> {
    if thread.profile_function.is_null() || thread.callbacks_running.get() != 0 {
        return Ok(());
    }
    let function = thread.profile_function.get();
    let object = frame::object_of(thread, frame);
    let result = monitoring::without_events(thread, event, || {
        thread.call(*function, &[*object, intern_text(what), argument])
    });
    match result {
        Ok(_) => Ok(()),
        Err(_) => {
            let exception = thread.take_raised();
            monitoring::set_profile(thread, Ref::NULL);
            Err(thread.restore(exception))
        }
    }
}

/// Calls the profiling function for the call of a native function; a method shows as bound to its receiver.
pub fn profile_call(
    thread: &Thread,
    frame: &Frame,
    what: &'static str,
    callable: Value,
    receiver: Value,
    event: Event,
) -> PyResult<()> {
    if thread.profile_function.is_null() {
        return Ok(());
    }
    if callable.cast_exact::<BuiltinFunction>().is_some() {
        return profile(thread, frame, what, callable, event);
    }
    if callable.cast_exact::<MethodDescriptor>().is_none() || receiver.is(*monitoring::missing()) {
        return Ok(());
    }
    let Some(get) = callable.ty().slots().descriptor_get else { return Ok(()) };
    match get(thread, callable, receiver, Value::of(receiver.ty())) {
        Ok(bound) => profile(thread, frame, what, *bound, event),
        Err(raised) => Err(raised),
    }
}

/// Keeps what a frame calls until the call has ended.
pub fn keep_call(thread: &Thread, frame: &Frame, callable: Ref, argument: Ref) {
    thread.hook_calls.with(|calls| calls.push((frame as *const Frame as usize, callable, argument)));
}

/// What a frame has called, and the call's first argument.
pub fn take_call(thread: &Thread, frame: &Frame) -> Option<(Ref, Ref)> {
    let place = frame as *const Frame as usize;
    let ended: SmallVec<[(usize, Ref, Ref); 2]> = thread.hook_calls.with(|calls| {
        // Calls of frames that ended otherwise lie above.
        let found = calls.iter().rposition(|call| call.0 == place);
        found.map_or_else(SmallVec::new, |found| calls.drain(found..).collect())
    });
    ended.into_iter().next().map(|(_, callable, argument)| (callable, argument))
}
