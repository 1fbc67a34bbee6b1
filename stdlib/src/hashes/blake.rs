//! `_blake2`: the BLAKE2 types and their parameters.

use super::blake_kernel::{Blake2b, Blake2s, Parameters as Tree};
use super::object::{Algorithm, Hash, add_gil_limit, begin, hash_attributes, hash_methods, plain_digest};
use crate::support::byte_source;
use runtime::error::Raised;
use runtime::object::drop_object;
use runtime::objects::dict::Dict;
use runtime::objects::int::{self, IntRef};
use runtime::objects::module::{self, ModuleSpec};
use runtime::types::binding::Parameters;
use runtime::{PyResult, Slots, Thread, Type, TypeFlags, TypeSpec, Value, protocol};

/// What the two types differ in.
struct Limits {
    title: &'static str,
    max_digest: usize,
    max_key: usize,
    salt: usize,
    offset_bits: u32,
}

macro_rules! blake_type {
    ($state:ty, $static:ident, $limits:ident, $title:expr, $name:expr, $signature:expr, $doc:expr) => {
        const $limits: Limits = Limits {
            title: $title,
            max_digest: <$state>::MAX_DIGEST,
            max_key: <$state>::MAX_KEY,
            salt: <$state>::SALT,
            offset_bits: if <$state>::MAX_DIGEST == 64 { 64 } else { 48 },
        };

        impl Algorithm for $state {
            const NAME: &'static str = $name;
            const BLOCK_SIZE: usize = <$state>::BLOCK;
            fn digest_size(&self) -> usize {
                self.digest_size()
            }
            fn update(&mut self, data: &[u8]) {
                self.update(data);
            }
            fn digest(&self) -> Vec<u8> {
                self.clone().digest()
            }
        }

        runtime::object!(Hash<$state>, $static);

        static $static: Type = Type::new_static(&TypeSpec {
            name: concat!("_blake2.", $name),
            size: size_of::<Hash<$state>>(),
            flags: TypeFlags::IMMUTABLE,
            slots: Slots {
                new: Some(|thread, _, arguments| {
                    static NEW: Parameters = Parameters::new($name, $signature);
                    NEW.bind(thread, arguments, |a| {
                        let tree = tree(thread, &a[1..12], &$limits)?;
                        begin(thread, <$state>::new(&tree), a[0], a[12], a[13])
                    })
                }),
                drop: drop_object::<Hash<$state>>,
                ..Slots::EMPTY
            },
            methods: hash_methods!(
                $state,
                "($self, data, /)",
                "Update this hash object's state with the provided bytes-like object.",
                plain_digest!($state),
                plain_digest!($state, hex)
            ),
            getsets: hash_attributes!($state),
            signature: $signature,
            doc: $doc,
            ..TypeSpec::EMPTY
        });
    };
}

blake_type!(
    Blake2b,
    BLAKE2B,
    B_LIMITS,
    "Blake2b",
    "blake2b",
    "(data=b'', *, digest_size=_blake2.blake2b.MAX_DIGEST_SIZE,\n        key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0,\n        node_offset=0, node_depth=0, inner_size=0, last_node=False,\n        usedforsecurity=True, string=None)",
    "Return a new BLAKE2b hash object."
);
blake_type!(
    Blake2s,
    BLAKE2S,
    S_LIMITS,
    "Blake2s",
    "blake2s",
    "(data=b'', *, digest_size=_blake2.blake2s.MAX_DIGEST_SIZE,\n        key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0,\n        node_offset=0, node_depth=0, inner_size=0, last_node=False,\n        usedforsecurity=True, string=None)",
    "Return a new BLAKE2s hash object."
);

/// A small integer argument.
fn small(thread: &Thread, v: Value, default: i32) -> PyResult<i32> {
    if v.is_null() { Ok(default) } else { protocol::c_int(thread, v) }
}

/// An integer argument of up to 64 bits.
fn wide(thread: &Thread, v: Value, too_large: impl Fn(&Thread) -> Raised) -> PyResult<u64> {
    if v.is_null() {
        return Ok(0);
    }
    let whole = protocol::index(thread, v)?;
    let number = match int::get(*whole) {
        Some(IntRef::Small(i)) => i128::from(i),
        Some(IntRef::Big(b)) => {
            i128::try_from(b).unwrap_or(if *b < int::IBig::ZERO { -1 } else { i128::MAX })
        }
        None => 0,
    };
    if number < 0 {
        return Err(thread.value_error("Cannot convert negative int"));
    }
    u64::try_from(number).map_err(|_| too_large(thread))
}

fn text(thread: &Thread, v: Value, most: usize, what: &str) -> PyResult<Vec<u8>> {
    if v.is_null() {
        return Ok(Vec::new());
    }
    let text = byte_source(thread, v)?.bytes().to_vec();
    if text.len() > most {
        return Err(thread.value_error(format!("maximum {what} length is {most} bytes")));
    }
    Ok(text)
}

/// The parameters from `digest_size` to `last_node`.
fn tree(thread: &Thread, a: &[Value], limits: &Limits) -> PyResult<Tree> {
    let [
        digest_size,
        key,
        salt,
        person,
        fanout,
        depth,
        leaf_size,
        node_offset,
        node_depth,
        inner_size,
        last_node,
    ] = a
    else {
        return Err(thread.system_error("wrong number of arguments"));
    };
    let most = limits.max_digest;
    let digest_size = small(thread, *digest_size, most as i32)?;
    let fanout = small(thread, *fanout, 1)?;
    let depth = small(thread, *depth, 1)?;
    let node_depth = small(thread, *node_depth, 0)?;
    let inner_size = small(thread, *inner_size, 0)?;
    let last_node = !last_node.is_null() && protocol::is_true(thread, *last_node)?;
    if !(1..=most as i32).contains(&digest_size) {
        return Err(thread.value_error(format!(
            "digest_size for {} must be between 1 and {most} bytes, here it is {digest_size}",
            limits.title
        )));
    }
    let salt = text(thread, *salt, limits.salt, "salt")?;
    let person = text(thread, *person, limits.salt, "person")?;
    let byte = |value: i32, low: i32, name: &str| match u8::try_from(value) {
        Ok(byte) if value >= low => Ok(byte),
        _ => Err(thread.value_error(format!("{name} must be between {low} and 255"))),
    };
    let fanout = byte(fanout, 0, "fanout")?;
    let depth = byte(depth, 1, "depth")?;
    let leaf_size =
        wide(thread, *leaf_size, |thread| thread.overflow_error("Python int too large for C unsigned long"))?;
    let Ok(leaf_size) = u32::try_from(leaf_size) else {
        return Err(thread.overflow_error("leaf_size is too large"));
    };
    let node_offset = wide(thread, *node_offset, |thread| {
        thread.overflow_error("Python int too large for C unsigned long long")
    })?;
    if limits.offset_bits < 64 && node_offset >> limits.offset_bits != 0 {
        return Err(thread.overflow_error("node_offset is too large"));
    }
    let node_depth = byte(node_depth, 0, "node_depth")?;
    if !(0..=most as i32).contains(&inner_size) {
        return Err(thread.value_error(format!("inner_size must be between 0 and is {most}")));
    }
    let key = text(thread, *key, limits.max_key, "key")?;
    Ok(Tree {
        digest_size: digest_size as u8,
        key,
        fanout,
        depth,
        leaf_size,
        node_offset,
        node_depth,
        inner_size: inner_size as u8,
        salt,
        person,
        last_node,
    })
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_blake2",
    doc: "_blake2b provides BLAKE2b for hashlib\n",
    functions: &[],
    init: |_, module| {
        for (ty, prefix, limits) in [(&BLAKE2B, "BLAKE2B", &B_LIMITS), (&BLAKE2S, "BLAKE2S", &S_LIMITS)] {
            module::add_type(module, ty);
            let constants = [
                ("SALT_SIZE", limits.salt),
                ("PERSON_SIZE", limits.salt),
                ("MAX_KEY_SIZE", limits.max_key),
                ("MAX_DIGEST_SIZE", limits.max_digest),
            ];
            for (name, value) in constants {
                let value = int::from_usize(value);
                if let Some(dict) = ty.dict.peek().cast::<Dict>() {
                    dict.set_str(name, *value);
                }
                module::add(module, &format!("{prefix}_{name}"), *value);
            }
        }
        add_gil_limit(module);
        Ok(())
    },
};
