//! Exceptions raised in the trace and the windows that they end.
//!
//! An exception that the trace makes is a virtual object, and so is its traceback: that holds what the windows held that the
//! exception has ended, and names the open ones. As soon as anything may look, frames are pushed and it is made.

use super::emitter::Emitter;
use super::facts::Known;
use super::slots::Slot;
use crate::ir::trace::{GENERATOR_REGISTERS, INSTANCE, generator_base};
use crate::ir::{Instruction, Op, Reference, TracebackEntry, TracebackWord, Type, VirtualKind, Window};
use runtime::objects::exceptions::{BaseException, STOP_ITERATION, StopIteration};
use runtime::objects::traceback;
use runtime::objects::tuple::Tuple;
use runtime::trace_interface::{Helper, host};
use runtime::types::TypeFlags;
use runtime::value::Value;
use std::collections::BTreeMap;
use std::mem::offset_of;

/// Longer tracebacks are made.
const MAX_ENTRIES: usize = 12;

const ARGS: u32 = offset_of!(BaseException, args) as u32;
const TRACEBACK: u32 = offset_of!(BaseException, traceback) as u32;
const VALUE: u32 = offset_of!(StopIteration, value) as u32;
const CONTEXT: u32 = offset_of!(BaseException, context) as u32;

impl Emitter<'_> {
    /// The innermost window's frame goes into an exception's traceback: frames are in memory for that.
    pub fn add_traceback(&mut self, recorded: Instruction) {
        let exception = self.operand(recorded.a);
        if self.extend_traceback(exception, recorded.immediate).is_some() {
            return;
        }
        let a = self.force(exception);
        self.hold(a);
        self.pc = recorded.immediate;
        self.sync();
        self.push(Instruction { a, ..recorded });
    }

    /// An exception ends the innermost window. What its frame holds may run finalisers as it dies.
    pub fn unwind_window(&mut self, recorded: Instruction) {
        let exception = self.operand(recorded.a);
        if self.unwind_virtually(exception, recorded.immediate).is_some() {
            return;
        }
        let a = self.force(exception);
        self.end_window(a, recorded.immediate);
    }

    /// The innermost window returns, and its frame object gets what the frame holds.
    pub fn depart(&mut self, recorded: Instruction) {
        let Some(open) = self.open.last().copied() else { return };
        let seen = self.tracebacks_of(open.window);
        if !open.real && seen.is_empty() {
            let Window { base, locals, .. } = self.out.windows[open.window as usize];
            let null = self.out.value(Value::NULL);
            (base..base + locals).for_each(|slot| self.set_slot(slot, null));
            return self.leave_window();
        }
        for traceback in seen {
            self.force(traceback);
        }
        let mut a = self.operand(recorded.a);
        if self.out.type_of(a) != Type::Value || self.is_virtual(a) {
            a = self.out.value(Value::NONE);
        }
        self.end_window(a, recorded.immediate);
    }

    fn end_window(&mut self, a: Reference, pc: u32) {
        self.hold(a);
        self.pc = pc;
        self.sync();
        self.protect_lent();
        self.push(Instruction { a, immediate: pc, ..Instruction::new(Op::Unwind) });
        self.clobber();
        self.abandon_window();
    }

    /// The innermost window, a frame, has ended with an exception; memory's counts went with it.
    pub fn abandon_window(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.changed = true;
        let Window { base, size, .. } = self.out.windows[open.window as usize];
        let end = if generator_base(base).is_some() { base + GENERATOR_REGISTERS } else { base + size };
        self.slots.retain(|slot, _| !(base..end).contains(slot));
        self.slots.remove(&(INSTANCE | open.window));
    }

    /// What the innermost window's slots from `first` on hold is dropped.
    pub fn clear_from(&mut self, first: u32) {
        let end = {
            let window = &self.out.windows[self.innermost_window()];
            window.base + window.size
        };
        let null = self.out.value(Value::NULL);
        let known: Vec<u32> = self.slots.range(first..end.max(first)).map(|(slot, _)| *slot).collect();
        for slot in known {
            self.set_slot(slot, null);
            self.slots.remove(&slot);
        }
    }

    // Exceptions that nothing sees.

    pub fn is_exception_class(&self, class: Reference) -> bool {
        self.class_of_constant(class).is_some_and(|ty| ty.has(TypeFlags::EXCEPTION_SUBCLASS))
    }

    /// An exception of a class with arguments.
    pub fn new_virtual_exception(&mut self, arguments: &[Reference]) -> Option<Reference> {
        let (class, arguments) = arguments.split_first()?;
        let null = self.out.pointer(std::ptr::null::<u8>());
        let ty = self.class_of_constant(*class)?;
        let shape = if ty.root_shape.get().is_null() { Some(null) } else { None };
        let kind = self.instance_kind(*class, shape)?;
        let args = match arguments.is_empty() {
            true => self.out.value(*Tuple::from_values(&[])),
            false => self.new_virtual(VirtualKind::Tuple, (0..).zip(arguments.iter().copied()).collect()),
        };
        let mut fields = BTreeMap::from([(ARGS, args)]);
        if std::ptr::eq(ty, &STOP_ITERATION) {
            fields.insert(VALUE, arguments.first().copied().unwrap_or_else(|| self.out.value(Value::NONE)));
        }
        Some(self.new_virtual(kind, fields))
    }

    /// The context of a virtual exception.
    pub fn chain_virtual(&mut self, exception: Reference, handled: Reference) -> Option<Reference> {
        if !self.is_virtual(exception) {
            return None;
        }
        if exception == handled {
            return Some(Reference::NONE);
        }
        let known = self.virtuals.get(exception).is_some_and(|e| e.fields.contains_key(&CONTEXT));
        if known || self.virtuals.reaches(handled, exception) {
            return None;
        }
        self.virtuals.get_mut(exception)?.fields.insert(CONTEXT, handled);
        self.changed = true;
        Some(Reference::NONE)
    }

    /// The description of a virtual exception's traceback, if it has one.
    fn plan_of(&self, exception: Reference) -> Option<(Reference, Vec<TracebackEntry>)> {
        let traceback = *self.virtuals.get(exception)?.fields.get(&TRACEBACK)?;
        match self.virtuals.get(traceback)?.kind {
            VirtualKind::Traceback { plan } => Some((traceback, self.out.tracebacks[plan as usize].clone())),
            _ => None,
        }
    }

    fn add_plan(&mut self, entries: Vec<TracebackEntry>) -> VirtualKind {
        self.out.tracebacks.push(entries);
        VirtualKind::Traceback { plan: self.out.tracebacks.len() as u32 - 1 }
    }

    /// The innermost window's frame goes into the traceback of a virtual exception.
    fn extend_traceback(&mut self, exception: Reference, pc: u32) -> Option<()> {
        let window = self.innermost_window();
        if !self.passes.virtuals || !self.is_virtual(exception) {
            return None;
        }
        // What a frame that is pushed for it needs must not need it.
        let is_instance = |(slot, state): (&u32, &Slot)| {
            slot & INSTANCE != 0 && self.virtuals.reaches(state.value, exception)
        };
        if self.slots.iter().any(is_instance) {
            return None;
        }
        let code = self.constant_value(self.out.windows[window].code)?;
        let lasti = host()?.lasti(code, pc)?;
        let known = self.plan_of(exception);
        let has_other = self.virtuals.get(exception)?.fields.contains_key(&TRACEBACK) && known.is_none();
        let (traceback, mut entries) = match known {
            Some((traceback, entries)) => (Some(traceback), entries),
            None => (None, Vec::new()),
        };
        if has_other || entries.len() >= MAX_ENTRIES {
            return None;
        }
        entries.push(TracebackEntry { window: Some(window as u32), lasti, pc: 0, locals: 0 });
        let kind = self.add_plan(entries);
        match traceback {
            Some(traceback) => self.virtuals.get_mut(traceback)?.kind = kind,
            None => {
                let made = self.new_virtual(kind, BTreeMap::new());
                self.virtuals.get_mut(exception)?.fields.insert(TRACEBACK, made);
            }
        }
        self.changed = true;
        Some(())
    }

    /// A virtual exception ends the innermost window, which is no frame yet: its traceback holds what the window held.
    fn unwind_virtually(&mut self, exception: Reference, pc: u32) -> Option<()> {
        let open = self.open.last().copied()?;
        let window = self.out.windows[open.window as usize];
        if open.real
            || window.is_generator()
            || open.function.is_none()
            || window.locals >= TracebackEntry::FUNCTION
        {
            return None;
        }
        let (traceback, mut entries) = self.plan_of(exception)?;
        let number = entries.len().checked_sub(1)?;
        if entries[number].window != Some(open.window) {
            return None;
        }
        let code = self.constant_value(window.code)?;
        let address = host()?.word_address(code, pc)?;
        let first = TracebackEntry::first_place(number);
        let mut fields = vec![(first + TracebackEntry::FUNCTION, open.function)];
        for local in 0..window.locals {
            let state = self.slots.get(&(window.base + local)).filter(|s| s.dirty)?;
            if self.virtuals.reaches(state.value, exception) {
                return None;
            }
            fields.push((first + local, state.value));
        }
        entries[number] =
            TracebackEntry { window: None, pc: address as usize, locals: window.locals, ..entries[number] };
        let kind = self.add_plan(entries);
        let object = self.virtuals.get_mut(traceback)?;
        object.kind = kind;
        object.fields.extend(fields);
        self.abandon_window();
        Some(())
    }

    /// Makes the tracebacks that name the innermost window, a generator's, which is about to close.
    pub fn force_tracebacks(&mut self) {
        let Some(open) = self.open.last().copied() else { return };
        for traceback in self.tracebacks_of(open.window) {
            self.force(traceback);
        }
    }

    /// Virtual tracebacks with an entry for a window that is open.
    fn tracebacks_of(&self, window: u32) -> Vec<Reference> {
        let names_it = |reference: &Reference| match self.virtuals.get(*reference).map(|o| o.kind) {
            Some(VirtualKind::Traceback { plan }) => {
                self.out.tracebacks[plan as usize].iter().any(|entry| entry.window == Some(window))
            }
            _ => false,
        };
        self.virtuals.references().filter(names_it).collect()
    }

    /// Makes a traceback. The windows that it names become frames.
    pub fn force_traceback(&mut self, reference: Reference, plan: u32) -> Reference {
        let entries = self.out.tracebacks[plan as usize].clone();
        if entries.iter().any(|entry| entry.window.is_some()) {
            self.push_windows();
        }
        let Some(object) = self.remove_virtual(reference) else { return reference };
        let frames: Vec<u32> = self.open.iter().filter(|w| w.real).map(|w| w.window).collect();
        let null = self.out.value(Value::NULL);
        let mut words = Vec::new();
        for word in TracebackEntry::words(&entries, &frames) {
            words.push(match word {
                TracebackWord::Number(number) => self.out.value(Value::small_int(number)),
                TracebackWord::Field(place) => {
                    let value = object.fields.get(&place).copied().unwrap_or(null);
                    self.as_value(value)
                }
            });
        }
        // The frames get the counts: what nothing else holds must not stay the trace's, for no boundary may come any more,
        // or one within a loop that did not make it.
        for word in &words {
            self.give_count(*word);
        }
        let made = self.make(Helper::TracebackOfOwned, words.into_iter());
        self.learn(made, |f| {
            f.known = Known::Object(&raw const traceback::TRACEBACK);
            f.bound = true;
        });
        self.owned.insert(made);
        self.changed = true;
        self.substitute(reference, made);
        made
    }
}
