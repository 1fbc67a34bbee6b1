//! The slot table of a type: one function per operation, CPython's `tp_*`, `nb_*`, `sq_*`, `mp_*`, `am_*` without history.
//!
//! Native types fill slots; `ready` adds the wrapper methods (`__add__`, ...). Classes define methods; `ready` fills slots
//! with functions that look the method up. Subtypes inherit slots.

use super::Type;
use crate::call::Args;
use crate::error::PyResult;
use crate::object::Header;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// The six rich comparisons, in CPython's order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CompareOp {
    Lt = 0,
    Le = 1,
    Eq = 2,
    Ne = 3,
    Gt = 4,
    Ge = 5,
}

impl CompareOp {
    pub const ALL: [CompareOp; 6] =
        [CompareOp::Lt, CompareOp::Le, CompareOp::Eq, CompareOp::Ne, CompareOp::Gt, CompareOp::Ge];
    /// The operator with its operands exchanged.
    pub const fn swapped(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Eq => CompareOp::Eq,
            CompareOp::Ne => CompareOp::Ne,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
        }
    }
    pub const fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
    /// The method's name.
    pub const fn method(self) -> &'static str {
        ["__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"][self as usize]
    }
    /// What the operator says about an ordering.
    #[inline(always)]
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Lt => ordering.is_lt(),
            CompareOp::Le => ordering.is_le(),
            CompareOp::Eq => ordering.is_eq(),
            CompareOp::Ne => ordering.is_ne(),
            CompareOp::Gt => ordering.is_gt(),
            CompareOp::Ge => ordering.is_ge(),
        }
    }
}

pub type Unary = fn(&Thread, Value) -> PyResult<Ref>;
/// Called with the operands in program order, for either operand's type; gives NotImplemented where it doesn't apply.
pub type Binary = fn(&Thread, Value, Value) -> PyResult<Ref>;
pub type Ternary = fn(&Thread, Value, Value, Value) -> PyResult<Ref>;
/// `value` is NULL for deletion.
pub type Assign = fn(&Thread, object: Value, key: Value, value: Value) -> PyResult<()>;
pub type Repeat = fn(&Thread, Value, count: isize) -> PyResult<Ref>;
pub type Visit<'a> = &'a mut dyn FnMut(Value);

/// One function per operation; `None` where the type has none.
#[derive(Clone, Copy)]
pub struct Slots {
    // Life.
    /// `cls(...)`: makes the object. Gets the class asked for.
    pub new: Option<fn(&Thread, &'static Type, &Args) -> PyResult<Ref>>,
    pub init: Option<fn(&Thread, Value, &Args) -> PyResult<()>>,
    /// `__del__` and native equivalents: runs once, before weak references die.
    pub finalize: Option<fn(&Thread, Value)>,
    /// Drops the native struct's fields (`drop_object::<T>`).
    pub drop: fn(*mut Header),
    /// Byte size of the native struct and its variable part, for objects of varying size.
    pub variable_size: Option<fn(*const Header) -> usize>,
    /// Visits each reference that the native struct holds, once per count.
    pub traverse: Option<fn(Value, Visit)>,
    /// Gives up references that may close a cycle.
    pub clear: Option<fn(Value)>,

    // Basics.
    pub repr: Option<Unary>,
    pub str: Option<Unary>,
    pub hash: Option<fn(&Thread, Value) -> PyResult<i64>>,
    pub compare: Option<fn(&Thread, Value, Value, CompareOp) -> PyResult<Ref>>,
    pub call: Option<fn(&Thread, Value, &Args) -> PyResult<Ref>>,
    pub iter: Option<Unary>,
    /// The next item; `Ok(None)` at the end, or a StopIteration where it has a value. `protocol::next` makes both `Ok(None)`.
    pub next: Option<fn(&Thread, Value) -> PyResult<Option<Ref>>>,
    pub get_attribute: Option<fn(&Thread, Value, name: Value) -> PyResult<Ref>>,
    pub set_attribute: Option<Assign>,
    /// `object` is NULL when read from the class.
    pub descriptor_get: Option<fn(&Thread, descriptor: Value, object: Value, class: Value) -> PyResult<Ref>>,
    pub descriptor_set: Option<Assign>,

    // Numbers.
    pub add: Option<Binary>,
    pub subtract: Option<Binary>,
    pub multiply: Option<Binary>,
    pub matrix_multiply: Option<Binary>,
    pub true_divide: Option<Binary>,
    pub floor_divide: Option<Binary>,
    pub remainder: Option<Binary>,
    pub divmod: Option<Binary>,
    /// Third operand None if absent.
    pub power: Option<Ternary>,
    pub lshift: Option<Binary>,
    pub rshift: Option<Binary>,
    pub and: Option<Binary>,
    pub xor: Option<Binary>,
    pub or: Option<Binary>,
    pub inplace_add: Option<Binary>,
    pub inplace_subtract: Option<Binary>,
    pub inplace_multiply: Option<Binary>,
    pub inplace_matrix_multiply: Option<Binary>,
    pub inplace_true_divide: Option<Binary>,
    pub inplace_floor_divide: Option<Binary>,
    pub inplace_remainder: Option<Binary>,
    pub inplace_power: Option<Ternary>,
    pub inplace_lshift: Option<Binary>,
    pub inplace_rshift: Option<Binary>,
    pub inplace_and: Option<Binary>,
    pub inplace_xor: Option<Binary>,
    pub inplace_or: Option<Binary>,
    pub negative: Option<Unary>,
    pub positive: Option<Unary>,
    pub absolute: Option<Unary>,
    pub invert: Option<Unary>,
    pub bool: Option<fn(&Thread, Value) -> PyResult<bool>>,
    pub int: Option<Unary>,
    pub float: Option<Unary>,
    pub index: Option<Unary>,

    // Containers.
    pub len: Option<fn(&Thread, Value) -> PyResult<usize>>,
    pub get_item: Option<Binary>,
    pub set_item: Option<Assign>,
    pub contains: Option<fn(&Thread, Value, Value) -> PyResult<bool>>,
    pub concat: Option<Binary>,
    pub repeat: Option<Repeat>,
    pub inplace_concat: Option<Binary>,
    pub inplace_repeat: Option<Repeat>,

    // Coroutines.
    pub await_: Option<Unary>,
    pub aiter: Option<Unary>,
    pub anext: Option<Unary>,
    /// `send(value)` of generators and coroutines without a method call; `Err` carries StopIteration's place too.
    pub send: Option<fn(&Thread, Value, Value) -> PyResult<SendResult>>,

    // Buffers.
    pub buffer: Option<fn(&Thread, Value, flags: i32) -> PyResult<crate::buffer::BufferView>>,
}

/// What `send` came back with.
pub enum SendResult {
    /// A yielded value.
    Next(Ref),
    /// The return value: the iteration is over.
    Return(Ref),
}

fn drop_nothing(_: *mut Header) {}

impl Slots {
    pub const EMPTY: Slots = Slots {
        new: None,
        init: None,
        finalize: None,
        drop: drop_nothing,
        variable_size: None,
        traverse: None,
        clear: None,
        repr: None,
        str: None,
        hash: None,
        compare: None,
        call: None,
        iter: None,
        next: None,
        get_attribute: None,
        set_attribute: None,
        descriptor_get: None,
        descriptor_set: None,
        add: None,
        subtract: None,
        multiply: None,
        matrix_multiply: None,
        true_divide: None,
        floor_divide: None,
        remainder: None,
        divmod: None,
        power: None,
        lshift: None,
        rshift: None,
        and: None,
        xor: None,
        or: None,
        inplace_add: None,
        inplace_subtract: None,
        inplace_multiply: None,
        inplace_matrix_multiply: None,
        inplace_true_divide: None,
        inplace_floor_divide: None,
        inplace_remainder: None,
        inplace_power: None,
        inplace_lshift: None,
        inplace_rshift: None,
        inplace_and: None,
        inplace_xor: None,
        inplace_or: None,
        negative: None,
        positive: None,
        absolute: None,
        invert: None,
        bool: None,
        int: None,
        float: None,
        index: None,
        len: None,
        get_item: None,
        set_item: None,
        contains: None,
        concat: None,
        repeat: None,
        inplace_concat: None,
        inplace_repeat: None,
        await_: None,
        aiter: None,
        anext: None,
        send: None,
        buffer: None,
    };
}
