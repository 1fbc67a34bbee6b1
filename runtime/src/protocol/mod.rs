//! Operations on any object: what the interpreter and native code call for `repr`, `hash`, comparison, iteration, items,
//! arithmetic. Each looks at the type's slots and raises CPython's errors.

mod compare;
mod conversion;
mod iterate;
mod number;
mod sequence;
#[cfg(test)]
mod tests;

pub use compare::{compare, compare_after_left, compare_bool, hash, is_true};
pub use conversion::{
    as_f64, c_int, c_ssize, exact_int, float, index, index_i64, index_isize, index_isize_or, index_u64, int,
    repr, str,
};
pub use iterate::{collect, item_or_end, iter, length_hint, next, next_or_stop, unpack, unpack_starred};
pub use number::{
    UnaryOperator, absolute, add, and, binary_operation, divmod, floor_divide, invert, lshift,
    matrix_multiply, multiply, negative, or, positive, power, remainder, rshift, subtract, true_divide,
    unary, xor,
};
pub use sequence::{concat, contains, del_item, get_item, len, set_item};
