//! `-X importtime`: how long each import takes, by itself and with what it imports, on stderr.

use runtime::import::ImportTimer;
use runtime::state::STATE;
use std::cell::Cell;
use std::time::Instant;

/// The state of the table.
struct Table {
    is_started: Cell<bool>,
    /// Imports under way.
    level: Cell<usize>,
    /// Nanoseconds of the imports within the one under way.
    inner: Cell<u64>,
    first: Cell<Option<Instant>>,
}

thread_local! {
    static TABLE: Table = const {
        Table { is_started: Cell::new(false), level: Cell::new(0), inner: Cell::new(0), first: Cell::new(None) }
    };
}

/// Starts timing if asked for.
pub fn install(mode: i64) {
    if mode > 0 {
        STATE.import_timer.replace(Some(ImportTimer { begin, end, cached: (mode > 1).then_some(cached) }));
    }
}

fn now(table: &Table) -> u64 {
    let first = table.first.get().unwrap_or_else(|| {
        let first = Instant::now();
        table.first.set(Some(first));
        first
    });
    first.elapsed().as_nanos() as u64
}

fn header(table: &Table) {
    if !table.is_started.replace(true) {
        eprintln!("import time: self [us] | cumulative | imported package");
    }
}

/// The time of the start, and of the imports within the surrounding one so far.
fn begin() -> (u64, u64) {
    TABLE.with(|table| {
        header(table);
        table.level.set(table.level.get() + 1);
        (now(table), table.inner.replace(0))
    })
}

fn end((started, outer): (u64, u64), name: &str, is_done: bool) {
    TABLE.with(|table| {
        let total = now(table).saturating_sub(started);
        let level = table.level.get().saturating_sub(1);
        table.level.set(level);
        let own = total.saturating_sub(table.inner.get());
        let (own, cumulative) = (own.div_ceil(1000), total.div_ceil(1000));
        if is_done {
            let width = level * 2;
            eprintln!("import time: {own:9} | {cumulative:10} | {:width$}{name}", "");
        }
        table.inner.set(outer + total);
    });
}

fn cached(name: &str) {
    TABLE.with(|table| {
        header(table);
        let width = table.level.get() * 2;
        eprintln!("import time: {:>9} | {:>10} | {:width$}{name}", "cached", "cached", "");
    });
}
