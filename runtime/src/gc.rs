//! The cycle collector: finds objects that only each other keep alive.
//!
//! It subtracts from the counts of all candidates the references among them; what still has a count is held from outside,
//! and so is all that this reaches. The rest is garbage: weak references to it are cleared, its finalisers run, and what
//! they did not bring back gives up its references (PEP 442). The counts themselves serve as scratch space while no Python
//! code can run, and are put back before any does.
//!
//! A type whose `traverse` leaves references out only makes its objects live longer. Collections that allocation asks for
//! come at intervals that grow with the heap and look at the young objects, until those that have survived that are so many
//! that it is time to look at everything. `gc.collect(0)` looks at the young objects, too.

use crate::cell::{GilCell, Slot};
use crate::heap::{self, HEAP};
use crate::instance;
use crate::object::{Header, flag};
use crate::objects::builtin_function::address;
use crate::objects::dict::Dict;
use crate::objects::exceptions::{write_stderr, write_unraisable_about};
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::seniority;
use crate::thread::{Thread, preserving_raised};
use crate::types::slots::Visit;
use crate::types::{Type, TypeFlags};
use crate::value::{Ref, Value};
use crate::watch;
use crate::weakref;
use std::cell::Cell;

/// Bits of `gc.set_debug`.
pub mod debug {
    pub const STATS: i64 = 1;
    pub const COLLECTABLE: i64 = 2;
    pub const UNCOLLECTABLE: i64 = 4;
    pub const SAVEALL: i64 = 32;
    pub const LEAK: i64 = COLLECTABLE | UNCOLLECTABLE | SAVEALL;
}

/// Number of generations that the `gc` module shows.
pub const GENERATIONS: usize = 3;
/// A collection is due when this part of the collectable objects is new.
const GROWTH_DIVISOR: isize = 4;
/// Fewer new objects than this are never worth a collection.
const MIN_THRESHOLD: isize = 10_000;
/// Objects that a trace counts for, and code that has some: only the collector can free those of dead code. A trace takes some
/// kilobytes, but programs of some hundred traces should see no collection more than without.
pub const TRACE_WEIGHT: isize = 20;
/// The scratch flag of objects under examination.
const CANDIDATE: u32 = flag::GC_SCRATCH_1;
/// The scratch flag of candidates found to be reachable.
const REACHABLE: u32 = flag::GC_SCRATCH_2;

/// What `gc.get_stats` shows of a generation.
#[derive(Clone, Copy, Default)]
pub struct Stats {
    pub collections: u64,
    pub collected: u64,
}

/// The collector's state.
pub struct Collector {
    enabled: Cell<bool>,
    running: Cell<bool>,
    pub debug: Cell<i64>,
    pub thresholds: Cell<[i64; GENERATIONS]>,
    /// Collections of the younger generation since this one's last.
    counts: Cell<[i64; GENERATIONS]>,
    pub stats: GilCell<[Stats; GENERATIONS]>,
    /// Objects that survived the last look at everything.
    old: Cell<isize>,
    /// Young objects that have survived a collection since.
    promoted: Cell<isize>,
    /// `gc.garbage` and `gc.callbacks`: lists, made at the first use.
    garbage: Slot,
    callbacks: Slot,
}

// SAFETY: touched only under the GIL.
unsafe impl Sync for Collector {}

/// The one collector of the process.
pub static COLLECTOR: Collector = Collector {
    enabled: Cell::new(true),
    running: Cell::new(false),
    debug: Cell::new(0),
    thresholds: Cell::new([2000, 10, 10]),
    counts: Cell::new([0; GENERATIONS]),
    stats: GilCell::new([Stats { collections: 0, collected: 0 }; GENERATIONS]),
    old: Cell::new(0),
    promoted: Cell::new(0),
    garbage: Slot::null(),
    callbacks: Slot::null(),
};

fn list_in(slot: &Slot) -> Ref {
    if slot.is_null() {
        slot.set(List::from_refs(Vec::new()));
    }
    slot.get()
}

impl Collector {
    pub fn is_enabled(&self) -> bool {
        self.enabled.get()
    }
    pub fn set_enabled(&self, enabled: bool) {
        self.enabled.set(enabled);
    }
    /// The generation to collect when allocation asks for a collection.
    fn due_generation(&self) -> usize {
        match self.promoted.get() >= interval(self.old.get()) {
            true => GENERATIONS - 1,
            false => 0,
        }
    }
    /// Objects of this weight have survived a collection.
    fn note_survivors(&self, survivors: isize, of_all: bool) {
        let promoted = if of_all { 0 } else { self.promoted.get() + survivors };
        self.promoted.set(promoted);
        if of_all {
            self.old.set(survivors);
        }
        HEAP.collect_threshold.set(interval(self.old.get() + promoted));
    }
    /// `gc.garbage`
    pub fn garbage(&self) -> Ref {
        list_in(&self.garbage)
    }
    /// `gc.callbacks`
    pub fn callbacks(&self) -> Ref {
        list_in(&self.callbacks)
    }
    /// `gc.get_count()`
    pub fn counts(&self) -> [i64; GENERATIONS] {
        let [_, first, second] = self.counts.get();
        [HEAP.young_count.get().max(0) as i64, first, second]
    }
}

// Walking.

/// Whether the collector looks at an object.
fn is_collectable(h: &Header) -> bool {
    (h.ty().has(TypeFlags::GC) || h.has_flag(flag::TRACED)) && !h.has_flag(flag::UNTRACKED | flag::FROZEN)
}

/// Visits every reference an object holds, once per count.
pub fn traverse(object: Value, visit: Visit) {
    let ty = object.ty();
    if let Some(f) = ty.slots().traverse {
        f(object, visit);
    }
    for i in 0..ty.member_count.get() {
        visit(instance::member_slot(object, i).peek());
    }
    if let Some(attributes) = instance::attributes(object) {
        attributes.traverse(visit);
    }
    if ty.has(TypeFlags::HEAP) {
        visit(Value::of(ty));
    }
    if object.header().is_some_and(|h| h.has_flag(flag::TRACED)) {
        watch::HOOKS.traverse_traces.get()(object, visit);
    }
}

/// Gives up the references of an object that may close a cycle.
fn clear(object: Value) {
    let ty = object.ty();
    if object.header().is_some_and(|h| h.has_flag(flag::TRACED)) {
        watch::HOOKS.free_traces.get()(object);
    }
    if let Some(f) = ty.slots().clear {
        f(object);
    }
    for i in 0..ty.member_count.get() {
        drop(instance::member_slot(object, i).take());
    }
    if let Some(attributes) = instance::attributes(object) {
        attributes.clear();
    }
}

/// The live collectable objects that `wanted` accepts, borrowed.
fn objects(wanted: impl Fn(&Header) -> bool) -> Vec<&'static Header> {
    let mut found = Vec::new();
    heap::for_each_object(|h| {
        // A count of zero: its death is queued.
        if h.refcount() > 0 && is_collectable(h) && wanted(h) {
            found.push(h);
        }
    });
    found
}

/// Those of `candidates` that nothing outside of them keeps alive. `held` is the number of references that the caller
/// holds to each. Flags and counts are left as they were.
fn unreachable(candidates: &[&'static Header], held: u32) -> Vec<&'static Header> {
    let saved: Vec<u32> = candidates.iter().map(|h| h.refcount()).collect();
    for h in candidates {
        h.set_flag(CANDIDATE);
        h.set_refcount(h.refcount() - held);
    }
    for h in candidates {
        traverse(Value::from_header(*h), &mut |v| {
            if let Some(child) = candidate(v) {
                child.set_refcount(child.refcount().saturating_sub(1));
            }
        });
    }
    let mut stack: Vec<&'static Header> = candidates.iter().copied().filter(|h| h.refcount() > 0).collect();
    stack.iter().for_each(|h| h.set_flag(REACHABLE));
    while let Some(h) = stack.pop() {
        traverse(Value::from_header(h), &mut |v| {
            if let Some(child) = candidate(v).filter(|c| !c.has_flag(REACHABLE)) {
                child.set_flag(REACHABLE);
                stack.push(child);
            }
        });
    }
    for (h, refcount) in candidates.iter().zip(saved) {
        h.set_refcount(refcount);
    }
    let garbage = candidates.iter().copied().filter(|h| !h.has_flag(REACHABLE)).collect();
    candidates.iter().for_each(|h| h.clear_flag(CANDIDATE | REACHABLE));
    garbage
}

fn candidate(v: Value) -> Option<&'static Header> {
    v.header().filter(|h| h.has_flag(CANDIDATE))
}

// Collecting.

/// Collects if it is due: the interpreter calls it when the eval breaker says so.
pub fn collect_if_due(thread: &Thread) {
    let is_due = HEAP.young_count.get() > HEAP.collect_threshold.get();
    if is_due && COLLECTOR.is_enabled() && COLLECTOR.thresholds.get()[0] != 0 {
        collect(thread, COLLECTOR.due_generation());
    } else if is_due {
        postpone();
    }
}

/// So many new objects, where there are so many, are worth a collection.
fn interval(present: isize) -> isize {
    (present / GROWTH_DIVISOR).max(MIN_THRESHOLD)
}

/// Asks again only after as many new objects as by now.
fn postpone() {
    HEAP.collect_threshold.set(HEAP.young_count.get().max(0) + MIN_THRESHOLD);
}

/// Collects a generation and all younger ones; gives the number of unreachable objects found.
pub fn collect(thread: &Thread, generation: usize) -> usize {
    if COLLECTOR.running.replace(true) {
        return 0;
    }
    let started = std::time::Instant::now();
    let shows_stats = COLLECTOR.debug.get() & debug::STATS != 0;
    if shows_stats {
        show_generations(thread, generation);
    }
    let found = preserving_raised(thread, || {
        call_callbacks(thread, "start", generation, 0);
        let found = collect_garbage(thread, generation);
        call_callbacks(thread, "stop", generation, found);
        found
    });
    if shows_stats {
        let elapsed = started.elapsed().as_secs_f64();
        let text = format!("gc: done, {found} unreachable, 0 uncollectable, {elapsed:.4}s elapsed\n");
        write_stderr(thread, text.as_bytes());
    }
    COLLECTOR.running.set(false);
    found
}

fn collect_garbage(thread: &Thread, generation: usize) -> usize {
    let is_full = generation == GENERATIONS - 1;
    let candidates = objects(|h| is_full || h.has_flag(flag::YOUNG));
    let mut garbage = unreachable(&candidates, 0);
    seniority::sort(&mut garbage);
    candidates.iter().for_each(|h| h.clear_flag(flag::YOUNG));
    HEAP.young_count.set(0);
    COLLECTOR.note_survivors(weight(&candidates) - weight(&garbage), is_full);
    count_collection(generation, garbage.len());
    let found = garbage.len();
    if found > 0 {
        dispose(thread, garbage);
    }
    found
}

/// What objects count for when the next collection is planned.
fn weight(objects: &[&'static Header]) -> isize {
    let traced = objects.iter().filter(|h| h.has_flag(flag::TRACED)).count() as isize;
    objects.len() as isize + traced * TRACE_WEIGHT
}

fn count_collection(generation: usize, found: usize) {
    COLLECTOR.stats.with(|stats| {
        stats[generation].collections += 1;
        stats[generation].collected += found as u64;
    });
    let mut counts = COLLECTOR.counts.get();
    counts[..=generation].fill(0);
    if let Some(next) = counts.get_mut(generation + 1) {
        *next += 1;
    }
    COLLECTOR.counts.set(counts);
}

/// Ends the objects found: weak references with callbacks, finalisers, the other weak references, then their contents.
fn dispose(thread: &Thread, garbage: Vec<&'static Header>) {
    let held: Vec<Ref> = garbage.iter().map(|h| Value::from_header(*h).to_ref()).collect();
    show_collectable(thread, &held);
    let dead = if held.iter().any(|object| is_noticed(**object)) { say_farewell(thread, held) } else { held };
    if COLLECTOR.debug.get() & debug::SAVEALL != 0 {
        if let Some(list) = COLLECTOR.garbage().cast::<List>() {
            dead.iter().for_each(|v| list.push(v.clone()));
        }
        return;
    }
    for object in &dead {
        clear(**object);
    }
}

/// Whether somebody may learn of an object's death.
fn is_noticed(object: Value) -> bool {
    object.header().is_some_and(|h| {
        h.has_flag(flag::HAS_WEAKREFS) || (h.ty().has_finalizer() && !h.has_flag(flag::FINALIZED))
    })
}

/// Clears weak references to garbage and runs its callbacks and finalisers; gives what those did not bring back.
fn say_farewell(thread: &Thread, held: Vec<Ref>) -> Vec<Ref> {
    mark(&held, true);
    weakref::clear_with_callbacks(thread, &held, |v| candidate(v).is_none());
    mark(&held, false);
    for object in &held {
        finalize(thread, **object);
    }
    let alive: Vec<&'static Header> = held.iter().filter_map(|v| v.header()).collect();
    let dead: Vec<Ref> = unreachable(&alive, 1).into_iter().map(|h| Value::from_header(h).to_ref()).collect();
    drop(held);
    weakref::clear_silently(&dead);
    dead
}

fn mark(objects: &[Ref], on: bool) {
    for h in objects.iter().filter_map(|v| v.header()) {
        if on { h.set_flag(CANDIDATE) } else { h.clear_flag(CANDIDATE) }
    }
}

/// Runs an object's finaliser, unless it has run.
pub fn finalize(thread: &Thread, object: Value) {
    let Some(h) = object.header() else { return };
    if object.ty().has_finalizer() && !h.has_flag(flag::FINALIZED) {
        h.set_flag(flag::FINALIZED);
        seniority::died(h);
        object.ty().finalize(thread, object);
    }
}

fn call_callbacks(thread: &Thread, phase: &str, generation: usize, collected: usize) {
    let callbacks = COLLECTOR.callbacks();
    let Some(list) = callbacks.cast::<List>().filter(|l| l.len() > 0) else { return };
    let information = Dict::new();
    if let Some(dict) = information.cast::<Dict>() {
        dict.set_str("generation", *int::from_usize(generation));
        dict.set_str("collected", *int::from_usize(collected));
        dict.set_str("uncollectable", Value::small_int(0));
    }
    let phase = Str::new(phase);
    let functions: Vec<Ref> = list.items().iter().map(|v| v.to_ref()).collect();
    for function in functions {
        if thread.call(*function, &[*phase, *information]).is_err() {
            write_unraisable_about(thread, "Exception ignored while calling GC callback", *function);
        }
    }
}

fn show_generations(thread: &Thread, generation: usize) {
    let young = objects(|h| h.has_flag(flag::YOUNG)).len();
    let old = objects(|h| !h.has_flag(flag::YOUNG)).len();
    let text = format!(
        "gc: collecting generation {generation}...\ngc: objects in each generation: {young} 0 {old}\ngc: objects in permanent generation: {}\n",
        freeze_count()
    );
    write_stderr(thread, text.as_bytes());
}

fn show_collectable(thread: &Thread, objects: &[Ref]) {
    if COLLECTOR.debug.get() & debug::COLLECTABLE == 0 {
        return;
    }
    for object in objects {
        let text = format!("gc: collectable <{} {:#x}>\n", object.ty().name(), address(**object));
        write_stderr(thread, text.as_bytes());
    }
}

// What the `gc` module asks.

/// `gc.is_tracked(object)`. Empty tuples are shared and never tracked.
pub fn is_tracked(object: Value) -> bool {
    let is_empty_tuple = object.cast::<crate::objects::tuple::Tuple>().is_some_and(|t| t.len() == 0);
    object.header().is_some_and(|h| h.ty().has(TypeFlags::GC) && !is_empty_tuple && is_heap_object(h))
}

/// Objects in static memory (built-in types) are not the collector's.
fn is_heap_object(h: &Header) -> bool {
    !h.has_flag(flag::UNTRACKED)
}

/// `gc.is_finalized(object)`
pub fn is_finalized(object: Value) -> bool {
    object.header().is_some_and(|h| h.ty().has(TypeFlags::GC) && h.has_flag(flag::FINALIZED))
}

/// `gc.get_objects(generation)`: all but `except`; `None`: of every generation. There is no middle generation.
pub fn get_objects(generation: Option<usize>) -> Vec<Ref> {
    let wanted = |h: &Header| match generation {
        None => true,
        Some(0) => h.has_flag(flag::YOUNG),
        Some(1) => false,
        Some(_) => !h.has_flag(flag::YOUNG),
    };
    objects(wanted).into_iter().map(|h| Value::from_header(h).to_ref()).collect()
}

/// `gc.get_referrers(*objects)`
pub fn get_referrers(targets: &[Value]) -> Vec<Ref> {
    let refers = |h: &Header| {
        let mut found = false;
        traverse(Value::from_header(h), &mut |v| found |= v.is_pointer() && targets.contains(&v));
        found
    };
    objects(refers).into_iter().map(|h| Value::from_header(h).to_ref()).collect()
}

/// `gc.get_referents(*objects)`
pub fn get_referents(objects: &[Value]) -> Vec<Ref> {
    let mut found = Vec::new();
    for object in objects.iter().filter(|o| o.header().is_some_and(|h| h.ty().has(TypeFlags::GC))) {
        traverse(*object, &mut |v| {
            if !v.is_null() {
                found.push(v.to_ref());
            }
        });
    }
    found
}

/// `gc.freeze()`
pub fn freeze() {
    objects(|_| true).into_iter().for_each(|h| h.set_flag(flag::FROZEN));
}

/// `gc.unfreeze()`
pub fn unfreeze() {
    heap::for_each_object(|h| h.clear_flag(flag::FROZEN));
}

/// `gc.get_freeze_count()`
pub fn freeze_count() -> usize {
    let mut n = 0;
    heap::for_each_object(|h| n += usize::from(h.has_flag(flag::FROZEN)));
    n
}

// Checking.

/// How many live objects there are of each type.
pub struct Census(rustc_hash::FxHashMap<usize, (&'static Type, usize)>);

impl Census {
    /// One that counts nothing.
    pub fn empty() -> Census {
        Census(rustc_hash::FxHashMap::default())
    }
    /// Counts the live objects now.
    pub fn take() -> Census {
        let mut counts = rustc_hash::FxHashMap::default();
        heap::for_each_object(|h| {
            counts.entry(h.type_pointer() as usize).or_insert((h.ty(), 0)).1 += 1;
        });
        Census(counts)
    }
    /// Types of which there are more objects than in an earlier census, with the difference: what a test that should leave
    /// nothing behind has leaked.
    pub fn growth_since(&self, earlier: &Census) -> Vec<(String, usize)> {
        let before = |key: &usize| earlier.0.get(key).map_or(0, |(_, n)| *n);
        let grown = self.0.iter().filter(|(key, (_, n))| *n > before(key));
        let mut list: Vec<(String, usize)> =
            grown.map(|(key, (ty, n))| (ty.name().into_owned(), n - before(key))).collect();
        list.sort();
        list
    }
}

/// Checks that no object has fewer references than others hold to it; gives the offenders' type names.
pub fn check_counts() -> Vec<String> {
    let mut expected: rustc_hash::FxHashMap<Value, u32> = rustc_hash::FxHashMap::default();
    heap::for_each_object(|h| {
        traverse(Value::from_header(h), &mut |v| {
            if v.is_pointer() {
                *expected.entry(v).or_default() += 1;
            }
        });
    });
    let too_few = |(v, n): &(Value, u32)| v.header().is_some_and(|h| h.refcount() < *n);
    expected.into_iter().filter(too_few).map(|(v, _)| v.ty().name().into_owned()).collect()
}
