//! Reading a pickle: a machine with a stack of values and a stack of marks, whose program is the pickle.
//!
//! Invariants: marks are heights of the stack, ascending; `fence` is the topmost one (0 without). No opcode but those that
//! take all above a mark reaches below the fence.

use super::errors::unpickling;
use super::input::Input;
use super::opcode::*;
use super::unpickle_memo::UnpickleMemo;
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::EOF_ERROR;
use runtime::objects::list::List;
use runtime::objects::set::{new_of, new_set, set_of};
use runtime::objects::tuple::{TUPLE as TUPLE_TYPE, Tuple};
use runtime::objects::{float, int};
use runtime::types::registry::FROZENSET as FROZENSET_TYPE;
use runtime::{GilCell, PyResult, Raised, Ref, Thread, Value, protocol};
use std::cell::Cell;

/// The state of one load.
pub(super) struct Load<'a> {
    pub(super) thread: &'a Thread,
    pub(super) input: Input<'a>,
    pub(super) memo: &'a GilCell<UnpickleMemo>,
    pub(super) stack: Vec<Ref>,
    marks: Vec<usize>,
    fence: usize,
    pub(super) protocol: u8,
    pub(super) fix_imports: bool,
    /// How 8-bit strings are decoded.
    pub(super) encoding: &'a str,
    pub(super) errors: &'a str,
    pub(super) buffers: Option<Ref>,
    /// The unpickler whose `find_class` is asked; `None`: there is only the built-in one.
    pub(super) finder: Option<Ref>,
    pub(super) persistent_load: Option<Ref>,
    /// Where else the protocol is noted.
    pub(super) told_protocol: Option<&'a Cell<u8>>,
}

impl<'a> Load<'a> {
    pub(super) fn new(thread: &'a Thread, input: Input<'a>, memo: &'a GilCell<UnpickleMemo>) -> Load<'a> {
        Load {
            thread,
            input,
            memo,
            stack: Vec::with_capacity(32),
            marks: Vec::new(),
            fence: 0,
            protocol: 0,
            fix_imports: true,
            encoding: "ASCII",
            errors: "strict",
            buffers: None,
            finder: None,
            persistent_load: None,
            told_protocol: None,
        }
    }

    /// Reads one pickle.
    pub(super) fn object(&mut self) -> PyResult {
        loop {
            let opcode = self.opcode()?;
            if opcode == STOP {
                return self.pop();
            }
            self.step(opcode)?;
        }
    }

    #[inline(always)]
    fn opcode(&mut self) -> PyResult<u8> {
        match self.input.byte(self.thread) {
            Ok(opcode) => Ok(opcode),
            Err(raised) => Err(self.no_opcode(raised)),
        }
    }
    #[cold]
    fn no_opcode(&self, raised: Raised) -> Raised {
        let class = super::errors::UNPICKLING_ERROR.class();
        if !class.is_some_and(|class| self.thread.raised_matches(class)) {
            return raised;
        }
        drop(self.thread.take_raised());
        self.thread.error(&EOF_ERROR, "Ran out of input")
    }

    #[inline(always)]
    fn step(&mut self, opcode: u8) -> PyResult<()> {
        let thread = self.thread;
        match opcode {
            NONE => self.push(Ref::NONE),
            BININT1 => {
                let i = self.input.byte(thread)?;
                self.push(int::new(i.into()));
            }
            BININT2 => {
                let i = u16::from_le_bytes(self.input.array(thread)?);
                self.push(int::new(i.into()));
            }
            BININT => {
                let i = i32::from_le_bytes(self.input.array(thread)?);
                self.push(int::new(i.into()));
            }
            SHORT_BINUNICODE => {
                let length = self.input.byte(thread)?;
                self.push_text(length.into())?;
            }
            BINUNICODE => {
                let length = u32::from_le_bytes(self.input.array(thread)?);
                self.push_text(length.into())?;
            }
            MEMOIZE => {
                let number = self.memo.with(|memo| memo.count()) as u64;
                self.put(number)?;
            }
            BINPUT => {
                let number = self.input.byte(thread)?;
                self.put(number.into())?;
            }
            LONG_BINPUT => {
                let number = u32::from_le_bytes(self.input.array(thread)?);
                self.put(number.into())?;
            }
            BINGET => {
                let number = self.input.byte(thread)?;
                self.get(number.into())?;
            }
            LONG_BINGET => {
                let number = u32::from_le_bytes(self.input.array(thread)?);
                self.get(number.into())?;
            }
            MARK => {
                self.marks.push(self.stack.len());
                self.fence = self.stack.len();
            }
            EMPTY_LIST => self.push(List::from_refs(Vec::new())),
            EMPTY_DICT => self.push(Dict::new()),
            EMPTY_TUPLE => self.push(Tuple::empty()),
            EMPTY_SET => self.push(new_set()),
            APPEND => self.append(1)?,
            APPENDS => {
                let start = self.pop_mark()?;
                let count = self.stack.len() - start;
                self.append(count)?;
            }
            SETITEM => self.set_items(2)?,
            SETITEMS => {
                let start = self.pop_mark()?;
                let count = self.stack.len() - start;
                self.set_items(count)?;
            }
            TUPLE1 => self.tuple(1)?,
            TUPLE2 => self.tuple(2)?,
            TUPLE3 => self.tuple(3)?,
            TUPLE => {
                let start = self.pop_mark()?;
                let count = self.stack.len() - start;
                self.tuple(count)?;
            }
            BINFLOAT => {
                let f = f64::from_be_bytes(self.input.array(thread)?);
                self.push(float::new(f));
            }
            NEWTRUE => self.push(Ref::bool(true)),
            NEWFALSE => self.push(Ref::bool(false)),
            FRAME => {
                let length = u64::from_le_bytes(self.input.array(thread)?);
                self.input.begin_frame(thread, length)?;
            }
            PROTO => {
                let protocol = self.input.byte(thread)?;
                if protocol > HIGHEST_PROTOCOL {
                    return Err(thread.value_error(format!("unsupported pickle protocol: {protocol}")));
                }
                self.protocol = protocol;
                if let Some(told) = self.told_protocol {
                    told.set(protocol);
                }
            }
            _ => return self.rare_step(opcode),
        }
        Ok(())
    }

    fn rare_step(&mut self, opcode: u8) -> PyResult<()> {
        match opcode {
            POP => self.discard(),
            POP_MARK => {
                let start = self.pop_mark()?;
                let above = self.stack.split_off(start);
                drop(above);
                Ok(())
            }
            DUP => {
                let top = self.top()?.to_ref();
                self.push(top);
                Ok(())
            }
            LIST => {
                let items = self.items()?;
                self.push(List::from_refs(items));
                Ok(())
            }
            DICT => self.dict(),
            ADDITEMS => self.add_items(),
            FROZENSET => {
                let items = self.items()?;
                let set = new_of(&FROZENSET_TYPE);
                if let Some(members) = set_of(*set) {
                    for item in &items {
                        members.add(self.thread, **item)?;
                    }
                }
                self.push(set);
                Ok(())
            }
            REDUCE | NEWOBJ | NEWOBJ_EX | BUILD | INST | OBJ | GLOBAL | STACK_GLOBAL | EXT1 | EXT2 | EXT4
            | PERSID | BINPERSID => self.object_step(opcode),
            _ => self.value_step(opcode),
        }
    }

    // The stack.

    #[inline(always)]
    pub(super) fn push(&mut self, v: Ref) {
        self.stack.push(v);
    }
    #[inline(always)]
    pub(super) fn pop(&mut self) -> PyResult {
        if self.stack.len() <= self.fence {
            return Err(self.underflow());
        }
        match self.stack.pop() {
            Some(v) => Ok(v),
            None => Err(self.underflow()),
        }
    }
    /// The value on top, borrowed.
    #[inline(always)]
    pub(super) fn top(&self) -> PyResult<Value> {
        match self.stack.last() {
            Some(v) if self.stack.len() > self.fence => Ok(**v),
            _ => Err(self.underflow()),
        }
    }
    #[cold]
    fn underflow(&self) -> Raised {
        let message =
            if self.marks.is_empty() { "unpickling stack underflow" } else { "unexpected MARK found" };
        unpickling(self.thread, message)
    }
    /// Takes the topmost mark away; where it lay.
    #[inline]
    pub(super) fn pop_mark(&mut self) -> PyResult<usize> {
        let Some(start) = self.marks.pop() else {
            return Err(unpickling(self.thread, "could not find MARK"));
        };
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(start)
    }
    /// What lies above the topmost mark.
    pub(super) fn items(&mut self) -> PyResult<Vec<Ref>> {
        let start = self.pop_mark()?;
        Ok(self.stack.split_off(start))
    }
    fn discard(&mut self) -> PyResult<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            return self.pop_mark().map(drop);
        }
        self.pop().map(drop)
    }

    // The memo.

    #[inline(always)]
    pub(super) fn put(&mut self, number: u64) -> PyResult<()> {
        let top = self.top()?.to_ref();
        let old = self.memo.with(|memo| memo.set(number, top));
        drop(old);
        Ok(())
    }
    #[inline(always)]
    pub(super) fn get(&mut self, number: u64) -> PyResult<()> {
        match self.memo.with(|memo| memo.get(number)) {
            Some(v) => {
                self.push(v);
                Ok(())
            }
            None => Err(unpickling(self.thread, format!("Memo value not found at index {number}"))),
        }
    }

    // Containers. `count` values on top of the stack go into the one below them.

    /// Whether `count` values lie above another one, all of them above the fence.
    #[inline(always)]
    fn check_above(&self, count: usize) -> PyResult<usize> {
        match self.stack.len().checked_sub(count) {
            Some(start) if start > self.fence => Ok(start),
            _ => Err(self.underflow()),
        }
    }

    #[inline(always)]
    fn tuple(&mut self, count: usize) -> PyResult<()> {
        let start = match self.stack.len().checked_sub(count) {
            Some(start) if start >= self.fence => start,
            _ => return Err(self.underflow()),
        };
        let tuple = if count == 0 {
            Tuple::empty()
        } else {
            let mut items = self.stack.drain(start..);
            Tuple::build(&TUPLE_TYPE, count, |_| items.next().unwrap_or(Ref::NONE))
        };
        self.push(tuple);
        Ok(())
    }

    #[inline]
    fn append(&mut self, count: usize) -> PyResult<()> {
        let start = self.check_above(count)?;
        if count == 0 {
            return Ok(());
        }
        if let Some(list) = self.stack[start - 1].cast_exact::<List>() {
            let values = self.stack.drain(start..).map(Ref::into_value);
            list.with_items(|items| items.extend(values));
            return Ok(());
        }
        let items = self.stack.split_off(start);
        let target = self.stack[start - 1].clone();
        super::load_objects::append_to(self.thread, *target, items, count)
    }

    fn dict(&mut self) -> PyResult<()> {
        let items = self.items()?;
        if !items.len().is_multiple_of(2) {
            return Err(unpickling(self.thread, "odd number of items for DICT"));
        }
        let dict = Dict::new();
        if let Some(d) = dict.cast::<Dict>() {
            for pair in items.chunks_exact(2) {
                d.set(self.thread, *pair[0], pair[1].clone())?;
            }
        }
        self.push(dict);
        Ok(())
    }

    #[inline]
    fn set_items(&mut self, count: usize) -> PyResult<()> {
        let thread = self.thread;
        let start = self.check_above(count)?;
        if !count.is_multiple_of(2) {
            return Err(unpickling(thread, "odd number of items for SETITEMS"));
        }
        let target = self.stack[start - 1].clone();
        let mut pairs = self.stack.drain(start..);
        let exact = target.cast_exact::<Dict>();
        while let (Some(key), Some(value)) = (pairs.next(), pairs.next()) {
            match exact {
                Some(dict) => dict.set(thread, *key, value)?,
                None => protocol::set_item(thread, *target, *key, *value)?,
            }
        }
        Ok(())
    }

    fn add_items(&mut self) -> PyResult<()> {
        let start = self.pop_mark()?;
        let count = self.stack.len() - start;
        self.check_above(count)?;
        if count == 0 {
            return Ok(());
        }
        let items = self.stack.split_off(start);
        let target = self.stack[start - 1].clone();
        super::load_objects::add_to(self.thread, *target, &items)
    }
}
