//! Native consumers of all that a generator yields: while one drains a generator, items that it can take without running any
//! Python code are handed over at the `yield`, and the generator goes on at once. Others suspend it as ever.
//!
//! Nobody can tell the difference: between the `yield` and the resumption nothing else runs. Traces of a generator's loop hand
//! their items over too (`Helper::Offer`).

use super::generator::{self, GENERATOR, Generator};
use crate::error::PyResult;
use crate::protocol;
use crate::thread::Thread;
use crate::value::{Ref, Value};

/// What takes the items of a generator that is being drained.
pub struct Sink {
    generator: *const Generator,
    consumer: *mut (),
    /// Whether the consumer has taken the value.
    take: unsafe fn(*mut (), Value) -> bool,
}

unsafe fn take_by<F: FnMut(Value) -> bool>(consumer: *mut (), value: Value) -> bool {
    // SAFETY: `next_left` lends the closure to nobody else meanwhile.
    unsafe { (*consumer.cast::<F>())(value) }
}

/// The next item of an iterator that `take` has not taken; `None` at the end. What a generator yields is offered to it first;
/// it takes an item with a reference of its own, or declines it by false. It must neither run Python code nor drop what
/// could end an object's life.
pub fn next_left<F: FnMut(Value) -> bool>(
    thread: &Thread,
    iterator: Value,
    mut take: F,
) -> PyResult<Option<Ref>> {
    if !iterator.is_exact(&GENERATOR) || thread.gives_events() {
        return protocol::next(thread, iterator);
    }
    let generator = generator::cast(iterator).map_or(std::ptr::null(), |g| g as *const Generator);
    let sink = Sink { generator, consumer: (&raw mut take).cast(), take: take_by::<F> };
    let outer = thread.sink.replace(&raw const sink);
    let found = generator::next(thread, iterator);
    thread.sink.set(outer);
    protocol::item_or_end(thread, found)
}

/// The sink that the items of a running generator go to: it is being drained, or the root of its chain is.
#[inline]
fn sink_of<'t>(thread: &'t Thread, g: &Generator) -> Option<&'t Sink> {
    // SAFETY: `next_left` takes the sink away again before it ends.
    let sink = unsafe { thread.sink.get().as_ref() }?;
    let root = g.partner().unwrap_or(g);
    // Whoever asks for events wants to be told of each yield.
    (std::ptr::eq(sink.generator, root) && !thread.gives_events()).then_some(sink)
}

/// Whether a running generator is being drained.
pub fn is_drained(thread: &Thread, generator: Value) -> bool {
    generator::cast(generator).is_some_and(|g| sink_of(thread, g).is_some())
}

/// Offers a value that a running generator yields; true if it was taken.
#[inline]
pub fn offer(thread: &Thread, g: &Generator, value: Value) -> bool {
    // SAFETY: the consumer belongs to the sink.
    sink_of(thread, g).is_some_and(|sink| unsafe { (sink.take)(sink.consumer, value) })
}
