//! The container of a trace: instructions, constants, call arguments, windows and snapshots.

use super::table::{Op, Role, Type};
use runtime::trace_interface::{Field, Helper, HelperResult};
use runtime::value::{Ref, Value};

/// The number by which a `Link` means its own trace.
pub const ITSELF: u32 = u32::MAX;

/// Set in the number of a slot that is no register: it holds the instance of the window, whose index it is, that runs an
/// `__init__`.
pub const INSTANCE: u32 = 1 << 31;

/// The slot that is no register but the exception that is handled where the trace was entered. `Thread::handled`, unless the trace
/// has made frames of generators.
pub const HANDLED: u32 = 1 << 28;

/// Set in the numbers of slots that are registers of a generator: the window's base, a multiple of `GENERATOR_REGISTERS`, and the
/// register.
pub const GENERATOR: u32 = 1 << 29;
/// Generators with more registers are left to the interpreter.
pub const GENERATOR_REGISTERS: u32 = 1 << 16;

/// For a slot that is a register of a generator: its window's base.
pub fn generator_base(slot: u32) -> Option<u32> {
    (slot >> 29 == 1).then_some(slot & !(GENERATOR_REGISTERS - 1))
}

/// The slot that is no register but the exception that the generator with this base handles.
pub const fn handled_in(base: u32) -> u32 {
    base + GENERATOR_REGISTERS - 1
}

/// Whether a slot is an exception being handled.
pub fn is_handled(slot: u32) -> bool {
    slot == HANDLED || generator_base(slot).is_some_and(|base| slot == handled_in(base))
}

/// The result of an instruction (its index, from 0) or a constant (-1 is the first).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Reference(pub i32);

impl Reference {
    /// No operand.
    pub const NONE: Reference = Reference(i32::MAX);

    pub fn instruction(index: usize) -> Reference {
        Reference(index as i32)
    }
    pub fn constant(index: usize) -> Reference {
        Reference(!(index as i32))
    }
    pub fn is_none(self) -> bool {
        self == Reference::NONE
    }
    pub fn is_constant(self) -> bool {
        self.0 < 0
    }
    /// The index of an instruction.
    pub fn index(self) -> usize {
        self.0 as usize
    }
    /// The index of a constant.
    pub fn constant_index(self) -> usize {
        !self.0 as usize
    }
}

/// A constant. Values are kept alive by the trace.
#[derive(Clone, Debug)]
pub enum Constant {
    Int(i64),
    /// By its bits, so that NaN equals itself and 0.0 is not -0.0.
    Float(u64),
    Bool(bool),
    Value(Ref),
    Pointer(usize),
}

impl Constant {
    pub fn ty(&self) -> Type {
        match self {
            Constant::Int(_) => Type::Int,
            Constant::Float(_) => Type::Float,
            Constant::Bool(_) => Type::Bool,
            Constant::Value(_) => Type::Value,
            Constant::Pointer(_) => Type::Pointer,
        }
    }
    /// The 64 bits that machine code sees.
    pub fn bits(&self) -> u64 {
        match self {
            Constant::Int(i) => *i as u64,
            Constant::Float(bits) => *bits,
            Constant::Bool(b) => *b as u64,
            Constant::Value(v) => v.value().bits(),
            Constant::Pointer(p) => *p as u64,
        }
    }
}

impl PartialEq for Constant {
    fn eq(&self, other: &Constant) -> bool {
        self.ty() == other.ty() && self.bits() == other.bits()
    }
}

/// The snapshot that a guard or call leaves through.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SnapshotId(pub u32);

impl SnapshotId {
    pub const NONE: SnapshotId = SnapshotId(u32::MAX);

    pub fn is_none(self) -> bool {
        self == SnapshotId::NONE
    }
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One instruction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Instruction {
    pub op: Op,
    pub ty: Type,
    pub a: Reference,
    pub b: Reference,
    pub c: Reference,
    pub immediate: u32,
    pub snapshot: SnapshotId,
}

const _: () = assert!(size_of::<Instruction>() == 24, "traces are walked often; keep them dense");

impl Instruction {
    pub fn new(op: Op) -> Instruction {
        Instruction {
            op,
            ty: op.row().result,
            a: Reference::NONE,
            b: Reference::NONE,
            c: Reference::NONE,
            immediate: 0,
            snapshot: SnapshotId::NONE,
        }
    }
    /// The field that a load or store means.
    pub fn field(&self) -> Field {
        Field::from_number(self.immediate)
    }
    /// The helper that a call means.
    pub fn helper(&self) -> Helper {
        Helper::from_number(self.immediate)
    }
    /// The operands that are references; those of a call and of `Rejoin` are in the argument list.
    pub fn operands(&self) -> impl Iterator<Item = Reference> {
        let fields = if self.op.has_list() { [Reference::NONE; 3] } else { [self.a, self.b, self.c] };
        fields.into_iter().filter(|r| !r.is_none())
    }
}

/// The window of an inlined call, as an exit makes a frame of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Window {
    /// A constant: the code object.
    pub code: Reference,
    /// Its first slot.
    pub base: u32,
    /// Its number of registers.
    pub size: u32,
    /// Its number of local slots.
    pub locals: u32,
    /// The calling window's register, relative to that window's base, that gets the result.
    pub return_register: u32,
    /// Where the calling window's call instruction is: a word index.
    pub call_pc: u32,
}

impl Window {
    /// Whether it is the frame of a generator, whose registers lie in the generator.
    pub fn is_generator(&self) -> bool {
        generator_base(self.base).is_some()
    }
}

/// A generator that the trace has hold of: what an exit needs to know to write its registers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Held {
    /// The window's base.
    pub base: u32,
    /// The generator, which something else keeps alive.
    pub generator: Reference,
    /// For one that the trace has suspended: the address of the instruction (a constant) and the packed `Suspension`. None
    /// if its window is open and a real frame.
    pub suspended: Option<(Reference, i64)>,
    /// Index of the window.
    pub window: u32,
}

/// A slot that an exit writes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Entry {
    pub slot: u32,
    pub value: Reference,
    /// The trace's count moves to the slot; else the exit takes a new one.
    pub owned: bool,
}

/// What kind of object a virtual one is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum VirtualKind {
    /// An instance of the class, a constant, whose layout is `object`'s; its shape, a constant address, if it has one.
    /// Fields are words by their byte offset.
    Instance { class: Reference, shape: Reference },
    /// Fields are items by their index.
    Tuple,
    /// As for tuples.
    List,
    /// Fields are start, stop and step, in this order.
    Slice,
    /// An iterator over a range of small ints. Fields are its next item, the number of items left and the step, as raw ints.
    RangeIterator,
    /// A traceback whose entries, innermost first, are this one of the trace's `tracebacks`. Fields are what frames that
    /// have ended hold, by `TracebackEntry`. An exception alone holds it.
    Traceback { plan: u32 },
}

/// An entry of a traceback that the trace has not made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TracebackEntry {
    /// The open window whose frame it is; `None` for one that has ended.
    pub window: Option<u32>,
    /// `tb_lasti`.
    pub lasti: i64,
    /// For a frame that has ended: the address of its last instruction.
    pub pc: usize,
    /// For such a frame: its number of locals.
    pub locals: u32,
}

impl TracebackEntry {
    /// Places that the fields of an entry have in the virtual object: its locals, and the function last.
    pub const PLACES: u32 = 1024;
    pub const FUNCTION: u32 = Self::PLACES - 1;

    /// Where the fields of the entry with this number begin.
    pub fn first_place(number: usize) -> u32 {
        number as u32 * Self::PLACES
    }

    /// The words of which the runtime makes a traceback (`trace_interface::tracebacks` says what they mean). `frames`: the
    /// windows whose frames are in memory by then, the innermost last.
    pub fn words(entries: &[TracebackEntry], frames: &[u32]) -> Vec<TracebackWord> {
        let mut words = Vec::new();
        for (number, entry) in entries.iter().enumerate() {
            let behind = |window| frames.iter().position(|frame| *frame == window).map_or(0, |at| at + 1);
            let depth = entry.window.map_or(-1, |window| (frames.len() - behind(window)) as i64);
            let first = Self::first_place(number);
            words.extend([depth, entry.lasti, entry.pc as i64].map(TracebackWord::Number));
            words.push(TracebackWord::Field(first + Self::FUNCTION));
            words.push(TracebackWord::Number(entry.locals.into()));
            words.extend((first..first + entry.locals).map(TracebackWord::Field));
        }
        words
    }
}

/// A word that describes a traceback.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum TracebackWord {
    Number(i64),
    /// What the virtual object has in this place, or NULL.
    Field(u32),
}

/// An object that a trace has not made, as an exit makes it.
#[derive(Clone, PartialEq, Debug)]
pub struct Virtual {
    /// Its `Op::Virtual`.
    pub value: Reference,
    pub kind: VirtualKind,
    /// Place, value, and whether the trace's count of the value moves there.
    pub fields: Vec<(u32, Reference, bool)>,
}

/// How to leave at some instruction boundary.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Snapshot {
    /// Inlined windows that are open and real frames already, outermost first; they lie below the others.
    pub real: Vec<u32>,
    /// Inlined windows that are open and not real frames yet, outermost first: index into `Trace::windows`, function, and
    /// whether the trace owns a count of the function.
    pub windows: Vec<(u32, Reference, bool)>,
    /// Generators that are suspended but whose registers and state aren't in memory, and those of open real windows.
    pub held: Vec<Held>,
    /// Slots whose memory has one of the generators above, so that sides know it by one name.
    pub lent: Vec<(u32, Reference)>,
    /// The instruction of the innermost window to go on at: a word index.
    pub pc: u32,
    /// Slots whose memory is not up to date.
    pub entries: Vec<Entry>,
    /// Objects that exits make: those that others hold come before them.
    pub virtuals: Vec<Virtual>,
    /// Counts that the trace owns and no slot takes over: dropped after the frames are rebuilt.
    pub drops: Vec<Reference>,
    /// Memory says it all, the pc too: `Step` ended up elsewhere.
    pub in_memory: bool,
    /// Behind an instruction that the guard's failure has decided: it is right only if the guard does fail.
    pub decided: bool,
}

/// Which recorded instruction an optimised one stems from. By this a guard is found again when its tree is compiled anew.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Origin {
    /// The recorded trace of the tree; 0 is the root.
    pub node: u32,
    /// Index of the recorded instruction.
    pub index: u32,
    /// Of the root: emitted as a part of the loop, not of the preamble.
    pub looped: bool,
}

impl Origin {
    /// The start of the root.
    pub const START: Origin = Origin { node: 0, index: 0, looped: false };
}

/// A trace, recorded or optimised.
#[derive(Clone, Default, Debug)]
pub struct Trace {
    pub instructions: Vec<Instruction>,
    pub constants: Vec<Constant>,
    /// Arguments of calls.
    pub arguments: Vec<Reference>,
    /// The root window first.
    pub windows: Vec<Window>,
    pub snapshots: Vec<Snapshot>,
    /// For optimised traces: where each instruction comes from. Empty if nobody knows.
    pub origins: Vec<Origin>,
    /// Objects whose addresses are among the constants.
    pub kept: Vec<Ref>,
    /// What virtual tracebacks describe.
    pub tracebacks: Vec<Vec<TracebackEntry>>,
}

impl Trace {
    /// Visits each reference that the trace holds.
    pub fn traverse(&self, visit: &mut dyn FnMut(Value)) {
        for constant in &self.constants {
            if let Constant::Value(value) = constant {
                visit(**value);
            }
        }
        self.kept.iter().for_each(|value| visit(**value));
    }
    /// Whether the trace's own frame is a generator's, which is window 1; then window 0 has no registers.
    pub fn is_in_generator(&self) -> bool {
        self.windows.first().is_some_and(|w| w.size == 0)
    }
    /// Appends an instruction.
    pub fn push(&mut self, instruction: Instruction) -> Reference {
        self.instructions.push(instruction);
        Reference::instruction(self.instructions.len() - 1)
    }
    /// The reference of a constant, which is added if it is new.
    pub fn constant(&mut self, constant: Constant) -> Reference {
        match self.constants.iter().rposition(|c| *c == constant) {
            Some(index) => Reference::constant(index),
            None => {
                self.constants.push(constant);
                Reference::constant(self.constants.len() - 1)
            }
        }
    }
    pub fn int(&mut self, i: i64) -> Reference {
        self.constant(Constant::Int(i))
    }
    pub fn float(&mut self, f: f64) -> Reference {
        self.constant(Constant::Float(f.to_bits()))
    }
    pub fn bool(&mut self, b: bool) -> Reference {
        self.constant(Constant::Bool(b))
    }
    pub fn value(&mut self, v: Value) -> Reference {
        self.constant(Constant::Value(v.to_ref()))
    }
    pub fn pointer<T>(&mut self, p: *const T) -> Reference {
        self.constant(Constant::Pointer(p as usize))
    }
    /// The constant behind a reference.
    pub fn as_constant(&self, reference: Reference) -> Option<&Constant> {
        if reference.is_constant() { self.constants.get(reference.constant_index()) } else { None }
    }
    /// The type of what a reference means.
    pub fn type_of(&self, reference: Reference) -> Type {
        match self.as_constant(reference) {
            Some(constant) => constant.ty(),
            None => self.instructions[reference.index()].ty,
        }
    }
    /// Whether a reference is what a helper gave.
    pub fn is_call(&self, reference: Reference) -> bool {
        !reference.is_constant()
            && !reference.is_none()
            && self.instructions[reference.index()].op == Op::Call
    }
    /// The values that an exit through the snapshot must save, each once, in the order of their words in the exit buffer:
    /// oldest first.
    pub fn live(&self, snapshot: SnapshotId) -> Vec<Reference> {
        let mut live = self.named(snapshot);
        live.sort_unstable_by_key(|r| r.index());
        live
    }
    /// The same values in the order in which the snapshot names them.
    pub fn named(&self, snapshot: SnapshotId) -> Vec<Reference> {
        let Some(snapshot) = self.snapshots.get(snapshot.index()) else { return Vec::new() };
        let mut live: Vec<Reference> = Vec::new();
        let functions = snapshot.windows.iter().map(|w| w.1);
        let entries = snapshot.entries.iter().map(|e| e.value);
        let fields = snapshot.virtuals.iter().flat_map(|v| v.fields.iter().map(|f| f.1));
        let held = snapshot.held.iter().map(|h| h.generator);
        for reference in
            functions.chain(held).chain(entries).chain(fields).chain(snapshot.drops.iter().copied())
        {
            let is_made = !reference.is_constant() && self.instructions[reference.index()].op != Op::Virtual;
            if is_made && !live.contains(&reference) {
                live.push(reference);
            }
        }
        live
    }
    /// The arguments of a call, or what `Rejoin` gives to phis.
    pub fn arguments_of(&self, call: &Instruction) -> &[Reference] {
        let first = call.a.0 as usize;
        &self.arguments[first..first + call.b.0 as usize]
    }
}

/// The type of a helper's result.
pub fn result_type(helper: Helper) -> Type {
    match helper.row().result {
        HelperResult::None => Type::None,
        HelperResult::Int => Type::Int,
        HelperResult::Float => Type::Float,
        HelperResult::Bool => Type::Bool,
        HelperResult::Value | HelperResult::Borrowed | HelperResult::Given => Type::Value,
        HelperResult::Pointer => Type::Pointer,
    }
}

/// Whether a role is an operand reference.
pub fn is_operand(role: Role) -> bool {
    matches!(role, Role::Use(_) | Role::Maybe(_) | Role::Any)
}
