//! Binary operators of classes: the method of the left operand gets a frame in the running loop, and what is left to do if
//! it gives NotImplemented is done when it returns.
//!
//! The operands stay in their registers meanwhile, as on CPython's stack; the frame holds references of its own.

use crate::calls;
use crate::dispatch::Machine;
use crate::frames::Destination;
use crate::operators;
use ir::opcode::BinaryOperator;
use ir::register::payload;
use runtime::error::PyResult;
use runtime::frame::{FrameKind, Remainder};
use runtime::names;
use runtime::objects::function::Function;
use runtime::thread::Thread;
use runtime::types::slot_functions;
use runtime::types::{Type, TypeFlags};
use runtime::value::{Ref, Value};

/// The names of an operator's method and of its reflected one; `**` has three operands and isn't among them.
fn names_of(operator: BinaryOperator) -> Option<(Value, Value)> {
    use BinaryOperator::*;
    let n = names::get();
    Some(match operator.plain() {
        NB_ADD => (n.__add__, n.__radd__),
        NB_SUBTRACT => (n.__sub__, n.__rsub__),
        NB_MULTIPLY => (n.__mul__, n.__rmul__),
        NB_TRUE_DIVIDE => (n.__truediv__, n.__rtruediv__),
        NB_FLOOR_DIVIDE => (n.__floordiv__, n.__rfloordiv__),
        NB_REMAINDER => (n.__mod__, n.__rmod__),
        NB_MATRIX_MULTIPLY => (n.__matmul__, n.__rmatmul__),
        NB_AND => (n.__and__, n.__rand__),
        NB_OR => (n.__or__, n.__ror__),
        NB_XOR => (n.__xor__, n.__rxor__),
        NB_LSHIFT => (n.__lshift__, n.__rlshift__),
        NB_RSHIFT => (n.__rshift__, n.__rrshift__),
        _ => return None,
    })
}

/// The Python function that is asked first for `x op y`, if all that could come before it is nothing.
fn first_asked(x: Value, y: Value, operator: BinaryOperator) -> Option<&'static Function> {
    let (left, right): (&Type, &Type) = (x.ty(), y.ty());
    if !left.has(TypeFlags::HEAP) || (!std::ptr::eq(left, right) && right.is_subtype(left)) {
        return None;
    }
    let (plain, in_place) = operators::binary_slots(operator)?;
    if operator.is_inplace() && in_place(left.slots()).is_some() {
        return None;
    }
    let (name, _) = names_of(operator)?;
    // A native method of a base would have its own function in the slot, and then no Python function under the name.
    plain(left.slots())?;
    left.lookup(name)?.cast_exact::<Function>()
}

/// Enters the Python method for the running `BinaryOp`, whose operands stay in place. False if that isn't possible.
///
/// # Safety
/// The machine's frame is at the instruction at `pc`, which has no prefix, and its head knows that.
#[inline]
pub unsafe fn enter(m: &mut Machine, pc: *const u64, x: Value, y: Value) -> bool {
    if !x.is_pointer() || !x.ty().has(TypeFlags::HEAP) {
        return false;
    }
    // SAFETY: promised by the caller.
    let number = unsafe { payload(*pc.add(1)) };
    let Some(&operator) = BinaryOperator::ALL.get(number as usize) else { return false };
    let Some(function) = first_asked(x, y, operator) else { return false };
    let returns = Destination { register: Remainder::Plain as u32, ..Destination::default() };
    // SAFETY: promised by the caller.
    unsafe {
        if !calls::enter_with(m, function, returns, || [x.to_ref(), y.to_ref()]) {
            return false;
        }
        (*m.frame).kind.set(FrameKind::Operator);
    }
    true
}

/// `x op y` after the left operand's method has declined.
#[cold]
pub fn after_left(thread: &Thread, x: Value, y: Value, number: u32) -> PyResult {
    let operator = BinaryOperator::ALL.get(number as usize).copied();
    let Some((operator, (_, reflected))) = operator.and_then(|o| Some((o, names_of(o)?))) else {
        return Err(thread.system_error("unknown binary operator"));
    };
    let pick = operators::binary_slots(operator).map(|(plain, _)| plain);
    let slot_of = |v: Value| pick.and_then(|pick| pick(v.ty().slots()));
    let mut result = Ref::NOT_IMPLEMENTED;
    if !std::ptr::eq(x.ty(), y.ty())
        && let Some(right) = slot_of(y)
    {
        // Classes share one slot function, which would ask the left operand again.
        let is_class = slot_of(x).is_some_and(|left| std::ptr::fn_addr_eq(left, right));
        result = if is_class {
            slot_functions::call_if_present(thread, y, reflected, &[x])?.unwrap_or(Ref::NOT_IMPLEMENTED)
        } else {
            right(thread, x, y)?
        };
    }
    if result.value() != Value::NOT_IMPLEMENTED {
        return Ok(result);
    }
    operators::without_number_slots(thread, x, y, operator)
}
