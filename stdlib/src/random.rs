//! `_random`: the Mersenne Twister as a type.

use runtime::mersenne::MersenneTwister;
use runtime::object::drop_object;
use runtime::objects::module::{self, ModuleSpec};
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::slot_fields::receiver;
use runtime::types::binding::{check_positional, no_keywords};
use runtime::{
    Args, Effects, GilCell, Header, MethodDef, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags,
    TypeSpec, Value, int_kernel, method, new_object, protocol,
};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_random",
    doc: "Module implements the Mersenne Twister random number generator.",
    functions: &[],
    init: |_, module| {
        module::add_type(module, &RANDOM);
        Ok(())
    },
};

/// A generator object.
#[repr(C)]
struct Random {
    header: Header,
    generator: GilCell<Box<MersenneTwister>>,
}

runtime::object!(Random, RANDOM);

static RANDOM: Type = Type::new_static(&TypeSpec {
    name: "_random.Random",
    size: size_of::<Random>(),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(|_, ty, _| {
            let generator = Box::new(MersenneTwister::from_seed(&[]));
            Ok(new_object(ty, |header| Random { header, generator: GilCell::new(generator) }))
        }),
        init: Some(init),
        drop: drop_object::<Random>,
        ..Slots::EMPTY
    },
    methods: METHODS,
    doc: "Random() -> create a random number generator with its own internal state.",
    ..TypeSpec::EMPTY
});

const METHODS: &[MethodDef] = &[
    method("random", "($self, /)", NativeFn::NoArgs(random), "random() -> x in the interval [0, 1).")
        .effects(Effects::TOUCHES),
    method(
        "seed",
        "($self, n=None, /)",
        NativeFn::Bound(|thread, v, a| seed(thread, v, a[0]).map(|()| Ref::NONE)),
        "seed([n]) -> None.\n\nDefaults to use urandom and falls back to a combination\nof the current time and the process identifier.",
    ),
    method(
        "getstate",
        "($self, /)",
        NativeFn::NoArgs(get_state),
        "getstate() -> tuple containing the current state.",
    ),
    method(
        "setstate",
        "($self, state, /)",
        NativeFn::One(set_state),
        "setstate(state) -> None.  Restores generator state.",
    ),
    method(
        "getrandbits",
        "($self, k, /)",
        NativeFn::One(get_random_bits),
        "getrandbits(k) -> x.  Generates an int with k random bits.",
    )
    .effects(Effects::PLAIN_TOUCHES),
];

fn init(thread: &Thread, v: Value, arguments: &Args) -> PyResult<()> {
    if v.ty()
        .slots()
        .init
        .is_some_and(|f| std::ptr::fn_addr_eq(f, init as fn(&Thread, Value, &Args) -> PyResult<()>))
    {
        no_keywords(thread, "Random", arguments)?;
    }
    check_positional(thread, "Random", arguments.count(), 0, 1)?;
    seed(thread, v, arguments.get(0).unwrap_or(Value::NONE))
}

fn random(thread: &Thread, v: Value) -> PyResult {
    let number = receiver::<Random>(thread, v)?.generator.with(|generator| generator.random());
    Ok(float::new(number))
}

/// 32-bit words of 64-bit ones, least significant first.
fn halves(words: &[u64]) -> Vec<u32> {
    words.iter().flat_map(|word| [*word as u32, (*word >> 32) as u32]).collect()
}

fn seed(thread: &Thread, v: Value, n: Value) -> PyResult<()> {
    let random = receiver::<Random>(thread, v)?;
    let key = if n.is_null() || n.is_none() {
        let mut key = [0; 2496];
        if runtime::hash::fill_random(&mut key).is_err() {
            return Err(thread.runtime_error("the system gives no random bytes"));
        }
        key.as_chunks::<4>().0.iter().map(|bytes| u32::from_ne_bytes(*bytes)).collect()
    } else if let Some(big) = int::get_big(n) {
        halves(int_kernel::words(&big).1)
    } else {
        halves(&[protocol::hash(thread, n)? as u64])
    };
    random.generator.with(|generator| **generator = MersenneTwister::from_seed(&key));
    Ok(())
}

fn get_state(thread: &Thread, v: Value) -> PyResult {
    let random = receiver::<Random>(thread, v)?;
    let mut words = random.generator.with(|generator| {
        let words = generator.state().iter().map(|word| int::new((*word).into()));
        words.chain([int::from_usize(generator.index())]).collect::<Vec<Ref>>()
    });
    Ok(Tuple::from_refs(std::mem::take(&mut words)))
}

fn set_state(thread: &Thread, v: Value, state: Value) -> PyResult {
    let random = receiver::<Random>(thread, v)?;
    let Some(items) = state.cast::<Tuple>().map(|t| t.items()) else {
        return Err(thread.type_error("state vector must be a tuple"));
    };
    let mut words = [0u32; 624];
    if items.len() != words.len() + 1 {
        return Err(thread.value_error("state vector is the wrong size"));
    }
    for (word, item) in words.iter_mut().zip(items) {
        if !int::is_int(*item) {
            return Err(thread.type_error("an integer is required"));
        }
        *word = protocol::index_u64(thread, *item)? as u32;
    }
    let index = protocol::index_i64(thread, items[words.len()])?;
    let generator = usize::try_from(index).ok().and_then(|index| MersenneTwister::from_state(words, index));
    let Some(new) = generator else { return Err(thread.value_error("invalid state")) };
    random.generator.with(|generator| **generator = new);
    Ok(Ref::NONE)
}

fn get_random_bits(thread: &Thread, v: Value, k: Value) -> PyResult {
    let random = receiver::<Random>(thread, v)?;
    let bits = match k.as_small_int() {
        Some(bits) => bits as i128,
        None => {
            let whole = protocol::index(thread, k)?;
            int::get_big(*whole).map_or(0, |big| i128::try_from(&big).unwrap_or(i128::MAX))
        }
    };
    if bits < 0 {
        return Err(thread.value_error("Cannot convert negative int"));
    }
    let Ok(bits) = u64::try_from(bits) else {
        return Err(thread.overflow_error("Python int too large for C uint64_t"));
    };
    if bits <= 64 {
        let word = match bits {
            0 => 0,
            bits => random.generator.with(|generator| generator.random_u64(bits as u32)),
        };
        return Ok(int::from_u64(word));
    }
    if bits > 1 << 40 {
        return Err(thread.memory_error());
    }
    let words = random.generator.with(|generator| generator.random_words(bits as usize));
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    Ok(int::from_big(int_kernel::from_magnitude(false, &bytes)))
}
