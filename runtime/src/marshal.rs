//! `marshal` over runtime objects: bytes to objects without a tree in between, and objects to bytes.
//!
//! A code object by itself is written through `ir`, which knows the sharing among its parts that CPython's compiler makes
//! and the reference flags tell of.

use crate::attributes;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::object::flag;
use crate::objects::bytes::Bytes;
use crate::objects::code::{Code, CodeParts, new_code};
use crate::objects::constructors;
use crate::objects::dict::Dict;
use crate::objects::exceptions::{EOF_ERROR, STOP_ITERATION, UNICODE_DECODE_ERROR, new_exception};
use crate::objects::float;
use crate::objects::int::{self, IntRef};
use crate::objects::list::List;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::state::STATE;
use crate::thread::Thread;
use crate::types::Type;
use crate::types::registry::{BYTES, FLOAT, INT, STR, TUPLE};
use crate::value::{Ref, Value};
use dashu_int::{IBig, Sign, UBig};
use ir::code::Const;
use ir::marshal::{
    CodeFields, MarshalSink, MarshalSource, ReadError, Reader, View, WriteError, WriteOptions, marshal_code,
    write_object,
};
use ir::wtf8::Wtf8;
use std::borrow::Cow;
use std::sync::Arc;

/// Integers of which CPython keeps one object each.
const CACHED_INTS: std::ops::RangeInclusive<i64> = -5..=256;

// Reading.

/// The object that the bytes start with.
pub fn unmarshal(thread: &Thread, bytes: &[u8], allow_code: bool) -> PyResult {
    unmarshal_prefix(thread, bytes, allow_code).map(|(object, _)| object)
}

/// The object that the bytes start with, and the number of bytes it took.
pub fn unmarshal_prefix(thread: &Thread, bytes: &[u8], allow_code: bool) -> PyResult<(Ref, usize)> {
    let mut sink = Sink { thread };
    let mut reader = Reader::new(bytes, allow_code, &mut sink);
    let result = reader.read();
    let position = reader.position();
    match result {
        Ok(object) => Ok((object, position)),
        Err(error) => Err(raise_read_error(thread, error)),
    }
}

fn raise_read_error(thread: &Thread, error: ReadError<Raised>) -> Raised {
    match error {
        ReadError::Eof(message) => thread.error(&EOF_ERROR, message),
        ReadError::Value(message) => thread.value_error(message),
        ReadError::Type(message) => thread.type_error(message),
        ReadError::FloatText(text) => {
            let shown = String::from_utf8_lossy(&text);
            thread.value_error(format!("could not convert string to float: '{shown}'"))
        }
        ReadError::Sink(raised) => raised,
    }
}

struct Sink<'a> {
    thread: &'a Thread,
}

impl Sink<'_> {
    fn string(&self, text: Ref, interned: bool) -> Ref {
        if interned { str::intern(text) } else { text }
    }
    fn invalid_text(&self, bytes: &[u8]) -> Raised {
        let start = std::str::from_utf8(bytes).err().map_or(0, |e| e.valid_up_to());
        let (encoding, object, reason) =
            (Str::new("utf-8"), Bytes::new(bytes), Str::new("invalid start byte"));
        let (start, end) = (int::from_usize(start), int::from_usize(start + 1));
        match new_exception(self.thread, &UNICODE_DECODE_ERROR, &[*encoding, *object, *start, *end, *reason])
        {
            Ok(e) => self.thread.raise(e),
            Err(raised) => raised,
        }
    }
    fn bad_code(&self) -> Raised {
        self.thread.system_error("bad argument to internal function")
    }
    fn bytes_field(&self, field: Ref) -> PyResult<Vec<u8>> {
        field.cast::<Bytes>().map(|b| b.as_bytes().to_vec()).ok_or_else(|| self.bad_code())
    }
    fn tuple_field(&self, field: Ref) -> PyResult<Vec<Ref>> {
        let tuple = field.cast::<Tuple>().ok_or_else(|| self.bad_code())?;
        Ok(tuple.items().iter().map(|v| v.to_ref()).collect())
    }
    fn count_field(&self, field: i32) -> PyResult<u32> {
        u32::try_from(field).map_err(|_| self.bad_code())
    }
}

impl MarshalSink for Sink<'_> {
    type Obj = Ref;
    type Error = Raised;

    fn none(&mut self) -> Ref {
        Ref::NONE
    }
    fn bool(&mut self, value: bool) -> Ref {
        Ref::bool(value)
    }
    fn ellipsis(&mut self) -> Ref {
        Ref::immediate(Value::ELLIPSIS)
    }
    fn stop_iteration(&mut self) -> PyResult {
        Ok(Value::of(&STOP_ITERATION).to_ref())
    }
    fn int(&mut self, value: i64) -> PyResult {
        Ok(int::new(value))
    }
    fn big_int(&mut self, negative: bool, magnitude: &[u8]) -> PyResult {
        let sign = if negative { Sign::Negative } else { Sign::Positive };
        Ok(int::from_big(IBig::from_parts(sign, UBig::from_le_bytes(magnitude))))
    }
    fn float(&mut self, value: f64) -> PyResult {
        Ok(float::new(value))
    }
    fn complex(&mut self, real: f64, imag: f64) -> PyResult {
        constructors::complex(self.thread, real, imag)
    }
    fn bytes(&mut self, value: &[u8]) -> PyResult {
        Ok(Bytes::new(value))
    }
    fn str_ascii(&mut self, latin1: &[u8], interned: bool) -> PyResult {
        Ok(self.string(Str::from_latin1(latin1), interned))
    }
    fn str_wtf8(&mut self, utf8: &[u8], interned: bool) -> PyResult {
        match Wtf8::from_bytes(utf8) {
            Some(text) => Ok(self.string(Str::from_wtf8(text.as_bytes()), interned)),
            None => Err(self.invalid_text(utf8)),
        }
    }
    fn tuple(&mut self, items: Vec<Ref>) -> PyResult {
        Ok(Tuple::from_refs(items))
    }
    fn new_list(&mut self) -> PyResult {
        Ok(List::from_refs(Vec::new()))
    }
    fn list_append(&mut self, list: &Ref, item: Ref) -> PyResult<()> {
        if let Some(list) = list.cast::<List>() {
            list.push(item);
        }
        Ok(())
    }
    fn new_dict(&mut self) -> PyResult {
        Ok(Dict::new())
    }
    fn dict_insert(&mut self, dict: &Ref, key: Ref, value: Ref) -> PyResult<()> {
        match dict.cast::<Dict>() {
            Some(dict) => dict.set(self.thread, *key, value),
            None => Ok(()),
        }
    }
    fn new_set(&mut self) -> PyResult {
        constructors::set(self.thread)
    }
    fn set_add(&mut self, set: &Ref, item: Ref) -> PyResult<()> {
        self.thread.call_method(**set, names::get().add, &[*item]).map(drop)
    }
    fn frozenset(&mut self, items: Vec<Ref>) -> PyResult {
        constructors::frozenset(self.thread, items)
    }
    fn slice(&mut self, parts: [Ref; 3]) -> PyResult {
        constructors::slice(self.thread, parts.into())
    }
    fn code(&mut self, fields: CodeFields<Ref>) -> PyResult {
        let parts = CodeParts {
            argcount: self.count_field(fields.argcount)?,
            posonlyargcount: self.count_field(fields.posonlyargcount)?,
            kwonlyargcount: self.count_field(fields.kwonlyargcount)?,
            stacksize: self.count_field(fields.stacksize)?,
            flags: self.count_field(fields.flags)?,
            firstlineno: fields.firstlineno,
            code: self.bytes_field(fields.code)?,
            consts: self.tuple_field(fields.consts)?,
            names: self.tuple_field(fields.names)?,
            localsplusnames: self.tuple_field(fields.localsplusnames)?,
            localspluskinds: self.bytes_field(fields.localspluskinds)?,
            filename: fields.filename,
            name: fields.name,
            qualname: fields.qualname,
            linetable: self.bytes_field(fields.linetable)?,
            exceptiontable: self.bytes_field(fields.exceptiontable)?,
        };
        new_code(self.thread, parts)
    }
}

// Writing.

/// `marshal.dumps(object, version)`
pub fn dumps(thread: &Thread, object: Value, version: i32, allow_code: bool) -> PyResult {
    let options = WriteOptions { version, allow_code };
    let written = match object.cast_exact::<Code>().filter(|_| allow_code) {
        Some(code) => match to_ir(code) {
            Some(plain) => marshal_code(&plain, code.header.refcount() > 1, options),
            None => write_object(&Source { thread }, &object.to_ref(), options),
        },
        None => write_object(&Source { thread }, &object.to_ref(), options),
    };
    match written {
        Ok(bytes) => Ok(Bytes::new(&bytes)),
        Err(error) => Err(raise_write_error(thread, error)),
    }
}

fn raise_write_error(thread: &Thread, error: WriteError) -> Raised {
    thread.value_error(error.message())
}

struct Source<'a> {
    thread: &'a Thread,
}

/// References in place of the words of a container: the container owns them.
fn as_refs(values: &[Value]) -> &[Ref] {
    // SAFETY: `Ref` is a transparent wrapper of `Value`; borrowed, nothing is counted.
    unsafe { std::slice::from_raw_parts(values.as_ptr() as *const Ref, values.len()) }
}

/// Whether a value is exactly of the built-in type of this name.
fn is_builtin(v: Value, name: &str) -> bool {
    v.ty().spec.is_some_and(|spec| spec.name == name)
        && STATE.builtin(name).is_some_and(|b| b.cast::<Type>().is_some_and(|t| v.is_exact(t)))
}

impl Source<'_> {
    fn discard_error(&self, _: Raised) {
        drop(self.thread.take_raised());
    }
    fn members(&self, set: Value) -> Option<Vec<Ref>> {
        protocol::collect(self.thread, set).map_err(|raised| self.discard_error(raised)).ok()
    }
    fn attribute(&self, v: Value, name: &str) -> Option<Ref> {
        let name = str::intern_text(name);
        attributes::get(self.thread, v, name).map_err(|raised| self.discard_error(raised)).ok()
    }
    /// Types that are reached by name: complex, slice, sets; and whatever lends bytes.
    fn other_view<'v>(&self, v: Value) -> Option<View<'v, Ref>> {
        if is_builtin(v, "complex") {
            let part = |name| float::get(*self.attribute(v, name)?);
            return Some(View::Complex(part("real")?, part("imag")?));
        }
        if is_builtin(v, "set") {
            return self.members(v).map(View::Set);
        }
        if is_builtin(v, "frozenset") {
            return self.members(v).map(View::Frozenset);
        }
        if is_builtin(v, "slice") {
            let part = |name| self.attribute(v, name);
            return Some(View::Slice([part("start")?, part("stop")?, part("step")?]));
        }
        let buffer = v.ty().slots().buffer?;
        let view = buffer(self.thread, v, 0).map_err(|raised| self.discard_error(raised)).ok()?;
        // SAFETY: the exporter lends `len` bytes for as long as the view lives.
        let bytes = unsafe { std::slice::from_raw_parts(view.data, view.len) }.to_vec();
        Some(View::Bytes(Cow::Owned(bytes)))
    }
}

fn int_view<'v>(v: Value) -> View<'v, Ref> {
    match int::get(v) {
        Some(IntRef::Small(i)) => View::Int(i),
        Some(IntRef::Big(big)) => {
            let (sign, magnitude) = big.clone().into_parts();
            let magnitude = Cow::Owned(magnitude.to_le_bytes().into_vec());
            View::BigInt { negative: sign == Sign::Negative, magnitude }
        }
        None => View::Unmarshallable,
    }
}

fn code_view<'v>(code: &Code) -> View<'v, Ref> {
    let tuple = |items: &[Ref]| Tuple::from_refs(items.to_vec());
    View::Code(Box::new(CodeFields {
        argcount: code.argcount as i32,
        posonlyargcount: code.posonlyargcount as i32,
        kwonlyargcount: code.kwonlyargcount as i32,
        stacksize: code.stacksize as i32,
        flags: code.flags as i32,
        code: Bytes::new(&code.code),
        consts: tuple(&code.consts),
        names: tuple(&code.names),
        localsplusnames: tuple(&code.localsplusnames),
        localspluskinds: Bytes::new(&code.localspluskinds),
        filename: code.filename.get(),
        name: code.name.clone(),
        qualname: code.qualname.clone(),
        firstlineno: code.firstlineno,
        linetable: Bytes::new(&code.linetable),
        exceptiontable: Bytes::new(&code.exceptiontable),
    }))
}

impl MarshalSource for Source<'_> {
    type Obj = Ref;

    fn view<'v>(&'v self, object: &'v Ref) -> View<'v, Ref> {
        let v = **object;
        match v {
            Value::NONE => return View::None,
            Value::TRUE => return View::Bool(true),
            Value::FALSE => return View::Bool(false),
            Value::ELLIPSIS => return View::Ellipsis,
            _ => {}
        }
        if v.is(Value::of(&STOP_ITERATION)) {
            return View::StopIteration;
        }
        if v.is_exact(&INT) {
            return int_view(v);
        }
        if v.is_exact(&FLOAT) {
            return float::get(v).map_or(View::Unmarshallable, View::Float);
        }
        if let Some(s) = v.cast_exact::<Str>() {
            return View::Str { utf8: Cow::Owned(s.to_wtf8()), interned: str::is_interned(v) };
        }
        if let Some(b) = v.cast_exact::<Bytes>() {
            return View::Bytes(Cow::Borrowed(b.as_bytes()));
        }
        if let Some(t) = v.cast_exact::<Tuple>() {
            return View::Tuple(Cow::Borrowed(as_refs(t.items())));
        }
        if let Some(l) = v.cast_exact::<List>() {
            return View::List(Cow::Borrowed(as_refs(l.items())));
        }
        if let Some(d) = v.cast_exact::<Dict>() {
            return View::Dict(d.items());
        }
        if let Some(code) = v.cast_exact::<Code>() {
            return code_view(code);
        }
        self.other_view(v).unwrap_or(View::Unmarshallable)
    }

    /// Objects that are shared in CPython: immortal ones, and those with more than one reference.
    fn identity(&self, object: &Ref) -> Option<usize> {
        let v = **object;
        if let Some(i) = v.as_small_int() {
            return CACHED_INTS.contains(&i).then_some(v.bits() as usize);
        }
        let header = v.header()?;
        let has_many = header.refcount() > 1 || header.has_flag(flag::INTERNED);
        has_many.then_some(v.bits() as usize)
    }
}

// Code objects as plain data.

/// The code object as `ir` has it: for marshal and for lowering. `None` if a constant is of a type that no compiled code
/// has.
pub fn to_ir(code: &Code) -> Option<ir::code::Code> {
    let texts = |names: &[Ref]| names.iter().map(|n| text(**n)).collect::<Option<Vec<_>>>();
    Some(ir::code::Code {
        argcount: code.argcount,
        posonlyargcount: code.posonlyargcount,
        kwonlyargcount: code.kwonlyargcount,
        stacksize: code.stacksize,
        flags: code.flags,
        code: Arc::from(&code.code[..]),
        consts: code.consts.iter().map(|c| constant(**c)).collect::<Option<Vec<_>>>()?,
        names: texts(&code.names)?,
        localsplusnames: texts(&code.localsplusnames)?,
        localspluskinds: code.localspluskinds.to_vec(),
        filename: text(code.filename.peek())?,
        name: text(*code.name)?,
        qualname: text(*code.qualname)?,
        firstlineno: code.firstlineno,
        linetable: Arc::from(&code.linetable[..]),
        exceptiontable: Arc::from(&code.exceptiontable[..]),
    })
}

fn text(v: Value) -> Option<Wtf8> {
    Wtf8::from_bytes(&v.cast::<Str>()?.to_wtf8())
}

/// A constant as plain data; `None` if it is of a type that no compiled code has.
pub fn constant(v: Value) -> Option<Const> {
    let thread = Thread::current();
    if thread.check_native_stack().is_err() {
        drop(thread.take_raised());
        return None;
    }
    Some(match v {
        Value::NONE => Const::None,
        Value::TRUE => Const::True,
        Value::FALSE => Const::False,
        Value::ELLIPSIS => Const::Ellipsis,
        _ if v.is_exact(&INT) => Const::Int(int::get_big(v)?),
        _ if v.is_exact(&FLOAT) => Const::Float(float::get(v)?),
        _ if v.is_exact(&STR) => Const::Str(text(v)?),
        _ if v.is_exact(&BYTES) => Const::Bytes(Arc::from(v.cast::<Bytes>()?.as_bytes())),
        _ if v.is_exact(&TUPLE) => Const::Tuple(constants(v.cast::<Tuple>()?.items())?),
        _ => match v.cast_exact::<Code>() {
            Some(code) => Const::Code(Arc::new(to_ir(code)?)),
            None => other_constant(thread, v)?,
        },
    })
}

fn constants(values: &[Value]) -> Option<Arc<[Const]>> {
    values.iter().map(|v| constant(*v)).collect::<Option<Vec<_>>>().map(Arc::from)
}

fn other_constant(thread: &Thread, v: Value) -> Option<Const> {
    match (Source { thread }).other_view(v)? {
        View::Complex(real, imaginary) => Some(Const::Complex(real, imaginary)),
        View::Frozenset(members) => {
            Some(Const::FrozenSet(constants(&members.iter().map(|m| **m).collect::<Vec<_>>())?))
        }
        View::Slice(parts) => {
            let [start, stop, step] = parts.map(|p| constant(*p));
            Some(Const::Slice(Arc::new([start?, stop?, step?])))
        }
        _ => None,
    }
}
