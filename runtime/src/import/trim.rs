//! Takes the frames of the import machinery out of the traceback of a failed import.

use crate::objects::exceptions::{BaseException, IMPORT_ERROR};
use crate::objects::frame;
use crate::objects::str;
use crate::objects::traceback::Traceback;
use crate::state::STATE;
use crate::thread::Thread;
use crate::value::Value;

const MACHINERY: [&str; 2] = ["<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>"];
/// A run of the machinery's frames that ends with this function leads to code of somebody else.
const REMOVE_FRAMES: &str = "_call_with_frames_removed";

/// Trims the traceback of the pending exception: of an ImportError all frames of the machinery, of another exception the
/// runs of them that lead to other code.
pub(super) fn pending_traceback(thread: &Thread) {
    if STATE.verbose.get() > 0 {
        return;
    }
    let pending = thread.peek_raised().to_ref();
    let Some(exception) = pending.cast::<BaseException>() else { return };
    let always = pending.is_instance(&IMPORT_ERROR);
    // Entries from the outermost: each with the chunk it belongs to decided at the chunk's end.
    let mut kept: Vec<crate::Ref> = Vec::new();
    let mut chunk: Vec<crate::Ref> = Vec::new();
    let mut removed = false;
    let mut at = exception.traceback.get();
    while let Some(entry) = at.cast::<Traceback>() {
        let code = frame::code_of(entry.frame());
        if MACHINERY.iter().any(|name| str::equals(code.filename.peek(), name)) {
            chunk.push(at.clone());
            if always || str::equals(*code.name, REMOVE_FRAMES) {
                removed = true;
                chunk.clear();
            }
        } else {
            kept.append(&mut chunk);
            kept.push(at.clone());
        }
        let next = entry.next.get();
        at = next;
    }
    kept.append(&mut chunk);
    if !removed {
        return;
    }
    let mut next = crate::Ref::NULL;
    for entry in kept.into_iter().rev() {
        if let Some(t) = entry.cast::<Traceback>() {
            t.next.set(next);
        }
        next = entry;
    }
    exception.traceback.set(next);
    debug_assert!(pending.is(thread.peek_raised()) || thread.peek_raised() == Value::NULL);
}
