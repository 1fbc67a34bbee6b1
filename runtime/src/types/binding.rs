//! Argument binding of native functions: a signature text is parsed once, calls are bound to it, and what doesn't fit is
//! refused in CPython's words, which depend on the shape of the signature: no arguments, exactly one, positional-only,
//! or with keywords.

use super::native::{MethodDef, NativeFn};
use crate::call::Args;
use crate::cell::GilCell;
use crate::error::{PyResult, Raised};
use crate::objects::dict::Dict;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::thread::Thread;
use crate::value::{Ref, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::cell::Cell;

/// A parsed signature. Parameters stand in the order of their slots.
pub struct Signature {
    /// Interned names of all parameters but `*args` and `**kwargs`, positional ones first.
    names: Vec<Value>,
    required: Vec<bool>,
    /// Parameters that can only be given by position.
    positional_only: usize,
    /// Parameters that can be given by position.
    positional: usize,
    /// Number of leading required positional parameters.
    required_positional: usize,
    /// One more than the last required parameter; `usize::MAX` if one can't be given by position.
    all_required: usize,
    /// Slot of `*args`, which stands behind the positional parameters.
    varargs: Option<usize>,
    /// Slot of `**kwargs`, which stands last.
    varkw: Option<usize>,
}

/// Text between commas at depth 0, quotes and brackets respected.
fn split_parameters(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(text[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|p| !p.is_empty());
    parts
}

impl Signature {
    /// Reads a signature text (see `native`).
    pub fn parse(text: &str) -> Signature {
        let text = text.trim_start_matches('!').trim();
        let inner =
            text.strip_prefix('(').and_then(|t| t.split(" ->").next()?.strip_suffix(')')).unwrap_or("");
        let mut s = Signature {
            names: Vec::new(),
            required: Vec::new(),
            positional_only: 0,
            positional: 0,
            required_positional: 0,
            all_required: 0,
            varargs: None,
            varkw: None,
        };
        let mut keyword_only = false;
        for part in split_parameters(inner) {
            if part.starts_with('$') {
                continue;
            }
            if part == "/" {
                s.positional_only = s.names.len();
            } else if part == "*" {
                keyword_only = true;
            } else if part.starts_with("**") {
                s.varkw = Some(0);
            } else if part.starts_with('*') {
                s.varargs = Some(s.names.len());
                keyword_only = true;
            } else {
                let (name, required) = match part.split_once('=') {
                    Some((name, _)) => (name.trim(), false),
                    None => (part, true),
                };
                let name = name.split(':').next().unwrap_or(name).trim();
                if !keyword_only {
                    s.positional += 1;
                    if required && s.required_positional == s.names.len() {
                        s.required_positional += 1;
                    }
                }
                if required {
                    s.all_required = if keyword_only { usize::MAX } else { s.names.len() + 1 };
                }
                s.names.push(str::intern_text(name));
                s.required.push(required);
            }
        }
        if s.varkw.is_some() {
            s.varkw = Some(s.names.len() + s.varargs.is_some() as usize);
        }
        s
    }

    /// Number of slots that a bound function receives.
    #[inline]
    pub fn slot_count(&self) -> usize {
        self.names.len() + self.varargs.is_some() as usize + self.varkw.is_some() as usize
    }
    /// The slot of parameter `i`.
    #[inline]
    fn slot_of(&self, i: usize) -> usize {
        i + (self.varargs.is_some() && i >= self.positional) as usize
    }
    /// Whether all parameters are positional-only (and there is no `*args`): CPython checks these by another routine.
    fn takes_keywords(&self) -> bool {
        self.varkw.is_some() || self.names.len() > self.positional_only
    }

    /// The number of slots, if so many positional arguments fit and only fill the first ones: the others have defaults.
    #[inline]
    fn simple_slots(&self, given: usize) -> Option<usize> {
        let plain = self.varargs.is_none() && self.varkw.is_none();
        let fits = plain && given <= self.positional && given >= self.all_required;
        (fits && self.names.len() <= FEW_SLOTS).then_some(self.names.len())
    }
    /// How `given` arguments, of which the last have these names, go to the slots: an argument's index for each slot, `None`
    /// where nothing was given. `None` for calls that are wrong, or bind a tuple or dict.
    pub fn places(&self, given: usize, names: &[Value]) -> Option<Vec<Option<usize>>> {
        let by_position = given.checked_sub(names.len())?;
        if self.varargs.is_some() || self.varkw.is_some() || by_position > self.positional {
            return None;
        }
        let mut places = vec![None; self.names.len()];
        for (i, place) in places.iter_mut().enumerate().take(by_position) {
            *place = Some(i);
        }
        for (i, name) in names.iter().enumerate() {
            let parameter = self.parameter_named(*name)?;
            if places[parameter].replace(by_position + i).is_some() {
                return None;
            }
        }
        let is_missing = |i: usize| self.required[i] && places[i].is_none();
        (!(0..places.len()).any(is_missing)).then_some(places)
    }
    /// Calls `f` with the arguments bound to the parameters.
    #[inline]
    pub fn bind<R>(
        &self,
        thread: &Thread,
        callee: Callee,
        arguments: &Args,
        f: impl FnOnce(&[Value]) -> PyResult<R>,
    ) -> PyResult<R> {
        let values = arguments.all_values();
        if !arguments.has_keywords()
            && values.len() == self.positional
            && self.names.len() == self.positional
            && self.varargs.is_none()
            && self.varkw.is_none()
        {
            return f(values);
        }
        self.bind_slow(thread, callee, arguments, f)
    }

    fn bind_slow<R>(
        &self,
        thread: &Thread,
        callee: Callee,
        arguments: &Args,
        f: impl FnOnce(&[Value]) -> PyResult<R>,
    ) -> PyResult<R> {
        let given = arguments.count();
        if !self.takes_keywords() {
            if arguments.has_keywords() {
                return Err(
                    thread.type_error(format!("{} takes no keyword arguments", callee.full_name(thread)))
                );
            }
            if given < self.required_positional || (given > self.positional && self.varargs.is_none()) {
                return Err(self.wrong_count(thread, callee, given));
            }
        } else {
            self.check_counts(thread, callee, arguments)?;
        }
        let mut slots: SmallVec<[Value; 8]> = SmallVec::from_elem(Value::NULL, self.slot_count());
        let by_position = given.min(self.positional);
        slots[..by_position].copy_from_slice(&arguments.positional()[..by_position]);
        let rest =
            self.varargs.map(|slot| (slot, Tuple::from_values(&arguments.positional()[by_position..])));
        if let Some((slot, tuple)) = &rest {
            slots[*slot] = **tuple;
        }
        let mut extra: Option<Ref> = None;
        if arguments.has_keywords() {
            self.place_keywords(thread, callee, arguments, &mut slots, &mut extra)?;
        }
        if let (Some(slot), Some(dict)) = (self.varkw, &extra) {
            slots[slot] = **dict;
        }
        for i in by_position..self.names.len() {
            if self.required[i] && slots[self.slot_of(i)].is_null() {
                let message = format!(
                    "{} missing required argument '{}' (pos {})",
                    callee.called(),
                    str::display(self.names[i]),
                    i + 1
                );
                return Err(thread.type_error(message));
            }
        }
        f(&slots)
    }

    /// Puts keyword values into their slots, the others into `extra`.
    fn place_keywords(
        &self,
        thread: &Thread,
        callee: Callee,
        arguments: &Args,
        slots: &mut [Value],
        extra: &mut Option<Ref>,
    ) -> PyResult<()> {
        let mut unexpected = None;
        for (name, value) in arguments.keywords() {
            match self.parameter_named(name) {
                Some(i) if i < arguments.count().min(self.positional) => {
                    let message = format!(
                        "argument for {} given by name ('{}') and position ({})",
                        callee.called(),
                        str::display(name),
                        i + 1
                    );
                    return Err(thread.type_error(message));
                }
                Some(i) => slots[self.slot_of(i)] = value,
                None if self.varkw.is_some() => {
                    let dict = extra.get_or_insert_with(Dict::new);
                    dict.cast::<Dict>().expect("just made").set(thread, name, value.to_ref())?;
                }
                None => unexpected = unexpected.or(Some(name)),
            }
        }
        let Some(name) = unexpected else { return Ok(()) };
        // A missing argument is reported before an unexpected one.
        let missing = (0..self.names.len()).find(|&i| self.required[i] && slots[self.slot_of(i)].is_null());
        if missing.is_some() {
            return Ok(());
        }
        let this = if matches!(callee, Callee::Unnamed) { "this " } else { "" };
        let (callee, name) = (callee.called(), str::display(name));
        let message = format!("{this}{callee} got an unexpected keyword argument '{name}'");
        Err(thread.type_error(message))
    }

    /// The parameter that a keyword names.
    #[inline]
    fn parameter_named(&self, name: Value) -> Option<usize> {
        let named = self.names.iter().skip(self.positional_only);
        let by_identity = named.clone().position(|n| *n == name);
        let found = by_identity.or_else(|| {
            let name = name.cast::<Str>()?;
            named.clone().position(|n| n.cast::<Str>().is_some_and(|n| n.same(name)))
        });
        found.map(|i| i + self.positional_only)
    }

    /// The count of a positional-only call is wrong.
    #[cold]
    fn wrong_count(&self, thread: &Thread, callee: Callee, given: usize) -> Raised {
        let (low, high) = (self.required_positional, self.positional);
        let (bound, limit) = match given < low {
            true if low == high && self.varargs.is_none() => ("", low),
            true => ("at least ", low),
            false if low == high => ("", high),
            false => ("at most ", high),
        };
        let plural = if limit == 1 { "" } else { "s" };
        let name = callee.short_name();
        thread.type_error(format!("{name} expected {bound}{limit} argument{plural}, got {given}"))
    }

    /// Checks the number of arguments of a function with keyword parameters.
    #[inline]
    fn check_counts(&self, thread: &Thread, callee: Callee, arguments: &Args) -> PyResult<()> {
        let (given, total) = (arguments.count(), arguments.all_values().len());
        let all = self.names.len();
        let too_many =
            self.varargs.is_none() && ((total > all && self.varkw.is_none()) || given > self.positional);
        let required_only = self.required_positional.min(self.positional_only);
        if !too_many && given >= required_only {
            return Ok(());
        }
        Err(self.bad_counts(thread, callee, given, total, required_only))
    }

    #[cold]
    fn bad_counts(
        &self,
        thread: &Thread,
        callee: Callee,
        given: usize,
        total: usize,
        required_only: usize,
    ) -> Raised {
        let name = callee.called();
        let all = self.names.len();
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let message = if given < required_only {
            let bound = if required_only < self.positional { "at least" } else { "exactly" };
            format!(
                "{name} takes {bound} {required_only} positional argument{} ({given} given)",
                plural(required_only)
            )
        } else if total > all && self.varkw.is_none() {
            let bound = "at most";
            let sort = if given == 0 { "keyword " } else { "" };
            format!("{name} takes {bound} {all} {sort}argument{} ({total} given)", plural(all))
        } else if self.positional == 0 {
            format!("{name} takes no positional arguments")
        } else {
            let most = self.positional;
            let bound = if self.required_positional < most { "at most" } else { "exactly" };
            format!("{name} takes {bound} {most} positional argument{} ({given} given)", plural(most))
        };
        thread.type_error(message)
    }
}

/// Whom the error messages name.
#[derive(Clone, Copy)]
pub enum Callee {
    /// A native function object or descriptor.
    Object(Value, &'static str),
    /// A constructor or an internal function, by name.
    Named(&'static str),
    /// A constructor whose messages say "function".
    Unnamed,
}

impl Callee {
    fn short_name(&self) -> &'static str {
        match self {
            Callee::Object(_, name) | Callee::Named(name) => name,
            Callee::Unnamed => "function",
        }
    }
    /// The name with `()`, where there is one.
    fn called(&self) -> String {
        match self {
            Callee::Unnamed => "function".to_owned(),
            _ => format!("{}()", self.short_name()),
        }
    }
    /// The name with type or module, and `()`.
    fn full_name(&self, thread: &Thread) -> String {
        match self {
            Callee::Object(callable, _) => crate::objects::builtin_function::display_name(thread, *callable),
            Callee::Named(_) | Callee::Unnamed => self.called(),
        }
    }
}

/// The parsed signatures of native functions, by the row they come from.
static SIGNATURES: GilCell<Option<FxHashMap<usize, &'static Signature>>> = GilCell::new(None);

/// The parsed signature of a native function.
pub fn signature_of(def: &'static MethodDef) -> &'static Signature {
    let key = def as *const MethodDef as usize;
    if let Some(s) = SIGNATURES.with(|t| t.as_ref().and_then(|t| t.get(&key).copied())) {
        return s;
    }
    let parsed: &'static Signature = Box::leak(Box::new(Signature::parse(def.signature)));
    SIGNATURES.with(|t| t.get_or_insert_default().insert(key, parsed));
    parsed
}

/// A place in a callable where the parsed signature is remembered.
pub type SignatureCache = Cell<Option<&'static Signature>>;

/// Calls the Rust function of a row. `receiver` is held by the caller; `arguments` come without it.
#[inline]
pub fn call_native(
    thread: &Thread,
    callable: Value,
    def: &'static MethodDef,
    cache: &SignatureCache,
    receiver: Value,
    arguments: &Args,
) -> PyResult {
    match def.function {
        NativeFn::NoArgs(f) if arguments.all_values().is_empty() => f(thread, receiver),
        NativeFn::One(f) if arguments.all_values().len() == 1 && !arguments.has_keywords() => {
            f(thread, receiver, arguments.all_values()[0])
        }
        NativeFn::Bound(f) => {
            let signature = cache.get().unwrap_or_else(|| {
                let s = signature_of(def);
                cache.set(Some(s));
                s
            });
            signature.bind(thread, Callee::Object(callable, def.name), arguments, |slots| {
                f(thread, receiver, slots)
            })
        }
        NativeFn::Raw(f) => f(thread, receiver, arguments),
        NativeFn::NoArgs(_) | NativeFn::One(_) => Err(wrong_simple_call(thread, callable, def, arguments)),
    }
}

/// `call_native` with positional arguments only, where the interpreter calls.
#[inline]
pub fn call_positional(
    thread: &Thread,
    callable: Value,
    def: &'static MethodDef,
    cache: &SignatureCache,
    receiver: Value,
    arguments: &[Value],
) -> PyResult {
    thread.check_native_stack()?;
    match (def.function, arguments) {
        (NativeFn::One(f), [argument]) => return f(thread, receiver, *argument),
        (NativeFn::NoArgs(f), []) => return f(thread, receiver),
        (NativeFn::Bound(f), _) => {
            if let Some(s) = cache.get()
                && let Some(slots) = s.simple_slots(arguments.len())
            {
                if slots == arguments.len() {
                    return f(thread, receiver, arguments);
                }
                let mut filled = [Value::NULL; FEW_SLOTS];
                filled[..arguments.len()].copy_from_slice(arguments);
                return f(thread, receiver, &filled[..slots]);
            }
        }
        _ => {}
    }
    call_native(thread, callable, def, cache, receiver, &Args::positional_only(arguments))
}

/// Slots of functions that are bound without a look at their names.
const FEW_SLOTS: usize = 6;

/// The error of a call of a function that takes no argument or one.
#[cold]
fn wrong_simple_call(thread: &Thread, callable: Value, def: &MethodDef, arguments: &Args) -> Raised {
    let name = Callee::Object(callable, "").full_name(thread);
    if arguments.has_keywords() {
        return thread.type_error(format!("{name} takes no keyword arguments"));
    }
    let wanted =
        if matches!(def.function, NativeFn::One(_)) { "exactly one argument" } else { "no arguments" };
    thread.type_error(format!("{name} takes {wanted} ({} given)", arguments.count()))
}

/// The arguments of a constructor (a `new` or `init` slot) or another function that gets `Args`: a name, a signature
/// text, and the parsed form once it was needed.
pub struct Parameters {
    name: &'static str,
    text: &'static str,
    parsed: GilCell<Option<&'static Signature>>,
}

impl Parameters {
    /// `name` is what the messages show, without `()`; if it is empty, they say "function".
    pub const fn new(name: &'static str, text: &'static str) -> Parameters {
        Parameters { name, text, parsed: GilCell::new(None) }
    }
    /// Calls `f` with one slot a parameter, NULL where nothing was given; `*args` as a tuple, `**kwargs` as a dict (NULL
    /// if empty).
    pub fn bind<R>(
        &self,
        thread: &Thread,
        arguments: &Args,
        f: impl FnOnce(&[Value]) -> PyResult<R>,
    ) -> PyResult<R> {
        let signature = match self.parsed.with(|p| *p) {
            Some(s) => s,
            None => {
                let s: &'static Signature = Box::leak(Box::new(Signature::parse(self.text)));
                self.parsed.replace(Some(s));
                s
            }
        };
        let callee = if self.name.is_empty() { Callee::Unnamed } else { Callee::Named(self.name) };
        signature.bind(thread, callee, arguments, f)
    }
}

/// "name expected at most 2 arguments, got 3" for functions that check their positional arguments themselves.
pub fn check_positional(thread: &Thread, name: &str, given: usize, low: usize, high: usize) -> PyResult<()> {
    if (low..=high).contains(&given) {
        return Ok(());
    }
    let limit = if given < low { low } else { high };
    let bound = match low == high {
        true => "",
        false if given < low => "at least ",
        false => "at most ",
    };
    let plural = if limit == 1 { "" } else { "s" };
    Err(thread.type_error(format!("{name} expected {bound}{limit} argument{plural}, got {given}")))
}

/// "name() takes no keyword arguments" if there are some.
pub fn no_keywords(thread: &Thread, name: &str, arguments: &Args) -> PyResult<()> {
    if arguments.has_keywords() {
        return Err(thread.type_error(format!("{name}() takes no keyword arguments")));
    }
    Ok(())
}

/// What `__text_signature__` shows for a row's signature text.
pub fn text_signature(text: &'static str) -> Option<&'static str> {
    (text.starts_with('(')).then_some(text)
}
