//! Objects to bytes.
//!
//! Which objects get the reference flag is decided by [`MarshalSource::identity`]. CPython flags an object
//! when its reference count is above one at the time of writing; a source returns an identity for exactly
//! the objects whose CPython counterpart is shared (interned strings, small integers and other singletons,
//! objects met more than once), and then the bytes are the same.

use super::{CodeFields, DIGIT_BITS, FLAG_REF, MAX_DEPTH, type_code};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// What the writer sees of one object.
pub enum View<'a, O: Clone> {
    /// `None`.
    None,
    /// `False` or `True`.
    Bool(bool),
    /// `Ellipsis`.
    Ellipsis,
    /// The class `StopIteration`.
    StopIteration,
    /// An integer of a machine word.
    Int(i64),
    /// Any other integer: sign and little-endian bytes of the magnitude.
    BigInt { negative: bool, magnitude: Cow<'a, [u8]> },
    /// A float.
    Float(f64),
    /// A complex number.
    Complex(f64, f64),
    /// A bytes object, or what exports a buffer.
    Bytes(Cow<'a, [u8]>),
    /// A string in UTF-8 with surrogates passed through.
    Str { utf8: Cow<'a, [u8]>, interned: bool },
    /// A tuple.
    Tuple(Cow<'a, [O]>),
    /// A list.
    List(Cow<'a, [O]>),
    /// The items of a dict.
    Dict(Vec<(O, O)>),
    /// The members of a set, in any order.
    Set(Vec<O>),
    /// The members of a frozen set, in any order.
    Frozenset(Vec<O>),
    /// Start, stop, step.
    Slice([O; 3]),
    /// A code object.
    Code(Box<CodeFields<O>>),
    /// Anything else.
    Unmarshallable,
}

/// Gives the writer a view of objects.
pub trait MarshalSource {
    /// An object, or a handle on one.
    type Obj: Clone;

    /// The object's value.
    fn view<'a>(&'a self, object: &'a Self::Obj) -> View<'a, Self::Obj>;

    /// A key equal for references to the same object; `None` for an object that nothing else refers to,
    /// which then is written without the reference flag.
    fn identity(&self, object: &Self::Obj) -> Option<usize>;
}

/// Why writing failed; all are `ValueError` in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// An object of a type the format does not have.
    Unmarshallable,
    /// Nesting above [`MAX_DEPTH`].
    TooDeep,
    /// A size above 2**31-1.
    TooLarge,
    /// A code object where the caller forbade it.
    CodeDisallowed,
}

impl WriteError {
    /// The message of the `ValueError`.
    pub fn message(self) -> &'static str {
        match self {
            WriteError::Unmarshallable => "unmarshallable object",
            WriteError::TooDeep => "object too deeply nested to marshal",
            WriteError::TooLarge => "object too large to marshal",
            WriteError::CodeDisallowed => "marshalling code objects is disallowed",
        }
    }
}

/// The arguments of `marshal.dumps`.
#[derive(Clone, Copy, Debug)]
pub struct WriteOptions {
    /// The format version.
    pub version: i32,
    /// Whether code objects may be written.
    pub allow_code: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        WriteOptions { version: super::VERSION, allow_code: true }
    }
}

type Result<T> = std::result::Result<T, WriteError>;

/// Marshals one object.
pub fn write_object<S: MarshalSource>(source: &S, object: &S::Obj, options: WriteOptions) -> Result<Vec<u8>> {
    let mut writer =
        Writer { source, options, output: Vec::new(), refs: FxHashMap::default(), next_ref: 0, depth: 0 };
    writer.object(object)?;
    Ok(writer.output)
}

struct Writer<'s, S: MarshalSource> {
    source: &'s S,
    options: WriteOptions,
    output: Vec<u8>,
    /// Reference numbers by identity.
    refs: FxHashMap<usize, i32>,
    next_ref: i32,
    depth: usize,
}

impl<'s, S: MarshalSource> Writer<'s, S> {
    fn object(&mut self, object: &S::Obj) -> Result<()> {
        self.object_in(object, false)
    }

    /// A member of a set has the flag always: CPython holds it twice while it sorts.
    fn object_in(&mut self, object: &S::Obj, is_member: bool) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            return Err(WriteError::TooDeep);
        }
        self.depth += 1;
        let source = self.source;
        match source.view(object) {
            View::None => self.output.push(type_code::NONE),
            View::Bool(false) => self.output.push(type_code::FALSE),
            View::Bool(true) => self.output.push(type_code::TRUE),
            View::Ellipsis => self.output.push(type_code::ELLIPSIS),
            View::StopIteration => self.output.push(type_code::STOP_ITERATION),
            view => {
                if let Some(flag) = self.flag(object, is_member)? {
                    self.value(view, flag)?;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// The flag to write an object with, or `None` if a reference to an earlier one was written instead.
    fn flag(&mut self, object: &S::Obj, is_member: bool) -> Result<Option<u8>> {
        if self.options.version < 3 {
            return Ok(Some(0));
        }
        let identity = self.source.identity(object);
        if let Some(&index) = identity.and_then(|identity| self.refs.get(&identity)) {
            self.output.push(type_code::REF);
            self.i32(index);
            return Ok(None);
        }
        if identity.is_none() && !is_member {
            return Ok(Some(0));
        }
        if let Some(identity) = identity {
            self.refs.insert(identity, self.next_ref);
        }
        self.next_ref = self.next_ref.checked_add(1).ok_or(WriteError::TooLarge)?;
        Ok(Some(FLAG_REF))
    }

    #[inline(never)]
    fn value(&mut self, view: View<'_, S::Obj>, flag: u8) -> Result<()> {
        match view {
            View::Int(value) => self.int(value, flag),
            View::BigInt { negative, magnitude } => self.big_int(negative, &magnitude, flag)?,
            View::Float(value) => self.float(value, flag),
            View::Complex(real, imag) => self.complex(real, imag, flag),
            View::Bytes(bytes) => {
                self.output.push(type_code::BYTES | flag);
                self.sized(&bytes)?;
            }
            View::Str { utf8, interned } => self.str(&utf8, interned, flag)?,
            View::Tuple(items) => self.tuple(&items, flag)?,
            View::List(items) => {
                self.output.push(type_code::LIST | flag);
                self.size(items.len())?;
                self.objects(&items)?;
            }
            View::Dict(items) => {
                self.output.push(type_code::DICT | flag);
                for (key, value) in &items {
                    self.object(key)?;
                    self.object(value)?;
                }
                self.output.push(type_code::NULL);
            }
            View::Set(items) => self.set(type_code::SET | flag, items)?,
            View::Frozenset(items) => self.set(type_code::FROZENSET | flag, items)?,
            View::Slice(parts) => {
                if self.options.version < 5 {
                    return Err(WriteError::Unmarshallable);
                }
                self.output.push(type_code::SLICE | flag);
                self.objects(&parts)?;
            }
            View::Code(fields) => self.code(&fields, flag)?,
            View::None | View::Bool(_) | View::Ellipsis | View::StopIteration | View::Unmarshallable => {
                return Err(WriteError::Unmarshallable);
            }
        }
        Ok(())
    }

    fn objects(&mut self, objects: &[S::Obj]) -> Result<()> {
        objects.iter().try_for_each(|object| self.object(object))
    }

    fn int(&mut self, value: i64, flag: u8) {
        if let Ok(small) = i32::try_from(value) {
            self.output.push(type_code::INT | flag);
            self.i32(small);
            return;
        }
        self.digits(value < 0, &value.unsigned_abs().to_le_bytes(), flag);
    }

    fn big_int(&mut self, negative: bool, magnitude: &[u8], flag: u8) -> Result<()> {
        let length = magnitude.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        let magnitude = &magnitude[..length];
        if length <= 8 {
            let mut word = [0; 8];
            word[..length].copy_from_slice(magnitude);
            let value = i128::from(u64::from_le_bytes(word));
            if let Ok(small) = i64::try_from(if negative { -value } else { value }) {
                self.int(small, flag);
                return Ok(());
            }
        }
        if length as u64 * 8 / u64::from(DIGIT_BITS) >= i32::MAX as u64 {
            return Err(WriteError::TooLarge);
        }
        self.digits(negative, magnitude, flag);
        Ok(())
    }

    /// An integer as a signed count of 15-bit digits.
    fn digits(&mut self, negative: bool, magnitude: &[u8], flag: u8) {
        self.output.push(type_code::LONG | flag);
        let size_at = self.output.len();
        self.i32(0);
        let digits_at = self.output.len();
        let (mut pending, mut bits) = (0u32, 0);
        for &byte in magnitude {
            pending |= u32::from(byte) << bits;
            bits += 8;
            if bits >= DIGIT_BITS {
                self.output.extend((pending as u16 & ((1 << DIGIT_BITS) - 1)).to_le_bytes());
                pending >>= DIGIT_BITS;
                bits -= DIGIT_BITS;
            }
        }
        self.output.extend((pending as u16).to_le_bytes());
        while self.output.len() > digits_at && self.output.ends_with(&[0, 0]) {
            self.output.truncate(self.output.len() - 2);
        }
        let count = ((self.output.len() - digits_at) / 2) as i32;
        let signed = if negative { -count } else { count };
        self.output[size_at..digits_at].copy_from_slice(&signed.to_le_bytes());
    }

    fn float(&mut self, value: f64, flag: u8) {
        if self.options.version > 1 {
            self.output.push(type_code::BINARY_FLOAT | flag);
            self.output.extend(value.to_le_bytes());
        } else {
            self.output.push(type_code::FLOAT | flag);
            self.float_text(value);
        }
    }

    fn complex(&mut self, real: f64, imag: f64, flag: u8) {
        if self.options.version > 1 {
            self.output.push(type_code::BINARY_COMPLEX | flag);
            self.output.extend(real.to_le_bytes());
            self.output.extend(imag.to_le_bytes());
        } else {
            self.output.push(type_code::COMPLEX | flag);
            self.float_text(real);
            self.float_text(imag);
        }
    }

    fn float_text(&mut self, value: f64) {
        let text = seventeen_digits(value);
        self.output.push(text.len() as u8);
        self.output.extend(text.as_bytes());
    }

    fn str(&mut self, utf8: &[u8], interned: bool, flag: u8) -> Result<()> {
        let version = self.options.version;
        if version >= 4 && utf8.is_ascii() {
            if let Ok(size) = u8::try_from(utf8.len()) {
                let code = if interned { type_code::SHORT_ASCII_INTERNED } else { type_code::SHORT_ASCII };
                self.output.extend([code | flag, size]);
                self.output.extend(utf8);
                return Ok(());
            }
            self.output.push(flag | if interned { type_code::ASCII_INTERNED } else { type_code::ASCII });
        } else {
            let interned = interned && version >= 3;
            self.output.push(flag | if interned { type_code::INTERNED } else { type_code::UNICODE });
        }
        self.sized(utf8)
    }

    fn tuple(&mut self, items: &[S::Obj], flag: u8) -> Result<()> {
        match u8::try_from(items.len()) {
            Ok(size) if self.options.version >= 4 => {
                self.output.extend([type_code::SMALL_TUPLE | flag, size]);
            }
            _ => {
                self.output.push(type_code::TUPLE | flag);
                self.size(items.len())?;
            }
        }
        self.objects(items)
    }

    /// Members go in the order of their own marshalled bytes, so that equal sets give equal bytes.
    fn set(&mut self, head: u8, items: Vec<S::Obj>) -> Result<()> {
        self.output.push(head);
        self.size(items.len())?;
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let mut alone = Writer {
                source: self.source,
                options: self.options,
                output: Vec::new(),
                refs: FxHashMap::default(),
                next_ref: 0,
                depth: self.depth,
            };
            alone.object_in(&item, true)?;
            keyed.push((alone.output, item));
        }
        keyed.sort_by(|left, right| left.0.cmp(&right.0));
        keyed.iter().try_for_each(|(_, item)| self.object_in(item, true))
    }

    fn code(&mut self, fields: &CodeFields<S::Obj>, flag: u8) -> Result<()> {
        if !self.options.allow_code {
            return Err(WriteError::CodeDisallowed);
        }
        self.output.push(type_code::CODE | flag);
        self.i32(fields.argcount);
        self.i32(fields.posonlyargcount);
        self.i32(fields.kwonlyargcount);
        self.i32(fields.stacksize);
        self.i32(fields.flags);
        self.object(&fields.code)?;
        self.object(&fields.consts)?;
        self.object(&fields.names)?;
        self.object(&fields.localsplusnames)?;
        self.object(&fields.localspluskinds)?;
        self.object(&fields.filename)?;
        self.object(&fields.name)?;
        self.object(&fields.qualname)?;
        self.i32(fields.firstlineno);
        self.object(&fields.linetable)?;
        self.object(&fields.exceptiontable)
    }

    fn sized(&mut self, bytes: &[u8]) -> Result<()> {
        self.size(bytes.len())?;
        self.output.extend(bytes);
        Ok(())
    }

    fn size(&mut self, size: usize) -> Result<()> {
        let size = i32::try_from(size).map_err(|_| WriteError::TooLarge)?;
        self.i32(size);
        Ok(())
    }

    fn i32(&mut self, value: i32) {
        self.output.extend(value.to_le_bytes());
    }
}

/// `%.17g`, the form of floats in versions 0 and 1.
fn seventeen_digits(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.into();
    }
    let scientific = format!("{value:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let strip = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if (-4..17).contains(&exponent) {
        return strip(&format!("{value:.*}", (16 - exponent) as usize));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", strip(mantissa), exponent.unsigned_abs())
}
