//! Where an unpickler reads: bytes in memory, or a file that gives more of them.
//!
//! From a file, no more is taken than the pickle has, so that what follows can be read by others: bytes are peeked at where
//! the file allows it, else read as they are needed. A frame is read as a whole; nothing may reach across its end.
//!
//! Invariant: `at <= limit <= bytes.len()`. `bytes` belongs to the caller of `Load`, or to the object in `chunk`; a slice
//! that was handed out is used up before the next one is asked for.

use super::errors::unpickling;
use runtime::objects::bytes::{self, Bytes};
use runtime::objects::exceptions::NOT_IMPLEMENTED_ERROR;
use runtime::objects::int;
use runtime::{PyResult, Raised, Ref, Thread, attributes};

/// So much is peeked at.
const PREFETCH: usize = 128 * 1024;
/// So much is asked of a file at once: a length in a pickle may be a lie.
const PORTION: usize = 1024 * 1024;

/// A file's methods.
#[derive(Clone)]
pub(super) struct File {
    read: Ref,
    readline: Ref,
    peek: Option<Ref>,
}

impl File {
    /// The methods of a file object.
    pub(super) fn of(thread: &Thread, file: runtime::Value) -> PyResult<File> {
        let method = |name: &str| attributes::find(thread, file, runtime::objects::str::intern_text(name));
        let peek = method("peek")?;
        method("readinto")?;
        let (read, readline) = (method("read")?, method("readline")?);
        match (read, readline) {
            (Some(read), Some(readline)) => Ok(File { read, readline, peek }),
            _ => Err(thread.type_error("file must have 'read' and 'readline' attributes")),
        }
    }
    pub(super) fn traverse(&self, visit: &mut dyn FnMut(runtime::Value)) {
        for method in [Some(&self.read), Some(&self.readline), self.peek.as_ref()].into_iter().flatten() {
            if method.is_pointer() {
                visit(**method);
            }
        }
    }
}

/// The bytes at hand and where more come from.
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
    /// End of the frame, or of the bytes.
    limit: usize,
    in_frame: bool,
    file: Option<File>,
    /// Keeps `bytes` that came from the file.
    chunk: Ref,
    /// The file stands in front of this byte: what was peeked at lies behind it.
    taken: usize,
}

/// What remains of an input from one pickle to the next.
#[derive(Default)]
pub(super) struct Rest {
    /// Bytes read from the file and not used.
    bytes: Vec<u8>,
}

impl<'a> Input<'a> {
    /// Bytes in memory.
    pub(super) fn memory(bytes: &'a [u8]) -> Input<'a> {
        Input { bytes, at: 0, limit: bytes.len(), in_frame: false, file: None, chunk: Ref::NULL, taken: 0 }
    }
    /// A file, behind what is left of what was read from it.
    pub(super) fn file(file: File, rest: Rest) -> Input<'a> {
        let mut input = Input::memory(&[]);
        input.file = Some(file);
        if !rest.bytes.is_empty() {
            input.set_chunk(Bytes::new(&rest.bytes));
            input.taken = input.bytes.len();
        }
        input
    }
    /// Leaves the file behind the bytes used; gives what was read and not used.
    pub(super) fn finish(mut self, thread: &Thread) -> PyResult<Rest> {
        self.skip_used(thread)?;
        let from = self.at.max(self.at.min(self.taken));
        let rest = if self.taken > self.at { &self.bytes[from..self.taken] } else { &[] };
        Ok(Rest { bytes: rest.to_vec() })
    }
    fn set_chunk(&mut self, chunk: Ref) {
        // The contract of `Value`: the bytes are there as long as the object, which `chunk` holds.
        self.bytes = chunk.cast::<Bytes>().map_or(&[][..], |b| b.as_bytes());
        self.chunk = chunk;
        self.at = 0;
        self.limit = self.bytes.len();
        self.in_frame = false;
    }

    /// The next `count` bytes.
    #[inline(always)]
    pub(super) fn take(&mut self, thread: &Thread, count: usize) -> PyResult<&'a [u8]> {
        if count <= self.limit - self.at {
            let bytes = &self.bytes[self.at..self.at + count];
            self.at += count;
            return Ok(bytes);
        }
        self.take_slowly(thread, count)
    }
    #[cold]
    fn take_slowly(&mut self, thread: &Thread, count: usize) -> PyResult<&'a [u8]> {
        self.leave_frame(thread)?;
        if count > isize::MAX as usize - self.at {
            return Err(unpickling(thread, "read would overflow (invalid bytecode)"));
        }
        if count > self.limit - self.at {
            self.read(thread, count)?;
        }
        if count > self.limit - self.at {
            return Err(truncated(thread));
        }
        self.take(thread, count)
    }
    /// At the end of a frame, goes on behind it.
    fn leave_frame(&mut self, thread: &Thread) -> PyResult<()> {
        if !self.in_frame {
            return Ok(());
        }
        if self.at < self.limit {
            return Err(unpickling(thread, "pickle exhausted before end of frame"));
        }
        self.in_frame = false;
        self.limit = self.bytes.len();
        Ok(())
    }
    /// The next `N` bytes.
    #[inline(always)]
    pub(super) fn array<const N: usize>(&mut self, thread: &Thread) -> PyResult<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(thread, N)?);
        Ok(array)
    }
    #[inline(always)]
    pub(super) fn byte(&mut self, thread: &Thread) -> PyResult<u8> {
        if self.at < self.limit {
            let byte = self.bytes[self.at];
            self.at += 1;
            return Ok(byte);
        }
        Ok(self.take_slowly(thread, 1)?[0])
    }
    /// A line with its end, that isn't empty.
    pub(super) fn filled_line(&mut self, thread: &Thread) -> PyResult<&'a [u8]> {
        match self.line(thread)? {
            line if line.len() >= 2 => Ok(line),
            _ => Err(truncated(thread)),
        }
    }
    /// A line with its end.
    pub(super) fn line(&mut self, thread: &Thread) -> PyResult<&'a [u8]> {
        if let Some(line) = self.line_at_hand() {
            return Ok(line);
        }
        self.leave_frame(thread)?;
        if let Some(line) = self.line_at_hand() {
            return Ok(line);
        }
        let Some(file) = self.file.clone() else { return Err(truncated(thread)) };
        self.skip_used(thread)?;
        let line = thread.call(*file.readline, &[])?;
        self.set_read(thread, line)?;
        match self.line_at_hand() {
            Some(line) if self.at == self.limit => Ok(line),
            _ => Err(truncated(thread)),
        }
    }
    fn line_at_hand(&mut self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.at..self.limit];
        let length = rest.iter().position(|byte| *byte == b'\n')? + 1;
        self.at += length;
        Some(&rest[..length])
    }
    /// Begins a frame of so many bytes.
    pub(super) fn begin_frame(&mut self, thread: &Thread, length: u64) -> PyResult<()> {
        if self.in_frame && self.at < self.limit {
            return Err(unpickling(thread, "beginning of a new frame before end of current frame"));
        }
        let Ok(length) = isize::try_from(length) else {
            let message = format!("FRAME length exceeds system's maximum of {} bytes", isize::MAX);
            return Err(thread.overflow_error(message));
        };
        let length = length as usize;
        self.take(thread, length)?;
        self.at -= length;
        self.limit = self.at + length;
        self.in_frame = true;
        Ok(())
    }

    // Files.

    /// Reads on behind the bytes that were peeked at and used.
    fn skip_used(&mut self, thread: &Thread) -> PyResult<()> {
        let Some(file) = &self.file else { return Ok(()) };
        if self.at <= self.taken {
            return Ok(());
        }
        let count = int::from_usize(self.at - self.taken);
        self.taken = self.at;
        thread.call(*file.read.clone(), &[*count]).map(drop)
    }
    /// Makes `count` bytes of the file the bytes at hand; fewer if it has fewer.
    fn read(&mut self, thread: &Thread, count: usize) -> PyResult<()> {
        let Some(file) = self.file.clone() else { return Err(truncated(thread)) };
        self.skip_used(thread)?;
        if let Some(peek) = file.peek.as_ref().filter(|_| count < PREFETCH) {
            match thread.call(**peek, &[*int::from_usize(PREFETCH)]) {
                Ok(data) => {
                    let data = bytes::from_object(thread, *data)?;
                    self.set_chunk(data);
                    self.taken = 0;
                    if self.bytes.len() >= count {
                        return Ok(());
                    }
                }
                Err(raised) => {
                    drop(thread.catch(raised, &NOT_IMPLEMENTED_ERROR)?);
                    if let Some(file) = &mut self.file {
                        file.peek = None;
                    }
                }
            }
        }
        if count <= PORTION {
            let data = thread.call(*file.read, &[*int::from_usize(count)])?;
            return self.set_read(thread, data);
        }
        let mut all = Vec::new();
        while all.len() < count {
            let portion = int::from_usize((count - all.len()).min(PORTION.max(all.len())));
            let data = thread.call(*file.read, &[*portion])?;
            let data = bytes::from_object(thread, *data)?;
            match data.cast::<Bytes>().map_or(&[][..], |b| b.as_bytes()) {
                [] => break,
                bytes => all.extend_from_slice(bytes),
            }
        }
        self.set_read(thread, Bytes::new(&all))
    }
    /// What was read, not only peeked at, becomes the bytes at hand.
    fn set_read(&mut self, thread: &Thread, data: Ref) -> PyResult<()> {
        let data = bytes::from_object(thread, *data)?;
        self.set_chunk(data);
        self.taken = self.bytes.len();
        Ok(())
    }
}

#[cold]
fn truncated(thread: &Thread) -> Raised {
    unpickling(thread, "pickle data was truncated")
}
