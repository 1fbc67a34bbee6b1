//! `deque`. This file: the layout, the type and its slots; its methods stand in `deque_methods`.
//!
//! Comparing items may run Python code that changes the deque: loops look at `state` after each comparison.

use super::deque_iterator::new_iterator;
use super::deque_methods::METHODS;
use runtime::object::drop_object;
use runtime::objects::generator_sink::next_left;
use runtime::objects::sequence::{guarded_repr, place, push_repr};
use runtime::objects::{int, list::List, tuple::Tuple};
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::types::registry::INDEX_ERROR;
use runtime::types::slots::Visit;
use runtime::{
    Args, CompareOp, GilCell, Header, PyResult, Raised, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    getset, new_object, protocol,
};
use std::cell::Cell;
use std::collections::VecDeque;

#[repr(C)]
pub struct Deque {
    pub header: Header,
    items: GilCell<VecDeque<Ref>>,
    /// Changes whenever items come, go or move.
    pub state: Cell<usize>,
    /// -1: none.
    pub maxlen: Cell<isize>,
}

runtime::object!(Deque, DEQUE);

pub static DEQUE: Type = Type::new_static(&TypeSpec {
    name: "collections.deque",
    size: size_of::<Deque>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE).union(TypeFlags::WEAKREF).union(TypeFlags::SEQUENCE),
    slots: Slots {
        new: Some(|_, ty, _| Ok(empty(ty, -1))),
        init: Some(init),
        drop: drop_object::<Deque>,
        traverse: Some(traverse),
        clear: Some(|v| {
            if let Some(d) = v.cast::<Deque>() {
                d.clear();
            }
        }),
        repr: Some(repr),
        compare: Some(compare),
        iter: Some(|_, v| Ok(new_iterator(v))),
        len: Some(|thread, v| Ok(deque(thread, v)?.len())),
        get_item: Some(get_item),
        set_item: Some(set_item),
        contains: Some(|thread, v, value| {
            Ok(find(thread, deque(thread, v)?, value, 0, usize::MAX)?.is_some())
        }),
        concat: Some(concat),
        repeat: Some(|thread, v, count| {
            let copied = copy(thread, v)?;
            repeat_in_place(thread, *copied, count)?;
            Ok(copied)
        }),
        inplace_concat: Some(|thread, v, other| {
            extend(thread, v, other)?;
            Ok(v.to_ref())
        }),
        inplace_repeat: Some(|thread, v, count| {
            repeat_in_place(thread, v, count)?;
            Ok(v.to_ref())
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getsets: &[getset(
        "maxlen",
        |thread, v| {
            let maxlen = deque(thread, v)?.maxlen.get();
            Ok(if maxlen < 0 { Ref::NONE } else { int::new(maxlen as i64) })
        },
        "maximum size of a deque or None if unbounded",
    )],
    signature: "([iterable[, maxlen]])",
    doc: "A list-like sequence optimized for data accesses near its endpoints.",
    ..TypeSpec::EMPTY
});

pub fn deque(thread: &Thread, v: Value) -> PyResult<&'static Deque> {
    receiver::<Deque>(thread, v)
}

/// A deque without items.
pub fn empty(ty: &'static Type, maxlen: isize) -> Ref {
    new_object(ty, |header| Deque {
        header,
        items: GilCell::new(VecDeque::new()),
        state: Cell::new(0),
        maxlen: Cell::new(maxlen),
    })
}

impl Deque {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.items.with(|items| items.len())
    }
    /// A new reference to item `i`.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Ref> {
        self.items.with(|items| items.get(i).cloned())
    }
    /// Replaces item `i`, handing out the old one (or the new one, if there is no such place).
    fn replace(&self, i: usize, value: Ref) -> Ref {
        self.items.with(|items| match items.get_mut(i) {
            Some(place) => std::mem::replace(place, value),
            None => value,
        })
    }
    /// Changes the items by a function that neither drops references nor runs Python code.
    #[inline(always)]
    pub fn change<R>(&self, f: impl FnOnce(&mut VecDeque<Ref>) -> R) -> R {
        self.state.set(self.state.get().wrapping_add(1));
        self.items.with(f)
    }
    /// Whether there is an item more than `maxlen` allows.
    #[inline(always)]
    fn overflows(&self, length: usize) -> bool {
        let maxlen = self.maxlen.get();
        maxlen >= 0 && length > maxlen as usize
    }
    #[inline]
    pub fn append(&self, value: Ref) {
        let surplus = self.change(|items| {
            items.push_back(value);
            if self.overflows(items.len()) { items.pop_front() } else { None }
        });
        drop(surplus);
    }
    #[inline]
    pub fn append_left(&self, value: Ref) {
        let surplus = self.change(|items| {
            items.push_front(value);
            if self.overflows(items.len()) { items.pop_back() } else { None }
        });
        drop(surplus);
    }
    pub fn clear(&self) {
        drop(self.change(std::mem::take));
    }
    /// The items now.
    pub fn snapshot(&self) -> Vec<Ref> {
        self.items.with(|items| items.iter().cloned().collect())
    }
}

fn traverse(v: Value, visit: Visit) {
    let Some(d) = v.cast::<Deque>() else { return };
    d.items.with(|items| items.iter().for_each(|item| visit(**item)));
}

static PARAMETERS: Parameters = Parameters::new("deque", "(iterable=(), maxlen=None)");

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    PARAMETERS.bind(thread, arguments, |a| {
        let d = deque(thread, v)?;
        let maxlen = match a[1] {
            Value::NULL | Value::NONE => -1,
            maxlen if int::is_int(maxlen) => {
                let maxlen = protocol::c_ssize(thread, maxlen)?;
                if maxlen < 0 {
                    return Err(thread.value_error("maxlen must be non-negative"));
                }
                maxlen
            }
            _ => return Err(thread.type_error("an integer is required")),
        };
        d.maxlen.set(maxlen);
        if d.len() > 0 {
            d.clear();
        }
        if !a[0].is_null() {
            extend(thread, v, a[0])?;
        }
        Ok(())
    })
}

/// Calls `add` with each item of an iterable, which may be the deque itself.
pub fn for_each_item(thread: &Thread, v: Value, iterable: Value, add: impl Fn(&Deque, Ref)) -> PyResult<()> {
    let d = deque(thread, v)?;
    if iterable.is(v) {
        d.snapshot().into_iter().for_each(|item| add(d, item));
        return Ok(());
    }
    // Nothing is dropped where nothing is pushed out, so the source can't change meanwhile.
    if d.maxlen.get() < 0 {
        let stored = iterable.cast_exact::<List>().map(List::items);
        if let Some(items) = stored.or_else(|| iterable.cast_exact::<Tuple>().map(Tuple::items)) {
            items.iter().for_each(|item| add(d, item.to_ref()));
            return Ok(());
        }
    }
    let iterator = protocol::iter(thread, iterable)?;
    let take = |item: Value| {
        if d.maxlen.get() < 0 {
            add(d, item.to_ref());
        }
        // Nothing is kept of what a deque without room takes, and numbers need not die.
        d.maxlen.get() < 0 || (d.maxlen.get() == 0 && !item.is_pointer())
    };
    while let Some(item) = next_left(thread, *iterator, take)? {
        add(d, item);
    }
    Ok(())
}

pub fn extend(thread: &Thread, v: Value, iterable: Value) -> PyResult<()> {
    for_each_item(thread, v, iterable, Deque::append)
}

/// A copy of the same type and `maxlen`.
pub fn copy(thread: &Thread, v: Value) -> PyResult {
    let d = deque(thread, v)?;
    if v.is_exact(&DEQUE) {
        let copied = empty(&DEQUE, d.maxlen.get());
        let items = d.snapshot();
        deque(thread, *copied)?.change(|new| new.extend(items));
        return Ok(copied);
    }
    let class = Value::of(v.ty());
    let copied = match d.maxlen.get() {
        -1 => thread.call(class, &[v])?,
        maxlen => thread.call(class, &[v, *int::new(maxlen as i64)])?,
    };
    if copied.cast::<Deque>().is_none() {
        let (own, other) = (v.ty().name(), copied.ty().name());
        return Err(thread.type_error(format!("{own}() must return a deque, not {other}")));
    }
    Ok(copied)
}

fn concat(thread: &Thread, v: Value, other: Value) -> PyResult {
    if other.cast::<Deque>().is_none() {
        let name = other.ty().name();
        return Err(thread.type_error(format!("can only concatenate deque (not \"{name}\") to deque")));
    }
    let joined = copy(thread, v)?;
    extend(thread, *joined, other)?;
    Ok(joined)
}

fn repeat_in_place(thread: &Thread, v: Value, count: isize) -> PyResult<()> {
    let d = deque(thread, v)?;
    let length = d.len();
    if length == 0 || count == 1 {
        return Ok(());
    }
    if count <= 0 {
        d.clear();
        return Ok(());
    }
    let mut times = count as usize - 1;
    if d.maxlen.get() >= 0 {
        // More rounds than fill the deque would only push out what they put in.
        times = times.min(d.maxlen.get() as usize / length + 1);
    }
    let more = length.checked_mul(times).filter(|n| *n <= isize::MAX as usize / 16);
    let more = more.ok_or_else(|| thread.memory_error())?;
    if d.maxlen.get() < 0 {
        let reserved = d.change(|items| items.try_reserve(more));
        reserved.map_err(|_| thread.memory_error())?;
    }
    let items = d.snapshot();
    // The items from the last round that a bounded deque keeps end with the end of the sequence.
    for _ in 0..times {
        items.iter().for_each(|item| d.append(item.clone()));
    }
    Ok(())
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let d = deque(thread, v)?;
    let name = v.ty().short_name();
    guarded_repr(thread, v, "[...]", |out| {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"([");
        for (i, item) in d.snapshot().iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            push_repr(thread, out, **item)?;
        }
        out.extend_from_slice(b"]");
        if d.maxlen.get() >= 0 {
            out.extend_from_slice(format!(", maxlen={}", d.maxlen.get()).as_bytes());
        }
        out.push(b')');
        Ok(())
    })
}

#[cold]
pub fn mutated(thread: &Thread) -> Raised {
    thread.runtime_error("deque mutated during iteration")
}

fn compare(thread: &Thread, a: Value, b: Value, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.cast::<Deque>(), b.cast::<Deque>()) else {
        return Ok(Ref::NOT_IMPLEMENTED);
    };
    if a.is(b) && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::bool(op == CompareOp::Eq));
    }
    if left.len() != right.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::bool(op == CompareOp::Ne));
    }
    let (left_state, right_state) = (left.state.get(), right.state.get());
    let mut i = 0;
    while let (Some(x), Some(y)) = (left.get(i), right.get(i)) {
        i += 1;
        if !protocol::compare_bool(thread, *x, *y, CompareOp::Eq)? {
            return match op {
                CompareOp::Eq | CompareOp::Ne => Ok(Ref::bool(op == CompareOp::Ne)),
                _ => protocol::compare(thread, *x, *y, op),
            };
        }
        if left.state.get() != left_state || right.state.get() != right_state {
            return Err(mutated(thread));
        }
    }
    Ok(Ref::bool(op.holds(left.len().cmp(&right.len()))))
}

/// The place that a subscript names.
fn place_of(thread: &Thread, d: &Deque, key: Value) -> PyResult<usize> {
    if !int::is_int(key) && key.ty().slots().index.is_none() {
        let message = format!("sequence index must be integer, not '{}'", key.ty().name());
        return Err(thread.type_error(message));
    }
    let index = protocol::index_isize_or(thread, key, &INDEX_ERROR)?;
    place(index, d.len()).ok_or_else(|| thread.index_error("deque index out of range"))
}

fn get_item(thread: &Thread, v: Value, key: Value) -> PyResult {
    let d = deque(thread, v)?;
    let place = place_of(thread, d, key)?;
    d.get(place).ok_or_else(|| thread.index_error("deque index out of range"))
}

fn set_item(thread: &Thread, v: Value, key: Value, value: Value) -> PyResult<()> {
    let d = deque(thread, v)?;
    let place = place_of(thread, d, key)?;
    let old = match value.is_null() {
        true => d.change(|items| items.remove(place)).unwrap_or(Ref::NULL),
        false => d.replace(place, value.to_ref()),
    };
    drop(old);
    Ok(())
}

/// The first place from `start` up to `stop` whose item equals `value`.
pub fn find(thread: &Thread, d: &Deque, value: Value, start: usize, stop: usize) -> PyResult<Option<usize>> {
    let state = d.state.get();
    let mut i = start;
    while i < stop {
        let Some(item) = d.get(i) else { break };
        let same = protocol::compare_bool(thread, *item, value, CompareOp::Eq)?;
        if same {
            return Ok(Some(i));
        }
        if d.state.get() != state {
            return Err(mutated(thread));
        }
        i += 1;
    }
    Ok(None)
}
