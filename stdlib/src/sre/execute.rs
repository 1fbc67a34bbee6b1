//! The backtracking machine: runs a program at one position of a subject.
//!
//! One explicit stack holds both choices still open and records that undo changes of marks and slots. Failure pops:
//! undo records are applied, the first choice found resumes. Ending an atomic body drops the choices above the height
//! at which it started and keeps the undo records of marks. Without any open choice nothing needs to be undone.

use memchr::memmem::Finder;

use super::chars::{self, Locale};
use super::charset::{self, CharSet, Fold, Test};
use super::constants::At;
use super::first::FirstSet;
use super::program::{BranchFilter, Greed, Inst, Program, RepeatOne};
use super::search::{Environment, MatchError, Mode};

/// A mark that has not been set.
pub(super) const UNSET: usize = usize::MAX;
/// Steps between two calls of the interrupt hook.
const STEPS_PER_CHECK: isize = 1 << 16;

/// A code unit of a subject.
pub(super) trait Unit: Copy + Eq + 'static {
    fn code(self) -> u32;
    /// Index of the first unit which is this character.
    fn find(text: &[Self], ch: u32) -> Option<usize>;
    /// Membership in a set.
    fn is_in(self, set: &CharSet) -> bool;

    /// Index of the first occurrence of a text of two or more characters.
    fn find_text(text: &[Self], wanted: &[u32], _finder: Option<&Finder>) -> Option<usize> {
        let (&first, rest) = wanted.split_first()?;
        let mut from = 0;
        loop {
            from += Self::find(text.get(from..)?, first)? + 1;
            if starts_with(&text[from..], rest) {
                return Some(from - 1);
            }
        }
    }

    /// Index of the first unit which is one of at most three bytes.
    fn find_few(text: &[Self], bytes: &[u8]) -> Option<usize> {
        text.iter().position(|unit| bytes.iter().any(|&byte| unit.code() == byte.into()))
    }
}

impl Unit for u8 {
    #[inline]
    fn code(self) -> u32 {
        self.into()
    }

    #[inline]
    fn find(text: &[u8], ch: u32) -> Option<usize> {
        memchr::memchr(u8::try_from(ch).ok()?, text)
    }

    #[inline]
    fn is_in(self, set: &CharSet) -> bool {
        set.low[usize::from(self)]
    }

    /// The finder exists if all characters are bytes; otherwise the text cannot occur.
    fn find_text(text: &[u8], _wanted: &[u32], finder: Option<&Finder>) -> Option<usize> {
        finder?.find(text)
    }

    fn find_few(text: &[u8], bytes: &[u8]) -> Option<usize> {
        match *bytes {
            [first] => memchr::memchr(first, text),
            [first, second] => memchr::memchr2(first, second, text),
            [first, second, third] => memchr::memchr3(first, second, third, text),
            _ => None,
        }
    }
}

/// Implements [`Unit`] for a type wider than a byte.
macro_rules! wide_unit {
    ($unit:ty) => {
        impl Unit for $unit {
            #[inline]
            fn code(self) -> u32 {
                self.into()
            }

            #[inline]
            fn find(text: &[$unit], ch: u32) -> Option<usize> {
                let wanted = <$unit>::try_from(ch).ok()?;
                text.iter().position(|&unit| unit == wanted)
            }

            #[inline]
            fn is_in(self, set: &CharSet) -> bool {
                match set.low.get(self as usize) {
                    Some(&member) => member,
                    None => set.contains_high(self.into()),
                }
            }
        }
    };
}

wide_unit!(u16);
wide_unit!(u32);

/// A record on the backtrack stack.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    kind: FrameKind,
    index: u32,
    first: usize,
    second: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FrameKind {
    /// Undo: mark `index` was `first`, and the last index `second`.
    Mark,
    /// Undo: slot `index` was (`first`, `second`).
    Slot,
    /// Choice: continue at instruction `index` and position `first`.
    Resume,
    /// Choice: branch `index` at position `first`; `second` are the remaining alternatives (mask or next number).
    Branch,
    /// Choice: greedy repeat at instruction `index` ended at `first` and may end as early as `second`.
    Greedy,
    /// Choice: lazy repeat at instruction `index` ended at `first` and may end as late as `second`.
    Lazy,
    /// Choice: run the body of the lazy loop whose UNTIL is instruction `index` once more, at position `first`.
    LazyBody,
}

/// The memory of a matcher that is reused between runs.
pub(super) struct Scratch {
    pub(super) marks: Vec<usize>,
    /// The number of the last closed group; 0 if there is none.
    pub(super) last_index: usize,
    stack: Vec<Frame>,
    slots: Vec<(usize, usize)>,
    /// Greatest number of frames on the stack.
    pub(super) frame_limit: usize,
    marks_touched: bool,
}

impl Scratch {
    pub(super) fn new() -> Scratch {
        Scratch {
            marks: Vec::new(),
            last_index: 0,
            stack: Vec::new(),
            slots: Vec::new(),
            frame_limit: (1 << 32) / size_of::<Frame>(),
            marks_touched: false,
        }
    }

    /// Makes room for a program.
    pub(super) fn prepare(&mut self, program: &Program) {
        self.marks.clear();
        self.marks.resize(2 * program.groups, UNSET);
        self.marks_touched = false;
        self.last_index = 0;
        self.slots.clear();
        self.slots.resize(program.slots, (0, UNSET));
    }

    fn reset(&mut self) {
        self.stack.clear();
        if self.marks_touched {
            self.marks.fill(UNSET);
            self.last_index = 0;
            self.marks_touched = false;
        }
    }

    #[inline]
    fn push(&mut self, kind: FrameKind, index: u32, first: usize, second: usize) -> Result<(), MatchError> {
        if self.stack.len() == self.stack.capacity() {
            self.grow()?;
        }
        self.stack.push(Frame { kind, index, first, second });
        Ok(())
    }

    #[cold]
    fn grow(&mut self) -> Result<(), MatchError> {
        let length = self.stack.len();
        if length >= self.frame_limit {
            return Err(MatchError::Memory);
        }
        let wanted = length.clamp(64, (self.frame_limit - length).max(1));
        self.stack.try_reserve_exact(wanted).map_err(|_| MatchError::Memory)
    }

    /// Drops the choices above a height, keeping what undoes marks. Slots above belong to constructs inside, which can
    /// only be entered anew.
    fn cut(&mut self, height: usize) {
        let mut keep = height;
        for index in height..self.stack.len() {
            if self.stack[index].kind == FrameKind::Mark {
                self.stack[keep] = self.stack[index];
                keep += 1;
            }
        }
        self.stack.truncate(keep);
    }

    /// Overwrites a slot, remembering its old value.
    fn save_slot(&mut self, slot: u32, value: (usize, usize)) -> Result<(), MatchError> {
        let old = std::mem::replace(&mut self.slots[slot as usize], value);
        if self.stack.is_empty() {
            return Ok(());
        }
        self.push(FrameKind::Slot, slot, old.0, old.1)
    }

    #[inline]
    fn set_mark(&mut self, mark: u32, position: usize) -> Result<(), MatchError> {
        if !self.stack.is_empty() {
            let old = self.marks[mark as usize];
            self.push(FrameKind::Mark, mark, old, self.last_index)?;
        }
        self.marks_touched = true;
        self.marks[mark as usize] = position;
        if mark & 1 != 0 {
            self.last_index = mark as usize / 2 + 1;
        }
        Ok(())
    }

    /// Both ends of a group that has matched.
    pub(super) fn group(&self, group: usize) -> Option<(usize, usize)> {
        let (start, end) = (*self.marks.get(2 * group)?, *self.marks.get(2 * group + 1)?);
        (start != UNSET && end != UNSET && start <= end).then_some((start, end))
    }
}

/// One run over one subject.
pub(super) struct Run<'a, 'e, U> {
    pub(super) program: &'a Program,
    /// The subject up to its end position.
    pub(super) text: &'a [U],
    pub(super) mode: Mode,
    /// A match may not end here (empty matches next to the previous one).
    pub(super) refused_end: usize,
    pub(super) scratch: &'a mut Scratch,
    pub(super) environment: &'a mut Environment<'e>,
    budget: isize,
}

impl<'a, 'e, U: Unit> Run<'a, 'e, U> {
    pub(super) fn new(
        program: &'a Program,
        text: &'a [U],
        mode: Mode,
        scratch: &'a mut Scratch,
        environment: &'a mut Environment<'e>,
    ) -> Self {
        Run { program, text, mode, refused_end: UNSET, scratch, environment, budget: STEPS_PER_CHECK }
    }

    /// Counts work, and calls the interrupt hook when enough has been done.
    #[inline]
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), MatchError> {
        self.budget = self.budget.saturating_sub_unsigned(steps);
        if self.budget > 0 {
            return Ok(());
        }
        self.budget = STEPS_PER_CHECK;
        if (self.environment.interrupted)() { Err(MatchError::Interrupted) } else { Ok(()) }
    }

    /// Tries to match at a position; the result is the end of the match.
    pub(super) fn attempt(&mut self, origin: usize) -> Result<Option<usize>, MatchError> {
        self.scratch.reset();
        let program = self.program;
        let text = self.text;
        let mut pc = 0;
        let mut at = origin;
        loop {
            // Arms which succeed continue the loop; those which fall out of the match fail and backtrack.
            match program.code[pc] {
                Inst::Fail => {}
                Inst::Success => {
                    let short = self.mode == Mode::FullMatch && at != text.len();
                    if !short && at != self.refused_end {
                        return Ok(Some(at));
                    }
                }
                Inst::One(test) => {
                    if at < text.len() && self.passes(test, text[at]) {
                        at += 1;
                        pc += 1;
                        continue;
                    }
                }
                Inst::Text { start, length } => {
                    let wanted = &program.text[start as usize..][..length as usize];
                    if starts_with(&text[at..], wanted) {
                        at += wanted.len();
                        pc += 1;
                        continue;
                    }
                }
                Inst::Mark(mark) => {
                    self.scratch.set_mark(mark, at)?;
                    pc += 1;
                    continue;
                }
                Inst::At(position) => {
                    if self.is_at(position, at) {
                        pc += 1;
                        continue;
                    }
                }
                Inst::Branch(record) => {
                    if let Some(target) = self.branch(record, at, None)? {
                        pc = target;
                        continue;
                    }
                }
                Inst::Jump(target) => {
                    pc = target as usize;
                    continue;
                }
                Inst::RepeatOne(record) => {
                    if let Some(end) = self.repeat_one(&program.repeats[record as usize], pc, at)? {
                        at = end;
                        pc += 1;
                        continue;
                    }
                }
                Inst::LoopEnter(record) => {
                    let repeat = &program.loops[record as usize];
                    // UNTIL counts the iteration which has ended, so that the count starts one below zero.
                    self.scratch.save_slot(repeat.slot, (usize::MAX, UNSET))?;
                    pc = repeat.until as usize;
                    continue;
                }
                Inst::MaxUntil(record) => {
                    pc = self.max_until(record, pc, at)?;
                    continue;
                }
                Inst::MinUntil(record) => {
                    pc = self.min_until(record, pc, at)?;
                    continue;
                }
                Inst::PossessiveEnter(record) => {
                    let repeat = &program.loops[record as usize];
                    self.scratch.slots[repeat.slot as usize] = (0, UNSET);
                    pc = self.possessive_step(record, at)?;
                    continue;
                }
                Inst::PossessiveEnd(record) => {
                    let repeat = &program.loops[record as usize];
                    self.scratch.cut(self.scratch.slots[repeat.barrier as usize].0);
                    self.scratch.slots[repeat.slot as usize].0 += 1;
                    pc = self.possessive_step(record, at)?;
                    continue;
                }
                Inst::AtomicEnter { slot } => {
                    self.scratch.slots[slot as usize] = (self.scratch.stack.len(), at);
                    pc += 1;
                    continue;
                }
                Inst::AtomicEnd { slot } => {
                    self.scratch.cut(self.scratch.slots[slot as usize].0);
                    pc += 1;
                    continue;
                }
                Inst::Assert { slot, back, .. } => {
                    if let Some(behind) = at.checked_sub(back as usize) {
                        self.scratch.slots[slot as usize] = (self.scratch.stack.len(), at);
                        at = behind;
                        pc += 1;
                        continue;
                    }
                }
                Inst::AssertEnd { slot } => {
                    let (height, position) = self.scratch.slots[slot as usize];
                    self.scratch.cut(height);
                    at = position;
                    pc += 1;
                    continue;
                }
                Inst::AssertNot { slot, back, next } => {
                    let Some(behind) = at.checked_sub(back as usize) else {
                        pc = next as usize;
                        continue;
                    };
                    self.scratch.slots[slot as usize] = (self.scratch.stack.len(), at);
                    self.scratch.push(FrameKind::Resume, next, at, 0)?;
                    at = behind;
                    pc += 1;
                    continue;
                }
                // The choice pushed at the start means "the assertion holds": it goes with the others.
                Inst::AssertNotEnd { slot } => self.scratch.cut(self.scratch.slots[slot as usize].0),
                Inst::GroupRef { group, fold } => {
                    if let Some(end) = self.group_reference(group, fold, at) {
                        at = end;
                        pc += 1;
                        continue;
                    }
                }
                Inst::GroupExists { group, otherwise } => {
                    pc = if self.scratch.group(group as usize).is_some() {
                        pc + 1
                    } else {
                        otherwise as usize
                    };
                    continue;
                }
            }
            match self.backtrack()? {
                Some(resumed) => (pc, at) = resumed,
                None => return Ok(None),
            }
        }
    }

    /// Undoes changes down to the newest open choice and returns where to continue with its next possibility.
    fn backtrack(&mut self) -> Result<Option<(usize, usize)>, MatchError> {
        self.spend(1)?;
        while let Some(frame) = self.scratch.stack.pop() {
            let Frame { kind, index, first, second } = frame;
            let resumed = match kind {
                FrameKind::Mark => {
                    self.scratch.marks[index as usize] = first;
                    self.scratch.last_index = second;
                    None
                }
                FrameKind::Slot => {
                    self.scratch.slots[index as usize] = (first, second);
                    None
                }
                FrameKind::Resume => Some((index as usize, first)),
                FrameKind::Branch => self.branch(index, first, Some(second))?.map(|target| (target, first)),
                FrameKind::Greedy => {
                    self.retreat(index, first, second)?.map(|position| (index as usize + 1, position))
                }
                FrameKind::Lazy => {
                    self.advance(index, first, second)?.map(|position| (index as usize + 1, position))
                }
                FrameKind::LazyBody => self.lazy_body(index, first)?.map(|target| (target, first)),
            };
            if resumed.is_some() {
                return Ok(resumed);
            }
        }
        Ok(None)
    }

    // Characters and positions.

    #[inline]
    fn passes(&self, test: Test, unit: U) -> bool {
        match test {
            Test::Char(ch) => unit.code() == ch,
            Test::NotChar(ch) => unit.code() != ch,
            Test::All => true,
            Test::Set(set) => unit.is_in(&self.program.sets[set as usize]),
            _ => passes_in_locale(self.program, test, unit.code(), self.environment.locale),
        }
    }

    /// The number of units from a position on, at most `max`, which pass a test.
    #[inline]
    pub(super) fn count(&self, test: Test, at: usize, max: usize) -> usize {
        let rest = &self.text[at..];
        let rest = &rest[..rest.len().min(max)];
        let run = match test {
            Test::Char(ch) => rest.iter().position(|unit| unit.code() != ch),
            Test::NotChar(ch) => U::find(rest, ch),
            Test::All => None,
            Test::Set(set) => {
                let set = &self.program.sets[set as usize];
                rest.iter().position(|unit| !unit.is_in(set))
            }
            _ => {
                let (program, locale) = (self.program, self.environment.locale);
                rest.iter().position(|unit| !passes_in_locale(program, test, unit.code(), locale))
            }
        };
        run.unwrap_or(rest.len())
    }

    fn is_at(&self, position: At, at: usize) -> bool {
        let text = self.text;
        let is_newline = |index: usize| text.get(index).is_some_and(|unit| unit.code() == '\n'.into());
        match position {
            At::Beginning | At::BeginningString => at == 0,
            At::BeginningLine => at == 0 || is_newline(at - 1),
            At::End => at == text.len() || (at + 1 == text.len() && is_newline(at)),
            At::EndLine => at == text.len() || is_newline(at),
            At::EndString => at == text.len(),
            At::Boundary => self.is_boundary(at, chars::is_ascii_word),
            At::NonBoundary => !self.is_boundary(at, chars::is_ascii_word),
            At::LocBoundary => self.is_boundary(at, |ch| self.environment.locale.is_word(ch)),
            At::LocNonBoundary => !self.is_boundary(at, |ch| self.environment.locale.is_word(ch)),
            At::UniBoundary => self.is_boundary(at, chars::is_unicode_word),
            At::UniNonBoundary => !self.is_boundary(at, chars::is_unicode_word),
        }
    }

    fn is_boundary(&self, at: usize, is_word: impl Fn(u32) -> bool) -> bool {
        let before = at > 0 && is_word(self.text[at - 1].code());
        let after = self.text.get(at).is_some_and(|unit| is_word(unit.code()));
        before != after
    }

    fn group_reference(&self, group: u32, fold: Fold, at: usize) -> Option<usize> {
        let (start, end) = self.scratch.group(group as usize)?;
        let wanted = &self.text[start..end];
        let found = self.text[at..].get(..wanted.len())?;
        let locale = self.environment.locale;
        let equal = match fold {
            Fold::Exact => wanted == found,
            _ => wanted
                .iter()
                .zip(found)
                .all(|(wanted, found)| fold.apply(wanted.code(), locale) == fold.apply(found.code(), locale)),
        };
        equal.then_some(at + wanted.len())
    }

    // Choices.

    /// The first alternative worth trying, from the remaining ones of a choice or from all.
    #[inline]
    fn branch(
        &mut self,
        record: u32,
        at: usize,
        remaining: Option<usize>,
    ) -> Result<Option<usize>, MatchError> {
        let branch = &self.program.branches[record as usize];
        let ch = self.text.get(at).map(|unit| unit.code());
        let (chosen, rest) = match &branch.filter {
            BranchFilter::Masks(masks) => {
                let mask = match (remaining, ch) {
                    (Some(mask), _) => mask as u64,
                    (None, Some(ch)) => masks.low.get(ch as usize).copied().unwrap_or(masks.high),
                    (None, None) => masks.end,
                };
                if mask == 0 {
                    return Ok(None);
                }
                let rest = mask & (mask - 1);
                (mask.trailing_zeros() as usize, (rest != 0).then_some(rest as usize))
            }
            BranchFilter::Firsts(firsts) => {
                let next_from = |from: usize| {
                    let fits = |first: &FirstSet| ch.map_or(first.empty, |ch| first.contains(ch));
                    firsts[from..].iter().position(fits).map(|offset| from + offset)
                };
                let Some(chosen) = next_from(remaining.unwrap_or(0)) else {
                    return Ok(None);
                };
                (chosen, next_from(chosen + 1))
            }
        };
        if let Some(rest) = rest {
            self.scratch.push(FrameKind::Branch, record, at, rest)?;
        }
        Ok(Some(branch.alternatives[chosen] as usize))
    }

    /// Runs a one-character repeat and returns the first end to try.
    #[inline]
    fn repeat_one(&mut self, repeat: &RepeatOne, pc: usize, at: usize) -> Result<Option<usize>, MatchError> {
        let available = self.text.len() - at;
        if available < repeat.min {
            return Ok(None);
        }
        if repeat.greed == Greed::Lazy {
            if self.count(repeat.test, at, repeat.min) < repeat.min {
                return Ok(None);
            }
            let latest = at + available.min(repeat.max);
            return self.lazy_end(pc as u32, at + repeat.min, latest);
        }
        let count = self.count(repeat.test, at, repeat.max);
        self.spend(count)?;
        if count < repeat.min {
            return Ok(None);
        }
        let end = at + count;
        if count == repeat.min || repeat.deterministic || repeat.greed == Greed::Possessive {
            return Ok(Some(end));
        }
        self.greedy_end(pc as u32, end, at + repeat.min)
    }

    /// The latest end of a greedy repeat up to `latest` after which the rest may match.
    #[inline]
    fn greedy_end(&mut self, pc: u32, latest: usize, earliest: usize) -> Result<Option<usize>, MatchError> {
        let Inst::RepeatOne(record) = self.program.code[pc as usize] else {
            return Ok(None);
        };
        let next = &self.program.repeats[record as usize].next;
        let end = if next.empty {
            latest
        } else {
            // The unit after the latest end may lie behind the text's end; then nothing can follow.
            let window = &self.text[earliest..self.text.len().min(latest + 1)];
            match window.iter().rposition(|unit| next.contains(unit.code())) {
                Some(offset) => earliest + offset,
                None => return Ok(None),
            }
        };
        if end > earliest {
            self.scratch.push(FrameKind::Greedy, pc, end, earliest)?;
        }
        Ok(Some(end))
    }

    fn retreat(&mut self, pc: u32, end: usize, earliest: usize) -> Result<Option<usize>, MatchError> {
        self.greedy_end(pc, end - 1, earliest)
    }

    /// The earliest end of a lazy repeat from `earliest` on after which the rest may match.
    #[inline]
    fn lazy_end(&mut self, pc: u32, earliest: usize, latest: usize) -> Result<Option<usize>, MatchError> {
        let Inst::RepeatOne(record) = self.program.code[pc as usize] else {
            return Ok(None);
        };
        let repeat = &self.program.repeats[record as usize];
        let mut end = earliest;
        if !repeat.next.empty {
            loop {
                let Some(&unit) = self.text.get(end) else {
                    return Ok(None);
                };
                if repeat.next.contains(unit.code()) {
                    break;
                }
                if end >= latest || !self.passes(repeat.test, unit) {
                    return Ok(None);
                }
                end += 1;
            }
            self.spend(end - earliest)?;
        }
        if end < latest && !repeat.deterministic {
            self.scratch.push(FrameKind::Lazy, pc, end, latest)?;
        }
        Ok(Some(end))
    }

    fn advance(&mut self, pc: u32, end: usize, latest: usize) -> Result<Option<usize>, MatchError> {
        let Inst::RepeatOne(record) = self.program.code[pc as usize] else {
            return Ok(None);
        };
        if end >= latest || !self.passes(self.program.repeats[record as usize].test, self.text[end]) {
            return Ok(None);
        }
        self.lazy_end(pc, end + 1, latest)
    }

    // General loops.

    fn max_until(&mut self, record: u32, pc: usize, at: usize) -> Result<usize, MatchError> {
        self.spend(1)?;
        let repeat = &self.program.loops[record as usize];
        let (count, last) = self.scratch.slots[repeat.slot as usize];
        let count = count.wrapping_add(1);
        if count < repeat.min {
            self.scratch.save_slot(repeat.slot, (count, last))?;
            return Ok(repeat.body as usize);
        }
        if count >= repeat.max || at == last {
            return Ok(pc + 1);
        }
        self.scratch.push(FrameKind::Resume, pc as u32 + 1, at, 0)?;
        self.scratch.save_slot(repeat.slot, (count, at))?;
        Ok(repeat.body as usize)
    }

    fn min_until(&mut self, record: u32, pc: usize, at: usize) -> Result<usize, MatchError> {
        self.spend(1)?;
        let repeat = &self.program.loops[record as usize];
        let (count, last) = self.scratch.slots[repeat.slot as usize];
        let count = count.wrapping_add(1);
        if count < repeat.min {
            self.scratch.save_slot(repeat.slot, (count, last))?;
            return Ok(repeat.body as usize);
        }
        if count < repeat.max && at != last {
            self.scratch.push(FrameKind::LazyBody, pc as u32, at, 0)?;
        }
        Ok(pc + 1)
    }

    /// Runs the body of a lazy loop after its tail has failed. The slot is again as UNTIL had found it.
    fn lazy_body(&mut self, pc: u32, at: usize) -> Result<Option<usize>, MatchError> {
        let Inst::MinUntil(record) = self.program.code[pc as usize] else {
            return Ok(None);
        };
        let repeat = &self.program.loops[record as usize];
        let count = self.scratch.slots[repeat.slot as usize].0.wrapping_add(1);
        self.scratch.save_slot(repeat.slot, (count, at))?;
        Ok(Some(repeat.body as usize))
    }

    /// Starts the next iteration of a possessive loop, or leaves it.
    fn possessive_step(&mut self, record: u32, at: usize) -> Result<usize, MatchError> {
        self.spend(1)?;
        let repeat = &self.program.loops[record as usize];
        let (count, last) = self.scratch.slots[repeat.slot as usize];
        self.scratch.slots[repeat.barrier as usize] = (self.scratch.stack.len(), at);
        if count < repeat.min {
            return Ok(repeat.body as usize);
        }
        if count >= repeat.max || at == last {
            return Ok(repeat.until as usize + 1);
        }
        self.scratch.slots[repeat.slot as usize].1 = at;
        self.scratch.push(FrameKind::Resume, repeat.until + 1, at, 0)?;
        Ok(repeat.body as usize)
    }
}

fn starts_with<U: Unit>(text: &[U], wanted: &[u32]) -> bool {
    text.len() >= wanted.len() && text.iter().zip(wanted).all(|(unit, &ch)| unit.code() == ch)
}

fn passes_in_locale(program: &Program, test: Test, ch: u32, locale: &Locale) -> bool {
    match test {
        Test::LocaleSet(set) => program.sets[set as usize].contains_in_locale(ch, locale),
        Test::LocaleChar(wanted) => charset::equal_in_locale(wanted, ch, locale),
        Test::NotLocaleChar(wanted) => !charset::equal_in_locale(wanted, ch, locale),
        Test::Char(wanted) => ch == wanted,
        Test::NotChar(wanted) => ch != wanted,
        Test::All => true,
        Test::Set(set) => program.sets[set as usize].contains_in_locale(ch, &Locale::C),
    }
}
