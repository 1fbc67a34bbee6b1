//! Bytes to objects. Each `read_*` leaves the position after what it consumed.

use super::{CodeFields, DIGIT_BITS, FLAG_REF, MAX_DEPTH, type_code};

/// Builds objects while the reader walks the bytes.
///
/// Lists, dicts and sets are made empty and filled, because a reference inside may name the container
/// itself. Tuples, frozen sets, slices and code objects are made when complete; a reference to one of them
/// from its own inside is refused.
pub trait MarshalSink {
    /// A finished object; cloning is cheap.
    type Obj: Clone;
    /// What building may fail with (memory, unhashable members, undecodable text).
    type Error;

    /// `None`.
    fn none(&mut self) -> Self::Obj;
    /// `False` or `True`.
    fn bool(&mut self, value: bool) -> Self::Obj;
    /// `Ellipsis`.
    fn ellipsis(&mut self) -> Self::Obj;
    /// The class `StopIteration`.
    fn stop_iteration(&mut self) -> Result<Self::Obj, Self::Error>;
    /// An integer of a machine word.
    fn int(&mut self, value: i64) -> Result<Self::Obj, Self::Error>;
    /// Any integer, from its sign and the little-endian bytes of its magnitude.
    fn big_int(&mut self, negative: bool, magnitude: &[u8]) -> Result<Self::Obj, Self::Error>;
    /// A float.
    fn float(&mut self, value: f64) -> Result<Self::Obj, Self::Error>;
    /// A complex number.
    fn complex(&mut self, real: f64, imag: f64) -> Result<Self::Obj, Self::Error>;
    /// A bytes object.
    fn bytes(&mut self, value: &[u8]) -> Result<Self::Obj, Self::Error>;
    /// A string stored a byte a character: ASCII when well formed, Latin-1 always.
    fn str_ascii(&mut self, latin1: &[u8], interned: bool) -> Result<Self::Obj, Self::Error>;
    /// A string in UTF-8 with surrogates passed through. The bytes are unchecked: the sink decodes them
    /// as `utf-8` with `surrogatepass`, and fails as that does.
    fn str_wtf8(&mut self, utf8: &[u8], interned: bool) -> Result<Self::Obj, Self::Error>;
    /// A tuple.
    fn tuple(&mut self, items: Vec<Self::Obj>) -> Result<Self::Obj, Self::Error>;
    /// An empty list.
    fn new_list(&mut self) -> Result<Self::Obj, Self::Error>;
    /// Appends to a list made by `new_list`.
    fn list_append(&mut self, list: &Self::Obj, item: Self::Obj) -> Result<(), Self::Error>;
    /// An empty dict.
    fn new_dict(&mut self) -> Result<Self::Obj, Self::Error>;
    /// Inserts into a dict made by `new_dict`.
    fn dict_insert(&mut self, dict: &Self::Obj, key: Self::Obj, value: Self::Obj) -> Result<(), Self::Error>;
    /// An empty set.
    fn new_set(&mut self) -> Result<Self::Obj, Self::Error>;
    /// Adds to a set made by `new_set`.
    fn set_add(&mut self, set: &Self::Obj, item: Self::Obj) -> Result<(), Self::Error>;
    /// A frozen set.
    fn frozenset(&mut self, items: Vec<Self::Obj>) -> Result<Self::Obj, Self::Error>;
    /// A slice of start, stop and step.
    fn slice(&mut self, parts: [Self::Obj; 3]) -> Result<Self::Obj, Self::Error>;
    /// A code object; the sink checks the types and ranges of the fields.
    fn code(&mut self, fields: CodeFields<Self::Obj>) -> Result<Self::Obj, Self::Error>;
}

/// Why reading failed; each variant names the Python exception it stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadError<E> {
    /// `EOFError`.
    Eof(&'static str),
    /// `ValueError`.
    Value(&'static str),
    /// `TypeError`.
    Type(&'static str),
    /// `ValueError: could not convert string to float: ` and the repr of this text.
    FloatText(Vec<u8>),
    /// The sink's own failure.
    Sink(E),
}

impl<E> From<E> for ReadError<E> {
    fn from(error: E) -> Self {
        ReadError::Sink(error)
    }
}

type ReadResult<T, E> = Result<T, ReadError<E>>;

/// Reads one object from `bytes`; trailing bytes are left alone, as `marshal.loads` leaves them.
pub fn read_object<S: MarshalSink>(
    bytes: &[u8],
    allow_code: bool,
    sink: &mut S,
) -> ReadResult<S::Obj, S::Error> {
    Reader::new(bytes, allow_code, sink).read()
}

/// A cursor over marshalled bytes. References are shared by all objects of one [`Reader::read`] call only.
pub struct Reader<'a, S: MarshalSink> {
    bytes: &'a [u8],
    position: usize,
    allow_code: bool,
    depth: usize,
    /// Objects by reference number; `None` while under construction.
    refs: Vec<Option<S::Obj>>,
    sink: &'a mut S,
}

/// The place in the reference list an object under construction will take, if it has the flag.
type Reserved = Option<usize>;

impl<'a, S: MarshalSink> Reader<'a, S> {
    /// A reader at the start of `bytes`.
    pub fn new(bytes: &'a [u8], allow_code: bool, sink: &'a mut S) -> Self {
        Reader { bytes, position: 0, allow_code, depth: 0, refs: Vec::new(), sink }
    }

    /// Bytes consumed so far; `marshal.load` seeks its file to here.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Reads the next object.
    pub fn read(&mut self) -> ReadResult<S::Obj, S::Error> {
        self.depth = 0;
        self.refs.clear();
        self.object("NULL object in marshal data for object")
    }

    /// An object where the end marker is not allowed.
    fn object(&mut self, null_message: &'static str) -> ReadResult<S::Obj, S::Error> {
        self.object_or_null()?.ok_or(ReadError::Type(null_message))
    }

    /// An object, or `None` for the marker that ends a dict.
    fn object_or_null(&mut self) -> ReadResult<Option<S::Obj>, S::Error> {
        let Some(&head) = self.bytes.get(self.position) else {
            return Err(ReadError::Eof("EOF read where object expected"));
        };
        self.position += 1;
        if self.depth >= MAX_DEPTH {
            return Err(ReadError::Value("recursion limit exceeded"));
        }
        self.depth += 1;
        let flagged = head & FLAG_REF != 0;
        let object = match head & !FLAG_REF {
            type_code::NULL => None,
            type_code::NONE => Some(self.sink.none()),
            type_code::FALSE => Some(self.sink.bool(false)),
            type_code::TRUE => Some(self.sink.bool(true)),
            type_code::ELLIPSIS => Some(self.sink.ellipsis()),
            type_code::STOP_ITERATION => Some(self.sink.stop_iteration()?),
            type_code::REF => Some(self.reference()?),
            code @ (type_code::TUPLE
            | type_code::SMALL_TUPLE
            | type_code::LIST
            | type_code::DICT
            | type_code::SET
            | type_code::FROZENSET
            | type_code::SLICE
            | type_code::CODE) => Some(self.compound(code, flagged)?),
            code => Some(self.atom(code, flagged)?),
        };
        self.depth -= 1;
        Ok(object)
    }

    /// An object without parts.
    #[inline(never)]
    fn atom(&mut self, code: u8, flagged: bool) -> ReadResult<S::Obj, S::Error> {
        let object = match code {
            type_code::INT => {
                let value = self.i32()?;
                self.sink.int(value.into())?
            }
            type_code::INT64 => {
                let value = i64::from_le_bytes(self.array()?);
                self.sink.int(value)?
            }
            type_code::LONG => self.long()?,
            type_code::FLOAT => {
                let value = self.float_text()?;
                self.sink.float(value)?
            }
            type_code::BINARY_FLOAT => {
                let value = f64::from_le_bytes(self.array()?);
                self.sink.float(value)?
            }
            type_code::COMPLEX => {
                let (real, imag) = (self.float_text()?, self.float_text()?);
                self.sink.complex(real, imag)?
            }
            type_code::BINARY_COMPLEX => {
                let (real, imag) = (f64::from_le_bytes(self.array()?), f64::from_le_bytes(self.array()?));
                self.sink.complex(real, imag)?
            }
            type_code::BYTES => {
                let size = self.size("bad marshal data (bytes object size out of range)")?;
                let value = self.take(size)?;
                self.sink.bytes(value)?
            }
            type_code::ASCII | type_code::ASCII_INTERNED => {
                let size = self.size("bad marshal data (string size out of range)")?;
                let text = self.take(size)?;
                self.sink.str_ascii(text, code == type_code::ASCII_INTERNED)?
            }
            type_code::SHORT_ASCII | type_code::SHORT_ASCII_INTERNED => {
                let size = self.short_size()?;
                let text = self.take(size)?;
                self.sink.str_ascii(text, code == type_code::SHORT_ASCII_INTERNED)?
            }
            type_code::UNICODE | type_code::INTERNED => {
                let size = self.size("bad marshal data (string size out of range)")?;
                let text = self.take(size)?;
                self.sink.str_wtf8(text, code == type_code::INTERNED)?
            }
            _ => return Err(ReadError::Value("bad marshal data (unknown type code)")),
        };
        if flagged {
            self.refs.push(Some(object.clone()));
        }
        Ok(object)
    }

    /// An object with parts.
    #[inline(never)]
    fn compound(&mut self, code: u8, flagged: bool) -> ReadResult<S::Obj, S::Error> {
        match code {
            type_code::TUPLE => {
                let size = self.size("bad marshal data (tuple size out of range)")?;
                self.tuple(size, flagged)
            }
            type_code::SMALL_TUPLE => {
                let size = self.short_size()?;
                self.tuple(size, flagged)
            }
            type_code::LIST => self.list(flagged),
            type_code::DICT => self.dict(flagged),
            type_code::SET => self.set(flagged),
            type_code::FROZENSET => self.frozenset(flagged),
            type_code::SLICE => self.slice(flagged),
            _ => self.code(flagged),
        }
    }

    fn tuple(&mut self, size: usize, flagged: bool) -> ReadResult<S::Obj, S::Error> {
        let reserved = self.reserve(flagged);
        let items = self.items(size, "NULL object in marshal data for tuple")?;
        let tuple = self.sink.tuple(items)?;
        Ok(self.settle(reserved, tuple))
    }

    fn list(&mut self, flagged: bool) -> ReadResult<S::Obj, S::Error> {
        let size = self.size("bad marshal data (list size out of range)")?;
        let list = self.sink.new_list()?;
        self.enter(flagged, &list);
        for _ in 0..size {
            let item = self.object("NULL object in marshal data for list")?;
            self.sink.list_append(&list, item)?;
        }
        Ok(list)
    }

    fn dict(&mut self, flagged: bool) -> ReadResult<S::Obj, S::Error> {
        let dict = self.sink.new_dict()?;
        self.enter(flagged, &dict);
        while let Some(key) = self.object_or_null()? {
            // A missing value ends the dict as a missing key does.
            let Some(value) = self.object_or_null()? else { break };
            self.sink.dict_insert(&dict, key, value)?;
        }
        Ok(dict)
    }

    fn set(&mut self, flagged: bool) -> ReadResult<S::Obj, S::Error> {
        let size = self.size("bad marshal data (set size out of range)")?;
        let set = self.sink.new_set()?;
        self.enter(flagged, &set);
        for _ in 0..size {
            let item = self.object("NULL object in marshal data for set")?;
            self.sink.set_add(&set, item)?;
        }
        Ok(set)
    }

    fn frozenset(&mut self, flagged: bool) -> ReadResult<S::Obj, S::Error> {
        let size = self.size("bad marshal data (set size out of range)")?;
        let reserved = self.reserve(flagged);
        let items = self.items(size, "NULL object in marshal data for set")?;
        let set = self.sink.frozenset(items)?;
        Ok(self.settle(reserved, set))
    }

    fn slice(&mut self, flagged: bool) -> ReadResult<S::Obj, S::Error> {
        const NULL: &str = "NULL object in marshal data for object";
        let reserved = self.reserve(flagged);
        let parts = [self.object(NULL)?, self.object(NULL)?, self.object(NULL)?];
        let slice = self.sink.slice(parts)?;
        Ok(self.settle(reserved, slice))
    }

    fn code(&mut self, flagged: bool) -> ReadResult<S::Obj, S::Error> {
        const NULL: &str = "NULL object in marshal data for code object";
        if !self.allow_code {
            return Err(ReadError::Value("unmarshalling code objects is disallowed"));
        }
        let reserved = self.reserve(flagged);
        let fields = CodeFields {
            argcount: self.i32()?,
            posonlyargcount: self.i32()?,
            kwonlyargcount: self.i32()?,
            stacksize: self.i32()?,
            flags: self.i32()?,
            code: self.object(NULL)?,
            consts: self.object(NULL)?,
            names: self.object(NULL)?,
            localsplusnames: self.object(NULL)?,
            localspluskinds: self.object(NULL)?,
            filename: self.object(NULL)?,
            name: self.object(NULL)?,
            qualname: self.object(NULL)?,
            firstlineno: self.i32()?,
            linetable: self.object(NULL)?,
            exceptiontable: self.object(NULL)?,
        };
        let code = self.sink.code(fields)?;
        Ok(self.settle(reserved, code))
    }

    fn items(&mut self, size: usize, null_message: &'static str) -> ReadResult<Vec<S::Obj>, S::Error> {
        // An item takes a byte at least, so a lying size reserves no more than the input can fill.
        let mut items = Vec::with_capacity(size.min(self.bytes.len() - self.position));
        for _ in 0..size {
            items.push(self.object(null_message)?);
        }
        Ok(items)
    }

    fn reference(&mut self) -> ReadResult<S::Obj, S::Error> {
        let index = self.i32()?;
        let found = usize::try_from(index).ok().and_then(|index| self.refs.get(index)?.clone());
        found.ok_or(ReadError::Value("bad marshal data (invalid reference)"))
    }

    /// Takes the next reference number for an object that is not there yet.
    fn reserve(&mut self, flagged: bool) -> Reserved {
        if !flagged {
            return None;
        }
        self.refs.push(None);
        Some(self.refs.len() - 1)
    }

    /// Puts the finished object at the number reserved for it.
    fn settle(&mut self, reserved: Reserved, object: S::Obj) -> S::Obj {
        if let Some(index) = reserved {
            self.refs[index] = Some(object.clone());
        }
        object
    }

    fn enter(&mut self, flagged: bool, object: &S::Obj) {
        if flagged {
            self.refs.push(Some(object.clone()));
        }
    }

    fn long(&mut self) -> ReadResult<S::Obj, S::Error> {
        let size = self.i32()?;
        if size == i32::MIN {
            return Err(ReadError::Value("bad marshal data (long size out of range)"));
        }
        let digits = self.take(size.unsigned_abs() as usize * 2)?;
        let mut magnitude = Vec::with_capacity(digits.len());
        let (mut pending, mut bits, mut last) = (0u32, 0, 1);
        for pair in digits.chunks_exact(2) {
            last = u16::from_le_bytes([pair[0], pair[1]]);
            if last >> DIGIT_BITS != 0 {
                return Err(ReadError::Value("bad marshal data (digit out of range in long)"));
            }
            pending |= u32::from(last) << bits;
            bits += DIGIT_BITS;
            while bits >= 8 {
                magnitude.push(pending as u8);
                pending >>= 8;
                bits -= 8;
            }
        }
        magnitude.push(pending as u8);
        if last == 0 {
            return Err(ReadError::Value("bad marshal data (unnormalized long data)"));
        }
        Ok(self.sink.big_int(size < 0, &magnitude)?)
    }

    fn float_text(&mut self) -> ReadResult<f64, S::Error> {
        let size = self.short_size()?;
        let text = self.take(size)?;
        let parsed = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| ReadError::FloatText(text.to_vec()))
    }

    /// A size of four bytes that must not be negative.
    fn size(&mut self, message: &'static str) -> ReadResult<usize, S::Error> {
        usize::try_from(self.i32()?).map_err(|_| ReadError::Value(message))
    }

    /// A size of one byte; its absence is reported as that of an object.
    fn short_size(&mut self) -> ReadResult<usize, S::Error> {
        let Some(&size) = self.bytes.get(self.position) else {
            return Err(ReadError::Eof("EOF read where object expected"));
        };
        self.position += 1;
        Ok(size.into())
    }

    fn i32(&mut self) -> ReadResult<i32, S::Error> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> ReadResult<[u8; N], S::Error> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| ReadError::Eof("marshal data too short"))
    }

    fn take(&mut self, size: usize) -> ReadResult<&'a [u8], S::Error> {
        let rest = &self.bytes[self.position..];
        let taken = rest.get(..size).ok_or(ReadError::Eof("marshal data too short"))?;
        self.position += size;
        Ok(taken)
    }
}
