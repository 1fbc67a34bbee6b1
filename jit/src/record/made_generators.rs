//! Generators and coroutines that the trace makes: by calls of their functions, and by `__iter__` methods that are such functions.
//! The interpreter makes the object without a frame; the trace has it suspended in its hands from the start.

use super::generators::KnownGenerator;
use super::operands::Operand;
use super::special_methods::{is_class_instance, python_method};
use super::{NoRule, Pending, Recorder, Rule, Site};
use crate::abort::Abort;
use crate::ir::trace::GENERATOR_REGISTERS;
use crate::ir::{Instruction, Op, Reference, Window};
use ir::code::co_flags;
use ir::register::{Operation, Word, flags};
use runtime::frame::Frame;
use runtime::names;
use runtime::objects::code::Code;
use runtime::objects::function::Function;
use runtime::objects::generator::GeneratorState;
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::trace_interface::{Field, Handles, Helper, Suspension};
use runtime::types::registry::{ASYNC_GENERATOR, COROUTINE, GENERATOR};
use runtime::value::Value;

/// A generator that the instruction being run makes, in a register.
pub struct MadeGenerator {
    /// Where the instruction goes on.
    next: u32,
    register: Option<usize>,
    base: u32,
    place: (*const u64, i64),
}

/// Whether a call of a code object's function makes something that traces can resume.
pub fn makes_generator(code: &Code) -> bool {
    code.has_flag(co_flags::ANY_GENERATOR)
}

impl Recorder {
    /// `GetIter` and `GetYieldFromIter` of an instance whose `__iter__` is a generator function.
    pub fn iterate_instance(&mut self, thread: &Thread, site: &Site, object: Operand) -> Rule {
        self.made_by_method(thread, site, object, names::get().__iter__, co_flags::GENERATOR)
    }

    /// `GetAwaitable` of an instance whose `__await__` is a generator function.
    pub fn await_instance(&mut self, thread: &Thread, site: &Site, object: Operand) -> Rule {
        self.made_by_method(thread, site, object, names::get().__await__, co_flags::GENERATOR)
    }

    /// `GetAnext` of an instance whose `__anext__` is a coroutine function.
    pub fn anext_of_instance(&mut self, thread: &Thread, site: &Site, object: Operand) -> Rule {
        self.made_by_method(thread, site, object, names::get().__anext__, co_flags::COROUTINE)
    }

    fn made_by_method(
        &mut self,
        thread: &Thread,
        site: &Site,
        object: Operand,
        name: Value,
        kind: u32,
    ) -> Rule {
        if !is_class_instance(object.now) {
            return Err(NoRule::Step);
        }
        let method = python_method(object.now.ty(), name).ok_or(NoRule::Step)?;
        let function = method.cast_exact::<Function>().ok_or(NoRule::Step)?;
        let code = function.code();
        if !code.has_flag(kind)
            || code.argcount != 1
            || code.kwonlyargcount > 0
            || code.has_flag(co_flags::VARARGS | co_flags::VARKEYWORDS | co_flags::ITERABLE_COROUTINE)
        {
            return Err(NoRule::Step);
        }
        self.guard_class(object)?;
        let callable = Operand { reference: self.constant(method), now: method };
        let reference = self.guard_function(callable, function)?;
        let made = self.make_generator(thread, site, function, reference, &[object.reference])?;
        self.define(site, made)
    }

    /// A call of a generator function, whose parameters are these.
    pub fn call_generator_function(
        &mut self,
        thread: &Thread,
        site: &Site,
        function: &'static Function,
        reference: Reference,
        parameters: &[Reference],
    ) -> Rule {
        let made = self.make_generator(thread, site, function, reference, parameters)?;
        self.drop_registers(site.b, site.window());
        if !site.has(flags::DISCARD) {
            self.set_register(site.a, made);
        }
        Ok(())
    }

    fn make_generator(
        &mut self,
        thread: &Thread,
        site: &Site,
        function: &'static Function,
        reference: Reference,
        parameters: &[Reference],
    ) -> Rule<Reference> {
        let code_value = function.code.peek();
        let code = function.code();
        let size = self.host.register_count(thread, code_value).ok_or(NoRule::Step)?;
        let locals = code.nlocalsplus();
        if size + 1 >= GENERATOR_REGISTERS {
            return Err(NoRule::Step);
        }
        let resumed = self.windows.iter().rev().take_while(|w| w.generator.is_some());
        if resumed.map(|window| window.code).any(|resumed| resumed.is(code_value)) {
            // A recursive one: each item goes another way.
            self.ask_resumed();
            return Err(NoRule::Abort(Abort::GeneratorFrame));
        }
        let closure = function.closure.peek();
        let free = if closure.is_null() { 0 } else { closure.cast_exact::<Tuple>().map_or(0, |t| t.len()) };
        let first_free = locals.checked_sub(free).ok_or(NoRule::Step)?;
        // What the code does in front of its `ReturnGenerator`.
        let (mut cells, mut copies, mut index) = (Vec::new(), false, 0);
        let (pc, register) = loop {
            let pc = self.host.word_address(code_value, index).ok_or(NoRule::Step)?;
            // SAFETY: an instruction of the code.
            let word = Word(unsafe { *pc });
            match word.operation().ok_or(NoRule::Step)? {
                Operation::MakeCell => cells.push(word.a() as usize),
                Operation::CopyFreeVars => copies = true,
                Operation::ReturnGenerator => break (pc, u32::from(word.a())),
                _ => return Err(NoRule::Step),
            }
            index += 1;
        };
        let mut values: Vec<Option<Reference>> = vec![None; locals];
        for (value, parameter) in values.iter_mut().zip(parameters) {
            *value = Some(*parameter);
        }
        if copies {
            let loaded = self.closure_of(reference, closure)?;
            for (value, cell) in values[first_free..].iter_mut().zip(loaded) {
                *value = Some(cell);
            }
        }
        let address = self.trace.pointer(pc);
        let made = self.call_helper(Helper::NewGenerator, &[reference, address]);
        self.guard_bound(made);
        self.emit(Op::Own, &[made]);
        let ty = match code {
            code if code.has_flag(co_flags::COROUTINE) => &COROUTINE,
            code if code.has_flag(co_flags::ASYNC_GENERATOR) => &ASYNC_GENERATOR,
            _ => &GENERATOR,
        };
        let b = self.type_constant(ty);
        self.emit(Op::KnownType, &[made, b]);
        for cell in cells {
            let content = values[cell].unwrap_or_else(|| self.constant(Value::NULL));
            values[cell] = Some(self.call_helper(Helper::NewCell, &[content]));
        }
        let suspension =
            Suspension { state: GeneratorState::Created, register, handles: Handles::Nothing }.pack();
        let base = self.next_generator_base();
        let code = self.constant(code_value);
        let window = Window { code, base, size, locals: locals as u32, return_register: 0, call_pc: site.pc };
        self.trace.windows.push(window);
        let immediate = self.trace.windows.len() as u32 - 1;
        self.trace.push(Instruction { a: made, immediate, ..Instruction::new(Op::Create) });
        for (slot, value) in (base..).zip(values) {
            if let Some(a) = value {
                self.trace.push(Instruction { a, immediate: slot, ..Instruction::new(Op::SetSlot) });
            }
        }
        let b = self.int(suspension);
        self.trace.push(Instruction { a: address, b, immediate: index, ..Instruction::new(Op::Suspend) });
        self.pending = Pending::Made(MadeGenerator {
            next: site.next,
            register: (!site.has(flags::DISCARD)).then_some(site.a),
            base,
            place: (pc, suspension),
        });
        Ok(made)
    }

    /// The cells of the closure of a function that was guarded.
    fn closure_of(&mut self, function: Reference, closure: Value) -> Rule<Vec<Reference>> {
        let cells = closure.cast_exact::<Tuple>().ok_or(NoRule::Step)?;
        if self.trace.as_constant(function).is_some() {
            return Ok(cells.items().iter().map(|cell| self.constant(*cell)).collect());
        }
        let address = self.emit(Op::Address, &[function]);
        let tuple = self.load_field(address, Field::FunctionClosure);
        let address = self.guard_object(Operand { reference: tuple, now: closure })?;
        let mut loaded = Vec::new();
        for i in 0..cells.len() {
            let index = self.int(i as i64);
            loaded.push(self.load_item(address, index, Field::TupleItem));
        }
        Ok(loaded)
    }

    /// The frame goes on: true when the instruction that makes a generator has done so.
    pub fn note_made(&mut self, frame: &Frame, pc: u32, made: &MadeGenerator) -> bool {
        if !std::ptr::eq(frame, self.top().frame) || pc != made.next {
            return false;
        }
        let Some(register) = made.register else { return true };
        let object = self.now(register);
        // Another one may have had the same address.
        self.generators.retain(|known| !known.object.is(object));
        let now = Some(made.place);
        self.generators.push(KnownGenerator { object, base: made.base, first: None, now });
        true
    }
}
