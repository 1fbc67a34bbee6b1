//! The bytes of a pickle in the making, cut into frames from protocol 4 on.
//!
//! A frame starts at the first write after framing was turned on or the last frame was closed; room for its head is left
//! in front and filled in when it is closed. Frames of very few bytes lose their head again.

use super::opcode::FRAME;

/// A frame of so many bytes is closed at the next boundary between opcodes. What is as large itself goes outside frames.
pub(super) const FRAME_TARGET: usize = 64 * 1024;
/// Frames with less in them have no head.
const FRAME_MINIMUM: usize = 4;
const HEAD: usize = 9;

/// Written bytes.
pub(super) struct Output {
    pub(super) bytes: Vec<u8>,
    framing: bool,
    /// Where the open frame's head lies.
    frame: Option<usize>,
    /// The next write opens a frame.
    opens: bool,
    /// With as many bytes, the open frame is full.
    full_at: usize,
}

impl Output {
    pub(super) fn new() -> Output {
        Output {
            bytes: Vec::with_capacity(256),
            framing: false,
            frame: None,
            opens: false,
            full_at: usize::MAX,
        }
    }
    #[inline(always)]
    fn before_write(&mut self) {
        if self.opens {
            self.open_frame();
        }
    }
    #[cold]
    fn open_frame(&mut self) {
        self.opens = false;
        self.frame = Some(self.bytes.len());
        self.bytes.extend_from_slice(&[0; HEAD]);
        self.full_at = self.bytes.len() + FRAME_TARGET;
    }
    #[inline(always)]
    pub(super) fn byte(&mut self, byte: u8) {
        self.before_write();
        self.bytes.push(byte);
    }
    #[inline(always)]
    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.before_write();
        self.bytes.extend_from_slice(bytes);
    }
    /// Whether the open frame has all that belongs into it.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= self.full_at
    }
    /// Turns framing on or off; says whether it was on.
    pub(super) fn set_framing(&mut self, framing: bool) -> bool {
        self.opens = framing && self.frame.is_none();
        std::mem::replace(&mut self.framing, framing)
    }
    /// Closes the open frame, if there is one.
    pub(super) fn close_frame(&mut self) {
        let Some(head) = self.frame.take() else { return };
        self.full_at = usize::MAX;
        self.opens = self.framing;
        let length = self.bytes.len() - head - HEAD;
        if length < FRAME_MINIMUM {
            self.bytes.drain(head..head + HEAD);
            return;
        }
        self.bytes[head] = FRAME;
        self.bytes[head + 1..head + HEAD].copy_from_slice(&(length as u64).to_le_bytes());
    }
    /// Hands out what was written; no frame is open.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}
