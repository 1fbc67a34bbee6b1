//! The one reader of snapshots: makes interpreter frames of what a trace left.
//!
//! Slots are written over memory that holds stale words: those are not dropped. Windows become frames outermost first, each
//! after the pc of the frame that calls it was set.

use crate::backend::{Leaving, Site};
use crate::context::Context;
use crate::ir::trace::INSTANCE;
use crate::ir::{Constant, Reference, Snapshot, Trace, Type};
use runtime::frame::Frame;
use runtime::objects::float;
use runtime::thread::{Thread, preserving_raised};
use runtime::trace_interface::{Action, TraceHost};
use runtime::value::{Ref, Value};

/// What an exit saved.
struct Saved<'a> {
    trace: &'a Trace,
    site: &'a Site,
    buffer: Vec<u64>,
}

impl Saved<'_> {
    /// The bits of a value.
    fn bits(&self, reference: Reference) -> u64 {
        if let Some(constant) = self.trace.as_constant(reference) {
            return constant.bits();
        }
        let word = self.site.live.iter().position(|r| *r == reference);
        word.map_or(Value::NULL.bits(), |word| self.buffer[word])
    }

    /// The value as an owned word; `owned`: the trace's count of it becomes ours.
    fn take(&self, reference: Reference, owned: bool) -> Value {
        let bits = self.bits(reference);
        match self.trace.type_of(reference) {
            Type::Int => Value::small_int(bits as i64),
            Type::Float => float::new(f64::from_bits(bits)).into_value(),
            Type::Bool => Value::bool(bits != 0),
            Type::Value if owned => Value::from_bits(bits),
            Type::Value => Value::from_bits(bits).to_ref().into_value(),
            Type::Pointer | Type::None => Value::NULL,
        }
    }
}

/// Rebuilds the frames after a trace left through `site`; the context has what it saved.
pub fn leave(thread: &Thread, host: &dyn TraceHost, trace: &Trace, site: &Site, context: &Context) -> Action {
    if site.leaving == Leaving::InMemory {
        return action(thread.has_raised());
    }
    let Some(snapshot) = trace.snapshots.get(site.snapshot.index()) else {
        return action(thread.has_raised());
    };
    let base = context.exit_base.get();
    // What follows may run other traces, which use the buffer too.
    let buffer = context.buffer[..site.live.len()].iter().map(|word| word.get()).collect();
    let saved = Saved { trace, site, buffer };
    for entry in snapshot.entries.iter().filter(|e| e.slot & INSTANCE == 0) {
        let value = saved.take(entry.value, entry.owned);
        // SAFETY: slots lie within the windows that the trace has opened on the register stack.
        unsafe { base.add(entry.slot as usize).write(value) };
    }
    push_windows(thread, host, &saved, snapshot, base);
    set_pc(thread, host, snapshot.pc);
    drop_left_over(thread, &saved, snapshot);
    action(site.leaving == Leaving::Raised)
}

fn action(raised: bool) -> Action {
    if raised { Action::Raised } else { Action::Reload }
}

/// Sets the innermost frame's pc.
pub fn set_pc(thread: &Thread, host: &dyn TraceHost, index: u32) {
    // SAFETY: the thread's innermost frame is alive.
    let frame: &Frame = unsafe { &*thread.frame.get() };
    frame.pc.set(host.pc_at(frame, index));
}

fn push_windows(thread: &Thread, host: &dyn TraceHost, saved: &Saved, snapshot: &Snapshot, base: *mut Value) {
    for (number, function, owned) in &snapshot.windows {
        let window = saved.trace.windows[*number as usize];
        let Some(Constant::Value(code)) = saved.trace.as_constant(window.code) else { continue };
        set_pc(thread, host, window.call_pc);
        let function = saved.take(*function, *owned);
        // SAFETY: the window lies on the register stack.
        let registers = unsafe { base.add(window.base as usize) };
        let instance = snapshot.entries.iter().find(|e| e.slot == INSTANCE | *number);
        let instance = instance.map_or(Value::NULL, |e| saved.take(e.value, e.owned));
        host.push_frame(thread, function, code.value(), registers, window.return_register, instance);
    }
}

/// Drops the counts that nothing took over. That may run finalisers, so the frames must be complete.
fn drop_left_over(thread: &Thread, saved: &Saved, snapshot: &Snapshot) {
    if snapshot.drops.is_empty() {
        return;
    }
    let drop_all = || {
        for reference in &snapshot.drops {
            // SAFETY: the trace owned a count of it, which ends here.
            drop(unsafe { Ref::from_owned(saved.take(*reference, true)) });
        }
    };
    if thread.has_raised() { preserving_raised(thread, drop_all) } else { drop_all() }
}
