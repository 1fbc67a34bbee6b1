//! Calls: Python functions open windows, some native functions have rules, the rest is left to the interpreter.

use super::operands::Operand;
use super::{LIMITS, NoRule, OpenWindow, Pending, Recorder, Rule, Site};
use crate::abort::Abort;
use crate::ir::{Constant, Instruction, Op, Reference, Window};
use ir::code::co_flags;
use ir::register::{Operation, flags};
use runtime::frame::{Frame, FrameKind};
use runtime::objects::dict::Dict;
use runtime::objects::function::{Function, Method};
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::trace_interface::{Field, Helper};
use runtime::types::Type;
use runtime::types::registry::TYPE;
use runtime::value::{Ref, Value};

/// A call whose window opens when the interpreter has made its frame.
pub struct PendingCall {
    function: Reference,
    code: Value,
    /// What the parameters start with; locals behind them are unbound.
    parameters: Vec<Reference>,
    /// The call's registers, which are consumed.
    window: (usize, usize),
    return_register: u32,
    call_pc: u32,
    size: u32,
    /// The instance that an `__init__` is called for.
    instance: Option<Reference>,
}

/// The callable of a call with the arguments that it gets, `self` included.
pub struct Callee {
    pub callable: Operand,
    pub arguments: Vec<Operand>,
}

impl Recorder {
    pub fn record_call(&mut self, thread: &Thread, site: &Site) -> Rule {
        let mut callee = self.callee(site)?;
        let names = match site.operation {
            Operation::CallKw => self.host.constant(self.frame(), site.payload(1) as usize),
            _ => Value::NULL,
        };
        if let Some(method) = callee.callable.now.cast_exact::<Method>() {
            callee = self.bound_method(callee, method)?;
        }
        if let Some(function) = callee.callable.now.cast_exact::<Function>() {
            return self.python_call(thread, site, &callee, function, names, None);
        }
        if callee.callable.now.is_exact(&TYPE)
            && let Some(class) = callee.callable.now.cast::<Type>()
            && let Some(init) = self.host.python_init(class)
        {
            return self.instantiate(thread, site, callee, class, init, names);
        }
        let call = self.native_call(site, &callee, names)?;
        if !call.dropped {
            for register in site.b..site.b + 2 + site.c {
                self.drop_register(register);
            }
        }
        if !site.has(flags::DISCARD) {
            self.set_register(site.a, call.result);
        }
        self.pending = Pending::Native(*site);
        Ok(())
    }

    fn callee(&mut self, site: &Site) -> Rule<Callee> {
        let callable = self.register(site.b);
        let mut arguments = Vec::new();
        if !self.now(site.b + 1).is_null() {
            arguments.push(self.register(site.b + 1));
        }
        for i in 0..site.c {
            arguments.push(self.register(site.b + 2 + i));
        }
        Ok(Callee { callable, arguments })
    }

    fn bound_method(&mut self, callee: Callee, method: &'static Method) -> Rule<Callee> {
        let address = self.guard_object(callee.callable)?;
        let function = self.load_field(address, Field::MethodFunction);
        let receiver = self.load_field(address, Field::MethodReceiver);
        let mut arguments = vec![Operand { reference: receiver, now: method.receiver.peek() }];
        arguments.extend(callee.arguments);
        Ok(Callee { callable: Operand { reference: function, now: method.function.peek() }, arguments })
    }

    /// A class with a Python `__init__` is called: the instance is made, and the window of its `__init__` opens.
    fn instantiate(
        &mut self,
        thread: &Thread,
        site: &Site,
        callee: Callee,
        class: &'static Type,
        init: Value,
        names: Value,
    ) -> Rule {
        let function = init.cast_exact::<Function>().ok_or(NoRule::Step)?;
        if !callee.arguments.is_empty() && !self.now(site.b + 1).is_null() {
            return Err(NoRule::Step);
        }
        self.guard_is(callee.callable);
        self.guard_version(class)?;
        let callable = Operand { reference: self.constant(init), now: init };
        // In front of the instance: an exit must not be the end of it.
        self.guard_function(callable, function)?;
        let word = self.constant(Value::of(class));
        let mut arguments = vec![Operand { reference: Reference::NONE, now: Value::NULL }];
        arguments.extend(callee.arguments);
        let callee = Callee { callable, arguments };
        self.python_call(thread, site, &callee, function, names, Some(word))
    }

    /// Calls a function; or the `__init__` that it is for an instance of `class`, which is the first argument and made when
    /// nothing can fail any more.
    fn python_call(
        &mut self,
        thread: &Thread,
        site: &Site,
        callee: &Callee,
        function: &'static Function,
        names: Value,
        class: Option<Reference>,
    ) -> Rule {
        let code = function.code();
        let code_value = function.code.peek();
        let unfit = co_flags::VARARGS | co_flags::VARKEYWORDS | co_flags::ANY_GENERATOR;
        let nested = self.windows.iter().filter(|w| w.code.is(code_value)).count();
        let is_deep = self.windows.len() >= LIMITS.depth || nested >= LIMITS.recursion;
        if code.has_flag(unfit) || (is_deep && !self.has_trace(function, code_value)) {
            return Err(NoRule::Step);
        }
        let size = self.host.register_count(thread, code_value).ok_or(NoRule::Step)?;
        let bound = bind(function, callee.arguments.len(), names).ok_or(NoRule::Step)?;
        let reference = self.guard_function(callee.callable, function)?;
        let instance = class.map(|class| self.call_helper(Helper::NewInstance, &[class]));
        let parameters = bound
            .into_iter()
            .map(|source| match source {
                Source::Argument(0) => instance.unwrap_or(callee.arguments[0].reference),
                Source::Argument(i) => callee.arguments[i].reference,
                Source::Default(v) => self.constant(v),
            })
            .collect();
        self.pending = Pending::Call(PendingCall {
            function: reference,
            code: code_value,
            parameters,
            window: (site.b, site.b + 2 + site.c),
            return_register: site.a as u32,
            call_pc: site.pc,
            size,
            instance,
        });
        Ok(())
    }

    /// Guards a function: the very one; or, for one with a closure, which is made anew each time, its code.
    fn guard_function(&mut self, callable: Operand, function: &'static Function) -> Rule<Reference> {
        let is_closure = !function.closure.is_null();
        let has_defaults = !function.defaults.is_null() || !function.kwdefaults.is_null();
        if is_closure && !has_defaults {
            let address = self.guard_object(callable)?;
            for (field, now) in
                [(Field::FunctionCode, &function.code), (Field::FunctionGlobals, &function.globals)]
            {
                let value = self.load_field(address, field);
                let wanted = self.constant(now.peek());
                self.emit(Op::GuardIs, &[value, wanted]);
            }
            return Ok(callable.reference);
        }
        let version = function.version();
        if version == 0 {
            return Err(NoRule::Step);
        }
        let constant = self.guard_is(callable);
        let address = self.emit(Op::Address, &[constant]);
        let now = self.load_field(address, Field::FunctionVersion);
        let wanted = self.int(i64::from(version));
        let same = self.emit(Op::EqInt, &[now, wanted]);
        self.expect(same, true);
        Ok(constant)
    }

    /// The interpreter has made the frame of a call: its window opens.
    pub fn open_window(&mut self, frame: &Frame, call: PendingCall) -> Result<(), Abort> {
        let is_callee = frame.code.peek().is(call.code)
            && std::ptr::eq(frame.previous.get(), self.top().frame)
            && frame.kind.get() == if call.instance.is_some() { FrameKind::Init } else { FrameKind::Call };
        let distance =
            (frame.registers.get() as isize - self.root_base as isize) / size_of::<Value>() as isize;
        let base = u32::try_from(distance).map_err(|_| Abort::LeftFrame)?;
        if !is_callee || base > 1 << 20 {
            return Err(Abort::LeftFrame);
        }
        let locals = frame.code().nlocalsplus() as u32;
        let code = self.trace.value(call.code);
        let caller = self.top();
        self.trace.windows.push(Window {
            code,
            base,
            size: call.size,
            locals,
            return_register: call.return_register,
            call_pc: call.call_pc,
        });
        let immediate = self.trace.windows.len() as u32 - 1;
        let b = call.instance.unwrap_or(Reference::NONE);
        self.trace.push(Instruction { a: call.function, b, immediate, ..Instruction::new(Op::Enter) });
        for register in call.window.0..call.window.1 {
            let immediate = caller.base + register as u32;
            self.trace.push(Instruction { immediate, ..Instruction::new(Op::DropSlot) });
        }
        self.windows.push(OpenWindow {
            frame,
            base,
            locals,
            code: call.code,
            instance: call.instance,
            generator: None,
        });
        self.deepest = self.deepest.max(self.windows.len());
        let null = self.trace.constant(Constant::Value(Ref::NULL));
        for local in 0..locals as usize {
            let value = call.parameters.get(local).copied().unwrap_or(null);
            self.set_register(local, value);
        }
        Ok(())
    }

    pub fn record_return(&mut self, site: &Site) -> Rule {
        if self.windows.len() == 1 {
            return self.return_from_root(site);
        }
        let window = self.top();
        if let Some(generator) = window.generator {
            return self.record_end_of_generator(site, generator);
        }
        let mut value = self.operand_b(site);
        if let Some(instance) = window.instance {
            if !value.now.is_none() || instance.is_none() {
                return Err(NoRule::Abort(Abort::LeftFrame));
            }
            self.guard_is(value);
            value.reference = instance;
        }
        let call_pc = self.trace.windows.iter().rev().find(|w| w.base == window.base).map(|w| w.call_pc);
        self.drop_dying(site);
        let own = self.own_registers();
        for register in own {
            self.drop_register(register);
        }
        self.emit(Op::Leave, &[]);
        self.windows.pop();
        let call =
            call_pc.and_then(|pc| Site::at(self.host.pc_at(self.frame(), pc), pc)).ok_or(NoRule::Step)?;
        if !call.has(flags::DISCARD) {
            self.set_register(call.a, value.reference);
        }
        self.pending = Pending::Return;
        Ok(())
    }

    /// The registers of the innermost window that may hold something: its locals.
    fn own_registers(&self) -> Vec<usize> {
        (0..self.top().locals as usize).collect()
    }
}

/// What a parameter starts with.
enum Source {
    Argument(usize),
    Default(Value),
}

/// How positional arguments and those that `names` names go to a function's parameters.
fn bind(function: &Function, given: usize, names: Value) -> Option<Vec<Source>> {
    let code = function.code();
    let names = if names.is_null() { &[][..] } else { names.cast::<Tuple>()?.items() };
    let (positional, keyword_only) = (code.argcount as usize, code.kwonlyargcount as usize);
    let by_position = given.checked_sub(names.len())?;
    if by_position > positional {
        return None;
    }
    let defaults = function.defaults.option();
    let defaults = defaults.as_ref().and_then(|d| d.cast::<Tuple>()).map_or(&[][..], |t| t.items());
    let keyword_defaults = function.kwdefaults.option();
    let mut sources = Vec::new();
    for parameter in 0..positional + keyword_only {
        let name = *code.localsplusnames[parameter];
        let named = names.iter().position(|n| n.is(name));
        if parameter < by_position {
            if named.is_some() {
                return None;
            }
            sources.push(Source::Argument(parameter));
            continue;
        }
        if let Some(place) = named {
            if parameter < code.posonlyargcount as usize {
                return None;
            }
            sources.push(Source::Argument(by_position + place));
            continue;
        }
        let default = if parameter < positional {
            (parameter + defaults.len()).checked_sub(positional).and_then(|i| defaults.get(i).copied())
        } else {
            keyword_defaults.as_ref().and_then(|d| d.cast_exact::<Dict>()).and_then(|d| d.get_interned(name))
        };
        sources.push(Source::Default(default?));
    }
    let used = sources.iter().filter(|s| matches!(s, Source::Argument(_))).count();
    (used == given).then_some(sources)
}
