//! The interpreter under the hooks of the tracing JIT: programs give the same results when every anchor is recorded, and when anchors
//! run single steps as traces do.

mod common;

use runtime::trace_interface::{Action, HOOKS, host};
use std::cell::Cell;

thread_local! {
    static SEEN: Cell<u64> = const { Cell::new(0) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

fn count() {
    SEEN.with(|seen| seen.set(seen.get() + 1));
}

#[test]
fn programs_run_the_same_under_the_hooks() {
    let thread = common::thread();
    HOOKS.threshold.set(1);

    // Everything is recorded.
    HOOKS.hot.set(|_, _| Action::Record);
    HOOKS.step.set(|thread, frame| {
        count();
        assert!(std::ptr::eq(thread.frame.get(), frame));
        // Recordings end now and then, so that both loops take turns.
        if SEEN.get().is_multiple_of(100) { Action::Continue } else { Action::Record }
    });
    assert_eq!(common::run_programs(thread), Vec::<String>::new());
    assert!(SEEN.get() > 1000);

    // Anchors run a few steps, and the interpreter goes on wherever they got to.
    SEEN.set(0);
    HOOKS.hot.set(|thread, frame| {
        let host = host().expect("installed");
        if DEPTH.get() > 3 {
            return Action::Continue;
        }
        DEPTH.set(DEPTH.get() + 1);
        let mut came_to = 0;
        for _ in 0..7 {
            count();
            came_to = host.step(thread, 0);
            if came_to < 0 {
                break;
            }
            assert!(std::ptr::eq(thread.frame.get(), frame));
            assert_eq!(i64::from(host.pc_index(frame)), came_to);
        }
        DEPTH.set(DEPTH.get() - 1);
        if came_to < 0 && thread.has_raised() { Action::Raised } else { Action::Reload }
    });
    assert_eq!(common::run_programs(thread), Vec::<String>::new());
    assert!(SEEN.get() > 1000);
}
