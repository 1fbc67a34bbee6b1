//! `ir::code` constants from and to marshal data.
//!
//! Constants have no identity, but the reference flags of the format record CPython's. [`marshal_const`]
//! therefore rebuilds the sharing that CPython's compiler produces: the constant cache of a compilation merges
//! equal constants, tuples of constants and names, and equal tables of all code objects of a module; strings
//! that look like names are interned; small integers, short bytes and the empty tuple are singletons. An
//! object has the flag if it is such a singleton or more than one object refers to it.

use super::{CodeFields, MAX_DEPTH, MarshalSink, MarshalSource, View, WriteError, WriteOptions};
use super::{ReadError, read_object, write_object};
use crate::code::{Code, Const};
use crate::wtf8::Wtf8;
use dashu_int::{IBig, Sign, UBig};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// Why marshal data is not a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstError {
    /// A mutable container, which constants cannot hold; its type's name.
    Mutable(&'static str),
    /// A string that is not UTF-8 with surrogates.
    Text,
    /// A code object whose fields have wrong types or negative counts.
    Code,
}

/// Reads a constant; a module's code object is one.
pub fn unmarshal_const(bytes: &[u8]) -> Result<Const, ReadError<ConstError>> {
    read_object(bytes, true, &mut ConstSink)
}

/// Marshals a constant as `marshal.dumps` would.
pub fn marshal_const(value: &Const, options: WriteOptions) -> Result<Vec<u8>, WriteError> {
    let mut graph = Graph { nodes: Vec::new(), numbers: FxHashMap::default(), depth: 0 };
    let root = graph.constant(value)?;
    write_object(&graph, &root, options)
}

/// Marshals a code object as `marshal.dumps` would right after compiling it. `is_held` tells whether a variable
/// holds the code object meanwhile, as when importlib writes a `.pyc` file: then it has the reference flag.
pub fn marshal_code(code: &Code, is_held: bool, options: WriteOptions) -> Result<Vec<u8>, WriteError> {
    let mut graph = Graph { nodes: Vec::new(), numbers: FxHashMap::default(), depth: 0 };
    let root = graph.code(code)?;
    if is_held {
        graph.nodes[root].references = SINGLETON;
    }
    write_object(&graph, &root, options)
}

struct ConstSink;

type Sunk = Result<Const, ConstError>;

impl MarshalSink for ConstSink {
    type Obj = Const;
    type Error = ConstError;

    fn none(&mut self) -> Const {
        Const::None
    }
    fn bool(&mut self, value: bool) -> Const {
        Const::bool(value)
    }
    fn ellipsis(&mut self) -> Const {
        Const::Ellipsis
    }
    fn stop_iteration(&mut self) -> Sunk {
        Ok(Const::StopIteration)
    }
    fn int(&mut self, value: i64) -> Sunk {
        Ok(Const::int(value))
    }
    fn big_int(&mut self, negative: bool, magnitude: &[u8]) -> Sunk {
        let sign = if negative { Sign::Negative } else { Sign::Positive };
        Ok(Const::Int(IBig::from_parts(sign, UBig::from_le_bytes(magnitude))))
    }
    fn float(&mut self, value: f64) -> Sunk {
        Ok(Const::Float(value))
    }
    fn complex(&mut self, real: f64, imag: f64) -> Sunk {
        Ok(Const::Complex(real, imag))
    }
    fn bytes(&mut self, value: &[u8]) -> Sunk {
        Ok(Const::Bytes(value.into()))
    }
    fn str_ascii(&mut self, latin1: &[u8], _interned: bool) -> Sunk {
        let text = Wtf8::from_code_points(latin1.iter().map(|&byte| byte.into()));
        text.map(Const::Str).ok_or(ConstError::Text)
    }
    fn str_wtf8(&mut self, utf8: &[u8], _interned: bool) -> Sunk {
        Wtf8::from_bytes(utf8).map(Const::Str).ok_or(ConstError::Text)
    }
    fn tuple(&mut self, items: Vec<Const>) -> Sunk {
        Ok(Const::Tuple(items.into()))
    }
    fn new_list(&mut self) -> Sunk {
        Err(ConstError::Mutable("list"))
    }
    fn list_append(&mut self, _: &Const, _: Const) -> Result<(), ConstError> {
        Err(ConstError::Mutable("list"))
    }
    fn new_dict(&mut self) -> Sunk {
        Err(ConstError::Mutable("dict"))
    }
    fn dict_insert(&mut self, _: &Const, _: Const, _: Const) -> Result<(), ConstError> {
        Err(ConstError::Mutable("dict"))
    }
    fn new_set(&mut self) -> Sunk {
        Err(ConstError::Mutable("set"))
    }
    fn set_add(&mut self, _: &Const, _: Const) -> Result<(), ConstError> {
        Err(ConstError::Mutable("set"))
    }
    fn frozenset(&mut self, items: Vec<Const>) -> Sunk {
        Ok(Const::FrozenSet(items.into()))
    }
    fn slice(&mut self, parts: [Const; 3]) -> Sunk {
        Ok(Const::Slice(parts.into()))
    }
    fn code(&mut self, fields: CodeFields<Const>) -> Sunk {
        let count = |value: i32| u32::try_from(value).map_err(|_| ConstError::Code);
        let Const::Tuple(consts) = fields.consts else { return Err(ConstError::Code) };
        Ok(Const::Code(Arc::new(Code {
            argcount: count(fields.argcount)?,
            posonlyargcount: count(fields.posonlyargcount)?,
            kwonlyargcount: count(fields.kwonlyargcount)?,
            stacksize: count(fields.stacksize)?,
            // Flags are a bit set: the sign bit is a bit like the others.
            flags: fields.flags as u32,
            code: code_bytes(fields.code)?,
            consts: consts.to_vec(),
            names: code_names(fields.names)?,
            localsplusnames: code_names(fields.localsplusnames)?,
            localspluskinds: code_bytes(fields.localspluskinds)?.to_vec(),
            filename: code_str(&fields.filename)?,
            name: code_str(&fields.name)?,
            qualname: code_str(&fields.qualname)?,
            firstlineno: fields.firstlineno,
            linetable: code_bytes(fields.linetable)?,
            exceptiontable: code_bytes(fields.exceptiontable)?,
        })))
    }
}

fn code_bytes(field: Const) -> Result<Arc<[u8]>, ConstError> {
    match field {
        Const::Bytes(bytes) => Ok(bytes),
        _ => Err(ConstError::Code),
    }
}

fn code_str(field: &Const) -> Result<Wtf8, ConstError> {
    match field {
        Const::Str(text) => Ok(text.clone()),
        _ => Err(ConstError::Code),
    }
}

fn code_names(field: Const) -> Result<Vec<Wtf8>, ConstError> {
    match field {
        Const::Tuple(items) => items.iter().map(code_str).collect(),
        _ => Err(ConstError::Code),
    }
}

/// The objects of a constant as CPython would share them. Objects are indices of `nodes`.
struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    numbers: FxHashMap<Key<'a>, usize>,
    depth: usize,
}

struct Node<'a> {
    value: Value<'a>,
    /// Objects that refer to this one; singletons start with more than one.
    references: u32,
}

enum Value<'a> {
    Const(&'a Const),
    Bytes(&'a [u8]),
    Str { text: &'a Wtf8, interned: bool },
    Tuple(Vec<usize>),
    Frozenset(Vec<usize>),
    Slice([usize; 3]),
    Code(CodeFields<usize>),
}

/// What makes two constants one object.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    /// A constant without parts.
    Atom(&'a Const),
    Bytes(&'a [u8]),
    Str(&'a Wtf8),
    Tuple(Vec<usize>),
    Frozenset(Vec<usize>),
    Slice([usize; 3]),
    /// A code object, by address.
    Code(usize),
}

/// The references of an object that is alive forever.
const SINGLETON: u32 = 2;

impl<'a> Graph<'a> {
    fn constant(&mut self, value: &'a Const) -> Result<usize, WriteError> {
        if self.depth >= MAX_DEPTH {
            return Err(WriteError::TooDeep);
        }
        self.depth += 1;
        let number = match value {
            Const::Str(text) => self.string(text, looks_like_name(text)),
            Const::Bytes(bytes) => self.bytes(bytes),
            Const::Tuple(items) => {
                let items = self.constants(items)?;
                self.tuple(items)
            }
            Const::FrozenSet(items) => {
                let items = self.constants(items)?;
                self.intern(Key::Frozenset(items.clone()), Value::Frozenset(items), 0)
            }
            Const::Slice(parts) => {
                let parts = [self.constant(&parts[0])?, self.constant(&parts[1])?, self.constant(&parts[2])?];
                self.intern(Key::Slice(parts), Value::Slice(parts), 0)
            }
            Const::Code(code) => self.code(code)?,
            Const::Int(int) => {
                let cached = i32::try_from(int).is_ok_and(|int| (-5..=256).contains(&int));
                self.intern(Key::Atom(value), Value::Const(value), if cached { SINGLETON } else { 0 })
            }
            _ => self.intern(Key::Atom(value), Value::Const(value), 0),
        };
        self.depth -= 1;
        Ok(number)
    }

    fn constants(&mut self, items: &'a [Const]) -> Result<Vec<usize>, WriteError> {
        items.iter().map(|item| self.constant(item)).collect()
    }

    fn string(&mut self, text: &'a Wtf8, interned: bool) -> usize {
        let number = self.intern(Key::Str(text), Value::Str { text, interned }, 0);
        let node = &mut self.nodes[number];
        if interned {
            node.references = node.references.max(SINGLETON);
            node.value = Value::Str { text, interned };
        }
        number
    }

    fn bytes(&mut self, bytes: &'a [u8]) -> usize {
        self.intern(Key::Bytes(bytes), Value::Bytes(bytes), if bytes.len() < 2 { SINGLETON } else { 0 })
    }

    fn tuple(&mut self, items: Vec<usize>) -> usize {
        let references = if items.is_empty() { SINGLETON } else { 0 };
        self.intern(Key::Tuple(items.clone()), Value::Tuple(items), references)
    }

    fn names(&mut self, names: &'a [Wtf8]) -> Vec<usize> {
        names.iter().map(|name| self.string(name, true)).collect()
    }

    fn code(&mut self, code: &'a Code) -> Result<usize, WriteError> {
        let key = Key::Code(std::ptr::from_ref(code).addr());
        if let Some(&number) = self.numbers.get(&key) {
            return Ok(number);
        }
        let consts = self.constants(&code.consts)?;
        let names = self.names(&code.names);
        let locals = self.names(&code.localsplusnames);
        let fields = CodeFields {
            argcount: code.argcount as i32,
            posonlyargcount: code.posonlyargcount as i32,
            kwonlyargcount: code.kwonlyargcount as i32,
            stacksize: code.stacksize as i32,
            flags: code.flags as i32,
            // `co_code` is made on request and then cached in the code object: two references, never merged.
            code: self.push(Value::Bytes(&code.code), SINGLETON),
            consts: self.tuple(consts),
            names: self.tuple(names),
            localsplusnames: self.tuple(locals),
            localspluskinds: match code.localspluskinds.as_slice() {
                [] => self.bytes(&[]),
                kinds => self.push(Value::Bytes(kinds), 0),
            },
            filename: self.string(&code.filename, true),
            name: self.string(&code.name, true),
            qualname: self.string(&code.qualname, true),
            firstlineno: code.firstlineno,
            linetable: self.bytes(&code.linetable),
            exceptiontable: self.bytes(&code.exceptiontable),
        };
        self.refer(&[fields.consts, fields.names, fields.localsplusnames]);
        self.refer(&[fields.linetable, fields.exceptiontable, fields.localspluskinds]);
        Ok(self.intern(key, Value::Code(fields), 0))
    }

    /// The number of an object equal to `value`, which is entered if there is none.
    fn intern(&mut self, key: Key<'a>, value: Value<'a>, references: u32) -> usize {
        if let Some(&number) = self.numbers.get(&key) {
            return number;
        }
        match &value {
            Value::Tuple(items) | Value::Frozenset(items) => self.refer(items),
            Value::Slice(parts) => self.refer(parts),
            _ => {}
        }
        let number = self.push(value, references);
        self.numbers.insert(key, number);
        number
    }

    fn push(&mut self, value: Value<'a>, references: u32) -> usize {
        self.nodes.push(Node { value, references });
        self.nodes.len() - 1
    }

    fn refer(&mut self, parts: &[usize]) {
        for &part in parts {
            self.nodes[part].references = self.nodes[part].references.saturating_add(1);
        }
    }
}

impl MarshalSource for Graph<'_> {
    type Obj = usize;

    fn view<'v>(&'v self, number: &'v usize) -> View<'v, usize> {
        match &self.nodes[*number].value {
            Value::Const(value) => atom(value),
            Value::Bytes(bytes) => View::Bytes(Cow::Borrowed(bytes)),
            Value::Str { text, interned } => {
                View::Str { utf8: Cow::Borrowed(text.as_bytes()), interned: *interned }
            }
            Value::Tuple(items) => View::Tuple(Cow::Borrowed(items)),
            Value::Frozenset(items) => View::Frozenset(items.clone()),
            Value::Slice(parts) => View::Slice(*parts),
            Value::Code(fields) => View::Code(Box::new(fields.clone())),
        }
    }

    fn identity(&self, number: &usize) -> Option<usize> {
        (self.nodes[*number].references > 1).then_some(*number)
    }
}

/// The view of a constant without parts.
fn atom(value: &Const) -> View<'_, usize> {
    match value {
        Const::None => View::None,
        Const::True => View::Bool(true),
        Const::False => View::Bool(false),
        Const::Ellipsis => View::Ellipsis,
        Const::StopIteration => View::StopIteration,
        Const::Float(value) => View::Float(*value),
        Const::Complex(real, imag) => View::Complex(*real, *imag),
        Const::Int(int) => {
            let (sign, magnitude) = int.clone().into_parts();
            let magnitude = Cow::Owned(magnitude.to_le_bytes().into_vec());
            View::BigInt { negative: sign == Sign::Negative, magnitude }
        }
        _ => View::Unmarshallable,
    }
}

/// The compiler interns constants that could be names, and every one-character Latin-1 string exists once.
fn looks_like_name(text: &Wtf8) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_')
        || matches!(bytes, [_] | [0xc2 | 0xc3, _])
}
