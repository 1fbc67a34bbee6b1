//! Programs give the same results when everything that gets hot is traced.

mod common;

use jit::driver;
use jit::log::Log;
use jit::parameters::Parameters;

#[test]
fn programs_run_the_same_in_traces() {
    let thread = common::thread();
    driver::install(Parameters::stress(), Log::default());
    assert_eq!(common::run_programs(thread), Vec::<String>::new());
    let counters = driver::counters().expect("on");
    assert!(counters.roots > 0);
}
