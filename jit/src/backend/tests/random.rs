//! Random straight traces over ints and floats, with guards that leave or not.

use super::{int, number, with_rig};
use crate::ir::{Entry, Instruction, Op, Reference, Snapshot, SnapshotId, Trace, Type};
use proptest::prelude::*;
use runtime::value::Value;

const INTS: usize = 4;
const FLOATS: usize = 4;

/// One random operation: which, and two numbers that choose its operands.
type Choice = (u8, u16, u16);

struct Maker {
    trace: Trace,
    ints: Vec<Reference>,
    floats: Vec<Reference>,
    bools: Vec<Reference>,
}

impl Maker {
    fn push(&mut self, op: Op, a: Reference, b: Reference) -> Reference {
        let mut instruction = Instruction { a, b, ..Instruction::new(op) };
        if op.is_guard() {
            instruction.snapshot = self.snapshot();
        }
        self.trace.push(instruction)
    }

    /// A snapshot with the last few values of each type.
    fn snapshot(&mut self) -> SnapshotId {
        let last = |values: &[Reference]| values.iter().rev().take(5).copied().collect::<Vec<_>>();
        let values = [last(&self.floats), last(&self.ints), last(&self.bools)].concat();
        let entry =
            |(i, value): (usize, &Reference)| Entry { slot: 10 + i as u32, value: *value, owned: false };
        let entries = values.iter().enumerate().map(entry).collect();
        let pc = self.trace.snapshots.len() as u32;
        let snapshot = Snapshot { pc, entries, ..Snapshot::default() };
        self.trace.snapshots.push(snapshot);
        SnapshotId(pc)
    }

    fn int(&mut self, choice: u16) -> Reference {
        const CONSTANTS: [i64; 8] = [0, 1, -1, 7, 64, -1000, (1 << 62) - 1, -(1 << 62)];
        match self.ints.get(choice as usize % (self.ints.len() + 3)) {
            Some(value) => *value,
            None => self.trace.int(CONSTANTS[choice as usize / 7 % 8]),
        }
    }

    fn float(&mut self, choice: u16) -> Reference {
        const CONSTANTS: [f64; 6] = [0.0, -0.0, 1.0, -2.5, 1e200, f64::NAN];
        match self.floats.get(choice as usize % (self.floats.len() + 3)) {
            Some(value) => *value,
            None => self.trace.float(CONSTANTS[choice as usize / 7 % 6]),
        }
    }

    fn operation(&mut self, (which, x, y): Choice) {
        const NONE: Reference = Reference::NONE;
        let (a, b) = (self.int(x), self.int(y));
        let (f, g) = (self.float(x), self.float(y));
        match which % 24 {
            n @ 0..=1 => {
                let sum = self.push([Op::AddInt, Op::SubInt][n as usize], a, b);
                self.push(Op::CheckInt, sum, NONE);
                self.ints.push(sum);
            }
            n @ 2..=6 => {
                let op = [Op::AndInt, Op::OrInt, Op::XorInt, Op::MinInt, Op::MaxInt][n as usize - 2];
                let result = self.push(op, a, b);
                self.ints.push(result);
            }
            7 => {
                let product = self.push(Op::MulChecked, a, b);
                self.ints.push(product);
            }
            8 => {
                self.push(Op::CheckShift, a, b);
                let shifted = self.push(Op::ShiftLeft, a, b);
                self.ints.push(shifted);
            }
            n @ 9..=10 => {
                let divisor = if self.trace.as_constant(b).is_some_and(|c| c.bits() == 0) {
                    self.trace.int(9)
                } else {
                    b
                };
                let zero = self.trace.int(0);
                let valid = self.push(Op::NeInt, divisor, zero);
                self.push(Op::GuardTrue, valid, NONE);
                let result = self.push([Op::FloorDivide, Op::Modulo][n as usize - 9], a, divisor);
                self.push(Op::CheckInt, result, NONE);
                self.ints.push(result);
            }
            11 => {
                let count = self.trace.int(i64::from(y % 70));
                let shifted = self.push(Op::ShiftRight, a, count);
                self.ints.push(shifted);
            }
            n @ 12..=14 => {
                let op = [Op::LtInt, Op::EqInt, Op::LtUnsigned][n as usize - 12];
                let truth = self.push(op, a, b);
                self.bools.push(truth);
            }
            n @ 15..=16 => {
                let truth = self.push([Op::LtFloat, Op::EqFloat][n as usize - 15], f, g);
                let guard = [Op::GuardTrue, Op::GuardFalse][usize::from(x % 8 != 0)];
                self.push(guard, truth, NONE);
                self.bools.push(truth);
            }
            n @ 17..=20 => {
                let op = [Op::AddFloat, Op::SubFloat, Op::MulFloat, Op::DivFloat][n as usize - 17];
                let result = self.push(op, f, g);
                self.floats.push(result);
            }
            21 => {
                let result = self.push(Op::IntToFloat, a, NONE);
                self.floats.push(result);
            }
            22 => {
                let whole = self.push(Op::FloorFloat, f, NONE);
                let result = self.push(Op::FloatToInt, whole, NONE);
                self.ints.push(result);
            }
            _ => {
                let word = self.push(Op::BoxInt, a, NONE);
                let result = self.push(Op::UnboxInt, word, NONE);
                self.ints.push(result);
            }
        }
    }
}

fn make(choices: &[Choice]) -> Trace {
    let mut maker =
        Maker { trace: Trace::default(), ints: Vec::new(), floats: Vec::new(), bools: Vec::new() };
    const NONE: Reference = Reference::NONE;
    for slot in 0..INTS + FLOATS {
        let load = Instruction { immediate: slot as u32, ..Instruction::new(Op::LoadSlot) };
        let word = maker.trace.push(load);
        if slot < INTS {
            maker.push(Op::GuardInt, word, NONE);
            let value = maker.push(Op::UnboxInt, word, NONE);
            maker.ints.push(value);
        } else {
            maker.push(Op::GuardFloat, word, NONE);
            let value = maker.push(Op::UnboxFloat, word, NONE);
            maker.floats.push(value);
        }
    }
    for choice in choices {
        maker.operation(*choice);
    }
    let snapshot = maker.snapshot();
    maker.trace.push(Instruction { snapshot, ..Instruction::new(Op::Exit) });
    debug_assert!(maker.trace.instructions.iter().all(|i| i.ty != Type::Pointer));
    maker.trace
}

fn some_int() -> impl Strategy<Value = i64> {
    prop_oneof![-20i64..20, Just((1i64 << 62) - 1), Just(-(1i64 << 62)), -(1i64 << 62)..(1i64 << 62)]
}

fn some_float() -> impl Strategy<Value = f64> {
    prop_oneof![(-20i32..20).prop_map(f64::from), any::<f64>(), -1e3..1e3]
}

#[test]
fn compiled_traces_do_what_the_table_says() {
    let slots = (prop::array::uniform4(some_int()), prop::array::uniform4(some_float()));
    let strategy = (prop::collection::vec(any::<Choice>(), 1..60), prop::collection::vec(slots, 8));
    with_rig(|rig| {
        let rig = std::cell::RefCell::new(rig);
        let config = ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |((choices, runs) in strategy)| {
            let mut rig = rig.borrow_mut();
            let number_of_trace = rig.add_trace(make(&choices));
            for (ints, floats) in &runs {
                let ints = ints.iter().map(|i| int(*i));
                let words: Vec<Value> = ints.chain(floats.iter().map(|f| number(*f))).collect();
                rig.compare(number_of_trace, &words);
            }
            rig.registry.free(number_of_trace);
        });
    });
}
