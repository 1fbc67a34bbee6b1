//! Chains of generators that delegate one to the next by `yield from` or `await`: resuming the outermost one, the root,
//! resumes the innermost one, and what that yields goes to whoever resumed the root. What lies between is not touched, so
//! that an item costs the same however deep it comes from.
//!
//! The interpreter makes a chain when a value passes through many generators that only hand it on. While there is one:
//! - `partner` of the root is the innermost generator and the other way round; the root's `links` counts the others. Only these
//!   two exchange states: while the chain runs both are executing, while it is suspended the root is suspended in its
//!   `yield from`.
//! - All others are `Chained`, the innermost one too while the chain is suspended. `previous` of each is the frame that
//!   delegates to it; whatever lies between is at its `Send`. None of them handles an exception.
//! - Whoever wants to see or resume one of the others calls `settle` first, which takes a suspended chain apart.

use super::generator::{Generator, GeneratorState};
use crate::frame::Frame;
use crate::thread::Thread;
use ir::register::Word;

/// Words of a `Send`; its `Yield` follows.
pub const SEND_LENGTH: usize = 2;

/// The generator of a generator's frame.
///
/// # Safety
/// The frame is one.
#[inline(always)]
pub unsafe fn owner(frame: *const Frame) -> &'static Generator {
    // SAFETY: the object of such a frame has this layout.
    unsafe { &*((*frame).generator.get().header_unchecked() as *const Generator) }
}

impl Generator {
    /// How many generators the chain has whose root this is, without it.
    #[inline(always)]
    pub fn links(&self) -> u32 {
        self.links.get()
    }
    /// The root's innermost generator, or the innermost one's root.
    #[inline(always)]
    pub fn partner(&self) -> Option<&'static Generator> {
        // SAFETY: those in a chain live as long as it: each holds the next one, and its end takes the chain apart.
        unsafe { self.partner.get().as_ref() }
    }
}

/// Marks a suspended chain as running, up to the frames that whoever resumes it is to put on the thread's chain. Gives the
/// innermost generator.
#[inline(always)]
pub fn enter(thread: &Thread, root: &Generator, innermost: &Generator) {
    let links = root.links.get();
    for g in [root, innermost] {
        g.state.set(GeneratorState::Executing);
        thread.handled.swap(&g.handled);
    }
    thread.running_generators.set(thread.running_generators.get() + links + 1);
    // SAFETY: the root is suspended at the `Yield` behind its `Send`.
    root.frame.pc.set(unsafe { root.frame.pc.get().sub(SEND_LENGTH) });
}

/// The reverse of `enter` when the innermost generator has yielded.
#[inline(always)]
pub fn suspend(thread: &Thread, root: &Generator, innermost: &Generator) {
    let links = root.links.get();
    innermost.state.set(GeneratorState::Chained);
    thread.handled.swap(&innermost.handled);
    root.state.set(GeneratorState::SuspendedYieldFrom);
    thread.handled.swap(&root.handled);
    thread.running_generators.set(thread.running_generators.get() - links - 1);
    hand_on(root);
    root.frame.previous.set(std::ptr::null_mut());
}

/// Brings a generator from its `Send` to the `Yield` behind it.
#[inline(always)]
pub fn hand_on(g: &Generator) {
    // SAFETY: a chain is made of generators whose `Send` a `Yield` follows.
    unsafe {
        let at = g.frame.pc.get().add(SEND_LENGTH);
        g.frame.pc.set(at);
        g.frame.return_register.set(u32::from(Word(*at).a()));
    }
}

/// A value has passed from `innermost`, which is executing, through `count` generators around it up to `root`, all
/// executing and at their `Send`. Some of them, from `old` outwards, may be a chain already.
pub fn extend(root: &Generator, innermost: &Generator, count: u32) {
    let known = root.links.get();
    if let Some(old) = root.partner() {
        old.partner.set(std::ptr::null());
    }
    let mut at = innermost;
    for _ in 0..count {
        // SAFETY: the frames between the two are running, and generators'.
        at = unsafe { owner(at.frame.previous.get()) };
        if !std::ptr::eq(at, root) {
            at.state.set(GeneratorState::Chained);
        }
    }
    root.links.set(known + count);
    root.partner.set(innermost);
    innermost.partner.set(root);
}

/// The innermost generator of a running chain is about to end: the one around it takes its place.
#[inline(always)]
pub fn shorten(innermost: &Generator) {
    let Some(root) = innermost.partner() else { return };
    innermost.partner.set(std::ptr::null());
    let links = root.links.get() - 1;
    root.links.set(links);
    if links == 0 {
        root.partner.set(std::ptr::null());
        return;
    }
    // SAFETY: the frame around it is a running generator's.
    let around = unsafe { owner(innermost.frame.previous.get()) };
    around.state.set(GeneratorState::Executing);
    around.partner.set(root);
    root.partner.set(around);
}

/// Takes the chain apart that a generator belongs to, unless it is running: all states are plain then. One that is `Chained`
/// afterwards is running.
#[cold]
#[inline(never)]
pub fn settle(g: &Generator) {
    let mut root = g;
    while root.state.get() == GeneratorState::Chained {
        // SAFETY: what a chain lies between is generators' frames.
        root = unsafe { owner(root.frame.previous.get()) };
    }
    let Some(innermost) = root.partner().filter(|g| g.state.get() == GeneratorState::Chained) else { return };
    root.partner.set(std::ptr::null());
    root.links.set(0);
    innermost.state.set(match hands_on(innermost) {
        true => GeneratorState::SuspendedYieldFrom,
        false => GeneratorState::Suspended,
    });
    innermost.partner.set(std::ptr::null());
    let mut at = innermost;
    loop {
        // SAFETY: as above.
        let around = unsafe { owner(at.frame.previous.replace(std::ptr::null_mut())) };
        if std::ptr::eq(around, root) {
            return;
        }
        hand_on(around);
        around.state.set(GeneratorState::SuspendedYieldFrom);
        at = around;
    }
}

/// Whether one that is `Chained` delegates to another.
pub(super) fn hands_on(g: &Generator) -> bool {
    // SAFETY: only the innermost one has a partner, and is suspended at an instruction, a `Yield`.
    g.partner.get().is_null() || unsafe { Word(*g.frame.pc.get()).c() == 1 }
}

/// `settle` if need be.
#[inline(always)]
pub fn settle_any(g: &Generator) {
    if g.state.get() == GeneratorState::Chained || !g.partner.get().is_null() {
        settle(g);
    }
}
