//! `memoryview` of bytes in one dimension. Views made by slicing share the lent buffer; it goes back when the last of them
//! is released.

use crate::buffer::BufferView;
use crate::call::Args;
use crate::cell::GilCell;
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::bytes::{self, Bytes};
use crate::objects::bytes_methods::{byte, hex_text};
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::subsequence::{self, Subscript, SubscriptErrors};
use crate::objects::tuple::Tuple;
use crate::objects::{bytes_methods, int};
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::{
    CompareOp, GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, getset, method,
};
use crate::value::{Ref, Value};
use std::rc::Rc;

/// Which bytes of a lent buffer a view shows.
#[derive(Clone)]
struct Window {
    lent: Rc<BufferView>,
    start: isize,
    step: isize,
    length: usize,
    readonly: bool,
}

/// A memoryview object; released ones have no window.
#[repr(C)]
pub struct MemoryView {
    pub header: Header,
    window: GilCell<Option<Window>>,
}

crate::object!(MemoryView, MEMORYVIEW);

pub static MEMORYVIEW: Type = Type::new_static(&TypeSpec {
    name: "memoryview",
    size: size_of::<MemoryView>(),
    flags: TypeFlags::FINALIZE_SILENT.union(TypeFlags::SEQUENCE),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<MemoryView>,
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        len: Some(|thread, v| Ok(window(thread, v)?.length)),
        get_item: Some(get_item),
        set_item: Some(set_item),
        buffer: Some(lend),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: GETSETS,
    signature: "(object)",
    doc: "Create a new memoryview object which references the given object.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "release",
        "($self, /)",
        NativeFn::NoArgs(release),
        "Release the underlying buffer exposed by the memoryview object.",
    ),
    method(
        "tobytes",
        "($self, /, order='C')",
        NativeFn::Bound(|thread, v, _| Ok(Bytes::new(&window(thread, v)?.bytes()))),
        "Return the data in the buffer as a byte string.",
    ),
    method(
        "tolist",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| {
            let bytes = window(thread, v)?.bytes();
            Ok(List::from_refs(bytes.iter().map(|b| int::new((*b).into())).collect()))
        }),
        "Return the data in the buffer as a list of elements.",
    ),
    method(
        "hex",
        "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        NativeFn::Bound(|thread, v, a| hex_text(thread, &window(thread, v)?.bytes(), a[0], a[1])),
        "Return the data in the buffer as a str of hexadecimal numbers.",
    ),
    method(
        "toreadonly",
        "($self, /)",
        NativeFn::NoArgs(|thread, v| Ok(view(Window { readonly: true, ..window(thread, v)? }))),
        "Return a readonly version of the memoryview.",
    ),
    method(
        "__enter__",
        "!($self, /)",
        NativeFn::NoArgs(|thread, v| window(thread, v).map(|_| v.to_ref())),
        "",
    ),
    method("__exit__", "!($self, /, *exc_info)", NativeFn::Bound(|thread, v, _| release(thread, v)), ""),
];

const GETSETS: &[GetSetDef] = &[
    getset(
        "obj",
        |thread, v| Ok(window(thread, v)?.lent.owner.clone()),
        "The underlying object of the memoryview.",
    ),
    getset("nbytes", |thread, v| Ok(int::from_usize(window(thread, v)?.length)), ""),
    getset("readonly", |thread, v| Ok(Ref::bool(window(thread, v)?.readonly)), ""),
    getset("itemsize", |thread, v| window(thread, v).map(|_| int::new(1)), ""),
    getset("format", |thread, v| window(thread, v).map(|_| Str::new("B")), ""),
    getset("ndim", |thread, v| window(thread, v).map(|_| int::new(1)), ""),
    getset("shape", |thread, v| Ok(Tuple::from_refs(vec![int::from_usize(window(thread, v)?.length)])), ""),
    getset("strides", |thread, v| Ok(Tuple::from_refs(vec![int::new(window(thread, v)?.step as i64)])), ""),
    getset("suboffsets", |thread, v| window(thread, v).map(|_| Tuple::empty()), ""),
    getset("c_contiguous", |thread, v| Ok(Ref::bool(window(thread, v)?.step == 1)), ""),
    getset("f_contiguous", |thread, v| Ok(Ref::bool(window(thread, v)?.step == 1)), ""),
    getset("contiguous", |thread, v| Ok(Ref::bool(window(thread, v)?.step == 1)), ""),
];

impl Window {
    fn place(&self, i: usize) -> *mut u8 {
        // SAFETY: `i` is below the length, and the window lies within the lent bytes.
        unsafe { self.lent.data.offset(self.start + i as isize * self.step) }
    }
    fn bytes(&self) -> Vec<u8> {
        // SAFETY: the lender keeps the bytes in place while the buffer is lent.
        (0..self.length).map(|i| unsafe { *self.place(i) }).collect()
    }
}

/// The window of a view that isn't released.
fn window(thread: &Thread, v: Value) -> PyResult<Window> {
    let window = v.cast::<MemoryView>().and_then(|m| m.window.with(|w| w.clone()));
    window.ok_or_else(|| thread.value_error("operation forbidden on released memoryview object"))
}

fn view(window: Window) -> Ref {
    new_exact(|header| MemoryView { header, window: GilCell::new(Some(window)) })
}

static NEW: Parameters = Parameters::new("memoryview", "(object)");

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    NEW.bind(thread, arguments, |a| {
        if a[0].cast::<MemoryView>().is_some() {
            return window(thread, a[0]).map(view);
        }
        let Some(buffer) = a[0].ty().slots().buffer else {
            let name = a[0].ty().name();
            return Err(
                thread.type_error(format!("memoryview: a bytes-like object is required, not '{name}'"))
            );
        };
        let lent = Rc::new(buffer(thread, a[0], 0)?);
        if lent.itemsize != 1 {
            return Err(thread.error(
                &crate::objects::exceptions::NOT_IMPLEMENTED_ERROR,
                "memoryview: items of more than one byte are not supported yet",
            ));
        }
        let (length, readonly) = (lent.len, lent.readonly);
        Ok(view(Window { lent, start: 0, step: 1, length, readonly }))
    })
}

fn repr(_: &Thread, v: Value) -> PyResult {
    let released = v.cast::<MemoryView>().is_none_or(|m| m.window.with(|w| w.is_none()));
    let what = if released { "released memory" } else { "memory" };
    Ok(Str::new(&format!("<{what} at {:#x}>", v.bits() - 1)))
}

fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    let window = window(thread, v)?;
    if !window.readonly {
        return Err(thread.value_error("cannot hash writable memoryview object"));
    }
    Ok(crate::state::hash_bytes(&window.bytes()))
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let is_lender = b.is_pointer() && b.ty().slots().buffer.is_some();
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || !is_lender {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let released = |v: Value| v.cast::<MemoryView>().is_some_and(|m| m.window.with(|w| w.is_none()));
    let equal = if released(a) || released(b) {
        a.is(b)
    } else {
        let right = bytes::from_object(thread, b)?;
        window(thread, a)?.bytes() == bytes_methods::content(*right)
    };
    Ok(Ref::bool(equal == (op == CompareOp::Eq)))
}

const SUBSCRIPTS: SubscriptErrors = SubscriptErrors {
    wrong_type: |_| "memoryview: invalid slice key".to_owned(),
    out_of_range: "index out of bounds on dimension 1",
};

/// The part of a window that a slice shows.
fn part(window: &Window, range: subsequence::SliceRange) -> Window {
    let start = window.start + range.start * window.step;
    Window { start, step: window.step * range.step, length: range.length, ..window.clone() }
}

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    let window = window(thread, v)?;
    Ok(match subsequence::subscript(thread, key, || window.length, &SUBSCRIPTS)? {
        // SAFETY: as in `bytes`.
        Subscript::Item(i) => int::new(unsafe { *window.place(i) }.into()),
        Subscript::Slice(range) => view(part(&window, range)),
    })
}

fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    let window = window(thread, v)?;
    if window.readonly {
        return Err(thread.type_error("cannot modify read-only memory"));
    }
    if value.is_null() {
        return Err(thread.type_error("cannot delete memory"));
    }
    match subsequence::subscript(thread, key, || window.length, &SUBSCRIPTS)? {
        Subscript::Item(i) => {
            if !int::is_int(value) && value.ty().slots().index.is_none() {
                return Err(thread.type_error("memoryview: invalid type for format 'B'"));
            }
            let new = byte(thread, value).map_err(|_| {
                drop(thread.take_raised());
                thread.value_error("memoryview: invalid value for format 'B'")
            })?;
            // SAFETY: the place is inside the window, which may be written to.
            unsafe { *window.place(i) = new };
        }
        Subscript::Slice(range) => {
            let target = part(&window, range);
            let new = bytes_methods::buffer(thread, value)?.into_owned();
            if new.len() != target.length {
                return Err(
                    thread.value_error("memoryview assignment: lvalue and rvalue have different structures")
                );
            }
            for (i, byte) in new.into_iter().enumerate() {
                // SAFETY: as above.
                unsafe { *target.place(i) = byte };
            }
        }
    }
    Ok(())
}

fn release(_: &Thread, v: Value) -> PyResult {
    let released = v.cast::<MemoryView>().and_then(|m| m.window.take());
    drop(released);
    Ok(Ref::NONE)
}

fn lend(thread: &Thread, v: Value, _: i32) -> PyResult<BufferView> {
    let window = window(thread, v)?;
    // Bytes that don't lie side by side are lent as a copy, which lives as long as its owner.
    let (owner, data) = if window.step == 1 {
        // A view of its own, which nobody can release, keeps the bytes lent.
        (view(window.clone()), window.lent.data.wrapping_offset(window.start))
    } else {
        let copy = super::bytes::Bytes::build(&super::bytes::BYTES, &window.bytes());
        let data = bytes_methods::content(*copy).as_ptr() as *mut u8;
        (copy, data)
    };
    Ok(BufferView {
        owner,
        data,
        len: window.length,
        readonly: window.readonly || window.step != 1,
        itemsize: 1,
        format: "B".to_owned(),
        shape: vec![window.length as isize],
        strides: vec![1],
        release: None,
    })
}
