//! The simulated stack: what CPython's stack would hold, much of it not loaded yet.
//!
//! An entry that isn't `Slot` is pending. Pending entries are copied into their registers before anything changes what
//! they stand for, before jumps and labels, and wherever an exception handler keeps them.

use super::emit::{Draft, Emitter, Operand, OperandKind};
use super::{LowerErrorKind, bytecode::UNREACHED};
use crate::register::code::{Pending, Source};
use crate::register::table::Operation;
use crate::register::word::{Field, Word, flags};

/// What a stack slot holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// Its register has the value.
    Slot,
    /// The value of a local, to be copied.
    Local(u32),
    /// A constant of the pool.
    Constant(u32),
    /// NULL.
    Null,
    /// A copy of a lower or higher slot, which is `Slot`, to be made.
    Alias(u32),
}

/// The result of the instruction that was emitted last, if a store may still redirect it.
#[derive(Clone, Copy, Debug)]
struct Fresh {
    pc: usize,
    slot: u32,
    field: Field,
    /// A second result below it, in field c.
    below: bool,
}

/// The simulated stack and the emitter that its loads go to.
pub struct Stack {
    /// Receives the instructions.
    pub emitter: Emitter,
    entries: Vec<Entry>,
    aliases: usize,
    fresh: Option<Fresh>,
    touched: bool,
    /// The least depth since the last `take_lowest`.
    lowest: u32,
    nlocalsplus: u32,
    stacksize: u32,
}

type Result<T> = std::result::Result<T, LowerErrorKind>;

impl Stack {
    /// An empty stack.
    pub fn new(emitter: Emitter, nlocalsplus: u32, stacksize: u32) -> Stack {
        Stack {
            emitter,
            entries: Vec::new(),
            aliases: 0,
            fresh: None,
            touched: false,
            lowest: 0,
            nlocalsplus,
            stacksize,
        }
    }

    /// Entries on the stack.
    pub fn depth(&self) -> u32 {
        self.entries.len() as u32
    }

    /// The register of the slot at a depth.
    pub fn register(&self, depth: u32) -> u32 {
        self.nlocalsplus + depth
    }

    /// The register of the slot that the next push fills.
    pub fn next_register(&self) -> u32 {
        self.register(self.depth())
    }

    /// The entry `distance` below the top; 1 is the top.
    pub fn index_from_top(&self, distance: u32) -> Result<u32> {
        if distance == 0 {
            return Err(LowerErrorKind::BadArgument);
        }
        self.depth().checked_sub(distance).ok_or(LowerErrorKind::StackUnderflow)
    }

    /// The entry at a depth.
    pub fn entry(&self, depth: u32) -> Entry {
        self.entries[depth as usize]
    }

    /// Starts over with every slot of a stack of this depth in its register.
    pub fn reset(&mut self, depth: u32) {
        debug_assert_ne!(depth, UNREACHED);
        self.entries.clear();
        self.entries.resize(depth as usize, Entry::Slot);
        self.aliases = 0;
        self.fresh = None;
    }

    /// Forgets that the last result may be redirected: something may jump to here.
    pub fn seal(&mut self) {
        self.fresh = None;
    }

    /// Emits an instruction.
    pub fn emit(&mut self, draft: &Draft) -> usize {
        self.fresh = None;
        self.touched = true;
        self.emitter.emit(draft)
    }

    /// Emits a jump to the bytecode instruction with this index.
    pub fn emit_jump(&mut self, draft: &Draft, target: usize) -> usize {
        self.fresh = None;
        self.touched = true;
        self.emitter.emit_jump(draft, target)
    }

    /// True if an instruction was emitted or changed since the last call.
    pub fn take_touched(&mut self) -> bool {
        std::mem::take(&mut self.touched)
    }

    /// The least depth since the last call.
    pub fn take_lowest(&mut self) -> u32 {
        let depth = self.depth();
        std::mem::replace(&mut self.lowest, depth)
    }

    /// Pushes an entry.
    pub fn push(&mut self, entry: Entry) -> Result<()> {
        if self.depth() >= self.stacksize {
            return Err(LowerErrorKind::StackOverflow);
        }
        if matches!(entry, Entry::Alias(_)) {
            self.aliases += 1;
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Emits an instruction whose result a is pushed.
    pub fn define(&mut self, draft: Draft) -> Result<usize> {
        let slot = self.depth();
        let pc = self.emit(&draft.a(self.next_register()));
        self.push(Entry::Slot)?;
        self.fresh = Some(Fresh { pc, slot, field: Field::A, below: false });
        Ok(pc)
    }

    /// Emits a jump whose result a is pushed where it doesn't jump.
    pub fn define_jumping(&mut self, draft: Draft, target: usize) -> Result<usize> {
        let slot = self.depth();
        let pc = self.emit_jump(&draft.a(self.next_register()), target);
        self.push(Entry::Slot)?;
        self.fresh = Some(Fresh { pc, slot, field: Field::A, below: false });
        Ok(pc)
    }

    /// Emits an instruction that fills `count` slots from a up.
    pub fn define_window(&mut self, draft: Draft, count: u32) -> Result<usize> {
        let pc = self.emit(&draft.a(self.next_register()));
        for _ in 0..count {
            self.push(Entry::Slot)?;
        }
        Ok(pc)
    }

    /// Emits an instruction whose result a is pushed last, on top of its result c.
    pub fn define_pair(&mut self, draft: Draft) -> Result<usize> {
        let slot = self.depth() + 1;
        let pc = self.emit(&draft.a(self.register(slot)).c(self.next_register()));
        self.push(Entry::Slot)?;
        self.push(Entry::Slot)?;
        self.fresh = Some(Fresh { pc, slot, field: Field::A, below: true });
        Ok(pc)
    }

    /// Pops operands; the deepest comes first.
    pub fn operands<const N: usize>(&mut self) -> Result<[Operand; N]> {
        let first = self.depth().checked_sub(N as u32).ok_or(LowerErrorKind::StackUnderflow)?;
        let mut operands = [Operand { index: 0, kind: OperandKind::Borrowed }; N];
        self.unalias(first);
        for (operand, depth) in operands.iter_mut().zip(first..) {
            *operand = self.operand_at(depth)?;
        }
        self.truncate(first);
        Ok(operands)
    }

    fn operand_at(&mut self, depth: u32) -> Result<Operand> {
        if matches!(self.entry(depth), Entry::Constant(index) if index > 0xFFFF) {
            self.load(depth);
        }
        Ok(match self.entry(depth) {
            Entry::Slot => Operand { index: self.register(depth), kind: OperandKind::Dying },
            Entry::Local(local) => Operand { index: local, kind: OperandKind::Borrowed },
            Entry::Alias(slot) => Operand { index: self.register(slot), kind: OperandKind::Borrowed },
            Entry::Constant(index) => Operand { index, kind: OperandKind::Constant },
            Entry::Null => return Err(LowerErrorKind::NullOperand),
        })
    }

    /// The register that has the value of the entry at `depth`, which stays.
    pub fn peek(&mut self, depth: u32) -> Result<u32> {
        Ok(match self.entry(depth) {
            Entry::Slot => self.register(depth),
            Entry::Local(local) => local,
            Entry::Alias(slot) => self.register(slot),
            Entry::Null => return Err(LowerErrorKind::NullOperand),
            Entry::Constant(_) => {
                self.load(depth);
                self.register(depth)
            }
        })
    }

    /// Pops `count` entries after bringing them into their registers, and returns the first register.
    pub fn window(&mut self, count: u32) -> Result<u32> {
        let first = self.load_window(count)?;
        self.truncate(first);
        Ok(self.register(first))
    }

    /// Brings the top `count` entries into their registers, and returns the depth of the first.
    pub fn load_window(&mut self, count: u32) -> Result<u32> {
        let first = self.depth().checked_sub(count).ok_or(LowerErrorKind::StackUnderflow)?;
        self.unalias(first);
        self.load_range(first, self.depth());
        Ok(first)
    }

    /// Removes and returns the top entry; the caller sees to its register.
    pub fn pop(&mut self) -> Result<Entry> {
        let top = self.index_from_top(1)?;
        self.unalias(top);
        let entry = self.entry(top);
        self.truncate(top);
        Ok(entry)
    }

    fn truncate(&mut self, depth: u32) {
        let dropped = &self.entries[depth as usize..];
        self.aliases -= dropped.iter().filter(|entry| matches!(entry, Entry::Alias(_))).count();
        self.entries.truncate(depth as usize);
        self.lowest = self.lowest.min(depth);
    }

    /// Makes the copies of slots from `first` up, which are about to go.
    fn unalias(&mut self, first: u32) {
        if self.aliases == 0 {
            return;
        }
        for depth in 0..self.depth() {
            if matches!(self.entry(depth), Entry::Alias(slot) if slot >= first) {
                self.load(depth);
            }
        }
    }

    /// Brings every entry into its register.
    pub fn load_all(&mut self) {
        self.load_range(0, self.depth());
    }

    /// Brings the entries from `first` to before `end` into their registers.
    pub fn load_range(&mut self, first: u32, end: u32) {
        let end = end.min(self.depth());
        let mut depth = first;
        while depth < end {
            if depth + 1 < end && self.load_two(depth) {
                depth += 2;
                continue;
            }
            self.load(depth);
            depth += 1;
        }
    }

    /// Loads two neighbours with one instruction, if there is one for them.
    fn load_two(&mut self, depth: u32) -> bool {
        let operand = |entry: Entry| match entry {
            Entry::Local(local) => Some(Operand { index: local, kind: OperandKind::Borrowed }),
            Entry::Constant(index) if index <= 0xFFFF => Some(Operand { index, kind: OperandKind::Constant }),
            _ => None,
        };
        let (first, second) = (self.entry(depth), self.entry(depth + 1));
        let Some(b) = operand(first) else { return false };
        let draft = match (second, operand(second)) {
            (Entry::Null, _) => Draft::new(Operation::CopyCallable),
            (_, Some(c)) => Draft::new(Operation::Copy2).operand(Field::C, c),
            _ => return false,
        };
        self.emit(&draft.a(self.register(depth)).operand(Field::B, b));
        self.entries[depth as usize] = Entry::Slot;
        self.entries[depth as usize + 1] = Entry::Slot;
        true
    }

    /// Brings the entry at `depth` into its register.
    pub fn load(&mut self, depth: u32) {
        let entry = self.entry(depth);
        if entry == Entry::Slot {
            return;
        }
        if matches!(entry, Entry::Alias(_)) {
            self.aliases -= 1;
        }
        self.store_entry(entry, self.register(depth));
        self.entries[depth as usize] = Entry::Slot;
    }

    /// Emits the copy of a pending entry to a register.
    fn store_entry(&mut self, entry: Entry, register: u32) {
        let draft = match entry {
            Entry::Slot => return,
            Entry::Local(local) => Draft::new(Operation::Copy).b(local),
            Entry::Alias(slot) => Draft::new(Operation::Copy).b(self.register(slot)),
            Entry::Constant(index) => Draft::new(Operation::LoadConst).b(index & 0xFFFF).c(index >> 16),
            Entry::Null => Draft::new(Operation::LoadNull),
        };
        self.emit(&draft.a(register));
    }

    /// Copies the entries that stand for a local which is about to change.
    pub fn protect(&mut self, local: u32) {
        for depth in 0..self.depth() {
            if self.entry(depth) == Entry::Local(local) {
                self.load(depth);
            }
        }
    }

    /// Pops the top into a local, if possible by redirecting the instruction that made it.
    pub fn store_local(&mut self, local: u32) -> Result<()> {
        let fresh = self.fresh;
        let top = self.index_from_top(1)?;
        let entry = self.pop()?;
        let is_pending = self.entries.contains(&Entry::Local(local));
        let untouched = self.fresh.is_some() && !is_pending && entry == Entry::Slot;
        if let Some(fresh) = fresh.filter(|fresh| untouched && fresh.slot == top)
            && self.emitter.redirect(fresh.pc, fresh.field, local)
        {
            self.touched = true;
            self.fresh = fresh.below.then(|| Fresh { slot: top - 1, field: Field::C, below: false, ..fresh });
            return Ok(());
        }
        self.protect(local);
        match entry {
            Entry::Slot => {
                self.emit(&Draft::new(Operation::Move).a(local).b(self.register(top)));
            }
            Entry::Local(same) if same == local => {}
            _ => self.store_entry(entry, local),
        }
        Ok(())
    }

    /// Pops the top and drops it, if possible by telling the call that made it.
    pub fn drop_top(&mut self) -> Result<()> {
        let fresh = self.fresh;
        let top = self.index_from_top(1)?;
        if self.pop()? != Entry::Slot {
            return Ok(());
        }
        if let Some(fresh) = fresh.filter(|fresh| self.fresh.is_some() && fresh.slot == top)
            && self.is_discardable(fresh.pc)
        {
            self.emitter.add_flags(fresh.pc, flags::DISCARD);
            self.touched = true;
            self.fresh = None;
            return Ok(());
        }
        self.emit(&Draft::new(Operation::Drop).b(self.register(top)));
        Ok(())
    }

    fn is_discardable(&self, pc: usize) -> bool {
        Word(self.emitter.words[pc]).operation().is_some_and(Operation::is_call)
    }

    /// Pushes a copy of the entry at `depth`.
    pub fn copy(&mut self, depth: u32) -> Result<()> {
        let entry = match self.entry(depth) {
            Entry::Slot => Entry::Alias(depth),
            pending => pending,
        };
        self.push(entry)
    }

    /// Exchanges the top with the entry at `depth`.
    pub fn swap(&mut self, depth: u32) -> Result<()> {
        let top = self.index_from_top(1)?;
        if depth == top {
            return Ok(());
        }
        self.unalias_slot(depth);
        self.unalias_slot(top);
        let (low, high) = (self.entry(depth), self.entry(top));
        let (low_register, high_register) = (self.register(depth), self.register(top));
        match (low, high) {
            (Entry::Slot, Entry::Slot) => {
                self.emit(&Draft::new(Operation::Swap).a(low_register).b(high_register));
            }
            (Entry::Slot, _) => {
                self.emit(&Draft::new(Operation::Move).a(high_register).b(low_register));
            }
            (_, Entry::Slot) => {
                self.emit(&Draft::new(Operation::Move).a(low_register).b(high_register));
            }
            _ => {}
        }
        self.entries[depth as usize] = high;
        self.entries[top as usize] = low;
        Ok(())
    }

    /// Makes the copies of one slot.
    fn unalias_slot(&mut self, slot: u32) {
        if self.aliases == 0 || self.entry(slot) != Entry::Slot {
            return;
        }
        for depth in 0..self.depth() {
            if self.entry(depth) == Entry::Alias(slot) {
                self.load(depth);
            }
        }
    }

    /// The entries that aren't in their registers.
    pub fn pending(&self) -> impl Iterator<Item = Pending> {
        let entries = self.entries.iter().zip(self.nlocalsplus..);
        entries.filter_map(|(&entry, register)| {
            let source = match entry {
                Entry::Slot => return None,
                Entry::Local(local) => Source::Register(local),
                Entry::Alias(slot) => Source::Register(self.register(slot)),
                Entry::Constant(index) => Source::Constant(index),
                Entry::Null => Source::Null,
            };
            Some(Pending { register, source })
        })
    }
}
