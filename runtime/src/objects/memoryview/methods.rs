//! Methods and attributes of memory views.

use super::window::{Dimensions, Window};
use super::{items, lender, release, view, window, window_of};
use crate::error::PyResult;
use crate::objects::bytes::Bytes;
use crate::objects::bytes_methods::hex_text;
use crate::objects::list::List;
use crate::objects::sequence::bound;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::{generic_alias, int};
use crate::protocol;
use crate::thread::Thread;
use crate::types::{CompareOp, GetSetDef, MethodDef, NativeFn, getset, method};
use crate::value::{Ref, Value};

pub(super) const METHODS: &[MethodDef] = &[
    method(
        "release",
        "($self, /)",
        NativeFn::NoArgs(release),
        "Release the underlying buffer exposed by the memoryview object.",
    ),
    method(
        "tobytes",
        "($self, /, order='C')",
        NativeFn::Bound(to_bytes),
        "Return the data in the buffer as a byte string.\n\nOrder can be {'C', 'F', 'A'}. When order is 'C' or 'F', the data of the\noriginal array is converted to C or Fortran order. For contiguous views,\n'A' returns an exact copy of the physical memory. In particular, in-memory\nFortran order is preserved. For non-contiguous views, the data is converted\nto C first. order=None is the same as order='C'.",
    ),
    method(
        "hex",
        "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        NativeFn::Bound(|thread, v, a| hex_text(thread, &window(thread, v)?.gather(true), a[0], a[1])),
        "Return the data in the buffer as a str of hexadecimal numbers.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nExample:\n>>> value = memoryview(b'\\xb9\\x01\\xef')\n>>> value.hex()\n'b901ef'\n>>> value.hex(':')\n'b9:01:ef'\n>>> value.hex(':', 2)\n'b9:01ef'\n>>> value.hex(':', -2)\n'b901:ef'",
    ),
    method(
        "tolist",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| window(thread, v)?.list(thread, 0, 0)),
        "Return the data in the buffer as a list of elements.",
    ),
    method(
        "cast",
        "($self, /, format, shape=<unrepresentable>)",
        NativeFn::Bound(cast),
        "Cast a memoryview to a new format or shape.",
    ),
    method(
        "toreadonly",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(view(Window { readonly: true, ..window(thread, v)? }))),
        "Return a readonly version of the memoryview.",
    ),
    method(
        "_from_flags",
        "($type, /, object, flags)",
        NativeFn::Bound(|thread, _, a| {
            protocol::c_int(thread, a[1])?;
            window_of(thread, a[0]).map(view)
        }),
        "Create a new memoryview object which references the given object.",
    )
    .class(),
    method("count", "($self, value, /)", NativeFn::One(count), "Count the number of occurrences of a value."),
    method(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        NativeFn::Bound(index),
        "Return the index of the first occurrence of a value.\n\nRaises ValueError if the value is not present.",
    ),
    method(
        "__enter__",
        "!($self, /)",
        NativeFn::NoArgs(|thread, v| window(thread, v).map(|_| v.to_ref())),
        "",
    ),
    method("__exit__", "!($self, /, *exc_info)", NativeFn::Bound(|thread, v, _| release(thread, v)), ""),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(generic_alias::class_getitem),
        "See PEP 585",
    )
    .class(),
];

fn numbers(dimensions: &Dimensions) -> Ref {
    Tuple::from_refs(dimensions.iter().map(|n| int::new(*n as i64)).collect())
}

pub(super) const GETSETS: &[GetSetDef] = &[
    getset("obj", |t, v| Ok(lender(&window(t, v)?.lent)), "The underlying object of the memoryview."),
    getset(
        "nbytes",
        |t, v| Ok(int::from_usize(window(t, v)?.byte_length())),
        "The amount of space in bytes that the array would use in\n a contiguous representation.",
    ),
    getset(
        "readonly",
        |t, v| Ok(Ref::bool(window(t, v)?.readonly)),
        "A bool indicating whether the memory is read only.",
    ),
    getset(
        "itemsize",
        |t, v| Ok(int::from_usize(window(t, v)?.item_size)),
        "The size in bytes of each element of the memoryview.",
    ),
    getset(
        "format",
        |t, v| Ok(Str::new(&window(t, v)?.format)),
        "A string containing the format (in struct module style)\n for each element in the view.",
    ),
    getset(
        "ndim",
        |t, v| Ok(int::from_usize(window(t, v)?.shape.len())),
        "An integer indicating how many dimensions of a multi-dimensional\n array the memory represents.",
    ),
    getset(
        "shape",
        |t, v| Ok(numbers(&window(t, v)?.shape)),
        "A tuple of ndim integers giving the shape of the memory\n as an N-dimensional array.",
    ),
    getset(
        "strides",
        |t, v| Ok(numbers(&window(t, v)?.strides)),
        "A tuple of ndim integers giving the size in bytes to access\n each element for each dimension of the array.",
    ),
    getset(
        "suboffsets",
        |t, v| window(t, v).map(|_| Tuple::empty()),
        "A tuple of integers used internally for PIL-style arrays.",
    ),
    getset(
        "c_contiguous",
        |t, v| Ok(Ref::bool(window(t, v)?.is_c_contiguous())),
        "A bool indicating whether the memory is C contiguous.",
    ),
    getset(
        "f_contiguous",
        |t, v| Ok(Ref::bool(window(t, v)?.is_f_contiguous())),
        "A bool indicating whether the memory is Fortran contiguous.",
    ),
    getset(
        "contiguous",
        |t, v| {
            let window = window(t, v)?;
            Ok(Ref::bool(window.is_c_contiguous() || window.is_f_contiguous()))
        },
        "A bool indicating whether the memory is contiguous.",
    ),
];

fn to_bytes(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let window = window(thread, v)?;
    let order = match a[0] {
        order if order.is_null() || order.is_none() => "C".to_owned(),
        order => match order.cast::<Str>() {
            Some(text) => text.to_text_lossy().into_owned(),
            None => {
                let name = order.ty().name();
                let message = format!("tobytes() argument 'order' must be str or None, not {name}");
                return Err(thread.type_error(message));
            }
        },
    };
    let last_is_fastest = match order.as_str() {
        "C" => true,
        "F" => false,
        "A" => !window.is_f_contiguous() || window.is_c_contiguous(),
        _ => return Err(thread.value_error("order must be 'C', 'F' or 'A'")),
    };
    Ok(Bytes::new(&window.gather(last_is_fastest)))
}

fn count(thread: &Thread, v: Value, value: Value) -> PyResult {
    let iterator = protocol::iter(thread, v)?;
    let mut found = 0;
    while let Some(item) = protocol::next(thread, *iterator)? {
        found += usize::from(protocol::compare_bool(thread, *item, value, CompareOp::Eq)?);
    }
    Ok(int::from_usize(found))
}

fn index(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let length = protocol::len(thread, v)?;
    let start = bound(thread, a[1], 0, || length)?;
    let stop = bound(thread, a[2], usize::MAX, || length)?.min(length);
    for i in start..stop {
        let item = protocol::get_item(thread, v, Value::small_int(i as i64))?;
        if protocol::compare_bool(thread, *item, a[0], CompareOp::Eq)? {
            return Ok(int::from_usize(i));
        }
    }
    Err(thread.value_error("memoryview.index(x): x not found"))
}

/// Most dimensions of a view.
const MOST_DIMENSIONS: usize = 64;

fn cast(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let old = window(thread, v)?;
    let Some(format) = a[0].cast::<Str>() else {
        let name = if a[0].is_none() { "None".into() } else { a[0].ty().name() };
        return Err(thread.type_error(format!("cast() argument 'format' must be str, not {name}")));
    };
    let format = format.to_text_lossy();
    if !old.is_c_contiguous() {
        return Err(thread.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let wanted = match a[1] {
        Value::NULL => None,
        shape => {
            let dimensions = match (shape.cast::<List>(), shape.cast::<Tuple>()) {
                (Some(list), _) => list.items().iter().map(|v| v.to_ref()).collect::<Vec<Ref>>(),
                (None, Some(tuple)) => tuple.items().iter().map(|v| v.to_ref()).collect(),
                (None, None) => return Err(thread.type_error("shape must be a list or a tuple")),
            };
            if dimensions.len() > MOST_DIMENSIONS {
                let message = "memoryview: number of dimensions must not exceed 64";
                return Err(thread.value_error(message));
            }
            if old.shape.len() != 1 && dimensions.len() != 1 {
                return Err(thread.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
            }
            Some(dimensions)
        }
    };
    let Some(code) = items::native_code(&format) else {
        return Err(thread.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    if !items::is_byte(old.code) && !items::is_byte(Some(code)) {
        return Err(thread.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let item_size = items::item_size(code).unwrap_or(1);
    let bytes = old.byte_length();
    if !bytes.is_multiple_of(item_size) {
        return Err(thread.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let mut shape: Dimensions = Dimensions::new();
    match wanted {
        None => shape.push((bytes / item_size) as isize),
        Some(wanted) => {
            for length in &wanted {
                if !int::is_int(**length) {
                    return Err(thread.type_error("memoryview.cast(): elements of shape must be integers"));
                }
                let length = protocol::index_isize(thread, **length)?;
                if length <= 0 {
                    return Err(
                        thread.value_error("memoryview.cast(): elements of shape must be integers > 0")
                    );
                }
                shape.push(length);
            }
            let total = shape.iter().try_fold(item_size as isize, |total, length| total.checked_mul(*length));
            if total != Some(bytes as isize) {
                return Err(thread.type_error("memoryview: product(shape) * itemsize != buffer size"));
            }
        }
    }
    let strides = Window::contiguous_strides(&shape, item_size);
    Ok(view(Window { format: format.as_ref().into(), code: Some(code), item_size, shape, strides, ..old }))
}
