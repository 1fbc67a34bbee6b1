//! How far an operation on built-in values reaches: whether it may run Python code, write, or only read. The answer holds
//! for all operands of the kinds that these ones have.

use super::operands::Operand;
use super::{Recorder, Site};
use ir::opcode::{BinaryOperator, Intrinsic1};
use ir::register::{Operation, extend};
use runtime::objects::tuple::Tuple;
use runtime::types::Type;
use runtime::types::registry::{
    BYTEARRAY, BYTES, COMPLEX, DICT, DICT_ITEMS, DICT_KEYS, DICT_VALUES, ENUMERATE, FLOAT, FROZENSET, INT,
    LIST, RANGE, REVERSED, SET, STR, TUPLE, ZIP,
};
use runtime::value::Value;

/// What an operation may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// It reads, and makes new objects.
    Reads,
    /// It changes objects, but runs no Python code.
    Writes,
    /// Anything.
    Runs,
}

fn is_one_of(v: Value, types: &[&Type]) -> bool {
    types.iter().any(|ty| v.is_exact(ty))
}

/// None, bool, int, float, complex, str or bytes, exactly.
pub fn is_scalar(v: Value) -> bool {
    !v.is_pointer() || is_one_of(v, &[&STR, &INT, &FLOAT, &BYTES, &COMPLEX])
}

fn is_sequence(v: Value) -> bool {
    is_one_of(v, &[&LIST, &TUPLE, &STR, &BYTES, &BYTEARRAY, &RANGE])
}

/// Containers that are walked without running Python code.
fn is_source(v: Value) -> bool {
    is_sequence(v) || is_one_of(v, &[&DICT, &SET, &FROZENSET, &DICT_KEYS, &DICT_VALUES, &DICT_ITEMS])
}

/// Sequences of numbers or of anything that other rooms define; an int subscript of theirs runs no Python code.
fn is_native_sequence(v: Value) -> bool {
    is_one_of(v, &[&BYTES, &BYTEARRAY, &RANGE])
        || matches!(&*v.ty().name(), "array.array" | "collections.deque" | "memoryview")
            && !v.ty().has(runtime::types::TypeFlags::HEAP)
}

/// An index or a missing bound.
fn is_bound(v: Value) -> bool {
    v.is_small_int() || v.is_none()
}

impl Recorder {
    /// What an operation on these operands may do.
    pub fn reach(&self, site: &Site, operands: &[Operand]) -> Reach {
        use Operation::*;
        let all = |check: fn(Value) -> bool| operands.iter().all(|o| check(o.now));
        let reads = |yes: bool| if yes { Reach::Reads } else { Reach::Runs };
        let [first, ..] = operands else { return reads(matches!(site.operation, BuildSet | BuildMap)) };
        match site.operation {
            BinaryOp => binary_reach(site.payload(1), first.now, operands[1].now),
            Subscript => reads(is_native_sequence(first.now) && operands[1].now.is_small_int()),
            StoreSubscript => {
                let fits = is_scalar(first.now)
                    && is_native_sequence(operands[1].now)
                    && operands[2].now.is_small_int();
                if fits { Reach::Writes } else { Reach::Runs }
            }
            BinarySlice => {
                reads(is_sequence(first.now) && is_bound(operands[1].now) && is_bound(operands[2].now))
            }
            // That of a bool warns.
            Invert => reads(is_scalar(first.now) && !first.now.is_bool()),
            Negative | FormatSimple | ConvertValue => reads(is_scalar(first.now)),
            FormatWithSpec => reads(is_scalar(first.now) && operands[1].now.is_exact(&STR)),
            Not | ToBool | JumpIfTrue | JumpIfFalse | GetLen => reads(
                is_scalar(first.now) && site.operation != GetLen
                    || is_source(first.now)
                    || is_native_sequence(first.now),
            ),
            Compare | JumpCompare => reads(all(is_scalar)),
            Contains | NotContains | JumpIfContains | JumpIfNotContains => {
                contains_reach(*first, operands[1])
            }
            GetIter => {
                let walks = is_one_of(first.now, &[&ENUMERATE, &ZIP, &REVERSED]);
                reads(is_source(first.now) || walks || super::iteration::runs_no_code(first.now.ty()))
            }
            UnpackPair | UnpackSequence | UnpackEx => reads(is_source(first.now)),
            BuildSet => reads(all(is_scalar)),
            BuildMap => reads(operands.iter().step_by(2).all(|key| is_scalar(key.now))),
            BuildString => reads(operands.iter().all(|part| part.now.is_exact(&STR))),
            Extend if site.a as u16 == extend::LIST && is_source(operands[1].now) => Reach::Writes,
            CallIntrinsic1 => match Intrinsic1::from_number(site.c as u32) {
                Some(Intrinsic1::ListToTuple) => reads(first.now.is_exact(&LIST)),
                Some(Intrinsic1::UnaryPositive) => reads(is_scalar(first.now)),
                _ => Reach::Runs,
            },
            _ => Reach::Runs,
        }
    }

    /// Whether the kinds of the operands decide the type of a quiet operation's result.
    pub fn result_is_of_one_type(&self, site: &Site, operands: &[Operand]) -> bool {
        use Operation::*;
        match site.operation {
            GetIter | BinarySlice | BuildSet | BuildMap | BuildString | FormatSimple | FormatWithSpec
            | ConvertValue => true,
            BinaryOp => is_sequence(operands[0].now),
            _ => false,
        }
    }
}

fn binary_reach(number: u32, x: Value, y: Value) -> Reach {
    let Some(operator) = BinaryOperator::from_number(number) else { return Reach::Runs };
    if is_scalar(x) && is_scalar(y) {
        return Reach::Reads;
    }
    // Lists and bytearrays change in place.
    let changes = operator.is_inplace() && is_one_of(x, &[&LIST, &BYTEARRAY]);
    let quiet = if changes { Reach::Writes } else { Reach::Reads };
    let is_bytes = |v: Value| is_one_of(v, &[&BYTES, &BYTEARRAY]);
    match operator.plain() {
        BinaryOperator::NB_ADD => {
            let same = x.is_exact(y.ty()) && is_one_of(x, &[&LIST, &TUPLE]);
            let extends = changes && x.is_exact(&LIST) && is_source(y);
            if same || extends || (is_bytes(x) && is_bytes(y)) { quiet } else { Reach::Runs }
        }
        BinaryOperator::NB_MULTIPLY => {
            let repeats = |v: Value, n: Value| is_sequence(v) && !v.is_exact(&RANGE) && n.is_small_int();
            if repeats(x, y) || repeats(y, x) { quiet } else { Reach::Runs }
        }
        _ => Reach::Runs,
    }
}

fn contains_reach(x: Operand, container: Operand) -> Reach {
    let quiet = if container.now.is_exact(&STR) {
        x.now.is_exact(&STR)
    } else if is_one_of(container.now, &[&RANGE, &BYTES, &BYTEARRAY]) {
        is_scalar(x.now)
    } else {
        // A display of constants stays what it is.
        let items = container.now.cast_exact::<Tuple>().filter(|_| container.reference.is_constant());
        is_scalar(x.now) && items.is_some_and(|t| t.items().iter().all(|i| is_scalar(*i)))
    };
    if quiet { Reach::Reads } else { Reach::Runs }
}
