//! The functions that compiled code may call: name, parameters, result, effects.
//!
//! All are `extern "C"`. Those that can raise return NULL with the exception pending. Value parameters are borrowed;
//! value results are owned unless the row says `Borrowed`.

use super::host;
use super::iterators::{new_list_iterator, new_range_iterator, renew_range_iterator};
use super::native_calls::{call_0, call_1, call_n, call_object, call_raw};
use super::numbers::{
    apply, apply_pair, first_code_point, float_max, float_min, float_round, str_of_code_point,
};
use super::operations::{int_operate, int_text, next, operate, str_append, str_contains, str_order};
use super::sequences::{
    build_slice, concatenate, contains_plain, equal_plain, list_extend, list_insert, list_remove, slice,
    slice_of_owned, slice_step, store_slice,
};
use super::tracebacks::{make_traceback, traceback_of_owned};
use crate::float_power;
use crate::heap::HEAP;
use crate::instance::{self, Shape};
use crate::objects::async_generator;
use crate::objects::dict::Dict;
use crate::objects::exceptions;
use crate::objects::float;
use crate::objects::function;
use crate::objects::generator;
use crate::objects::generator_sink;
use crate::objects::list::List;
use crate::objects::object;
use crate::objects::set::set_of;
use crate::objects::str::{self, Str};
use crate::objects::tuple::{TUPLE, Tuple};
use crate::protocol;
use crate::thread::Thread;
use crate::types::Type;
use crate::value::{Ref, Value};

/// What a parameter or result is in a register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Result {
    /// Nothing.
    None,
    Int,
    Float,
    Bool,
    /// A value word that the caller owns (as a parameter: borrows).
    Value,
    /// A value word that something else keeps alive.
    Borrowed,
    /// As a result: a value word that the trace gets a count of (`Own`) once a guard has told it from NULL and EXHAUSTED.
    /// As a parameter: a value word whose count goes to the helper.
    Given,
    Pointer,
}

/// Bits of what a helper does.
pub mod effect {
    /// Returns NULL with an exception pending.
    pub const RAISES: u8 = 1;
    /// Reads memory that other instructions write.
    pub const READS: u8 = 2;
    /// Writes memory that other instructions read, or drops a last reference.
    pub const WRITES: u8 = 4;
    /// May run Python code: frames must be in memory.
    pub const RUNS: u8 = 8;
    /// Writes inside a built-in container, and drops no reference: namespaces, types, functions, cells and attributes stay.
    pub const TOUCHES: u8 = 16;
}

/// A helper's row.
pub struct HelperRow {
    pub name: &'static str,
    pub address: usize,
    /// The fixed parameters; the thread comes before them if `takes_thread`.
    pub parameters: &'static [Result],
    pub takes_thread: bool,
    /// Behind the fixed parameters come the address and number of a list of value words.
    pub takes_rest: bool,
    pub result: Result,
    pub effects: u8,
}

macro_rules! helpers {
    ($( $name:ident $function:ident ($($thread:ident)? ; $($parameter:ident)* $(; $rest:ident)?) $result:ident [$($effect:ident)*] $meaning:literal )+) => {
        /// A helper, by name.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        pub enum Helper {
            $( #[doc = $meaning] $name, )+
        }

        impl Helper {
            pub const ALL: &'static [Helper] = &[$( Helper::$name, )+];

            /// The helper's row.
            pub fn row(self) -> HelperRow {
                match self { $( Helper::$name => HelperRow {
                    name: stringify!($name),
                    address: $function as *const () as usize,
                    parameters: &[$( Result::$parameter ),*],
                    takes_thread: helpers!(@ $($thread)?),
                    takes_rest: helpers!(@ $($rest)?),
                    result: Result::$result,
                    effects: 0 $(| effect::$effect)*,
                }, )+ }
            }
        }
    };
    (@) => { false };
    (@ thread) => { true };
    (@ rest) => { true };
}

helpers! {
    Release release (; Value) Bool [WRITES] "ends the life of an object whose count has reached zero; whether that ran a finaliser or ended weak references"
    ReleaseDeferred release_deferred (;) Bool [WRITES] "the same for those whose deaths were put off"
    BoxFloat box_float (; Float) Value [] "the word of any float"
    FloatPower float_power (thread; Float Float) Value [RAISES] "a ** b of floats"
    Power power (; Float Float) Float [] "a ** b as the C library gives it"
    FloatFloorDivide float_floor_divide (; Float Float) Float [] "a // b, b not 0"
    FloatModulo float_modulo (; Float Float) Float [] "a % b, b not 0"
    Apply apply (; Pointer Float) Float [] "the function of one double at a, of b"
    ApplyPair apply_pair (; Pointer Float Float) Float [] "the function of two doubles at a, of b and c"
    FloatMin float_min (; Float Float) Float [] "b if b < a, else a"
    FloatMax float_max (; Float Float) Float [] "b if b > a, else a"
    FloatRound float_round (; Float) Float [] "the nearest whole number, the even one of two"
    FirstCodePoint first_code_point (; Value) Int [] "the code point of the first character of the exact str a, which has one"
    StrOfCodePoint str_of_code_point (; Int) Value [] "the str of one character with this code point, below 0x110000"
    Operate operate (thread; Int; rest) Value [RAISES READS WRITES RUNS] "what the interpreter does for the operation in the low byte of a, with the number above it, on the words"
    OperateQuietly operate (thread; Int; rest) Borrowed [RAISES READS WRITES RUNS] "the same, where the result is no counted value"
    OperateReading operate (thread; Int; rest) Value [RAISES READS] "the same, where it only reads"
    OperateReadingQuietly operate (thread; Int; rest) Borrowed [RAISES READS] "the same, where it only reads and the result is no counted value"
    OperateWriting operate (thread; Int; rest) Value [RAISES READS WRITES] "the same, where it runs no Python code"
    OperateWritingQuietly operate (thread; Int; rest) Borrowed [RAISES READS WRITES] "the same, where it runs no Python code and the result is no counted value"
    IntOperate int_operate (thread; Int Value Value) Given [] "the operator with number a on ints of any size b and c; NULL if it raises, with nothing pending"
    IntText int_text (thread; Int) Value [] "the decimal text of a"
    StrAppend str_append (; Given Value) Value [] "a + b of exact strs, in place if nothing else holds a"
    StrContains str_contains (; Value Value) Bool [READS] "the exact str a is a part of the exact str b"
    Slice slice (; Value Int Int) Value [READS] "a[b:c] of an exact list, tuple or str"
    SliceStep slice_step (; Value Int Int Int) Value [READS] "a[b:c:d] of an exact list, tuple or str; d is not 0"
    StoreSlice store_slice (; Value Int Int Value) Value [WRITES] "the exact list a: a[b:c] := the items of the exact list or tuple d; what it replaced, in a list, or None if no death among that would be seen"
    ListInsert list_insert (; Value Int Value) None [WRITES] "puts c before the index b of the exact list a, which counts from the end if it is negative"
    ListExtend list_extend (; Value Value) None [WRITES] "appends the items of the exact list or tuple b to the exact list a"
    Concatenate concatenate (; Value Value) Value [READS] "a + b of exact lists, or of exact tuples"
    ListRemove list_remove (; Value Int) Value [WRITES] "takes the item at an index that exists out of the exact list a"
    ContainsPlain contains_plain (; Value Value) Int [READS] "1 if the plain value b is in the exact list or tuple a, 0 if not, 2 if telling would run Python code"
    EqualPlain equal_plain (; Value Value) Int [READS] "1 if the exact lists or tuples a and b are equal, 0 if not, 2 if telling would run Python code"
    StrOrder str_order (; Value Value) Int [READS] "less than, equal to or greater than 0, as the exact str a is to b"
    Offer offer (thread; Value Value) Bool [READS TOUCHES] "whether whoever drains the running generator a takes the value b that it yields"
    Next next (thread; Value) Given [RAISES READS WRITES RUNS] "the next item of the iterator a; EXHAUSTED at its end"
    NextNative next (thread; Value) Given [RAISES READS WRITES] "the same for an iterator that runs no Python code"
    ListAppend list_append (; Value Value) None [WRITES] "appends b to the exact list a"
    StrEqual str_equal (; Value Value) Bool [READS] "a == b of exact strs"
    StrConcat str_concat (; Value Value) Value [] "a + b of exact strs"
    StrItem str_item (; Value Int) Value [] "the character at an index that exists"
    DictGet dict_get (; Value Value) Borrowed [READS] "the value of the plain key b in the dict a; NULL if there is none"
    DictGetOr dict_get_or (; Value Value Value) Given [READS] "the value of the str or small int b in the exact dict a, else c; NULL if telling would run Python code"
    DictContains dict_contains (; Value Value) Int [READS] "1 if the plain key b is in the dict a, 0 if not, 2 if telling would run Python code"
    DictRemove dict_remove (; Value Value) Value [WRITES] "takes the value of the plain key b out of the exact dict a; NotImplemented with nothing done if there is none or it would run Python code"
    DictSet dict_set (; Value Value Value) Value [WRITES] "dict a: a[b] := c, for a plain key b; the old value, NULL if there was none, NotImplemented with nothing done if it would run Python code"
    StrOf str_of (thread; Value) Value [RAISES READS] "str(a) of a plain value"
    IntOf int_of (thread; Value) Value [RAISES READS] "int(a) of a plain value"
    FloatOf float_of (thread; Value) Value [RAISES READS] "float(a) of a plain value"
    SetContains set_contains (; Value Value) Int [READS] "1 if the plain key b is a member of the exact set or frozenset a, 0 if not, 2 if telling would run Python code"
    SetAdd set_add (; Value Value) Int [TOUCHES] "adds the plain key b to the exact set a: 1, 0 if it was there, 2 with nothing done if it would run Python code"
    NewInstance new_instance (; Value) Value [] "an instance of the class a, as object.__new__ makes it"
    TupleOfClass tuple_of_class (; Value Value) Value [] "an instance of the class a, derived from tuple, with the items of the tuple b"
    NewShaped new_shaped (; Value Pointer) Value [] "the same with the shape at b, whose slots are NULL"
    AppendAttribute append_attribute (; Value Pointer Value) None [WRITES] "the instance a gets the shape at b, a child of its own, and c in the new slot"
    NewException new_exception (; Value; rest) Value [] "an instance, complete or to be initialised, of the exception class a with the arguments"
    NewBlankException new_blank_exception (; Value Pointer) Value [] "an instance of such a class with the shape at b, if that isn't null, whose fields are NULL"
    MakeTraceback make_traceback (thread; ; rest) Value [READS] "the traceback that the words describe"
    TracebackOfOwned traceback_of_owned (thread; ; rest) Value [READS] "the same, with the words' counts taken over"
    TakeRaised take_raised (thread;) Value [] "the pending exception, which is pending no more"
    HandledException handled_exception (thread;) Borrowed [READS] "the exception being handled; NULL if there is none"
    ChainTo chain_to (; Value Value) None [WRITES] "the context of the exception a, which is about to be raised, is b"
    SetCause set_cause (; Value Value) None [WRITES] "the exception a is raised from b, an exception or None"
    NativeRead0 call_0 (thread; Pointer Value) Value [RAISES READS] "the native function at a of receiver b, which only reads"
    NativeRead1 call_1 (thread; Pointer Value Value) Value [RAISES READS] "the native function at a of receiver b and one argument, which only reads"
    NativeReadN call_n (thread; Pointer Value; rest) Value [RAISES READS] "the native function at a of receiver b and an array of arguments, which only reads"
    NativeReadRaw call_raw (thread; Pointer Value; rest) Value [RAISES READS] "the native function at a of receiver b and the arguments of the call, which only reads"
    NativeTouch0 call_0 (thread; Pointer Value) Value [RAISES READS TOUCHES] "the native function at a of receiver b, which writes inside its receiver only and drops nothing"
    NativeTouch1 call_1 (thread; Pointer Value Value) Value [RAISES READS TOUCHES] "the native function at a of receiver b and one argument, which writes inside its receiver only and drops nothing"
    NativeTouchN call_n (thread; Pointer Value; rest) Value [RAISES READS TOUCHES] "the native function at a of receiver b and an array of arguments, which writes inside its receiver only and drops nothing"
    NativeTouchRaw call_raw (thread; Pointer Value; rest) Value [RAISES READS TOUCHES] "the native function at a of receiver b and the arguments of the call, which writes inside its receiver only and drops nothing"
    NativeWrite0 call_0 (thread; Pointer Value) Value [RAISES READS WRITES] "the native function at a of receiver b, which runs no Python code"
    NativeWrite1 call_1 (thread; Pointer Value Value) Value [RAISES READS WRITES] "the native function at a of receiver b and one argument, which runs no Python code"
    NativeWriteN call_n (thread; Pointer Value; rest) Value [RAISES READS WRITES] "the native function at a of receiver b and an array of arguments, which runs no Python code"
    NativeWriteRaw call_raw (thread; Pointer Value; rest) Value [RAISES READS WRITES] "the native function at a of receiver b and the arguments of the call, which runs no Python code"
    NativeRun0 call_0 (thread; Pointer Value) Value [RAISES READS WRITES RUNS] "the native function at a of receiver b, which may do anything"
    NativeRun1 call_1 (thread; Pointer Value Value) Value [RAISES READS WRITES RUNS] "the native function at a of receiver b and one argument, which may do anything"
    NativeRunN call_n (thread; Pointer Value; rest) Value [RAISES READS WRITES RUNS] "the native function at a of receiver b and an array of arguments, which may do anything"
    NativeRunRaw call_raw (thread; Pointer Value; rest) Value [RAISES READS WRITES RUNS] "the native function at a of receiver b and the arguments of the call, which may do anything"
    CallRead call_object (thread; Value Value; rest) Value [RAISES READS] "calls the object a, which only reads; b is NULL or a tuple of keyword names"
    CallWrite call_object (thread; Value Value; rest) Value [RAISES READS WRITES] "calls the object a, which runs no Python code; b is NULL or a tuple of keyword names"
    CallRun call_object (thread; Value Value; rest) Value [RAISES READS WRITES RUNS] "calls the object a, which may do anything; b is NULL or a tuple of keyword names"
    NewStep new_step (thread; Value) Given [] "the awaitable of the next step of the asynchronous generator a; NULL if a hook is to be called first"
    NewMethod bound_method (; Value Value) Value [] "the function a, bound to b"
    NewCell new_cell (; Value) Value [] "a cell that holds a, which may be NULL"
    NewGenerator new_generator (thread; Value Pointer) Given [] "the generator that a call of the function a makes, at its instruction b; NULL if the interpreter has to make it"
    NewFunction new_function (; Value Value) Value [READS] "a function of the code a with the globals b"
    SetFunctionAttribute set_function_attribute (; Value Int Value) None [WRITES] "an attribute, by its number, of a function that was just made"
    NewRangeIterator new_range_iterator (; Int Int Int) Value [] "an iterator that gives b items, which all fit the word, from a on in steps of c"
    RenewRangeIterator renew_range_iterator (; Given Int Int Int) Value [] "the same; it takes the place of the iterator over a range a, if nothing else holds that"
    NewListIterator new_list_iterator (; Value) Value [] "an iterator over the list a, from its first item on"
    BuildKeywords build_keywords (; ; rest) Value [] "a dict of interned names and their values in turn"
    BuildTuple build_tuple (; ; rest) Value [] "a tuple of the words"
    BuildList build_list (; ; rest) Value [] "a list of the words"
    BuildSlice build_slice (; Value Value Value) Value [] "the slice of start a, stop b and step c"
    SliceOfOwned slice_of_owned (; ; rest) Value [] "the slice of the three words, whose counts it takes over"
    TupleOfOwned tuple_of_owned (; ; rest) Value [] "a tuple of the words, at least one, whose counts it takes over"
    ListOfOwned list_of_owned (; ; rest) Value [] "a list of the words, whose counts it takes over"
}

impl Helper {
    /// The helper with this number, which `as u32` gave.
    pub fn from_number(number: u32) -> Helper {
        Helper::ALL[number as usize]
    }
    pub fn from_name(name: &str) -> Option<Helper> {
        Helper::ALL.iter().copied().find(|helper| helper.row().name == name)
    }
}

/// A result as a word: NULL if it raised.
fn word(result: crate::error::PyResult) -> Value {
    result.map_or(Value::NULL, Ref::into_value)
}

extern "C" fn release(object: Value) -> bool {
    // SAFETY: compiled code calls this once, when it has counted the last reference down.
    observing(|| unsafe { crate::heap::release(object.header_unchecked()) })
}

extern "C" fn release_deferred() -> bool {
    observing(crate::heap::release_deferred)
}

/// Lets objects die; whether that was observable.
fn observing(release: impl FnOnce()) -> bool {
    // A finaliser may run traces, which release objects, too: what one saw before stays seen.
    let before = HEAP.death_observed.replace(false);
    release();
    let observed = HEAP.death_observed.get();
    HEAP.death_observed.set(before | observed);
    observed
}

extern "C" fn box_float(f: f64) -> Value {
    float::new(f).into_value()
}

extern "C" fn float_power(thread: &Thread, a: f64, b: f64) -> Value {
    word(float::operators::power_of(thread, a, b))
}

extern "C" fn power(a: f64, b: f64) -> f64 {
    float_power::power(a, b)
}

extern "C" fn float_floor_divide(a: f64, b: f64) -> f64 {
    float::operators::floor_divmod(a, b).0
}

extern "C" fn float_modulo(a: f64, b: f64) -> f64 {
    float::operators::floor_mod(a, b)
}

extern "C" fn list_append(list: Value, item: Value) {
    if let Some(list) = list.cast_exact::<List>() {
        list.push(item.to_ref());
    }
}

extern "C" fn str_equal(a: Value, b: Value) -> bool {
    match (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        (Some(a), Some(b)) => a.same(b),
        _ => false,
    }
}

extern "C" fn str_concat(a: Value, b: Value) -> Value {
    match (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        (Some(a), Some(b)) => str::concat(a, b).into_value(),
        _ => Value::NULL,
    }
}

extern "C" fn str_item(s: Value, index: i64) -> Value {
    s.cast_exact::<Str>().map_or(Value::NULL, |s| Str::from_char(s.code_point(index as usize)).into_value())
}

extern "C" fn new_instance(class: Value) -> Value {
    class.cast::<Type>().map_or(Value::NULL, |class| object::new_bare(class).into_value())
}

extern "C" fn tuple_of_class(class: Value, items: Value) -> Value {
    let (Some(class), Some(items)) = (class.cast::<Type>(), items.cast::<Tuple>()) else {
        return Value::NULL;
    };
    Tuple::build(class, items.len(), |i| items.items()[i].to_ref()).into_value()
}

/// # Safety
/// `first` and `count` describe the words that compiled code stored.
unsafe extern "C" fn new_exception(class: Value, first: *const Value, count: usize) -> Value {
    // SAFETY: promised by the caller.
    let arguments = unsafe { std::slice::from_raw_parts(first, count) };
    class.cast::<Type>().map_or(Value::NULL, |class| exceptions::new_plain(class, arguments).into_value())
}

extern "C" fn new_blank_exception(class: Value, shape: *const Shape) -> Value {
    class.cast::<Type>().map_or(Value::NULL, |class| exceptions::new_blank(class, shape).into_value())
}

extern "C" fn new_step(thread: &Thread, generator: Value) -> Value {
    async_generator::anext_for_trace(thread, generator)
}

extern "C" fn take_raised(thread: &Thread) -> Value {
    thread.take_raised().into_value()
}

extern "C" fn handled_exception(thread: &Thread) -> Value {
    // The thread or a generator holds it.
    thread.handled_exception().map_or(Value::NULL, |exception| *exception)
}

extern "C" fn chain_to(exception: Value, handled: Value) {
    exceptions::chain_to(handled.to_ref(), exception);
}

extern "C" fn set_cause(exception: Value, cause: Value) {
    exceptions::set_cause(exception, if cause.is_none() { Ref::NULL } else { cause.to_ref() });
}

extern "C" fn new_shaped(class: Value, shape: *const Shape) -> Value {
    // SAFETY: shapes are never freed.
    let shape = unsafe { &*shape };
    class.cast::<Type>().map_or(Value::NULL, |class| object::new_shaped(class, shape).into_value())
}

extern "C" fn append_attribute(object: Value, shape: *const Shape, value: Value) {
    if let Some(attributes) = instance::attributes(object) {
        // SAFETY: shapes are never freed.
        attributes.append(unsafe { &*shape }, value.to_ref());
    }
}

extern "C" fn new_cell(content: Value) -> Value {
    let content = if content.is_null() { Ref::NULL } else { content.to_ref() };
    function::new_cell(content).into_value()
}

extern "C" fn offer(thread: &Thread, generator: Value, value: Value) -> bool {
    generator::cast(generator).is_some_and(|g| generator_sink::offer(thread, g, value))
}

extern "C" fn new_generator(thread: &Thread, function: Value, pc: *const u64) -> Value {
    host().map_or(Value::NULL, |host| host.make_generator(thread, function, pc))
}

extern "C" fn new_function(code: Value, globals: Value) -> Value {
    function::new_function(code, globals).into_value()
}

extern "C" fn set_function_attribute(function: Value, number: i64, value: Value) {
    function::set_attribute(function, number as u32, value.to_ref());
}

extern "C" fn bound_method(function: Value, receiver: Value) -> Value {
    crate::objects::method::new_method(function, receiver).into_value()
}

extern "C" fn dict_get(dict: Value, key: Value) -> Value {
    dict.cast::<Dict>().and_then(|d| d.get_plain(key)).unwrap_or(Value::NULL)
}

extern "C" fn dict_get_or(dict: Value, key: Value, default: Value) -> Value {
    let found = dict.cast_exact::<Dict>().and_then(|d| d.lookup_plain(key));
    // Counted even where the dict would lend it: the default may be a value that nothing but the trace holds.
    found.map_or(Value::NULL, |value| value.unwrap_or(default).to_ref().into_value())
}

extern "C" fn dict_contains(dict: Value, key: Value) -> i64 {
    dict.cast::<Dict>().and_then(|d| d.contains_plain(key)).map_or(2, i64::from)
}

extern "C" fn str_of(thread: &Thread, v: Value) -> Value {
    word(protocol::str(thread, v))
}

extern "C" fn int_of(thread: &Thread, v: Value) -> Value {
    word(protocol::int(thread, v))
}

extern "C" fn float_of(thread: &Thread, v: Value) -> Value {
    word(protocol::float(thread, v).map(float::new))
}

extern "C" fn set_contains(set: Value, key: Value) -> i64 {
    set_of(set).and_then(|s| s.contains_plain(key)).map_or(2, i64::from)
}

extern "C" fn set_add(set: Value, key: Value) -> i64 {
    set_of(set).and_then(|s| s.add_plain(key)).map_or(2, i64::from)
}

extern "C" fn dict_set(dict: Value, key: Value, value: Value) -> Value {
    let Some(dict) = dict.cast::<Dict>() else { return Value::NOT_IMPLEMENTED };
    dict.replace_plain(key, value.to_ref()).map_or(Value::NOT_IMPLEMENTED, Ref::into_value)
}

extern "C" fn dict_remove(dict: Value, key: Value) -> Value {
    let removed = dict.cast_exact::<Dict>().and_then(|d| d.remove_plain(key));
    removed.map_or(Value::NOT_IMPLEMENTED, Ref::into_value)
}

/// # Safety
/// `first` and `count` describe the words that compiled code stored.
unsafe extern "C" fn build_keywords(first: *const Value, count: usize) -> Value {
    // SAFETY: promised by the caller.
    let words = unsafe { std::slice::from_raw_parts(first, count) };
    let made = Dict::new();
    if let Some(dict) = made.cast::<Dict>() {
        for pair in words.chunks_exact(2) {
            dict.insert_interned(pair[0], pair[1]);
        }
    }
    made.into_value()
}

/// # Safety
/// `first` and `count` describe the words that compiled code stored.
unsafe extern "C" fn build_tuple(first: *const Value, count: usize) -> Value {
    // SAFETY: promised by the caller.
    Tuple::from_values(unsafe { std::slice::from_raw_parts(first, count) }).into_value()
}

/// # Safety
/// As for `build_tuple`.
unsafe extern "C" fn build_list(first: *const Value, count: usize) -> Value {
    // SAFETY: promised by the caller.
    List::from_values(unsafe { std::slice::from_raw_parts(first, count) }).into_value()
}

/// # Safety
/// As for `build_tuple`; the counts of the words move.
unsafe extern "C" fn tuple_of_owned(first: *const Value, count: usize) -> Value {
    // SAFETY: promised by the caller.
    let words = unsafe { std::slice::from_raw_parts(first, count) };
    // SAFETY: each word's count moves once.
    Tuple::build(&TUPLE, count, |i| unsafe { Ref::from_owned(words[i]) }).into_value()
}

/// # Safety
/// As for `tuple_of_owned`.
unsafe extern "C" fn list_of_owned(first: *const Value, count: usize) -> Value {
    // SAFETY: promised by the caller.
    let words = unsafe { std::slice::from_raw_parts(first, count) };
    // SAFETY: each word's count moves once.
    List::from_refs(words.iter().map(|word| unsafe { Ref::from_owned(*word) }).collect()).into_value()
}
