//! Making code objects: from the frontend's, from parts (marshal, `replace`), and by calling the type.

use super::{CODE, Code, intern_constant};
use crate::call::Args;
use crate::cell::{GilCell, Slot};
use crate::error::{PyResult, Raised};
use crate::object::new_exact;
use crate::objects::bytes::Bytes;
use crate::objects::str::{self, Str};
use crate::objects::tuple::Tuple;
use crate::objects::{constructors, float, int};
use crate::protocol;
use crate::thread::Thread;
use crate::types::{Type, TypeFlags};
use crate::value::{Ref, Value};
use ir::code::{Const, co_flags, local_kind};
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// The parts of a code object, as marshal stores them.
#[derive(Clone)]
pub struct CodeParts {
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: u32,
    pub firstlineno: i32,
    pub code: Vec<u8>,
    pub consts: Vec<Ref>,
    pub names: Vec<Ref>,
    pub localsplusnames: Vec<Ref>,
    pub localspluskinds: Vec<u8>,
    pub filename: Ref,
    pub name: Ref,
    pub qualname: Ref,
    pub linetable: Vec<u8>,
    pub exceptiontable: Vec<u8>,
}

impl CodeParts {
    /// The parts of an existing code object.
    pub fn of(code: &Code) -> CodeParts {
        CodeParts {
            argcount: code.argcount,
            posonlyargcount: code.posonlyargcount,
            kwonlyargcount: code.kwonlyargcount,
            stacksize: code.stacksize,
            flags: code.flags,
            firstlineno: code.firstlineno,
            code: code.code.to_vec(),
            consts: code.consts.to_vec(),
            names: code.names.to_vec(),
            localsplusnames: code.localsplusnames.to_vec(),
            localspluskinds: code.localspluskinds.to_vec(),
            filename: code.filename.get(),
            name: code.name.clone(),
            qualname: code.qualname.clone(),
            linetable: code.linetable.to_vec(),
            exceptiontable: code.exceptiontable.to_vec(),
        }
    }
    fn names_of_kind(&self, kind: u8) -> Vec<Ref> {
        let pairs = self.localsplusnames.iter().zip(&self.localspluskinds);
        pairs.filter(|(_, bits)| **bits & kind != 0).map(|(name, _)| name.clone()).collect()
    }
    pub fn varnames(&self) -> Vec<Ref> {
        self.names_of_kind(local_kind::LOCAL)
    }
    pub fn cellvars(&self) -> Vec<Ref> {
        self.names_of_kind(local_kind::CELL)
    }
    pub fn freevars(&self) -> Vec<Ref> {
        self.names_of_kind(local_kind::FREE)
    }
    /// Parameters of every kind.
    fn total_args(&self) -> u64 {
        u64::from(self.argcount)
            + u64::from(self.kwonlyargcount)
            + u64::from(self.flags & co_flags::VARARGS != 0)
            + u64::from(self.flags & co_flags::VARKEYWORDS != 0)
    }
    /// Lays out variables, cells and free variables as fast locals; a cell that is a variable too shares its slot.
    pub fn set_locals(&mut self, varnames: &[Ref], cellvars: &[Ref], freevars: &[Ref]) {
        let (mut names, mut kinds) = (Vec::new(), Vec::new());
        for (i, name) in varnames.iter().enumerate() {
            names.push(name.clone());
            kinds.push(local_kind::LOCAL | self.argument_kind(i));
        }
        for cell in cellvars {
            let same = |name: &Ref| matches!((name.cast::<Str>(), cell.cast::<Str>()), (Some(a), Some(b)) if a.same(b));
            match names.iter().position(same) {
                Some(i) => kinds[i] |= local_kind::CELL,
                None => {
                    names.push(cell.clone());
                    kinds.push(local_kind::CELL);
                }
            }
        }
        for free in freevars {
            names.push(free.clone());
            kinds.push(local_kind::FREE);
        }
        (self.localsplusnames, self.localspluskinds) = (names, kinds);
    }
    /// The parameter bits of fast local `i`.
    fn argument_kind(&self, i: usize) -> u8 {
        let (posonly, args, kwonly) =
            (self.posonlyargcount as usize, self.argcount as usize, self.kwonlyargcount as usize);
        if i < posonly {
            return local_kind::ARG_POS;
        }
        if i < args {
            return local_kind::ARG_POS | local_kind::ARG_KW;
        }
        let mut at = args.saturating_add(kwonly);
        if i < at {
            return local_kind::ARG_KW;
        }
        if self.flags & co_flags::VARARGS != 0 {
            if i == at {
                return local_kind::ARG_VAR | local_kind::ARG_POS;
            }
            at += 1;
        }
        if self.flags & co_flags::VARKEYWORDS != 0 && i == at {
            return local_kind::ARG_VAR | local_kind::ARG_KW;
        }
        0
    }
}

fn interned(names: Vec<Ref>) -> Box<[Ref]> {
    names.into_iter().map(intern_exact).collect()
}

/// Interns an exact string; a string of a subclass stays what it is.
fn intern_exact(name: Ref) -> Ref {
    if name.is_exact(&crate::types::registry::STR) { str::intern(name) } else { name }
}

/// A code object of these parts, after CPython's checks.
pub fn new_code(thread: &Thread, parts: CodeParts) -> PyResult {
    check(thread, &parts)?;
    let consts = parts.consts.into_iter().map(intern_constant).collect();
    Ok(new_exact(|header| Code {
        header,
        argcount: parts.argcount,
        posonlyargcount: parts.posonlyargcount,
        kwonlyargcount: parts.kwonlyargcount,
        stacksize: parts.stacksize,
        flags: parts.flags,
        firstlineno: parts.firstlineno,
        code: parts.code.into(),
        consts,
        names: interned(parts.names),
        localsplusnames: interned(parts.localsplusnames),
        localspluskinds: parts.localspluskinds.into(),
        filename: Slot::new(intern_exact(parts.filename)),
        name: intern_exact(parts.name),
        qualname: intern_exact(parts.qualname),
        linetable: parts.linetable.into(),
        exceptiontable: parts.exceptiontable.into(),
        register_code: GilCell::new(None),
        executable: Cell::new(std::ptr::null()),
        instrumented: GilCell::new(None),
        monitoring: GilCell::new(None),
        version: Cell::new(0),
        hash: Cell::new(-1),
        extra: Slot::null(),
    }))
}

fn check(thread: &Thread, parts: &CodeParts) -> PyResult<()> {
    let signed = |n: u32| n <= i32::MAX as u32;
    let counts_fit = parts.argcount >= parts.posonlyargcount
        && [parts.argcount, parts.kwonlyargcount, parts.stacksize, parts.flags].into_iter().all(signed)
        && parts.localsplusnames.len() == parts.localspluskinds.len();
    if !counts_fit {
        return Err(thread.system_error("bad argument to internal function"));
    }
    let strings = [&parts.filename, &parts.name, &parts.qualname].into_iter();
    let mut all_strings = strings.chain(&parts.names).chain(&parts.localsplusnames);
    if let Some(other) = all_strings.find(|v| v.cast::<Str>().is_none()) {
        let message = format!("name tuples must contain only strings, not '{}'", other.ty().name());
        return Err(thread.type_error(message));
    }
    if !parts.code.len().is_multiple_of(2) {
        return Err(thread.value_error("code: co_code is malformed"));
    }
    let locals = parts.localspluskinds.iter().filter(|bits| **bits & local_kind::LOCAL != 0).count();
    if parts.total_args() > locals as u64 {
        return Err(thread.value_error("code: co_varnames is too small"));
    }
    Ok(())
}

// From the frontend.

/// The object of a code object of the frontend; equal constants of all nested code objects become one object each.
pub fn from_ir(thread: &Thread, code: &ir::code::Code) -> PyResult {
    Builder { constants: FxHashMap::default() }.code(thread, code)
}

/// The object of one constant.
pub fn constant_from_ir(thread: &Thread, constant: &Const) -> PyResult {
    Builder { constants: FxHashMap::default() }.constant(thread, constant)
}

struct Builder<'a> {
    constants: FxHashMap<&'a Const, Ref>,
}

fn string(text: &ir::wtf8::Wtf8) -> Ref {
    Str::from_wtf8(text.as_bytes())
}

fn strings(texts: &[ir::wtf8::Wtf8]) -> Vec<Ref> {
    texts.iter().map(string).collect()
}

impl<'a> Builder<'a> {
    fn code(&mut self, thread: &Thread, code: &'a ir::code::Code) -> PyResult {
        thread.check_native_stack()?;
        let parts = CodeParts {
            argcount: code.argcount,
            posonlyargcount: code.posonlyargcount,
            kwonlyargcount: code.kwonlyargcount,
            stacksize: code.stacksize,
            flags: code.flags,
            firstlineno: code.firstlineno,
            code: code.code.to_vec(),
            consts: self.all(thread, &code.consts)?,
            names: strings(&code.names),
            localsplusnames: strings(&code.localsplusnames),
            localspluskinds: code.localspluskinds.clone(),
            filename: string(&code.filename),
            name: string(&code.name),
            qualname: string(&code.qualname),
            linetable: code.linetable.to_vec(),
            exceptiontable: code.exceptiontable.to_vec(),
        };
        new_code(thread, parts)
    }
    fn all(&mut self, thread: &Thread, constants: &'a [Const]) -> PyResult<Vec<Ref>> {
        constants.iter().map(|c| self.constant(thread, c)).collect()
    }
    fn constant(&mut self, thread: &Thread, constant: &'a Const) -> PyResult {
        if let Const::Code(code) = constant {
            return self.code(thread, code);
        }
        if let Some(known) = self.constants.get(constant) {
            return Ok(known.clone());
        }
        thread.check_native_stack()?;
        let value = match constant {
            Const::None => Ref::NONE,
            Const::True => Ref::bool(true),
            Const::False => Ref::bool(false),
            Const::Ellipsis => Ref::immediate(Value::ELLIPSIS),
            Const::StopIteration => Value::of(&crate::objects::exceptions::STOP_ITERATION).to_ref(),
            Const::Int(i) => int::from_big(i.clone()),
            Const::Float(f) => float::new(*f),
            Const::Complex(real, imaginary) => constructors::complex(thread, *real, *imaginary)?,
            Const::Str(text) => intern_constant(string(text)),
            Const::Bytes(bytes) => Bytes::new(bytes),
            Const::Tuple(items) => Tuple::from_refs(self.all(thread, items)?),
            Const::FrozenSet(items) => constructors::frozenset(thread, self.all(thread, items)?)?,
            Const::Slice(parts) => constructors::slice(thread, self.all(thread, &parts[..])?)?,
            Const::Code(_) => unreachable!("handled above"),
        };
        self.constants.insert(constant, value.clone());
        Ok(value)
    }
}

// By calling the type.

const REQUIRED: usize = 16;
const MAXIMUM: usize = 18;

/// The positional arguments of `code(...)`, read in order.
struct Reader<'a> {
    thread: &'a Thread,
    arguments: &'a [Value],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Value {
        let v = self.arguments.get(self.at).copied().unwrap_or(Value::NULL);
        self.at += 1;
        v
    }
    fn wrong(&self, expected: &str, found: Value) -> Raised {
        let type_name = if found.is_none() { "None".into() } else { found.ty().name() };
        self.thread.type_error(format!("code() argument {} must be {expected}, not {type_name}", self.at))
    }
    fn int(&mut self) -> PyResult<i32> {
        let v = self.next();
        protocol::c_int(self.thread, v)
    }
    fn bytes(&mut self) -> PyResult<Vec<u8>> {
        let v = self.next();
        v.cast::<Bytes>().map(|b| b.as_bytes().to_vec()).ok_or_else(|| self.wrong("bytes", v))
    }
    fn string(&mut self) -> PyResult<Ref> {
        let v = self.next();
        if v.cast::<Str>().is_some() { Ok(v.to_ref()) } else { Err(self.wrong("str", v)) }
    }
    fn tuple(&mut self) -> PyResult<Vec<Ref>> {
        let v = self.next();
        if v.is_null() {
            return Ok(Vec::new());
        }
        let Some(tuple) = v.cast::<Tuple>() else { return Err(self.wrong("tuple", v)) };
        Ok(tuple.items().iter().map(|v| v.to_ref()).collect())
    }
    fn names(&mut self) -> PyResult<Vec<Ref>> {
        let names = self.tuple()?;
        if let Some(other) = names.iter().find(|n| n.cast::<Str>().is_none()) {
            let message = format!("name tuples must contain only strings, not '{}'", other.ty().name());
            return Err(self.thread.type_error(message));
        }
        Ok(names)
    }
}

pub(super) fn new(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    debug_assert!(std::ptr::eq(class, &CODE) && !class.has(TypeFlags::HEAP));
    if arguments.has_keywords() {
        return Err(thread.type_error("code() takes no keyword arguments"));
    }
    let given = arguments.count();
    if given < REQUIRED {
        return Err(thread.type_error(format!("code expected at least {REQUIRED} arguments, got {given}")));
    }
    if given > MAXIMUM {
        return Err(thread.type_error(format!("code expected at most {MAXIMUM} arguments, got {given}")));
    }
    let mut read = Reader { thread, arguments: arguments.positional(), at: 0 };
    let [argcount, posonly, kwonly, nlocals] = [read.int()?, read.int()?, read.int()?, read.int()?];
    let [stacksize, flags] = [read.int()?, read.int()?];
    let code = read.bytes()?;
    let consts = read.tuple()?;
    let names = read.names()?;
    let varnames = read.names()?;
    let (filename, name, qualname) = (read.string()?, read.string()?, read.string()?);
    let firstlineno = read.int()?;
    let (linetable, exceptiontable) = (read.bytes()?, read.bytes()?);
    let (freevars, cellvars) = (read.names()?, read.names()?);
    let named = [
        ("argcount", argcount),
        ("posonlyargcount", posonly),
        ("kwonlyargcount", kwonly),
        ("nlocals", nlocals),
    ];
    if let Some((what, _)) = named.iter().find(|(_, n)| *n < 0) {
        return Err(thread.value_error(format!("code: {what} must not be negative")));
    }
    if varnames.len() != nlocals as usize {
        return Err(thread.value_error("code: co_nlocals != len(co_varnames)"));
    }
    let mut parts = CodeParts {
        argcount: argcount as u32,
        posonlyargcount: posonly as u32,
        kwonlyargcount: kwonly as u32,
        stacksize: stacksize as u32,
        flags: flags as u32,
        firstlineno,
        code,
        consts,
        names,
        localsplusnames: Vec::new(),
        localspluskinds: Vec::new(),
        filename,
        name,
        qualname,
        linetable,
        exceptiontable,
    };
    parts.set_locals(&varnames, &cellvars, &freevars);
    new_code(thread, parts)
}
