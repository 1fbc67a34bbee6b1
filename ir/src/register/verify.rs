//! Checks that register code is well formed, and that stack registers are live and dead as the rules say.
//!
//! The second check follows every path: an operand must be live, a result register dead, and all paths to an instruction
//! must agree. It covers lowered code, in which a stack register is live exactly when it holds CPython's stack slot; of pending values
//! it knows nothing but that their registers are dead.

use std::fmt;

use super::code::{Handler, Instruction, RegisterCode};
use super::table::{Effects, Extent, Operation, Role, WordKind};
use super::word::{Field, flags, payload};

/// What is wrong with register code, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// The pc.
    pub pc: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at pc {}: {}", self.pc, self.message)
    }
}

impl std::error::Error for VerifyError {}

type Result<T> = std::result::Result<T, VerifyError>;

fn fail<T>(pc: usize, message: impl Into<String>) -> Result<T> {
    Err(VerifyError { pc, message: message.into() })
}

/// Checks register code.
pub fn verify(code: &RegisterCode) -> Result<()> {
    let starts = check_instructions(code)?;
    check_tables(code, &starts)?;
    Liveness { code, states: vec![None; code.words.len()], work: Vec::new() }.run()
}

/// The number of registers in a window.
pub fn window_length(instruction: &Instruction<'_>, extent: Extent) -> u32 {
    let roles = instruction.operation.row().roles;
    let count = roles.iter().position(|&role| role == Role::Count);
    extent.length(count.map_or(0, |field| instruction.fields[field]))
}

/// Decodes everything; true for each word at which an instruction starts.
fn check_instructions(code: &RegisterCode) -> Result<Vec<bool>> {
    let mut starts = vec![false; code.words.len()];
    let mut pc = 0;
    while pc < code.words.len() {
        let Some(instruction) = Instruction::decode(&code.words, pc) else {
            return fail(pc, "not an instruction");
        };
        starts[pc] = true;
        check_fields(code, &instruction)?;
        pc += instruction.length;
    }
    for instruction in code.instructions() {
        if let Some(target) = instruction.target()
            && !starts.get(target).copied().unwrap_or(false)
        {
            return fail(instruction.pc, format!("jump to {target}, where no instruction starts"));
        }
    }
    Ok(starts)
}

fn check_fields(code: &RegisterCode, instruction: &Instruction<'_>) -> Result<()> {
    let row = instruction.operation.row();
    let pc = instruction.pc;
    let nregisters = code.nregisters() as u64;
    for (field, role) in Field::ALL.into_iter().zip(row.roles) {
        let value = instruction.fields[field as usize];
        let window = |extent| u64::from(value) + u64::from(window_length(instruction, extent));
        let end = match role {
            Role::Use if instruction.flags & field.constant() != 0 => {
                if value as usize >= code.pool_length() || instruction.flags & field.dies() != 0 {
                    return fail(pc, format!("bad constant operand {value}"));
                }
                continue;
            }
            Role::Def | Role::Use | Role::Peek | Role::Take | Role::Update => u64::from(value) + 1,
            Role::Defines(extent) | Role::Consumes(extent) | Role::Peeks(extent) => {
                if value < code.nlocalsplus {
                    return fail(pc, "a window among the locals");
                }
                window(extent)
            }
            Role::Unused if value != 0 => return fail(pc, "an unused field isn't 0"),
            Role::Unused | Role::Count | Role::Immediate | Role::Half | Role::Test => continue,
        };
        if end > nregisters {
            return fail(pc, format!("register {} of {nregisters}", end - 1));
        }
    }
    check_flags(code, instruction)?;
    check_payload(code, instruction)
}

fn check_flags(code: &RegisterCode, instruction: &Instruction<'_>) -> Result<()> {
    let roles = instruction.operation.row().roles;
    let mut allowed = 0;
    for (field, role) in Field::ALL.into_iter().zip(roles) {
        let value = instruction.fields[field as usize];
        if role == Role::Use {
            allowed |= field.constant();
            if value >= code.nlocalsplus {
                allowed |= field.dies();
            }
        }
    }
    if roles[0] == Role::Def {
        let is_local = instruction.fields[0] < code.nlocalsplus;
        if is_local != (instruction.flags & flags::A_LOCAL != 0) {
            return fail(instruction.pc, "A_LOCAL doesn't fit the result register");
        }
        allowed |= flags::A_LOCAL;
    }
    if instruction.is_call() && instruction.fields[0] >= code.nlocalsplus {
        allowed |= flags::DISCARD;
    }
    if instruction.flags & !allowed != 0 {
        return fail(instruction.pc, "a flag that doesn't belong here");
    }
    Ok(())
}

fn check_payload(code: &RegisterCode, instruction: &Instruction<'_>) -> Result<()> {
    let row = instruction.operation.row();
    let Some(&word) = instruction.words.first() else {
        let is_constant = row.roles[1] == Role::Half;
        if is_constant && instruction.bc() as usize >= code.pool_length() {
            return fail(instruction.pc, "no such constant");
        }
        return Ok(());
    };
    let value = payload(word) as usize;
    let limit = match row.words[0] {
        WordKind::Name => code.nnames as usize,
        WordKind::Constant => code.pool_length(),
        _ => return Ok(()),
    };
    if value >= limit {
        return fail(instruction.pc, format!("index {value} of {limit}"));
    }
    Ok(())
}

fn check_tables(code: &RegisterCode, starts: &[bool]) -> Result<()> {
    let is_start = |pc: u32| starts.get(pc as usize).copied().unwrap_or(false);
    for pair in code.positions.windows(2) {
        if pair[0].pc >= pair[1].pc || pair[0].unit >= pair[1].unit {
            return fail(pair[1].pc as usize, "positions aren't ascending");
        }
    }
    for pair in code.handlers.windows(2) {
        if pair[0].end > pair[1].start {
            return fail(pair[1].start as usize, "handlers overlap");
        }
    }
    for position in &code.positions {
        if !is_start(position.pc) {
            return fail(position.pc as usize, "a position inside an instruction");
        }
    }
    for handler in &code.handlers {
        let filled = u64::from(handler.depth) + u64::from(handler.lasti) + 1;
        if !is_start(handler.start) || !is_start(handler.target) || filled > u64::from(code.stacksize) {
            return fail(handler.start as usize, "malformed handler");
        }
    }
    Ok(())
}

/// Which stack registers are live, before each instruction that was reached.
struct Liveness<'a> {
    code: &'a RegisterCode,
    states: Vec<Option<Vec<u32>>>,
    work: Vec<usize>,
}

/// The live stack registers, ascending.
#[derive(Clone)]
struct Live {
    registers: Vec<u32>,
    first_stack: u32,
    pc: usize,
}

impl Live {
    fn require(&self, register: u32) -> Result<()> {
        if register >= self.first_stack && self.registers.binary_search(&register).is_err() {
            return fail(self.pc, format!("r{register} is read but dead"));
        }
        Ok(())
    }

    fn kill(&mut self, register: u32) -> Result<()> {
        self.require(register)?;
        if let Ok(index) = self.registers.binary_search(&register) {
            self.registers.remove(index);
        }
        Ok(())
    }

    fn define(&mut self, register: u32) -> Result<()> {
        if register < self.first_stack {
            return Ok(());
        }
        match self.registers.binary_search(&register) {
            Ok(_) => fail(self.pc, format!("r{register} is written but live")),
            Err(index) => {
                self.registers.insert(index, register);
                Ok(())
            }
        }
    }
}

impl Liveness<'_> {
    fn run(mut self) -> Result<()> {
        self.reach(0, &[])?;
        while let Some(pc) = self.work.pop() {
            self.step(pc)?;
        }
        Ok(())
    }

    fn reach(&mut self, pc: usize, live: &[u32]) -> Result<()> {
        let Some(state) = self.states.get_mut(pc) else { return fail(pc, "control runs off the end") };
        match state {
            None => {
                *state = Some(live.to_vec());
                self.work.push(pc);
            }
            Some(known) if known != live => {
                return fail(pc, format!("live registers {known:?} on one path, {live:?} on another"));
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn step(&mut self, pc: usize) -> Result<()> {
        let Some(instruction) = Instruction::decode(&self.code.words, pc) else {
            return fail(pc, "not an instruction");
        };
        let registers = self.states[pc].clone().unwrap_or_default();
        let mut live = Live { registers, first_stack: self.code.nlocalsplus, pc };
        self.read(&instruction, &mut live)?;
        let before_results = live.clone();
        self.write(&instruction, &mut live)?;
        if instruction.operation.has(Effects::RAISES)
            && let Some(handler) = self.code.handler_at(pc).copied()
        {
            let is_yield = instruction.operation == Operation::Yield;
            self.raise(&handler, if is_yield { &live } else { &before_results })?;
        }
        if let Some(target) = instruction.target() {
            let is_loop = instruction.operation.family() == Operation::ForIter;
            self.reach(target, if is_loop { &before_results.registers } else { &live.registers })?;
        }
        if !instruction.operation.has(Effects::ENDS) {
            self.reach(pc + instruction.length, &live.registers)?;
        }
        Ok(())
    }

    /// Operands must be live; those that die go.
    fn read(&self, instruction: &Instruction<'_>, live: &mut Live) -> Result<()> {
        let fields = Field::ALL.into_iter().zip(instruction.operation.row().roles);
        let mut dying = Vec::new();
        for (field, role) in fields {
            let value = instruction.fields[field as usize];
            match role {
                Role::Use if instruction.flags & field.constant() == 0 => {
                    live.require(value)?;
                    if instruction.flags & field.dies() != 0 {
                        dying.push(value);
                    }
                }
                Role::Peek | Role::Update => live.require(value)?,
                Role::Take => dying.push(value),
                Role::Consumes(extent) => dying.extend(value..value + window_length(instruction, extent)),
                Role::Peeks(extent) => {
                    let mut window = value..value + window_length(instruction, extent);
                    window.try_for_each(|register| live.require(register))?;
                }
                _ => {}
            }
        }
        dying.into_iter().try_for_each(|register| live.kill(register))
    }

    /// Result registers must be dead.
    fn write(&self, instruction: &Instruction<'_>, live: &mut Live) -> Result<()> {
        let fields = Field::ALL.into_iter().zip(instruction.operation.row().roles);
        for (field, role) in fields {
            let value = instruction.fields[field as usize];
            match role {
                Role::Def => {
                    live.define(value)?;
                    if instruction.flags & flags::DISCARD != 0 {
                        live.kill(value)?;
                    }
                }
                Role::Defines(extent) => {
                    let mut window = value..value + window_length(instruction, extent);
                    window.try_for_each(|register| live.define(register))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What is below a handler's depth must be live, and is what the handler finds, with the exception.
    fn raise(&mut self, handler: &Handler, live: &Live) -> Result<()> {
        let first = self.code.nlocalsplus;
        let kept = first..first + handler.depth;
        kept.clone().try_for_each(|register| live.require(register))?;
        let filled = handler.depth + u32::from(handler.lasti) + 1;
        let entry: Vec<u32> = (first..first + filled).collect();
        self.reach(handler.target as usize, &entry)
    }
}
