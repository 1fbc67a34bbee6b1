//! What people see of the JIT: `-X jitlog`, a line an event, and `-X jitdump`, the stages of each trace.

use crate::abort::Abort;
use crate::backend::CompileError;
use crate::budget::Budget;
use crate::driver::Counters;
use crate::ir::Trace;
use crate::record::Recorder;
use crate::registry::{Registry, Statistics};
use runtime::objects::code::Code;
use runtime::objects::str;
use std::io::Write;

/// Where the log goes.
#[derive(Clone, Debug, Default)]
pub enum Sink {
    #[default]
    Stderr,
    File(std::path::PathBuf),
}

/// What is shown.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// A line for each event.
    pub events: bool,
    /// Recorded traces.
    pub trace: bool,
    /// Optimised traces.
    pub optimised: bool,
    /// Cranelift's IR.
    pub clif: bool,
    /// Machine code.
    pub assembly: bool,
    pub sink: Sink,
}

impl Log {
    fn write(&self, text: &str) {
        match &self.sink {
            // Nobody can be told that the log can't be written.
            Sink::Stderr => drop(std::io::stderr().write_all(text.as_bytes())),
            Sink::File(path) => {
                let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
                drop(file.and_then(|mut f| f.write_all(text.as_bytes())));
            }
        }
    }

    pub fn aborted(&self, recorder: &Recorder, abort: Abort) {
        if self.events {
            self.write(&format!(
                "jit: abort {} at {}: {} ({} instructions, {} steps{})\n",
                abort.name(),
                place(recorder),
                abort.message(),
                recorder.length,
                recorder.steps,
                missing(recorder),
            ));
        }
    }

    pub fn recorded(&self, recorder: &Recorder) {
        if self.trace {
            self.write(&format!("; recorded at {}\n{}\n", place(recorder), recorder.trace));
        }
    }

    pub fn optimised(&self, trace: &Trace) {
        if self.optimised {
            self.write(&format!("; optimised\n{trace}\n"));
        }
    }

    /// A side trace was recorded, and waits to be compiled with its tree.
    pub fn waits(&self, recorder: &Recorder) {
        if self.events
            && let Some((parent, exit)) = recorder.parent
        {
            self.write(&format!(
                "jit: side of {parent} exit {exit} at {}: {} instructions, {} steps{}, waits\n",
                place(recorder),
                recorder.length,
                recorder.steps,
                missing(recorder),
            ));
        }
    }

    /// A recording would be compiled too early; another is made later.
    pub fn early(&self, recorder: &Recorder) {
        if self.events {
            self.write(&format!("jit: early at {}: {} instructions\n", place(recorder), recorder.length));
        }
    }

    pub fn retired(&self, number: u32) {
        if self.events {
            self.write(&format!("jit: trace {number} does not pay, and isn't entered any more\n"));
        }
    }

    pub fn renewed(&self, number: u32) {
        if self.events {
            self.write(&format!(
                "jit: an assumption of trace {number} broke for good, or types changed; it is recorded anew\n"
            ));
        }
    }

    /// A tree was compiled anew.
    pub fn grown(&self, tree: u32, number: u32, fresh: u32, merged: &[bool], registry: &Registry) {
        if self.events
            && let Some(trace) = registry.get(number)
        {
            let sides = merged.iter().skip(1).filter(|m| **m).count();
            self.write(&format!(
                "jit: trace {number} is tree {tree} with {sides} sides, {fresh} new: {} trace instructions, {} bytes, {} µs\n",
                trace.trace.instructions.len(),
                trace.statistics.code_bytes.get(),
                trace.statistics.compile_time.get().as_micros(),
            ));
        }
        self.code(number, registry);
    }

    /// A trace's code was made anew with care.
    pub fn refined(&self, number: u32, registry: &Registry) {
        if self.events
            && let Some(trace) = registry.get(number)
        {
            let bytes = trace.statistics.code_bytes.get();
            self.write(&format!("jit: the code of trace {number} is made with more care: {bytes} bytes\n"));
        }
        self.code(number, registry);
    }

    pub fn not_grown(&self, tree: u32, abort: Abort) {
        if self.events {
            self.write(&format!("jit: tree {tree} stays as it is: {}\n", abort.message()));
        }
    }

    fn code(&self, number: u32, registry: &Registry) {
        if !self.clif && !self.assembly {
            return;
        }
        let Some((clif, assembly)) = registry.describe(number) else { return };
        for (text, stage, _) in
            [(clif, "clif", self.clif), (assembly, "asm", self.assembly)].iter().filter(|s| s.2)
        {
            self.write(&format!("; {stage} of trace {number}\n{text}\n"));
        }
    }

    /// What each trace cost and did.
    pub fn accounts(&self, registry: &Registry, budget: &Budget) {
        if !self.events {
            return;
        }
        for number in registry.numbers() {
            let Some(trace) = registry.get(number) else { continue };
            let Statistics { entered, account, worth, compile_time, .. } = &trace.statistics;
            self.write(&format!(
                "jit: trace {number} took {} µs to compile, was entered {} times, saved {} µs ({} ns a run, {} %), left {} times{}\n",
                compile_time.get().as_micros(),
                entered.get(),
                account.saved.get() / 1000,
                worth.get().run,
                worth.get().gain,
                trace.exits(),
                if registry.current(number) == number { "" } else { ", has a successor" },
            ));
        }
        let (spent, saved) = (budget.spent / 1000, registry.saved() / 1000);
        self.write(&format!("jit: traces saved {saved} µs; {spent} µs of CPU time were spent on them\n"));
    }

    /// What the whole program cost.
    pub fn summary(&self, counters: &Counters) {
        if !self.events {
            return;
        }
        let each = |nanoseconds: u64, count: u64| nanoseconds as f64 / 1000.0 / count.max(1) as f64;
        let Counters { recorded_instructions: recorded, optimised_instructions: optimised, .. } = *counters;
        self.write(&format!(
            "jit: {} loops and functions, {} sides, {} aborts, {} retired, {} renewed; {recorded} instructions recorded in {:.1} µs each, \
             {optimised} trace instructions optimised in {:.1} µs each, compiled in {:.1} µs each\n",
            counters.roots,
            counters.sides,
            counters.aborts.values().sum::<u32>(),
            counters.retired,
            counters.renewed,
            each(counters.recording_nanoseconds, recorded),
            each(counters.optimising_nanoseconds, optimised),
            each(counters.compiling_nanoseconds, optimised),
        ));
    }

    pub fn compiled(&self, recorder: &Recorder, number: u32, registry: &Registry) {
        if self.events {
            let kind = match recorder.parent {
                None if recorder.entry.is_some() => "function".to_string(),
                None => "loop".to_string(),
                Some((parent, exit)) => format!("side of {parent} exit {exit}"),
            };
            let (length, bytes, time) = registry.get(number).map_or((0, 0, 0), |t| {
                let Statistics { code_bytes, compile_time, .. } = &t.statistics;
                (t.trace.instructions.len(), code_bytes.get(), compile_time.get().as_micros())
            });
            self.write(&format!(
                "jit: trace {number} ({kind}) at {}: {} instructions, {} steps{}, {length} trace instructions, {bytes} bytes, {time} µs\n",
                place(recorder),
                recorder.length,
                recorder.steps,
                missing(recorder),
            ));
        }
        self.code(number, registry);
    }

    pub fn unavailable(&self, message: &str) {
        if self.events {
            self.write(&format!("jit: none on this machine: {message}\n"));
        }
    }

    pub fn refused(&self, error: &CompileError) {
        if self.events {
            self.write(&format!("jit: the code generator refused a trace: {error:?}\n"));
        }
    }
}

/// The instructions that had no rule.
fn missing(recorder: &Recorder) -> String {
    let mut names: Vec<&str> = recorder.without_rule.iter().map(|operation| operation.name()).collect();
    names.dedup();
    if names.is_empty() { String::new() } else { format!(": {}", names.join(" ")) }
}

/// File, line and function where a recording started.
fn place(recorder: &Recorder) -> String {
    let code = runtime::Value::from_bits(recorder.anchor.code);
    match code.cast::<Code>() {
        Some(code) => format!(
            "{}:{} {} word {}",
            str::display(code.filename.peek()),
            code.firstlineno,
            str::display(*code.qualname),
            recorder.anchor.pc
        ),
        None => "unknown code".into(),
    }
}
