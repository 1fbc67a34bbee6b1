//! Calls: Python functions get a frame in the running loop, everything else is called natively. Binding of arguments to
//! parameters, with CPython's errors.

use crate::code::{Executable, lowered, register_code};
use crate::dispatch::Machine;
use crate::frames::{self, Destination};
use crate::generators;
use crate::watch::Watch;
use ir::code::co_flags;
use runtime::call::Args;
use runtime::error::{PyResult, Raised};
use runtime::frame::FrameKind;
use runtime::objects::builtin_function::display_name;
use runtime::objects::code::Code;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions;
use runtime::objects::function::{Function, Method};
use runtime::objects::object;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::thread::Thread;
use runtime::types::registry::TYPE;
use runtime::types::{Type, TypeFlags, slot_functions};
use runtime::value::{Ref, Value, as_values};
use runtime::{names, protocol};
use smallvec::SmallVec;

/// What a call came to.
pub enum Called {
    /// It is done.
    Value(Ref),
    /// A frame was pushed; the machine's fields describe it.
    Frame,
}

/// Enters a Python function whose parameters the positional arguments of a window fill exactly. False, with nothing done, for
/// any other call.
///
/// # Safety
/// The window lies within the running frame's registers; the frame's head knows the pc.
#[inline(always)]
pub unsafe fn enter_exact(m: &mut Machine, window: usize, count: usize, returns: Destination) -> bool {
    // SAFETY: promised by the caller; a window is at least two registers.
    unsafe {
        let first = m.registers.add(window);
        let Some(function) = (*first).cast_exact::<Function>() else { return false };
        let Some(executable) = lowered(function.code()) else { return false };
        let has_self = usize::from(!(*first.add(1)).is_null());
        let total = count + has_self;
        if executable.exact_arguments() as usize != total {
            return false;
        }
        let arguments = first.add(2 - has_self);
        let on_stack = m.on_stack();
        let base = if on_stack { arguments } else { m.thread.stack_top.get() };
        if !frames::has_head(m.thread) || !frames::has_room(m.thread, base, executable.register_count()) {
            return false;
        }
        if !on_stack {
            std::ptr::copy_nonoverlapping(arguments, base, total);
            clear(arguments, total);
        }
        clear(base.add(total), executable.local_count() - total);
        let owner = Ref::from_owned(std::ptr::replace(first, Value::NULL));
        let frame = frames::push(m.thread, function, owner, executable, base, FrameKind::Call, returns);
        m.enter(frame, executable);
    }
    true
}

/// Enters a Python function with arguments that lie in no window, if it takes just so many. False, with nothing done and
/// the arguments not made, for any other function.
///
/// # Safety
/// The running frame's head knows the pc.
#[inline(always)]
pub unsafe fn enter_with<const N: usize>(
    m: &mut Machine,
    function: &'static Function,
    returns: Destination,
    arguments: impl FnOnce() -> [Ref; N],
) -> bool {
    let Some(executable) = lowered(function.code()) else { return false };
    let base = m.thread.stack_top.get();
    if executable.exact_arguments() as usize != N
        || !frames::has_head(m.thread)
        || !frames::has_room(m.thread, base, executable.register_count())
    {
        return false;
    }
    // SAFETY: the window is free and has room.
    unsafe {
        for (i, value) in arguments().into_iter().enumerate() {
            base.add(i).write(value.into_value());
        }
        clear(base.add(N), executable.local_count() - N);
        let owner = Value::of(function).to_ref();
        let frame = frames::push(m.thread, function, owner, executable, base, FrameKind::Call, returns);
        m.enter(frame, executable);
    }
    true
}

/// Puts the function and the receiver of a bound method into the window that calls it. False, with nothing done, if it is
/// something else.
///
/// # Safety
/// The window lies within the running frame's registers.
#[inline(always)]
pub unsafe fn unpack_method(m: &mut Machine, window: usize) -> bool {
    // SAFETY: promised by the caller.
    unsafe {
        let first = m.registers.add(window);
        let Some(method) = (*first).cast_exact::<Method>() else { return false };
        if !(*first.add(1)).is_null() {
            return false;
        }
        let (function, receiver) = (method.function.get(), method.receiver.get());
        first.add(1).write(receiver.into_value());
        drop(Ref::from_owned(std::ptr::replace(first, function.into_value())));
    }
    true
}

/// Makes an instance of the cached class and enters its cached `__init__`, if that takes just the arguments in the window.
/// False, with nothing done, for any other call.
///
/// # Safety
/// As for `enter_exact`; `pc` is at a call specialised for a class.
#[inline(always)]
pub unsafe fn enter_class(
    m: &mut Machine,
    pc: *const u64,
    window: usize,
    count: usize,
    returns: Destination,
) -> bool {
    // SAFETY: promised by the caller; the class's version guards the function.
    unsafe {
        let first = m.registers.add(window);
        let class = *first;
        if !class.is_pointer() || !is_called_as_type(class) || !(*first.add(1)).is_null() {
            return false;
        }
        let class = class.cast_unchecked::<Type>();
        if class.version_or_zero() != (*pc.add(1) >> 40) as u32 {
            return false;
        }
        let function = Value::from_bits(*pc.add(3)).cast_unchecked::<Function>();
        let Some(executable) = lowered(function.code()) else { return false };
        let total = count + 1;
        let arguments = first.add(1);
        if executable.exact_arguments() as usize != total || !m.on_stack() {
            return false;
        }
        if !frames::has_head(m.thread) || !frames::has_room(m.thread, arguments, executable.register_count())
        {
            return false;
        }
        let instance = make_instance(class, arguments.add(1), count);
        arguments.write(instance.clone().into_value());
        // The instance holds on to its class.
        drop(Ref::from_owned(std::ptr::replace(first, Value::NULL)));
        clear(arguments.add(total), executable.local_count() - total);
        let owner = Value::of(function).to_ref();
        let kind = FrameKind::Init;
        let frame = frames::push(m.thread, function, owner, executable, arguments, kind, returns);
        // A free head has nothing there.
        std::mem::forget((*frame).extra.replace(instance));
        m.enter(frame, executable);
    }
    true
}

/// Calls the window at register `window`: callable, self or NULL, `count` arguments. The window is consumed, except when an
/// error leaves it to the unwinding.
///
/// # Safety
/// The window lies within the running frame's registers.
#[inline(never)]
pub unsafe fn call_window(
    m: &mut Machine,
    window: usize,
    count: usize,
    names: &[Value],
    returns: Destination,
) -> PyResult<Called> {
    // SAFETY: promised by the caller.
    let first = unsafe { m.registers.add(window) };
    // SAFETY: as above.
    unsafe { unpack_method(m, window) };
    // SAFETY: as above.
    let (callable, has_self) = unsafe { (*first, !(*first.add(1)).is_null()) };
    // SAFETY: as above.
    let arguments = unsafe { first.add(if has_self { 1 } else { 2 }) };
    let total = count + usize::from(has_self);
    if let Some(function) = callable.cast_exact::<Function>() {
        let call = FunctionCall { function, first, arguments, total, names, instance: Ref::NULL, returns };
        // SAFETY: the arguments lie in the window.
        return unsafe { call.enter(m) };
    }
    if !has_self
        && is_called_as_type(callable)
        && let Some(class) = callable.cast::<Type>()
        && let Some(function) = python_init(class)
    {
        // SAFETY: the arguments lie behind the window's first two words.
        let instance = unsafe { make_instance(class, arguments, count - names.len()) };
        // SAFETY: the instance takes the place of self. It holds on to its class.
        unsafe {
            first.add(1).write(instance.clone().into_value());
            drop(Ref::from_owned(std::ptr::replace(first, Value::of(function).to_ref().into_value())));
        }
        // SAFETY: as above.
        let arguments = unsafe { first.add(1) };
        let call = FunctionCall { function, first, arguments, total: total + 1, names, instance, returns };
        // SAFETY: as above.
        return unsafe { call.enter(m) };
    }
    // SAFETY: the registers own the arguments while the call runs; nobody else writes to them.
    let values = unsafe { std::slice::from_raw_parts(arguments, total) };
    let value = m.thread.call_args(callable, &Args::new(values, names))?;
    // SAFETY: the window is consumed here.
    unsafe { frames::drop_registers(first, count + 2) };
    Ok(Called::Value(value))
}

/// An instance of a class that has a `python_init`. An exception keeps the positional arguments.
///
/// # Safety
/// `first` is the first of `count` positional arguments.
#[inline(always)]
unsafe fn make_instance(class: &'static Type, first: *const Value, count: usize) -> Ref {
    if class.has(TypeFlags::EXCEPTION_SUBCLASS) {
        // SAFETY: promised by the caller.
        return exceptions::new_plain(class, unsafe { std::slice::from_raw_parts(first, count) });
    }
    object::new_bare(class)
}

/// Whether a call of an object, a class, is `type.__call__`'s.
#[inline(always)]
pub fn is_called_as_type(callable: Value) -> bool {
    callable.is_exact(&TYPE) || callable.cast::<Type>().is_some_and(|_| TYPE.calls_like(callable.ty()))
}

/// The Python `__init__` of a class whose instances are made by `object.__new__` or `BaseException.__new__`; `None` for
/// other classes.
#[inline]
pub fn python_init(class: &'static Type) -> Option<&'static Function> {
    let slots = class.slots();
    let is_plain = (slots.new.is_some_and(|f| f as usize == object::new as *const () as usize)
        || exceptions::is_plainly_made(class))
        && slots.init.is_some_and(|f| f as usize == slot_functions::init as *const () as usize)
        && !class.has(TypeFlags::ABSTRACT);
    if !is_plain {
        return None;
    }
    class.lookup(names::get().__init__)?.cast_exact::<Function>()
}

/// A call of a Python function with the arguments in a window.
struct FunctionCall<'a> {
    function: &'static Function,
    /// The window's callable: the function.
    first: *mut Value,
    /// The first of `total` arguments.
    arguments: *mut Value,
    total: usize,
    names: &'a [Value],
    /// The instance that the function initialises, if it is called as `__init__` by a class.
    instance: Ref,
    returns: Destination,
}

/// Keyword arguments of a call that are bound without allocation.
const FEW_KEYWORDS: usize = 8;
/// Parameters that such a call may leave to keywords and defaults.
const FEW_DEFAULTS: usize = 12;

impl FunctionCall<'_> {
    /// Pushes the function's frame.
    ///
    /// # Safety
    /// The arguments lie in a window of the running frame's registers.
    #[inline]
    unsafe fn enter(self, m: &mut Machine) -> PyResult<Called> {
        let (function, thread) = (self.function, m.thread);
        let executable = register_code(thread, function.code())?;
        frames::check_depth(thread)?;
        if executable.generator_arguments() as usize == self.total
            && self.names.is_empty()
            && self.instance.is_null()
            && generators::may_make(thread, function)
        {
            // SAFETY: the window is consumed: its values move.
            return unsafe {
                let owner = Ref::from_owned(std::ptr::replace(self.first, Value::NULL));
                let argument = |i| Ref::from_owned(std::ptr::replace(self.arguments.add(i), Value::NULL));
                Ok(Called::Value(generators::make_of_call(owner, function, executable, self.total, argument)))
            };
        }
        let on_stack = m.on_stack();
        let mut base = if on_stack { self.arguments } else { thread.stack_top.get() };
        frames::check_room(thread, base, executable.register_count())?;
        // SAFETY: the window has room; the arguments move into it, or stay where they are.
        unsafe {
            if executable.exact_arguments() as usize == self.total && self.names.is_empty() {
                if !on_stack {
                    std::ptr::copy_nonoverlapping(self.arguments, base, self.total);
                    clear(self.arguments, self.total);
                }
                clear(base.add(self.total), executable.local_count() - self.total);
            } else if !self.bind_simply(executable, base) {
                base = thread.stack_top.get();
                frames::check_room(thread, base, executable.register_count())?;
                let values = std::slice::from_raw_parts(self.arguments, self.total);
                bind(thread, function, function.code(), values, self.names, base)?;
                frames::drop_registers(self.arguments, self.total);
            }
            let owner = Ref::from_owned(std::ptr::replace(self.first, Value::NULL));
            let kind = if self.instance.is_null() { FrameKind::Call } else { FrameKind::Init };
            let frame = frames::push(thread, function, owner, executable, base, kind, self.returns);
            if kind == FrameKind::Init {
                drop((*frame).extra.replace(self.instance));
            }
            m.enter(frame, executable);
        }
        Ok(Called::Frame)
    }

    /// The default of parameter `i`, borrowed from the function.
    #[inline(always)]
    fn default_of(&self, code: &Code, i: usize) -> Option<Value> {
        let positional = code.argcount as usize;
        if i >= positional {
            let defaults = self.function.kwdefaults.peek();
            let defaults = if defaults.is_null() { None } else { defaults.cast_exact::<Dict>() };
            return keyword_default(defaults?, i - positional, *code.localsplusnames[i]);
        }
        let defaults = self.function.defaults.peek();
        if defaults.is_null() {
            return None;
        }
        let items = defaults.cast::<Tuple>()?.items();
        items.get((i + items.len()).checked_sub(positional)?).copied()
    }

    /// Moves arguments to parameters at `base`, fills in defaults and clears the other locals, for functions without `*args`
    /// and `**kwargs`. False, with nothing done, if something doesn't fit or isn't that simple.
    ///
    /// # Safety
    /// As for `enter`; `base` is where the arguments lie or has room for the locals elsewhere.
    unsafe fn bind_simply(&self, executable: &Executable, base: *mut Value) -> bool {
        let code = self.function.code();
        if code.has_flag(co_flags::VARARGS | co_flags::VARKEYWORDS) || self.names.len() > FEW_KEYWORDS {
            return false;
        }
        let (positional, given) = (code.argcount as usize, self.total - self.names.len());
        let parameters = positional + code.kwonlyargcount as usize;
        if given > positional {
            return false;
        }
        let mut places = [0; FEW_KEYWORDS];
        let mut taken = 0u128;
        let nameable = code.posonlyargcount as usize;
        for (place, name) in places.iter_mut().zip(self.names) {
            let found = code.localsplusnames[nameable..parameters].iter().position(|p| p.is(*name));
            let Some(i) = found.map(|i| i + nameable).filter(|i| (given..128).contains(i)) else {
                return false;
            };
            *place = i;
            taken |= 1 << i;
        }
        if parameters - given > FEW_DEFAULTS {
            return false;
        }
        let mut values = [Value::NULL; FEW_DEFAULTS];
        let is_taken = |i: usize| i < 128 && taken >> i & 1 != 0;
        for i in (given..parameters).filter(|i| !is_taken(*i)) {
            let Some(default) = self.default_of(code, i) else { return false };
            values[i - given] = default;
        }
        // SAFETY: promised by the caller; keyword values are out of the way before their places are written.
        unsafe {
            let mut named = [Value::NULL; FEW_KEYWORDS];
            std::ptr::copy_nonoverlapping(self.arguments.add(given), named.as_mut_ptr(), self.names.len());
            if base != self.arguments {
                std::ptr::copy_nonoverlapping(self.arguments, base, given);
                clear(self.arguments, self.total);
            }
            for (i, default) in values.into_iter().enumerate().take(parameters - given) {
                base.add(given + i).write(default.to_ref().into_value());
            }
            for (place, value) in places.iter().zip(named).take(self.names.len()) {
                base.add(*place).write(value);
            }
            clear(base.add(parameters), executable.local_count() - parameters);
        }
        true
    }
}

/// The default of the keyword-only parameter with this number. A dict that the compiler made has the defaults in order.
#[inline(always)]
fn keyword_default(defaults: &Dict, number: usize, name: Value) -> Option<Value> {
    defaults.value_if_key(number, name).or_else(|| defaults.get_interned(name))
}

/// Writes NULL to registers that hold nothing with a count.
///
/// # Safety
/// The registers exist.
#[inline(always)]
unsafe fn clear(first: *mut Value, count: usize) {
    for i in 0..count {
        // SAFETY: promised by the caller.
        unsafe { first.add(i).write(Value::NULL) };
    }
}

/// Moves the values of registers out; NULL stays behind.
///
/// # Safety
/// The registers exist and own their values.
pub unsafe fn take_values(first: *mut Value, count: usize) -> Vec<Ref> {
    // SAFETY: promised by the caller.
    let take = |i| unsafe { Ref::from_owned(std::ptr::replace(first.add(i), Value::NULL)) };
    (0..count).map(take).collect()
}

/// The generator that a call from native code gives; `None`, with nothing done, if a frame has to be made for the call.
#[inline]
pub fn make_generator(thread: &Thread, callable: Value, arguments: &Args) -> PyResult<Option<Ref>> {
    let Some(function) = callable.cast::<Function>() else { return Ok(None) };
    let Some(executable) = lowered(function.code()) else { return Ok(None) };
    let values = arguments.all_values();
    if executable.generator_arguments() as usize != values.len()
        || arguments.has_keywords()
        || !generators::may_make(thread, function)
    {
        return Ok(None);
    }
    frames::check_depth(thread)?;
    let argument = |i: usize| values[i].to_ref();
    Ok(Some(generators::make_of_call(callable.to_ref(), function, executable, values.len(), argument)))
}

/// Pushes the frame of a Python function called from native code, if the arguments are just its parameters and nothing
/// stands in the way; the machine that runs it.
#[inline(always)]
pub fn push_exact_entry<'t>(thread: &'t Thread, callable: Value, arguments: &Args) -> Option<Machine<'t>> {
    let function = callable.cast_exact::<Function>()?;
    let executable = lowered(function.code())?;
    let values = arguments.all_values();
    let base = thread.stack_top.get();
    if executable.exact_arguments() as usize != values.len()
        || arguments.has_keywords()
        || !frames::has_head(thread)
        || !frames::has_room(thread, base, executable.register_count())
    {
        return None;
    }
    // SAFETY: the window is free and has room.
    let frame = unsafe {
        for (i, value) in values.iter().enumerate() {
            base.add(i).write(value.to_ref().into_value());
        }
        clear(base.add(values.len()), executable.local_count() - values.len());
        let owner = callable.to_ref();
        frames::push(thread, function, owner, executable, base, FrameKind::Entry, Destination::default())
    };
    // Not read from the frame again: what was just stored word by word is slow to load at once.
    Some(Machine { thread, frame, registers: base, pc: executable.start(), executable, watch: Watch::Off })
}

/// Pushes the frame of a Python function called from native code.
#[inline]
pub fn push_entry(
    thread: &Thread,
    callable: Value,
    arguments: &Args,
) -> PyResult<(*mut runtime::frame::Frame, &'static Executable)> {
    let Some(function) = callable.cast::<Function>() else {
        return Err(thread.type_error(format!("'{}' object is not callable", callable.ty().name())));
    };
    let code = function.code();
    let executable = register_code(thread, code)?;
    frames::check_depth(thread)?;
    let base = thread.stack_top.get();
    frames::check_room(thread, base, executable.register_count())?;
    let values = arguments.all_values();
    // SAFETY: the window is free and has room.
    unsafe {
        if executable.exact_arguments() as usize == values.len() && !arguments.has_keywords() {
            for (i, value) in values.iter().enumerate() {
                base.add(i).write(value.to_ref().into_value());
            }
            clear(base.add(values.len()), executable.local_count() - values.len());
        } else {
            bind(thread, function, code, values, arguments.keyword_names(), base)?;
        }
        let owner = callable.to_ref();
        let frame =
            frames::push(thread, function, owner, executable, base, FrameKind::Entry, Destination::default());
        Ok((frame, executable))
    }
}

/// Calls with the arguments of an iterable and a mapping (NULL if there is none): `f(*args, **kwargs)`. The window holds the
/// callable, NULL, the iterable and the mapping, and is consumed, except when an error leaves it to the unwinding.
///
/// # Safety
/// The window lies within the running frame's registers.
pub unsafe fn call_unpacked(m: &mut Machine, window: usize, returns: Destination) -> PyResult<Called> {
    let thread = m.thread;
    // SAFETY: promised by the caller.
    let first = unsafe { m.registers.add(window) };
    // SAFETY: as above; the registers hold on to the values meanwhile.
    let (callable, iterable, mapping) = unsafe { (*first, *first.add(2), *first.add(3)) };
    if iterable.ty().slots().iter.is_none() && iterable.ty().slots().get_item.is_none() {
        return Err(thread.type_error(format!(
            "{} argument after * must be an iterable, not {}",
            display_name(thread, callable),
            iterable.ty().name()
        )));
    }
    let (function, receiver) = match callable.cast_exact::<Method>() {
        Some(method) => (method.function.get(), Some(method.receiver.get())),
        None => (callable.to_ref(), None),
    };
    let mut values: SmallVec<[Ref; 12]> = receiver.into_iter().collect();
    match iterable.cast_exact::<Tuple>() {
        Some(tuple) => values.extend(tuple.items().iter().map(|v| v.to_ref())),
        None => values.extend(protocol::collect(thread, iterable)?),
    }
    let mut names: SmallVec<[Ref; 8]> = SmallVec::new();
    if !mapping.is_null() {
        let mut add = |dict: &Dict| {
            for entry in (0..dict.places()).filter_map(|place| dict.entry_at(place)) {
                names.push(entry.key.to_ref());
                values.push(entry.value.to_ref());
            }
        };
        match mapping.cast_exact::<Dict>().filter(|d| d.has_only_str_keys()) {
            Some(dict) => add(dict),
            None => {
                let merged = Dict::new();
                crate::operators::dict_merge(thread, callable, *merged, mapping)?;
                merged.cast::<Dict>().into_iter().for_each(add);
            }
        }
    }
    let names = as_values(&names);
    let called = match function.cast_exact::<Function>() {
        None => Called::Value(thread.call_args(*function, &Args::new(as_values(&values), names))?),
        Some(f) => {
            let code = f.code();
            let executable = register_code(thread, code)?;
            frames::check_depth(thread)?;
            let base = thread.stack_top.get();
            frames::check_room(thread, base, executable.register_count())?;
            // SAFETY: the window is free and has room.
            unsafe {
                bind(thread, f, code, as_values(&values), names, base)?;
                let owner = function.clone();
                let frame = frames::push(thread, f, owner, executable, base, FrameKind::Call, returns);
                m.enter(frame, executable);
            }
            Called::Frame
        }
    };
    // SAFETY: the window is consumed here.
    unsafe { frames::drop_registers(first, 4) };
    Ok(called)
}

/// Binds arguments (keyword values last) to parameters: fills the locals at `target`; on an error they hold nothing.
///
/// # Safety
/// `target` has room for the code's locals, which hold nothing with a count.
unsafe fn bind(
    thread: &Thread,
    function: &Function,
    code: &'static Code,
    values: &[Value],
    names: &[Value],
    target: *mut Value,
) -> PyResult<()> {
    // SAFETY: promised by the caller.
    let locals = unsafe {
        clear(target, code.nlocalsplus());
        std::slice::from_raw_parts_mut(target, code.nlocalsplus())
    };
    let bound = Binding { thread, function, code }.bind(values, names, locals);
    if bound.is_err() {
        // SAFETY: whatever was bound is dropped.
        unsafe { frames::drop_registers(target, code.nlocalsplus()) };
    }
    bound
}

/// One binding of arguments.
struct Binding<'a> {
    thread: &'a Thread,
    function: &'a Function,
    code: &'static Code,
}

impl Binding<'_> {
    fn name(&self) -> String {
        str::display(self.function.qualname.peek())
    }

    fn bind(&self, values: &[Value], names: &[Value], locals: &mut [Value]) -> PyResult<()> {
        let positional = self.code.argcount as usize;
        let total = positional + self.code.kwonlyargcount as usize;
        let has_varargs = self.code.has_flag(co_flags::VARARGS);
        let given = values.len() - names.len();
        let (values, keyword_values) = values.split_at(given);
        for (local, value) in locals.iter_mut().zip(values.iter().take(positional)) {
            *local = value.to_ref().into_value();
        }
        if has_varargs {
            locals[total] = Tuple::from_values(values.get(positional..).unwrap_or(&[])).into_value();
        }
        let mut extra = Value::NULL;
        if self.code.has_flag(co_flags::VARKEYWORDS) {
            extra = Dict::new().into_value();
            locals[total + usize::from(has_varargs)] = extra;
        }
        let extra = if extra.is_null() { None } else { extra.cast::<Dict>() };
        for (name, value) in names.iter().zip(keyword_values) {
            self.bind_keyword(*name, value.to_ref(), total, extra, locals, names)?;
        }
        if given > positional && !has_varargs {
            return Err(self.too_many(given, &locals[positional..total]));
        }
        self.fill_defaults(given, positional, locals)?;
        self.fill_keyword_defaults(positional, total, locals)
    }

    fn bind_keyword(
        &self,
        name: Value,
        value: Ref,
        total: usize,
        extra: Option<&Dict>,
        locals: &mut [Value],
        names: &[Value],
    ) -> PyResult<()> {
        let Some(text) = name.cast::<Str>() else {
            return Err(self.thread.type_error(format!("{}() keywords must be strings", self.name())));
        };
        let first = self.code.posonlyargcount as usize;
        let parameters = &self.code.localsplusnames[first..total];
        let found = parameters.iter().position(|p| p.is(name));
        let found =
            found.or_else(|| parameters.iter().position(|p| p.cast::<Str>().is_some_and(|p| p.same(text))));
        let Some(i) = found else {
            return match extra {
                Some(dict) => dict.set(self.thread, name, value),
                None => Err(self.unexpected(name, names)),
            };
        };
        let local = &mut locals[first + i];
        if !local.is_null() {
            let message =
                format!("{}() got multiple values for argument '{}'", self.name(), str::display(name));
            return Err(self.thread.type_error(message));
        }
        *local = value.into_value();
        Ok(())
    }

    fn fill_defaults(&self, given: usize, positional: usize, locals: &mut [Value]) -> PyResult<()> {
        if given >= positional {
            return Ok(());
        }
        let defaults = self.function.defaults.get();
        let defaults = defaults.cast_or_empty();
        let required = positional.saturating_sub(defaults.len());
        let missing: Vec<usize> = (given..required).filter(|i| locals[*i].is_null()).collect();
        if !missing.is_empty() {
            return Err(self.missing("positional", &missing));
        }
        for i in given.max(required)..positional {
            if locals[i].is_null() {
                locals[i] = defaults[i - required].to_ref().into_value();
            }
        }
        Ok(())
    }

    fn fill_keyword_defaults(&self, positional: usize, total: usize, locals: &mut [Value]) -> PyResult<()> {
        if positional == total {
            return Ok(());
        }
        let mut missing = Vec::new();
        let defaults = self.function.kwdefaults.get();
        for (i, local) in locals.iter_mut().enumerate().take(total).skip(positional) {
            if !local.is_null() {
                continue;
            }
            let default = match defaults.option_dict() {
                Some(dict) => {
                    let name = *self.code.localsplusnames[i];
                    match dict.value_if_key(i - positional, name) {
                        Some(value) => Some(value.to_ref()),
                        None => dict.get(self.thread, name)?,
                    }
                }
                None => None,
            };
            match default {
                Some(value) => *local = value.into_value(),
                None => missing.push(i),
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(self.missing("keyword-only", &missing)) }
    }

    #[cold]
    fn missing(&self, sort: &str, missing: &[usize]) -> Raised {
        let quoted: Vec<String> =
            missing.iter().map(|i| format!("'{}'", str::display(*self.code.localsplusnames[*i]))).collect();
        let listed = match quoted.as_slice() {
            [one] => one.clone(),
            [one, two] => format!("{one} and {two}"),
            [most @ .., last] => format!("{}, and {last}", most.join(", ")),
            [] => String::new(),
        };
        let plural = if missing.len() == 1 { "" } else { "s" };
        self.thread.type_error(format!(
            "{}() missing {} required {sort} argument{plural}: {listed}",
            self.name(),
            missing.len()
        ))
    }

    #[cold]
    fn too_many(&self, given: usize, keyword_only: &[Value]) -> Raised {
        let most = self.code.argcount as usize;
        let defaults = self.function.defaults.get().cast_or_empty().len();
        let (takes, plural) = match defaults {
            0 => (most.to_string(), most != 1),
            n => (format!("from {} to {most}", most.saturating_sub(n)), true),
        };
        let by_keyword = keyword_only.iter().filter(|v| !v.is_null()).count();
        let ending = |plural: bool| if plural { "s" } else { "" };
        let also = match by_keyword {
            0 => String::new(),
            n => format!(
                " positional argument{} (and {n} keyword-only argument{})",
                ending(given != 1),
                ending(n != 1)
            ),
        };
        let verb = if given == 1 && by_keyword == 0 { "was" } else { "were" };
        self.thread.type_error(format!(
            "{}() takes {takes} positional argument{} but {given}{also} {verb} given",
            self.name(),
            ending(plural)
        ))
    }

    #[cold]
    fn unexpected(&self, name: Value, names: &[Value]) -> Raised {
        let positional_only = &self.code.localsplusnames[..self.code.posonlyargcount as usize];
        let wrong: Vec<String> = positional_only
            .iter()
            .filter(|p| names.iter().any(|n| str::equals(*n, &str::display(***p))))
            .map(|p| str::display(**p))
            .collect();
        if !wrong.is_empty() {
            return self.thread.type_error(format!(
                "{}() got some positional-only arguments passed as keyword arguments: '{}'",
                self.name(),
                wrong.join(", ")
            ));
        }
        let message =
            format!("{}() got an unexpected keyword argument '{}'", self.name(), str::display(name));
        self.thread.type_error(message)
    }
}

/// Fields that are NULL where a function has none.
trait OptionalContainer {
    /// A tuple's items; none for NULL.
    fn cast_or_empty(&self) -> &'static [Value];
    /// A dict; `None` for NULL.
    fn option_dict(&self) -> Option<&'static Dict>;
}

impl OptionalContainer for Ref {
    fn cast_or_empty(&self) -> &'static [Value] {
        self.cast::<Tuple>().map_or(&[], |t| t.items())
    }
    fn option_dict(&self) -> Option<&'static Dict> {
        self.cast::<Dict>()
    }
}
