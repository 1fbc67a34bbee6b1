//! What `sys._jit` tells: counters as a dict, traces as a list of dicts.

use crate::abort::Abort;
use crate::driver::{Counters, Standing};
use crate::parameters::Parameters;
use crate::registry::Compiled;
use runtime::objects::code::Code;
use runtime::objects::dict::Dict;
use runtime::objects::float;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::value::{Ref, Value};

/// Adds an entry.
fn put(dict: &Ref, name: &str, value: Ref) {
    if let Some(dict) = dict.cast::<Dict>() {
        dict.set_str(name, *value);
    }
}

fn number(n: u64) -> Ref {
    int::from_usize(n as usize)
}

/// Microseconds for each of `count` instructions.
fn each(nanoseconds: u64, count: u64) -> Ref {
    float::new(nanoseconds as f64 / 1000.0 / count.max(1) as f64)
}

/// `sys._jit.statistics()`.
pub fn statistics(counters: &Counters, parameters: &Parameters, live: u32, code_bytes: usize) -> Ref {
    let dict = Dict::new();
    put(&dict, "traces", number(live.into()));
    put(&dict, "loops_recorded", number(counters.roots.into()));
    put(&dict, "sides_recorded", number(counters.sides.into()));
    put(&dict, "retired", number(counters.retired.into()));
    put(&dict, "renewed", number(counters.renewed.into()));
    let aborts = Dict::new();
    for abort in Abort::ALL {
        if let Some(count) = counters.aborts.get(abort) {
            put(&aborts, abort.name(), number((*count).into()));
        }
    }
    put(&dict, "aborts", aborts);
    put(&dict, "code_bytes", number(code_bytes as u64));
    put(&dict, "code_capacity", number(u64::from(parameters.code_kilobytes) * 1024));
    let (recorded, optimised) = (counters.recorded_instructions, counters.optimised_instructions);
    put(&dict, "recorded_instructions", number(recorded));
    put(&dict, "optimised_instructions", number(optimised));
    put(&dict, "recording_microseconds_each", each(counters.recording_nanoseconds, recorded));
    put(&dict, "optimising_microseconds_each", each(counters.optimising_nanoseconds, optimised));
    put(&dict, "compiling_microseconds_each", each(counters.compiling_nanoseconds, optimised));
    let settings = Dict::new();
    for (name, value) in parameters.values() {
        put(&settings, name, number(value.into()));
    }
    put(&dict, "parameters", settings);
    dict
}

/// One of `sys._jit.traces()`.
pub fn trace(compiled: &Compiled, standing: Standing) -> Ref {
    let dict = Dict::new();
    put(&dict, "number", number(compiled.number.into()));
    put(&dict, "kind", Str::new(if standing.is_root { "loop" } else { "side" }));
    put(&dict, "loop", number(standing.root.into()));
    if let Some(code) = Value::from_bits(standing.code).cast::<Code>() {
        put(&dict, "function", code.qualname.to_ref());
        put(&dict, "file", code.filename.peek().to_ref());
        put(&dict, "line", number(code.firstlineno.max(0) as u64));
    }
    put(&dict, "word", number(compiled.entry_pc.into()));
    put(&dict, "instructions", number(compiled.trace.instructions.len() as u64));
    put(&dict, "code_bytes", number(compiled.statistics.code_bytes.get() as u64));
    put(&dict, "compile_microseconds", number(compiled.statistics.compile_time.get().as_micros() as u64));
    put(&dict, "entered", number(compiled.statistics.entered.get()));
    put(&dict, "exits", number(compiled.exits()));
    dict
}
