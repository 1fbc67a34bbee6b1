//! Calls: Python functions open windows, some native functions have rules, the rest is left to the interpreter.

use super::made_generators::makes_generator;
use super::operands::Operand;
use super::{NoRule, OpenWindow, Pending, Recorder, Rule, Site, limits};
use crate::abort::Abort;
use crate::ir::{Constant, Instruction, Op, Reference, Window};
use ir::code::co_flags;
use ir::register::{Operation, flags};
use runtime::frame::{Frame, FrameKind, Remainder};
use runtime::objects::code::Code;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::is_exception_class;
use runtime::objects::function::{Function, Method};
use runtime::objects::str::{Str, find_interned};
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::trace_interface::{Field, Helper, OPERATOR};
use runtime::types::Type;
use runtime::types::constructor::python_new;
use runtime::types::registry::TYPE;
use runtime::value::{Ref, Value};

/// More arguments of a call with `*` or `**` are left to the interpreter.
const MAX_UNPACKED: usize = 12;

/// A call whose window opens when the interpreter has made its frame.
pub struct PendingCall {
    pub function: Reference,
    pub code: Value,
    /// What the parameters start with; locals behind them are unbound.
    pub parameters: Vec<Reference>,
    /// The call's registers, which are consumed.
    pub window: (usize, usize),
    pub return_register: u32,
    pub call_pc: u32,
    pub size: u32,
    /// The instance that an `__init__` is called for.
    pub instance: Option<Reference>,
    /// What the frame will be.
    pub kind: FrameKind,
}

/// The callable of a call with the arguments that it gets, `self` included.
pub struct Callee {
    pub callable: Operand,
    pub arguments: Vec<Operand>,
}

impl Recorder {
    pub fn record_call(&mut self, thread: &Thread, site: &Site) -> Rule {
        let mut callee = self.callee(site)?;
        let names = self.keyword_names(site);
        if let Some(method) = callee.callable.now.cast_exact::<Method>() {
            callee = self.bound_method(callee, method)?;
        }
        if let Some(function) = callee.callable.now.cast_exact::<Function>() {
            return self.python_call(thread, site, &callee, function, names, None);
        }
        if let Some(class) = callee.callable.now.cast::<Type>()
            && TYPE.calls_like(callee.callable.now.ty())
            && let Some(init) = self.host.python_init(class)
        {
            return self.instantiate(thread, site, callee, class, init, names);
        }
        if callee.callable.now.is_exact(&TYPE)
            && let Some(class) = callee.callable.now.cast::<Type>()
            && let Some(new) = python_new(class)
        {
            let before = self.trace.instructions.len();
            match self.call_through(thread, site, &callee, class, *new, names) {
                Err(NoRule::Step) => self.trace.instructions.truncate(before),
                other => return other,
            }
        }
        let before = self.trace.instructions.len();
        if names.is_null() {
            match self.resume_by_call(thread, site, &callee) {
                Err(NoRule::Step) => self.trace.instructions.truncate(before),
                other => return other,
            }
        }
        if names.is_null() {
            match self.call_of_range(site, &callee) {
                Err(NoRule::Step) => self.trace.instructions.truncate(before),
                other => return other,
            }
        }
        if names.is_null()
            && let Ok(result) = self.exception_init(&callee).or_else(|_| self.new_exception(site, &callee))
        {
            self.drop_registers(site.b, 2 + site.c);
            if !site.has(flags::DISCARD) {
                self.set_register(site.a, result);
            }
            return Ok(());
        }
        match self.special_call(thread, site, &callee, names) {
            Err(NoRule::Step) => self.trace.instructions.truncate(before),
            other => return other,
        }
        let call = self.native_call(site, &callee, names)?;
        if !call.dropped {
            self.drop_registers(site.b, 2 + site.c);
        }
        if !site.has(flags::DISCARD) {
            self.set_register(site.a, call.result);
        }
        self.note_held();
        self.pending = Pending::Native(*site);
        Ok(())
    }

    /// `f(*iterable, **mapping)` of a Python function, for an exact tuple and an exact dict of the names it has now.
    pub fn record_call_unpacked(&mut self, thread: &Thread, site: &Site) -> Rule {
        let callable = self.register(site.b);
        let (iterable, mapping) = (self.register(site.b + 2), self.register(site.b + 3));
        let items = iterable.now.cast_exact::<Tuple>().ok_or(NoRule::Step)?.len();
        if items > MAX_UNPACKED || !self.now(site.b + 1).is_null() {
            return Err(NoRule::Step);
        }
        let address = self.guard_object(iterable)?;
        let (length, wanted) = (self.load_field(address, Field::TupleLength), self.int(items as i64));
        let same = self.emit(Op::EqInt, &[length, wanted]);
        self.expect(same, true);
        let mut arguments = Vec::new();
        for i in 0..items {
            let index = self.int(i as i64);
            let reference = self.load_item(address, index, Field::TupleItem);
            arguments.push(Operand {
                reference,
                now: iterable.now.cast_exact::<Tuple>().map_or(Value::NULL, |t| t.items()[i]),
            });
        }
        let mut names = Vec::new();
        if !mapping.now.is_null() {
            let dict = mapping.now.cast_exact::<Dict>().ok_or(NoRule::Step)?;
            let address = self.guard_object(mapping)?;
            if dict.len() > MAX_UNPACKED {
                return Err(NoRule::Step);
            }
            let (length, wanted) = (self.load_field(address, Field::DictLength), self.int(dict.len() as i64));
            let same = self.emit(Op::EqInt, &[length, wanted]);
            self.expect(same, true);
            for entry in (0..dict.places()).filter_map(|place| dict.entry_at(place)) {
                if !is_interned(entry.key) {
                    return Err(NoRule::Step);
                }
                let key = self.constant(entry.key);
                let reference = self.call_helper(Helper::DictGet, &[mapping.reference, key]);
                self.guard_bound(reference);
                arguments.push(Operand { reference, now: entry.value });
                names.push(entry.key);
            }
        }
        let mut callee = Callee { callable, arguments };
        if let Some(method) = callee.callable.now.cast_exact::<Method>() {
            callee = self.bound_method(callee, method)?;
        }
        let Some(function) = callee.callable.now.cast_exact::<Function>() else {
            if !names.is_empty() {
                return Err(NoRule::Step);
            }
            return self.call_native_unpacked(site, &callee);
        };
        if names.len() > 1 && function.code().has_flag(co_flags::VARKEYWORDS) {
            // Their order would show.
            return Err(NoRule::Step);
        }
        let names = Tuple::from_values(&names);
        self.python_call(thread, site, &callee, function, *names, None)
    }

    /// `f(*iterable)` of whatever is no Python function.
    fn call_native_unpacked(&mut self, site: &Site, callee: &Callee) -> Rule {
        let call = self.general_call(site, callee, Value::NULL)?;
        if !call.dropped {
            self.drop_registers(site.b, site.window());
        }
        if !site.has(flags::DISCARD) {
            self.set_register(site.a, call.result);
        }
        self.note_held();
        self.pending = Pending::Native(*site);
        Ok(())
    }

    /// The names of a call's last arguments: a tuple, or NULL.
    pub fn keyword_names(&self, site: &Site) -> Value {
        match site.operation {
            Operation::CallKw => self.host.constant(self.frame(), site.payload(1) as usize),
            _ => Value::NULL,
        }
    }

    pub fn callee(&mut self, site: &Site) -> Rule<Callee> {
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
        self.guard_version(callee.callable.now.ty())?;
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
    pub fn python_call(
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
        let makes_generator = makes_generator(code) && class.is_none();
        let fits = makes_generator || self.fits(code);
        if !fits || (!makes_generator && self.is_deep(code_value) && !self.has_trace(function, code_value)) {
            return Err(NoRule::Step);
        }
        if class.is_some() && code.argcount == 0 {
            return Err(NoRule::Step);
        }
        let size = self.host.register_count(thread, code_value).ok_or(NoRule::Step)?;
        let named =
            if names.is_null() { &[][..] } else { names.cast::<Tuple>().map_or(&[][..], |t| t.items()) };
        let bound = bind(function, callee.arguments.len(), named).ok_or(NoRule::Step)?;
        let reference = self.guard_function(callee.callable, function)?;
        let mut parameters = Vec::new();
        for source in bound {
            parameters.push(match source {
                Source::Argument(0) if class.is_some() => Reference::NONE,
                Source::Argument(i) => callee.arguments[i].reference,
                Source::Default(i) if is_made_anew(function) => self.load_default(reference, function, i)?,
                Source::Default(i) => {
                    let value = default_of(function, i).ok_or(NoRule::Step)?;
                    self.constant(value)
                }
                Source::Rest(from, count) => {
                    let items: Vec<_> =
                        callee.arguments[from..from + count].iter().map(|a| a.reference).collect();
                    match items.is_empty() {
                        true => self.constant(*Tuple::from_values(&[])),
                        false => self.call_helper(Helper::BuildTuple, &items),
                    }
                }
                Source::Keywords(pairs) => {
                    let mut items = Vec::new();
                    for (name, i) in pairs {
                        items.extend([self.constant(name), callee.arguments[i].reference]);
                    }
                    self.call_helper(Helper::BuildKeywords, &items)
                }
            });
        }
        if makes_generator {
            return self.call_generator_function(thread, site, function, reference, &parameters);
        }
        let instance = class.map(|class| {
            let is_exception = match self.trace.as_constant(class) {
                Some(Constant::Value(class)) => is_exception_class(**class),
                _ => false,
            };
            if !is_exception {
                return self.call_helper(Helper::NewInstance, &[class]);
            }
            // It keeps the positional arguments behind the one that is the instance.
            let positional = &callee.arguments[1..callee.arguments.len() - named.len()];
            let arguments: Vec<_> =
                std::iter::once(class).chain(positional.iter().map(|a| a.reference)).collect();
            self.call_helper(Helper::NewException, &arguments)
        });
        if let (Some(instance), Some(first)) = (instance, parameters.first_mut()) {
            *first = instance;
        }
        self.pending = Pending::Call(PendingCall {
            function: reference,
            code: code_value,
            parameters,
            window: (site.b, site.b + site.window()),
            return_register: site.a as u32,
            call_pc: site.pc,
            size,
            instance,
            kind: if instance.is_some() { FrameKind::Init } else { FrameKind::Call },
        });
        Ok(())
    }

    /// Whether the window of a call of a code object may open, whose parameters are all simple.
    pub fn can_inline(&self, code: &Code, value: Value) -> bool {
        !code.has_flag(co_flags::VARARGS | co_flags::VARKEYWORDS) && self.fits(code) && !self.is_deep(value)
    }

    /// Whether the frame of a call of a code object is a plain one.
    fn fits(&self, code: &Code) -> bool {
        !code.has_flag(co_flags::ANY_GENERATOR)
    }

    /// Whether there are too many windows, or too many of this code object, to open another.
    fn is_deep(&self, code: Value) -> bool {
        let nested = self.windows.iter().filter(|w| w.code.is(code)).count();
        self.windows.len() >= limits().depth || nested >= limits().recursion
    }

    /// The default of parameter `i` of a function that was guarded by its code.
    fn load_default(
        &mut self,
        callable: Reference,
        function: &'static Function,
        i: usize,
    ) -> Rule<Reference> {
        let positional = function.code().argcount as usize;
        let address = self.emit(Op::Address, &[callable]);
        if i >= positional {
            let now = function.kwdefaults.peek();
            let dict = self.load_field(address, Field::FunctionKwDefaults);
            self.guard_object(Operand { reference: dict, now })?;
            let name = self.constant(*function.code().localsplusnames[i]);
            let value = self.call_helper(Helper::DictGet, &[dict, name]);
            self.guard_bound(value);
            return Ok(value);
        }
        let now = function.defaults.peek();
        let items = now.cast_exact::<Tuple>().ok_or(NoRule::Step)?.items().len();
        let tuple = self.load_field(address, Field::FunctionDefaults);
        let address = self.guard_object(Operand { reference: tuple, now })?;
        let (length, wanted) = (self.load_field(address, Field::TupleLength), self.int(items as i64));
        let same = self.emit(Op::EqInt, &[length, wanted]);
        self.expect(same, true);
        let index = (i + items).checked_sub(positional).ok_or(NoRule::Step)?;
        let index = self.int(index as i64);
        Ok(self.load_item(address, index, Field::TupleItem))
    }

    /// Guards a function: the very one; or, for one that is made anew each time, its code and globals.
    pub fn guard_function(&mut self, callable: Operand, function: &'static Function) -> Rule<Reference> {
        if is_made_anew(function) {
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
            && frame.kind.get() == call.kind;
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
        for register in (call.window.0..call.window.1).rev() {
            let immediate = caller.base + register as u32;
            self.trace.push(Instruction { immediate, ..Instruction::new(Op::DropSlot) });
        }
        let PendingCall { function, instance, .. } = call;
        let code = call.code;
        self.windows.push(OpenWindow {
            frame,
            base,
            locals,
            code,
            function,
            instance,
            generator: None,
            since: Some(self.length),
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
            return self.record_end_of_generator(Thread::current(), site, generator);
        }
        let mut value = self.operand_b(site);
        if let Some(instance) = window.instance {
            if !value.now.is_none() || instance.is_none() {
                return Err(NoRule::Abort(Abort::LeftFrame));
            }
            self.guard_is(value);
            value.reference = instance;
        }
        let description = self.trace.windows.iter().rev().find(|w| w.base == window.base).copied();
        let description = description.ok_or(NoRule::Abort(Abort::LeftFrame))?;
        // SAFETY: the caller's frame is on the thread's chain.
        let caller = unsafe { &*self.windows[self.windows.len() - 2].frame };
        let pc = description.call_pc;
        let call = Site::at(self.host.pc_at(caller, pc), pc).ok_or(NoRule::Abort(Abort::NoCode))?;
        let special = match description.return_register & OPERATOR {
            0 => None,
            _ => {
                let remainder = Remainder::from_number(description.return_register & !OPERATOR);
                let finish = self.finish_special(&call, remainder, value);
                Some(self.refuse(caller, &call, finish)?)
            }
        };
        self.drop_dying(site);
        if self.frame().frame_object.is_null() {
            self.drop_registers(0, self.top().locals as usize);
            self.emit(Op::Leave, &[]);
        } else {
            let (a, immediate) = (value.reference, site.pc);
            self.trace.push(Instruction { a, immediate, ..Instruction::new(Op::Depart) });
        }
        self.windows.pop();
        match special {
            Some(finish) => self.complete(&call, finish),
            None if !call.has(flags::DISCARD) => self.set_register(call.a, value.reference),
            None => (),
        }
        self.pending = Pending::Return;
        Ok(())
    }
}

/// What a parameter starts with.
enum Source {
    Argument(usize),
    /// The default of the parameter of this number.
    Default(usize),
    /// A tuple of so many arguments from the first one on.
    Rest(usize, usize),
    /// A dict of named arguments.
    Keywords(Vec<(Value, usize)>),
}

/// Whether a function is one of many of its code: it was made by another function.
fn is_made_anew(function: &Function) -> bool {
    !function.closure.is_null() || function.code().has_flag(co_flags::NESTED)
}

/// The default of parameter `i`, if there is one.
fn default_of(function: &Function, i: usize) -> Option<Value> {
    let code = function.code();
    let positional = code.argcount as usize;
    if i < positional {
        let defaults = function.defaults.peek();
        let items = if defaults.is_null() { return None } else { defaults.cast::<Tuple>()?.items() };
        return items.get((i + items.len()).checked_sub(positional)?).copied();
    }
    let defaults = function.kwdefaults.peek();
    let defaults = if defaults.is_null() { return None } else { defaults.cast_exact::<Dict>()? };
    defaults.get_interned(*code.localsplusnames[i])
}

/// How positional arguments and those that `names` names go to a function's parameters.
fn bind(function: &Function, given: usize, names: &[Value]) -> Option<Vec<Source>> {
    let code = function.code();
    let (positional, keyword_only) = (code.argcount as usize, code.kwonlyargcount as usize);
    let by_position = given.checked_sub(names.len())?;
    let takes_rest = code.has_flag(co_flags::VARARGS);
    if by_position > positional && !takes_rest {
        return None;
    }
    let by_parameter = by_position.min(positional);
    let mut used = vec![false; names.len()];
    let mut sources = Vec::new();
    for parameter in 0..positional + keyword_only {
        let name = *code.localsplusnames[parameter];
        let place =
            names.iter().position(|n| n.is(name)).filter(|_| parameter >= code.posonlyargcount as usize);
        if parameter < by_parameter {
            if place.is_some() {
                return None;
            }
            sources.push(Source::Argument(parameter));
            continue;
        }
        if let Some(place) = place {
            used[place] = true;
            sources.push(Source::Argument(by_position + place));
            continue;
        }
        default_of(function, parameter)?;
        sources.push(Source::Default(parameter));
    }
    if takes_rest {
        sources.push(Source::Rest(by_parameter, by_position - by_parameter));
    }
    let left: Vec<(Value, usize)> = names
        .iter()
        .enumerate()
        .filter(|(place, _)| !used[*place])
        .map(|(place, name)| (*name, by_position + place))
        .collect();
    match code.has_flag(co_flags::VARKEYWORDS) {
        // Names are compared by identity here, as interned ones may be.
        true if left.iter().all(|(name, _)| is_interned(*name)) => sources.push(Source::Keywords(left)),
        false if left.is_empty() => (),
        _ => return None,
    }
    Some(sources)
}

/// Whether a name is a string of which there is one only.
fn is_interned(name: Value) -> bool {
    name.cast_exact::<Str>().is_some() && find_interned(name).is_some_and(|found| found.is(name))
}
