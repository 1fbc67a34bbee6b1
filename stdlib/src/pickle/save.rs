//! Writing one object: what the value is decides how; atoms, strings and bytes are written here.
//!
//! The objects on the way are held by the caller of `save`, except where Python code may have run since: containers hold
//! each item while they write it.

use super::errors::pickling;
use super::memo::Memo;
use super::opcode::*;
use super::output::{FRAME_TARGET, Output};
use super::picklebuffer::PICKLE_BUFFER;
use runtime::int_kernel::{self, ByteOrder};
use runtime::number_format::float_repr;
use runtime::objects::bytearray::ByteArray;
use runtime::objects::bytes::Bytes;
use runtime::objects::int::{self, IntRef};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, str};
use runtime::types::registry as types;
use runtime::{GilCell, PyResult, Ref, Thread, Value};

/// The state of one dump.
pub(super) struct Save<'a> {
    pub(super) thread: &'a Thread,
    pub(super) out: Output,
    pub(super) memo: &'a GilCell<Memo>,
    pub(super) protocol: u8,
    /// Binary forms are used.
    pub(super) bin: bool,
    /// Objects aren't memoized.
    pub(super) fast: bool,
    /// Names are mapped to those of Python 2.
    pub(super) fix_imports: bool,
    /// Where the bytes go; `None`: they are kept.
    pub(super) write: Option<Ref>,
    pub(super) persistent_id: Option<Ref>,
    pub(super) reducer_override: Option<Ref>,
    pub(super) dispatch_table: Option<Ref>,
    pub(super) buffer_callback: Option<Ref>,
    /// Containers being written in fast mode, once they are nested deeply.
    pub(super) nesting: usize,
    pub(super) open: Vec<Value>,
}

impl<'a> Save<'a> {
    pub(super) fn new(
        thread: &'a Thread,
        memo: &'a GilCell<Memo>,
        protocol: u8,
        fix_imports: bool,
    ) -> Save<'a> {
        Save {
            thread,
            out: Output::new(),
            memo,
            protocol,
            bin: protocol > 0,
            fast: false,
            fix_imports: fix_imports && protocol < 3,
            write: None,
            persistent_id: None,
            reducer_override: None,
            dispatch_table: None,
            buffer_callback: None,
            nesting: 0,
            open: Vec::new(),
        }
    }

    /// Writes a whole pickle.
    pub(super) fn pickle(&mut self, v: Value) -> PyResult<()> {
        if self.protocol >= 2 {
            self.out.write(&[PROTO, self.protocol]);
        }
        self.out.set_framing(self.protocol >= 4);
        self.save(v)?;
        self.out.byte(STOP);
        self.out.close_frame();
        self.out.set_framing(false);
        self.flush()
    }

    /// Gives what was written to the file.
    pub(super) fn flush(&mut self) -> PyResult<()> {
        if let Some(write) = &self.write {
            let bytes = Bytes::new(&self.out.take());
            self.thread.call(**write, &[*bytes])?;
        }
        Ok(())
    }

    #[inline]
    pub(super) fn save(&mut self, v: Value) -> PyResult<()> {
        if self.out.is_full() {
            self.out.close_frame();
            self.flush()?;
        }
        if self.persistent_id.is_some() && self.save_persistent(v)? {
            return Ok(());
        }
        self.save_known(v)
    }

    /// Writes an object that has no persistent id.
    #[inline]
    fn save_known(&mut self, v: Value) -> PyResult<()> {
        if v.is_small_int() {
            self.save_word(v.small_int_unchecked());
            return Ok(());
        }
        if !v.is_pointer() {
            return self.save_immediate(v);
        }
        let ty = v.ty();
        if std::ptr::eq(ty, &types::STR) {
            return self.save_str(v);
        }
        if std::ptr::eq(ty, &types::INT) {
            return self.save_int(v);
        }
        if std::ptr::eq(ty, &types::FLOAT) {
            self.save_float(float::get(v).unwrap_or(0.0));
            return Ok(());
        }
        if let Some(number) = self.memo.with(|memo| memo.get(v)) {
            return self.get(number);
        }
        if std::ptr::eq(ty, &types::BYTES) {
            return self.save_bytes(v);
        }
        self.thread.check_native_stack_while("while pickling an object")?;
        match () {
            _ if std::ptr::eq(ty, &types::DICT) => self.save_dict(v),
            _ if std::ptr::eq(ty, &types::TUPLE) => self.save_tuple(v),
            _ if std::ptr::eq(ty, &types::LIST) => self.save_list(v),
            _ if std::ptr::eq(ty, &types::SET) => self.save_set(v),
            _ if std::ptr::eq(ty, &types::FROZENSET) => self.save_frozenset(v),
            _ if std::ptr::eq(ty, &types::BYTEARRAY) => self.save_bytearray(v),
            _ if std::ptr::eq(ty, &PICKLE_BUFFER) => self.save_buffer(v),
            _ => self.save_object(v),
        }
    }

    fn save_immediate(&mut self, v: Value) -> PyResult<()> {
        match v {
            Value::NONE => self.out.byte(NONE),
            Value::TRUE | Value::FALSE if self.protocol >= 2 => {
                self.out.byte(if v == Value::TRUE { NEWTRUE } else { NEWFALSE });
            }
            Value::TRUE => self.out.write(b"I01\n"),
            Value::FALSE => self.out.write(b"I00\n"),
            _ if v.is_inline_float() => self.save_float(v.inline_float_unchecked()),
            _ => {
                if let Some(number) = self.memo.with(|memo| memo.get(v)) {
                    return self.get(number);
                }
                return self.save_object(v);
            }
        }
        Ok(())
    }

    // The memo.

    /// Writes that the object with this number is wanted.
    #[inline]
    pub(super) fn get(&mut self, number: u64) -> PyResult<()> {
        match u32::try_from(number) {
            _ if !self.bin => self.write_line(GET, number.to_string().as_bytes()),
            Ok(number) if number < 256 => self.out.write(&[BINGET, number as u8]),
            Ok(number) => self.write_number(LONG_BINGET, number),
            Err(_) => return Err(pickling(self.thread, "memo id too large for LONG_BINGET")),
        }
        Ok(())
    }
    /// Writes that the object just written gets this number.
    #[inline]
    fn put(&mut self, number: u64) -> PyResult<()> {
        match u32::try_from(number) {
            _ if self.protocol >= 4 => self.out.byte(MEMOIZE),
            _ if !self.bin => self.write_line(PUT, number.to_string().as_bytes()),
            Ok(number) if number < 256 => self.out.write(&[BINPUT, number as u8]),
            Ok(number) => self.write_number(LONG_BINPUT, number),
            Err(_) => return Err(pickling(self.thread, "memo id too large for LONG_BINPUT")),
        }
        Ok(())
    }
    /// Puts the object just written into the memo.
    #[inline]
    pub(super) fn memoize(&mut self, v: Value) -> PyResult<()> {
        if self.fast {
            return Ok(());
        }
        let number = self.memo.with(|memo| {
            let number = memo.len() as u64;
            memo.set(v, number);
            number
        });
        self.put(number)
    }
    pub(super) fn number_of(&self, v: Value) -> Option<u64> {
        self.memo.with(|memo| memo.get(v))
    }

    // Pieces.

    /// An opcode and 4 bytes.
    pub(super) fn write_number(&mut self, opcode: u8, number: u32) {
        let [a, b, c, d] = number.to_le_bytes();
        self.out.write(&[opcode, a, b, c, d]);
    }
    /// An opcode and a line of text.
    pub(super) fn write_line(&mut self, opcode: u8, text: &[u8]) {
        self.out.byte(opcode);
        self.out.write(text);
        self.out.byte(b'\n');
    }
    /// A head and many bytes; very many go outside frames, to a file as an object of their own: `payload`, or a new one.
    fn write_data(&mut self, head: &[u8], data: &[u8], payload: Value) -> PyResult<()> {
        if data.len() < FRAME_TARGET {
            self.out.write(head);
            self.out.write(data);
            return Ok(());
        }
        let payload = match payload.is_null() && self.write.is_some() {
            true => Bytes::new(data),
            false => payload.to_ref(),
        };
        self.out.close_frame();
        let framing = self.out.set_framing(false);
        self.out.write(head);
        match self.write.clone() {
            Some(write) => {
                self.flush()?;
                self.thread.call(*write, &[*payload])?;
            }
            None => self.out.write(data),
        }
        self.out.set_framing(framing);
        Ok(())
    }
    /// A head with the length in 1, 4 or 8 bytes, by the shortest of the opcodes that holds it, and the data.
    #[inline]
    fn write_counted(&mut self, opcodes: Counted, data: &[u8], payload: Value) -> PyResult<()> {
        let length = data.len();
        if length < 256
            && let Some(short) = opcodes.short
        {
            self.out.write(&[short, length as u8]);
            self.out.write(data);
            return Ok(());
        }
        let mut head = [opcodes.middle, 0, 0, 0, 0, 0, 0, 0, 0];
        let size = match u32::try_from(length) {
            Ok(length) => {
                head[1..5].copy_from_slice(&length.to_le_bytes());
                5
            }
            Err(_) if self.protocol >= 4 => {
                head[0] = opcodes.long;
                head[1..].copy_from_slice(&(length as u64).to_le_bytes());
                9
            }
            Err(_) => {
                let message = format!(
                    "serializing a {} larger than 4 GiB requires pickle protocol 4 or higher",
                    opcodes.what
                );
                return Err(self.thread.overflow_error(message));
            }
        };
        self.write_data(&head[..size], data, payload)
    }

    // Numbers.

    #[inline]
    fn save_word(&mut self, i: i64) {
        if !self.bin {
            return self.save_word_as_text(i);
        }
        match i {
            0..=0xff => self.out.write(&[BININT1, i as u8]),
            0x100..=0xffff => self.out.write(&[BININT2, i as u8, (i >> 8) as u8]),
            _ => match i32::try_from(i) {
                Ok(i) => self.write_number(BININT, i as u32),
                Err(_) if self.protocol < 2 => self.save_word_as_text(i),
                Err(_) => {
                    let bytes = i.to_le_bytes();
                    let length = significant(&bytes);
                    self.out.write(&[LONG1, length as u8]);
                    self.out.write(&bytes[..length]);
                }
            },
        }
    }
    #[cold]
    fn save_word_as_text(&mut self, i: i64) {
        match i32::try_from(i) {
            Ok(_) => self.write_line(INT, i.to_string().as_bytes()),
            Err(_) => self.write_line(LONG, format!("{i}L").as_bytes()),
        }
    }
    /// An exact int outside the word's range.
    fn save_int(&mut self, v: Value) -> PyResult<()> {
        let big = match int::get(v) {
            Some(IntRef::Big(big)) => big.clone(),
            Some(IntRef::Small(i)) => int::IBig::from(i),
            None => return Ok(()),
        };
        if self.protocol < 2 {
            let text = int::operators::repr(self.thread, v)?;
            self.write_line(LONG, format!("{}L", str::display(*text)).as_bytes());
            return Ok(());
        }
        let size = (int_kernel::bit_length(&big) / 8 + 1) as usize;
        if i32::try_from(size).is_err() {
            return Err(self.thread.overflow_error("int too large to pickle"));
        }
        let bytes = match int_kernel::to_bytes(&big, size, ByteOrder::Little, true) {
            Ok(bytes) => bytes,
            Err(e) => return Err(int::error(self.thread, e)),
        };
        let length = significant(&bytes);
        match u8::try_from(length) {
            Ok(length) => self.out.write(&[LONG1, length]),
            Err(_) => self.write_number(LONG4, length as u32),
        }
        self.out.write(&bytes[..length]);
        Ok(())
    }
    #[inline]
    fn save_float(&mut self, f: f64) {
        if !self.bin {
            return self.write_line(FLOAT, float_repr(f).as_bytes());
        }
        let mut bytes = [BINFLOAT, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes[1..].copy_from_slice(&f.to_be_bytes());
        self.out.write(&bytes);
    }

    // Strings and bytes.

    /// An exact string that may be in the memo.
    #[inline]
    fn save_str(&mut self, v: Value) -> PyResult<()> {
        let number = match self.fast {
            false => self.memo.with(|memo| memo.get_or_add(v)),
            true => self.number_of(v).ok_or(0),
        };
        let number = match number {
            Ok(number) => return self.get(number),
            Err(number) => number,
        };
        let Some(s) = v.cast_exact::<Str>() else { return Ok(()) };
        if !self.bin {
            self.save_str_as_text(s);
        } else if let Some(text) = s.as_ascii() {
            self.write_counted(self.str_opcodes(), text.as_bytes(), Value::NULL)?;
        } else {
            self.write_counted(self.str_opcodes(), &s.to_wtf8(), Value::NULL)?;
        }
        if self.fast { Ok(()) } else { self.put(number) }
    }
    #[inline]
    fn str_opcodes(&self) -> Counted {
        Counted {
            short: (self.protocol >= 4).then_some(SHORT_BINUNICODE),
            middle: BINUNICODE,
            long: BINUNICODE8,
            what: "string",
        }
    }
    /// The line of protocol 0: raw-unicode-escape, where what a line can't hold is escaped, too.
    fn save_str_as_text(&mut self, s: &Str) {
        let mut text = Vec::with_capacity(s.len());
        for point in s.chars() {
            match point {
                0x5c | 0 | 0x0a | 0x0d | 0x1a | 0x100..=0xffff => {
                    text.extend_from_slice(format!("\\u{point:04x}").as_bytes());
                }
                0..=0xff => text.push(point as u8),
                _ => text.extend_from_slice(format!("\\U{point:08x}").as_bytes()),
            }
        }
        self.write_line(UNICODE, &text);
    }
    fn save_bytes(&mut self, v: Value) -> PyResult<()> {
        let Some(bytes) = v.cast_exact::<Bytes>() else { return Ok(()) };
        let data = bytes.as_bytes();
        if self.protocol >= 3 {
            self.write_bytes(data, v)?;
            return self.memoize(v);
        }
        // Python 2 has no such type: a call makes the object.
        let reduced = match data {
            [] => Tuple::pair(Value::of(&types::BYTES).to_ref(), Tuple::empty()),
            _ => {
                let text = Str::from_latin1(data);
                let arguments = Tuple::pair(text, str::intern_text("latin1").to_ref());
                Tuple::pair(super::registry::codecs_encode(), arguments)
            }
        };
        self.save_reduced(*reduced, v)
    }
    /// Bytes without their entry in the memo.
    pub(super) fn write_bytes(&mut self, data: &[u8], payload: Value) -> PyResult<()> {
        let opcodes =
            Counted { short: Some(SHORT_BINBYTES), middle: BINBYTES, long: BINBYTES8, what: "bytes object" };
        self.write_counted(opcodes, data, payload)
    }
    fn save_bytearray(&mut self, v: Value) -> PyResult<()> {
        let Some(array) = v.cast_exact::<ByteArray>() else { return Ok(()) };
        if self.protocol >= 5 {
            let data = array.as_bytes().to_vec();
            self.write_bytearray(&data, v)?;
            return self.memoize(v);
        }
        let arguments = match array.as_bytes() {
            [] => Tuple::empty(),
            data => Tuple::from_refs(vec![Bytes::new(data)]),
        };
        let reduced = Tuple::pair(Value::of(&types::BYTEARRAY).to_ref(), arguments);
        self.save_reduced(*reduced, v)
    }
    /// The bytes of a bytearray without its entry in the memo.
    pub(super) fn write_bytearray(&mut self, data: &[u8], payload: Value) -> PyResult<()> {
        let mut head = [BYTEARRAY8, 0, 0, 0, 0, 0, 0, 0, 0];
        head[1..].copy_from_slice(&(data.len() as u64).to_le_bytes());
        self.write_data(&head, data, payload)
    }

    // Persistent ids.

    /// Writes the persistent id of an object, if it has one.
    fn save_persistent(&mut self, v: Value) -> PyResult<bool> {
        let Some(function) = self.persistent_id.clone() else { return Ok(false) };
        let id = self.thread.call(*function, &[v])?;
        if id.is_none() {
            return Ok(false);
        }
        if self.bin {
            self.save_known(*id)?;
            self.out.byte(BINPERSID);
            return Ok(true);
        }
        let text = runtime::protocol::str(self.thread, *id)?;
        match text.cast::<Str>().and_then(|text| text.as_ascii()) {
            Some(text) => self.write_line(PERSID, text.as_bytes()),
            None => {
                let message = "persistent IDs in protocol 0 must be ASCII strings";
                return Err(pickling(self.thread, message));
            }
        }
        Ok(true)
    }
}

/// The opcodes of a kind of data, by how many bytes its length takes.
#[derive(Clone, Copy)]
struct Counted {
    short: Option<u8>,
    middle: u8,
    long: u8,
    what: &'static str,
}

/// How many bytes of a little-endian two's complement number are needed.
fn significant(bytes: &[u8]) -> usize {
    let mut length = bytes.len();
    while length > 1 {
        let sign = if bytes[length - 2] & 0x80 == 0 { 0 } else { 0xff };
        if bytes[length - 1] != sign {
            break;
        }
        length -= 1;
    }
    length
}
