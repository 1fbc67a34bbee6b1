//! Dead code: results that nothing uses and that have no effect are left out, and the rest is numbered anew.

use crate::ir::{Instruction, Kind, Op, Reference, SnapshotId, Trace};

/// Whether an instruction stays even if its result is not used.
fn has_effect(i: &Instruction) -> bool {
    match i.op.kind() {
        Kind::Pure | Kind::Load => false,
        Kind::Frame => !matches!(i.op, Op::LoadSlot | Op::Import | Op::RootGenerator),
        Kind::Control => i.op != Op::Phi,
        Kind::Call => true,
        _ => true,
    }
}

/// The trace without its dead instructions and unused snapshots.
pub fn eliminate(mut trace: Trace) -> Trace {
    let count = trace.instructions.len();
    let mut live = vec![false; count];
    // What sides give to a phi lives if the phi does.
    let rejoins: Vec<Instruction> =
        trace.instructions.iter().filter(|i| i.op == Op::Rejoin).copied().collect();
    let first_phi = trace.instructions.iter().position(|i| i.op == Op::Loop).map_or(0, |at| at + 1);
    let mut work: Vec<usize> = Vec::new();
    for (index, i) in trace.instructions.iter().enumerate() {
        if has_effect(i) {
            live[index] = true;
            work.push(index);
        }
    }
    while let Some(index) = work.pop() {
        let i = trace.instructions[index];
        let mut uses: Vec<Reference> = i.operands().collect();
        if i.op == Op::Call {
            uses.extend_from_slice(trace.arguments_of(&i));
        }
        if i.op == Op::Phi {
            uses.extend(rejoins.iter().map(|r| trace.arguments_of(r)[index - first_phi]));
        }
        if !i.snapshot.is_none() {
            uses.extend(trace.live(i.snapshot));
            uses.extend(trace.snapshots[i.snapshot.index()].virtuals.iter().map(|v| v.value));
        }
        for reference in uses {
            if !reference.is_constant() && !live[reference.index()] {
                live[reference.index()] = true;
                work.push(reference.index());
            }
        }
    }
    renumber(&mut trace, &live);
    trace
}

fn renumber(trace: &mut Trace, live: &[bool]) {
    let mut places = vec![Reference::NONE; live.len()];
    let mut next = 0;
    for (index, live) in live.iter().enumerate() {
        if *live {
            places[index] = Reference::instruction(next);
            next += 1;
        }
    }
    let moved = |r: &mut Reference| {
        if !r.is_none() && !r.is_constant() {
            *r = places[r.index()];
        }
    };
    let old = std::mem::take(&mut trace.instructions);
    let arguments = std::mem::take(&mut trace.arguments);
    let snapshots = std::mem::take(&mut trace.snapshots);
    let origins = std::mem::take(&mut trace.origins);
    let first_phi = old.iter().position(|i| i.op == Op::Loop).map_or(0, |at| at + 1);
    let mut snapshot_places = vec![SnapshotId::NONE; snapshots.len()];
    for (index, mut i) in old.into_iter().enumerate() {
        if !live[index] {
            continue;
        }
        if i.op.has_list() {
            let (first, count) = (i.a.0 as usize, i.b.0 as usize);
            i.a = Reference(trace.arguments.len() as i32);
            for (number, argument) in arguments[first..first + count].iter().enumerate() {
                if i.op == Op::Rejoin && !live[first_phi + number] {
                    continue;
                }
                let mut argument = *argument;
                moved(&mut argument);
                trace.arguments.push(argument);
            }
            i.b = Reference(trace.arguments.len() as i32 - i.a.0);
        } else {
            moved(&mut i.a);
            moved(&mut i.b);
            moved(&mut i.c);
        }
        if i.op == Op::Side {
            i.immediate = places[i.immediate as usize].0 as u32;
        }
        if !i.snapshot.is_none() {
            let place = &mut snapshot_places[i.snapshot.index()];
            if place.is_none() {
                let mut snapshot = snapshots[i.snapshot.index()].clone();
                snapshot.windows.iter_mut().for_each(|w| moved(&mut w.1));
                snapshot.held.iter_mut().for_each(|h| moved(&mut h.generator));
                snapshot.lent.iter_mut().for_each(|l| moved(&mut l.1));
                snapshot.entries.iter_mut().for_each(|e| moved(&mut e.value));
                for object in &mut snapshot.virtuals {
                    moved(&mut object.value);
                    object.fields.iter_mut().for_each(|f| moved(&mut f.1));
                }
                snapshot.drops.iter_mut().for_each(moved);
                trace.snapshots.push(snapshot);
                *place = SnapshotId(trace.snapshots.len() as u32 - 1);
            }
            i.snapshot = *place;
        }
        trace.instructions.push(i);
        if let Some(origin) = origins.get(index) {
            trace.origins.push(*origin);
        }
    }
}
