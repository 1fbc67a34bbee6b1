//! MD5, SHA-1 and SHA-2.

use super::object::{Algorithm, Hash, add_gil_limit, begin, hash_attributes, hash_methods, plain_digest};
use md5::Digest;
use runtime::object::drop_object;
use runtime::objects::module::{self, ModuleSpec};
use runtime::types::registry::ready;
use runtime::{NativeFn, PyResult, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method};

macro_rules! digest_type {
    ($state:ty, $static:ident, $type_name:expr, $name:expr, $block:expr) => {
        impl Algorithm for $state {
            const NAME: &'static str = $name;
            const BLOCK_SIZE: usize = $block;
            fn digest_size(&self) -> usize {
                <$state as Digest>::output_size()
            }
            fn update(&mut self, data: &[u8]) {
                Digest::update(self, data);
            }
            fn digest(&self) -> Vec<u8> {
                self.clone().finalize().to_vec()
            }
        }

        runtime::object!(Hash<$state>, $static);

        static $static: Type = Type::new_static(&TypeSpec {
            name: $type_name,
            size: size_of::<Hash<$state>>(),
            flags: TypeFlags::NO_INSTANTIATION.union(TypeFlags::IMMUTABLE),
            slots: Slots { drop: drop_object::<Hash<$state>>, ..Slots::EMPTY },
            methods: hash_methods!(
                $state,
                "($self, obj, /)",
                "Update this hash object's state with the provided string.",
                plain_digest!($state),
                plain_digest!($state, hex)
            ),
            getsets: hash_attributes!($state),
            ..TypeSpec::EMPTY
        });
    };
}

digest_type!(md5::Md5, MD5_TYPE, "_md5.md5", "md5", 64);
digest_type!(sha1::Sha1, SHA1_TYPE, "_sha1.sha1", "sha1", 64);
digest_type!(sha2::Sha224, SHA224_TYPE, "_sha2.SHA224Type", "sha224", 64);
digest_type!(sha2::Sha256, SHA256_TYPE, "_sha2.SHA256Type", "sha256", 64);
digest_type!(sha2::Sha384, SHA384_TYPE, "_sha2.SHA384Type", "sha384", 128);
digest_type!(sha2::Sha512, SHA512_TYPE, "_sha2.SHA512Type", "sha512", 128);

const SIGNATURE: &str = "($module, /, data=b'', *, usedforsecurity=True, string=None)";

fn make<A: Algorithm + Default>(thread: &Thread, _: Value, a: &[Value]) -> PyResult
where
    Hash<A>: runtime::Object,
{
    begin(thread, A::default(), a[0], a[1], a[2])
}

fn add_types(module: Value, types: &[(&str, &'static Type)]) {
    for (name, ty) in types {
        ready(ty);
        module::add(module, name, Value::of(*ty));
    }
    add_gil_limit(module);
}

pub static MD5: ModuleSpec = ModuleSpec {
    name: "_md5",
    doc: "",
    functions: &[method(
        "md5",
        SIGNATURE,
        NativeFn::Bound(make::<md5::Md5>),
        "Return a new MD5 hash object; optionally initialized with a string.",
    )],
    init: |_, module| {
        add_types(module, &[("MD5Type", &MD5_TYPE)]);
        Ok(())
    },
};

pub static SHA1: ModuleSpec = ModuleSpec {
    name: "_sha1",
    doc: "",
    functions: &[method(
        "sha1",
        SIGNATURE,
        NativeFn::Bound(make::<sha1::Sha1>),
        "Return a new SHA1 hash object; optionally initialized with a string.",
    )],
    init: |_, module| {
        add_types(module, &[("SHA1Type", &SHA1_TYPE)]);
        Ok(())
    },
};

pub static SHA2: ModuleSpec = ModuleSpec {
    name: "_sha2",
    doc: "",
    functions: &[
        method(
            "sha224",
            SIGNATURE,
            NativeFn::Bound(make::<sha2::Sha224>),
            "Return a new SHA-224 hash object; optionally initialized with a string.",
        ),
        method(
            "sha256",
            SIGNATURE,
            NativeFn::Bound(make::<sha2::Sha256>),
            "Return a new SHA-256 hash object; optionally initialized with a string.",
        ),
        method(
            "sha384",
            SIGNATURE,
            NativeFn::Bound(make::<sha2::Sha384>),
            "Return a new SHA-384 hash object; optionally initialized with a string.",
        ),
        method(
            "sha512",
            SIGNATURE,
            NativeFn::Bound(make::<sha2::Sha512>),
            "Return a new SHA-512 hash object; optionally initialized with a string.",
        ),
    ],
    init: |_, module| {
        let types = [
            ("SHA224Type", &SHA224_TYPE),
            ("SHA256Type", &SHA256_TYPE),
            ("SHA384Type", &SHA384_TYPE),
            ("SHA512Type", &SHA512_TYPE),
        ];
        add_types(module, &types);
        Ok(())
    },
};
