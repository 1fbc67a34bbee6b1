//! What all hash objects have in common: an algorithm's state behind `update`, `digest`, `hexdigest` and `copy`.

use crate::support::{ByteSource, byte_source};
use runtime::objects::bytes::Bytes;
use runtime::objects::module;
use runtime::objects::str::Str;
use runtime::slot_fields::receiver;
use runtime::{GilCell, Header, Object, PyResult, Ref, Thread, Value, new_exact, protocol};

/// An algorithm with the data it has seen.
pub(super) trait Algorithm: Clone + 'static {
    const NAME: &'static str;
    const BLOCK_SIZE: usize;
    fn digest_size(&self) -> usize;
    fn update(&mut self, data: &[u8]);
    fn digest(&self) -> Vec<u8>;
}

/// A hash object.
#[repr(C)]
pub(super) struct Hash<A: Algorithm> {
    pub(super) header: Header,
    pub(super) state: GilCell<A>,
}

pub(super) fn new_hash<A: Algorithm>(state: A) -> Ref
where
    Hash<A>: Object,
{
    new_exact(|header| Hash { header, state: GilCell::new(state) })
}

/// The bytes to hash.
pub(super) fn data_argument(thread: &Thread, v: Value) -> PyResult<ByteSource> {
    if v.cast::<Str>().is_some() {
        return Err(thread.type_error("Strings must be encoded before hashing"));
    }
    if v.cast::<Bytes>().is_none() && v.ty().slots().buffer.is_none() {
        return Err(thread.type_error("object supporting the buffer API required"));
    }
    byte_source(thread, v)
}

/// Takes in the first data, which comes as `data` or as `string`; then the flag `usedforsecurity`, which means nothing.
pub(super) fn begin<A: Algorithm>(
    thread: &Thread,
    mut state: A,
    data: Value,
    for_security: Value,
    string: Value,
) -> PyResult
where
    Hash<A>: Object,
{
    if !for_security.is_null() {
        protocol::is_true(thread, for_security)?;
    }
    let first = match (data.is_null(), string.is_null()) {
        (false, false) => {
            return Err(thread.type_error(
                "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version.",
            ));
        }
        (true, _) => string,
        _ => data,
    };
    if !first.is_null() {
        state.update(data_argument(thread, first)?.bytes());
    }
    Ok(new_hash(state))
}

pub(super) fn update<A: Algorithm>(thread: &Thread, v: Value, data: Value) -> PyResult
where
    Hash<A>: Object,
{
    let hash = receiver::<Hash<A>>(thread, v)?;
    let source = data_argument(thread, data)?;
    hash.state.with(|state| state.update(source.bytes()));
    Ok(Ref::NONE)
}

pub(super) fn copy<A: Algorithm>(thread: &Thread, v: Value) -> PyResult
where
    Hash<A>: Object,
{
    Ok(new_hash(receiver::<Hash<A>>(thread, v)?.state.with(|state| state.clone())))
}

pub(super) fn digest<A: Algorithm>(thread: &Thread, v: Value) -> PyResult
where
    Hash<A>: Object,
{
    Ok(Bytes::new(&receiver::<Hash<A>>(thread, v)?.state.with(|state| state.digest())))
}

pub(super) fn hex_digest<A: Algorithm>(thread: &Thread, v: Value) -> PyResult
where
    Hash<A>: Object,
{
    Ok(hex(&receiver::<Hash<A>>(thread, v)?.state.with(|state| state.digest())))
}

/// Lower case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> Ref {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits: Vec<u8> =
        bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|digit| DIGITS[usize::from(digit)]).collect();
    Str::from_ascii(&digits)
}

pub(super) fn add_gil_limit(module: Value) {
    module::add(module, "_GIL_MINSIZE", Value::small_int(2048));
}

/// The rows that all hash types have. `$digest` are those of `digest` and `hexdigest`.
macro_rules! hash_methods {
    ($algorithm:ty, $update:expr, $doc:expr $(, $digest:expr)*) => {
        &[
            runtime::method(
                "copy",
                "($self, /)",
                runtime::NativeFn::NoArgs($crate::hashes::object::copy::<$algorithm>),
                "Return a copy of the hash object.",
            ),
            $($digest,)*
            runtime::method(
                "update",
                $update,
                runtime::NativeFn::One($crate::hashes::object::update::<$algorithm>),
                $doc,
            ),
        ]
    };
}
pub(super) use hash_methods;

/// The rows of `digest` and `hexdigest` without arguments.
macro_rules! plain_digest {
    ($algorithm:ty) => {
        runtime::method(
            "digest",
            "($self, /)",
            runtime::NativeFn::NoArgs($crate::hashes::object::digest::<$algorithm>),
            "Return the digest value as a bytes object.",
        )
    };
    ($algorithm:ty, hex) => {
        runtime::method(
            "hexdigest",
            "($self, /)",
            runtime::NativeFn::NoArgs($crate::hashes::object::hex_digest::<$algorithm>),
            "Return the digest value as a string of hexadecimal digits.",
        )
    };
}
pub(super) use plain_digest;

/// The attributes that all hash types have, and more.
macro_rules! hash_attributes {
    ($algorithm:ty $(, $more:expr)*) => {
        &[
            runtime::getset(
                "block_size",
                |_, _| Ok(runtime::objects::int::from_usize(
                    <$algorithm as $crate::hashes::object::Algorithm>::BLOCK_SIZE,
                )),
                "",
            ),
            runtime::getset(
                "name",
                |_, _| Ok(runtime::objects::str::Str::new(
                    <$algorithm as $crate::hashes::object::Algorithm>::NAME,
                )),
                "",
            ),
            runtime::getset(
                "digest_size",
                |thread, v| {
                    let hash = runtime::slot_fields::receiver::<$crate::hashes::object::Hash<$algorithm>>(thread, v)?;
                    let size = hash.state.with(|state| $crate::hashes::object::Algorithm::digest_size(state));
                    Ok(runtime::objects::int::from_usize(size))
                },
                "",
            ),
            $($more,)*
        ]
    };
}
pub(super) use hash_attributes;
