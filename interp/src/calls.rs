//! Calls: Python functions get a frame in the running loop, everything else is called natively. Binding of arguments to
//! parameters, with CPython's errors.

use crate::code::{Executable, register_code};
use crate::dispatch::Machine;
use crate::frames::{self, Scope};
use ir::code::co_flags;
use runtime::call::Args;
use runtime::error::{PyResult, Raised};
use runtime::frame::FrameKind;
use runtime::objects::builtin_function::display_name;
use runtime::objects::code::Code;
use runtime::objects::dict::Dict;
use runtime::objects::function::{Function, Method};
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::protocol;
use runtime::thread::Thread;
use runtime::value::{Ref, Value, as_values};

/// What a call came to.
pub enum Called {
    /// It is done.
    Value(Ref),
    /// A frame was pushed; the machine's fields describe it.
    Frame,
}

/// Calls the window at register `window`: callable, self or NULL, `count` arguments. The window is consumed, except when an
/// error leaves it to the unwinding.
///
/// # Safety
/// The window lies within the running frame's registers.
#[inline]
pub unsafe fn call_window(
    m: &mut Machine,
    window: usize,
    count: usize,
    names: &[Value],
    result: usize,
) -> PyResult<Called> {
    // SAFETY: promised by the caller.
    let first = unsafe { m.registers.add(window) };
    // SAFETY: as above; a method object's parts replace it and the missing self.
    unsafe {
        if let Some(method) = (*first).cast_exact::<Method>()
            && (*first.add(1)).is_null()
        {
            let (function, receiver) = (method.function.get(), method.receiver.get());
            first.add(1).write(receiver.into_value());
            drop(Ref::from_owned(std::ptr::replace(first, function.into_value())));
        }
    }
    // SAFETY: as above.
    let (callable, has_self) = unsafe { (*first, !(*first.add(1)).is_null()) };
    // SAFETY: as above.
    let arguments = unsafe { first.add(if has_self { 1 } else { 2 }) };
    let total = count + usize::from(has_self);
    if let Some(function) = callable.cast_exact::<Function>() {
        // SAFETY: the arguments lie in the window.
        return unsafe { call_function_window(m, function, first, arguments, total, names, result) };
    }
    // SAFETY: the registers own the arguments while the call runs; nobody else writes to them.
    let values = unsafe { std::slice::from_raw_parts(arguments, total) };
    let value = m.thread.call_args(callable, &Args::new(values, names))?;
    // SAFETY: the window is consumed here.
    unsafe { frames::drop_registers(first, count + 2) };
    Ok(Called::Value(value))
}

/// Pushes the frame of a Python function called with the arguments in a window.
///
/// # Safety
/// `first` is the window's callable, `arguments` the first of `total` arguments behind it.
#[inline]
unsafe fn call_function_window(
    m: &mut Machine,
    function: &'static Function,
    first: *mut Value,
    arguments: *mut Value,
    total: usize,
    names: &[Value],
    result: usize,
) -> PyResult<Called> {
    let code = function.code();
    let executable = register_code(m.thread, code)?;
    frames::check_depth(m.thread)?;
    let is_simple = names.is_empty()
        && total == code.argcount as usize
        && code.kwonlyargcount == 0
        && !code.has_flag(co_flags::VARARGS | co_flags::VARKEYWORDS);
    let on_stack = m.on_stack();
    let base = if is_simple && on_stack { arguments } else { m.thread.stack_top.get() };
    frames::check_room(m.thread, base, executable.nregisters())?;
    // SAFETY: the window has room; the arguments move into it, or stay where they are.
    unsafe {
        if is_simple {
            if !on_stack {
                std::ptr::copy_nonoverlapping(arguments, base, total);
                clear(arguments, total);
            }
            clear(base.add(total), code.nlocalsplus() - total);
        } else {
            let values = take_values(arguments, total);
            bind(m.thread, function, code, values, names, base)?;
        }
        let function_ref = Ref::from_owned(std::ptr::replace(first, Value::NULL));
        let scope = scope_of(function, function_ref);
        let frame = frames::push(m.thread, scope, executable, base, FrameKind::Call, result as u32);
        m.enter(frame, executable);
    }
    Ok(Called::Frame)
}

/// Writes NULL to registers that hold nothing with a count.
///
/// # Safety
/// The registers exist.
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

fn scope_of(function: &Function, owner: Ref) -> Scope {
    Scope {
        code: function.code.get(),
        function: owner,
        globals: function.globals.get(),
        builtins: function.builtins.get(),
        locals: Ref::NULL,
    }
}

/// Pushes the frame of a Python function called from native code.
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
    frames::check_room(thread, base, executable.nregisters())?;
    let values = arguments.all_values().iter().map(|v| v.to_ref()).collect();
    // SAFETY: the window is free and has room.
    unsafe {
        bind(thread, function, code, values, arguments.keyword_names(), base)?;
        let scope = scope_of(function, callable.to_ref());
        let frame = frames::push(thread, scope, executable, base, FrameKind::Entry, 0);
        Ok((frame, executable))
    }
}

/// Calls with the arguments of an iterable and a mapping (NULL if there is none): `f(*args, **kwargs)`. The window holds the
/// callable, NULL, the iterable and the mapping, and is consumed, except when an error leaves it to the unwinding.
///
/// # Safety
/// The window lies within the running frame's registers.
pub unsafe fn call_unpacked(m: &mut Machine, window: usize, result: usize) -> PyResult<Called> {
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
    let mut values = protocol::collect(thread, iterable)?;
    let mut names = Vec::new();
    if !mapping.is_null() {
        let merged = Dict::new();
        crate::operators::dict_merge(thread, callable, *merged, mapping)?;
        for (name, value) in merged.cast::<Dict>().map(|d| d.items()).unwrap_or_default() {
            names.push(name);
            values.push(value);
        }
    }
    let names = as_values(&names);
    let (function, receiver) = match callable.cast_exact::<Method>() {
        Some(method) => (method.function.get(), Some(method.receiver.get())),
        None => (callable.to_ref(), None),
    };
    if let Some(receiver) = receiver {
        values.insert(0, receiver);
    }
    let called = match function.cast_exact::<Function>() {
        None => Called::Value(thread.call_args(*function, &Args::new(as_values(&values), names))?),
        Some(f) => {
            let code = f.code();
            let executable = register_code(thread, code)?;
            frames::check_depth(thread)?;
            let base = thread.stack_top.get();
            frames::check_room(thread, base, executable.nregisters())?;
            // SAFETY: the window is free and has room.
            unsafe {
                bind(thread, f, code, values, names, base)?;
                let scope = scope_of(f, function.clone());
                let frame = frames::push(thread, scope, executable, base, FrameKind::Call, result as u32);
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
    values: Vec<Ref>,
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

    fn bind(&self, mut values: Vec<Ref>, names: &[Value], locals: &mut [Value]) -> PyResult<()> {
        let positional = self.code.argcount as usize;
        let total = positional + self.code.kwonlyargcount as usize;
        let has_varargs = self.code.has_flag(co_flags::VARARGS);
        let keyword_values = values.split_off(values.len() - names.len());
        let given = values.len();
        let mut values = values.into_iter();
        for (local, value) in locals.iter_mut().zip(values.by_ref().take(positional)) {
            *local = value.into_value();
        }
        if has_varargs {
            locals[total] = Tuple::from_refs(values.collect()).into_value();
        }
        let mut extra = Value::NULL;
        if self.code.has_flag(co_flags::VARKEYWORDS) {
            extra = Dict::new().into_value();
            locals[total + usize::from(has_varargs)] = extra;
        }
        for (name, value) in names.iter().zip(keyword_values) {
            self.bind_keyword(*name, value, total, extra.cast::<Dict>(), locals, names)?;
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
        let mut missing = Vec::new();
        let defaults = self.function.kwdefaults.get();
        for (i, local) in locals.iter_mut().enumerate().take(total).skip(positional) {
            if !local.is_null() {
                continue;
            }
            let default = match defaults.option_dict() {
                Some(dict) => dict.get(self.thread, *self.code.localsplusnames[i])?,
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
