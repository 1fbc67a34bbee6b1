//! The eval breaker: what to do when something asked the thread to look up.

use runtime::error::PyResult;
use runtime::gc;
use runtime::gil;
use runtime::objects::exceptions;
use runtime::signals;
use runtime::thread::{Thread, breaker};
use std::sync::atomic::Ordering;

/// Looks up if something asked for it.
#[inline(always)]
pub fn poll(thread: &Thread) -> PyResult<()> {
    if is_due(thread) { handle(thread) } else { Ok(()) }
}

/// Whether something asked for the thread's attention.
#[inline(always)]
pub fn is_due(thread: &Thread) -> bool {
    thread.eval_breaker.load(Ordering::Relaxed) != 0
}

#[cold]
#[inline(never)]
fn handle(thread: &Thread) -> PyResult<()> {
    // That the thread gives events stays known.
    let requests = thread.eval_breaker.fetch_and(breaker::INSTRUMENTATION, Ordering::Relaxed);
    if requests & breaker::GIL_REQUEST != 0 {
        gil::yield_now(thread);
    }
    if requests & breaker::COLLECT != 0 {
        gc::collect_if_due(thread);
    }
    if requests & breaker::SIGNALS != 0
        && let Err(raised) = signals::check(thread)
    {
        thread.request(requests & breaker::ASYNC_EXCEPTION);
        return Err(raised);
    }
    if requests & breaker::ASYNC_EXCEPTION != 0 {
        let exception = thread.async_exception.take();
        if !exception.is_null() {
            let exception = exceptions::new_from_raise(thread, *exception)?;
            return Err(thread.raise(exception));
        }
    }
    Ok(())
}
