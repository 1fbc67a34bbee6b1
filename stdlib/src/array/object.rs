//! The type `array.array`: making arrays, operators and subscripts.

use super::code::{Code, Item, LETTERS};
use super::iterator::new_iterator;
use super::methods::METHODS;
use crate::support::byte_source;
use runtime::buffer::BufferView;
use runtime::object::drop_object;
use runtime::objects::bytearray::ByteArray;
use runtime::objects::bytes::Bytes;
use runtime::objects::codecs;
use runtime::objects::exceptions::BUFFER_ERROR;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::str::{self, Str};
use runtime::objects::subsequence::{self, SliceRange, Subscript, SubscriptErrors};
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::trace_interface::ArrayLayout;
use runtime::{
    Args, CompareOp, GilCell, Header, PyResult, Raised, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    getset, new_object, protocol,
};
use std::cell::Cell;

/// An array: the bytes of its items.
#[repr(C)]
pub(super) struct Array {
    pub(super) header: Header,
    pub(super) code: Code,
    pub(super) data: GilCell<Vec<u8>>,
    /// Buffers lent.
    exports: Cell<usize>,
}

runtime::object!(Array, ARRAY);

// Compiled code reaches the items.
const _: () = assert!(
    std::mem::offset_of!(Array, code) == std::mem::offset_of!(ArrayLayout, code)
        && std::mem::offset_of!(Array, data) == std::mem::offset_of!(ArrayLayout, data)
        && size_of::<Code>() == 1
);

pub(super) static ARRAY: Type = Type::new_static(&TypeSpec {
    name: "array.array",
    size: size_of::<Array>(),
    flags: TypeFlags::BASETYPE.union(TypeFlags::WEAKREF).union(TypeFlags::SEQUENCE),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<Array>,
        repr: Some(repr),
        compare: Some(compare),
        iter: Some(|_, v| Ok(new_iterator(v))),
        len: Some(|thread, v| Ok(receiver::<Array>(thread, v)?.len())),
        get_item: Some(get_item),
        set_item: Some(set_item),
        contains: Some(|thread, v, item| Ok(find(thread, v, item, 0, usize::MAX)?.is_some())),
        concat: Some(concat),
        repeat: Some(|thread, v, count| {
            let array = receiver::<Array>(thread, v)?;
            Ok(new_array(&ARRAY, array.code, repeated(thread, array, count)?))
        }),
        inplace_concat: Some(|thread, v, other| {
            let Some(more) = other.cast::<Array>() else {
                let name = other.ty().name();
                return Err(thread.type_error(format!("can only extend array with array (not \"{name}\")")));
            };
            receiver::<Array>(thread, v)?.extend_array(thread, more)?;
            Ok(v.to_ref())
        }),
        inplace_repeat: Some(|thread, v, count| {
            let array = receiver::<Array>(thread, v)?;
            let data = repeated(thread, array, count)?;
            array.resize(thread, |old| *old = data)?;
            Ok(v.to_ref())
        }),
        buffer: Some(lend),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: &[
        getset(
            "typecode",
            |thread, v| Ok(Str::from_char(receiver::<Array>(thread, v)?.code.letter().into())),
            "the typecode character used to create the array",
        ),
        getset(
            "itemsize",
            |thread, v| Ok(int::from_usize(receiver::<Array>(thread, v)?.code.size())),
            "the size, in bytes, of one array item",
        ),
    ],
    doc: "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and\ninitialized from the optional initializer value, which must be a list,\nstring or iterable over elements of the appropriate type.\n\nArrays represent basic values and behave very much like lists, except\nthe type of objects stored in them is constrained. The type is specified\nat object creation time by using a type code, which is a single character.\nThe following type codes are defined:\n\n    Type code   C Type             Minimum size in bytes\n    'b'         signed integer     1\n    'B'         unsigned integer   1\n    'u'         Unicode character  2 (see note)\n    'w'         Py_UCS4            4\n    'h'         signed integer     2\n    'H'         unsigned integer   2\n    'i'         signed integer     2\n    'I'         unsigned integer   2\n    'l'         signed integer     4\n    'L'         unsigned integer   4\n    'q'         signed integer     8 (see note)\n    'Q'         unsigned integer   8 (see note)\n    'f'         floating-point     4\n    'd'         floating-point     8\n\nNOTE: The 'u' typecode corresponds to Python's unicode character. On\nnarrow builds this is 2-bytes on wide builds this is 4-bytes.\n\nNOTE: The 'q' and 'Q' type codes are only available if the platform\nC compiler used to build Python supports 'long long', or, on Windows,\n'__int64'.\n\nMethods:\n\nappend() -- append a new item to the end of the array\nbuffer_info() -- return information giving the current memory info\nbyteswap() -- byteswap all the items of the array\ncount() -- return number of occurrences of an object\nextend() -- extend array by appending multiple elements from an iterable\nfromfile() -- read items from a file object\nfromlist() -- append items from the list\nfrombytes() -- append items from the string\nindex() -- return index of first occurrence of an object\ninsert() -- insert a new item into the array at a provided position\npop() -- remove and return item (default last)\nremove() -- remove first occurrence of an object\nreverse() -- reverse the order of the items in the array\ntofile() -- write all items to a file object\ntolist() -- return the array converted to an ordinary list\ntobytes() -- return the array converted to a string\n\nAttributes:\n\ntypecode -- the typecode character used to create the array\nitemsize -- the length in bytes of one array item\n",
    ..TypeSpec::EMPTY
});

pub(super) fn new_array(ty: &'static Type, code: Code, data: Vec<u8>) -> Ref {
    new_object(ty, |header| Array { header, code, data: GilCell::new(data), exports: Cell::new(0) })
}

impl Array {
    pub(super) fn len(&self) -> usize {
        self.data.with(|data| data.len()) / self.code.size()
    }
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.data.with(|data| data.clone())
    }
    /// Item `i`, if there is one.
    #[inline]
    pub(super) fn item(&self, i: usize) -> Option<Ref> {
        let size = self.code.size();
        self.data.with(|data| data.get(i * size..(i + 1) * size).map(|bytes| self.code.read(bytes)))
    }
    /// Changes the content in a way that may change its length.
    pub(super) fn resize<R>(&self, thread: &Thread, change: impl FnOnce(&mut Vec<u8>) -> R) -> PyResult<R> {
        if self.exports.get() > 0 {
            let message = "cannot resize an array that is exporting buffers";
            return Err(thread.error(&BUFFER_ERROR, message));
        }
        Ok(self.data.with(change))
    }
    #[inline]
    pub(super) fn push(&self, thread: &Thread, v: Value) -> PyResult<()> {
        let item = self.code.write(thread, v)?;
        self.resize(thread, |data| data.extend_from_slice(&item[..self.code.size()]))
    }
    pub(super) fn extend_array(&self, thread: &Thread, more: &Array) -> PyResult<()> {
        if self.code != more.code {
            return Err(thread.type_error("can only extend with array of same kind"));
        }
        let bytes = more.bytes();
        self.resize(thread, |data| data.extend_from_slice(&bytes))
    }
    /// Appends the items of an array of the same kind or of any iterable.
    pub(super) fn extend(&self, thread: &Thread, items: Value) -> PyResult<()> {
        if let Some(more) = items.cast::<Array>() {
            return self.extend_array(thread, more);
        }
        let iterator = protocol::iter(thread, items)?;
        while let Some(item) = protocol::next(thread, *iterator)? {
            self.push(thread, *item)?;
        }
        Ok(())
    }
    pub(super) fn extend_bytes(&self, thread: &Thread, bytes: &[u8]) -> PyResult<()> {
        if !bytes.len().is_multiple_of(self.code.size()) {
            return Err(thread.value_error("bytes length not a multiple of item size"));
        }
        self.resize(thread, |data| data.extend_from_slice(bytes))
    }
    pub(super) fn extend_text(&self, thread: &Thread, text: &Str) -> PyResult<()> {
        self.resize(thread, |data| data.extend(text.chars().flat_map(u32::to_le_bytes)))
    }
    fn points(&self) -> Vec<u32> {
        self.data
            .with(|data| data.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
    }
    /// The text of an array of characters. Bytes that came from elsewhere may be no characters.
    pub(super) fn text(&self, thread: &Thread) -> PyResult {
        let points = self.points();
        let Some(place) = points.iter().position(|point| *point > MAX_CHARACTER) else {
            return Ok(Str::from_code_points(&points));
        };
        if self.code == Code::Char {
            return codecs::decode(thread, *Bytes::new(&self.bytes()), "utf-32-le", "strict");
        }
        let point = points[place];
        Err(thread.value_error(format!("character U+{point:x} is not in range [U+0000; U+10ffff]")))
    }
    pub(super) fn list(&self, thread: &Thread) -> PyResult {
        if self.code.is_text() && self.points().iter().any(|point| *point > MAX_CHARACTER) {
            return Err(no_character(thread));
        }
        let items =
            self.data.with(|data| data.chunks_exact(self.code.size()).map(|b| self.code.read(b)).collect());
        Ok(List::from_refs(items))
    }
}

const MAX_CHARACTER: u32 = 0x10ffff;

#[cold]
fn no_character(thread: &Thread) -> Raised {
    thread.value_error("chr() arg not in range(0x110000)")
}

/// An item that was read, unless it is no character.
fn checked(thread: &Thread, array: &Array, item: Ref) -> PyResult {
    let is_wrong = array.code.is_text()
        && item.cast::<Str>().is_some_and(|s| s.len() == 1 && s.code_point(0) > MAX_CHARACTER);
    if is_wrong { Err(no_character(thread)) } else { Ok(item) }
}

/// The type code that an argument is.
pub(super) fn code_letter(thread: &Thread, v: Value, function: &str, place: usize) -> PyResult<u32> {
    let wrong = match v.cast::<Str>() {
        Some(s) if s.len() == 1 => return Ok(s.code_point(0)),
        Some(s) => format!("a string of length {}", s.len()),
        None if v.is_none() => "None".to_owned(),
        None => v.ty().name().into_owned(),
    };
    Err(thread.type_error(format!("{function}() argument {place} must be a unicode character, not {wrong}")))
}

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let has_own_init = ty
        .slots()
        .init
        .is_some_and(|init| ARRAY.slots().init.is_none_or(|plain| !std::ptr::fn_addr_eq(init, plain)));
    if arguments.has_keywords() && (std::ptr::eq(ty, &ARRAY) || !has_own_init) {
        return Err(thread.type_error("array.array() takes no keyword arguments"));
    }
    let given = arguments.count();
    if !(1..=2).contains(&given) {
        let bound = if given < 1 { "least 1 argument" } else { "most 2 arguments" };
        return Err(thread.type_error(format!("array() takes at {bound} ({given} given)")));
    }
    let letter = code_letter(thread, arguments.positional()[0], "array", 1)?;
    let code = Code::from_letter(letter);
    if code == Some(Code::WideChar) {
        runtime::warnings::warn(
            thread,
            &runtime::objects::exceptions::DEPRECATION_WARNING,
            "The 'u' type code is deprecated and will be removed in Python 3.16",
            1,
        )?;
    }
    let initial = arguments.get(1);
    if let (Some(v), false) = (initial, code.is_some_and(Code::is_text)) {
        let letter = char::from_u32(letter).unwrap_or('?');
        if v.cast::<Str>().is_some() {
            let message = format!("cannot use a str to initialize an array with typecode '{letter}'");
            return Err(thread.type_error(message));
        }
        if v.cast::<Array>().is_some_and(|other| other.code.is_text()) {
            let message =
                format!("cannot use a unicode array to initialize an array with typecode '{letter}'");
            return Err(thread.type_error(message));
        }
    }
    let Some(code) = code else {
        let letters: Vec<String> = LETTERS.chars().map(String::from).collect();
        let (last, rest) = letters.split_last().map_or(("", &[][..]), |(last, rest)| (last.as_str(), rest));
        return Err(thread.value_error(format!("bad typecode (must be {} or {last})", rest.join(", "))));
    };
    let object = new_array(ty, code, Vec::new());
    let array = receiver::<Array>(thread, *object)?;
    let Some(v) = initial else { return Ok(object) };
    if let Some(text) = v.cast::<Str>() {
        array.extend_text(thread, text)?;
    } else if v.cast::<Bytes>().is_some() || v.cast::<ByteArray>().is_some() {
        array.extend_bytes(thread, byte_source(thread, v)?.bytes())?;
    } else if let Some(other) = v.cast::<Array>().filter(|other| other.code != code) {
        let mut i = 0;
        while let Some(item) = other.item(i) {
            array.push(thread, *item)?;
            i += 1;
        }
    } else {
        array.extend(thread, v)?;
    }
    Ok(object)
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    let (class, letter) = (v.ty().short_name(), array.code.letter());
    if array.len() == 0 {
        return Ok(Str::new(&format!("{class}('{letter}')")));
    }
    let content = if array.code.is_text() { array.text(thread)? } else { array.list(thread)? };
    let shown = protocol::repr(thread, *content)?;
    Ok(Str::new(&format!("{class}('{letter}', {})", str::display(*shown))))
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.cast::<Array>(), b.cast::<Array>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    let is_equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    if is_equality && left.len() != right.len() {
        return Ok(Ref::bool(op == CompareOp::Ne));
    }
    // Integers and characters of one kind are equal just where their bytes are.
    if is_equality && left.code == right.code && !matches!(left.code, Code::F32 | Code::F64) {
        let equal = left.data.with(|l| right.data.with(|r| std::ptr::eq(l, r) || l == r));
        return Ok(Ref::bool(equal == (op == CompareOp::Eq)));
    }
    let mut i = 0;
    while let (Some(x), Some(y)) = (left.item(i), right.item(i)) {
        // Not as containers compare: an item that isn't equal to itself is no exception.
        let equal = protocol::compare(thread, *x, *y, CompareOp::Eq)?;
        if !protocol::is_true(thread, *equal)? {
            return match op {
                CompareOp::Eq => Ok(Ref::bool(false)),
                CompareOp::Ne => Ok(Ref::bool(true)),
                _ => protocol::compare(thread, *x, *y, op),
            };
        }
        i += 1;
    }
    Ok(Ref::bool(op.holds(left.len().cmp(&right.len()))))
}

/// Where an equal item first is, between two positions.
pub(super) fn find(
    thread: &Thread,
    v: Value,
    item: Value,
    start: usize,
    stop: usize,
) -> PyResult<Option<usize>> {
    let array = receiver::<Array>(thread, v)?;
    let mut i = start;
    while i < stop
        && let Some(own) = array.item(i)
    {
        if protocol::compare_bool(thread, *own, item, CompareOp::Eq)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

const READS: SubscriptErrors = SubscriptErrors {
    wrong_type: |_| "array indices must be integers".to_owned(),
    out_of_range: "array index out of range",
};
const WRITES: SubscriptErrors =
    SubscriptErrors { out_of_range: "array assignment index out of range", ..READS };

/// The bytes of the items that a slice selects.
fn selected(array: &Array, range: SliceRange) -> Vec<u8> {
    let size = array.code.size();
    array.data.with(|data| match range.as_range() {
        Some(range) => data[range.start * size..range.end * size].to_vec(),
        None => range.positions().flat_map(|i| &data[i * size..(i + 1) * size]).copied().collect(),
    })
}

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    if let Some(i) = key.as_small_int()
        && let Some(item) = usize::try_from(i).ok().filter(|i| *i < array.len()).and_then(|i| array.item(i))
    {
        return checked(thread, array, item);
    }
    Ok(match subsequence::subscript(thread, key, || array.len(), &READS)? {
        Subscript::Item(i) => {
            let item = array.item(i).ok_or_else(|| thread.index_error(READS.out_of_range))?;
            checked(thread, array, item)?
        }
        Subscript::Slice(range) => new_array(&ARRAY, array.code, selected(array, range)),
    })
}

fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    let array = receiver::<Array>(thread, v)?;
    let size = array.code.size();
    match subsequence::subscript(thread, key, || array.len(), &WRITES)? {
        Subscript::Item(i) if value.is_null() => {
            array.resize(thread, |data| drop(data.drain(i * size..(i + 1) * size)))
        }
        Subscript::Item(i) => {
            let item: Item = array.code.write(thread, value)?;
            // Converting the value may have changed the array.
            let written = array.data.with(|data| {
                data.get_mut(i * size..(i + 1) * size).map(|place| place.copy_from_slice(&item[..size]))
            });
            written.ok_or_else(|| thread.index_error(WRITES.out_of_range))
        }
        Subscript::Slice(range) => set_slice(thread, array, range, value),
    }
}

fn set_slice(thread: &Thread, array: &Array, range: SliceRange, value: Value) -> PyResult<()> {
    let size = array.code.size();
    let new = match value.cast::<Array>() {
        _ if value.is_null() => Vec::new(),
        Some(other) if other.code == array.code => other.bytes(),
        Some(_) => return Err(thread.type_error("bad argument type for built-in operation")),
        None => {
            let name = value.ty().name();
            return Err(thread.type_error(format!("can only assign array (not \"{name}\") to array slice")));
        }
    };
    if let Some(range) = range.as_range() {
        let bytes = range.start * size..range.end * size;
        if bytes.len() == new.len() {
            array.data.with(|data| data[bytes].copy_from_slice(&new));
            return Ok(());
        }
        return array.resize(thread, |data| drop(data.splice(bytes, new)));
    }
    if value.is_null() {
        let mut places: Vec<usize> = range.positions().collect();
        places.sort_unstable();
        return array.resize(thread, |data| {
            let mut places = places.into_iter().peekable();
            let kept = data.chunks_exact(size).enumerate().filter(|(i, _)| places.next_if_eq(i).is_none());
            *data = kept.flat_map(|(_, item)| item).copied().collect();
        });
    }
    if new.len() != range.length * size {
        let (given, wanted) = (new.len() / size, range.length);
        let message = format!("attempt to assign array of size {given} to extended slice of size {wanted}");
        return Err(thread.value_error(message));
    }
    array.data.with(|data| {
        for (i, item) in range.positions().zip(new.chunks_exact(size)) {
            data[i * size..(i + 1) * size].copy_from_slice(item);
        }
    });
    Ok(())
}

fn concat(thread: &Thread, a: Value, b: Value) -> PyResult {
    let left = receiver::<Array>(thread, a)?;
    let Some(right) = b.cast::<Array>() else {
        let name = b.ty().name();
        return Err(thread.type_error(format!("can only append array (not \"{name}\") to array")));
    };
    if left.code != right.code {
        return Err(thread.type_error("bad argument type for built-in operation"));
    }
    let mut data = left.bytes();
    data.extend(right.bytes());
    Ok(new_array(&ARRAY, left.code, data))
}

fn repeated(thread: &Thread, array: &Array, count: isize) -> PyResult<Vec<u8>> {
    let bytes = array.bytes();
    let count = count.max(0) as usize;
    let length = bytes.len().checked_mul(count).filter(|length| *length <= isize::MAX as usize);
    let mut data = Vec::new();
    match length {
        Some(length) if data.try_reserve_exact(length).is_ok() => {}
        _ => return Err(thread.memory_error()),
    }
    if !bytes.is_empty() {
        for _ in 0..count {
            data.extend_from_slice(&bytes);
        }
    }
    Ok(data)
}

fn lend(thread: &Thread, v: Value, _: i32) -> PyResult<BufferView> {
    let array = receiver::<Array>(thread, v)?;
    array.exports.set(array.exports.get() + 1);
    let size = array.code.size();
    let (data, len) = array.data.with(|data| (data.as_mut_ptr(), data.len()));
    Ok(BufferView {
        owner: v.to_ref(),
        data,
        len,
        readonly: false,
        itemsize: size,
        format: array.code.buffer_format().to_owned(),
        shape: vec![(len / size) as isize],
        strides: vec![size as isize],
        release: Some(|v| {
            if let Some(array) = v.cast::<Array>() {
                array.exports.set(array.exports.get().saturating_sub(1));
            }
        }),
    })
}

/// `(address, items)` of the content.
pub(super) fn buffer_info(array: &Array) -> Ref {
    let address = array.data.with(|data| data.as_ptr() as usize);
    Tuple::from_refs(vec![int::from_usize(address), int::from_usize(array.len())])
}
