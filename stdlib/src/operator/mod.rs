//! `_operator`: the operators as functions. This file: a row for each; what is more than a call of the protocol stands in
//! `functions`, the getters and `methodcaller` in files of their own.

mod attrgetter;
mod functions;
mod itemgetter;
mod methodcaller;

use ir::opcode::BinaryOperator;
use runtime::objects::module::{ModuleSpec, add_type};
use runtime::{CompareOp, Effects, MethodDef, NativeFn, Ref, Value, method, protocol};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_operator",
    doc: "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic operators of Python.  For example, operator.add(x, y)\nis equivalent to the expression x+y.  The function names are those\nused for special methods; variants without leading and trailing\n'__' are also provided for convenience.",
    functions: FUNCTIONS,
    init: |_, module| {
        for ty in [&attrgetter::ATTRGETTER, &itemgetter::ITEMGETTER, &methodcaller::METHODCALLER] {
            add_type(module, ty);
        }
        Ok(())
    },
};

const FUNCTIONS: &[MethodDef] = &[
    method(
        "_compare_digest",
        "($module, a, b, /)",
        NativeFn::Bound(functions::compare_digest),
        "Return 'a == b'.\n\nThis function uses an approach designed to prevent\ntiming analysis, making it appropriate for cryptography.\n\na and b must both be of the same type: either str (ASCII only),\nor any bytes-like object.\n\nNote: If a and b are of different lengths, or if an error occurs,\na timing attack could theoretically reveal information about the\ntypes and lengths of a and b--but not their values.",
    ),
    method("abs", "($module, a, /)", NativeFn::One(|t, _, x| protocol::absolute(t, x)), "Same as abs(a).").effects(Effects::PLAIN),
    method(
        "add",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::add(t, a[0], a[1])),
        "Same as a + b.",
    ).effects(Effects::PLAIN),
    method(
        "and_",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::and(t, a[0], a[1])),
        "Same as a & b.",
    ).effects(Effects::PLAIN),
    method(
        "call",
        "($module, obj, /, *args, **kwargs)",
        NativeFn::Raw(functions::call),
        "Same as obj(*args, **kwargs).",
    ),
    method(
        "concat",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::concat(t, a[0], a[1])),
        "Same as a + b, for a and b sequences.",
    ).effects(Effects::PLAIN),
    method(
        "contains",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::contains(t, a[0], a[1]).map(Ref::bool)),
        "Same as b in a (note reversed operands).",
    ).effects(Effects::PLAIN),
    method(
        "countOf",
        "($module, a, b, /)",
        NativeFn::Bound(functions::count_of),
        "Return the number of items in a which are, or which equal, b.",
    ),
    method(
        "delitem",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::del_item(t, a[0], a[1]).map(|()| Ref::NONE)),
        "Same as del a[b].",
    ),
    method(
        "eq",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::compare(t, a[0], a[1], CompareOp::Eq)),
        "Same as a == b.",
    ).effects(Effects::PLAIN),
    method(
        "floordiv",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::floor_divide(t, a[0], a[1])),
        "Same as a // b.",
    ).effects(Effects::PLAIN),
    method(
        "ge",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::compare(t, a[0], a[1], CompareOp::Ge)),
        "Same as a >= b.",
    ).effects(Effects::PLAIN),
    method(
        "getitem",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::get_item(t, a[0], a[1])),
        "Same as a[b].",
    ).effects(Effects::PLAIN),
    method(
        "gt",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::compare(t, a[0], a[1], CompareOp::Gt)),
        "Same as a > b.",
    ).effects(Effects::PLAIN),
    method(
        "iadd",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::binary_operation(t, BinaryOperator::NB_INPLACE_ADD, a[0], a[1])),
        "Same as a += b.",
    ).effects(Effects::PLAIN),
    method(
        "iand",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::binary_operation(t, BinaryOperator::NB_INPLACE_AND, a[0], a[1])),
        "Same as a &= b.",
    ).effects(Effects::PLAIN),
    method(
        "iconcat",
        "($module, a, b, /)",
        NativeFn::Bound(functions::iconcat),
        "Same as a += b, for a and b sequences.",
    ).effects(Effects::PLAIN),
    method(
        "ifloordiv",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| {
            protocol::binary_operation(t, BinaryOperator::NB_INPLACE_FLOOR_DIVIDE, a[0], a[1])
        }),
        "Same as a //= b.",
    ).effects(Effects::PLAIN),
    method(
        "ilshift",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| {
            protocol::binary_operation(t, BinaryOperator::NB_INPLACE_LSHIFT, a[0], a[1])
        }),
        "Same as a <<= b.",
    ).effects(Effects::PLAIN),
    method(
        "imatmul",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| {
            protocol::binary_operation(t, BinaryOperator::NB_INPLACE_MATRIX_MULTIPLY, a[0], a[1])
        }),
        "Same as a @= b.",
    ),
    method(
        "imod",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| {
            protocol::binary_operation(t, BinaryOperator::NB_INPLACE_REMAINDER, a[0], a[1])
        }),
        "Same as a %= b.",
    ).effects(Effects::PLAIN),
    method(
        "imul",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| {
            protocol::binary_operation(t, BinaryOperator::NB_INPLACE_MULTIPLY, a[0], a[1])
        }),
        "Same as a *= b.",
    ).effects(Effects::PLAIN),
    method(
        "index",
        "($module, a, /)",
        NativeFn::One(|t, _, x| functions::index(t, x)),
        "Same as a.__index__()",
    ).effects(Effects::PLAIN),
    method(
        "indexOf",
        "($module, a, b, /)",
        NativeFn::Bound(functions::index_of),
        "Return the first index of b in a.",
    ),
    method("inv", "($module, a, /)", NativeFn::One(|t, _, x| protocol::invert(t, x)), "Same as ~a.").effects(Effects::PLAIN),
    method("invert", "($module, a, /)", NativeFn::One(|t, _, x| protocol::invert(t, x)), "Same as ~a.").effects(Effects::PLAIN),
    method(
        "ior",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::binary_operation(t, BinaryOperator::NB_INPLACE_OR, a[0], a[1])),
        "Same as a |= b.",
    ).effects(Effects::PLAIN),
    method(
        "ipow",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| {
            protocol::binary_operation(t, BinaryOperator::NB_INPLACE_POWER, a[0], a[1])
        }),
        "Same as a **= b.",
    ).effects(Effects::PLAIN),
    method(
        "irshift",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| {
            protocol::binary_operation(t, BinaryOperator::NB_INPLACE_RSHIFT, a[0], a[1])
        }),
        "Same as a >>= b.",
    ).effects(Effects::PLAIN),
    method(
        "is_",
        "($module, a, b, /)",
        NativeFn::Bound(|_, _, a| Ok(Ref::bool(a[0].is(a[1])))),
        "Same as a is b.",
    )
    .effects(Effects::PURE),
    method(
        "is_none",
        "($module, a, /)",
        NativeFn::One(|_, _, x| Ok(Ref::bool(x.is_none()))),
        "Same as a is None.",
    )
    .effects(Effects::PURE),
    method(
        "is_not",
        "($module, a, b, /)",
        NativeFn::Bound(|_, _, a| Ok(Ref::bool(!a[0].is(a[1])))),
        "Same as a is not b.",
    )
    .effects(Effects::PURE),
    method(
        "is_not_none",
        "($module, a, /)",
        NativeFn::One(|_, _, x| Ok(Ref::bool(!x.is_none()))),
        "Same as a is not None.",
    )
    .effects(Effects::PURE),
    method(
        "isub",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| {
            protocol::binary_operation(t, BinaryOperator::NB_INPLACE_SUBTRACT, a[0], a[1])
        }),
        "Same as a -= b.",
    ).effects(Effects::PLAIN),
    method(
        "itruediv",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| {
            protocol::binary_operation(t, BinaryOperator::NB_INPLACE_TRUE_DIVIDE, a[0], a[1])
        }),
        "Same as a /= b.",
    ).effects(Effects::PLAIN),
    method(
        "ixor",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::binary_operation(t, BinaryOperator::NB_INPLACE_XOR, a[0], a[1])),
        "Same as a ^= b.",
    ).effects(Effects::PLAIN),
    method(
        "le",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::compare(t, a[0], a[1], CompareOp::Le)),
        "Same as a <= b.",
    ).effects(Effects::PLAIN),
    method(
        "length_hint",
        "($module, obj, default=0, /)",
        NativeFn::Bound(functions::length_hint),
        "Return an estimate of the number of items in obj.\n\nThis is useful for presizing containers when building from an iterable.\n\nIf the object supports len(), the result will be exact.\nOtherwise, it may over- or under-estimate by an arbitrary amount.\nThe result will be an integer >= 0.",
    ).effects(Effects::PLAIN),
    method(
        "lshift",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::lshift(t, a[0], a[1])),
        "Same as a << b.",
    ).effects(Effects::PLAIN),
    method(
        "lt",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::compare(t, a[0], a[1], CompareOp::Lt)),
        "Same as a < b.",
    ).effects(Effects::PLAIN),
    method(
        "matmul",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::matrix_multiply(t, a[0], a[1])),
        "Same as a @ b.",
    ),
    method(
        "mod",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::remainder(t, a[0], a[1])),
        "Same as a % b.",
    ).effects(Effects::PLAIN),
    method(
        "mul",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::multiply(t, a[0], a[1])),
        "Same as a * b.",
    ).effects(Effects::PLAIN),
    method(
        "ne",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::compare(t, a[0], a[1], CompareOp::Ne)),
        "Same as a != b.",
    ).effects(Effects::PLAIN),
    method("neg", "($module, a, /)", NativeFn::One(|t, _, x| protocol::negative(t, x)), "Same as -a.").effects(Effects::PLAIN),
    method(
        "not_",
        "($module, a, /)",
        NativeFn::One(|t, _, x| protocol::is_true(t, x).map(|b| Ref::bool(!b))),
        "Same as not a.",
    ).effects(Effects::PLAIN),
    method(
        "or_",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::or(t, a[0], a[1])),
        "Same as a | b.",
    ).effects(Effects::PLAIN),
    method("pos", "($module, a, /)", NativeFn::One(|t, _, x| protocol::positive(t, x)), "Same as +a.").effects(Effects::PLAIN),
    method(
        "pow",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::power(t, a[0], a[1], Value::NONE)),
        "Same as a ** b.",
    ).effects(Effects::PLAIN),
    method(
        "rshift",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::rshift(t, a[0], a[1])),
        "Same as a >> b.",
    ).effects(Effects::PLAIN),
    method(
        "setitem",
        "($module, a, b, c, /)",
        NativeFn::Bound(|t, _, a| protocol::set_item(t, a[0], a[1], a[2]).map(|()| Ref::NONE)),
        "Same as a[b] = c.",
    ),
    method(
        "sub",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::subtract(t, a[0], a[1])),
        "Same as a - b.",
    ).effects(Effects::PLAIN),
    method(
        "truediv",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::true_divide(t, a[0], a[1])),
        "Same as a / b.",
    ).effects(Effects::PLAIN),
    method(
        "truth",
        "($module, a, /)",
        NativeFn::One(|t, _, x| protocol::is_true(t, x).map(Ref::bool)),
        "Return True if a is true, False otherwise.",
    ).effects(Effects::PLAIN),
    method(
        "xor",
        "($module, a, b, /)",
        NativeFn::Bound(|t, _, a| protocol::xor(t, a[0], a[1])),
        "Same as a ^ b.",
    ).effects(Effects::PLAIN),
];
