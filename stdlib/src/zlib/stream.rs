//! Deflate and inflate streams: the C interface of the library behind a safe one.
//!
//! Contract: `raw` is a stream that `deflateInit2_` or `inflateInit2_` has set up, until `is_live` is false. It does
//! not move. The input and output pointers are set for the time of one call only.

use libz_rs_sys as z;
use std::ffi::CStr;

/// Which way a stream goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Deflate,
    Inflate,
}

/// A stream.
pub(super) struct Stream {
    raw: Box<z::z_stream>,
    way: Way,
    is_live: bool,
}

const STREAM_SIZE: i32 = size_of::<z::z_stream>() as i32;

impl Stream {
    /// A compressing stream, or the code of the error.
    pub(super) fn deflate(
        level: i32,
        method: i32,
        window: i32,
        memory: i32,
        strategy: i32,
    ) -> Result<Stream, i32> {
        let mut raw = Box::<z::z_stream>::default();
        // SAFETY: the stream is fresh, and version and size are those of the library.
        let code = unsafe {
            z::deflateInit2_(
                &mut *raw,
                level,
                method,
                window,
                memory,
                strategy,
                z::zlibVersion(),
                STREAM_SIZE,
            )
        };
        if code == z::Z_OK { Ok(Stream { raw, way: Way::Deflate, is_live: true }) } else { Err(code) }
    }

    /// A decompressing stream, or the code of the error.
    pub(super) fn inflate(window: i32) -> Result<Stream, i32> {
        let mut raw = Box::<z::z_stream>::default();
        // SAFETY: as in `deflate`.
        let code = unsafe { z::inflateInit2_(&mut *raw, window, z::zlibVersion(), STREAM_SIZE) };
        if code == z::Z_OK { Ok(Stream { raw, way: Way::Inflate, is_live: true }) } else { Err(code) }
    }

    /// Gives the stream its dictionary.
    pub(super) fn set_dictionary(&mut self, dictionary: &[u8]) -> i32 {
        let Ok(length) = u32::try_from(dictionary.len()) else { return z::Z_STREAM_ERROR };
        if !self.is_live {
            return z::Z_STREAM_ERROR;
        }
        // SAFETY: the stream is live, and the dictionary is copied during the call.
        unsafe {
            match self.way {
                Way::Deflate => z::deflateSetDictionary(&mut *self.raw, dictionary.as_ptr(), length),
                Way::Inflate => z::inflateSetDictionary(&mut *self.raw, dictionary.as_ptr(), length),
            }
        }
    }

    /// Takes from `input` and appends at most `room` bytes to `out`; the code that the library gives, and whether the
    /// room was used up.
    pub(super) fn run(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        room: usize,
        flush: i32,
    ) -> (i32, bool) {
        if !self.is_live {
            return (z::Z_STREAM_ERROR, false);
        }
        let room = room.min(u32::MAX as usize);
        if out.try_reserve(room).is_err() {
            return (z::Z_MEM_ERROR, false);
        }
        let taken = input.len().min(u32::MAX as usize);
        self.raw.next_in = input.as_ptr();
        self.raw.avail_in = taken as u32;
        self.raw.next_out = out.spare_capacity_mut().as_mut_ptr().cast();
        self.raw.avail_out = room as u32;
        // SAFETY: the stream is live; the pointers are good for the lengths beside them.
        let code = unsafe {
            match self.way {
                Way::Deflate => z::deflate(&mut *self.raw, flush),
                Way::Inflate => z::inflate(&mut *self.raw, flush),
            }
        };
        *input = &input[taken - self.raw.avail_in as usize..];
        let written = room - self.raw.avail_out as usize;
        // SAFETY: the library has written that many bytes into the spare capacity.
        unsafe { out.set_len(out.len() + written) };
        self.raw.next_in = std::ptr::null();
        self.raw.next_out = std::ptr::null_mut();
        let is_full = self.raw.avail_out == 0;
        (self.raw.avail_in, self.raw.avail_out) = (0, 0);
        (code, is_full)
    }

    /// A stream in the same state, or the code of the error.
    pub(super) fn copy(&mut self) -> Result<Stream, i32> {
        if !self.is_live {
            return Err(z::Z_STREAM_ERROR);
        }
        let mut raw = Box::<z::z_stream>::default();
        // SAFETY: the source is live, the target is fresh.
        let code = unsafe {
            match self.way {
                Way::Deflate => z::deflateCopy(&mut *raw, &mut *self.raw),
                Way::Inflate => z::inflateCopy(&mut *raw, &*self.raw),
            }
        };
        if code == z::Z_OK { Ok(Stream { raw, way: self.way, is_live: true }) } else { Err(code) }
    }

    /// Gives the stream's memory back; later calls find an inconsistent state.
    pub(super) fn end(&mut self) {
        if !std::mem::take(&mut self.is_live) {
            return;
        }
        // SAFETY: the stream was live.
        unsafe {
            match self.way {
                Way::Deflate => z::deflateEnd(&mut *self.raw),
                Way::Inflate => z::inflateEnd(&mut *self.raw),
            };
        }
    }

    /// What the library says about its last error.
    pub(super) fn message(&self) -> Option<String> {
        if !self.is_live || self.raw.msg.is_null() {
            return None;
        }
        // SAFETY: messages are static strings that end with NUL.
        Some(unsafe { CStr::from_ptr(self.raw.msg) }.to_string_lossy().into_owned())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.end();
    }
}

/// The Adler-32 checksum of `data` behind what gave `start`.
pub(super) fn adler32(data: &[u8], start: u32) -> u32 {
    const MODULUS: u32 = 65521;
    /// So many bytes can be summed before the sums leave 32 bits.
    const CHUNK: usize = 5552;
    let (mut low, mut high) = (start & 0xffff, start >> 16);
    for chunk in data.chunks(CHUNK) {
        for byte in chunk {
            low += u32::from(*byte);
            high += low;
        }
        low %= MODULUS;
        high %= MODULUS;
    }
    high << 16 | low
}
