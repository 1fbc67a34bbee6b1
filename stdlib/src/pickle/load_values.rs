//! The opcodes for numbers, strings and bytes, and those of protocol 0, whose arguments are lines of text.

use super::errors::unpickling;
use super::load::Load;
use super::opcode::*;
use crate::codecs::bytes_from_escapes;
use runtime::int_kernel::{self, ByteOrder};
use runtime::number_format::parse_float;
use runtime::objects::bytearray::ByteArray;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::VALUE_ERROR;
use runtime::objects::number_text::int_from_text;
use runtime::objects::str::{self, Str};
use runtime::objects::{codecs, float, int, memoryview};
use runtime::{PyResult, Ref, Thread, Value, protocol};

impl Load<'_> {
    pub(super) fn value_step(&mut self, opcode: u8) -> PyResult<()> {
        let thread = self.thread;
        match opcode {
            INT => {
                let line = self.input.filled_line(thread)?;
                let number = int_of_line(thread, line)?;
                self.push(number);
            }
            LONG => {
                let line = self.input.filled_line(thread)?;
                let digits = line.strip_suffix(b"L\n").unwrap_or(line);
                let number = parsed_int(thread, digits)?;
                self.push(number);
            }
            LONG1 => {
                let length = self.input.byte(thread)?;
                self.push_long(length.into())?;
            }
            LONG4 => {
                let length = i32::from_le_bytes(self.input.array(thread)?);
                match usize::try_from(length) {
                    Ok(length) => self.push_long(length)?,
                    Err(_) => return Err(unpickling(thread, "LONG pickle has negative byte count")),
                }
            }
            FLOAT => {
                let line = self.input.filled_line(thread)?;
                let number = float_of_line(thread, line)?;
                self.push(number);
            }
            STRING => self.string_line()?,
            BINSTRING => {
                let length = i32::from_le_bytes(self.input.array(thread)?);
                match usize::try_from(length) {
                    Ok(length) => self.push_string(length)?,
                    Err(_) => return Err(unpickling(thread, "BINSTRING pickle has negative byte count")),
                }
            }
            SHORT_BINSTRING => {
                let length = self.input.byte(thread)?;
                self.push_string(length.into())?;
            }
            UNICODE => {
                let line = self.input.line(thread)?;
                let bytes = Bytes::new(&line[..line.len() - 1]);
                let text = codecs::decode(thread, *bytes, "raw-unicode-escape", "strict")?;
                self.push(text);
            }
            BINUNICODE8 => {
                let length = self.length("BINUNICODE")?;
                self.push_text(length)?;
            }
            SHORT_BINBYTES => {
                let length = self.input.byte(thread)?;
                self.push_bytes(length.into())?;
            }
            BINBYTES => {
                let length = u32::from_le_bytes(self.input.array(thread)?);
                self.push_bytes(length.into())?;
            }
            BINBYTES8 => {
                let length = self.length("BINBYTES")?;
                self.push_bytes(length)?;
            }
            BYTEARRAY8 => {
                let length = self.length("BYTEARRAY8")?;
                let bytes = self.input.take(thread, length as usize)?.to_vec();
                self.push(ByteArray::from_vec(bytes));
            }
            GET => {
                let line = self.input.filled_line(thread)?;
                let number = protocol::c_ssize(thread, *parsed_int(thread, line)?)?;
                match u64::try_from(number) {
                    Ok(number) => self.get(number)?,
                    Err(_) => {
                        return Err(unpickling(thread, format!("Memo value not found at index {number}")));
                    }
                }
            }
            PUT => {
                let line = self.input.filled_line(thread)?;
                let number = protocol::c_ssize(thread, *parsed_int(thread, line)?)?;
                match u64::try_from(number) {
                    Ok(number) => self.put(number)?,
                    Err(_) => return Err(thread.value_error("negative PUT argument")),
                }
            }
            NEXT_BUFFER => self.next_buffer()?,
            READONLY_BUFFER => {
                let top = self.top()?.to_ref();
                if !memoryview::is_read_only(thread, *top)? {
                    let view = memoryview::read_only(thread, *top)?;
                    self.pop()?;
                    self.push(view);
                }
            }
            0x20..=0x7e if opcode != b'\'' => {
                return Err(unpickling(thread, format!("invalid load key, '{}'.", char::from(opcode))));
            }
            _ => return Err(unpickling(thread, format!("invalid load key, '\\x{opcode:02x}'."))),
        }
        Ok(())
    }

    /// A length of 8 bytes.
    fn length(&mut self, opcode: &str) -> PyResult<u64> {
        let length = u64::from_le_bytes(self.input.array(self.thread)?);
        match isize::try_from(length) {
            Ok(_) => Ok(length),
            Err(_) => {
                let message = format!("{opcode} exceeds system's maximum size of {} bytes", isize::MAX);
                Err(self.thread.overflow_error(message))
            }
        }
    }

    #[inline]
    pub(super) fn push_text(&mut self, length: u64) -> PyResult<()> {
        let bytes = self.input.take(self.thread, length as usize)?;
        let text = if bytes.is_ascii() { Str::from_ascii(bytes) } else { wide_text(self.thread, bytes)? };
        self.push(text);
        Ok(())
    }
    fn push_bytes(&mut self, length: u64) -> PyResult<()> {
        let bytes = Bytes::new(self.input.take(self.thread, length as usize)?);
        self.push(bytes);
        Ok(())
    }
    fn push_long(&mut self, length: usize) -> PyResult<()> {
        let bytes = self.input.take(self.thread, length)?;
        let number = match bytes.len() {
            0 => int::new(0),
            1..=8 => {
                let sign = if bytes[length - 1] & 0x80 == 0 { 0 } else { 0xff };
                let mut all = [sign; 8];
                all[..length].copy_from_slice(bytes);
                int::new(i64::from_le_bytes(all))
            }
            _ => int::from_big(int_kernel::from_bytes(bytes, ByteOrder::Little, true)),
        };
        self.push(number);
        Ok(())
    }

    // 8-bit strings of Python 2.

    fn string_line(&mut self) -> PyResult<()> {
        let line = self.input.line(self.thread)?;
        let text = match &line[..line.len() - 1] {
            [b'\'', text @ .., b'\''] | [b'"', text @ .., b'"'] => text,
            _ => return Err(unpickling(self.thread, "the STRING opcode argument must be quoted")),
        };
        let bytes = bytes_from_escapes(self.thread, text)?;
        self.push_decoded(Bytes::new(&bytes))
    }
    fn push_string(&mut self, length: usize) -> PyResult<()> {
        let bytes = Bytes::new(self.input.take(self.thread, length)?);
        self.push_decoded(bytes)
    }
    fn push_decoded(&mut self, bytes: Ref) -> PyResult<()> {
        let string = match self.encoding {
            "bytes" => bytes,
            encoding => codecs::decode(self.thread, *bytes, encoding, self.errors)?,
        };
        self.push(string);
        Ok(())
    }

    // Buffers beside the pickle.

    fn next_buffer(&mut self) -> PyResult<()> {
        let thread = self.thread;
        let Some(buffers) = self.buffers.clone() else {
            let message = "pickle stream refers to out-of-band data but no *buffers* argument was given";
            return Err(unpickling(thread, message));
        };
        match protocol::next(thread, *buffers)? {
            Some(buffer) => {
                self.push(buffer);
                Ok(())
            }
            None => Err(unpickling(thread, "not enough out-of-band buffers")),
        }
    }
}

/// Text of UTF-8 bytes, in which surrogates may stand.
pub(super) fn wide_text(thread: &Thread, bytes: &[u8]) -> PyResult {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Str::new(text)),
        Err(_) => codecs::decode(thread, *Bytes::new(bytes), "utf-8", "surrogatepass"),
    }
}

/// The part of a line in front of a NUL, where C's functions stop.
fn before_nul(line: &[u8]) -> &[u8] {
    line.split(|byte| *byte == 0).next().unwrap_or(&[])
}

fn parsed_int(thread: &Thread, line: &[u8]) -> PyResult {
    let text = before_nul(line);
    let shown = match text.is_ascii() {
        true => Str::from_ascii(text),
        false => wide_text(thread, text)?,
    };
    let invalid = |thread: &Thread| -> PyResult {
        let shown = protocol::repr(thread, *shown)?;
        let message = format!("invalid literal for int() with base 10: {}", str::display(*shown));
        Err(thread.value_error(message))
    };
    if !text.is_ascii() {
        return invalid(thread);
    }
    match int_from_text(thread, *shown, 10)? {
        Some(number) => Ok(number),
        None => invalid(thread),
    }
}

/// An int, or one of the two forms that mean a bool.
fn int_of_line(thread: &Thread, line: &[u8]) -> PyResult {
    let number = match parsed_int(thread, line) {
        Ok(number) => number,
        Err(raised) => {
            drop(thread.catch(raised, &VALUE_ERROR)?);
            return Err(thread.value_error("could not convert string to int"));
        }
    };
    let is_bool_form = line.len() == 3 && line[1].is_ascii_digit();
    Ok(match number.as_small_int() {
        Some(i @ (0 | 1)) if is_bool_form => Ref::bool(i == 1),
        _ => number,
    })
}

fn float_of_line(thread: &Thread, line: &[u8]) -> PyResult {
    let shown = before_nul(line);
    let text = shown.strip_suffix(b"\n").unwrap_or(shown);
    let number = |text: &[u8]| {
        let is_plain = !text.iter().any(|byte| byte.is_ascii_whitespace() || *byte == b'_');
        parse_float(text).filter(|_| is_plain)
    };
    let shown = String::from_utf8_lossy(shown);
    let Some(f) = number(text) else {
        let begins_well = (1..text.len()).any(|length| number(&text[..length]).is_some());
        return Err(thread.value_error(match begins_well {
            true => "could not convert string to float".to_owned(),
            false => format!("could not convert string to float: '{shown}'"),
        }));
    };
    if f.is_infinite() && text.iter().any(u8::is_ascii_digit) {
        let message = format!("value too large to convert to float: '{shown}'");
        return Err(thread.overflow_error(message));
    }
    Ok(float::new(f))
}

/// The string that two lines or values of a pickle name: UTF-8 without surrogates.
pub(super) fn name_of_line(thread: &Thread, line: &[u8]) -> PyResult {
    let name = &line[..line.len().saturating_sub(1)];
    match name.is_ascii() {
        true => Ok(Str::from_ascii(name)),
        false => codecs::decode(thread, *Bytes::new(name), "utf-8", "strict"),
    }
}

/// Whether a value is an exact string.
pub(super) fn is_exact_str(v: Value) -> bool {
    v.cast_exact::<Str>().is_some()
}
