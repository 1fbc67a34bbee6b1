//! Code words to instructions, with complete validation.
//!
//! One pass over the words with an explicit stack of open constructs: nesting depth costs heap, not native stack. Every
//! skip word must stay inside the construct around it, every operand is checked, and every construct must end with the
//! word that belongs there; anything else is [`InvalidCode`].

use std::collections::HashMap;

use super::charset::{self, CharSet, Fold, Test};
use super::constants::{At, Category, MAXGROUPS, MAXREPEAT, Op, info};
use super::first;
use super::program::{Branch, BranchFilter, Greed, Inst, Loop, Program, RepeatOne};

/// The code words are not what `re._compiler` produces ("invalid SRE code").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCode;

type Checked<T> = Result<T, InvalidCode>;

impl Program {
    /// Validates and decodes code words for a pattern with this number of groups.
    pub fn new(code: &[u32], groups: usize, flags: u32) -> Result<Program, InvalidCode> {
        if groups > MAXGROUPS as usize {
            return Err(InvalidCode);
        }
        let mut decoder = Decoder::new(code, groups);
        decoder.decode_all()?;
        let mut program = decoder.finish(flags);
        first::analyse(&mut program);
        Ok(program)
    }
}

/// A construct whose body is being decoded. `end` is the index of the word which ends the body.
struct Open {
    end: usize,
    kind: OpenKind,
}

enum OpenKind {
    Pattern,
    /// An alternative; `join` is the word after the whole branch, once known.
    Alternative {
        record: usize,
        jumps: Vec<usize>,
        join: Option<usize>,
    },
    Loop(usize),
    Possessive(usize),
    Atomic {
        slot: u32,
    },
    Assert {
        slot: u32,
        enter: usize,
    },
    AssertNot {
        slot: u32,
        enter: usize,
    },
    /// The part of a conditional for "the group has matched".
    Then {
        exists: usize,
    },
    Else {
        jump: usize,
    },
}

struct Decoder<'a> {
    words: &'a [u32],
    at: usize,
    groups: usize,
    open: Vec<Open>,
    code: Vec<Inst>,
    /// Instructions before this index may be jumped over and are not merged with later ones.
    label: usize,
    set_index: HashMap<(Fold, Vec<u32>), u32>,
    sets: Vec<CharSet>,
    text: Vec<u32>,
    repeats: Vec<RepeatOne>,
    loops: Vec<Loop>,
    branches: Vec<Branch>,
    slots: u32,
    min_width: usize,
}

impl<'a> Decoder<'a> {
    fn new(words: &'a [u32], groups: usize) -> Decoder<'a> {
        Decoder {
            words,
            at: 0,
            groups,
            open: Vec::new(),
            code: Vec::new(),
            label: 0,
            set_index: HashMap::new(),
            sets: Vec::new(),
            text: Vec::new(),
            repeats: Vec::new(),
            loops: Vec::new(),
            branches: Vec::new(),
            slots: 0,
            min_width: 0,
        }
    }

    fn finish(self, flags: u32) -> Program {
        Program {
            code: self.code,
            sets: self.sets,
            text: self.text,
            repeats: self.repeats,
            loops: self.loops,
            branches: self.branches,
            slots: self.slots as usize,
            groups: self.groups,
            flags,
            min_width: self.min_width,
            start: first::Start::Everywhere,
        }
    }

    fn decode_all(&mut self) -> Checked<()> {
        let end = self.words.len().checked_sub(1).ok_or(InvalidCode)?;
        self.expect(end, Op::Success)?;
        self.open.push(Open { end, kind: OpenKind::Pattern });
        self.skip_info(end)?;
        while let Some(open) = self.open.last() {
            let limit = open.end;
            if self.at > limit {
                return Err(InvalidCode);
            }
            if self.at == limit {
                self.close()?;
            } else {
                self.decode_op(limit)?;
            }
        }
        Ok(())
    }

    // Reading words.

    fn word(&self, index: usize) -> Checked<u32> {
        self.words.get(index).copied().ok_or(InvalidCode)
    }

    fn expect(&self, index: usize, op: Op) -> Checked<()> {
        if self.word(index)? == op as u32 { Ok(()) } else { Err(InvalidCode) }
    }

    /// The target of the skip word at `index`; it must not lie beyond `limit`.
    fn target(&self, index: usize, limit: usize) -> Checked<usize> {
        let target = index.checked_add(self.word(index)? as usize).ok_or(InvalidCode)?;
        if target > index && target <= limit { Ok(target) } else { Err(InvalidCode) }
    }

    fn group(&self, index: usize) -> Checked<u32> {
        let group = self.word(index)?;
        if (group as usize) < self.groups { Ok(group) } else { Err(InvalidCode) }
    }

    fn repeat_counts(&self, index: usize) -> Checked<(usize, usize)> {
        let (min, max) = (self.word(index)?, self.word(index + 1)?);
        if min > max {
            return Err(InvalidCode);
        }
        let max = if max == MAXREPEAT { usize::MAX } else { max as usize };
        Ok((min as usize, max))
    }

    // Emitting instructions.

    fn emit(&mut self, inst: Inst) -> usize {
        self.code.push(inst);
        self.code.len() - 1
    }

    fn here(&mut self) -> u32 {
        self.label = self.code.len();
        self.code.len() as u32
    }

    fn new_slot(&mut self) -> u32 {
        self.slots += 1;
        self.slots - 1
    }

    fn open(&mut self, end: usize, kind: OpenKind) {
        self.label = self.code.len();
        self.open.push(Open { end, kind });
    }

    fn emit_test(&mut self, test: Test) {
        let Test::Char(ch) = test else {
            self.emit(Inst::One(test));
            return;
        };
        let last = self.code.len().checked_sub(1).filter(|&last| last >= self.label);
        match last.map(|last| (last, self.code[last])) {
            Some((last, Inst::One(Test::Char(first)))) => {
                let start = self.text.len() as u32;
                self.text.extend([first, ch]);
                self.code[last] = Inst::Text { start, length: 2 };
            }
            Some((last, Inst::Text { start, length })) => {
                self.text.push(ch);
                self.code[last] = Inst::Text { start, length: length + 1 };
            }
            _ => {
                self.emit(Inst::One(test));
            }
        }
    }

    /// The test for a set program, sharing tables between equal sets.
    fn set_test(&mut self, words: &[u32], fold: Fold) -> Test {
        if fold == Fold::Exact
            && let Some(test) = charset::as_simple_test(words)
        {
            return test;
        }
        let sets = &mut self.sets;
        let index = *self.set_index.entry((fold, words.to_vec())).or_insert_with(|| {
            sets.push(CharSet::new(words, fold));
            sets.len() as u32 - 1
        });
        if charset::uses_locale(words, fold) { Test::LocaleSet(index) } else { Test::Set(index) }
    }

    fn literal_test(&mut self, ch: u32, negate: bool, fold: Fold) -> Test {
        let literal = [Op::Negate as u32, Op::Literal as u32, ch, Op::Failure as u32];
        match (fold, negate) {
            (Fold::Locale, false) => Test::LocaleChar(ch),
            (Fold::Locale, true) => Test::NotLocaleChar(ch),
            _ => self.set_test(&literal[usize::from(!negate)..], fold),
        }
    }

    // Operators.

    /// Decodes the one-character operator at the position, if it is one, and moves behind it.
    fn one_character(&mut self, limit: usize) -> Checked<Option<Test>> {
        let op = Op::from_word(self.word(self.at)?).ok_or(InvalidCode)?;
        let operand = self.at + 1;
        let test = match op {
            Op::Any => Test::NotChar('\n'.into()),
            Op::AnyAll => Test::All,
            Op::Failure => self.set_test(&[Op::Failure as u32], Fold::Exact),
            Op::Literal => self.literal_test(self.word(operand)?, false, Fold::Exact),
            Op::NotLiteral => self.literal_test(self.word(operand)?, true, Fold::Exact),
            Op::LiteralIgnore => self.literal_test(self.word(operand)?, false, Fold::Ascii),
            Op::NotLiteralIgnore => self.literal_test(self.word(operand)?, true, Fold::Ascii),
            Op::LiteralUniIgnore => self.literal_test(self.word(operand)?, false, Fold::Unicode),
            Op::NotLiteralUniIgnore => self.literal_test(self.word(operand)?, true, Fold::Unicode),
            Op::LiteralLocIgnore => self.literal_test(self.word(operand)?, false, Fold::Locale),
            Op::NotLiteralLocIgnore => self.literal_test(self.word(operand)?, true, Fold::Locale),
            Op::Category => {
                let category = self.word(operand)?;
                Category::from_word(category).ok_or(InvalidCode)?;
                self.set_test(&[Op::Category as u32, category, Op::Failure as u32], Fold::Exact)
            }
            Op::In => self.set_operand(Fold::Exact, limit)?,
            Op::InIgnore => self.set_operand(Fold::Ascii, limit)?,
            Op::InUniIgnore => self.set_operand(Fold::Unicode, limit)?,
            Op::InLocIgnore => self.set_operand(Fold::Locale, limit)?,
            _ => return Ok(None),
        };
        self.at = match op {
            Op::Any | Op::AnyAll | Op::Failure => operand,
            Op::In | Op::InIgnore | Op::InUniIgnore | Op::InLocIgnore => self.target(operand, limit)?,
            _ => operand + 1,
        };
        if self.at > limit { Err(InvalidCode) } else { Ok(Some(test)) }
    }

    /// The set behind the skip word of an IN operator.
    fn set_operand(&mut self, fold: Fold, limit: usize) -> Checked<Test> {
        let skip = self.at + 1;
        let target = self.target(skip, limit)?;
        let words = self.words.get(skip + 1..target).ok_or(InvalidCode)?;
        if charset::set_length(words) != Some(words.len()) {
            return Err(InvalidCode);
        }
        Ok(self.set_test(words, fold))
    }

    fn decode_op(&mut self, limit: usize) -> Checked<()> {
        let op = Op::from_word(self.word(self.at)?).ok_or(InvalidCode)?;
        if op == Op::Failure {
            self.at += 1;
            self.emit(Inst::Fail);
            return Ok(());
        }
        if let Some(test) = self.one_character(limit)? {
            self.emit_test(test);
            return Ok(());
        }
        let operand = self.at + 1;
        match op {
            Op::Success if self.open.len() == 1 => {
                self.emit(Inst::Success);
                self.at = operand;
            }
            Op::Mark => {
                let mark = self.word(operand)?;
                if mark as usize >= 2 * self.groups {
                    return Err(InvalidCode);
                }
                self.emit(Inst::Mark(mark));
                self.at = operand + 1;
            }
            Op::At => {
                let at = At::from_word(self.word(operand)?).ok_or(InvalidCode)?;
                self.emit(Inst::At(at));
                self.at = operand + 1;
            }
            Op::Groupref => self.group_reference(Fold::Exact)?,
            Op::GrouprefIgnore => self.group_reference(Fold::Ascii)?,
            Op::GrouprefUniIgnore => self.group_reference(Fold::Unicode)?,
            Op::GrouprefLocIgnore => self.group_reference(Fold::Locale)?,
            Op::GrouprefExists => self.conditional(limit)?,
            Op::Jump => self.start_else()?,
            Op::Branch => self.branch(limit)?,
            Op::RepeatOne => self.repeat_one(Greed::Greedy, limit)?,
            Op::MinRepeatOne => self.repeat_one(Greed::Lazy, limit)?,
            Op::PossessiveRepeatOne => self.repeat_one(Greed::Possessive, limit)?,
            Op::Repeat | Op::PossessiveRepeat => self.general_loop(op == Op::PossessiveRepeat, limit)?,
            Op::AtomicGroup => self.atomic_group(limit)?,
            Op::Assert | Op::AssertNot => self.assertion(op == Op::AssertNot, limit)?,
            _ => return Err(InvalidCode),
        }
        if self.at > limit { Err(InvalidCode) } else { Ok(()) }
    }

    /// Validates the INFO block at the start. Only its minimal width is used: the rest is derived from the code itself.
    fn skip_info(&mut self, limit: usize) -> Checked<()> {
        if self.word(self.at)? != Op::Info as u32 {
            return Ok(());
        }
        let skip = self.at + 1;
        let target = self.target(skip, limit)?;
        let words = self.words.get(skip + 1..target).ok_or(InvalidCode)?;
        let [flags, min, max, rest @ ..] = words else {
            return Err(InvalidCode);
        };
        let valid = match *flags {
            0 => rest.is_empty(),
            info::CHARSET => charset::set_length(rest) == Some(rest.len()),
            flags if flags & info::PREFIX != 0 && flags & !(info::PREFIX | info::LITERAL) == 0 => {
                valid_prefix(rest)
            }
            _ => false,
        };
        if !valid || min > max {
            return Err(InvalidCode);
        }
        self.min_width = *min as usize;
        self.at = target;
        Ok(())
    }

    fn group_reference(&mut self, fold: Fold) -> Checked<()> {
        let group = self.group(self.at + 1)?;
        self.emit(Inst::GroupRef { group, fold });
        self.at += 2;
        Ok(())
    }

    /// `GROUPREF_EXISTS group skip then [JUMP skip else]`; the first skip counts from the group word.
    fn conditional(&mut self, limit: usize) -> Checked<()> {
        let operand = self.at + 1;
        let group = self.group(operand)?;
        let end = operand.checked_add(self.word(operand + 1)? as usize).ok_or(InvalidCode)?;
        if end < operand + 2 || end > limit {
            return Err(InvalidCode);
        }
        let exists = self.emit(Inst::GroupExists { group, otherwise: 0 });
        self.at = operand + 2;
        self.open(end, OpenKind::Then { exists });
        Ok(())
    }

    /// A JUMP that stands directly before the end of a conditional's first part starts its second part.
    fn start_else(&mut self) -> Checked<()> {
        let skip = self.at + 1;
        let Some(Open { end, kind: OpenKind::Then { exists } }) = self.open.pop() else {
            return Err(InvalidCode);
        };
        let outer = self.open.last().ok_or(InvalidCode)?.end;
        let target = self.target(skip, outer)?;
        if end != skip + 1 || target < end {
            return Err(InvalidCode);
        }
        let jump = self.emit(Inst::Jump(0));
        self.patch_exists(exists);
        self.at = end;
        self.open(target, OpenKind::Else { jump });
        Ok(())
    }

    fn patch_exists(&mut self, exists: usize) {
        let here = self.here();
        if let Inst::GroupExists { otherwise, .. } = &mut self.code[exists] {
            *otherwise = here;
        }
    }

    fn branch(&mut self, limit: usize) -> Checked<()> {
        let record = self.branches.len();
        self.branches.push(Branch { alternatives: Vec::new(), filter: BranchFilter::Firsts(Vec::new()) });
        self.emit(Inst::Branch(record as u32));
        self.at += 1;
        self.alternative(record, Vec::new(), None, limit)
    }

    /// Opens the alternative whose skip word is at the position: it ends with JUMP and a skip word to the join.
    fn alternative(
        &mut self,
        record: usize,
        jumps: Vec<usize>,
        join: Option<usize>,
        limit: usize,
    ) -> Checked<()> {
        let skip = self.at;
        let next = self.target(skip, limit)?;
        if next < skip + 3 {
            return Err(InvalidCode);
        }
        let end = next - 2;
        self.expect(end, Op::Jump)?;
        let target = self.target(next - 1, limit)?;
        if join.is_some_and(|join| join != target) {
            return Err(InvalidCode);
        }
        let here = self.here();
        self.branches[record].alternatives.push(here);
        self.at = skip + 1;
        self.open(end, OpenKind::Alternative { record, jumps, join: Some(target) });
        Ok(())
    }

    fn repeat_one(&mut self, greed: Greed, limit: usize) -> Checked<()> {
        let skip = self.at + 1;
        let target = self.target(skip, limit)?;
        let (min, max) = self.repeat_counts(skip + 1)?;
        let end = target - 1;
        self.expect(end, Op::Success)?;
        self.at = skip + 3;
        let test = self.one_character(end)?.ok_or(InvalidCode)?;
        if self.at != end {
            return Err(InvalidCode);
        }
        let record = self.repeats.len() as u32;
        let next = first::FirstSet::UNKNOWN;
        self.repeats.push(RepeatOne { test, min, max, greed, next, deterministic: false });
        self.emit(Inst::RepeatOne(record));
        self.at = target;
        Ok(())
    }

    fn general_loop(&mut self, possessive: bool, limit: usize) -> Checked<()> {
        let skip = self.at + 1;
        let end = self.target(skip, limit)?;
        if end >= limit || end < skip + 3 {
            return Err(InvalidCode);
        }
        let (min, max) = self.repeat_counts(skip + 1)?;
        let record = self.loops.len();
        let slot = self.new_slot();
        let barrier = if possessive { self.new_slot() } else { slot };
        let enter = if possessive { Inst::PossessiveEnter } else { Inst::LoopEnter };
        self.emit(enter(record as u32));
        let body = self.here();
        self.loops.push(Loop { slot, barrier, min, max, body, until: 0 });
        self.at = skip + 3;
        self.open(end, if possessive { OpenKind::Possessive(record) } else { OpenKind::Loop(record) });
        Ok(())
    }

    fn atomic_group(&mut self, limit: usize) -> Checked<()> {
        let skip = self.at + 1;
        let end = self.target(skip, limit)? - 1;
        self.expect(end, Op::Success)?;
        let slot = self.new_slot();
        self.emit(Inst::AtomicEnter { slot });
        self.at = skip + 1;
        self.open(end, OpenKind::Atomic { slot });
        Ok(())
    }

    fn assertion(&mut self, negative: bool, limit: usize) -> Checked<()> {
        let skip = self.at + 1;
        let end = self.target(skip, limit)? - 1;
        self.expect(end, Op::Success)?;
        let back = self.word(skip + 1)?;
        let slot = self.new_slot();
        let enter = self.code.len();
        let kind = if negative {
            self.emit(Inst::AssertNot { slot, back, next: 0 });
            OpenKind::AssertNot { slot, enter }
        } else {
            self.emit(Inst::Assert { slot, back, next: 0 });
            OpenKind::Assert { slot, enter }
        };
        self.at = skip + 2;
        self.open(end, kind);
        Ok(())
    }

    // Ends of constructs.

    /// Ends the innermost construct: the position is at the word which ends its body.
    fn close(&mut self) -> Checked<()> {
        let Some(Open { end, kind }) = self.open.pop() else {
            return Err(InvalidCode);
        };
        self.at = end + 1;
        match kind {
            OpenKind::Pattern => {
                self.emit(Inst::Success);
            }
            OpenKind::Alternative { record, jumps, join } => {
                return self.close_alternative(end, record, jumps, join);
            }
            OpenKind::Loop(record) => {
                let until = match Op::from_word(self.word(end)?) {
                    Some(Op::MaxUntil) => Inst::MaxUntil(record as u32),
                    Some(Op::MinUntil) => Inst::MinUntil(record as u32),
                    _ => return Err(InvalidCode),
                };
                self.loops[record].until = self.emit(until) as u32;
            }
            OpenKind::Possessive(record) => {
                self.expect(end, Op::Success)?;
                self.loops[record].until = self.emit(Inst::PossessiveEnd(record as u32)) as u32;
            }
            OpenKind::Atomic { slot } => {
                self.emit(Inst::AtomicEnd { slot });
            }
            OpenKind::Assert { slot, enter } => {
                self.emit(Inst::AssertEnd { slot });
                self.patch_assertion(enter);
            }
            OpenKind::AssertNot { slot, enter } => {
                self.emit(Inst::AssertNotEnd { slot });
                self.patch_assertion(enter);
            }
            OpenKind::Then { exists } => {
                self.at = end;
                self.patch_exists(exists);
            }
            OpenKind::Else { jump } => {
                self.at = end;
                self.code[jump] = Inst::Jump(self.code.len() as u32);
            }
        }
        self.here();
        Ok(())
    }

    fn patch_assertion(&mut self, enter: usize) {
        let here = self.here();
        if let Inst::Assert { next, .. } | Inst::AssertNot { next, .. } = &mut self.code[enter] {
            *next = here;
        }
    }

    fn close_alternative(
        &mut self,
        end: usize,
        record: usize,
        mut jumps: Vec<usize>,
        join: Option<usize>,
    ) -> Checked<()> {
        jumps.push(self.emit(Inst::Jump(0)));
        let limit = self.open.last().ok_or(InvalidCode)?.end;
        self.at = end + 2;
        if self.word(self.at)? != Op::Failure as u32 {
            return self.alternative(record, jumps, join, limit);
        }
        self.at += 1;
        if join != Some(self.at) {
            return Err(InvalidCode);
        }
        let here = self.here();
        for jump in jumps {
            self.code[jump] = Inst::Jump(here);
        }
        Ok(())
    }
}

/// The prefix part of an INFO block: length, skip, characters, and an overlap table with entries below the length.
fn valid_prefix(words: &[u32]) -> bool {
    let [length, skip, rest @ ..] = words else {
        return false;
    };
    let size = *length as usize;
    skip <= length
        && rest.len() == size.saturating_mul(2)
        && rest[size..].iter().all(|overlap| overlap < length)
}
