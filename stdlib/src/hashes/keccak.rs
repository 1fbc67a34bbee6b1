//! SHA-3 and SHAKE.

use super::object::{
    Algorithm, Hash, add_gil_limit, begin, hash_attributes, hash_methods, hex, plain_digest,
};
use runtime::object::drop_object;
use runtime::objects::bytes::Bytes;
use runtime::objects::int;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::str::Str;
use runtime::slot_fields::receiver;
use runtime::types::binding::Parameters;
use runtime::{
    NativeFn, Object, PyResult, Slots, Thread, Type, TypeFlags, TypeSpec, Value, getset, method, protocol,
};
use sha3::Digest;
use sha3::digest::{ExtendableOutput, Update, XofReader};

macro_rules! keccak_type {
    ($state:ty, $static:ident, $name:expr, $block:expr, $size:expr, $digest:expr, $suffix:expr, $doc:expr,
     $digest_row:expr, $hex_row:expr) => {
        impl Algorithm for $state {
            const NAME: &'static str = $name;
            const BLOCK_SIZE: usize = $block;
            fn digest_size(&self) -> usize {
                $size
            }
            fn update(&mut self, data: &[u8]) {
                Update::update(self, data);
            }
            fn digest(&self) -> Vec<u8> {
                let finish: fn($state) -> Vec<u8> = $digest;
                finish(self.clone())
            }
        }

        runtime::object!(Hash<$state>, $static);

        static $static: Type = Type::new_static(&TypeSpec {
            name: concat!("_sha3.", $name),
            size: size_of::<Hash<$state>>(),
            flags: TypeFlags::IMMUTABLE,
            slots: Slots {
                new: Some(|thread, _, arguments| {
                    static NEW: Parameters =
                        Parameters::new($name, "(data=b'', *, usedforsecurity=True, string=None)");
                    NEW.bind(thread, arguments, |a| {
                        begin(thread, <$state as Default>::default(), a[0], a[1], a[2])
                    })
                }),
                drop: drop_object::<Hash<$state>>,
                ..Slots::EMPTY
            },
            methods: hash_methods!(
                $state,
                "($self, data, /)",
                "Update this hash object's state with the provided bytes-like object.",
                $digest_row,
                $hex_row
            ),
            getsets: hash_attributes!(
                $state,
                getset("_capacity_bits", |_, _| Ok(int::from_usize(1600 - 8 * $block)), ""),
                getset("_rate_bits", |_, _| Ok(int::from_usize(8 * $block)), ""),
                getset("_suffix", |_, _| Ok(Bytes::new(&[$suffix])), "")
            ),
            doc: $doc,
            ..TypeSpec::EMPTY
        });
    };
}

macro_rules! sha3_type {
    ($state:ty, $static:ident, $name:expr, $block:expr, $doc:expr) => {
        keccak_type!(
            $state,
            $static,
            $name,
            $block,
            <$state as Digest>::output_size(),
            |state| state.finalize().to_vec(),
            6,
            $doc,
            plain_digest!($state),
            plain_digest!($state, hex)
        );
    };
}

macro_rules! shake_type {
    ($state:ty, $static:ident, $name:expr, $block:expr, $doc:expr) => {
        keccak_type!(
            $state,
            $static,
            $name,
            $block,
            0,
            |_| Vec::new(),
            0x1f,
            $doc,
            method(
                "digest",
                "($self, /, length)",
                NativeFn::Bound(|thread, v, a| Ok(Bytes::new(&squeeze::<$state>(thread, v, a[0])?))),
                "Return the digest value as a bytes object.",
            ),
            method(
                "hexdigest",
                "($self, /, length)",
                NativeFn::Bound(|thread, v, a| Ok(hex(&squeeze::<$state>(thread, v, a[0])?))),
                "Return the digest value as a string of hexadecimal digits.",
            )
        );
    };
}

sha3_type!(
    sha3::Sha3_224,
    SHA3_224,
    "sha3_224",
    144,
    "sha3_224([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 28 bytes."
);
sha3_type!(
    sha3::Sha3_256,
    SHA3_256,
    "sha3_256",
    136,
    "sha3_256([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 32 bytes."
);
sha3_type!(
    sha3::Sha3_384,
    SHA3_384,
    "sha3_384",
    104,
    "sha3_384([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 48 bytes."
);
sha3_type!(
    sha3::Sha3_512,
    SHA3_512,
    "sha3_512",
    72,
    "sha3_512([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 64 bytes."
);
shake_type!(
    sha3::Shake128,
    SHAKE_128,
    "shake_128",
    168,
    "shake_128([data], *, usedforsecurity=True) -> SHAKE object\n\nReturn a new SHAKE hash object."
);
shake_type!(
    sha3::Shake256,
    SHAKE_256,
    "shake_256",
    136,
    "shake_256([data], *, usedforsecurity=True) -> SHAKE object\n\nReturn a new SHAKE hash object."
);

/// So many bytes of output.
fn squeeze<A: Algorithm + ExtendableOutput>(thread: &Thread, v: Value, length: Value) -> PyResult<Vec<u8>>
where
    Hash<A>: Object,
{
    let hash = receiver::<Hash<A>>(thread, v)?;
    let length = protocol::index_isize(thread, length)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(thread.value_error("Cannot convert negative int"));
    };
    if length >= 1 << 29 {
        return Err(thread.value_error("length is too large"));
    }
    let mut out = vec![0; length];
    hash.state.with(|state| state.clone()).finalize_xof().read(&mut out);
    Ok(out)
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_sha3",
    doc: "",
    functions: &[],
    init: |_, module| {
        for ty in [&SHA3_224, &SHA3_256, &SHA3_384, &SHA3_512, &SHAKE_128, &SHAKE_256] {
            module::add_type(module, ty);
        }
        module::add(module, "implementation", *Str::new("HACL"));
        add_gil_limit(module);
        Ok(())
    },
};
