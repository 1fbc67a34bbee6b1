//! The table of special methods: one row ties a dunder name to a slot, in both directions. From a row come the wrapper
//! method that `ready` puts into a native type's namespace, and the function that a class's slot gets when the class
//! defines the method.
//!
//! Several rows may share a slot (`__add__` and `__radd__`), and a name may stand in two rows (`__add__` of numbers and
//! of sequences); rows of one slot stand together.

use super::Type;
use super::slot_functions as functions;
use super::slots::{CompareOp, Slots};
use crate::call::Args;
use crate::cell::GilCell;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::objects::str::intern_text;
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::check_positional;
use crate::value::{Ref, Value};
use std::mem::offset_of;

/// One special method of one slot.
pub struct SlotRow {
    pub name: &'static str,
    pub signature: &'static str,
    pub doc: &'static str,
    /// Where the slot lies in `Slots`; each slot of the table is an optional function, one nullable word.
    offset: usize,
    /// Calls the owner's slot as the method would be called, receiver apart.
    call: fn(&Thread, &'static Type, Value, &Args) -> PyResult,
    /// Fills the slot with the function that calls the class's method; `None` where only native types fill it.
    install: Option<fn(&mut Slots)>,
}

impl SlotRow {
    /// Calls the special method of `owner` on `receiver`.
    #[inline]
    pub fn invoke(
        &'static self,
        thread: &Thread,
        owner: &'static Type,
        receiver: Value,
        arguments: &Args,
    ) -> PyResult {
        if arguments.has_keywords() && self.name != "__init__" && self.name != "__call__" {
            return Err(thread.type_error(format!("wrapper {}() takes no keyword arguments", self.name)));
        }
        (self.call)(thread, owner, receiver, arguments)
    }
    /// Address of the function in the slot, 0 if empty.
    pub fn word(&self, slots: &Slots) -> usize {
        // SAFETY: `offset` is that of an `Option` of a function pointer, which is one nullable word.
        unsafe { *((slots as *const Slots as *const u8).add(self.offset) as *const usize) }
    }
    /// Puts a word that `word` gave for the same slot, or 0.
    pub fn set_word(&self, slots: &mut Slots, word: usize) {
        // SAFETY: as in `word`; the word came from a slot of the same type.
        unsafe { *((slots as *mut Slots as *mut u8).add(self.offset) as *mut usize) = word }
    }
    /// Fills the slot with the function for classes; false if there is none.
    pub fn install(&self, slots: &mut Slots) -> bool {
        match self.install {
            Some(f) => {
                f(slots);
                true
            }
            None => false,
        }
    }
    pub fn same_slot(&self, other: &SlotRow) -> bool {
        self.offset == other.offset
    }
}

/// "expected 1 argument, got 2".
fn expect<const N: usize>(thread: &Thread, arguments: &Args) -> PyResult<[Value; N]> {
    match arguments.positional().try_into() {
        Ok(values) => Ok(values),
        Err(_) => {
            let (given, plural) = (arguments.count(), if N == 1 { "" } else { "s" });
            Err(thread.type_error(format!("expected {N} argument{plural}, got {given}")))
        }
    }
}

#[cold]
fn no_slot(thread: &Thread, row: &str) -> Raised {
    thread.system_error(format!("slot wrapper {row} of a type without the slot"))
}

macro_rules! row {
    ($field:ident, $name:ident, $signature:literal, $doc:expr, $install:expr,
     |$thread:ident, $slot:ident, $this:ident, $arguments:ident| $body:expr) => {
        SlotRow {
            name: stringify!($name),
            signature: $signature,
            doc: $doc,
            offset: offset_of!(Slots, $field),
            call: |$thread, owner, $this, $arguments| {
                let Some($slot) = owner.slots().$field else {
                    return Err(no_slot($thread, stringify!($name)));
                };
                $body
            },
            install: $install,
        }
    };
}

macro_rules! unary {
    ($field:ident, $name:ident, $doc:literal) => {
        row!(
            $field,
            $name,
            "($self, /)",
            $doc,
            Some(|slots| slots.$field = Some(|thread, v| functions::call(thread, v, names::get().$name, &[]))),
            |thread, slot, this, arguments| {
                let [] = expect(thread, arguments)?;
                slot(thread, this)
            }
        )
    };
}

/// The forward and the reflected row of a binary operator.
macro_rules! binary {
    ($field:ident, $name:ident, $doc:literal, $reflected:ident, $reflected_doc:literal, $install:ident) => {
        [
            row!(
                $field,
                $name,
                "($self, value, /)",
                $doc,
                Some($install),
                |thread, slot, this, arguments| {
                    let [other] = expect(thread, arguments)?;
                    slot(thread, this, other)
                }
            ),
            row!(
                $field,
                $reflected,
                "($self, value, /)",
                $reflected_doc,
                Some($install),
                |thread, slot, this, arguments| {
                    let [other] = expect(thread, arguments)?;
                    slot(thread, other, this)
                }
            ),
        ]
    };
}

/// The slot functions of binary operators for classes, by name of the operator.
macro_rules! binary_functions {
    ($($install:ident $field:ident $name:ident $reflected:ident)*) => {
        $(fn $install(slots: &mut Slots) {
            fn slot(thread: &Thread, a: Value, b: Value) -> PyResult {
                let own = |v: Value| v.ty().slots().$field.is_some_and(|f| std::ptr::fn_addr_eq(f, slot as super::slots::Binary));
                functions::binary(thread, a, b, own(a), own(b), names::get().$name, names::get().$reflected)
            }
            slots.$field = Some(slot);
        })*
    };
}

binary_functions! {
    class_add add __add__ __radd__
    class_subtract subtract __sub__ __rsub__
    class_multiply multiply __mul__ __rmul__
    class_matrix_multiply matrix_multiply __matmul__ __rmatmul__
    class_true_divide true_divide __truediv__ __rtruediv__
    class_floor_divide floor_divide __floordiv__ __rfloordiv__
    class_remainder remainder __mod__ __rmod__
    class_divmod divmod __divmod__ __rdivmod__
    class_lshift lshift __lshift__ __rlshift__
    class_rshift rshift __rshift__ __rrshift__
    class_and and __and__ __rand__
    class_xor xor __xor__ __rxor__
    class_or or __or__ __ror__
}

fn class_power(slots: &mut Slots) {
    fn slot(thread: &Thread, a: Value, b: Value, modulus: Value) -> PyResult {
        let own = |v: Value| {
            v.ty().slots().power.is_some_and(|f| std::ptr::fn_addr_eq(f, slot as super::slots::Ternary))
        };
        functions::power(thread, a, b, modulus, own(a), own(b))
    }
    slots.power = Some(slot);
}

macro_rules! inplace {
    ($field:ident, $name:ident, $doc:literal) => {
        row!(
            $field,
            $name,
            "($self, value, /)",
            $doc,
            Some(|slots| slots.$field =
                Some(|thread, a, b| functions::call(thread, a, names::get().$name, &[b]))),
            |thread, slot, this, arguments| {
                let [other] = expect(thread, arguments)?;
                slot(thread, this, other)
            }
        )
    };
}

macro_rules! comparison {
    ($name:ident, $op:ident, $doc:literal) => {
        row!(
            compare,
            $name,
            "($self, value, /)",
            $doc,
            Some(|slots| slots.compare = Some(functions::compare)),
            |thread, slot, this, arguments| {
                let [other] = expect(thread, arguments)?;
                slot(thread, this, other, CompareOp::$op)
            }
        )
    };
}

/// Rows that only native sequences fill; classes fill the number slots.
macro_rules! sequence_only {
    ($field:ident, $name:ident, $doc:literal, |$thread:ident, $slot:ident, $this:ident, $other:ident| $body:expr) => {
        row!($field, $name, "($self, value, /)", $doc, None, |$thread, $slot, $this, arguments| {
            let [$other] = expect($thread, arguments)?;
            $body
        })
    };
}

fn none_if_null(v: Value) -> Value {
    if v.is_null() { Value::NONE } else { v }
}

const BASIC_ROWS: [SlotRow; 31] = [
    unary!(repr, __repr__, "Return repr(self)."),
    row!(
        hash,
        __hash__,
        "($self, /)",
        "Return hash(self).",
        Some(|slots| slots.hash = Some(functions::hash)),
        |thread, slot, this, arguments| {
            let [] = expect(thread, arguments)?;
            Ok(crate::objects::int::new(slot(thread, this)?))
        }
    ),
    row!(
        call,
        __call__,
        "($self, /, *args, **kwargs)",
        "Call self as a function.",
        Some(|slots| slots.call = Some(functions::call_instance)),
        |thread, slot, this, arguments| slot(thread, this, arguments)
    ),
    unary!(str, __str__, "Return str(self)."),
    row!(
        get_attribute,
        __getattribute__,
        "($self, name, /)",
        "Return getattr(self, name).",
        Some(|slots| slots.get_attribute = Some(functions::get_attribute)),
        |thread, slot, this, arguments| {
            let [name] = expect(thread, arguments)?;
            crate::attributes::check_name(thread, name)?;
            slot(thread, this, name)
        }
    ),
    SlotRow {
        name: "__getattr__",
        signature: "",
        doc: "",
        offset: offset_of!(Slots, get_attribute),
        call: |thread, _, _, _| Err(no_slot(thread, "__getattr__")),
        install: Some(|slots| slots.get_attribute = Some(functions::get_attribute)),
    },
    row!(
        set_attribute,
        __setattr__,
        "($self, name, value, /)",
        "Implement setattr(self, name, value).",
        Some(|slots| slots.set_attribute = Some(functions::set_attribute)),
        |thread, slot, this, arguments| {
            let [name, value] = expect(thread, arguments)?;
            crate::attributes::check_name(thread, name)?;
            functions::check_setattr_owner(thread, this, slot, "__setattr__")?;
            slot(thread, this, name, value)?;
            Ok(Ref::NONE)
        }
    ),
    row!(
        set_attribute,
        __delattr__,
        "($self, name, /)",
        "Implement delattr(self, name).",
        Some(|slots| slots.set_attribute = Some(functions::set_attribute)),
        |thread, slot, this, arguments| {
            let [name] = expect(thread, arguments)?;
            crate::attributes::check_name(thread, name)?;
            functions::check_setattr_owner(thread, this, slot, "__delattr__")?;
            slot(thread, this, name, Value::NULL)?;
            Ok(Ref::NONE)
        }
    ),
    comparison!(__lt__, Lt, "Return self<value."),
    comparison!(__le__, Le, "Return self<=value."),
    comparison!(__eq__, Eq, "Return self==value."),
    comparison!(__ne__, Ne, "Return self!=value."),
    comparison!(__gt__, Gt, "Return self>value."),
    comparison!(__ge__, Ge, "Return self>=value."),
    row!(
        iter,
        __iter__,
        "($self, /)",
        "Implement iter(self).",
        Some(|slots| slots.iter = Some(functions::iter)),
        |thread, slot, this, arguments| {
            let [] = expect(thread, arguments)?;
            slot(thread, this)
        }
    ),
    row!(
        next,
        __next__,
        "($self, /)",
        "Implement next(self).",
        Some(|slots| slots.next = Some(functions::next)),
        |thread, slot, this, arguments| {
            let [] = expect(thread, arguments)?;
            match slot(thread, this)? {
                Some(item) => Ok(item),
                None if thread.has_raised() => Err(thread.raised()),
                None => Err(thread.stop_iteration(Value::NONE)),
            }
        }
    ),
    row!(
        descriptor_get,
        __get__,
        "($self, instance, owner=None, /)",
        "Return an attribute of instance, which is of type owner.",
        Some(|slots| slots.descriptor_get = Some(functions::descriptor_get)),
        |thread, slot, this, arguments| {
            check_positional(thread, "__get__", arguments.count(), 1, 2)?;
            let null_if_none = |v: Option<Value>| v.filter(|v| !v.is_none()).unwrap_or(Value::NULL);
            let (object, class) = (null_if_none(arguments.get(0)), null_if_none(arguments.get(1)));
            if object.is_null() && class.is_null() {
                return Err(thread.type_error("__get__(None, None) is invalid"));
            }
            slot(thread, this, object, class)
        }
    ),
    row!(
        descriptor_set,
        __set__,
        "($self, instance, value, /)",
        "Set an attribute of instance to value.",
        Some(|slots| slots.descriptor_set = Some(functions::descriptor_set)),
        |thread, slot, this, arguments| {
            check_positional(thread, "__set__", arguments.count(), 2, 2)?;
            let [object, value] = expect(thread, arguments)?;
            slot(thread, this, object, value)?;
            Ok(Ref::NONE)
        }
    ),
    row!(
        descriptor_set,
        __delete__,
        "($self, instance, /)",
        "Delete an attribute of instance.",
        Some(|slots| slots.descriptor_set = Some(functions::descriptor_set)),
        |thread, slot, this, arguments| {
            let [object] = expect(thread, arguments)?;
            slot(thread, this, object, Value::NULL)?;
            Ok(Ref::NONE)
        }
    ),
    row!(
        init,
        __init__,
        "($self, /, *args, **kwargs)",
        "Initialize self.  See help(type(self)) for accurate signature.",
        Some(|slots| slots.init = Some(functions::init)),
        |thread, slot, this, arguments| {
            slot(thread, this, arguments)?;
            Ok(Ref::NONE)
        }
    ),
    row!(
        finalize,
        __del__,
        "($self, /)",
        "Called when the instance is about to be destroyed.",
        Some(|slots| slots.finalize = Some(functions::finalize)),
        |thread, slot, this, arguments| {
            let [] = expect(thread, arguments)?;
            slot(thread, this);
            Ok(Ref::NONE)
        }
    ),
    row!(
        len,
        __len__,
        "($self, /)",
        "Return len(self).",
        Some(|slots| slots.len = Some(functions::len)),
        |thread, slot, this, arguments| {
            let [] = expect(thread, arguments)?;
            Ok(crate::objects::int::from_usize(slot(thread, this)?))
        }
    ),
    row!(
        get_item,
        __getitem__,
        "($self, key, /)",
        "Return self[key].",
        Some(|slots| slots.get_item =
            Some(|thread, v, key| functions::call(thread, v, names::get().__getitem__, &[key]))),
        |thread, slot, this, arguments| {
            let [key] = expect(thread, arguments)?;
            slot(thread, this, key)
        }
    ),
    row!(
        set_item,
        __setitem__,
        "($self, key, value, /)",
        "Set self[key] to value.",
        Some(|slots| slots.set_item = Some(functions::set_item)),
        |thread, slot, this, arguments| {
            check_positional(thread, "__setitem__", arguments.count(), 2, 2)?;
            let [key, value] = expect(thread, arguments)?;
            slot(thread, this, key, value)?;
            Ok(Ref::NONE)
        }
    ),
    row!(
        set_item,
        __delitem__,
        "($self, key, /)",
        "Delete self[key].",
        Some(|slots| slots.set_item = Some(functions::set_item)),
        |thread, slot, this, arguments| {
            let [key] = expect(thread, arguments)?;
            slot(thread, this, key, Value::NULL)?;
            Ok(Ref::NONE)
        }
    ),
    row!(
        contains,
        __contains__,
        "($self, key, /)",
        "Return bool(key in self).",
        Some(|slots| slots.contains = Some(functions::contains)),
        |thread, slot, this, arguments| {
            let [key] = expect(thread, arguments)?;
            Ok(Ref::bool(slot(thread, this, key)?))
        }
    ),
    unary!(await_, __await__, "Return an iterator to be used in await expression."),
    unary!(aiter, __aiter__, "Return an awaitable, that resolves in asynchronous iterator."),
    unary!(anext, __anext__, "Return a value or raise StopAsyncIteration."),
    row!(
        bool,
        __bool__,
        "($self, /)",
        "True if self else False",
        Some(|slots| slots.bool = Some(functions::bool)),
        |thread, slot, this, arguments| {
            let [] = expect(thread, arguments)?;
            Ok(Ref::bool(slot(thread, this)?))
        }
    ),
    unary!(
        index,
        __index__,
        "Return self converted to an integer, if self is suitable for use as an index into a list."
    ),
];

const UNARY_NUMBER_ROWS: [SlotRow; 6] = [
    unary!(negative, __neg__, "-self"),
    unary!(positive, __pos__, "+self"),
    unary!(absolute, __abs__, "abs(self)"),
    unary!(invert, __invert__, "~self"),
    unary!(int, __int__, "int(self)"),
    unary!(float, __float__, "float(self)"),
];

const POWER_ROWS: [SlotRow; 2] = [
    row!(
        power,
        __pow__,
        "($self, value, mod=None, /)",
        "Return pow(self, value, mod).",
        Some(class_power),
        |thread, slot, this, arguments| {
            check_positional(thread, "", arguments.count(), 1, 2)?;
            let modulus = arguments.get(1).unwrap_or(Value::NONE);
            slot(thread, this, arguments.all_values()[0], none_if_null(modulus))
        }
    ),
    row!(
        power,
        __rpow__,
        "($self, value, mod=None, /)",
        "Return pow(value, self, mod).",
        Some(class_power),
        |thread, slot, this, arguments| {
            check_positional(thread, "", arguments.count(), 1, 2)?;
            let modulus = arguments.get(1).unwrap_or(Value::NONE);
            slot(thread, arguments.all_values()[0], this, none_if_null(modulus))
        }
    ),
];

const BINARY_ROWS: [[SlotRow; 2]; 13] = [
    binary!(add, __add__, "Return self+value.", __radd__, "Return value+self.", class_add),
    binary!(subtract, __sub__, "Return self-value.", __rsub__, "Return value-self.", class_subtract),
    binary!(multiply, __mul__, "Return self*value.", __rmul__, "Return value*self.", class_multiply),
    binary!(
        matrix_multiply,
        __matmul__,
        "Return self@value.",
        __rmatmul__,
        "Return value@self.",
        class_matrix_multiply
    ),
    binary!(
        true_divide,
        __truediv__,
        "Return self/value.",
        __rtruediv__,
        "Return value/self.",
        class_true_divide
    ),
    binary!(
        floor_divide,
        __floordiv__,
        "Return self//value.",
        __rfloordiv__,
        "Return value//self.",
        class_floor_divide
    ),
    binary!(remainder, __mod__, "Return self%value.", __rmod__, "Return value%self.", class_remainder),
    binary!(
        divmod,
        __divmod__,
        "Return divmod(self, value).",
        __rdivmod__,
        "Return divmod(value, self).",
        class_divmod
    ),
    binary!(lshift, __lshift__, "Return self<<value.", __rlshift__, "Return value<<self.", class_lshift),
    binary!(rshift, __rshift__, "Return self>>value.", __rrshift__, "Return value>>self.", class_rshift),
    binary!(and, __and__, "Return self&value.", __rand__, "Return value&self.", class_and),
    binary!(xor, __xor__, "Return self^value.", __rxor__, "Return value^self.", class_xor),
    binary!(or, __or__, "Return self|value.", __ror__, "Return value|self.", class_or),
];

const INPLACE_ROWS: [SlotRow; 13] = [
    inplace!(inplace_add, __iadd__, "Return self+=value."),
    inplace!(inplace_subtract, __isub__, "Return self-=value."),
    inplace!(inplace_multiply, __imul__, "Return self*=value."),
    inplace!(inplace_matrix_multiply, __imatmul__, "Return self@=value."),
    inplace!(inplace_true_divide, __itruediv__, "Return self/=value."),
    inplace!(inplace_floor_divide, __ifloordiv__, "Return self//=value."),
    inplace!(inplace_remainder, __imod__, "Return self%=value."),
    row!(
        inplace_power,
        __ipow__,
        "($self, value, /)",
        "Return self**=value.",
        Some(|slots| slots.inplace_power =
            Some(|thread, a, b, _| functions::call(thread, a, names::get().__ipow__, &[b]))),
        |thread, slot, this, arguments| {
            let [other] = expect(thread, arguments)?;
            slot(thread, this, other, Value::NONE)
        }
    ),
    inplace!(inplace_lshift, __ilshift__, "Return self<<=value."),
    inplace!(inplace_rshift, __irshift__, "Return self>>=value."),
    inplace!(inplace_and, __iand__, "Return self&=value."),
    inplace!(inplace_xor, __ixor__, "Return self^=value."),
    inplace!(inplace_or, __ior__, "Return self|=value."),
];

const SEQUENCE_ROWS: [SlotRow; 5] = [
    sequence_only!(concat, __add__, "Return self+value.", |thread, slot, this, other| slot(
        thread, this, other
    )),
    sequence_only!(repeat, __mul__, "Return self*value.", |thread, slot, this, other| {
        slot(thread, this, protocol::index_isize(thread, other)?)
    }),
    sequence_only!(repeat, __rmul__, "Return value*self.", |thread, slot, this, other| {
        slot(thread, this, protocol::index_isize(thread, other)?)
    }),
    sequence_only!(inplace_concat, __iadd__, "Implement self+=value.", |thread, slot, this, other| {
        slot(thread, this, other)
    }),
    sequence_only!(inplace_repeat, __imul__, "Implement self*=value.", |thread, slot, this, other| {
        slot(thread, this, protocol::index_isize(thread, other)?)
    }),
];

static BASIC: [SlotRow; 31] = BASIC_ROWS;
static UNARY_NUMBERS: [SlotRow; 6] = UNARY_NUMBER_ROWS;
static POWER: [SlotRow; 2] = POWER_ROWS;
static BINARY: [[SlotRow; 2]; 13] = BINARY_ROWS;
static INPLACE: [SlotRow; 13] = INPLACE_ROWS;
static SEQUENCE: [SlotRow; 5] = SEQUENCE_ROWS;

/// All rows; those of one slot stand together.
pub fn rows() -> impl Iterator<Item = &'static SlotRow> {
    (BASIC.iter())
        .chain(BINARY.iter().flatten())
        .chain(&POWER)
        .chain(&UNARY_NUMBERS)
        .chain(&INPLACE)
        .chain(&SEQUENCE)
}

/// The rows with their interned names.
pub fn named_rows() -> &'static [(Value, &'static SlotRow)] {
    static NAMED: GilCell<Vec<(Value, &'static SlotRow)>> = GilCell::new(Vec::new());
    if NAMED.with(|named| named.is_empty()) {
        NAMED.replace(rows().map(|row| (intern_text(row.name), row)).collect());
    }
    // SAFETY: filled once and never changed again.
    unsafe { NAMED.get_unchecked() }
}

/// Whether the special method `name` decides whether instances are descriptors.
pub fn makes_descriptors(name: Value) -> bool {
    let n = names::get();
    name == n.__get__ || name == n.__set__ || name == n.__delete__
}

/// Whether `name` looks like one with a special meaning, `__…__`.
pub fn is_special_name(name: Value) -> bool {
    let text = crate::objects::str::display(name);
    text.len() > 4 && text.starts_with("__") && text.ends_with("__")
}

/// Whether `name` (interned) is a special method with a slot, or `__new__`.
pub fn is_slot_name(name: Value) -> bool {
    name == names::get().__new__ || named_rows().iter().any(|(n, _)| *n == name)
}
