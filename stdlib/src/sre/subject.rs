//! The text that a pattern runs over: a string, or the bytes of anything that lends a buffer; and the runs themselves.

use super::chars::Locale;
use super::pattern::Pattern;
use super::search::{Environment, MatchError, Matcher, Mode, Scanner, Subject};
use runtime::buffer::BufferView;
use runtime::objects::bytes::{BYTES, Bytes};
use runtime::objects::str::{Data, Str};
use runtime::objects::str_type;
use runtime::types::slots::Visit;
use runtime::{GilCell, PyResult, Raised, Ref, Thread, Value};

enum Content {
    Str(&'static Str),
    Bytes(&'static [u8]),
    Lent(BufferView),
}

/// A subject with what keeps it alive.
pub(super) struct Source {
    pub(super) object: Ref,
    content: Content,
}

impl Source {
    /// The text of `v`; TypeError if it is neither a string nor bytes-like.
    pub(super) fn new(thread: &Thread, v: Value) -> PyResult<Source> {
        let content = if let Some(string) = v.cast::<Str>() {
            Content::Str(string)
        } else if let Some(bytes) = v.cast::<Bytes>() {
            Content::Bytes(bytes.as_bytes())
        } else {
            Content::Lent(lend(thread, v)?)
        };
        Ok(Source { object: v.to_ref(), content })
    }

    /// As `new`, for a pattern, which wants either strings or bytes.
    pub(super) fn of_pattern(thread: &Thread, pattern: &Pattern, v: Value) -> PyResult<Source> {
        let source = Source::new(thread, v)?;
        match pattern.wants_bytes {
            Some(true) if source.is_str() => {
                Err(thread.type_error("cannot use a bytes pattern on a string-like object"))
            }
            Some(false) if !source.is_str() => {
                Err(thread.type_error("cannot use a string pattern on a bytes-like object"))
            }
            _ => Ok(source),
        }
    }

    pub(super) fn is_str(&self) -> bool {
        matches!(self.content, Content::Str(_))
    }

    /// The content of a string.
    pub(super) fn string(&self) -> Option<Data<'_>> {
        match self.content {
            Content::Str(string) => Some(string.data()),
            _ => None,
        }
    }

    /// The content of what isn't a string.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Str(_) => &[],
            Content::Bytes(bytes) => bytes,
            Content::Lent(view) => view.bytes(),
        }
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        match self.string() {
            None => Subject::One(self.bytes()),
            Some(Data::Ascii(units) | Data::Latin1(units)) => Subject::One(units),
            Some(Data::Ucs2(units)) => Subject::Two(units),
            Some(Data::Ucs4(units)) => Subject::Four(units),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.subject().len()
    }

    /// The part of the text between two positions, as `str` or `bytes`; the whole of an immutable text is itself.
    pub(super) fn slice(&self, start: usize, end: usize) -> Ref {
        if let Content::Str(_) = self.content {
            return str_type::slice(*self.object, start..end);
        }
        let bytes = self.bytes();
        let (start, end) = (start.min(bytes.len()), end.min(bytes.len()));
        if start == 0 && end == bytes.len() && self.object.is_exact(&BYTES) {
            return self.object.clone();
        }
        Bytes::new(bytes.get(start..end).unwrap_or_default())
    }

    pub(super) fn visit(&self, visit: Visit) {
        visit(*self.object);
        if let Content::Lent(view) = &self.content {
            visit(*view.owner);
        }
    }
}

fn lend(thread: &Thread, v: Value) -> PyResult<BufferView> {
    let lent = v.ty().slots().buffer.map(|buffer| buffer(thread, v, 0));
    match lent {
        Some(Ok(view)) => Ok(view),
        refused => {
            if refused.is_some() {
                drop(thread.take_raised());
            }
            let name = v.ty().name();
            Err(thread.type_error(format!("expected string or bytes-like object, got '{name}'")))
        }
    }
}

/// The memory of the last run, for the next one.
static SPARE: GilCell<Option<Box<Matcher>>> = GilCell::new(None);

/// Runs `f` with a matcher.
pub(super) fn with_matcher<R>(f: impl FnOnce(&mut Matcher) -> R) -> R {
    let mut matcher = SPARE.take().unwrap_or_else(|| Box::new(Matcher::new()));
    let result = f(&mut matcher);
    SPARE.replace(Some(matcher));
    result
}

fn failed(thread: &Thread, error: MatchError) -> Raised {
    match error {
        MatchError::Memory => thread.memory_error(),
        MatchError::Interrupted => thread.raised(),
    }
}

/// Finds the next match of a scanner.
#[inline]
pub(super) fn advance(
    thread: &Thread,
    matcher: &mut Matcher,
    pattern: &Pattern,
    source: &Source,
    scanner: &mut Scanner,
    mode: Mode,
) -> PyResult<bool> {
    // A long run lets the handlers of signals in; one that raises ends it.
    let mut interrupted = || runtime::signals::check(thread).is_err();
    let mut environment = Environment { locale: &Locale::C, interrupted: &mut interrupted };
    scanner
        .next(matcher, &pattern.program, source.subject(), mode, &mut environment)
        .map_err(|error| failed(thread, error))
}
