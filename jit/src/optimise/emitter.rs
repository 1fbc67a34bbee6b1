//! The emitter: takes recorded instructions one by one and appends optimised ones.
//!
//! `run` goes through the recorded trace once from the emitter's present state; `loops` runs it twice.

use super::facts::{Fact, Known, Range};
use super::fold::Folded;
use super::generators::Suspended;
use super::memory::{Class, Memory, Written};
use super::slots::{OpenWindow, Slot, Slots};
use super::tree::{Fork, Tree};
use super::virtuals::Virtuals;
use super::{Failure, Passes};
use crate::ir::trace::{INSTANCE, ITSELF, Origin};
use crate::ir::verify::{can_raise, helper_type};
use crate::ir::{Constant, Instruction, Kind, Op, Reference, SnapshotId, Trace, Type};
use ::ir::code::co_flags;
use runtime::objects::code::Code;
use runtime::objects::list::iterator::LIST_ITERATOR;
use runtime::objects::method::METHOD;
use runtime::trace_interface::{Element, Field, Helper, HelperResult, Width, effect};
use runtime::types::registry::{CELL, FUNCTION, TUPLE};
use runtime::types::{Type as ObjectType, registry};
use runtime::value::Value;
use std::collections::{BTreeSet, HashMap};

/// What makes two pure instructions the same.
pub type Key = (Op, Reference, Reference, u32);

/// The state of emission.
#[derive(Clone)]
pub struct Emitter<'r> {
    pub tree: &'r Tree<'r>,
    pub recorded: &'r Trace,
    pub passes: Passes,
    pub out: Trace,
    /// The recorded instruction that is being emitted.
    pub origin: Origin,
    /// Guards passed that have sides, with the state in front of them.
    pub forks: Vec<Fork<'r>>,
    /// What recorded instructions became.
    pub map: Vec<Reference>,
    /// The windows of the recorded trace in `out`.
    pub windows: Vec<u32>,
    /// Pairs of words that are not the same.
    pub differ: Vec<(Reference, Reference)>,
    /// Facts about the results of `out`'s instructions.
    pub facts: Vec<Fact>,
    /// Facts about constants that were learned, by reference, are never needed: a constant says it all.
    expressions: HashMap<Key, Reference>,
    pub memory: Memory,
    pub slots: Slots,
    /// Slots that a `Step` wrote.
    pub forgotten: BTreeSet<u32>,
    pub owned: BTreeSet<Reference>,
    pub lent: BTreeSet<Reference>,
    /// What slots gave up since the last instruction boundary, the oldest first.
    pub left: Vec<Reference>,
    pub virtuals: Virtuals,
    /// Slots whose iterators nothing else held as the trace was recorded.
    pub sole: BTreeSet<u32>,
    /// Dead iterators over ranges, which the trace owns: the next one that is made takes the place of one.
    pub spares: Vec<Reference>,
    /// Those of them that nothing else can have hold of.
    pub adopted: BTreeSet<Reference>,
    pub open: Vec<OpenWindow>,
    pub suspended: Vec<Suspended>,
    pub pc: u32,
    /// What the present instruction comes to is for its guard to say (`Op::Behind`).
    pub decided: bool,
    pub changed: bool,
    /// Guards that have sides, and the snapshots that they would leave through.
    pub asked: Vec<(usize, SnapshotId)>,
    pub last_snapshot: Option<SnapshotId>,
    /// What the tree writes, if it calls itself without making frames.
    pub written_by_itself: Option<Written>,
    /// Frames that there is known to be room for, above those that are real at the start.
    room: u32,
}

impl<'r> Emitter<'r> {
    pub fn new(tree: &'r Tree<'r>, passes: Passes) -> Emitter<'r> {
        let recorded = tree.nodes[0].recorded;
        let out =
            Trace { windows: recorded.windows.clone(), kept: recorded.kept.clone(), ..Trace::default() };
        let mut emitter = Emitter {
            tree,
            recorded,
            passes,
            out,
            origin: Origin::START,
            forks: Vec::new(),
            windows: (0..recorded.windows.len() as u32).collect(),
            differ: Vec::new(),
            map: vec![Reference::NONE; recorded.instructions.len()],
            facts: Vec::new(),
            expressions: HashMap::new(),
            memory: Memory::default(),
            slots: Slots::new(),
            forgotten: BTreeSet::new(),
            owned: BTreeSet::new(),
            lent: BTreeSet::new(),
            left: Vec::new(),
            virtuals: Virtuals::default(),
            sole: BTreeSet::new(),
            spares: Vec::new(),
            adopted: BTreeSet::new(),
            open: Vec::new(),
            suspended: Vec::new(),
            pc: 0,
            decided: false,
            changed: true,
            asked: Vec::new(),
            last_snapshot: None,
            written_by_itself: super::recursion::written_by_itself(tree),
            room: 0,
        };
        for window in 0..emitter.out.windows.len() {
            let code = emitter.out.windows[window].code;
            emitter.out.windows[window].code = emitter.constant_from(code);
        }
        emitter
    }

    /// Goes through the recorded trace, but for a final `Repeat`.
    pub fn run(&mut self) -> Result<(), Failure> {
        self.run_from(0)
    }

    pub fn run_from(&mut self, start: usize) -> Result<(), Failure> {
        for index in start..self.recorded.instructions.len() {
            let instruction = self.recorded.instructions[index];
            if instruction.op == Op::Repeat {
                break;
            }
            self.origin.index = index as u32;
            self.map[index] = self.instruction(instruction)?;
        }
        Ok(())
    }

    pub fn finish(self) -> Trace {
        self.out
    }

    /// Appends an instruction as it is.
    pub fn push(&mut self, instruction: Instruction) -> Reference {
        let fact = self.first_fact(&instruction);
        self.facts.push(fact);
        self.out.origins.push(self.origin);
        self.out.push(instruction)
    }

    /// What an instruction's row alone says of its result.
    fn first_fact(&self, i: &Instruction) -> Fact {
        let range = match i.op {
            Op::UnboxInt | Op::MulChecked | Op::FloatToInt => Range::SMALL,
            Op::IntOfBool => Range { min: 0, max: 1 },
            Op::LoadNumber => match i.field().element().and_then(Element::bounds) {
                Some((min, max)) => Range { min, max },
                None => Range::ANY,
            },
            Op::LoadField => match i.field() {
                Field::ListLength
                | Field::TupleLength
                | Field::StrLength
                | Field::BytesLength
                | Field::ByteArrayLength
                | Field::ArraySize
                | Field::DictLength
                | Field::DictPlaces
                | Field::DictIteratorPlace
                | Field::DictIteratorLeft
                | Field::StrIteratorNext
                | Field::ListReverseIteratorLeft
                | Field::ListIteratorIndex
                | Field::TupleIteratorIndex
                | Field::NumberIteratorNext => Range::LENGTH,
                Field::EnumerateIndex => Range::SMALL,
                f if f.width() == Width::Uint32 => Range { min: 0, max: u32::MAX as i64 },
                f if f.width() == Width::Byte => Range { min: 0, max: 255 },
                _ => Range::ANY,
            },
            _ => Range::ANY,
        };
        let known = match i.op {
            Op::BoxInt => Known::Int,
            Op::BoxFloat => Known::Float,
            Op::BoxBool => Known::Bool,
            Op::LoadItem if i.field() == Field::SingleStr => Known::Object(&raw const registry::STR),
            _ => Known::Nothing,
        };
        Fact { range, known, ..Fact::NONE }
    }

    // References.

    /// A constant of the recorded trace in `out`.
    pub fn constant_from(&mut self, reference: Reference) -> Reference {
        match self.recorded.as_constant(reference) {
            Some(constant) => self.out.constant(constant.clone()),
            None => reference,
        }
    }
    /// What a recorded operand became.
    pub fn operand(&mut self, reference: Reference) -> Reference {
        if reference.is_none() {
            return reference;
        }
        if reference.is_constant() {
            return self.constant_from(reference);
        }
        self.map[reference.index()]
    }
    /// The same, replaced by the constant that it is known to equal.
    pub fn resolved(&mut self, reference: Reference) -> Reference {
        let operand = self.operand(reference);
        if operand.is_none() || operand.is_constant() {
            return operand;
        }
        let constant = self.facts[operand.index()].constant;
        if constant.is_none() { operand } else { constant }
    }
    pub fn fact(&self, reference: Reference) -> Fact {
        match self.out.as_constant(reference) {
            None if reference.is_none() => Fact::NONE,
            None => self.facts[reference.index()],
            Some(Constant::Int(i)) => Fact { range: Range { min: *i, max: *i }, ..Fact::NONE },
            Some(Constant::Bool(b)) => Fact { truth: Some(*b), ..Fact::NONE },
            Some(Constant::Value(v)) => {
                Fact { known: Known::of(v.value()), bound: !v.value().is_null(), ..Fact::NONE }
            }
            Some(_) => Fact::NONE,
        }
    }
    pub fn learn(&mut self, reference: Reference, change: impl FnOnce(&mut Fact)) {
        if !reference.is_constant() && !reference.is_none() {
            change(&mut self.facts[reference.index()]);
        }
    }
    pub fn constant_int(&self, reference: Reference) -> Option<i64> {
        match self.out.as_constant(reference) {
            Some(Constant::Int(i)) => Some(*i),
            _ => None,
        }
    }
    pub fn constant_float(&self, reference: Reference) -> Option<f64> {
        match self.out.as_constant(reference) {
            Some(Constant::Float(bits)) => Some(f64::from_bits(*bits)),
            _ => None,
        }
    }

    // Emission with folding.

    /// Emits an instruction of a pure kind or a guard, through folding and common subexpressions.
    pub fn emit(&mut self, op: Op, operands: &[Reference]) -> Result<Reference, Failure> {
        let mut i = Instruction::new(op);
        for (place, operand) in [&mut i.a, &mut i.b, &mut i.c].into_iter().zip(operands) {
            *place = *operand;
        }
        self.emit_instruction(i)
    }

    fn emit_instruction(&mut self, mut i: Instruction) -> Result<Reference, Failure> {
        if i.op.is_commutative() && i.a.is_constant() && !i.b.is_constant() {
            std::mem::swap(&mut i.a, &mut i.b);
        }
        if self.passes.fold {
            match self.fold(&i)? {
                Folded::Reference(reference) => return Ok(reference),
                Folded::Gone => return Ok(Reference::NONE),
                Folded::Instruction(other) => return self.emit_instruction(other),
                Folded::Same => (),
            }
        }
        let key = (i.op, i.a, i.b, i.immediate);
        if self.passes.cse
            && i.ty != Type::None
            && let Some(known) = self.expressions.get(&key)
        {
            return Ok(*known);
        }
        if i.op.is_guard() {
            i.snapshot = self.snapshot();
        }
        let reference = self.push(i);
        if i.op.is_guard() {
            self.fork(reference);
        }
        if i.ty != Type::None && !(i.op == Op::BoxFloat) {
            self.expressions.insert(key, reference);
        }
        if i.op == Op::BoxFloat {
            // It may be a heap object: the trace owns it until the boundary or a store.
            self.owned.insert(reference);
            self.changed = true;
        }
        self.learn_from(&i, reference);
        Ok(reference)
    }

    /// What an expression came to, if it was met.
    pub fn known_expression(&self, key: &Key) -> Option<Reference> {
        self.expressions.get(key).copied()
    }

    pub fn remember_expression(&mut self, key: Key, value: Reference) {
        self.expressions.insert(key, value);
    }

    /// The address of an object.
    pub fn address(&mut self, object: Reference) -> Reference {
        self.emit(Op::Address, &[object]).unwrap_or(object)
    }

    /// The word of a value: boxes raw ones.
    pub fn as_value(&mut self, reference: Reference) -> Reference {
        let op = match self.out.type_of(reference) {
            Type::Int => Op::BoxInt,
            Type::Float => Op::BoxFloat,
            Type::Bool => Op::BoxBool,
            _ => return self.force(reference),
        };
        self.emit(op, &[reference]).unwrap_or(reference)
    }

    /// Anything may have happened: memory and classes are unknown again.
    pub fn clobber(&mut self) {
        self.memory.clobber();
        self.forget_classes();
    }

    /// Objects may have other classes than before.
    pub fn forget_classes(&mut self) {
        for (index, fact) in self.facts.iter_mut().enumerate() {
            // Nothing changes the class of what only the trace sees.
            let is_virtual = self.virtuals.contains(Reference::instruction(index));
            if !fact.known.is_lasting() && !is_virtual {
                fact.known = Known::Nothing;
            }
        }
    }

    // The recorded instructions.

    fn instruction(&mut self, recorded: Instruction) -> Result<Reference, Failure> {
        match recorded.op {
            Op::At => {
                if self.pc != recorded.immediate || self.decided {
                    self.pc = recorded.immediate;
                    (self.changed, self.decided) = (true, false);
                }
                self.sweep();
                Ok(Reference::NONE)
            }
            Op::Behind => {
                self.pc = recorded.immediate;
                (self.changed, self.decided) = (true, true);
                Ok(Reference::NONE)
            }
            Op::GetSlot => Ok(self.get_slot(recorded.immediate)),
            Op::SetSlot => {
                let value = self.operand(recorded.a);
                self.set_slot(recorded.immediate, value);
                Ok(Reference::NONE)
            }
            Op::InitSlot => {
                let value = self.operand(recorded.a);
                self.init_slot(recorded.immediate, value);
                Ok(Reference::NONE)
            }
            Op::LentBy => {
                let value = self.operand(recorded.a);
                self.slots.insert(recorded.immediate, Slot { value, dirty: false, entry: true });
                Ok(Reference::NONE)
            }
            Op::KnownInt => {
                let value = self.operand(recorded.a);
                self.learn(value, |f| f.range = f.range.intersect(Range::SMALL));
                Ok(value)
            }
            Op::KnownType => {
                let (value, ty) = (self.operand(recorded.a), self.operand(recorded.b));
                if let Some(ty) = self.constant_type(ty) {
                    self.learn(value, |f| f.known = Known::Object(ty));
                }
                Ok(Reference::NONE)
            }
            Op::Sole => {
                self.sole.insert(recorded.immediate);
                Ok(Reference::NONE)
            }
            Op::DropSlot => {
                self.drop_slot(recorded.immediate);
                Ok(Reference::NONE)
            }
            Op::Forget => {
                self.forget_slot(recorded.immediate);
                Ok(Reference::NONE)
            }
            Op::Own => {
                let value = self.operand(recorded.a);
                if self.virtuals.take_replaced(value) {
                    return Ok(Reference::NONE);
                }
                if self.is_object_constant(value) {
                    self.uncount_constant(value);
                } else if self.may_be_counted(value) {
                    self.take_count(value);
                }
                Ok(Reference::NONE)
            }
            Op::Import => {
                let reference = self.push(Instruction { c: Reference::NONE, ..recorded });
                if recorded.c.is_none() && recorded.ty == Type::Value {
                    self.lent.insert(reference);
                } else if recorded.ty == Type::Value {
                    self.owned.insert(reference);
                }
                Ok(reference)
            }
            Op::Enter => {
                let function = self.operand(recorded.a);
                let real = !recorded.c.is_none();
                let window = self.windows[recorded.immediate as usize];
                self.open.push(OpenWindow { window, function, real });
                if !recorded.b.is_none() {
                    let instance = self.operand(recorded.b);
                    self.init_slot(INSTANCE | window, instance);
                }
                self.changed = true;
                Ok(Reference::NONE)
            }
            Op::Leave => {
                self.leave_window();
                Ok(Reference::NONE)
            }
            Op::Resume => {
                self.resume(&recorded)?;
                Ok(Reference::NONE)
            }
            Op::Create => {
                self.create(&recorded);
                Ok(Reference::NONE)
            }
            Op::Suspend => {
                self.suspend(&recorded);
                Ok(Reference::NONE)
            }
            Op::Suspended => {
                self.start_suspended(&recorded);
                Ok(Reference::NONE)
            }
            Op::Finish => {
                self.finish_window()?;
                Ok(Reference::NONE)
            }
            // The only ones are those in front of calls of itself.
            Op::Sync if self.written_by_itself.is_some() => Ok(Reference::NONE),
            Op::Sync => {
                self.sync();
                Ok(Reference::NONE)
            }
            Op::Step => {
                let mut step = recorded;
                (step.a, step.b) = (self.operand(recorded.a), self.operand(recorded.b));
                self.protect_lent();
                step.snapshot = self.in_memory_snapshot();
                self.push(step);
                self.clobber();
                for _ in 0..self.constant_int(step.b).unwrap_or(0) {
                    self.abandon_window();
                }
                Ok(Reference::NONE)
            }
            Op::Traceback => {
                self.add_traceback(recorded);
                Ok(Reference::NONE)
            }
            Op::Unwind => {
                self.unwind_window(recorded);
                Ok(Reference::NONE)
            }
            Op::Depart => {
                self.depart(recorded);
                Ok(Reference::NONE)
            }
            Op::Clear => {
                self.clear_from(recorded.immediate);
                Ok(Reference::NONE)
            }
            Op::Call => self.call(recorded),
            Op::CallTrace if self.written_by_itself.is_some() => Ok(self.call_itself(recorded)),
            Op::CallTrace => {
                self.protect_lent();
                let (a, b) = (self.operand(recorded.a), self.operand(recorded.b));
                let immediate = match recorded.immediate {
                    ITSELF => self.tree.home.unwrap_or(ITSELF),
                    other => other,
                };
                let reference = self.push(Instruction { a, b, immediate, ..recorded });
                self.clobber();
                self.owned.insert(reference);
                self.learn(reference, |f| f.bound = true);
                self.changed = true;
                Ok(reference)
            }
            Op::Return => {
                let value = self.operand(recorded.a);
                if self.virtuals.holds_traceback(value) {
                    // Its frame would have to keep what it held.
                    return Err(Failure::Contradiction);
                }
                self.return_from_root(value);
                Ok(Reference::NONE)
            }
            Op::GuardRoom => {
                let real = self.open.iter().filter(|window| window.real).count() as u32;
                if recorded.immediate > 0 && real + recorded.immediate > self.room {
                    self.room = real + recorded.immediate;
                    let snapshot = self.snapshot();
                    self.push(Instruction { snapshot, ..recorded });
                }
                Ok(Reference::NONE)
            }
            Op::GuardPoll | Op::GuardUnseen => {
                let snapshot = self.snapshot();
                self.push(Instruction { snapshot, ..recorded });
                Ok(Reference::NONE)
            }
            Op::Exit => {
                let snapshot = self.snapshot();
                self.push(Instruction { snapshot, ..recorded });
                Ok(Reference::NONE)
            }
            Op::Link => {
                // What bringing everything to memory made superfluous.
                self.sweep();
                let a = self.operand(recorded.a);
                self.push(Instruction { a, ..recorded });
                Ok(Reference::NONE)
            }
            op => match op.kind() {
                Kind::Load => self.load(recorded),
                Kind::Store => self.store(recorded),
                Kind::Count => {
                    debug_assert!(false, "recorded traces don't count");
                    Ok(Reference::NONE)
                }
                _ => {
                    let mut i = recorded;
                    (i.a, i.b, i.c) = (self.resolved(i.a), self.resolved(i.b), self.resolved(i.c));
                    if let Some(known) = self.virtual_operation(&i)? {
                        return Ok(known);
                    }
                    if self.force_addresses(&[i.a, i.b, i.c]) {
                        return self.instruction(recorded);
                    }
                    i.a = self.coerced(op, 0, i.a)?;
                    i.b = self.coerced(op, 1, i.b)?;
                    self.emit_instruction(i)
                }
            },
        }
    }

    /// An operand as the row wants it: a raw value that stands for a word is boxed, unless folding will see through it.
    fn coerced(&mut self, op: Op, place: usize, operand: Reference) -> Result<Reference, Failure> {
        use crate::ir::Role;
        let wanted = op.row().operands[place];
        let through = matches!(
            op,
            Op::UnboxInt
                | Op::UnboxFloat
                | Op::UnboxBool
                | Op::GuardInt
                | Op::GuardAnyInt
                | Op::GuardFloat
                | Op::GuardBool
                | Op::GuardType
                | Op::GuardIsNot
        );
        if operand.is_none() || wanted != Role::Use(Type::Value) || (through && self.passes.fold) {
            return Ok(operand);
        }
        Ok(self.as_value(operand))
    }

    fn in_memory_snapshot(&mut self) -> SnapshotId {
        let snapshot = crate::ir::Snapshot { pc: self.pc, in_memory: true, ..Default::default() };
        self.out.snapshots.push(snapshot);
        SnapshotId(self.out.snapshots.len() as u32 - 1)
    }

    /// The index of the innermost window.
    pub fn innermost_window(&self) -> usize {
        self.open.last().map_or(0, |open| open.window as usize)
    }

    pub fn leave_window(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.changed = true;
        let (base, size) = {
            let window = &self.out.windows[open.window as usize];
            (window.base, window.size)
        };
        for slot in base..base + size {
            self.slots.remove(&slot);
        }
        self.take_instance(open.window);
        if open.real {
            let caller = self.innermost_window();
            let window = &self.out.windows[caller];
            let (code, top) = (window.code, i64::from(window.base + window.size));
            let on_stack = self
                .constant_value(code)
                .and_then(|code| code.cast::<Code>())
                .is_some_and(|code| !code.has_flag(co_flags::ANY_GENERATOR));
            let a = if on_stack { self.out.int(top) } else { Reference::NONE };
            self.push(Instruction { a, immediate: open.window, ..Instruction::new(Op::PopFrame) });
        }
    }

    fn call(&mut self, recorded: Instruction) -> Result<Reference, Failure> {
        let row = recorded.helper().row();
        let arguments: Vec<Reference> = self.recorded.arguments_of(&recorded).to_vec();
        let known: Vec<Reference> = arguments.iter().map(|a| self.resolved(*a)).collect();
        if let Some(result) = self.virtual_call(recorded.helper(), &known) {
            return Ok(result);
        }
        if let Some(result) = self.operation_on_characters(recorded.helper(), &known)? {
            return Ok(result);
        }
        if row.effects & effect::RAISES != 0 || recorded.helper() == Helper::HandledException {
            // What it raises is chained to that.
            self.show_handled();
        }
        self.force_addresses(&known);
        let mut operands = Vec::with_capacity(arguments.len());
        for (place, argument) in arguments.into_iter().enumerate() {
            let operand = self.resolved(argument);
            let wants_word = row.parameters.get(place).is_none_or(|p| helper_type(*p) == Type::Value);
            operands.push(if wants_word { self.as_value(operand) } else { operand });
        }
        for (parameter, operand) in row.parameters.iter().zip(&operands) {
            if *parameter == HelperResult::Given {
                self.give_count(*operand);
            }
        }
        let writes = row.effects & (effect::WRITES | effect::RUNS) != 0;
        if writes {
            self.protect_lent();
        }
        if row.effects & effect::RUNS != 0 {
            operands.iter().for_each(|o| self.hold(*o));
        }
        let first = self.out.arguments.len();
        self.out.arguments.extend_from_slice(&operands);
        let mut i = recorded;
        i.a = Reference(first as i32);
        i.b = Reference(operands.len() as i32);
        let raises = can_raise(&i);
        if raises {
            i.snapshot = self.snapshot();
        }
        let reference = self.push(i);
        match written_classes(recorded.helper()) {
            Some(fields) => fields.iter().for_each(|f| self.memory.class_changed(Class::Field(*f as u32))),
            None if writes => self.clobber(),
            None if row.effects & effect::TOUCHES != 0 => self.memory.touch(),
            None => (),
        }
        if raises {
            self.fork(reference);
        }
        match row.result {
            HelperResult::Value => {
                self.owned.insert(reference);
                self.changed = true;
                self.learn(reference, |f| f.bound = raises || row.effects & effect::RAISES == 0);
            }
            HelperResult::Borrowed | HelperResult::Given => {
                self.lent.insert(reference);
                self.learn(reference, |f| f.bound = raises);
            }
            _ => (),
        }
        if let Some(ty) = result_type(recorded.helper()) {
            self.learn(reference, |f| f.known = Known::Object(ty));
        }
        self.learn_made(recorded.helper(), reference, &operands)?;
        Ok(reference)
    }

    /// What is known of an object that a helper has just made.
    fn learn_made(&mut self, helper: Helper, made: Reference, operands: &[Reference]) -> Result<(), Failure> {
        let (ty, fields): (&ObjectType, &[Field]) = match helper {
            Helper::NewMethod => (&METHOD, &[Field::MethodFunction, Field::MethodReceiver]),
            Helper::NewCell => (&CELL, &[]),
            Helper::NewFunction => (&FUNCTION, &[Field::FunctionCode, Field::FunctionGlobals]),
            Helper::BuildTuple => (&TUPLE, &[]),
            Helper::NewListIterator => (&LIST_ITERATOR, &[Field::ListIteratorList]),
            Helper::NewStep => {
                // It may be NULL.
                let address = self.emit(Op::Address, &[made])?;
                let key = (Op::LoadField, address, Reference::NONE, Field::StepGenerator as u32);
                self.expressions.insert(key, operands[0]);
                return Ok(());
            }
            Helper::NewException => {
                if let Some(class) = self.constant_value(operands[0]).and_then(|v| v.cast::<ObjectType>()) {
                    self.learn(made, |f| f.known = Known::Object(class));
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.learn(made, |f| f.known = Known::Object(ty));
        let address = self.emit(Op::Address, &[made])?;
        for (field, operand) in fields.iter().zip(operands) {
            if field.is_constant() {
                self.expressions.insert((Op::LoadField, address, Reference::NONE, *field as u32), *operand);
            } else {
                self.memory.loaded((Class::Field(*field as u32), address, Reference::NONE), *operand);
            }
        }
        if helper == Helper::NewListIterator {
            let first = self.out.int(0);
            let place = (Class::Field(Field::ListIteratorIndex as u32), address, Reference::NONE);
            self.memory.loaded(place, first);
        }
        Ok(())
    }

    /// The type object behind a constant address.
    pub fn constant_type(&self, reference: Reference) -> Option<*const ObjectType> {
        match self.out.as_constant(reference) {
            Some(Constant::Pointer(p)) => Some(*p as *const ObjectType),
            _ => None,
        }
    }
    /// The word behind a constant value.
    pub fn constant_value(&self, reference: Reference) -> Option<Value> {
        match self.out.as_constant(reference) {
            Some(Constant::Value(v)) => Some(v.value()),
            _ => None,
        }
    }
}

/// The type that all results of a helper have.
fn result_type(helper: Helper) -> Option<&'static ObjectType> {
    Some(match helper {
        Helper::StrItem | Helper::StrConcat | Helper::StrAppend | Helper::IntText => &registry::STR,
        Helper::BuildTuple => &registry::TUPLE,
        Helper::BuildList => &registry::LIST,
        Helper::BuildSlice => &registry::SLICE,
        Helper::NewRangeIterator | Helper::RenewRangeIterator => &registry::RANGE_ITERATOR,
        Helper::NewListIterator => &LIST_ITERATOR,
        _ => return None,
    })
}

/// The alias classes that a helper writes, if it writes only these.
pub fn written_classes(helper: Helper) -> Option<&'static [Field]> {
    match helper {
        Helper::ListAppend
        | Helper::ListExtend
        | Helper::ListInsert
        | Helper::ListRemove
        | Helper::StoreSlice => Some(&[Field::ListItem, Field::ListItems, Field::ListLength]),
        Helper::DictSet | Helper::DictRemove => Some(&[
            Field::DictLength,
            Field::DictKeysVersion,
            Field::DictEntries,
            Field::DictPlaces,
            Field::DictEntryWord,
        ]),
        Helper::SetAdd => Some(&[]),
        Helper::ChainTo | Helper::SetCause => Some(&[]),
        Helper::SetFunctionAttribute => {
            Some(&[Field::FunctionDefaults, Field::FunctionKwDefaults, Field::FunctionVersion])
        }
        _ => None,
    }
}
