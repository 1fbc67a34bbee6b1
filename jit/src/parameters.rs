//! The JIT's parameters: one table feeds `-X jit=KEY=VALUE`, `-X jit=help` and `sys._jit`.

use crate::optimise::Passes;

macro_rules! parameters {
    ($( $name:ident $default:literal $meaning:literal )+) => {
        /// What can be set.
        #[derive(Clone, Copy, Debug)]
        pub struct Parameters {
            $( #[doc = $meaning] pub $name: u32, )+
            /// Optimiser passes that run.
            pub passes: Passes,
        }

        impl Parameters {
            pub const DEFAULT: Parameters = Parameters { $( $name: $default, )+ passes: Passes::ALL };

            /// Name, default and meaning of each.
            pub const TABLE: &'static [(&'static str, u32, &'static str)] = &[
                $( (stringify!($name), $default, $meaning), )+
            ];

            /// Name and present value of each.
            pub fn values(&self) -> Vec<(&'static str, u32)> {
                vec![$( (stringify!($name), self.$name), )+]
            }

            /// Sets a parameter, or switches an optimiser pass off (`no-PASS`); false if there is none of that name.
            pub fn set(&mut self, key: &str, value: Option<u32>) -> bool {
                if let Some(pass) = key.strip_prefix("no-") {
                    return value.is_none() && self.passes.set(pass, false);
                }
                let Some(value) = value else { return false };
                match key {
                    $( stringify!($name) => self.$name = value, )+
                    _ => return false,
                }
                true
            }
        }
    };
}

parameters! {
    threshold 24000 "heat, in words of instructions executed, at which a loop is recorded"
    exit_threshold 30 "times that an exit is taken before a side trace is recorded there"
    compile_time 5000 "nanoseconds that compiling takes for an instruction of an optimised trace, as estimated"
    record_time 1500 "nanoseconds that recording takes for an instruction, as estimated"
    refine_time 7000 "nanoseconds that compiling with more care takes for an instruction, as estimated"
    refine_share 0 "percent of that which a trace must have saved before; 0: it is compiled with care at once"
    return_time 40 "nanoseconds that entering a trace takes from which a function returns, as estimated"
    exit_time 200 "nanoseconds that an exit takes that leads to the interpreter and back, as estimated"
    instruction_time 4 "nanoseconds that the interpreter takes for an instruction, as estimated"
    patience 15 "percent of the time of a compilation that interpreting must have cost before it"
    share 3 "percent of the process's CPU time that may go into traces before any of them has paid"
    long_run 600 "milliseconds of CPU time from which on a program is thought to run for long"
    late_share 200 "percent of the CPU time from then on that may go into traces, too"
    returns 60 "percent of what traces have saved, as estimated, that may go into more traces"
    claim 15000 "percent of the time that interpreting something has cost that may go into traces of it while traces pay, if that is all the time; else in proportion"
    trial 2000 "microseconds that may go into traces before they must pay"
    merge_share 60 "percent of that for trees compiled anew, for each time that they were compiled before"
    shortest_function 24 "words of register code of the shortest function that gets a trace of its own"
    max_failures 5 "recordings of a loop or exit that may fail before it is left to the interpreter for good"
    max_sides 60 "side traces of a trace tree"
    max_depth 24 "side traces in a row behind a root"
    step_share 14 "instructions that a trace must have for each one that has no rule"
    record_length 32000 "trace instructions of the longest recording"
    record_depth 12 "calls within calls that a recording follows"
    record_recursion 3 "calls of one function within each other that it follows"
    record_callee 120 "instructions of a function that it follows; one that does more gets a trace of its own, and is called"
    record_inlined 1 "the same for a function that has a trace, which is called from then on"
    record_unrolled 12 "back edges of inner loops without a trace that it follows"
    record_generator_edges 40 "back edges within generators that it follows"
    record_delegation 6 "generators delegating to each other that it follows"
    record_waiting 20000 "instructions of calls that it waits for"
    record_shortest 6 "instructions of a side that doesn't come to a loop's head"
    max_traces 20000 "traces that there may be at a time"
    code_kilobytes 65536 "room for the code of all traces"
    forced_exits 0 "one in so many guards leaves although it holds, to test exits; 0: none does"
    seed 0 "which guards those are"
}

impl Parameters {
    /// What `-X jit=stress` means: everything hot is recorded at once, and traces leave where they need not.
    pub fn stress() -> Parameters {
        Parameters {
            threshold: 2,
            exit_threshold: 2,
            patience: 0,
            shortest_function: 0,
            step_share: 0,
            forced_exits: 200,
            ..Parameters::DEFAULT
        }
    }
}
