//! All tasks: native ones in a list that does not hold them, whatever else was registered in Python's containers.
//!
//! A native task knows its place in the list and takes itself out when it dies.

use super::event_loop::{self, loop_of};
use super::imported::Imported;
use super::task::Task;
use runtime::objects::set::{self, Set, hash_member};
use runtime::{GilCell, PyResult, Ref, Thread, Value, names, protocol};

static TASKS: GilCell<Vec<Value>> = GilCell::new(Vec::new());

/// The place of a task that is not in the list.
pub(super) const NOWHERE: usize = usize::MAX;

/// Puts a task into the list.
pub(super) fn add(v: Value, task: &Task) {
    if task.place.get() == NOWHERE {
        TASKS.with(|tasks| {
            task.place.set(tasks.len());
            tasks.push(v);
        });
    }
}

/// Takes a task out of the list.
pub(super) fn forget(task: &Task) {
    let place = task.place.replace(NOWHERE);
    if place == NOWHERE {
        return;
    }
    TASKS.with(|tasks| {
        if place < tasks.len() {
            tasks.swap_remove(place);
        }
        if let Some(moved) = tasks.get(place).and_then(|v| v.cast::<Task>()) {
            moved.place.set(place);
        }
    });
}

static WEAK_SET: Imported = Imported::new("weakref", "WeakSet");

/// Tasks of other kinds: those that were scheduled, in a WeakSet, and those that are in their eager first step.
static OTHERS: GilCell<Option<Ref>> = GilCell::new(None);
static EAGER_OTHERS: GilCell<Option<Ref>> = GilCell::new(None);

fn others(thread: &Thread) -> PyResult {
    if let Some(others) = OTHERS.with(|others| others.clone()) {
        return Ok(others);
    }
    let made = WEAK_SET.call(thread, &[])?;
    drop(OTHERS.replace(Some(made.clone())));
    Ok(made)
}

fn eager_others() -> Ref {
    if let Some(others) = EAGER_OTHERS.with(|others| others.clone()) {
        return others;
    }
    let made = set::new_set();
    drop(EAGER_OTHERS.replace(Some(made.clone())));
    made
}

pub(super) fn register(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    match arguments[0].cast::<Task>() {
        Some(task) => add(arguments[0], task),
        None => drop(thread.call_method(*others(thread)?, names::get().add, arguments)?),
    }
    Ok(Ref::NONE)
}

pub(super) fn unregister(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    match arguments[0].cast::<Task>() {
        Some(task) => forget(task),
        None => drop(thread.call_method(*others(thread)?, names::get().discard, arguments)?),
    }
    Ok(Ref::NONE)
}

pub(super) fn register_eager(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    match arguments[0].cast::<Task>() {
        Some(task) => add(arguments[0], task),
        None => {
            if let Some(set) = eager_others().cast::<Set>() {
                set.add(thread, arguments[0])?;
            }
        }
    }
    Ok(Ref::NONE)
}

pub(super) fn unregister_eager(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    match arguments[0].cast::<Task>() {
        Some(task) => forget(task),
        None => {
            let hash = hash_member(thread, arguments[0])?;
            if let Some(set) = eager_others().cast::<Set>() {
                set.discard_hashed(thread, arguments[0], hash)?;
            }
        }
    }
    Ok(Ref::NONE)
}

/// `all_tasks(loop=None)`: the tasks of a loop that are not done.
pub(super) fn all_tasks(thread: &Thread, module: Value, arguments: &[Value]) -> PyResult {
    let event_loop = match arguments[0] {
        Value::NULL | Value::NONE => event_loop::get_running(thread, module)?,
        event_loop => event_loop.to_ref(),
    };
    let made = set::new_set();
    let Some(found) = made.cast::<Set>() else { return Ok(made) };
    for task in other_tasks(thread)? {
        let done = thread.call_method(*task, names::get().done, &[])?;
        if !protocol::is_true(thread, *done)? && loop_of(thread, *task)?.is(*event_loop) {
            found.add(thread, *task)?;
        }
    }
    let is_wanted = |v: &&Value| {
        let future = v.cast::<Task>().map(|task| &task.future);
        future.is_some_and(|future| !future.is_done() && future.event_loop.peek().is(*event_loop))
    };
    // Adding may run a `__hash__`, which may make and end tasks.
    let tasks: Vec<Ref> = TASKS.with(|tasks| tasks.iter().filter(is_wanted).map(|v| v.to_ref()).collect());
    for task in tasks {
        found.add(thread, *task)?;
    }
    Ok(made)
}

fn other_tasks(thread: &Thread) -> PyResult<Vec<Ref>> {
    let mut all = Vec::new();
    if let Some(eager) = EAGER_OTHERS.with(|others| others.clone()) {
        all.extend(protocol::collect(thread, *eager)?);
    }
    if let Some(scheduled) = OTHERS.with(|others| others.clone()) {
        all.extend(protocol::collect(thread, *scheduled)?);
    }
    Ok(all)
}
