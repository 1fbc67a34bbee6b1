//! The type `str`: its slots, its constructor and its iterator. The methods stand in `str_methods`.

use crate::attributes;
use crate::call::Args;
use crate::cell::Slot;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::bytes::Bytes;
use crate::objects::slice::Span;
use crate::objects::str::{self, Str};
use crate::objects::subsequence::{self, Subscript, SubscriptErrors};
use crate::objects::tuple::Tuple;
use crate::objects::{codecs, int, percent_format, str_method_rows};
use crate::str_kernel::{self, TextBuilder, with_units};
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::{CompareOp, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method};
use crate::value::{Ref, Value};
use crate::{names, protocol};
use std::cell::Cell;

pub static STR: Type = Type::new_static(&TypeSpec {
    name: "str",
    size: size_of::<Str>(),
    flags: TypeFlags::BASETYPE
        .union(TypeFlags::STR_SUBCLASS)
        .union(TypeFlags::FINALIZE_SILENT)
        .union(TypeFlags::MATCH_SELF),
    slots: Slots {
        new: Some(new),
        variable_size: Some(Str::variable_size),
        repr: Some(repr),
        str: Some(|_, v| Ok(exact(v))),
        hash: Some(|_, v| Ok(text(v).hash())),
        compare: Some(compare),
        iter: Some(iter),
        len: Some(|_, v| Ok(text(v).len())),
        get_item: Some(get_item),
        contains: Some(contains),
        concat: Some(concat),
        repeat: Some(repeat),
        remainder: Some(remainder),
        ..Slots::EMPTY
    },
    methods: str_method_rows::METHODS,
    doc: str_method_rows::DOC,
    ..TypeSpec::EMPTY
});

/// The string behind a receiver of a slot or method of `str`.
#[inline(always)]
pub fn text(v: Value) -> &'static Str {
    // SAFETY: slots and methods of `str` are called on strings only.
    unsafe { v.cast_unchecked::<Str>() }
}

/// The value itself if it is exactly a `str`, else a `str` of the same content.
pub fn exact(v: Value) -> Ref {
    if v.is_exact(&STR) { v.to_ref() } else { Str::from_data(text(v).data()) }
}

static NEW: Parameters = Parameters::new("str", "(object='', encoding='utf-8', errors='strict')");

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    if let [object] = arguments.positional()
        && !arguments.has_keywords()
        && std::ptr::eq(ty, &STR)
    {
        return protocol::str(thread, *object);
    }
    NEW.bind(thread, arguments, |a| {
        let content = match a {
            [Value::NULL, Value::NULL, Value::NULL] => Str::empty(),
            [object, Value::NULL, Value::NULL] => protocol::str(thread, *object)?,
            _ => decode_argument(thread, a)?,
        };
        if std::ptr::eq(ty, &STR) {
            return Ok(content);
        }
        Ok(Str::of_type(ty, text(*content)))
    })
}

/// A string argument's text, or the complaint of the function named.
pub fn string_argument(thread: &Thread, v: Value, function: &str, name: &str) -> PyResult<Option<String>> {
    if v.is_null() {
        return Ok(None);
    }
    match v.cast::<Str>() {
        Some(s) => Ok(Some(s.to_text_lossy().into_owned())),
        None => {
            let given = if v.is_none() { "None".into() } else { v.ty().name() };
            Err(thread.type_error(format!("{function}() argument '{name}' must be str, not {given}")))
        }
    }
}

fn decode_argument(thread: &Thread, a: &[Value]) -> PyResult {
    let encoding = string_argument(thread, a[1], "str", "encoding")?;
    let errors = string_argument(thread, a[2], "str", "errors")?;
    let object = a[0];
    if object.is_null() {
        return Ok(Str::empty());
    }
    if object.cast::<Str>().is_some() {
        return Err(thread.type_error("decoding str is not supported"));
    }
    if object.cast::<Bytes>().is_none() && object.ty().slots().buffer.is_none() {
        let message = format!("decoding to str: need a bytes-like object, {} found", object.ty().name());
        return Err(thread.type_error(message));
    }
    codecs::decode(
        thread,
        object,
        encoding.as_deref().unwrap_or("utf-8"),
        errors.as_deref().unwrap_or("strict"),
    )
}

fn repr(_: &Thread, v: Value) -> PyResult {
    let shown = with_units!(text(v).data(), |units| str_kernel::repr::repr_str(units, false));
    Ok(Str::from_data(shown.data()))
}

/// `ascii(v)` of a string.
pub fn ascii_repr(v: Value) -> Ref {
    let shown = with_units!(text(v).data(), |units| str_kernel::repr::repr_str(units, true));
    Str::from_data(shown.data())
}

fn compare(_: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.cast::<Str>(), b.cast::<Str>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    Ok(Ref::bool(match op {
        CompareOp::Eq => left.same(right),
        CompareOp::Ne => !left.same(right),
        _ => op.holds(str_kernel::compare(left.data(), right.data())),
    }))
}

const SUBSCRIPTS: SubscriptErrors = SubscriptErrors {
    wrong_type: |name| format!("string indices must be integers, not '{name}'"),
    out_of_range: "string index out of range",
};

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    let s = text(v);
    match subsequence::subscript(thread, key, || s.len(), &SUBSCRIPTS)? {
        Subscript::Item(i) => Ok(Str::from_char(s.code_point(i))),
        Subscript::Slice(range) => {
            if let Some(range) = range.as_range() {
                return Ok(slice(v, range));
            }
            let mut out = TextBuilder::with_capacity(range.length);
            for i in range.positions() {
                out.push(s.code_point(i));
            }
            Ok(Str::from_data(out.finish().data()))
        }
    }
}

/// The characters at the places of a slice.
pub fn spaced(s: &Str, span: Span) -> Ref {
    let mut out = TextBuilder::with_capacity(span.count);
    for i in span.indices() {
        out.push(s.code_point(i));
    }
    Str::from_data(out.finish().data())
}

/// The part of a string; the string itself if that is all of it.
pub fn slice(v: Value, range: std::ops::Range<usize>) -> Ref {
    let s = text(v);
    if range.len() == s.len() {
        return exact(v);
    }
    s.substring(range.start, range.end)
}

fn contains(thread: &Thread, v: Value, item: Value) -> PyResult<bool> {
    let Some(needle) = item.cast::<Str>() else {
        let message = format!("'in <string>' requires string as left operand, not {}", item.ty().name());
        return Err(thread.type_error(message));
    };
    Ok(str_kernel::search::find_data(text(v).data(), needle.data()).is_some())
}

fn concat(thread: &Thread, a: Value, b: Value) -> PyResult {
    let Some(right) = b.cast::<Str>() else {
        let message = format!("can only concatenate str (not \"{}\") to str", b.ty().name());
        return Err(thread.type_error(message));
    };
    Ok(str::concat(text(a), right))
}

fn repeat(thread: &Thread, v: Value, count: isize) -> PyResult {
    let s = text(v);
    if count <= 0 || s.len() == 0 {
        return Ok(Str::empty());
    }
    if count == 1 {
        return Ok(exact(v));
    }
    fn repeated<U: str_kernel::CodeUnit>(units: &[U], count: usize) -> Option<str_kernel::Text> {
        let mut out = str_kernel::units::reserve::<U>(units.len().checked_mul(count)).ok()?;
        for _ in 0..count {
            out.extend_from_slice(units);
        }
        Some(U::text(out))
    }
    match with_units!(s.data(), |units| repeated(units, count as usize)) {
        Some(out) => Ok(Str::from_data(out.data())),
        None => Err(thread.memory_error()),
    }
}

fn remainder(thread: &Thread, a: Value, b: Value) -> PyResult {
    if a.cast::<Str>().is_none() {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    percent_format::format_str(thread, a, b)
}

/// Iterator of a string's characters.
#[repr(C)]
pub struct StrIterator {
    pub header: Header,
    /// NULL once exhausted.
    pub text: Slot,
    pub next: Cell<usize>,
}

crate::object!(StrIterator, STR_ITERATOR);

pub static STR_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "str_iterator",
    size: size_of::<StrIterator>(),
    flags: TypeFlags::FINALIZE_SILENT.union(TypeFlags::NO_INSTANTIATION),
    slots: Slots {
        drop: drop_object::<StrIterator>,
        iter: Some(|_, v| Ok(v.to_ref())),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: ITERATOR_METHODS,
    ..TypeSpec::EMPTY
});

const ITERATOR_METHODS: &[MethodDef] = &[
    method(
        "__length_hint__",
        "!($self, /)",
        NativeFn::NoArgs(|_, v| {
            let it = iterator(v);
            let left = it.text.peek().cast::<Str>().map_or(0, |s| s.len().saturating_sub(it.next.get()));
            Ok(int::from_usize(left))
        }),
        "Private method returning an estimate of len(list(it)).",
    ),
    method(
        "__reduce__",
        "!($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let it = iterator(v);
            let iter = super::constructors::builtin(thread, "iter")?;
            if it.text.is_null() {
                let arguments = Tuple::from_refs(vec![Str::empty()]);
                return Ok(Tuple::from_refs(vec![iter, arguments]));
            }
            let arguments = Tuple::from_refs(vec![it.text.get()]);
            Ok(Tuple::from_refs(vec![iter, arguments, int::from_usize(it.next.get())]))
        }),
        "Return state information for pickling.",
    ),
    method(
        "__setstate__",
        "!($self, object, /)",
        NativeFn::One(|thread, v, state| {
            let index = protocol::index_isize(thread, state)?;
            let it = iterator(v);
            let length = it.text.peek().cast::<Str>().map_or(0, |s| s.len());
            it.next.set((index.max(0) as usize).min(length));
            Ok(Ref::NONE)
        }),
        "Set state information for unpickling.",
    ),
];

fn iterator(v: Value) -> &'static StrIterator {
    // SAFETY: the type can't be subclassed, and these are its slots and methods.
    unsafe { v.cast_unchecked::<StrIterator>() }
}

fn iter(_: &Thread, v: Value) -> PyResult {
    Ok(new_exact(|header| StrIterator { header, text: Slot::new(v.to_ref()), next: Cell::new(0) }))
}

fn next(_: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let it = iterator(v);
    let Some(s) = it.text.peek().cast::<Str>() else { return Ok(None) };
    let at = it.next.get();
    if at >= s.len() {
        it.text.set(Ref::NULL);
        return Ok(None);
    }
    it.next.set(at + 1);
    Ok(Some(Str::from_char(s.code_point(at))))
}

/// `format(v, spec)`: calls `__format__` of the value's type.
pub fn format(thread: &Thread, v: Value, spec: Value) -> PyResult {
    let empty = spec.cast::<Str>().is_some_and(|s| s.len() == 0);
    if empty && v.is_exact(&STR) {
        return Ok(v.to_ref());
    }
    if empty && v.is_small_int() {
        return protocol::str(thread, v);
    }
    let result = match attributes::special_method(thread, v, names::get().__format__)? {
        Some((method, true)) => thread.call(*method, &[v, spec])?,
        Some((method, false)) => thread.call(*method, &[spec])?,
        None => {
            let message = format!("Type {} doesn't define __format__", v.ty().name());
            return Err(thread.type_error(message));
        }
    };
    if result.cast::<Str>().is_none() {
        let message = format!("__format__ must return a str, not {}", result.ty().name());
        return Err(thread.type_error(message));
    }
    Ok(result)
}
