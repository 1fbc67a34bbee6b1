//! Match, fullmatch, search and the scanner: the machine at the positions which the program's start strategy picks.

use super::chars::Locale;
use super::execute::{Run, Scratch, Unit};
use super::first::Start;
use super::program::Program;

/// The text to match, by storage.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// Bytes, or a string of characters below 256.
    One(&'a [u8]),
    /// A string of 16-bit characters.
    Two(&'a [u16]),
    /// A string of 32-bit characters.
    Four(&'a [u32]),
}

impl Subject<'_> {
    /// Length in code units.
    pub fn len(&self) -> usize {
        match self {
            Subject::One(text) => text.len(),
            Subject::Two(text) => text.len(),
            Subject::Four(text) => text.len(),
        }
    }
}

/// Where a match has to begin and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Begin at the start position.
    Match,
    /// Begin at the start position and end at the end position.
    FullMatch,
    /// Begin anywhere.
    Search,
}

/// Why a run was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchError {
    /// The backtrack stack cannot grow (MemoryError).
    Memory,
    /// The interrupt hook said so; it keeps the exception.
    Interrupted,
}

/// What a run needs from outside.
pub struct Environment<'e> {
    /// The current locale's table.
    pub locale: &'e Locale,
    /// Called about every 65,536 steps; true ends the run with [`MatchError::Interrupted`].
    pub interrupted: &'e mut dyn FnMut() -> bool,
}

/// The reusable state of runs: memory, and the result of the last successful run.
pub struct Matcher {
    scratch: Scratch,
    span: (usize, usize),
}

impl Matcher {
    /// A matcher without a result.
    pub fn new() -> Matcher {
        Matcher { scratch: Scratch::new(), span: (0, 0) }
    }

    /// Limits the memory of the backtrack stack, in bytes.
    pub fn set_memory_limit(&mut self, bytes: usize) {
        self.scratch.frame_limit = bytes / size_of::<super::execute::Frame>();
    }

    /// Runs a program from `start` to `end` (both clamped to the subject). With `must_advance` a match may not be empty
    /// at `start`. The result says whether there is a match.
    pub fn run(
        &mut self,
        program: &Program,
        subject: Subject,
        mode: Mode,
        start: usize,
        end: usize,
        must_advance: bool,
        environment: &mut Environment,
    ) -> Result<bool, MatchError> {
        let end = end.min(subject.len());
        if start > end {
            return Ok(false);
        }
        self.scratch.prepare(program);
        let scratch = &mut self.scratch;
        let span = match subject {
            Subject::One(text) => {
                Run::new(program, &text[..end], mode, scratch, environment).find(start, must_advance)
            }
            Subject::Two(text) => {
                Run::new(program, &text[..end], mode, scratch, environment).find(start, must_advance)
            }
            Subject::Four(text) => {
                Run::new(program, &text[..end], mode, scratch, environment).find(start, must_advance)
            }
        }?;
        self.span = span.unwrap_or(self.span);
        Ok(span.is_some())
    }

    /// The span of the whole match.
    pub fn span(&self) -> (usize, usize) {
        self.span
    }

    /// The span of a group: 0 is the whole match, `None` a group that did not take part.
    pub fn group(&self, group: usize) -> Option<(usize, usize)> {
        if group == 0 { Some(self.span) } else { self.scratch.group(group - 1) }
    }

    /// The number of the last closed group (`Match.lastindex`).
    pub fn last_index(&self) -> Option<usize> {
        (self.scratch.last_index > 0).then_some(self.scratch.last_index)
    }
}

/// Successive matches in one subject, as `finditer`, `findall`, `sub`, `split` and the scanner object need them.
#[derive(Clone, Copy, Debug)]
pub struct Scanner {
    position: Option<usize>,
    end: usize,
    must_advance: bool,
}

impl Scanner {
    /// A scanner from `start` to `end`.
    pub fn new(start: usize, end: usize) -> Scanner {
        Scanner { position: Some(start), end, must_advance: false }
    }

    /// The position of the next search and the end, as `Match.pos` and `Match.endpos` show those of a new scanner.
    pub fn bounds(&self) -> (usize, usize) {
        (self.position.unwrap_or(self.end), self.end)
    }

    /// Finds the next match. After a failure there are no more.
    pub fn next(
        &mut self,
        matcher: &mut Matcher,
        program: &Program,
        subject: Subject,
        mode: Mode,
        environment: &mut Environment,
    ) -> Result<bool, MatchError> {
        let Some(start) = self.position else {
            return Ok(false);
        };
        let found = matcher.run(program, subject, mode, start, self.end, self.must_advance, environment)?;
        let (begin, end) = matcher.span();
        self.must_advance = begin == end;
        self.position = found.then_some(end);
        Ok(found)
    }
}

impl<U: Unit> Run<'_, '_, U> {
    /// The span of the first match from `start` on.
    fn find(&mut self, start: usize, must_advance: bool) -> Result<Option<(usize, usize)>, MatchError> {
        let Some(last) = self.text.len().checked_sub(self.program.min_width) else {
            return Ok(None);
        };
        if must_advance {
            self.refused_end = start;
        }
        if self.mode != Mode::Search {
            if start > last {
                return Ok(None);
            }
            return Ok(self.attempt(start)?.map(|end| (start, end)));
        }
        let mut from = start;
        while from <= last
            && let Some(candidate) = self.candidate(from, last)?
        {
            if candidate != start {
                self.refused_end = usize::MAX;
            }
            if let Some(end) = self.attempt(candidate)? {
                return Ok(Some((candidate, end)));
            }
            self.spend(1)?;
            from = candidate + 1;
        }
        Ok(None)
    }

    /// The first position in `from..=last` at which a match may begin.
    fn candidate(&mut self, from: usize, last: usize) -> Result<Option<usize>, MatchError> {
        let text = self.text;
        let found = match &self.program.start {
            Start::Everywhere => Some(from),
            Start::Beginning => (from == 0).then_some(0),
            Start::Lines if from == 0 || text[from - 1].code() == '\n'.into() => Some(from),
            Start::Lines => U::find(&text[from..], '\n'.into()).map(|offset| from + offset + 1),
            Start::Text { text: wanted, finder } => {
                U::find_text(&text[from..], wanted, finder.as_deref()).map(|offset| from + offset)
            }
            Start::FewBytes(bytes) => U::find_few(&text[from..], bytes).map(|offset| from + offset),
            Start::Set(low, high) => find_in_set(&text[from..], low, *high).map(|offset| from + offset),
            Start::Run { repeat, first, high } => return self.run_start(*repeat, first, *high, from, last),
        };
        Ok(found.filter(|&position| position <= last))
    }

    /// A position in a run of the leading repeat's characters whose end fits what has to follow. All starts within one
    /// run share its end, so that a run with a wrong end is skipped as a whole.
    fn run_start(
        &mut self,
        repeat: u32,
        first: &[bool; 256],
        high: bool,
        mut from: usize,
        last: usize,
    ) -> Result<Option<usize>, MatchError> {
        let repeat = &self.program.repeats[repeat as usize];
        while from <= last
            && let Some(offset) = find_in_set(&self.text[from..], first, high)
        {
            let start = from + offset;
            if start > last {
                return Ok(None);
            }
            let count = self.count(repeat.test, start, usize::MAX);
            self.spend(count)?;
            let end = start + count;
            let fits = self.text.get(end).is_some_and(|unit| repeat.next.contains(unit.code()));
            if fits && count >= repeat.min {
                return Ok(Some(start));
            }
            from = end.max(start + 1);
        }
        Ok(None)
    }
}

#[inline]
fn find_in_set<U: Unit>(text: &[U], low: &[bool; 256], high: bool) -> Option<usize> {
    text.iter().position(|unit| low.get(unit.code() as usize).copied().unwrap_or(high))
}
