//! Quickening: which specialised form an instruction is rewritten to, and what its cache words hold.
//!
//! A rewritten instruction keeps its operands. Its form checks what it assumes and otherwise runs as the generic one, which
//! may choose again. Caches hold borrowed values: the version they are guarded by changes before the value can die.
//!
//! Byte 4 of the word behind the operation counts generic executions (see `due`). The other caches:
//!
//! | form | second word, bits 40 to 63 | first cache | second cache |
//! |---|---|---|---|
//! | globals, `LoadName`, `StoreName` | - | keys versions of globals (low) and builtins (high) | place |
//! | attributes of instances | type version | shape, with the offset of the `Attributes` in the high 16 bits | byte offset of the slot (negative: index beyond the inline ones), value, or place in the dict |
//! | `StoreAttrNewSlot` | type version | as above | next shape, with the slot's byte offset in the high 16 bits |
//! | members | type version | - | index |
//! | attributes of classes | class version | version of the metaclass | value, or place in a namespace |
//! | `LoadAttrProperty`, `SubscriptGetItem` | type version | - | the property, the function |
//! | `CallClass` | class version | - | the `__init__` function |
//! | `CallLen` and its like | - | - | the native function's row |
//! | `CallResume` | - | the number of a `Resumption` | the native function's row |

use crate::code::lowered;
use ir::opcode::BinaryOperator;
use ir::register::{Operation, TEST_UNLESS, Word, flags};
use runtime::attributes::{
    ClassPlace, Place, StorePlace, classify, classify_class, classify_class_store, classify_store,
};
use runtime::cell::Slot;
use runtime::error::PyResult;
use runtime::frame::Frame;
use runtime::instance::{ATTRIBUTES_SIZE, Attributes, Shape};
use runtime::names;
use runtime::objects::descriptors::MethodDescriptor;
use runtime::objects::dict::Dict;
use runtime::objects::function::{BuiltinFunction, Function, Method};
use runtime::objects::generator::{Resumption, resumption_of};
use runtime::objects::list::List;
use runtime::objects::set::Set;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::state::STATE;
use runtime::thread::Thread;
use runtime::types::registry::{
    BYTEARRAY, BYTES, COROUTINE, DICT, FUNCTION, GENERATOR, LIST, LIST_ITERATOR, RANGE_ITERATOR, SET, STR,
    TUPLE, TUPLE_ITERATOR, TYPE,
};
use runtime::types::{CompareOp, MethodDef, NativeFn, Type, TypeFlags};
use runtime::value::{Ref, Value};

/// Writes another operation over the one at `pc`.
///
/// # Safety
/// `pc` is at an instruction of the same family.
#[inline]
pub unsafe fn rewrite(pc: *const u64, operation: Operation) {
    // SAFETY: instructions lie in memory that the interpreter may write, under the GIL.
    unsafe { *(pc as *mut u64) = Word(*pc).with_operation(operation).0 };
}

/// Writes cache word `index` of the instruction at `pc`.
///
/// # Safety
/// The instruction has that word, and it is a cache.
unsafe fn write_cache(pc: *const u64, index: usize, cache: u64) {
    // SAFETY: as in `rewrite`.
    unsafe { *(pc as *mut u64).add(index) = cache };
}

/// Type versions up to this can be cached.
const MAX_VERSION: u32 = (1 << 24) - 1;

/// Writes the version in the word behind the operation; false if it can't be cached.
///
/// # Safety
/// The instruction's second word is no cache.
unsafe fn write_version(pc: *const u64, version: u32) -> bool {
    if version == 0 || version > MAX_VERSION {
        return false;
    }
    // SAFETY: as in `rewrite`.
    unsafe {
        let word = (pc as *mut u64).add(1);
        *word = *word & 0xFF_FFFF_FFFF | u64::from(version) << 40;
    }
    true
}

/// Generic executions between two attempts to specialise an instruction.
const PATIENCE: u8 = 25;

/// Whether a generic execution shall specialise the instruction: the second one, and then every now and then, which is also
/// what misses of a specialised form wait for, so that nothing flips to and fro.
///
/// # Safety
/// `pc` is at an instruction whose second word is no cache.
#[inline(always)]
pub unsafe fn due(pc: *const u64) -> bool {
    // SAFETY: promised by the caller; as in `rewrite`.
    unsafe {
        let counter = (pc as *mut u8).add(12);
        match *counter {
            0 => {
                *counter = 1;
                false
            }
            1 => {
                *counter = PATIENCE;
                true
            }
            n => {
                *counter = n - 1;
                false
            }
        }
    }
}

const CONSTANTS: u8 = flags::B_CONST | flags::C_CONST;

/// A form that wants registers, or a register and a constant, where the flags allow it.
fn by_form(flag_bits: u8, registers: Operation, constant: Operation) -> Option<Operation> {
    match flag_bits & CONSTANTS {
        0 => Some(registers),
        flags::C_CONST => Some(constant),
        _ => None,
    }
}

/// A float in the word, or a small int.
fn is_small_number(v: Value) -> bool {
    v.is_inline_float() || v.is_small_int()
}

/// The form of a binary operator for these operands.
#[cold]
#[inline(never)]
pub fn binary_form(flag_bits: u8, number: u32, b: Value, c: Value) -> Option<Operation> {
    use BinaryOperator::*;
    use Operation::*;
    let operator = BinaryOperator::from_number(number)?.plain();
    if Value::both_small_int(b, c) {
        return match operator {
            NB_ADD => by_form(flag_bits, AddInt, AddIntConst),
            NB_SUBTRACT => by_form(flag_bits, SubtractInt, SubtractIntConst),
            NB_MULTIPLY => by_form(flag_bits, MultiplyInt, MultiplyIntConst),
            NB_FLOOR_DIVIDE => Some(FloorDivideInt),
            NB_REMAINDER => Some(RemainderInt),
            NB_AND => Some(AndInt),
            NB_OR => Some(OrInt),
            NB_XOR => Some(XorInt),
            NB_LSHIFT => Some(LeftShiftInt),
            NB_RSHIFT => Some(RightShiftInt),
            NB_POWER => Some(PowerInt),
            NB_TRUE_DIVIDE => Some(TrueDivideInt),
            _ => None,
        };
    }
    let is_str = |v: Value| v.cast_exact::<Str>().is_some();
    if operator == NB_ADD && is_str(b) && is_str(c) {
        return Some(AddStr);
    }
    if is_small_number(b) && is_small_number(c) {
        return match operator {
            NB_ADD => Some(AddFloat),
            NB_SUBTRACT => Some(SubtractFloat),
            NB_MULTIPLY => Some(MultiplyFloat),
            NB_TRUE_DIVIDE => Some(TrueDivideFloat),
            _ => None,
        };
    }
    None
}

/// The form of a comparison for these operands.
#[cold]
#[inline(never)]
pub fn compare_form(b: Value, c: Value) -> Option<Operation> {
    if Value::both_small_int(b, c) {
        return Some(Operation::CompareInt);
    }
    if Value::both_inline_float(b, c) {
        return Some(Operation::CompareFloat);
    }
    (b.is_exact(&STR) && c.is_exact(&STR)).then_some(Operation::CompareStr)
}

/// The comparison for which a test jumps, given operands that are ordered.
#[inline]
pub fn jumping_comparison(test: u32) -> CompareOp {
    let compare = crate::operators::comparison(test);
    if test & u32::from(TEST_UNLESS) == 0 {
        return compare;
    }
    match compare {
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
    }
}

/// The form of a comparison that jumps, for these operands.
#[cold]
#[inline(never)]
pub fn jump_compare_form(flag_bits: u8, test: u32, b: Value, c: Value) -> Option<Operation> {
    use Operation::*;
    if Value::both_small_int(b, c) {
        return match jumping_comparison(test) {
            CompareOp::Lt => by_form(flag_bits, JumpLessInt, JumpLessIntConst),
            CompareOp::Le => by_form(flag_bits, JumpLessEqualInt, JumpLessEqualIntConst),
            CompareOp::Eq => by_form(flag_bits, JumpEqualInt, JumpEqualIntConst),
            CompareOp::Ne => by_form(flag_bits, JumpNotEqualInt, JumpNotEqualIntConst),
            CompareOp::Gt => by_form(flag_bits, JumpGreaterInt, JumpGreaterIntConst),
            CompareOp::Ge => by_form(flag_bits, JumpGreaterEqualInt, JumpGreaterEqualIntConst),
        };
    }
    if Value::both_inline_float(b, c) {
        return Some(match crate::operators::comparison(test) {
            CompareOp::Lt => JumpLessFloat,
            CompareOp::Le => JumpLessEqualFloat,
            CompareOp::Eq | CompareOp::Ne => JumpEqualFloat,
            CompareOp::Gt => JumpGreaterFloat,
            CompareOp::Ge => JumpGreaterEqualFloat,
        });
    }
    let is_equality = matches!(crate::operators::comparison(test), CompareOp::Eq | CompareOp::Ne);
    (is_equality && b.is_exact(&STR) && c.is_exact(&STR)).then_some(JumpEqualStr)
}

/// Specialises a subscript.
///
/// # Safety
/// `pc` is at an instruction of the family of `Subscript`.
#[cold]
#[inline(never)]
pub unsafe fn subscript(pc: *const u64, b: Value, c: Value) {
    use Operation::*;
    let by_int = |of_int: Operation| if c.is_small_int() { Some(of_int) } else { None };
    let ty = b.ty();
    let form = if std::ptr::eq(ty, &LIST) {
        by_int(SubscriptListInt)
    } else if std::ptr::eq(ty, &TUPLE) {
        by_int(SubscriptTupleInt)
    } else if std::ptr::eq(ty, &STR) {
        by_int(SubscriptStrInt)
    } else if std::ptr::eq(ty, &BYTES) || std::ptr::eq(ty, &BYTEARRAY) {
        by_int(SubscriptBytesInt)
    } else if std::ptr::eq(ty, &DICT) {
        Some(if c.is_exact(&STR) { SubscriptDictStr } else { SubscriptDict })
    } else {
        None
    };
    // SAFETY: promised by the caller.
    unsafe {
        if let Some(form) = form {
            return rewrite(pc, form);
        }
        // The slot function of classes calls what `__getitem__` says, if it is a plain function.
        let found = ty.lookup(names::get().__getitem__);
        if let Some(function) = found.filter(|f| ty.has(TypeFlags::HEAP) && f.is_exact(&FUNCTION))
            && write_version(pc, ty.version())
        {
            write_cache(pc, 2, function.bits());
            rewrite(pc, SubscriptGetItem);
        }
    }
}

/// The form of a subscript assignment for these operands.
#[cold]
#[inline(never)]
pub fn store_subscript_form(b: Value, c: Value) -> Option<Operation> {
    if c.is_small_int() && b.is_exact(&LIST) {
        return Some(Operation::StoreSubscriptListInt);
    }
    b.is_exact(&DICT).then_some(Operation::StoreSubscriptDict)
}

/// The form of a jump on `in`, given the container.
#[cold]
#[inline(never)]
pub fn contains_form(container: Value, generic: Operation) -> Option<Operation> {
    use Operation::*;
    let positive = generic == JumpIfContains;
    if container.is_exact(&DICT) {
        return Some(if positive { JumpIfContainsDict } else { JumpIfNotContainsDict });
    }
    container.is_exact(&SET).then_some(if positive { JumpIfContainsSet } else { JumpIfNotContainsSet })
}

/// Where a global was found, if both namespaces are plain dicts.
enum GlobalPlace {
    Module(u64, usize),
    Builtin(u64, usize),
}

fn global_place(frame: &Frame, name: Value) -> Option<GlobalPlace> {
    let globals = frame.globals.peek().cast_exact::<Dict>()?;
    let version = u64::from(globals.keys_version());
    if let Some(place) = globals.index_of_interned(name) {
        return Some(GlobalPlace::Module(version, place));
    }
    let builtins = frame.builtins.peek().cast_exact::<Dict>()?;
    let place = builtins.index_of_interned(name)?;
    Some(GlobalPlace::Builtin(version | u64::from(builtins.keys_version()) << 32, place))
}

/// Specialises a load of a global: to `module` or to `builtin`.
///
/// # Safety
/// `pc` is at an instruction with a name and two caches, of the family of both.
#[cold]
#[inline(never)]
pub unsafe fn load_global(pc: *const u64, frame: &Frame, name: Value, module: Operation, builtin: Operation) {
    let (operation, versions, place) = match global_place(frame, name) {
        Some(GlobalPlace::Module(versions, place)) => (module, versions, place),
        Some(GlobalPlace::Builtin(versions, place)) => (builtin, versions, place),
        None => return,
    };
    // SAFETY: promised by the caller.
    unsafe {
        write_cache(pc, 2, versions);
        write_cache(pc, 3, place as u64);
        rewrite(pc, operation);
    }
}

/// Specialises a store of a name in a namespace that has it.
///
/// # Safety
/// `pc` is at an instruction with a name and two caches, of the family of `operation`.
#[cold]
#[inline(never)]
pub unsafe fn store_name(pc: *const u64, namespace: Value, name: Value, operation: Operation) {
    let place = namespace.cast_exact::<Dict>().and_then(|dict| dict.index_of_interned(name));
    if let Some(place) = place {
        // SAFETY: promised by the caller.
        unsafe {
            write_cache(pc, 3, place as u64);
            rewrite(pc, operation);
        }
    }
}

/// The namespace and the cached place in it, if that is the place of the name.
///
/// # Safety
/// `pc` is at an instruction that `store_name` specialised.
#[inline(always)]
pub unsafe fn cached_name(pc: *const u64, namespace: Value, name: Value) -> Option<(&'static Dict, usize)> {
    let dict = namespace.cast_exact::<Dict>()?;
    // SAFETY: promised by the caller.
    let place = unsafe { *pc.add(3) } as usize;
    dict.value_if_key(place, name).map(|_| (dict, place))
}

/// The special method `number` of an object's type for `with`, which is cached if it binds as a method.
///
/// # Safety
/// `pc` is at a `LoadSpecial`.
#[inline(never)]
pub unsafe fn load_special(
    pc: *const u64,
    thread: &Thread,
    object: Value,
    number: u32,
) -> PyResult<(Ref, bool)> {
    let (function, needs_self) = crate::generators::load_special(thread, object, number)?;
    // SAFETY: promised by the caller.
    unsafe {
        if needs_self && write_version(pc, object.ty().version()) {
            write_cache(pc, 2, function.bits());
        }
    }
    Ok((function, needs_self))
}

/// What a `LoadSuperMethod` found.
struct SuperCache {
    class: Value,
    class_version: u32,
    object_version: u32,
    /// Guarded by the version of the object's type.
    function: Value,
}

/// Remembers the function that `super(class, object)` found and that binds to the object.
///
/// # Safety
/// `pc` is at a `LoadSuperMethod`.
#[cold]
#[inline(never)]
pub unsafe fn super_method(pc: *const u64, class: Value, object: Value, function: Value) {
    let Some(ty) = class.cast::<Type>() else { return };
    let (class_version, object_version) = (ty.version(), object.ty().version());
    if class_version == 0 || object_version == 0 {
        return;
    }
    let cache = SuperCache { class, class_version, object_version, function };
    // SAFETY: promised by the caller; the cache word is 0 or points to a record that lives for ever.
    unsafe {
        match (*pc.add(2) as *mut SuperCache).as_mut() {
            Some(old) => *old = cache,
            None => write_cache(pc, 2, Box::leak(Box::new(cache)) as *mut SuperCache as u64),
        }
    }
}

/// The function that was remembered for this class and the object's type.
///
/// # Safety
/// `pc` is at a `LoadSuperMethod`.
#[inline(always)]
pub unsafe fn cached_super(pc: *const u64, class: Value, object: Value) -> Option<Ref> {
    // SAFETY: as above.
    let cache = unsafe { (*pc.add(2) as *const SuperCache).as_ref()? };
    if cache.class != class || object.ty().version_or_zero() != cache.object_version {
        return None;
    }
    let same = class.cast::<Type>().is_some_and(|ty| ty.version_or_zero() == cache.class_version);
    same.then(|| cache.function.to_ref())
}

/// The cached slot of globals, if their keys are as they were.
///
/// # Safety
/// `pc` is at an instruction that `load_global` specialised.
#[inline(always)]
pub unsafe fn cached_global(pc: *const u64, frame: &Frame) -> Option<Value> {
    // SAFETY: promised by the caller.
    let (versions, place) = unsafe { (*pc.add(2), *pc.add(3)) };
    let globals = frame.globals.peek().cast_exact::<Dict>()?;
    if globals.keys_version() != versions as u32 {
        return None;
    }
    // SAFETY: the place belongs to this state of the keys.
    Some(unsafe { globals.value_at_unchecked(place as usize) })
}

/// The cached slot of builtins, if the keys of globals and builtins are as they were.
///
/// # Safety
/// As for `cached_global`.
#[inline(always)]
pub unsafe fn cached_builtin(pc: *const u64, frame: &Frame) -> Option<Value> {
    // SAFETY: promised by the caller.
    let (versions, place) = unsafe { (*pc.add(2), *pc.add(3)) };
    let globals = frame.globals.peek().cast_exact::<Dict>()?;
    let builtins = frame.builtins.peek().cast_exact::<Dict>()?;
    if globals.keys_version() != versions as u32 || builtins.keys_version() != (versions >> 32) as u32 {
        return None;
    }
    // SAFETY: the place belongs to this state of the keys.
    Some(unsafe { builtins.value_at_unchecked(place as usize) })
}

/// Fills the caches of an attribute instruction and rewrites it.
///
/// # Safety
/// `pc` is at an attribute instruction of the operation's family.
unsafe fn cache_attribute(pc: *const u64, version: u32, shape: u64, content: u64, operation: Operation) {
    // SAFETY: promised by the caller.
    unsafe {
        if write_version(pc, version) {
            write_cache(pc, 2, shape);
            write_cache(pc, 3, content);
            rewrite(pc, operation);
        }
    }
}

/// Bits of a cache word that hold an address.
const ADDRESS: u64 = (1 << 48) - 1;

/// A shape with the offset of the attributes' head in objects of this type.
fn shape_word(ty: &Type, shape: *const Shape) -> Option<u64> {
    let offset = u16::try_from(ty.attributes_offset()?).ok()?;
    Some(shape as u64 | u64::from(offset) << 48)
}

/// The byte offset of a slot in instances of a type, or its index with the sign bit if it isn't in the instance.
fn slot_word(ty: &Type, shape: *const Shape, slot: u32) -> Option<u64> {
    // SAFETY: shapes live for ever.
    let capacity = unsafe { (*shape).inline_capacity };
    if slot >= capacity {
        return Some(1 << 63 | u64::from(slot));
    }
    Some((ty.attributes_offset()? + ATTRIBUTES_SIZE + slot as usize * size_of::<Value>()) as u64)
}

/// The place of `name` in the dict of an object in dict mode, with its shape.
fn dict_place(object: Value, name: Value) -> Option<(u64, u64)> {
    let attributes = runtime::instance::attributes(object)?;
    let place = attributes.dictionary()?.cast::<Dict>()?.index_of_interned(name)?;
    Some((shape_word(object.ty(), attributes.shape_pointer())?, place as u64))
}

/// The caches for an attribute read from a class: version of the class, of its metaclass, value.
fn class_constant(object: Value, name: Value) -> Option<(u32, u64, u64)> {
    let class = object.cast::<Type>()?;
    let ClassPlace::Constant { value } = classify_class(class, name) else { return None };
    class_caches(object, class, value.bits())
}

/// The caches for an attribute read from a class or stored there: versions, content.
fn class_caches(object: Value, class: &'static Type, content: u64) -> Option<(u32, u64, u64)> {
    Some((class.version(), u64::from(object.ty().version()), content)).filter(|(_, meta, _)| *meta != 0)
}

/// The caches for a class method of a class: the Python function, to which the class is given.
fn class_method(object: Value, name: Value) -> Option<(u32, u64, u64)> {
    let class = object.cast::<Type>()?;
    let ClassPlace::ClassMethod { function } = classify_class(class, name) else { return None };
    function.cast_exact::<Function>()?;
    class_caches(object, class, function.bits())
}

/// The caches for a volatile attribute read from a class.
fn class_cell(object: Value, name: Value) -> Option<(u32, u64, u64)> {
    let class = object.cast::<Type>()?;
    let ClassPlace::Cell { dict, place } = classify_class(class, name) else { return None };
    class_caches(object, class, cell_word(dict, place)?)
}

/// The caches for storing a volatile attribute of a class.
fn stored_class_cell(object: Value, name: Value) -> Option<(u32, u64, u64)> {
    let class = object.cast::<Type>()?;
    let (dict, place) = classify_class_store(class, name)?;
    class_caches(object, class, cell_word(dict, place)?)
}

/// A place in a class's namespace. The version of a class that finds something there keeps the namespace alive.
fn cell_word(dict: &'static Dict, place: usize) -> Option<u64> {
    let place = u16::try_from(place).ok()?;
    Some(&raw const *dict as u64 | u64::from(place) << 48)
}

/// The place in a namespace that the caches at `pc` say.
///
/// # Safety
/// `pc` is at an instruction specialised for volatile attributes, whose versions were found as cached.
#[inline(always)]
pub unsafe fn cached_cell(pc: *const u64) -> (&'static Dict, usize) {
    // SAFETY: promised by the caller; the versions' classes hold the namespace.
    unsafe {
        let word = cached_content(pc);
        (&*((word & ADDRESS) as *const Dict), (word >> 48) as usize)
    }
}

/// Specialises `object.name`.
///
/// # Safety
/// `pc` is at an instruction of the family of `LoadAttr`.
#[cold]
#[inline(never)]
pub unsafe fn load_attribute(pc: *const u64, object: Value, name: Value) {
    use Operation::*;
    let ty = object.ty();
    let found = match classify(object, name) {
        Place::Instance { shape, slot } => {
            shape_word(ty, shape).zip(slot_word(ty, shape, slot)).map(|(s, c)| (s, c, LoadAttrSlot))
        }
        Place::Member { index } => Some((0, u64::from(index), LoadAttrMember)),
        Place::Constant { value, shape } if !shape.is_null() => {
            shape_word(ty, shape).map(|s| (s, value.bits(), LoadAttrValue))
        }
        Place::Cell { dict, place, shape } if !shape.is_null() => {
            shape_word(ty, shape).zip(cell_word(dict, place)).map(|(s, c)| (s, c, LoadAttrCell))
        }
        Place::Dictionary => dict_place(object, name).map(|(s, c)| (s, c, LoadAttrDict)),
        Place::Property { property, .. } => Some((0, property.bits(), LoadAttrProperty)),
        _ => None,
    };
    // SAFETY: promised by the caller.
    unsafe {
        if let Some((shape, content, operation)) = found {
            return cache_attribute(pc, ty.version(), shape, content, operation);
        }
        if let Some((version, meta, value)) = class_constant(object, name) {
            cache_attribute(pc, version, meta, value, LoadAttrClass);
        } else if let Some((version, meta, cell)) = class_cell(object, name) {
            cache_attribute(pc, version, meta, cell, LoadAttrClassCell);
        }
    }
}

/// Specialises `object.name(...)`.
///
/// # Safety
/// `pc` is at an instruction of the family of `LoadMethod`.
#[cold]
#[inline(never)]
pub unsafe fn load_method(pc: *const u64, object: Value, name: Value) {
    use Operation::*;
    let ty = object.ty();
    let found = match classify(object, name) {
        Place::Method { function, shape } if shape.is_null() => Some((0, function.bits(), LoadMethodBuiltin)),
        Place::Method { function, shape } => {
            shape_word(ty, shape).map(|s| (s, function.bits(), LoadMethodInstance))
        }
        Place::Instance { shape, slot } => {
            shape_word(ty, shape).zip(slot_word(ty, shape, slot)).map(|(s, c)| (s, c, LoadMethodSlot))
        }
        Place::Dictionary => dict_place(object, name).map(|(s, c)| (s, c, LoadMethodModule)),
        _ => None,
    };
    // SAFETY: promised by the caller.
    unsafe {
        if let Some((shape, content, operation)) = found {
            return cache_attribute(pc, ty.version(), shape, content, operation);
        }
        if let Some((version, meta, value)) = class_constant(object, name) {
            cache_attribute(pc, version, meta, value, LoadMethodClass);
        } else if let Some((version, meta, function)) = class_method(object, name) {
            cache_attribute(pc, version, meta, function, LoadMethodBound);
        }
    }
}

/// Specialises `object.name = value`, classified before the store.
///
/// # Safety
/// `pc` is at an instruction of the family of `StoreAttr`.
#[cold]
#[inline(never)]
pub unsafe fn store_attribute(pc: *const u64, object: Value, name: Value) {
    use Operation::*;
    let ty = object.ty();
    let found = match classify_store(object, name) {
        StorePlace::Instance { shape, slot } => {
            shape_word(ty, shape).zip(slot_word(ty, shape, slot)).map(|(s, c)| (s, c, StoreAttrSlot))
        }
        StorePlace::Append { shape, next } => shape_word(ty, shape).and_then(|s| {
            let offset = slot_word(ty, shape, next.count - 1).filter(|o| *o < 1 << 16)?;
            Some((s, &raw const *next as u64 | offset << 48, StoreAttrNewSlot))
        }),
        StorePlace::Member { index } => Some((0, u64::from(index), StoreAttrMember)),
        StorePlace::Dictionary => dict_place(object, name).map(|(s, c)| (s, c, StoreAttrDict)),
        StorePlace::Other => None,
    };
    if let Some((shape, content, operation)) = found {
        // SAFETY: promised by the caller.
        unsafe { cache_attribute(pc, ty.version(), shape, content, operation) };
    } else if let Some((version, meta, cell)) = stored_class_cell(object, name) {
        // SAFETY: as above.
        unsafe { cache_attribute(pc, version, meta, cell, StoreAttrClassCell) };
    }
}

/// Whether an object has the type version of the caches at `pc`.
///
/// # Safety
/// `pc` is at an instruction with a cached version.
#[inline(always)]
pub unsafe fn has_cached_type(pc: *const u64, object: Value) -> bool {
    // SAFETY: promised by the caller.
    let version = unsafe { *pc.add(1) >> 40 } as u32;
    object.ty().version_or_zero() == version
}

/// Whether an object is a class with the version, and its metaclass has the version, of the caches at `pc`.
///
/// # Safety
/// `pc` is at an instruction specialised for classes.
#[inline(always)]
pub unsafe fn is_cached_class(pc: *const u64, object: Value) -> bool {
    // SAFETY: promised by the caller; an object whose type has that version, a metaclass, is a class.
    unsafe {
        if !object.is_pointer() || u64::from(object.ty().version_or_zero()) != *pc.add(2) {
            return false;
        }
        let class = &*(object.header_unchecked() as *const Type);
        class.version_or_zero() == (*pc.add(1) >> 40) as u32
    }
}

/// The address of an object that has the type version and the shape of the caches at `pc`.
///
/// # Safety
/// As for `has_cached_type`.
#[inline(always)]
pub unsafe fn cached_instance(pc: *const u64, object: Value) -> Option<*mut u8> {
    // SAFETY: promised by the caller; objects of that type have attributes at that offset.
    unsafe {
        if !object.is_pointer() || !has_cached_type(pc, object) {
            return None;
        }
        let base = object.header_unchecked() as *mut u8;
        let word = *pc.add(2);
        let attributes = &*(base.add((word >> 48) as usize) as *const Attributes);
        (attributes.shape_pointer() as u64 == word & ADDRESS).then_some(base)
    }
}

/// The attributes of an object that `cached_instance` found.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn attributes_at(pc: *const u64, base: *mut u8) -> &'static Attributes {
    // SAFETY: promised by the caller.
    unsafe { &*(base.add((*pc.add(2) >> 48) as usize) as *const Attributes) }
}

/// The cached slot of an instance that has the cached shape.
///
/// # Safety
/// `pc` is at an instruction specialised for a slot.
#[inline(always)]
pub unsafe fn cached_slot(pc: *const u64, object: Value) -> Option<&'static Slot> {
    // SAFETY: promised by the caller.
    unsafe {
        let base = cached_instance(pc, object)?;
        let content = *pc.add(3);
        if (content as i64) < 0 {
            return Some(attributes_at(pc, base).slot_cell(content as u32));
        }
        Some(&*(base.add(content as usize) as *const Slot))
    }
}

/// The object's new slot and its next shape, if it has the cached shape.
///
/// # Safety
/// `pc` is at a `StoreAttrNewSlot`.
#[inline(always)]
pub unsafe fn append_cached(pc: *const u64, object: Value) -> Option<*mut Value> {
    // SAFETY: promised by the caller; shapes live for ever.
    unsafe {
        let base = cached_instance(pc, object)?;
        let content = *pc.add(3);
        attributes_at(pc, base).set_shape(&*((content & ADDRESS) as *const Shape));
        Some(base.add((content >> 48) as usize) as *mut Value)
    }
}

/// The dict of an object with the cached type that is in dict mode, and the cached place.
///
/// # Safety
/// `pc` is at an instruction specialised for a dict.
#[inline(always)]
pub unsafe fn cached_dict(pc: *const u64, object: Value) -> Option<(&'static Dict, usize)> {
    // SAFETY: promised by the caller; the shape says that there is a dict.
    unsafe {
        let base = cached_instance(pc, object)?;
        let dict = attributes_at(pc, base).dictionary_unchecked();
        (!dict.is_null()).then(|| (dict.cast_unchecked::<Dict>(), *pc.add(3) as usize))
    }
}

/// The third word of the caches at `pc`: a slot, a value or a shape.
///
/// # Safety
/// As for `has_cached_type`.
#[inline(always)]
pub unsafe fn cached_content(pc: *const u64) -> u64 {
    // SAFETY: promised by the caller.
    unsafe { *pc.add(3) }
}

// Calls.

/// The form of a call of this callable. `has_self`: the window has a self.
#[cold]
#[inline(never)]
pub unsafe fn call(pc: *const u64, callable: Value, has_self: bool, first: Value, count: usize) {
    // SAFETY: promised by the caller.
    unsafe {
        if let Some(operation) = call_form(pc, callable, has_self, first, count) {
            rewrite(pc, operation);
        }
    }
}

unsafe fn call_form(
    pc: *const u64,
    callable: Value,
    has_self: bool,
    first: Value,
    count: usize,
) -> Option<Operation> {
    use Operation::*;
    if let Some(function) = callable.cast_exact::<Function>() {
        let total = count + usize::from(has_self);
        let exact = lowered(function.code()).is_none_or(|e| e.exact_arguments() as usize == total);
        return Some(if exact { CallPython } else { CallPythonGeneral });
    }
    if let Some(method) = callable.cast_exact::<Method>() {
        let is_python = method.function.peek().cast_exact::<Function>().is_some();
        return (is_python && !has_self).then_some(CallBoundMethod);
    }
    if !has_self && crate::calls::is_called_as_type(callable) {
        return match (callable.cast::<Type>()?, count) {
            (ty, 1) if std::ptr::eq(ty, &TYPE) => Some(CallType1),
            (ty, 1) if std::ptr::eq(ty, &STR) => Some(CallStr1),
            (ty, _) => {
                let function = crate::calls::python_init(ty)?;
                // SAFETY: promised by the caller.
                unsafe {
                    if !write_version(pc, ty.version()) {
                        return None;
                    }
                    write_cache(pc, 3, Value::of(function).bits());
                }
                Some(CallClass)
            }
        };
    }
    if let Some(function) = callable.cast_exact::<BuiltinFunction>().filter(|_| !has_self) {
        let is = |name: &str| STATE.builtin(name).is_some_and(|v| v.is(callable));
        let row = function.def as *const MethodDef as u64;
        // SAFETY: promised by the caller.
        unsafe { write_cache(pc, 3, row) };
        let resumption = match function.receiver.peek() {
            receiver if receiver.is_exact(&GENERATOR) || receiver.is_exact(&COROUTINE) => {
                resumption_of(function.def).filter(|_| count == 1)
            }
            _ => ((1..=2).contains(&count) && is("next")).then_some(Resumption::Next),
        };
        if let Some(resumption) = resumption {
            // SAFETY: as above.
            unsafe { write_cache(pc, 2, resumption as u64) };
            return Some(CallResume);
        }
        return match (function.def.function, count) {
            (NativeFn::One(_), 1) if is("len") => Some(CallLen),
            (_, 2) if is("isinstance") => Some(CallIsInstance),
            (NativeFn::NoArgs(_), 0) => Some(CallNative0),
            (NativeFn::One(_), 1) => Some(CallNative1),
            _ => Some(CallNativeFast),
        };
    }
    let descriptor = callable.cast_exact::<MethodDescriptor>().filter(|_| has_self)?;
    let row = descriptor.def as *const MethodDef as u64;
    // SAFETY: promised by the caller.
    unsafe { write_cache(pc, 3, row) };
    if let Some(resumption) = resumption_of(descriptor.def).filter(|_| count == 1) {
        // SAFETY: as above.
        unsafe { write_cache(pc, 2, resumption as u64) };
        return Some(CallResume);
    }
    match (descriptor.def.function, count) {
        (NativeFn::One(_), 1)
            if descriptor.def.name == "append"
                && std::ptr::eq(descriptor.owner(), &LIST)
                && first.is_exact(&LIST) =>
        {
            Some(CallListAppend)
        }
        (NativeFn::NoArgs(_), 0) => Some(CallNativeMethod0),
        (NativeFn::One(_), 1) => Some(CallNativeMethod1),
        _ => Some(CallNativeMethodFast),
    }
}

// Truth and containment.

/// The form of a jump on the truth of a value.
///
/// # Safety
/// `pc` is at a `JumpIfTrue` or `JumpIfFalse`, as `if_true` says.
#[cold]
#[inline(never)]
pub unsafe fn truth_jump(pc: *const u64, v: Value, if_true: bool) {
    use Operation::*;
    let [as_bool, as_int, as_sized, as_object] = match if_true {
        true => [JumpIfTrueBool, JumpIfTrueInt, JumpIfTrueSized, JumpIfTrueObject],
        false => [JumpIfFalseBool, JumpIfFalseInt, JumpIfFalseSized, JumpIfFalseObject],
    };
    let slots = v.ty().slots();
    let operation = if v.is_bool() {
        as_bool
    } else if v.is_small_int() {
        as_int
    } else if sized_truth(v).is_some() {
        as_sized
    } else if v.is_pointer() && slots.bool.is_none() && slots.len.is_none() {
        // SAFETY: promised by the caller.
        if !unsafe { write_version(pc, v.ty().version()) } {
            return;
        }
        as_object
    } else if v.is_none() {
        as_object
    } else {
        return;
    };
    // SAFETY: promised by the caller.
    unsafe { rewrite(pc, operation) };
}

/// The truth of a str, list, tuple, dict or set.
#[inline(always)]
pub fn sized_truth(v: Value) -> Option<bool> {
    if !v.is_pointer() {
        return None;
    }
    let ty = v.ty();
    // SAFETY: each type has its layout.
    unsafe {
        if std::ptr::eq(ty, &LIST) {
            return Some(v.cast_unchecked::<List>().len() != 0);
        }
        if std::ptr::eq(ty, &STR) {
            return Some(v.cast_unchecked::<Str>().len() != 0);
        }
        if std::ptr::eq(ty, &DICT) {
            return Some(v.cast_unchecked::<Dict>().len() != 0);
        }
        if std::ptr::eq(ty, &TUPLE) {
            return Some(v.cast_unchecked::<Tuple>().len() != 0);
        }
        if std::ptr::eq(ty, &SET) {
            return Some(v.cast_unchecked::<Set>().len() != 0);
        }
    }
    None
}

/// The truth of None or of an object of the cached type, all of whose instances are true.
///
/// # Safety
/// `pc` is at a jump on truth specialised for objects.
#[inline(always)]
pub unsafe fn object_truth(pc: *const u64, v: Value) -> Option<bool> {
    if v.is_none() {
        return Some(false);
    }
    // SAFETY: promised by the caller.
    (v.is_pointer() && unsafe { has_cached_type(pc, v) }).then_some(true)
}

// Iteration.

/// The form of a step of an iterator.
#[cold]
#[inline(never)]
pub fn iteration_form(iterator: Value) -> Operation {
    use Operation::*;
    let ty = iterator.ty();
    let forms: [(&Type, Operation); 5] = [
        (&LIST_ITERATOR, ForIterList),
        (&TUPLE_ITERATOR, ForIterTuple),
        (&RANGE_ITERATOR, ForIterRange),
        (&GENERATOR, ForIterGenerator),
        (&COROUTINE, ForIterGenerator),
    ];
    forms.iter().find(|(t, _)| std::ptr::eq(*t, ty)).map_or(ForIterNative, |(_, form)| *form)
}
