//! All built-in types by one path, and their list in the order in which they are readied.

use super::Type;

pub use super::ready::{ready, ready_all};
pub use crate::objects::async_generator::{ASEND, ASYNC_GENERATOR, ATHROW, WRAPPED_VALUE};
pub use crate::objects::bool::BOOL;
pub use crate::objects::builtin_function::BUILTIN_FUNCTION;
pub use crate::objects::bytearray::BYTEARRAY;
pub use crate::objects::bytes::{BYTES, BYTES_ITERATOR};
pub use crate::objects::code::CODE;
pub use crate::objects::complex::COMPLEX;
pub use crate::objects::coroutine::{COROUTINE, COROUTINE_WRAPPER};
pub use crate::objects::decorators::{CLASSMETHOD, STATICMETHOD};
pub use crate::objects::descriptors::{
    CLASSMETHOD_DESCRIPTOR, GETSET_DESCRIPTOR, MEMBER_DESCRIPTOR, METHOD_DESCRIPTOR, METHOD_WRAPPER,
    WRAPPER_DESCRIPTOR,
};
pub use crate::objects::dict::{
    DICT, DICT_ITEM_ITERATOR, DICT_ITEMS, DICT_KEY_ITERATOR, DICT_KEYS, DICT_REVERSE_ITEM_ITERATOR,
    DICT_REVERSE_KEY_ITERATOR, DICT_REVERSE_VALUE_ITERATOR, DICT_VALUE_ITERATOR, DICT_VALUES,
};
pub use crate::objects::exceptions::*;
pub use crate::objects::float::FLOAT;
pub use crate::objects::frame::FRAME;
pub use crate::objects::frame_locals::FRAME_LOCALS_PROXY;
pub use crate::objects::function::{CELL, FUNCTION};
pub use crate::objects::generator::GENERATOR;
pub use crate::objects::generic_alias::{ALIAS_ITERATOR, GENERIC_ALIAS};
pub use crate::objects::int::INT;
pub use crate::objects::iterators::{
    ANEXT_AWAITABLE, CALLABLE_ITERATOR, ENUMERATE, FILTER, MAP, REVERSED, SEQUENCE_ITERATOR, ZIP,
};
pub use crate::objects::list::LIST;
pub use crate::objects::list::iterator::{LIST_ITERATOR, LIST_REVERSE_ITERATOR};
pub use crate::objects::mappingproxy::MAPPINGPROXY;
pub use crate::objects::memoryview::{MEMORY_ITERATOR, MEMORYVIEW};
pub use crate::objects::method::METHOD;
pub use crate::objects::module::MODULE;
pub use crate::objects::object::OBJECT;
pub use crate::objects::property::PROPERTY;
pub use crate::objects::range::{LONG_RANGE_ITERATOR, RANGE, RANGE_ITERATOR};
pub use crate::objects::set::{FROZENSET, SET, SET_ITERATOR};
pub use crate::objects::simple_namespace::SIMPLE_NAMESPACE;
pub use crate::objects::singletons::*;
pub use crate::objects::slice::SLICE;
pub use crate::objects::str_type::{STR, STR_ITERATOR};
pub use crate::objects::super_::SUPER;
pub use crate::objects::template::{INTERPOLATION, TEMPLATE, TEMPLATE_ITERATOR};
pub use crate::objects::traceback::TRACEBACK;
pub use crate::objects::tuple::{TUPLE, TUPLE_ITERATOR};
pub use crate::objects::type_::TYPE;
pub use crate::objects::type_parameters::{
    CONST_EVALUATOR, NO_DEFAULT_TYPE, PARAM_SPEC, PARAM_SPEC_ARGS, PARAM_SPEC_KWARGS, TYPE_ALIAS, TYPE_VAR,
    TYPE_VAR_TUPLE,
};
pub use crate::objects::union::UNION;
pub use crate::objects::weakproxy::{CALLABLE_PROXY, PROXY};
pub use crate::weakref::REFERENCE;

/// All built-in types but the exceptions, bases first.
pub static ALL: &[&Type] = &[
    &OBJECT,
    &TYPE,
    &INT,
    &BOOL,
    &FLOAT,
    &COMPLEX,
    &STR,
    &TUPLE,
    &LIST,
    &DICT,
    &SLICE,
    &DICT_KEYS,
    &DICT_VALUES,
    &DICT_ITEMS,
    &DICT_KEY_ITERATOR,
    &DICT_VALUE_ITERATOR,
    &DICT_ITEM_ITERATOR,
    &DICT_REVERSE_KEY_ITERATOR,
    &DICT_REVERSE_VALUE_ITERATOR,
    &DICT_REVERSE_ITEM_ITERATOR,
    &SET,
    &FROZENSET,
    &SET_ITERATOR,
    &LIST_ITERATOR,
    &LIST_REVERSE_ITERATOR,
    &TUPLE_ITERATOR,
    &CALLABLE_ITERATOR,
    &MEMORY_ITERATOR,
    &REVERSED,
    &SEQUENCE_ITERATOR,
    &RANGE,
    &RANGE_ITERATOR,
    &LONG_RANGE_ITERATOR,
    &ENUMERATE,
    &ZIP,
    &MAP,
    &FILTER,
    &ANEXT_AWAITABLE,
    &CODE,
    &FRAME,
    &FUNCTION,
    &CELL,
    &MODULE,
    &METHOD,
    &BUILTIN_FUNCTION,
    &METHOD_DESCRIPTOR,
    &CLASSMETHOD_DESCRIPTOR,
    &WRAPPER_DESCRIPTOR,
    &METHOD_WRAPPER,
    &GETSET_DESCRIPTOR,
    &MEMBER_DESCRIPTOR,
    &CLASSMETHOD,
    &STATICMETHOD,
    &PROPERTY,
    &SUPER,
    &SIMPLE_NAMESPACE,
    &MAPPINGPROXY,
    &UNION,
    &TYPE_VAR,
    &PARAM_SPEC,
    &PARAM_SPEC_ARGS,
    &PARAM_SPEC_KWARGS,
    &TYPE_VAR_TUPLE,
    &TYPE_ALIAS,
    &NO_DEFAULT_TYPE,
    &CONST_EVALUATOR,
    &GENERIC_ALIAS,
    &ALIAS_ITERATOR,
    &NONE_TYPE,
    &ELLIPSIS_TYPE,
    &NOT_IMPLEMENTED_TYPE,
    &BYTES,
    &BYTEARRAY,
    &MEMORYVIEW,
    &BYTES_ITERATOR,
    &STR_ITERATOR,
    &REFERENCE,
    &PROXY,
    &CALLABLE_PROXY,
    &TRACEBACK,
    &FRAME_LOCALS_PROXY,
    &GENERATOR,
    &COROUTINE,
    &COROUTINE_WRAPPER,
    &ASYNC_GENERATOR,
    &ASEND,
    &ATHROW,
    &WRAPPED_VALUE,
    &UNRAISABLE_HOOK_ARGS,
    &INTERPOLATION,
    &TEMPLATE,
    &TEMPLATE_ITERATOR,
];
