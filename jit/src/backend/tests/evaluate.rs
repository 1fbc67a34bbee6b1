//! Optimised traces by the letter of the table: one instruction after the other, for comparison with machine code.

use super::super::Site;
use crate::ir::{Instruction, Op, Reference, Trace, Type};
use runtime::objects::float;
use runtime::trace_interface::{Helper, Width};
use runtime::types::registry;
use runtime::value::{Ref, SMALL_INT_MAX, SMALL_INT_MIN, Value};

/// How an evaluation ended.
#[derive(Debug, PartialEq)]
pub enum Ended {
    /// At this exit, with these values in the exit buffer.
    Exit(usize, Vec<u64>),
    Link(u32, i64),
}

pub struct Evaluation<'a> {
    pub trace: &'a Trace,
    pub sites: &'a [Site],
    pub slots: &'a mut [Value],
    pub buffer: &'a [u64],
    values: Vec<u64>,
}

fn fits(i: i64) -> bool {
    (SMALL_INT_MIN..=SMALL_INT_MAX).contains(&i)
}

impl<'a> Evaluation<'a> {
    pub fn new(trace: &'a Trace, sites: &'a [Site], slots: &'a mut [Value], buffer: &'a [u64]) -> Self {
        let values = vec![0; trace.instructions.len()];
        Evaluation { trace, sites, slots, buffer, values }
    }

    fn bits(&self, r: Reference) -> u64 {
        self.trace.as_constant(r).map_or_else(|| self.values[r.index()], |c| c.bits())
    }
    fn int(&self, r: Reference) -> i64 {
        self.bits(r) as i64
    }
    fn float(&self, r: Reference) -> f64 {
        f64::from_bits(self.bits(r))
    }
    fn word(&self, r: Reference) -> Value {
        Value::from_bits(self.bits(r))
    }
    /// The address of a field or item.
    fn place(&self, i: &Instruction, scale: i64) -> usize {
        let index = if scale == 0 { 0 } else { self.int(i.b) * scale };
        (self.bits(i.a) as i64 + i.field().offset() as i64 + index) as usize
    }

    pub fn run(mut self) -> Ended {
        let mut at = 0;
        let head = self.trace.instructions.iter().position(|i| i.op == Op::Loop).unwrap_or(0);
        loop {
            let i = self.trace.instructions[at];
            match i.op {
                Op::Loop | Op::Repeat | Op::Rejoin => {
                    let phis = self.trace.instructions[head + 1..].iter().take_while(|i| i.op == Op::Phi);
                    let next: Vec<u64> = match i.op {
                        Op::Loop => phis.map(|phi| self.bits(phi.a)).collect(),
                        Op::Repeat => phis.map(|phi| self.bits(phi.b)).collect(),
                        _ => self.trace.arguments_of(&i).iter().map(|r| self.bits(*r)).collect(),
                    };
                    self.values[head + 1..head + 1 + next.len()].copy_from_slice(&next);
                    at = head + 1;
                    continue;
                }
                Op::Phi | Op::Side => {}
                Op::Link => return Ended::Link(i.immediate, self.int(i.a)),
                _ => match self.instruction(&i) {
                    Some(value) => self.values[at] = value,
                    None => {
                        let is_side = |i: &Instruction| i.op == Op::Side && i.immediate as usize == at;
                        if let Some(side) = self.trace.instructions.iter().position(is_side) {
                            at = side;
                            continue;
                        }
                        let exit = self.sites.iter().position(|s| s.instruction as usize == at).unwrap();
                        let live = self.sites[exit].live.iter().map(|r| self.bits(*r)).collect();
                        return Ended::Exit(exit, live);
                    }
                },
            }
            at += 1;
        }
    }

    /// The result (anything if there is none); `None`: it leaves.
    fn instruction(&mut self, i: &Instruction) -> Option<u64> {
        let stay = |stays: bool| stays.then_some(0);
        Some(match i.op {
            Op::AddInt => self.int(i.a).wrapping_add(self.int(i.b)) as u64,
            Op::SubInt => self.int(i.a).wrapping_sub(self.int(i.b)) as u64,
            Op::AndInt => self.bits(i.a) & self.bits(i.b),
            Op::OrInt => self.bits(i.a) | self.bits(i.b),
            Op::XorInt => self.bits(i.a) ^ self.bits(i.b),
            Op::ShiftLeft => self.bits(i.a) << self.bits(i.b),
            Op::ShiftRight => (self.int(i.a) >> self.int(i.b).min(63)) as u64,
            Op::FloorDivide => (i128::from(self.int(i.a)).div_euclid_floor(self.int(i.b))) as u64,
            Op::Modulo => {
                let (a, b) = (i128::from(self.int(i.a)), self.int(i.b));
                (a - i128::from(b) * a.div_euclid_floor(b)) as u64
            }
            Op::MulChecked => {
                let product = i128::from(self.int(i.a)) * i128::from(self.int(i.b));
                i64::try_from(product).ok().filter(|p| fits(*p))? as u64
            }
            Op::CheckInt => stay(fits(self.int(i.a)))?,
            Op::CheckShift => {
                let (a, b) = (self.int(i.a), self.int(i.b));
                let holds = (0..63).contains(&b) && i64::try_from(i128::from(a) << b).is_ok_and(fits);
                stay(holds)?
            }
            Op::MinInt => self.int(i.a).min(self.int(i.b)) as u64,
            Op::MaxInt => self.int(i.a).max(self.int(i.b)) as u64,
            Op::EqInt | Op::EqValue | Op::EqPointer => u64::from(self.bits(i.a) == self.bits(i.b)),
            Op::NeInt => u64::from(self.bits(i.a) != self.bits(i.b)),
            Op::LtInt => u64::from(self.int(i.a) < self.int(i.b)),
            Op::LeInt => u64::from(self.int(i.a) <= self.int(i.b)),
            Op::LtUnsigned => u64::from(self.bits(i.a) < self.bits(i.b)),
            Op::EqFloat => u64::from(self.float(i.a) == self.float(i.b)),
            Op::NeFloat => u64::from(self.float(i.a) != self.float(i.b)),
            Op::LtFloat => u64::from(self.float(i.a) < self.float(i.b)),
            Op::LeFloat => u64::from(self.float(i.a) <= self.float(i.b)),
            Op::NotBool => 1 - self.bits(i.a),
            Op::AddFloat => (self.float(i.a) + self.float(i.b)).to_bits(),
            Op::SubFloat => (self.float(i.a) - self.float(i.b)).to_bits(),
            Op::MulFloat => (self.float(i.a) * self.float(i.b)).to_bits(),
            Op::DivFloat => (self.float(i.a) / self.float(i.b)).to_bits(),
            Op::NegFloat => (-self.float(i.a)).to_bits(),
            Op::AbsFloat => self.float(i.a).abs().to_bits(),
            Op::SqrtFloat => self.float(i.a).sqrt().to_bits(),
            Op::FloorFloat => self.float(i.a).floor().to_bits(),
            Op::CeilFloat => self.float(i.a).ceil().to_bits(),
            Op::TruncFloat => self.float(i.a).trunc().to_bits(),
            Op::IntToFloat => (self.int(i.a) as f64).to_bits(),
            Op::FloatToInt => {
                let f = self.float(i.a);
                (f.abs() < (1u64 << 62) as f64).then_some(f as i64 as u64)?
            }
            Op::BoxInt => Value::small_int(self.int(i.a)).bits(),
            Op::BoxFloat => float::new(self.float(i.a)).into_value().bits(),
            Op::BoxBool => Value::bool(self.bits(i.a) != 0).bits(),
            Op::UnboxInt => self.word(i.a).small_int_unchecked() as u64,
            Op::UnboxFloat => float::get(self.word(i.a)).unwrap().to_bits(),
            Op::IntOfBool => self.bits(i.a),
            Op::UnboxBool => u64::from(self.word(i.a).is(Value::TRUE)),
            Op::Address => self.word(i.a).header_unchecked() as u64,
            Op::GuardTrue => stay(self.bits(i.a) == 1)?,
            Op::GuardFalse => stay(self.bits(i.a) == 0)?,
            Op::GuardInt => stay(self.word(i.a).is_small_int())?,
            Op::GuardFloat => {
                let word = self.word(i.a);
                stay(!word.is_null() && word.is_exact(&registry::FLOAT))?
            }
            Op::GuardAnyInt => {
                let a = self.word(i.a);
                stay(a.is_small_int() || (a.is_pointer() && a.is_exact(&runtime::types::registry::INT)))?
            }
            Op::GuardBool => stay(self.word(i.a).is_bool())?,
            Op::GuardType => {
                let header = self.word(i.a).header();
                stay(header.is_some_and(|h| h.type_pointer() as u64 == self.bits(i.b)))?
            }
            Op::GuardIs => stay(self.bits(i.a) == self.bits(i.b))?,
            Op::GuardIsNot => stay(self.bits(i.a) != self.bits(i.b))?,
            Op::GuardBelow => stay(self.int(i.a) < self.int(i.b))?,
            Op::GuardPoll => 0,
            Op::LoadSlot => self.slots[i.immediate as usize].bits(),
            Op::StoreSlot => {
                self.slots[i.immediate as usize] = self.word(i.a);
                0
            }
            Op::Import => self.buffer[i.immediate as usize],
            Op::Call => self.call(i),
            Op::Exit => return None,
            _ => self.memory(i),
        })
    }

    fn memory(&mut self, i: &Instruction) -> u64 {
        // SAFETY: the traces of the tests are right about their objects.
        unsafe {
            match i.op {
                Op::LoadField => match i.field().width() {
                    Width::Uint32 => u64::from(*(self.place(i, 0) as *const u32)),
                    Width::Byte => u64::from(*(self.place(i, 0) as *const u8)),
                    _ => *(self.place(i, 0) as *const u64),
                },
                Op::StoreField => {
                    *(self.place(i, 0) as *mut u64) = self.bits(i.b);
                    0
                }
                Op::LoadItem => *(self.place(i, 8) as *const u64),
                Op::StoreItem => {
                    *(self.place(i, 8) as *mut u64) = self.bits(i.c);
                    0
                }
                Op::LoadNumber => u64::from(*(self.place(i, 1) as *const u8)),
                Op::IncRef => {
                    self.word(i.a).incref();
                    0
                }
                Op::DecRef => {
                    self.word(i.a).decref();
                    0
                }
                other => panic!("no test evaluates {}", other.name()),
            }
        }
    }

    fn call(&mut self, i: &Instruction) -> u64 {
        let arguments: Vec<u64> = self.trace.arguments_of(i).iter().map(|r| self.bits(*r)).collect();
        let address = i.helper().row().address;
        // SAFETY: these are the helpers' signatures.
        unsafe {
            match i.helper() {
                Helper::FloatFloorDivide | Helper::FloatModulo => {
                    let f: extern "C" fn(f64, f64) -> f64 = std::mem::transmute(address);
                    f(f64::from_bits(arguments[0]), f64::from_bits(arguments[1])).to_bits()
                }
                Helper::BuildTuple => {
                    let f: extern "C" fn(*const u64, usize) -> Value = std::mem::transmute(address);
                    f(arguments.as_ptr(), arguments.len()).bits()
                }
                other => panic!("no test calls {}", other.row().name),
            }
        }
    }
}

trait Floor {
    fn div_euclid_floor(self, b: i64) -> i128;
}

impl Floor for i128 {
    fn div_euclid_floor(self, b: i64) -> i128 {
        let b = i128::from(b);
        let quotient = self / b;
        if self % b != 0 && (self < 0) != (b < 0) { quotient - 1 } else { quotient }
    }
}

/// What an exit writes to a slot for a raw value.
pub fn boxed(trace: &Trace, reference: Reference, bits: u64) -> Ref {
    match trace.type_of(reference) {
        Type::Int => Ref::immediate(Value::small_int(bits as i64)),
        Type::Float => float::new(f64::from_bits(bits)),
        Type::Bool => Ref::bool(bits != 0),
        _ => Value::from_bits(bits).to_ref(),
    }
}
