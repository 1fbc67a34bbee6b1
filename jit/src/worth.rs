//! What traces save: estimates of the interpreter's time that runs of a trace stand for, and each trace's account.
//!
//! A trace without loops saves most of what the interpreter takes for its path. One that loops counts its
//! rounds as long as its code is quick; later it is timed, and saves in proportion to the time that it runs, as the rounds told.
//! Entering and leaving costs, so a trace whose runs are short may lose time.

use crate::ir::{Instruction, Kind, Op, Trace};
use runtime::trace_interface::effect;
use std::cell::Cell;
use std::time::Duration;

/// One in so many short runs is timed.
const TIMED: u32 = 8;
/// Nanoseconds of a run from which on the next one is timed, too.
const LONG_RUN: i64 = 3000;
/// Nanoseconds that timing a run adds to it.
const TIMING: i64 = 25;
/// Nanoseconds of timed runs from which on what they tell counts.
const MEASURED: i64 = 20_000;
/// Percent of the interpreter's time for a path that compiled code saves.
pub const SAVED: i64 = 75;
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
    /// Nanoseconds that a round of its loop or a call of itself saves, if it runs no other traces.
    pub round: i64,
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
            return Worth { run: path as i64 * SAVED / 100, end: end as u32, ..Worth::default() };
        }
        let start = at(Op::Loop).unwrap_or(0).min(end);
        let taken: i64 = (start..end).map(|index| takes(trace, index)).sum();
        let gain = path as i64 * SAVED * 10 / taken.max(1);
        // Other traces' rounds aren't counted, nor are those of loops that poll now and then only.
        let runs_others = |i: &Instruction| matches!(i.op, Op::CallTrace | Op::Link | Op::GuardBelow);
        let alone = !trace.instructions.iter().any(runs_others);
        let round = if alone { path as i64 * SAVED / 100 } else { 0 };
        Worth { run: 0, end: end as u32, gain: gain.min(MOST), round }
    }

    /// What a run saves that ended at an instruction, or whole.
    pub fn part(self, exit: Option<u32>) -> i64 {
        let part = exit.map_or(self.end, |exit| exit.min(self.end));
        self.run * i64::from(part) / i64::from(self.end.max(1))
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
    /// Nanoseconds that timed runs saved as their rounds say, and that they took.
    measured: Cell<(i64, i64)>,
}

/// Nanoseconds that timed runs saved as their rounds say, and as was estimated.
#[derive(Default)]
pub struct Truth(Cell<(i64, i64)>);

impl Truth {
    /// What an estimate is worth.
    fn correct(&self, estimate: i64) -> i64 {
        match self.0.get() {
            (saved, estimated) if estimated > 4 * MEASURED => estimate * saved.min(2 * estimated) / estimated,
            _ => estimate,
        }
    }
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

    /// A run of so many rounds has ended, which may have been timed: what it has saved. What rounds save is known better than what
    /// a time does, of which helpers may have taken most.
    pub fn counted(&self, worth: Worth, rounds: u32, time: Option<Duration>, truth: &Truth) -> i64 {
        let saved = worth.round * i64::from(rounds);
        if let Some(time) = time {
            let time = self.own_time(time);
            self.measured.update(|(all, within)| (all + saved, within + time));
            truth.0.update(|(all, estimated)| (all + saved, estimated + time * worth.gain / 100));
        }
        saved
    }

    /// A run has ended that was timed: what it and those that weren't have saved.
    pub fn timed(&self, worth: Worth, time: Duration, truth: &Truth) -> i64 {
        let time = self.own_time(time);
        match self.measured.get() {
            (saved, within) if within > MEASURED => time * saved / within,
            _ => truth.correct(time * worth.gain / 100),
        }
    }

    /// How long a run took.
    fn own_time(&self, time: Duration) -> i64 {
        let time = (time.as_nanos() as i64 - TIMING).max(0);
        let runs = self.runs.get().saturating_add(1);
        self.runs.set(runs);
        let is_long = time > LONG_RUN || runs <= TIMED;
        self.untimed.set(if is_long { 0 } else { TIMED - 1 });
        time
    }

    /// What a run has saved, and what entering and leaving cost: the outcome, with that of others for which this one stands.
    pub fn settle(&self, saved: i64, cost: u32, stands: bool) -> i64 {
        let untimed = if stands { self.untimed.get() } else { 0 };
        let saved = (saved - i64::from(cost)) * i64::from(1 + untimed);
        self.saved.update(|all| all + saved);
        self.balance.update(|balance| (balance + saved).min(self.most.get()));
        saved
    }

    /// Whether it has lost as much as it may.
    pub fn is_loss(&self) -> bool {
        self.most.get() > 0 && self.balance.get() < -self.most.get()
    }
}
