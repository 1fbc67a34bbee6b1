//! The layout of `str`: code points in one, two or four bytes each, whichever the widest needs; hash and interning.
//!
//! The data follow the head in the same cell, so a string is one allocation. A string that nobody else holds can grow
//! in place (`s += x`). Invariant: `kind` is the narrowest that fits the content (CPython's canonical form, on which the
//! hash depends), `ascii` says that all code points are below 128.

use crate::cell::GilCell;
use crate::heap;
use crate::object::{Header, Object, flag};
use crate::types::Type;
use crate::types::registry::STR;
use crate::value::{Ref, Value};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::cell::Cell;

/// A string object; `capacity * 16` bytes of data follow.
#[repr(C)]
pub struct Str {
    pub header: Header,
    hash: Cell<i64>,
    length: Cell<usize>,
    /// Room for data, in bytes / 8.
    capacity: Cell<u32>,
    kind: Cell<u8>,
    ascii: Cell<bool>,
}

crate::object!(Str, STR);

const DATA_OFFSET: usize = size_of::<Str>();
const _: () = assert!(DATA_OFFSET == 40, "short strings matter: the head is five words");
const NO_HASH: i64 = -1;
const CAPACITY_UNIT: usize = 8;

/// The content of a string by storage kind. `Latin1` has a code point above 127.
#[derive(Clone, Copy)]
pub enum Data<'a> {
    Ascii(&'a [u8]),
    Latin1(&'a [u8]),
    Ucs2(&'a [u16]),
    Ucs4(&'a [u32]),
}

impl Str {
    /// Where the number of characters lies, for compiled code.
    pub const LENGTH_OFFSET: usize = std::mem::offset_of!(Str, length);
    /// Where the bytes per character lie, for compiled code.
    pub const KIND_OFFSET: usize = std::mem::offset_of!(Str, kind);
    /// Where the characters lie, for compiled code.
    pub const DATA_OFFSET: usize = DATA_OFFSET;
    /// The strs of one character below 256, by character, which stay where they are: what indexing and iteration give.
    pub fn singles() -> *const Value {
        drop(Str::latin1_char(0));
        SINGLES.with(|s| s.chars.as_ptr() as *const Value)
    }
    fn allocate(bytes: usize, length: usize, kind: u8, ascii: bool) -> Ref {
        let room = bytes.next_multiple_of(CAPACITY_UNIT);
        heap::allocate_plain(DATA_OFFSET + room, |header| Str {
            header,
            hash: Cell::new(NO_HASH),
            length: Cell::new(length),
            capacity: Cell::new((room / CAPACITY_UNIT) as u32),
            kind: Cell::new(kind),
            ascii: Cell::new(ascii),
        })
    }
    /// A string of `ty`, a subclass of `str`, with this content.
    pub fn of_type(ty: &'static Type, content: &Str) -> Ref {
        let bytes = content.unit_bytes();
        let room = bytes.len().next_multiple_of(CAPACITY_UNIT);
        let s = heap::allocate(ty, DATA_OFFSET, room, |header| Str {
            header,
            hash: Cell::new(content.hash.get()),
            length: Cell::new(content.len()),
            capacity: Cell::new((room / CAPACITY_UNIT) as u32),
            kind: Cell::new(content.kind.get()),
            ascii: Cell::new(content.ascii.get()),
        });
        let data = s.cast::<Str>().expect("just made").data_pointer();
        // SAFETY: the cell has room for these bytes.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len()) };
        s
    }
    fn data_pointer(&self) -> *mut u8 {
        // SAFETY: the data follow the head.
        unsafe { (self as *const Str as *mut u8).add(DATA_OFFSET) }
    }
    fn from_units<T: Copy>(units: &[T], ascii: bool) -> Ref {
        let s = Str::allocate(size_of_val(units), units.len(), size_of::<T>() as u8, ascii);
        let data = s.cast::<Str>().expect("just made").data_pointer();
        // SAFETY: the cell has room for these units.
        unsafe { copy_bytes(units.as_ptr() as *const u8, data, size_of_val(units)) };
        s
    }
    /// A string of ASCII bytes (checked only in debug builds).
    pub fn from_ascii(bytes: &[u8]) -> Ref {
        debug_assert!(bytes.is_ascii());
        match bytes {
            [] => Str::empty(),
            [one] => Str::latin1_char(*one),
            _ => Str::from_units(bytes, true),
        }
    }
    /// A string of what `map` makes of ASCII bytes, which is ASCII, too.
    #[inline]
    pub fn map_ascii(bytes: &[u8], map: impl Fn(u8) -> u8) -> Ref {
        if let [one] = bytes {
            return Str::latin1_char(map(*one));
        }
        if bytes.is_empty() {
            return Str::empty();
        }
        let s = Str::allocate(bytes.len(), bytes.len(), 1, true);
        let data = s.cast::<Str>().expect("just made").data_pointer();
        for (i, &byte) in bytes.iter().enumerate() {
            // SAFETY: the cell has room for as many bytes.
            unsafe { data.add(i).write(map(byte)) };
        }
        s
    }
    /// A string of Latin-1 bytes.
    pub fn from_latin1(bytes: &[u8]) -> Ref {
        match bytes {
            [] => Str::empty(),
            [one] => Str::latin1_char(*one),
            _ => Str::from_units(bytes, bytes.is_ascii()),
        }
    }
    /// A string of UCS-2 code units, narrowed if possible.
    pub fn from_ucs2(units: &[u16]) -> Ref {
        if units.iter().all(|u| *u < 256) {
            return Str::from_latin1(&units.iter().map(|u| *u as u8).collect::<Vec<_>>());
        }
        Str::from_units(units, false)
    }
    /// A string of code points (surrogates allowed), narrowed if possible.
    pub fn from_code_points(points: &[u32]) -> Ref {
        match points.iter().copied().max().unwrap_or(0) {
            0..=0xff => Str::from_latin1(&points.iter().map(|u| *u as u8).collect::<Vec<_>>()),
            0x100..=0xffff => Str::from_units(&points.iter().map(|u| *u as u16).collect::<Vec<_>>(), false),
            _ => Str::from_units(points, false),
        }
    }
    /// A string with the content of a Rust string.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(text: &str) -> Ref {
        if text.is_ascii() {
            return Str::from_ascii(text.as_bytes());
        }
        let points: Vec<u32> = text.chars().map(|c| c as u32).collect();
        Str::from_code_points(&points)
    }
    /// A string from UTF-8 in which lone surrogates may stand as three bytes.
    pub fn from_wtf8(bytes: &[u8]) -> Ref {
        if bytes.is_ascii() {
            return Str::from_ascii(bytes);
        }
        Str::from_code_points(&decode_wtf8(bytes))
    }
    pub fn from_data(data: Data) -> Ref {
        match data {
            Data::Ascii(b) => Str::from_ascii(b),
            Data::Latin1(b) => Str::from_latin1(b),
            Data::Ucs2(u) => Str::from_ucs2(u),
            Data::Ucs4(u) => Str::from_code_points(u),
        }
    }
    /// The string of one code point.
    #[inline]
    pub fn from_char(point: u32) -> Ref {
        if point < 256 { Str::latin1_char(point as u8) } else { Str::from_code_points(&[point]) }
    }
    pub fn empty() -> Ref {
        SINGLES.with(|s| s.empty.get_or_insert_with(|| Str::allocate(0, 0, 1, true)).clone())
    }
    #[inline]
    fn latin1_char(c: u8) -> Ref {
        SINGLES.with(|s| {
            if let Some(made) = s.chars.get(c as usize) {
                return made.clone();
            }
            s.chars = (0..=255u8).map(|c| Str::from_units(&[c], c < 128)).collect();
            s.chars[c as usize].clone()
        })
    }

    /// Number of code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.length.get()
    }
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.ascii.get()
    }
    /// Bytes per code point: 1, 2 or 4.
    #[inline(always)]
    pub fn kind(&self) -> u8 {
        self.kind.get()
    }
    #[inline(always)]
    pub fn data(&self) -> Data<'_> {
        let (p, n) = (self.data_pointer(), self.len());
        // SAFETY: `n` units of this kind are initialised behind the head; string content does not change while shared.
        unsafe {
            match self.kind.get() {
                1 if self.ascii.get() => Data::Ascii(std::slice::from_raw_parts(p, n)),
                1 => Data::Latin1(std::slice::from_raw_parts(p, n)),
                2 => Data::Ucs2(std::slice::from_raw_parts(p as *const u16, n)),
                _ => Data::Ucs4(std::slice::from_raw_parts(p as *const u32, n)),
            }
        }
    }
    /// The raw units, as the hash sees them.
    pub fn unit_bytes(&self) -> &[u8] {
        // SAFETY: as in `data`.
        unsafe { std::slice::from_raw_parts(self.data_pointer(), self.len() * self.kind.get() as usize) }
    }
    /// The content as Rust text, if it is ASCII (no copy).
    #[inline(always)]
    pub fn as_ascii(&self) -> Option<&str> {
        match self.data() {
            // SAFETY: ASCII is UTF-8.
            Data::Ascii(b) => Some(unsafe { std::str::from_utf8_unchecked(b) }),
            _ => None,
        }
    }
    /// The content as Rust text; `None` if there are lone surrogates.
    pub fn to_text(&self) -> Option<Cow<'_, str>> {
        if let Some(s) = self.as_ascii() {
            return Some(Cow::Borrowed(s));
        }
        self.chars().map(char::from_u32).collect::<Option<String>>().map(Cow::Owned)
    }
    /// The content as Rust text, lone surrogates replaced: for messages.
    pub fn to_text_lossy(&self) -> Cow<'_, str> {
        if let Some(s) = self.as_ascii() {
            return Cow::Borrowed(s);
        }
        Cow::Owned(self.chars().map(|c| char::from_u32(c).unwrap_or('\u{fffd}')).collect())
    }
    /// UTF-8, with lone surrogates as three bytes each.
    pub fn to_wtf8(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.len());
        for c in self.chars() {
            push_wtf8(&mut out, c);
        }
        out
    }
    /// Code point `i`; the caller has checked the index.
    #[inline(always)]
    pub fn code_point(&self, i: usize) -> u32 {
        match self.data() {
            Data::Ascii(b) | Data::Latin1(b) => b[i] as u32,
            Data::Ucs2(u) => u[i] as u32,
            Data::Ucs4(u) => u[i],
        }
    }
    /// The code points, in a vector that small strings fit into without allocation.
    #[inline]
    pub fn points<const N: usize>(&self) -> SmallVec<[u32; N]>
    where
        [u32; N]: smallvec::Array<Item = u32>,
    {
        let mut points = SmallVec::with_capacity(self.len());
        crate::with_units!(self.data(), |units| points.extend(units.iter().map(|&unit| u32::from(unit))));
        points
    }
    pub fn chars(&self) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        (0..self.len()).map(|i| self.code_point(i))
    }
    /// The substring of code points `start..end`; the caller has checked the bounds.
    pub fn substring(&self, start: usize, end: usize) -> Ref {
        match self.data() {
            Data::Ascii(b) => Str::from_ascii(&b[start..end]),
            Data::Latin1(b) => Str::from_latin1(&b[start..end]),
            Data::Ucs2(u) => Str::from_ucs2(&u[start..end]),
            Data::Ucs4(u) => Str::from_code_points(&u[start..end]),
        }
    }
    /// The hash, cached.
    #[inline(always)]
    pub fn hash(&self) -> i64 {
        let h = self.hash.get();
        if h != NO_HASH { h } else { self.compute_hash() }
    }
    #[cold]
    fn compute_hash(&self) -> i64 {
        let h = crate::state::hash_bytes(self.unit_bytes());
        self.hash.set(h);
        h
    }
    /// Same content.
    #[inline]
    pub fn same(&self, other: &Str) -> bool {
        std::ptr::eq(self, other)
            || self.len() == other.len()
                && self.kind.get() == other.kind.get()
                && self.unit_bytes() == other.unit_bytes()
    }
    /// Byte size of head and data, for the heap.
    pub fn variable_size(object: *const Header) -> usize {
        // SAFETY: called for strings only.
        let s = unsafe { &*(object as *const Str) };
        DATA_OFFSET + s.capacity.get() as usize * CAPACITY_UNIT
    }

    /// Appends to a string that the caller alone holds, in place where possible; else makes a new one.
    pub fn append(left: Ref, right: &Str) -> Ref {
        let s = left.cast::<Str>().expect("a string");
        let in_place = s.header.refcount() == 1
            && left.is_exact(&STR)
            && !s.header.has_flag(flag::INTERNED | flag::HAS_WEAKREFS)
            && s.kind.get() >= right.kind.get()
            && s.len() > 0
            && !std::ptr::eq(s, right);
        if !in_place {
            return concat(s, right);
        }
        let kind = s.kind.get() as usize;
        let (old, added) = (s.len() * kind, right.len() * kind);
        let room = s.capacity.get() as usize * CAPACITY_UNIT;
        let mut object = left;
        if old + added > room {
            let wanted = (old + added + (old + added) / 4).next_multiple_of(CAPACITY_UNIT);
            if wanted / CAPACITY_UNIT > u32::MAX as usize {
                return concat(s, right);
            }
            let p = object.into_value().header_unchecked();
            // SAFETY: the count is one and owned here; sizes are those of the cell.
            unsafe {
                let moved = heap::reallocate(p, DATA_OFFSET + room, DATA_OFFSET + wanted);
                (*(moved as *mut Str)).capacity.set((wanted / CAPACITY_UNIT) as u32);
                object = Ref::from_owned(Value::from_header(moved));
            }
        }
        let s = object.cast::<Str>().expect("a string");
        // SAFETY: the room was just made sure of, and nobody else sees the string.
        unsafe { copy_widening(right, s.data_pointer().add(old), kind as u8) };
        s.length.set(s.len() + right.len());
        s.ascii.set(s.ascii.get() && right.ascii.get());
        s.hash.set(NO_HASH);
        object
    }
}

/// Writes the units of `source` at `target`, `kind` bytes each.
///
/// # Safety
/// There is room, and `kind` is at least the source's.
#[inline]
unsafe fn copy_widening(source: &Str, target: *mut u8, kind: u8) {
    // SAFETY: promised by the caller.
    unsafe {
        if source.kind.get() == kind {
            let bytes = source.unit_bytes();
            copy_bytes(bytes.as_ptr(), target, bytes.len());
            return;
        }
        for (i, c) in source.chars().enumerate() {
            if kind == 2 {
                (target as *mut u16).add(i).write_unaligned(c as u16);
            } else {
                (target as *mut u32).add(i).write_unaligned(c);
            }
        }
    }
}

/// Copies bytes; few ones without a call.
///
/// # Safety
/// Both places have as many bytes and don't overlap.
#[inline(always)]
pub(crate) unsafe fn copy_bytes(from: *const u8, to: *mut u8, count: usize) {
    // SAFETY: promised by the caller; what is read and written twice lies within the bytes.
    unsafe {
        match count {
            8..=16 => {
                let first = (from as *const u64).read_unaligned();
                let last = (from.add(count - 8) as *const u64).read_unaligned();
                (to as *mut u64).write_unaligned(first);
                (to.add(count - 8) as *mut u64).write_unaligned(last);
            }
            4..8 => {
                let first = (from as *const u32).read_unaligned();
                let last = (from.add(count - 4) as *const u32).read_unaligned();
                (to as *mut u32).write_unaligned(first);
                (to.add(count - 4) as *mut u32).write_unaligned(last);
            }
            1..4 => {
                let (first, middle, last) = (*from, *from.add(count / 2), *from.add(count - 1));
                to.write(first);
                to.add(count / 2).write(middle);
                to.add(count - 1).write(last);
            }
            0 => (),
            _ => std::ptr::copy_nonoverlapping(from, to, count),
        }
    }
}

/// A new string of all these strings' contents; `None` if one of them is no string.
pub fn concat_all(parts: &[Value]) -> Option<Ref> {
    let (mut kind, mut length, mut ascii) = (1, 0usize, true);
    for part in parts {
        let s = part.cast::<Str>()?;
        kind = kind.max(s.kind.get());
        length += s.len();
        ascii &= s.ascii.get();
    }
    if length < 2 {
        return Some(parts.iter().filter_map(|v| v.cast::<Str>()).fold(Str::empty(), Str::append));
    }
    let joined = Str::allocate(length * kind as usize, length, kind, ascii);
    let mut target = joined.cast::<Str>()?.data_pointer();
    for s in parts.iter().filter_map(|v| v.cast::<Str>()) {
        // SAFETY: the cell has room for all parts at this kind.
        unsafe {
            copy_widening(s, target, kind);
            target = target.add(s.len() * kind as usize);
        }
    }
    Some(joined)
}

/// A new string of all these strings' contents with `separator` between them; all of them are strings, and the length of
/// the result is known to be possible.
pub fn join(separator: &Str, parts: &[Value]) -> Ref {
    let is_separated = parts.len() > 1 && separator.len() > 0;
    let (mut kind, mut ascii) =
        if is_separated { (separator.kind.get(), separator.ascii.get()) } else { (1, true) };
    let mut length = if is_separated { separator.len() * (parts.len() - 1) } else { 0 };
    for s in parts.iter().filter_map(|v| v.cast::<Str>()) {
        kind = kind.max(s.kind.get());
        length += s.len();
        ascii &= s.ascii.get();
    }
    if length < 2 {
        let one = parts.iter().filter_map(|v| v.cast::<Str>()).find(|s| s.len() > 0);
        let one = one.or_else(|| (length == 1).then_some(separator));
        return one.map_or_else(Str::empty, |s| Str::from_char(s.code_point(0)));
    }
    let joined = Str::allocate(length * kind as usize, length, kind, ascii);
    let mut target = joined.cast::<Str>().expect("just made").data_pointer();
    for (i, s) in parts.iter().filter_map(|v| v.cast::<Str>()).enumerate() {
        // SAFETY: the cell has room for all parts and separators at this kind.
        unsafe {
            if is_separated && i > 0 {
                copy_widening(separator, target, kind);
                target = target.add(separator.len() * kind as usize);
            }
            copy_widening(s, target, kind);
            target = target.add(s.len() * kind as usize);
        }
    }
    joined
}

/// A new string of both contents.
pub fn concat(a: &Str, b: &Str) -> Ref {
    if a.len() == 0 && Value::of(b).is_exact(&STR) {
        return Object::to_ref(b);
    }
    if b.len() == 0 && Value::of(a).is_exact(&STR) {
        return Object::to_ref(a);
    }
    let kind = a.kind.get().max(b.kind.get());
    let length = a.len() + b.len();
    let s = Str::allocate(length * kind as usize, length, kind, a.ascii.get() && b.ascii.get());
    let target = s.cast::<Str>().expect("just made");
    // SAFETY: the cell has room for both at this kind.
    unsafe {
        copy_widening(a, target.data_pointer(), kind);
        copy_widening(b, target.data_pointer().add(a.len() * kind as usize), kind);
    }
    s
}

/// Appends the WTF-8 form of a code point.
pub fn push_wtf8(out: &mut Vec<u8>, c: u32) {
    match c {
        0..=0x7f => out.push(c as u8),
        0x80..=0x7ff => out.extend([0xc0 | (c >> 6) as u8, 0x80 | (c & 0x3f) as u8]),
        0x800..=0xffff => {
            out.extend([0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 0x3f) as u8, 0x80 | (c & 0x3f) as u8])
        }
        _ => out.extend([
            0xf0 | (c >> 18) as u8,
            0x80 | (c >> 12 & 0x3f) as u8,
            0x80 | (c >> 6 & 0x3f) as u8,
            0x80 | (c & 0x3f) as u8,
        ]),
    }
}

/// Code points of well-formed WTF-8; malformed bytes stand for themselves.
fn decode_wtf8(bytes: &[u8]) -> Vec<u32> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    let tail = |i: usize| bytes.get(i).map_or(0, |b| (*b & 0x3f) as u32);
    while i < bytes.len() {
        let b = bytes[i] as u32;
        let (point, n) = match b {
            0..=0x7f => (b, 1),
            0xc0..=0xdf => ((b & 0x1f) << 6 | tail(i + 1), 2),
            0xe0..=0xef => ((b & 0xf) << 12 | tail(i + 1) << 6 | tail(i + 2), 3),
            0xf0..=0xf7 => ((b & 7) << 18 | tail(i + 1) << 12 | tail(i + 2) << 6 | tail(i + 3), 4),
            _ => (b, 1),
        };
        out.push(point);
        i += n;
    }
    out
}

struct Singles {
    empty: Option<Ref>,
    chars: Vec<Ref>,
    /// Interned strings, by content: open addressing, a power of two long.
    interned: Vec<Value>,
    interned_count: usize,
}

static SINGLES: GilCell<Singles> =
    GilCell::new(Singles { empty: None, chars: Vec::new(), interned: Vec::new(), interned_count: 0 });

/// The index of the interned string with this content, or of the hole where it would go.
fn interned_index(table: &[Value], s: &Str) -> usize {
    let mask = table.len() - 1;
    let mut i = s.hash() as usize & mask;
    loop {
        match table[i].cast::<Str>() {
            Some(found) if !found.same(s) => i = (i + 1) & mask,
            _ => return i,
        }
    }
}

/// The interned string equal to `s` (an exact `str`), which becomes it if there is none. Interned strings live for ever.
pub fn intern(s: Ref) -> Ref {
    let text = s.cast::<Str>().expect("a string");
    if text.header.has_flag(flag::INTERNED) {
        return s;
    }
    text.hash();
    SINGLES.with(|singles| {
        if singles.interned_count * 2 >= singles.interned.len() {
            let size = (singles.interned.len() * 2).max(4096);
            let old = std::mem::replace(&mut singles.interned, vec![Value::NULL; size]);
            for v in old.into_iter().filter(|v| !v.is_null()) {
                let i = interned_index(&singles.interned, v.cast::<Str>().expect("interned strings"));
                singles.interned[i] = v;
            }
        }
        let i = interned_index(&singles.interned, text);
        if singles.interned[i].is_null() {
            text.header.set_flag(flag::INTERNED);
            singles.interned[i] = s.clone().into_value();
            singles.interned_count += 1;
            return s.clone();
        }
        singles.interned[i].to_ref()
    })
}

/// How many strings are interned.
pub fn interned_count() -> usize {
    SINGLES.with(|singles| singles.interned_count)
}

/// The interned string with this content; a value that lives for ever.
pub fn intern_text(text: &str) -> Value {
    let v = *intern(Str::new(text));
    debug_assert!(is_interned(v));
    v
}

/// The interned string equal to `s`, if there is one already.
pub fn find_interned(s: Value) -> Option<Value> {
    let text = s.cast::<Str>()?;
    if text.header.has_flag(flag::INTERNED) {
        return Some(s);
    }
    text.hash();
    SINGLES.with(|singles| {
        if singles.interned.is_empty() {
            return None;
        }
        let found = singles.interned[interned_index(&singles.interned, text)];
        if found.is_null() { None } else { Some(found) }
    })
}

#[inline(always)]
pub fn is_interned(s: Value) -> bool {
    s.header().is_some_and(|h| h.has_flag(flag::INTERNED))
}

/// Whether `value` is a string with this content.
pub fn equals(value: Value, text: &str) -> bool {
    match value.cast::<Str>() {
        Some(s) if s.is_ascii() => s.as_ascii() == Some(text),
        Some(s) => s.to_text().is_some_and(|t| t == text),
        None => false,
    }
}

/// The content of a string value for messages; `"?"` for anything else.
pub fn display(value: Value) -> String {
    value.cast::<Str>().map_or_else(|| "?".to_string(), |s| s.to_text_lossy().into_owned())
}
