//! `_queue`: `SimpleQueue`, a queue between threads without a bound.

use crate::thread::lock;
use crate::timeout::{self, Timeout};
use runtime::object::drop_object;
use runtime::objects::dict::Dict;
use runtime::objects::generic_alias::class_getitem;
use runtime::objects::int;
use runtime::objects::module::{ModuleSpec, add, add_type};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::parking::RawLock;
use runtime::slot_fields::receiver;
use runtime::types::binding::no_keywords;
use runtime::types::registry::{EXCEPTION, TYPE};
use runtime::types::slots::Visit;
use runtime::{
    Args, GilCell, Header, MethodDef, NativeFn, PyResult, Raised, Ref, Slots, Thread, Type, TypeFlags,
    TypeSpec, Value, method, names, new_object, protocol,
};
use std::collections::VecDeque;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_queue",
    doc: "C implementation of the Python queue module.\nThis module is an implementation detail, please do not use it directly.",
    functions: &[],
    init: |thread, module| {
        add(module, "Empty", *empty_class(thread)?);
        add_type(module, &SIMPLE_QUEUE);
        Ok(())
    },
};

static EMPTY: GilCell<Option<Ref>> = GilCell::new(None);

/// The exception class `Empty`, made when it is first needed.
fn empty_class(thread: &Thread) -> PyResult {
    if let Some(class) = EMPTY.with(|class| class.clone()) {
        return Ok(class);
    }
    let namespace = Dict::new();
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.insert_interned(names::get().__module__, *Str::new("_queue"));
        dict.insert_interned(
            names::get().__doc__,
            *Str::new("Exception raised by Queue.get(block=0)/get_nowait()."),
        );
    }
    let bases = Tuple::from_values(&[Value::of(&EXCEPTION)]);
    let class = thread.call(Value::of(&TYPE), &[*Str::new("Empty"), *bases, *namespace])?;
    drop(EMPTY.replace(Some(class.clone())));
    Ok(class)
}

#[repr(C)]
pub struct SimpleQueue {
    pub header: Header,
    items: GilCell<VecDeque<Ref>>,
    /// Free as long as somebody who waits may find an item.
    filled: RawLock,
}

runtime::object!(SimpleQueue, SIMPLE_QUEUE);

pub static SIMPLE_QUEUE: Type = Type::new_static(&TypeSpec {
    name: "_queue.SimpleQueue",
    size: size_of::<SimpleQueue>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE).union(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<SimpleQueue>,
        traverse: Some(traverse),
        clear: Some(|v| {
            if let Some(queue) = v.cast::<SimpleQueue>() {
                drop(queue.items.take());
            }
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    signature: "()",
    doc: "Simple, unbounded, reentrant FIFO queue.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method(
        "empty",
        "($self, /)",
        NativeFn::NoArgs(|t, v| Ok(Ref::bool(this(t, v)?.items.with(|items| items.is_empty())))),
        "Return True if the queue is empty, False otherwise (not reliable!).",
    ),
    method(
        "get",
        "($self, /, block=True, timeout=None)",
        NativeFn::Bound(get),
        "Remove and return an item from the queue.\n\nIf optional args 'block' is true and 'timeout' is None (the\ndefault), block if necessary until an item is available.  If\n'timeout' is a non-negative number, it blocks at most 'timeout'\nseconds and raises the Empty exception if no item was available\nwithin that time.\nOtherwise ('block' is false), return an item if one is immediately\navailable, else raise the Empty exception ('timeout' is ignored\nin that case).",
    ),
    method(
        "get_nowait",
        "($self, /)",
        NativeFn::NoArgs(|t, v| take(t, this(t, v)?, None)),
        "Remove and return an item from the queue without blocking.\n\nOnly get an item if one is immediately available. Otherwise\nraise the Empty exception.",
    ),
    method(
        "put",
        "($self, /, item, block=True, timeout=None)",
        NativeFn::Bound(|t, v, a| put(t, v, a[0])),
        "Put the item on the queue.\n\nThe optional 'block' and 'timeout' arguments are ignored, as this\nmethod never blocks.  They are provided for compatibility with the\nQueue class.",
    ),
    method(
        "put_nowait",
        "($self, /, item)",
        NativeFn::Bound(|t, v, a| put(t, v, a[0])),
        "Put an item into the queue without blocking.\n\nThis is exactly equivalent to `put(item)` and is only provided\nfor compatibility with the Queue class.",
    ),
    method(
        "qsize",
        "($self, /)",
        NativeFn::NoArgs(|t, v| Ok(int::from_usize(this(t, v)?.items.with(|items| items.len())))),
        "Return the approximate size of the queue (not reliable!).",
    ),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "SimpleQueues are generic over the type of their contents",
    )
    .class(),
];

fn this(thread: &Thread, v: Value) -> PyResult<&'static SimpleQueue> {
    receiver(thread, v)
}

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    if std::ptr::eq(ty, &SIMPLE_QUEUE) {
        no_keywords(thread, "SimpleQueue", arguments)?;
        if arguments.count() > 0 {
            return Err(thread.type_error("SimpleQueue() takes no positional arguments"));
        }
    }
    let filled = RawLock::new();
    filled.try_take();
    Ok(new_object(ty, |header| SimpleQueue { header, items: GilCell::new(VecDeque::new()), filled }))
}

fn traverse(v: Value, visit: Visit) {
    if let Some(queue) = v.cast::<SimpleQueue>() {
        queue.items.with(|items| items.iter().for_each(|item| visit(**item)));
    }
}

fn put(thread: &Thread, v: Value, item: Value) -> PyResult {
    let queue = this(thread, v)?;
    queue.items.with(|items| items.push_back(item.to_ref()));
    queue.filled.free();
    Ok(Ref::NONE)
}

#[cold]
fn raise_empty(thread: &Thread) -> Raised {
    let made = empty_class(thread).and_then(|class| thread.call(*class, &[]));
    match made {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

fn get(thread: &Thread, v: Value, a: &[Value]) -> PyResult {
    let block = a[0].is_null() || protocol::is_true(thread, a[0])?;
    let wait = match a[1] {
        _ if !block => None,
        Value::NULL | Value::NONE => Some(Timeout::Forever),
        seconds => match u64::try_from(timeout::nanoseconds(thread, seconds)?) {
            Ok(nanoseconds) => Some(Timeout::after(nanoseconds)),
            Err(_) => return Err(thread.value_error("'timeout' must be a non-negative number")),
        },
    };
    take(thread, this(thread, v)?, wait)
}

/// The first item, waiting for one if there is none; `wait` None: not at all.
fn take(thread: &Thread, queue: &SimpleQueue, wait: Option<Timeout>) -> PyResult {
    loop {
        let (item, left) = queue.items.with(|items| (items.pop_front(), items.len()));
        if let Some(item) = item {
            if left > 0 {
                // Others who wait may go on too.
                queue.filled.free();
            }
            return Ok(item);
        }
        if wait.is_none() || !lock::take(thread, &queue.filled, wait)? {
            return Err(raise_empty(thread));
        }
    }
}
