//! Which characters may come next: an over-approximation for each instruction, computed backwards over the flat list.
//!
//! It prunes choices which must fail (ends of a repeat, alternatives of a branch) and picks the search strategy. It is
//! sound because it only ever claims too much. Inside atomic bodies nothing is claimed about what follows them: an
//! atomic group commits to its first way of matching, whether or not the rest then matches.

use memchr::memmem::Finder;

use super::charset::{CharSet, High, Test};
use super::constants::At;
use super::program::{Branch, BranchFilter, BranchMasks, Greed, Inst, Program};

/// Branches which get mask tables of 2 KB each; the others use the compact filter.
const MASKED_BRANCHES: usize = 256;

/// An over-approximation of the next consumed character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FirstSet {
    low: [u64; 4],
    high: bool,
    /// The pattern may succeed here without consuming anything, so that any character, or none, may follow.
    pub(super) empty: bool,
}

impl FirstSet {
    /// Nothing is known.
    pub(super) const UNKNOWN: FirstSet = FirstSet { low: [u64::MAX; 4], high: true, empty: true };
    /// Nothing can follow.
    const NOTHING: FirstSet = FirstSet { low: [0; 4], high: false, empty: false };

    fn of_char(ch: u32) -> FirstSet {
        let mut set = FirstSet::NOTHING;
        if ch < 256 {
            set.low[(ch / 64) as usize] |= 1 << (ch % 64);
        } else {
            set.high = true;
        }
        set
    }

    fn of_test(test: Test, sets: &[CharSet]) -> FirstSet {
        match test {
            Test::Char(ch) => FirstSet::of_char(ch),
            Test::NotChar(ch) => {
                let excluded = FirstSet::of_char(ch);
                FirstSet { low: excluded.low.map(|bits| !bits), high: true, empty: false }
            }
            Test::Set(index) => {
                let set = &sets[index as usize];
                let mut first = FirstSet::NOTHING;
                for (ch, _) in (0u32..).zip(set.low.iter()).filter(|(_, member)| **member) {
                    first.low[(ch / 64) as usize] |= 1 << (ch % 64);
                }
                first.high = set.high != High::Never;
                first
            }
            Test::All | Test::LocaleSet(_) | Test::LocaleChar(_) | Test::NotLocaleChar(_) => {
                FirstSet { empty: false, ..FirstSet::UNKNOWN }
            }
        }
    }

    fn union(self, other: FirstSet) -> FirstSet {
        FirstSet {
            low: std::array::from_fn(|word| self.low[word] | other.low[word]),
            high: self.high || other.high,
            empty: self.empty || other.empty,
        }
    }

    fn is_disjoint(&self, other: &FirstSet) -> bool {
        !(self.high && other.high) && self.low.iter().zip(&other.low).all(|(mine, theirs)| mine & theirs == 0)
    }

    /// May this character come next?
    #[inline]
    pub(super) fn contains(&self, ch: u32) -> bool {
        if ch < 256 { self.low[(ch / 64) as usize] >> (ch % 64) & 1 != 0 } else { self.high }
    }

    /// The members below 256, if there are at most three and none above.
    fn few_bytes(&self) -> Option<Vec<u8>> {
        let count: u32 = self.low.iter().map(|bits| bits.count_ones()).sum();
        (!self.high && count <= 3).then(|| (0..=255).filter(|&byte| self.contains(u32::from(byte))).collect())
    }
}

/// Where a search tries to match.
pub(super) enum Start {
    /// At every position.
    Everywhere,
    /// Only at the beginning of the subject.
    Beginning,
    /// At the beginnings of lines.
    Lines,
    /// Where this text stands.
    Text { text: Vec<u32>, finder: Option<Box<Finder<'static>>> },
    /// At one of one to three bytes.
    FewBytes(Vec<u8>),
    /// At a character of the set; the second item is for characters from 256 on.
    Set(Box<[bool; 256]>, bool),
    /// At the start of a run of this deterministic repeat whose end fits what follows the run.
    Run { repeat: u32, first: Box<[bool; 256]>, high: bool },
}

/// Fills in the filters of repeats and branches, and the search strategy.
pub(super) fn analyse(program: &mut Program) {
    let mut firsts = vec![FirstSet::UNKNOWN; program.code.len() + 1];
    // The first pass knows nothing about loop bodies at their ends, the second one uses the first one's result.
    for _ in 0..2 {
        for pc in (0..program.code.len()).rev() {
            firsts[pc] = first_of(program, &firsts, pc);
        }
    }
    for pc in 0..program.code.len() {
        match program.code[pc] {
            Inst::RepeatOne(record) => refine_repeat(program, record as usize, firsts[pc + 1]),
            Inst::Branch(record) => {
                let branch = &mut program.branches[record as usize];
                branch.filter = branch_filter(branch, record as usize, &firsts);
            }
            _ => {}
        }
    }
    program.start = choose_start(program, &firsts);
}

fn first_of(program: &Program, firsts: &[FirstSet], pc: usize) -> FirstSet {
    let next = firsts[pc + 1];
    match program.code[pc] {
        Inst::Fail => FirstSet::NOTHING,
        Inst::Success
        | Inst::GroupRef { .. }
        | Inst::AtomicEnd { .. }
        | Inst::PossessiveEnd(_)
        | Inst::AssertEnd { .. }
        | Inst::AssertNotEnd { .. } => FirstSet::UNKNOWN,
        Inst::One(test) => FirstSet::of_test(test, &program.sets),
        Inst::Text { start, .. } => FirstSet::of_char(program.text[start as usize]),
        Inst::Mark(_) | Inst::At(_) | Inst::AtomicEnter { .. } => next,
        Inst::Branch(record) => program.branches[record as usize]
            .alternatives
            .iter()
            .fold(FirstSet::NOTHING, |union, &alternative| union.union(firsts[alternative as usize])),
        Inst::Jump(target) => firsts[target as usize],
        Inst::RepeatOne(record) => {
            let repeat = &program.repeats[record as usize];
            let own = FirstSet::of_test(repeat.test, &program.sets);
            if repeat.min == 0 { own.union(next) } else { own }
        }
        Inst::LoopEnter(record) | Inst::PossessiveEnter(record) => {
            let repeat = &program.loops[record as usize];
            if repeat.min == 0 { next.union(firsts[repeat.until as usize + 1]) } else { next }
        }
        Inst::MaxUntil(record) | Inst::MinUntil(record) => {
            next.union(firsts[program.loops[record as usize].body as usize])
        }
        Inst::Assert { next, .. } | Inst::AssertNot { next, .. } => firsts[next as usize],
        Inst::GroupExists { otherwise, .. } => next.union(firsts[otherwise as usize]),
    }
}

fn refine_repeat(program: &mut Program, record: usize, next: FirstSet) {
    let own = FirstSet::of_test(program.repeats[record].test, &program.sets);
    let repeat = &mut program.repeats[record];
    repeat.next = next;
    repeat.deterministic = !next.empty && own.is_disjoint(&next);
}

fn branch_filter(branch: &Branch, record: usize, firsts: &[FirstSet]) -> BranchFilter {
    let of_alternatives = branch.alternatives.iter().map(|&alternative| firsts[alternative as usize]);
    if branch.alternatives.len() > 64 || record >= MASKED_BRANCHES {
        return BranchFilter::Firsts(of_alternatives.collect());
    }
    let mut masks = Box::new(BranchMasks { low: [0; 256], high: 0, end: 0 });
    for (index, first) in of_alternatives.enumerate() {
        let bit = 1 << index;
        for (ch, mask) in (0u32..).zip(masks.low.iter_mut()) {
            *mask |= if first.contains(ch) { bit } else { 0 };
        }
        masks.high |= if first.high { bit } else { 0 };
        masks.end |= if first.empty { bit } else { 0 };
    }
    BranchFilter::Masks(masks)
}

fn choose_start(program: &Program, firsts: &[FirstSet]) -> Start {
    let is_mark = |inst: &&Inst| matches!(inst, Inst::Mark(_));
    let lead = program.code.iter().take_while(is_mark).count();
    match program.code[lead] {
        Inst::At(At::Beginning | At::BeginningString) => return Start::Beginning,
        Inst::At(At::BeginningLine) => return Start::Lines,
        _ => {}
    }
    let text = leading_text(program, lead);
    if text.len() > 1 {
        let bytes: Option<Vec<u8>> = text.iter().map(|&ch| u8::try_from(ch).ok()).collect();
        let finder = bytes.map(|bytes| Box::new(Finder::new(&bytes).into_owned()));
        return Start::Text { text, finder };
    }
    let first = firsts[0];
    if first.empty {
        return Start::Everywhere;
    }
    let table = Box::new(std::array::from_fn(|ch| first.contains(ch as u32)));
    if let Inst::RepeatOne(repeat) = program.code[lead] {
        let record = &program.repeats[repeat as usize];
        if record.deterministic && record.greed != Greed::Lazy && record.min > 0 && record.max == usize::MAX {
            return Start::Run { repeat, first: table, high: first.high };
        }
    }
    match first.few_bytes() {
        Some(bytes) => Start::FewBytes(bytes),
        None => Start::Set(table, first.high),
    }
}

/// The characters which every match starts with.
fn leading_text(program: &Program, lead: usize) -> Vec<u32> {
    let mut text = Vec::new();
    for inst in &program.code[lead..] {
        match *inst {
            Inst::One(Test::Char(ch)) => text.push(ch),
            Inst::Text { start, length } => {
                text.extend_from_slice(&program.text[start as usize..][..length as usize]);
            }
            Inst::Mark(_) => {}
            _ => break,
        }
    }
    text
}
