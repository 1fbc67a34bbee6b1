//! `_sre.SRE_Scanner`: successive matches of a pattern in one text; also what `finditer` calls.

use super::matches::new_match;
use super::pattern::Pattern;
use super::search::{Mode, Scanner};
use super::subject::{Source, advance, with_matcher};
use runtime::attributes;
use runtime::cell::Slot;
use runtime::object::drop_object;
use runtime::objects::iterators::callable_iterator;
use runtime::objects::str;
use runtime::slot_fields::receiver;
use runtime::{
    Header, NativeFn, PyResult, Ref, Slots, Thread, Type, TypeFlags, TypeSpec, Value, method, new_exact,
    readonly_member,
};
use std::cell::Cell;

/// A scanner object.
#[repr(C)]
pub(super) struct ScannerObject {
    pub(super) header: Header,
    /// The pattern, a `Pattern`.
    pattern: Slot,
    source: Source,
    first: Scanner,
    state: Cell<Scanner>,
}

runtime::object!(ScannerObject, SCANNER);

pub(super) static SCANNER: Type = Type::new_static(&TypeSpec {
    name: "_sre.SRE_Scanner",
    size: size_of::<ScannerObject>(),
    flags: TypeFlags::GC.union(TypeFlags::IMMUTABLE).union(TypeFlags::NO_INSTANTIATION),
    slots: Slots {
        drop: drop_object::<ScannerObject>,
        traverse: Some(|v, visit| {
            let Some(scanner) = v.cast::<ScannerObject>() else { return };
            visit(scanner.pattern.peek());
            scanner.source.visit(visit);
        }),
        ..Slots::EMPTY
    },
    methods: &[
        method("match", "($self, /)", NativeFn::NoArgs(|thread, v| next(thread, v, Mode::Match)), ""),
        method("search", "($self, /)", NativeFn::NoArgs(|thread, v| next(thread, v, Mode::Search)), ""),
    ],
    getsets: &[readonly_member!(ScannerObject, pattern, "pattern", "")],
    ..TypeSpec::EMPTY
});

pub(super) fn new_scanner(pattern: Value, source: Source, scanner: Scanner) -> Ref {
    new_exact(|header| ScannerObject {
        header,
        pattern: Slot::new(pattern.to_ref()),
        source,
        first: scanner,
        state: Cell::new(scanner),
    })
}

/// An iterator over the matches.
pub(super) fn new_finder(thread: &Thread, pattern: Value, source: Source, scanner: Scanner) -> PyResult {
    let scanner = new_scanner(pattern, source, scanner);
    let search = attributes::get(thread, *scanner, str::intern_text("search"))?;
    Ok(callable_iterator(*search, Value::NONE))
}

fn next(thread: &Thread, v: Value, mode: Mode) -> PyResult {
    let object = receiver::<ScannerObject>(thread, v)?;
    let pattern = receiver::<Pattern>(thread, object.pattern.peek())?;
    with_matcher(|matcher| {
        let mut state = object.state.get();
        let found = advance(thread, matcher, pattern, &object.source, &mut state, mode)?;
        object.state.set(state);
        if !found {
            return Ok(Ref::NONE);
        }
        Ok(new_match(object.pattern.peek(), pattern, *object.source.object, matcher, &object.first))
    })
}
