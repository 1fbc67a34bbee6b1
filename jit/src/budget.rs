//! The budget: what may be spent on recording and compiling.
//!
//! Nobody knows how long a program will run, or whether its traces will be of use. So what is spent on them stays within a share
//! of the process's CPU time and a share of what traces have saved, as estimated (`worth`). The first is small, and larger once
//! a program has run for long: then it is likely to go on, and what is compiled late has more time to pay. A place where the
//! interpreter has spent much of the time may have more, in proportion: a program that is one hot loop need not wait.
//!
//! `unsafe` here reads clocks only.

use crate::parameters::Parameters;
use std::mem::MaybeUninit;

/// The least CPU time in nanoseconds of which claims are a part: what lasts for less may be over.
const SHORTEST: u64 = 20_000_000;

/// What interpreting has cost since some CPU time, in nanoseconds.
#[derive(Clone, Copy)]
pub struct Claim {
    pub lost: u64,
    pub since: u64,
}

/// What was spent.
#[derive(Clone, Copy, Default)]
pub struct Budget {
    /// Nanoseconds of CPU time.
    pub spent: u64,
}

impl Budget {
    /// Whether so many nanoseconds may be spent on what interpreting has cost. Traces have saved `saved` nanoseconds.
    pub fn affords(&self, parameters: &Parameters, price: u64, claim: Claim, saved: u64) -> bool {
        if parameters.patience == 0 {
            return true;
        }
        let time = process_time();
        // What was tried without paying makes claims worth less.
        let tried = u128::from(self.spent).max(1);
        let trusted = (u128::from(saved) + u128::from(parameters.trial) * 1000).min(tried);
        // The larger a part of all the time since then that is, the more is it worth.
        let Claim { lost, since } = claim;
        let all = time.saturating_sub(since).max(SHORTEST);
        let weight = u128::from(lost.min(all));
        let claim = part(lost, parameters.claim) * trusted / tried * weight / u128::from(all);
        let allowed = claim + part(saved, parameters.returns) + share(parameters, time);
        u128::from(self.spent) + u128::from(price) <= allowed
    }
}

fn part(time: u64, percent: u32) -> u128 {
    u128::from(time) * u128::from(percent) / 100
}

/// What may be spent after so much CPU time, whether it pays or not. A program that has run for long is likely to go on.
fn share(parameters: &Parameters, time: u64) -> u128 {
    let late = time.saturating_sub(u64::from(parameters.long_run) * 1_000_000);
    part(time, parameters.share) + part(late, parameters.late_share)
}

/// CPU time of the process in nanoseconds.
pub fn process_time() -> u64 {
    time_of(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// CPU time of the running thread in nanoseconds.
pub fn thread_time() -> u64 {
    time_of(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn time_of(clock: libc::clockid_t) -> u64 {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the call fills the structure if it succeeds.
    unsafe {
        if libc::clock_gettime(clock, time.as_mut_ptr()) != 0 {
            return 0;
        }
        let time = time.assume_init();
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    }
}
