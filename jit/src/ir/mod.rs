//! Trace IR: what the recorder emits, the optimiser rewrites and the backend compiles.
//!
//! A *recorded* trace speaks of frame slots (`GetSlot`, `SetSlot`, `Enter`, `Leave`, `At`); the optimiser runs it through its
//! emitter (once, and for loops a second time) and makes an *optimised* trace of it: SSA, with guards that carry
//! snapshots. Both forms share one table (`table`), one container (`trace`), one text form (`text`) and one verifier.
//!
//! # Slots
//! Slot k is register k of the frame that the trace was entered in, its *root window*. Windows of inlined calls lie
//! further up on the same register stack, so they have slots of their own: slot numbers are relative to the root's base. The registers of generators lie in the generators: the
//! window of one has a base of its own that no other slots share (`trace::GENERATOR`).
//!
//! # Ownership
//! A `Value` is a borrowed word unless the trace owns a count of it. Operations marked `owned` give one count to the
//! trace; `StoreItem`, `StoreField`, `StoreOffset` and `StoreSlot` take one from it. Snapshots say for each slot whether
//! the exit moves the trace's count or takes a new one.

pub mod table;
pub mod text;
pub mod trace;
pub mod verify;

pub use table::{Kind, Op, Role, Row, Type};
pub use trace::{
    Constant, Entry, Held, Instruction, Reference, Snapshot, SnapshotId, Trace, TracebackEntry,
    TracebackWord, Virtual, VirtualKind, Window,
};
