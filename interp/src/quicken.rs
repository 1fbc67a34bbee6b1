//! Quickening: which specialised form an instruction is rewritten to, and what its cache words hold.
//!
//! A rewritten instruction keeps its operands. Its form checks what it assumes and otherwise runs as the generic one, which
//! may choose again. Caches hold borrowed values: the version they are guarded by changes before the value can die.
//!
//! | form | upper half of the name word | first cache | second cache |
//! |---|---|---|---|
//! | globals | - | keys versions of globals (low) and builtins (high) | place |
//! | attributes | type version | shape | slot or value |

use ir::opcode::BinaryOperator;
use ir::register::{Operation, TEST_UNLESS, Word, flags};
use runtime::attributes::{Place, StorePlace, classify, classify_store};
use runtime::frame::Frame;
use runtime::objects::dict::Dict;
use runtime::objects::list::List;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::types::CompareOp;
use runtime::value::Value;

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

/// Writes the interpreter's half of the name word.
///
/// # Safety
/// The instruction's second word is a name.
unsafe fn write_version(pc: *const u64, version: u32) {
    // SAFETY: as in `rewrite`.
    unsafe {
        let word = (pc as *mut u64).add(1);
        *word = *word & 0xFFFF_FFFF | u64::from(version) << 32;
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
    Value::both_inline_float(b, c).then_some(Operation::CompareFloat)
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
    None
}

/// The form of a subscript for these operands.
#[cold]
#[inline(never)]
pub fn subscript_form(b: Value, c: Value) -> Option<Operation> {
    if c.is_small_int() {
        if b.cast_exact::<List>().is_some() {
            return Some(Operation::SubscriptListInt);
        }
        if b.cast_exact::<Tuple>().is_some() {
            return Some(Operation::SubscriptTupleInt);
        }
    }
    b.cast_exact::<Dict>().map(|_| Operation::SubscriptDict)
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
unsafe fn cache_attribute(pc: *const u64, object: Value, shape: u64, content: u64, operation: Operation) {
    let version = object.ty().version();
    if version == 0 {
        return;
    }
    // SAFETY: promised by the caller.
    unsafe {
        write_version(pc, version);
        write_cache(pc, 2, shape);
        write_cache(pc, 3, content);
        rewrite(pc, operation);
    }
}

/// Specialises `object.name`.
///
/// # Safety
/// `pc` is at an instruction of the family of `LoadAttr`.
#[cold]
#[inline(never)]
pub unsafe fn load_attribute(pc: *const u64, object: Value, name: Value) {
    let (shape, content, operation) = match classify(object, name) {
        Place::Instance { shape, slot } => (shape as u64, u64::from(slot), Operation::LoadAttrSlot),
        Place::Member { index } => (0, u64::from(index), Operation::LoadAttrMember),
        Place::Constant { value, shape } if !shape.is_null() => {
            (shape as u64, value.bits(), Operation::LoadAttrValue)
        }
        _ => return,
    };
    // SAFETY: promised by the caller.
    unsafe { cache_attribute(pc, object, shape, content, operation) };
}

/// Specialises `object.name(...)`.
///
/// # Safety
/// `pc` is at an instruction of the family of `LoadMethod`.
#[cold]
#[inline(never)]
pub unsafe fn load_method(pc: *const u64, object: Value, name: Value) {
    let (shape, content, operation) = match classify(object, name) {
        Place::Method { function, shape } if shape.is_null() => {
            (0, function.bits(), Operation::LoadMethodBuiltin)
        }
        Place::Method { function, shape } => (shape as u64, function.bits(), Operation::LoadMethodInstance),
        Place::Instance { shape, slot } => (shape as u64, u64::from(slot), Operation::LoadMethodSlot),
        _ => return,
    };
    // SAFETY: promised by the caller.
    unsafe { cache_attribute(pc, object, shape, content, operation) };
}

/// Specialises `object.name = value`, classified before the store.
///
/// # Safety
/// `pc` is at an instruction of the family of `StoreAttr`.
#[cold]
#[inline(never)]
pub unsafe fn store_attribute(pc: *const u64, object: Value, name: Value) {
    let (shape, content, operation) = match classify_store(object, name) {
        StorePlace::Instance { shape, slot } => (shape as u64, u64::from(slot), Operation::StoreAttrSlot),
        StorePlace::Append { shape, next } => {
            (shape as u64, &raw const *next as u64, Operation::StoreAttrNewSlot)
        }
        StorePlace::Member { index } => (0, u64::from(index), Operation::StoreAttrMember),
        _ => return,
    };
    // SAFETY: promised by the caller.
    unsafe { cache_attribute(pc, object, shape, content, operation) };
}

/// Whether an object has the type version of the caches at `pc`.
///
/// # Safety
/// `pc` is at an attribute instruction with filled caches.
#[inline(always)]
pub unsafe fn has_cached_type(pc: *const u64, object: Value) -> bool {
    // SAFETY: promised by the caller.
    let version = unsafe { *pc.add(1) >> 32 } as u32;
    object.ty().version_or_zero() == version
}

/// The attributes of an object that has the type version and the shape of the caches at `pc`.
///
/// # Safety
/// As for `has_cached_type`.
#[inline(always)]
pub unsafe fn cached_attributes(
    pc: *const u64,
    object: Value,
) -> Option<&'static runtime::instance::Attributes> {
    // SAFETY: promised by the caller.
    if !object.is_pointer() || !unsafe { has_cached_type(pc, object) } {
        return None;
    }
    let attributes = object.ty().attributes_of(object.header_unchecked())?;
    // SAFETY: as above.
    (attributes.shape_pointer() as u64 == unsafe { *pc.add(2) }).then_some(attributes)
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
