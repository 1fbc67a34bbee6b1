//! Frame slots and reference counts while a trace runs.
//!
//! A slot is *clean* when the frame's memory holds its value and the count of it; *dirty* when the trace holds the value and
//! memory holds nothing that is counted; absent when the trace has not looked at it yet.
//!
//! The trace owns at most one count of each value, whatever number of dirty slots and windows hold it: an exit moves the
//! owned count to one of them and takes new counts for the others. A value that no slot holds any more is uncounted at
//! the next instruction boundary. A value that the trace does not own is *lent* by memory: before anything that could
//! drop it there, the trace takes a count of its own (`protect_lent`).

use super::emitter::Emitter;
use super::facts::Known;
use super::virtuals::{FIELD, Taking};
use crate::ir::trace::{HANDLED, INSTANCE, is_handled};
use crate::ir::{Entry, Instruction, Op, Reference, Snapshot, SnapshotId, Type, Window};
use runtime::trace_interface::host;
use runtime::value::Value;
use std::collections::BTreeMap;

/// What the trace knows of a slot.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Slot {
    pub value: Reference,
    pub dirty: bool,
    /// The value was there when the trace was entered and has not been replaced since.
    pub entry: bool,
}

/// An open window.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OpenWindow {
    /// Index into the trace's windows.
    pub window: u32,
    /// The function; it is held like a slot's value.
    pub function: Reference,
    /// A frame was made of it.
    pub real: bool,
}

pub type Slots = BTreeMap<u32, Slot>;

impl Emitter<'_> {
    /// Whether a reference may be a counted word.
    pub fn may_be_counted(&self, value: Reference) -> bool {
        !value.is_constant()
            && !self.is_virtual(value)
            && self.out.type_of(value) == Type::Value
            && self.fact(value).known.may_be_counted()
    }
    pub fn holders(&self, value: Reference) -> usize {
        let slots = self.slots.values().filter(|s| s.dirty && s.value == value).count();
        let windows = self.open.iter().filter(|w| self.held_function(w) == Some(value)).count();
        slots + windows + self.virtuals.holders(value)
    }

    /// The value in a slot.
    pub fn get_slot(&mut self, slot: u32) -> Reference {
        if let Some(known) = self.slots.get(&slot) {
            return known.value;
        }
        let value = self.load_slot(slot);
        let entry = !self.forgotten.contains(&slot);
        self.slots.insert(slot, Slot { value, dirty: false, entry });
        value
    }

    /// The trace starts with this in the slot.
    pub fn init_slot(&mut self, slot: u32, value: Reference) {
        self.slots.insert(slot, Slot { value, dirty: true, entry: false });
        self.changed = true;
    }

    /// The slot holds another value; the old one is dropped. A slot that is not a local was dead if it is absent.
    pub fn set_slot(&mut self, slot: u32, value: Reference) {
        if !self.slots.contains_key(&slot) && self.is_memory_local(slot) {
            self.get_slot(slot);
        }
        self.changed = true;
        let old = self.slots.insert(slot, Slot { value, dirty: true, entry: false });
        if let Some(old) = old {
            self.left.push(old.value);
            self.leave_slot(slot, old);
        }
    }

    /// The slot becomes NULL; a slot that was never looked at gets its value dropped. What is no local is dead then: memory
    /// has nothing there that is counted, and need not have NULL.
    pub fn drop_slot(&mut self, slot: u32) {
        let null = self.out.value(Value::NULL);
        if !self.slots.contains_key(&slot) {
            self.get_slot(slot);
        }
        self.set_slot(slot, null);
        if !is_handled(slot) && !self.is_local(slot) {
            self.slots.remove(&slot);
        }
    }

    fn is_local(&self, slot: u32) -> bool {
        let windows = std::iter::once(0).chain(self.open.iter().map(|w| w.window as usize));
        let has = |w: &Window| (w.base..w.base + w.locals).contains(&slot);
        windows.filter_map(|window| self.out.windows.get(window)).any(has)
    }

    /// A local of a window that is a frame, which may hold a value that the trace has not looked at.
    fn is_memory_local(&self, slot: u32) -> bool {
        let in_memory = |w: &&OpenWindow| w.real || self.out.windows[w.window as usize].is_generator();
        let real = self.open.iter().filter(in_memory).map(|w| w.window as usize);
        std::iter::once(0)
            .chain(real)
            .filter_map(|window| self.out.windows.get(window))
            .any(|w| (w.base..w.base + w.locals).contains(&slot))
    }

    /// A slot gave its value up.
    fn leave_slot(&mut self, slot: u32, old: Slot) {
        if !old.dirty && self.out.type_of(old.value) == Type::Float {
            // Memory holds a box of it, which may be a heap object.
            let boxed = self.load_slot(slot);
            self.learn(boxed, |fact| fact.known = Known::Float);
            self.store_null(slot);
            self.take_count(boxed);
            return;
        }
        if !old.dirty && self.is_object_constant(old.value) {
            self.store_null(slot);
            self.uncount_constant(old.value);
        }
        if !self.may_be_counted(old.value) {
            return;
        }
        if !old.dirty {
            // Memory's count comes to the trace.
            self.store_null(slot);
            self.take_count(old.value);
        }
    }

    /// A count of `value` comes to the trace. If it has one already, the surplus is uncounted at once; it is not the last.
    pub fn take_count(&mut self, value: Reference) {
        self.changed = true;
        self.lent.remove(&value);
        if !self.owned.insert(value) {
            self.uncount(value);
        }
    }

    /// A count of a constant that memory had goes; the trace keeps it alive.
    pub fn uncount_constant(&mut self, constant: Reference) {
        self.push(Instruction { a: constant, ..Instruction::new(Op::DecRef) });
    }

    pub fn is_object_constant(&self, value: Reference) -> bool {
        self.constant_value(value).is_some_and(Value::is_pointer)
    }

    fn store_null(&mut self, slot: u32) {
        let null = self.out.value(Value::NULL);
        self.store_slot(slot, null);
    }

    /// Emits a decrement. Should it be the last one and the death be observable, the trace leaves at the present state.
    pub fn uncount(&mut self, value: Reference) {
        if self.fact(value).known.is_leaf() {
            self.push(Instruction { a: value, ..Instruction::new(Op::DecRef) });
            return;
        }
        self.protect_lent();
        let snapshot = self.snapshot();
        self.push(Instruction { a: value, snapshot, ..Instruction::new(Op::DecRef) });
    }

    /// Takes counts of the values that slots hold and memory lends, before memory changes. Those that no slot holds stay
    /// lent: the running instruction may be about to put them into one.
    pub fn protect_lent(&mut self) {
        for value in self.lent.clone() {
            if self.holders(value) == 0 && !self.needs_generator(value) {
                continue;
            }
            self.lent.remove(&value);
            if self.may_be_counted(value) && !self.owned.contains(&value) {
                self.push(Instruction { a: value, ..Instruction::new(Op::IncRef) });
                self.owned.insert(value);
                self.changed = true;
            }
        }
    }

    /// The trace takes a count of its own, until the next instruction boundary: Python code that is about to run may drop
    /// the value everywhere else.
    pub fn hold(&mut self, value: Reference) {
        if self.may_be_counted(value) && self.owned.insert(value) {
            self.push(Instruction { a: value, ..Instruction::new(Op::IncRef) });
            self.lent.remove(&value);
            self.changed = true;
        }
    }

    /// Where a value comes among those that die at the next instruction boundary: as slots gave up it or the virtual object
    /// that holds it, and last what was in none, as it was made.
    fn dying_order(&self, value: Reference) -> (usize, i64, Reference) {
        if let Some(at) = self.left.iter().rposition(|left| *left == value) {
            return (at, 0, value);
        }
        match self.virtuals.holder(value) {
            Some((holder, rank)) => (self.dying_order(holder).0, rank, value),
            None => (usize::MAX, 0, value),
        }
    }

    /// At an instruction boundary: virtual objects that nothing holds die, and values that the trace owns and nothing holds
    /// are dropped.
    pub fn sweep(&mut self) {
        self.virtuals.at_boundary();
        loop {
            let is_free = |value: &Reference| self.holders(*value) == 0;
            let owned = self.owned.iter().copied().filter(|value| !self.spares.contains(value));
            let free = self.virtuals.references().chain(owned).filter(is_free);
            let Some(value) = free.min_by_key(|value| self.dying_order(*value)) else { break };
            if self.is_virtual(value) {
                self.end_virtual(value);
                continue;
            }
            if self.becomes_spare(value) {
                continue;
            }
            self.owned.remove(&value);
            self.changed = true;
            if self.may_be_counted(value) {
                self.before_uncount(value);
                self.uncount(value);
            }
        }
        self.left.clear();
        // Behind the boundary, what no slot holds is read anew before it is used.
        let lent = std::mem::take(&mut self.lent);
        self.lent = lent
            .into_iter()
            .filter(|value| self.holders(*value) > 0 || self.needs_generator(*value))
            .collect();
    }

    /// Gives one count of `value` to memory: the trace's own if nothing else needs it, else a new one.
    pub fn give_count(&mut self, value: Reference) {
        if value.is_constant() {
            if self.is_object_constant(value) {
                self.push(Instruction { a: value, ..Instruction::new(Op::IncRef) });
            }
            return;
        }
        if !self.may_be_counted(value) {
            if self.holders(value) == 0 {
                self.owned.remove(&value);
            }
            return;
        }
        if self.owned.contains(&value) && self.holders(value) == 0 {
            self.owned.remove(&value);
            self.lent.insert(value);
            return;
        }
        self.push(Instruction { a: value, ..Instruction::new(Op::IncRef) });
    }

    /// Brings all windows and slots to memory, and the pc of each frame.
    pub fn sync(&mut self) {
        self.write_all_suspended();
        let is_register = |slot: u32| slot & (INSTANCE | FIELD) == 0;
        let dirty = self.slots.iter().filter(|(k, s)| s.dirty && is_register(**k));
        let dirty: Vec<u32> = dirty.map(|(k, _)| *k).collect();
        for slot in dirty {
            self.clean_slot(slot);
        }
        // What leaves when memory says it all drops nothing.
        self.release_spares(&[]);
        self.push_windows();
        let a = self.word_address(self.innermost_window(), self.pc);
        self.push(Instruction { a, immediate: self.pc, ..Instruction::new(Op::SavePc) });
        self.changed = true;
    }

    /// Makes frames of all windows.
    pub fn push_windows(&mut self) {
        let mut pushes = Vec::new();
        for index in 0..self.open.len() {
            if !self.open[index].real {
                pushes.push(index);
            }
        }
        for index in pushes {
            let OpenWindow { window, function, .. } = self.open[index];
            let caller = index.checked_sub(1).map_or(0, |outer| self.open[outer].window as usize);
            let call_pc = self.out.windows[window as usize].call_pc;
            let c = self.word_address(caller, call_pc);
            self.open[index].real = true;
            if self.out.windows[window as usize].is_generator() {
                self.push(Instruction {
                    a: function,
                    immediate: window,
                    ..Instruction::new(Op::PushGenerator)
                });
                continue;
            }
            self.give_count(function);
            let b = self.give_instance(window);
            self.push(Instruction {
                a: function,
                b,
                c,
                immediate: window,
                ..Instruction::new(Op::PushFrame)
            });
        }
        self.changed = true;
    }

    /// The address of a word of a window's register code, if it is known.
    fn word_address(&mut self, window: usize, index: u32) -> Reference {
        let code = self.out.windows.get(window).and_then(|w| self.constant_value(w.code));
        let address = code.zip(host()).and_then(|(code, host)| host.word_address(code, index));
        address.map_or(Reference::NONE, |address| self.out.pointer(address))
    }

    /// The trace's frame, whose slots are dropped, returns a value. Nothing can leave any more: values that die here may
    /// run finalisers, but what those change is looked at by others only.
    pub fn return_from_root(&mut self, value: Reference) {
        self.write_all_suspended();
        self.clean_slot(HANDLED);
        let word = self.as_value(value);
        if word == value || word.is_constant() {
            self.give_count(word);
        } else {
            self.owned.remove(&word);
        }
        let mut owned: Vec<Reference> = std::mem::take(&mut self.owned).into_iter().collect();
        owned.sort_by_cached_key(|value| self.dying_order(*value));
        for value in owned {
            if self.may_be_counted(value) {
                self.push(Instruction { a: value, ..Instruction::new(Op::DecRef) });
            }
        }
        self.push(Instruction { a: word, ..Instruction::new(Op::Return) });
    }

    /// The frame of a window gets the count of its instance, if it has one.
    fn give_instance(&mut self, window: u32) -> Reference {
        let slot = INSTANCE | window;
        let Some(Slot { value, .. }) = self.slots.get(&slot).copied() else { return Reference::NONE };
        let value = self.force(value);
        self.slots.insert(slot, Slot { value, dirty: false, entry: false });
        self.give_count(value);
        value
    }

    /// A window that runs an `__init__` closes: the trace has a count of the instance again.
    pub fn take_instance(&mut self, window: u32) {
        let Some(Slot { value, dirty, .. }) = self.slots.remove(&(INSTANCE | window)) else { return };
        if !dirty && self.may_be_counted(value) && self.owned.insert(value) {
            self.lent.remove(&value);
            self.push(Instruction { a: value, ..Instruction::new(Op::IncRef) });
        }
    }

    /// Writes a dirty slot to memory with a count of its own.
    pub fn clean_slot(&mut self, slot: u32) {
        let Some(Slot { value, dirty: true, .. }) = self.slots.get(&slot).copied() else { return };
        let value = self.force(value);
        let word = self.as_value(value);
        self.slots.insert(slot, Slot { value, dirty: false, entry: false });
        if word == value || word.is_constant() {
            self.give_count(word);
            self.lent.remove(&value);
        } else {
            // A box that was just made: its count moves.
            self.owned.remove(&word);
        }
        self.store_slot(slot, word);
        self.changed = true;
    }

    /// The slot was written behind the trace's back: what is known of it is gone, and so is memory's count of that value.
    pub fn forget_slot(&mut self, slot: u32) {
        self.slots.remove(&slot);
        self.forgotten.insert(slot);
        self.changed = true;
    }

    /// The snapshot of the present state.
    pub fn snapshot(&mut self) -> SnapshotId {
        if !self.changed
            && let Some(last) = self.last_snapshot
        {
            return last;
        }
        let mut taking = Taking::default();
        let mut windows = Vec::new();
        for open in self.open.iter().filter(|w| !w.real) {
            let owned = self.held_function(open).is_some() && self.take(&mut taking, open.function);
            windows.push((open.window, open.function, owned));
        }
        let mut entries = Vec::new();
        for (slot, state) in self.slots.iter().filter(|(k, s)| s.dirty && *k & FIELD == 0) {
            let owned = self.take(&mut taking, state.value);
            entries.push(Entry { slot: *slot, value: state.value, owned });
        }
        let Taking { moved, virtuals } = taking;
        let dying = self.virtuals.dying.iter().copied();
        let is_other = |v: &Reference| !moved.contains(v) && !self.virtuals.dying.contains(v);
        let mut others: Vec<Reference> = self.owned.iter().copied().filter(is_other).collect();
        others.sort_by_cached_key(|value| self.dying_order(*value));
        let drops = dying.chain(others).collect();
        let real = self.open.iter().filter(|w| w.real).map(|w| w.window).collect();
        let snapshot = Snapshot {
            real,
            windows,
            held: self.held(),
            lent: self.lent_generators(),
            pc: self.pc,
            entries,
            virtuals,
            drops,
            in_memory: false,
            decided: self.decided,
        };
        self.out.snapshots.push(snapshot);
        let id = SnapshotId(self.out.snapshots.len() as u32 - 1);
        self.last_snapshot = Some(id);
        self.changed = false;
        id
    }
}
