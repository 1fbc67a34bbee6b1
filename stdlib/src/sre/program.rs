//! The instruction set which code words are decoded into.
//!
//! Instructions stand in one flat list; each falls through to the next unless it says otherwise. Sub-patterns are
//! inline. State which the code words keep on a run-time stack of repeats lives in numbered *slots*: a construct never
//! contains itself, so that one slot for each is enough, and backtracking restores overwritten slots.

use super::charset::{CharSet, Fold, Test};
use super::constants::At;
use super::first::{FirstSet, Start};

/// One instruction. `pc` operands are indices in the instruction list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Inst {
    /// Backtrack.
    Fail,
    /// The whole pattern has matched.
    Success,
    /// Consume one character which passes the test.
    One(Test),
    /// Consume this part of the program's text pool.
    Text { start: u32, length: u32 },
    /// Store the position in a mark.
    Mark(u32),
    /// Check the position.
    At(At),
    /// Try the alternatives of this branch record in order.
    Branch(u32),
    /// Continue at the target.
    Jump(u32),
    /// Repeat a one-character test as this record says.
    RepeatOne(u32),
    /// Start a general loop: its slot is reset and control goes to its UNTIL.
    LoopEnter(u32),
    /// End of a greedy loop's body.
    MaxUntil(u32),
    /// End of a lazy loop's body.
    MinUntil(u32),
    /// Start a possessive loop; the body follows.
    PossessiveEnter(u32),
    /// End of a possessive loop's body.
    PossessiveEnd(u32),
    /// Start of an atomic group; the body follows.
    AtomicEnter { slot: u32 },
    /// End of an atomic group's body: its choices are dropped.
    AtomicEnd { slot: u32 },
    /// Start of a positive assertion, `back` characters before the position; `next` comes after its end.
    Assert { slot: u32, back: u32, next: u32 },
    /// End of a positive assertion's body: its choices are dropped and the position goes back.
    AssertEnd { slot: u32 },
    /// Start of a negative assertion.
    AssertNot { slot: u32, back: u32, next: u32 },
    /// End of a negative assertion's body: the assertion fails.
    AssertNotEnd { slot: u32 },
    /// Consume the text of a group.
    GroupRef { group: u32, fold: Fold },
    /// Continue at `otherwise` unless the group has matched.
    GroupExists { group: u32, otherwise: u32 },
}

/// How a repeat chooses its count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

/// A repeat of a one-character test.
pub(super) struct RepeatOne {
    pub(super) test: Test,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) greed: Greed,
    /// What may follow the repeat; ends of the repeat where it cannot follow are skipped.
    pub(super) next: FirstSet,
    /// The test excludes what may follow, so that only one end of the repeat is possible.
    pub(super) deterministic: bool,
}

/// A general loop.
#[derive(Clone, Copy)]
pub(super) struct Loop {
    /// Slot of the iteration count and the last iteration's position.
    pub(super) slot: u32,
    /// Slot of the backtrack height (possessive loops only).
    pub(super) barrier: u32,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) body: u32,
    /// The instruction which ends the body; the tail follows it.
    pub(super) until: u32,
}

/// A choice between alternatives.
pub(super) struct Branch {
    pub(super) alternatives: Vec<u32>,
    pub(super) filter: BranchFilter,
}

/// Which alternatives are worth trying at a character.
pub(super) enum BranchFilter {
    /// At most 64 alternatives: a bit mask of them for each character below 256, for the others, and for the end.
    Masks(Box<BranchMasks>),
    /// What each alternative may start with.
    Firsts(Vec<FirstSet>),
}

/// The masks of a small branch.
pub(super) struct BranchMasks {
    pub(super) low: [u64; 256],
    pub(super) high: u64,
    pub(super) end: u64,
}

/// A validated and decoded pattern. It is immutable and may be shared.
pub struct Program {
    pub(super) code: Vec<Inst>,
    pub(super) sets: Vec<CharSet>,
    pub(super) text: Vec<u32>,
    pub(super) repeats: Vec<RepeatOne>,
    pub(super) loops: Vec<Loop>,
    pub(super) branches: Vec<Branch>,
    pub(super) slots: usize,
    pub(super) groups: usize,
    pub(super) flags: u32,
    /// No match is shorter than this.
    pub(super) min_width: usize,
    pub(super) start: Start,
}

impl Program {
    /// Number of capturing groups.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The flags given at creation.
    pub fn flags(&self) -> u32 {
        self.flags
    }
}
