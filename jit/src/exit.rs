//! The one reader of snapshots: makes interpreter frames of what a trace left.
//!
//! Slots are written over memory that holds stale words: those are not dropped. Windows become frames outermost first, each
//! after the pc of the frame that calls it was set. Traces that have called themselves without making frames leave together:
//! the outermost first, each as its call's snapshot says (`Departure`).

use crate::backend::{Leaving, Site};
use crate::context::{Caller, Context};
use crate::ir::trace::{INSTANCE, generator_base, is_handled};
use crate::ir::{
    Constant, Reference, Snapshot, Trace, TracebackEntry, TracebackWord, Type, Virtual, VirtualKind,
};
use runtime::cell::Slot;
use runtime::frame::Frame;
use runtime::instance::Shape;
use runtime::objects::exceptions::{self, BaseException};
use runtime::objects::list::List;
use runtime::objects::range::range_iterator;
use runtime::objects::slice::slice_from_owned;
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, generator, object};
use runtime::thread::{Thread, preserving_raised};
use runtime::trace_interface::{Action, Suspension, TraceHost, make_traceback};
use runtime::types::{Type as ObjectType, TypeFlags};
use runtime::value::{Ref, Value};
use smallvec::SmallVec;

/// What an exit saved.
struct Saved<'a> {
    trace: &'a Trace,
    site: &'a Site,
    buffer: SmallVec<[u64; 32]>,
    /// The objects that were virtual, each with a count for the first that takes it.
    made: Vec<(Reference, Value)>,
}

impl Saved<'_> {
    /// The bits of a value.
    fn bits(&self, reference: Reference) -> u64 {
        if let Some(constant) = self.trace.as_constant(reference) {
            return constant.bits();
        }
        if reference.is_none() {
            return Value::NULL.bits();
        }
        // They are in order.
        let word = self.site.live.binary_search_by_key(&reference.index(), |live| live.index());
        word.map_or(Value::NULL.bits(), |word| self.buffer[word])
    }

    /// The registers of the generator whose window has this base.
    fn registers_of(&self, snapshot: &Snapshot, base: u32) -> *mut Value {
        let is_it = |window: u32| self.trace.windows[window as usize].base == base;
        let open = snapshot.windows.iter().find(|w| is_it(w.0)).map(|w| w.1);
        let held = || snapshot.held.iter().find(|h| h.base == base).map(|h| h.generator);
        let generator = open.or_else(held).and_then(|g| generator::cast(Value::from_bits(self.bits(g))));
        generator.map_or(std::ptr::null_mut(), |g| g.frame.registers.get())
    }

    /// Where an exception being handled is that belongs to the generator whose window has this base, or to the root. The
    /// windows of the snapshot are no frames yet.
    fn place_of_handled<'t>(&self, thread: &'t Thread, snapshot: &Snapshot, base: Option<u32>) -> &'t Slot {
        let made: Vec<_> = snapshot.held.iter().filter(|h| h.suspended.is_none()).collect();
        let generator = match base {
            None => made.first().map(|h| h.generator),
            Some(base) => match made.iter().position(|h| h.base == base) {
                Some(at) => made.get(at + 1).map(|h| h.generator),
                None => {
                    let is_it = |window: u32| self.trace.windows[window as usize].base == base;
                    let open = snapshot.windows.iter().find(|w| is_it(w.0)).map(|w| w.1);
                    open.or_else(|| snapshot.held.iter().find(|h| h.base == base).map(|h| h.generator))
                }
            },
        };
        let generator = generator.and_then(|g| generator::cast(Value::from_bits(self.bits(g))));
        generator.map_or(&thread.handled, |g| &g.handled)
    }

    /// The value as an owned word; `owned`: the trace's count of it becomes ours.
    fn take(&self, reference: Reference, owned: bool) -> Value {
        if let Some((_, object)) = self.made.iter().find(|m| m.0 == reference) {
            return if owned { *object } else { object.to_ref().into_value() };
        }
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

/// Makes an object that was virtual.
fn make(saved: &Saved, object: &Virtual) -> Value {
    let taken = object.fields.iter().map(|(_, value, owned)| saved.take(*value, *owned));
    // SAFETY: `take` gives a count of each.
    let owned = || taken.clone().map(|word| unsafe { Ref::from_owned(word) }).collect::<Vec<Ref>>();
    match object.kind {
        VirtualKind::Tuple => Tuple::from_refs(owned()).into_value(),
        VirtualKind::List => List::from_refs(owned()).into_value(),
        VirtualKind::Slice => {
            let mut parts = owned().into_iter();
            let mut part = || parts.next().unwrap_or(Ref::NONE);
            slice_from_owned(part(), part(), part()).into_value()
        }
        VirtualKind::RangeIterator => {
            let mut fields = object.fields.iter().map(|(_, value, _)| saved.bits(*value) as i64);
            let mut field = || fields.next().unwrap_or(0);
            range_iterator(field(), field(), field()).into_value()
        }
        // Frames come first.
        VirtualKind::Traceback { .. } => Value::NULL,
        VirtualKind::Instance { class, shape } => {
            let constant = |reference| saved.trace.as_constant(reference);
            let Some(Constant::Value(class)) = constant(class) else { return Value::NULL };
            let Some(class) = class.cast::<ObjectType>() else { return Value::NULL };
            let made = match constant(shape) {
                Some(Constant::Pointer(shape)) if class.has(TypeFlags::EXCEPTION_SUBCLASS) => {
                    exceptions::new_blank(class, *shape as *const Shape)
                }
                Some(Constant::Pointer(shape)) => {
                    // SAFETY: shapes are never freed.
                    let shape = unsafe { &*(*shape as *const Shape) };
                    object::new_shaped(class, shape)
                }
                _ => object::new_bare(class),
            };
            let address = made.header_unchecked() as *mut u8;
            for ((offset, ..), word) in object.fields.iter().zip(taken) {
                // SAFETY: the trace knows these places to be words of such an instance; they hold NULL so far.
                unsafe { (address.add(*offset as usize) as *mut Value).write(word) };
            }
            made.into_value()
        }
    }
}

/// A trace's leaving, with what it saved: nothing that Python code could do changes it any more.
pub struct Departure {
    base: *mut Value,
    buffer: SmallVec<[u64; 32]>,
    /// Counts that nothing takes over.
    drops: Vec<Value>,
}

impl Departure {
    /// The context has what a trace saved at an exit with so many live values.
    pub fn new(live: usize, context: &Context) -> Departure {
        let buffer = context.buffer[..live].iter().map(|word| word.get()).collect();
        Departure { base: context.exit_base.get(), buffer, drops: Vec::new() }
    }

    /// Makes the frames of a trace that had called itself at `site`. Its callers' frames are there.
    pub fn make_caller(
        &mut self,
        thread: &Thread,
        host: &dyn TraceHost,
        trace: &Trace,
        site: &Site,
        caller: Caller,
    ) {
        let Some(snapshot) = trace.snapshots.get(site.snapshot.index()) else { return };
        if let Some(Constant::Int(unmade)) =
            trace.as_constant(trace.instructions[site.instruction as usize].a)
        {
            // They were counted when the call was made.
            thread.recursion_depth.set(thread.recursion_depth.get() - *unmade as u32);
        }
        let saved = Saved { trace, site, buffer: caller.words.into(), made: Vec::new() };
        self.make(thread, host, snapshot, caller.base, saved);
    }

    /// Rebuilds the frames after a trace left through `site`. Its callers' frames are there.
    pub fn leave(
        mut self,
        thread: &Thread,
        host: &dyn TraceHost,
        trace: &Trace,
        site: &Site,
        context: &Context,
    ) -> Action {
        let snapshot = trace.snapshots.get(site.snapshot.index()).filter(|s| !s.in_memory);
        let Some(snapshot) = snapshot.filter(|_| site.leaving != Leaving::InMemory) else {
            self.drop_left_over(thread);
            return action(thread.has_raised());
        };
        let saved = Saved { trace, site, buffer: std::mem::take(&mut self.buffer), made: Vec::new() };
        let held = snapshot.held.iter().map(|h| Value::from_bits(saved.bits(h.generator)));
        let held = held.collect();
        self.make(thread, host, snapshot, self.base, saved);
        self.drop_left_over(thread);
        context.held.replace(held);
        action(site.leaving == Leaving::Raised)
    }

    /// Fills the slots and makes the frames that a snapshot describes, on top of the innermost real frame.
    fn make(
        &mut self,
        thread: &Thread,
        host: &dyn TraceHost,
        snapshot: &Snapshot,
        base: *mut Value,
        mut saved: Saved,
    ) {
        let is_traceback = |object: &&Virtual| matches!(object.kind, VirtualKind::Traceback { .. });
        for object in snapshot.virtuals.iter().filter(|o| !is_traceback(o)) {
            let made = make(&saved, object);
            saved.made.push((object.value, made));
        }
        for entry in snapshot.entries.iter().filter(|e| e.slot & INSTANCE == 0) {
            let value = saved.take(entry.value, entry.owned);
            if is_handled(entry.slot) {
                let place = saved.place_of_handled(thread, snapshot, generator_base(entry.slot));
                // SAFETY: the count comes with the value; that of the stale word is elsewhere.
                std::mem::forget(place.replace(unsafe { Ref::from_owned(value) }));
                continue;
            }
            let place = match generator_base(entry.slot) {
                Some(window) => {
                    saved.registers_of(snapshot, window).wrapping_add((entry.slot - window) as usize)
                }
                None => base.wrapping_add(entry.slot as usize),
            };
            // SAFETY: slots lie within the windows that the trace has opened on the register stack and in generators.
            unsafe { place.write(value) };
        }
        suspend_held(&saved, snapshot);
        push_windows(thread, host, &saved, snapshot, base);
        set_pc(thread, host, snapshot.pc);
        for object in snapshot.virtuals.iter().filter(is_traceback) {
            add_traceback(thread, &saved, snapshot, object);
        }
        self.drops.extend(snapshot.drops.iter().map(|reference| saved.take(*reference, true)));
    }

    /// Drops the counts that nothing took over. That may run finalisers, so the frames must be complete.
    fn drop_left_over(&mut self, thread: &Thread) {
        let drops = std::mem::take(&mut self.drops);
        if drops.is_empty() {
            return;
        }
        let drop_all = || {
            for word in drops {
                // SAFETY: the trace owned a count of it, which ends here.
                drop(unsafe { Ref::from_owned(word) });
            }
        };
        if thread.has_raised() { preserving_raised(thread, drop_all) } else { drop_all() }
    }
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
        if window.is_generator() {
            host.push_generator(thread, Value::from_bits(saved.bits(*function)));
            continue;
        }
        let function = saved.take(*function, *owned);
        // SAFETY: the window lies on the register stack.
        let registers = unsafe { base.add(window.base as usize) };
        let instance = snapshot.entries.iter().find(|e| e.slot == INSTANCE | *number);
        let instance = instance.map_or(Value::NULL, |e| saved.take(e.value, e.owned));
        host.push_frame(thread, function, code.value(), registers, window.return_register, instance);
    }
}

/// Makes a traceback that was virtual, for the exception that holds it.
fn add_traceback(thread: &Thread, saved: &Saved, snapshot: &Snapshot, object: &Virtual) {
    let VirtualKind::Traceback { plan } = object.kind else { return };
    let frames: Vec<u32> =
        snapshot.real.iter().copied().chain(snapshot.windows.iter().map(|w| w.0)).collect();
    let taken: Vec<(u32, Value)> =
        object.fields.iter().map(|(place, value, owned)| (*place, saved.take(*value, *owned))).collect();
    let word = |word| match word {
        TracebackWord::Number(number) => Value::small_int(number),
        TracebackWord::Field(place) => taken.iter().find(|t| t.0 == place).map_or(Value::NULL, |t| t.1),
    };
    let described = TracebackEntry::words(&saved.trace.tracebacks[plan as usize], &frames);
    let words: Vec<Value> = described.into_iter().map(word).collect();
    let made = make_traceback(thread, &words);
    for (_, word) in taken {
        // SAFETY: `take` gave a count of it.
        drop(unsafe { Ref::from_owned(word) });
    }
    let holds = |e: &&Virtual| e.fields.iter().any(|f| f.1 == object.value);
    let Some(holder) = snapshot.virtuals.iter().find(holds) else { return };
    let exception = saved.made.iter().find(|m| m.0 == holder.value).map(|m| m.1);
    if let Some(exception) = exception.and_then(|e| e.cast::<BaseException>()) {
        exception.traceback.set(made);
    }
}

/// Writes the state of generators that the trace has suspended.
fn suspend_held(saved: &Saved, snapshot: &Snapshot) {
    for held in &snapshot.held {
        let Some((address, suspension)) = held.suspended else { continue };
        let Some(g) = generator::cast(Value::from_bits(saved.bits(held.generator))) else { continue };
        let suspension = Suspension::unpack(suspension);
        g.frame.pc.set(saved.bits(address) as *const u64);
        g.frame.return_register.set(suspension.register);
        g.state.set(suspension.state);
    }
}
