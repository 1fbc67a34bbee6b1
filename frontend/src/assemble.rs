//! Turns final instructions into the bytes of a code object: jump distances, `EXTENDED_ARG`, the two tables.

use std::sync::Arc;

use ir::exceptiontable::{Entry, push_entry};
use ir::locations::{Encoder, Location};
use ir::opcode::Opcode::*;
use ir::opcode::OpcodeFlags;

use crate::flowgraph::{FinalInstr, Handler};

/// `END_ASYNC_FOR` names the `END_SEND` behind the `SEND` that it jumps to, this many units further.
const END_SEND_OFFSET: u32 = 5;

/// The three byte strings of a code object.
pub struct Assembled {
    pub code: Arc<[u8]>,
    pub linetable: Arc<[u8]>,
    pub exceptiontable: Arc<[u8]>,
}

/// Assembles a code unit that starts at `first_line`.
pub fn assemble(instrs: &mut [FinalInstr], first_line: i32) -> Assembled {
    let offsets = resolve_jumps(instrs);
    resolve_next_locations(instrs);
    Assembled {
        code: emit(instrs, &offsets).into(),
        linetable: line_table(instrs, first_line).into(),
        exceptiontable: exception_table(instrs, &offsets).into(),
    }
}

/// Code units of an instruction, with its extended arguments and caches.
fn units(instr: &FinalInstr) -> u32 {
    let extended = match instr.arg {
        0..=0xff => 0,
        0x100..=0xffff => 1,
        0x1_0000..=0xff_ffff => 2,
        _ => 3,
    };
    extended + 1 + instr.op.caches() as u32
}

/// Computes the offset of every instruction, in code units; jump arguments become distances.
fn resolve_jumps(instrs: &mut [FinalInstr]) -> Vec<u32> {
    let mut offsets = vec![0; instrs.len() + 1];
    // The index of the target is CPython's first guess of a distance, which decides near the limits of a byte.
    for instr in instrs.iter_mut().filter(|instr| instr.op.has(OpcodeFlags::JUMP)) {
        instr.arg = instr.target;
    }
    loop {
        let mut at = 0;
        for (i, instr) in instrs.iter().enumerate() {
            offsets[i] = at;
            at += units(instr);
        }
        offsets[instrs.len()] = at;
        let mut grown = false;
        for i in 0..instrs.len() {
            let instr = &mut instrs[i];
            if !instr.op.has(OpcodeFlags::JUMP) {
                continue;
            }
            let size = units(instr);
            let (behind, target) = (offsets[i] + size, offsets[instr.target as usize]);
            instr.arg = if instr.op == END_ASYNC_FOR {
                behind - target - END_SEND_OFFSET
            } else {
                behind.abs_diff(target)
            };
            grown |= units(instr) != size;
        }
        if !grown {
            return offsets;
        }
    }
}

/// An instruction that shares the next one's location gets it.
fn resolve_next_locations(instrs: &mut [FinalInstr]) {
    let mut next = Location::NONE;
    for instr in instrs.iter_mut().rev() {
        if instr.location == Location::NEXT {
            let leaves = matches!(instr.op, RETURN_VALUE | RAISE_VARARGS | RERAISE);
            let ends = leaves || instr.op.has(OpcodeFlags::JUMP);
            instr.location = if ends { Location::NONE } else { next };
        }
        next = instr.location;
    }
}

fn emit(instrs: &[FinalInstr], offsets: &[u32]) -> Vec<u8> {
    let mut code = Vec::with_capacity(offsets[instrs.len()] as usize * 2);
    for instr in instrs {
        let bytes = instr.arg.to_be_bytes();
        let skipped = bytes[..3].iter().take_while(|&&byte| byte == 0).count();
        for &byte in &bytes[skipped..3] {
            code.extend([EXTENDED_ARG.number() as u8, byte]);
        }
        code.extend([instr.op.number() as u8, bytes[3]]);
        code.resize(code.len() + instr.op.caches() * 2, 0);
    }
    code
}

fn line_table(instrs: &[FinalInstr], first_line: i32) -> Vec<u8> {
    let mut encoder = Encoder::new(first_line);
    let mut pending = (Location::NONE, 0);
    for instr in instrs {
        if instr.location != pending.0 {
            encoder.push(pending.0, pending.1);
            pending = (instr.location, 0);
        }
        pending.1 += units(instr) as usize;
    }
    encoder.push(pending.0, pending.1);
    encoder.finish()
}

fn exception_table(instrs: &[FinalInstr], offsets: &[u32]) -> Vec<u8> {
    let mut table = Vec::new();
    let mut start = 0;
    let mut current: Option<Handler> = None;
    let same = |a: Option<Handler>, b: Option<Handler>| a.map(|h| h.target) == b.map(|h| h.target);
    for i in 0..=instrs.len() {
        let handler = instrs.get(i).and_then(|instr| instr.handler);
        if i < instrs.len() && same(handler, current) {
            continue;
        }
        if let Some(handler) = current {
            let pushed = 1 + i32::from(handler.preserve_lasti);
            push_entry(
                &mut table,
                Entry {
                    start: offsets[start] as usize * 2,
                    end: offsets[i] as usize * 2,
                    target: offsets[handler.target as usize] as usize * 2,
                    depth: (handler.start_depth - pushed).max(0) as usize,
                    lasti: handler.preserve_lasti,
                },
            );
        }
        start = i;
        current = handler;
    }
    table
}
