//! `memoryview`: a view of memory that another object lends. Views made by slicing and casting share the lent buffer; it
//! goes back when the last of them is released.
//!
//! | file | its one idea |
//! |---|---|
//! | `items` | an item's bytes |
//! | `window` | which items a view shows |
//! | `methods` | methods and attributes |

mod items;
mod methods;
mod window;

use crate::buffer::BufferView;
use crate::call::Args;
use crate::cell::{GilCell, Slot};
use crate::error::PyResult;
use crate::object::{Header, drop_object, new_exact};
use crate::objects::exceptions::{BUFFER_ERROR, NOT_IMPLEMENTED_ERROR};
use crate::objects::iterators::itself;
use crate::objects::str::Str;
use crate::objects::subsequence::{self, Subscript, SubscriptErrors};
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::slots::Visit;
use crate::types::{CompareOp, Slots, Type, TypeFlags, TypeSpec};
use crate::value::{Ref, Value};
use smallvec::SmallVec;
use std::cell::Cell;
use std::rc::Rc;
use window::Window;

/// A memoryview object; released ones have no window.
#[repr(C)]
pub struct MemoryView {
    pub header: Header,
    window: GilCell<Option<Window>>,
    hash: Cell<i64>,
}

crate::object!(MemoryView, MEMORYVIEW);

const NO_HASH: i64 = -1;

pub static MEMORYVIEW: Type = Type::new_static(&TypeSpec {
    name: "memoryview",
    size: size_of::<MemoryView>(),
    flags: TypeFlags::FINALIZE_SILENT
        .union(TypeFlags::SEQUENCE)
        .union(TypeFlags::GC)
        .union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<MemoryView>,
        traverse: Some(traverse),
        clear: Some(|v| drop(v.cast::<MemoryView>().and_then(|m| m.window.take()))),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(iter),
        len: Some(len),
        get_item: Some(get_item),
        set_item: Some(set_item),
        buffer: Some(lend),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    signature: "(object)",
    doc: "Create a new memoryview object which references the given object.",
    ..TypeSpec::EMPTY
});

/// Visits the lender. Views that share its buffer hold it together: it is visited by one that has it alone.
fn traverse(v: Value, visit: Visit) {
    let lender = |w: &Window| (Rc::strong_count(&w.lent) == 1).then(|| *w.lent.owner);
    let lender = v.cast::<MemoryView>().and_then(|m| m.window.with(|w| w.as_ref().and_then(lender)));
    if let Some(lender) = lender.filter(|lender| lender.is_pointer()) {
        visit(lender);
    }
}

/// The window of a view that isn't released.
fn window(thread: &Thread, v: Value) -> PyResult<Window> {
    let window = v.cast::<MemoryView>().and_then(|m| m.window.with(|w| w.clone()));
    window.ok_or_else(|| thread.value_error("operation forbidden on released memoryview object"))
}

fn view(window: Window) -> Ref {
    new_exact(|header| MemoryView { header, window: GilCell::new(Some(window)), hash: Cell::new(NO_HASH) })
}

/// The window of a memoryview, or one of anything else that lends its memory.
fn window_of(thread: &Thread, v: Value) -> PyResult<Window> {
    if v.cast::<MemoryView>().is_some() {
        return window(thread, v);
    }
    let Some(buffer) = v.ty().slots().buffer else {
        let name = v.ty().name();
        return Err(thread.type_error(format!("memoryview: a bytes-like object is required, not '{name}'")));
    };
    Ok(Window::new(buffer(thread, v, 0)?))
}

/// Whether the bytes that an object lends lie side by side. Only memory views may lend others.
pub fn is_contiguous(v: Value) -> bool {
    let window = v.cast::<MemoryView>().and_then(|m| m.window.with(|w| w.clone()));
    window.is_none_or(|w| w.is_c_contiguous() || w.is_f_contiguous())
}

/// Whether the bytes that an object lends lie side by side in the order of their items.
pub fn is_c_contiguous(v: Value) -> bool {
    v.cast::<MemoryView>().is_none_or(|m| m.window.with(|w| w.as_ref().is_none_or(|w| w.is_c_contiguous())))
}

/// A view of all the bytes that an object lends, as they lie in memory.
pub fn raw(thread: &Thread, v: Value) -> PyResult {
    let window = window_of(thread, v)?;
    if !window.is_c_contiguous() && !window.is_f_contiguous() {
        let message = "cannot extract raw buffer from non-contiguous buffer";
        return Err(thread.error(&BUFFER_ERROR, message));
    }
    let length = window.byte_length() as isize;
    Ok(view(Window {
        format: "B".into(),
        code: Some(b'B'),
        item_size: 1,
        shape: SmallVec::from_slice(&[length]),
        strides: SmallVec::from_slice(&[1]),
        ..window
    }))
}

/// A read-only view of what an object lends.
pub fn read_only(thread: &Thread, v: Value) -> PyResult {
    Ok(view(Window { readonly: true, ..window_of(thread, v)? }))
}

/// Whether what an object lends may only be read.
pub fn is_read_only(thread: &Thread, v: Value) -> PyResult<bool> {
    Ok(window_of(thread, v)?.readonly)
}

static NEW: Parameters = Parameters::new("memoryview", "(object)");

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    NEW.bind(thread, arguments, |a| window_of(thread, a[0]).map(view))
}

fn is_released(v: Value) -> bool {
    v.cast::<MemoryView>().is_some_and(|m| m.window.with(|w| w.is_none()))
}

fn repr(_: &Thread, v: Value) -> PyResult {
    let what = if is_released(v) { "released memory" } else { "memory" };
    Ok(Str::new(&format!("<{what} at {:#x}>", v.bits() - 1)))
}

fn hash(thread: &Thread, v: Value) -> PyResult<i64> {
    if let Some(m) = v.cast::<MemoryView>()
        && m.hash.get() != NO_HASH
    {
        return Ok(m.hash.get());
    }
    let window = window(thread, v)?;
    if !window.readonly {
        return Err(thread.value_error("cannot hash writable memoryview object"));
    }
    if !items::is_byte(window.code) {
        return Err(thread.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    protocol::hash(thread, *window.lent.owner)?;
    let hash = crate::state::hash_bytes(&window.gather(true));
    if let Some(m) = v.cast::<MemoryView>() {
        m.hash.set(hash);
    }
    Ok(hash)
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let is_lender = b.is_pointer() && b.ty().slots().buffer.is_some();
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || !is_lender {
        return Ok(Ref::NOT_IMPLEMENTED);
    }
    let equal = if is_released(a) || is_released(b) {
        a.is(b)
    } else {
        let right = match window_of(thread, b) {
            Ok(right) => right,
            Err(_) => {
                drop(thread.take_raised());
                return Ok(Ref::NOT_IMPLEMENTED);
            }
        };
        window(thread, a)?.equals(thread, &right)?
    };
    Ok(Ref::bool(equal == (op == CompareOp::Eq)))
}

fn len(thread: &Thread, v: Value) -> PyResult<usize> {
    let window = window(thread, v)?;
    match window.shape.first() {
        Some(length) => Ok(*length as usize),
        None => Err(thread.type_error("0-dim memory has no length")),
    }
}

const SUBSCRIPTS: SubscriptErrors = SubscriptErrors {
    wrong_type: |_| "memoryview: invalid slice key".to_owned(),
    out_of_range: "index out of bounds on dimension 1",
};

/// What a key names: one item, by its offset, or a part of the view.
enum Selection {
    Item(isize),
    Part(Window),
}

fn select(thread: &Thread, window: &Window, key: Value) -> PyResult<Selection> {
    let not_implemented = |message: &str| thread.error(&NOT_IMPLEMENTED_ERROR, message);
    if let Some(keys) = key.cast::<Tuple>() {
        return select_by_tuple(thread, window, keys.items());
    }
    if window.shape.is_empty() {
        let is_all = matches!(key, Value::ELLIPSIS);
        return match is_all {
            true => Ok(Selection::Part(window.clone())),
            false => Err(thread.type_error("invalid indexing of 0-dim memory")),
        };
    }
    match subsequence::subscript(thread, key, || window.length(), &SUBSCRIPTS)? {
        Subscript::Slice(range) => Ok(Selection::Part(window.part(range))),
        Subscript::Item(_) if window.shape.len() > 1 => {
            Err(not_implemented("multi-dimensional sub-views are not implemented"))
        }
        Subscript::Item(i) => Ok(Selection::Item(window.offset(i))),
    }
}

fn select_by_tuple(thread: &Thread, window: &Window, keys: &[Value]) -> PyResult<Selection> {
    let not_implemented = |message: &str| thread.error(&NOT_IMPLEMENTED_ERROR, message);
    let is_index = |key: &Value| crate::objects::int::is_int(*key) || key.ty().slots().index.is_some();
    if !keys.iter().all(is_index) {
        if !keys.is_empty() && keys.iter().all(|key| subsequence::is_slice(*key)) {
            return Err(not_implemented("multi-dimensional slicing is not implemented"));
        }
        return Err(thread.type_error(SUBSCRIPTS_WRONG));
    }
    let dimensions = window.shape.len();
    if keys.len() < dimensions {
        return Err(not_implemented("sub-views are not implemented"));
    }
    if keys.len() > dimensions {
        let given = keys.len();
        return Err(
            thread.type_error(format!("cannot index {dimensions}-dimension view with {given}-element tuple"))
        );
    }
    let mut offset = 0;
    for (d, key) in keys.iter().enumerate() {
        let index = protocol::index_isize_or(thread, *key, &crate::objects::exceptions::INDEX_ERROR)?;
        let Some(i) = subsequence::position(index, window.shape[d] as usize) else {
            return Err(thread.index_error(format!("index out of bounds on dimension {}", d + 1)));
        };
        offset += i as isize * window.strides[d];
    }
    Ok(Selection::Item(offset))
}

const SUBSCRIPTS_WRONG: &str = "memoryview: invalid slice key";

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    // The common case copies the item without copying the window.
    if let (Some(i), Some(m)) = (key.as_small_int(), v.cast::<MemoryView>()) {
        let item = m.window.with(|window| {
            let window = window.as_ref().filter(|w| w.shape.len() == 1)?;
            let code = window.code?;
            let i = usize::try_from(i).ok().filter(|i| *i < window.length())?;
            Some((code, window.item_size, window.load(window.offset(i))))
        });
        if let Some((code, size, bytes)) = item {
            return items::read(thread, Some(code), "", &bytes[..size.min(items::LONGEST)]);
        }
    }
    let window = window(thread, v)?;
    match select(thread, &window, key)? {
        Selection::Item(offset) => window.read(thread, offset),
        Selection::Part(part) => Ok(view(part)),
    }
}

fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    let target = window(thread, v)?;
    if target.readonly {
        return Err(thread.type_error("cannot modify read-only memory"));
    }
    if value.is_null() {
        return Err(thread.type_error("cannot delete memory"));
    }
    if target.shape.len() > 1 && key.cast::<Tuple>().is_none() && !subsequence::is_slice(key) {
        return Err(thread.error(&NOT_IMPLEMENTED_ERROR, "sub-views are not implemented"));
    }
    match select(thread, &target, key)? {
        Selection::Item(offset) => {
            let bytes = items::write(thread, target.code, &target.format, value)?;
            // Making the bytes may have released the view.
            window(thread, v)?.store(offset, &bytes);
        }
        Selection::Part(part) if part.shape.is_empty() => {
            let bytes = items::write(thread, target.code, &target.format, value)?;
            window(thread, v)?.store(0, &bytes);
        }
        Selection::Part(part) => {
            if part.shape.len() > 1 {
                let message = "memoryview slice assignments are currently restricted to ndim = 1";
                return Err(thread.error(&NOT_IMPLEMENTED_ERROR, message));
            }
            let source = window_of(thread, value)?;
            if !part.is_like(&source) {
                let message = "memoryview assignment: lvalue and rvalue have different structures";
                return Err(thread.value_error(message));
            }
            let bytes = source.gather(true);
            for (i, item) in bytes.chunks_exact(part.item_size).enumerate() {
                part.store(part.offset(i), item);
            }
        }
    }
    Ok(())
}

fn lend(thread: &Thread, v: Value, flags: i32) -> PyResult<BufferView> {
    const WRITABLE: i32 = 1;
    let window = window(thread, v)?;
    if flags & WRITABLE != 0 && window.readonly {
        return Err(thread.error(&BUFFER_ERROR, "memoryview: underlying buffer is not writable"));
    }
    // Bytes that don't lie side by side are lent as a copy, which lives as long as its owner.
    let is_contiguous = window.is_c_contiguous();
    let (owner, data) = match is_contiguous {
        // A view of its own, which nobody can release, keeps the bytes lent.
        true => (view(window.clone()), window.lent.data.wrapping_offset(window.start)),
        false => {
            let copy = super::bytes::Bytes::build(&super::bytes::BYTES, &window.gather(true));
            let data = super::bytes_methods::content(*copy).as_ptr() as *mut u8;
            (copy, data)
        }
    };
    Ok(BufferView {
        owner,
        data,
        len: window.byte_length(),
        readonly: window.readonly || !is_contiguous,
        itemsize: window.item_size,
        format: window.format.to_string(),
        strides: Window::contiguous_strides(&window.shape, window.item_size).to_vec(),
        shape: window.shape.to_vec(),
        release: None,
    })
}

/// The iterator: the view is NULL once all was seen.
#[repr(C)]
pub struct MemoryIterator {
    pub header: Header,
    view: Slot,
    next: Cell<usize>,
    length: usize,
}

crate::object!(MemoryIterator, MEMORY_ITERATOR);
crate::slot_fields!(MemoryIterator, view);

pub static MEMORY_ITERATOR: Type = Type::new_static(&TypeSpec {
    name: "memory_iterator",
    size: size_of::<MemoryIterator>(),
    flags: TypeFlags::GC.union(TypeFlags::NO_INSTANTIATION),
    slots: Slots {
        drop: drop_object::<MemoryIterator>,
        traverse: Some(crate::slot_fields::traverse_slots::<MemoryIterator>),
        clear: Some(crate::slot_fields::clear_slots::<MemoryIterator>),
        iter: Some(itself),
        next: Some(next),
        ..Slots::EMPTY
    },
    ..TypeSpec::EMPTY
});

fn iter(thread: &Thread, v: Value) -> PyResult {
    let window = window(thread, v)?;
    match window.shape.len() {
        0 => return Err(thread.type_error("invalid indexing of 0-dim memory")),
        1 => {}
        _ => {
            let message = "multi-dimensional sub-views are not implemented";
            return Err(thread.error(&NOT_IMPLEMENTED_ERROR, message));
        }
    }
    if window.code.is_none() {
        return window.read(thread, 0);
    }
    let length = window.length();
    Ok(new_exact(|header| MemoryIterator { header, view: Slot::new(v.to_ref()), next: Cell::new(0), length }))
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let Some(iterator) = v.cast::<MemoryIterator>() else { return Ok(None) };
    let (view, i) = (iterator.view.get(), iterator.next.get());
    if view.is_null() {
        return Ok(None);
    }
    if i >= iterator.length {
        drop(iterator.view.take());
        return Ok(None);
    }
    iterator.next.set(i + 1);
    get_item(thread, *view, Value::small_int(i as i64)).map(Some)
}

/// Gives the window up.
fn release(_: &Thread, v: Value) -> PyResult {
    let released: Option<Window> = v.cast::<MemoryView>().and_then(|m| m.window.take());
    drop(released);
    Ok(Ref::NONE)
}

/// The object whose memory a window shows.
fn lender(lent: &Rc<BufferView>) -> Ref {
    let mut owner = lent.owner.clone();
    // A buffer lent by a memoryview belongs to the object behind it.
    while let Some(behind) =
        owner.cast::<MemoryView>().and_then(|m| m.window.with(|w| w.as_ref().map(|w| w.lent.owner.clone())))
    {
        owner = behind;
    }
    owner
}
