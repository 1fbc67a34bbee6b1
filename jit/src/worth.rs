//! What traces save: estimates of the interpreter's time that runs of a trace stand for, and each trace's account.
//!
//! A trace without loops saves most of what the interpreter takes for its path. One that loops is timed, and saves in proportion to
//! the time that it runs. Entering and leaving costs, so a trace whose runs are short may lose time.

use crate::ir::{Kind, Op, Trace};
use runtime::trace_interface::effect;
use std::cell::Cell;
use std::time::Duration;

/// One in so many short runs is timed.
const TIMED: u32 = 8;
/// Nanoseconds of a run from which on the next one is timed, too.
const LONG_RUN: i64 = 3000;
/// Nanoseconds that timing a run adds to it.
const TIMING: i64 = 25;
/// Percent of the interpreter's time for a path that compiled code saves.
const SAVED: i64 = 75;
/// The most that a loop is thought to save, in percent of the time that it runs.
const MOST: i64 = 400;

/// What running a trace is worth.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Worth {
    /// Nanoseconds that a whole run saves; for a trace that may run long, 0.
    pub run: i64,
    /// The instruction at which a whole run is over.
    end: u32,
    /// Percent of the time that it runs which a trace that may run long saves.
    pub gain: i64,
}

/// Nanoseconds that an instruction of a trace takes, times ten.
fn takes(trace: &Trace, index: usize) -> i64 {
    let instruction = &trace.instructions[index];
    match instruction.op {
        Op::Step => 3000,
        Op::Call if instruction.helper().row().effects & effect::RUNS != 0 => 1500,
        op if op.kind() == Kind::Call => 150,
        _ => 5,
    }
}

impl Worth {
    /// That of a trace which stands for so many nanoseconds of the interpreter.
    pub fn of(trace: &Trace, path: u64) -> Worth {
        let at = |op: Op| trace.instructions.iter().position(|i| i.op == op);
        let end = at(Op::Side).unwrap_or(trace.instructions.len());
        let may_run_long = |op: Op| matches!(op, Op::Loop | Op::CallTrace | Op::CallItself | Op::Link);
        if !trace.instructions.iter().any(|i| may_run_long(i.op)) {
            return Worth { run: path as i64 * SAVED / 100, end: end as u32, gain: 0 };
        }
        let start = at(Op::Loop).unwrap_or(0).min(end);
        let taken: i64 = (start..end).map(|index| takes(trace, index)).sum();
        let gain = path as i64 * SAVED * 10 / taken.max(1);
        Worth { run: 0, end: end as u32, gain: gain.min(MOST) }
    }

    /// Whether its runs are timed.
    pub fn is_timed(self) -> bool {
        self.gain > 0
    }
}

/// What a trace has saved.
#[derive(Default)]
pub struct Account {
    /// Nanoseconds saved; what it may lose counts no more than that.
    balance: Cell<i64>,
    /// Nanoseconds after the loss of which it isn't entered any more; 0: it is entered all the same.
    most: Cell<i64>,
    /// In all, for people.
    pub saved: Cell<i64>,
    /// Runs that aren't timed before the next one that is.
    untimed: Cell<u32>,
    runs: Cell<u32>,
}

impl Account {
    /// Sets how much the trace may lose.
    pub fn may_lose(&self, most: u64) {
        self.most.set(most as i64);
    }

    /// Whether the next run is timed: the first ones, a sample of the others, and all that take long.
    pub fn is_timed(&self) -> bool {
        let untimed = self.untimed.get();
        self.untimed.set(untimed.saturating_sub(1));
        untimed == 0
    }

    /// A run has ended, at an instruction that leaves or by returning, which cost so many nanoseconds: what it and those that weren't
    /// timed have saved.
    pub fn ran(&self, worth: Worth, time: Option<Duration>, exit: Option<u32>, cost: u32) -> i64 {
        let saved = match time {
            None => {
                let part =
                    |exit: u32| worth.run * i64::from(exit.min(worth.end)) / i64::from(worth.end.max(1));
                exit.map_or(worth.run, part) - i64::from(cost)
            }
            Some(time) => {
                let time = (time.as_nanos() as i64 - TIMING).max(0);
                let runs = self.runs.get().saturating_add(1);
                self.runs.set(runs);
                let is_long = time > LONG_RUN || runs <= TIMED;
                self.untimed.set(if is_long { 0 } else { TIMED - 1 });
                let saved = time * worth.gain / 100 - i64::from(cost);
                if is_long { saved } else { saved * i64::from(TIMED) }
            }
        };
        self.saved.update(|all| all + saved);
        self.balance.update(|balance| (balance + saved).min(self.most.get()));
        saved
    }

    /// Whether it has lost as much as it may.
    pub fn is_loss(&self) -> bool {
        self.most.get() > 0 && self.balance.get() < -self.most.get()
    }
}
