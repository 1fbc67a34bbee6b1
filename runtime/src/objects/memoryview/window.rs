//! Which items of a lent buffer a view shows: a start, and a length and a stride for each dimension.

use super::items::{self, LONGEST};
use crate::buffer::BufferView;
use crate::error::PyResult;
use crate::objects::list::List;
use crate::objects::subsequence::SliceRange;
use crate::thread::Thread;
use crate::value::{Ref, Value};
use smallvec::SmallVec;
use std::rc::Rc;

/// Lengths or strides.
pub(super) type Dimensions = SmallVec<[isize; 2]>;

/// A part of a lent buffer. Every item lies within the lent bytes.
#[derive(Clone)]
pub(super) struct Window {
    pub(super) lent: Rc<BufferView>,
    pub(super) format: Rc<str>,
    /// The code of a native format.
    pub(super) code: Option<u8>,
    pub(super) item_size: usize,
    pub(super) start: isize,
    pub(super) shape: Dimensions,
    pub(super) strides: Dimensions,
    pub(super) readonly: bool,
}

impl Window {
    /// All of a lent buffer.
    pub(super) fn new(lent: BufferView) -> Window {
        let format: Rc<str> = lent.format.as_str().into();
        Window {
            code: items::native_code(&format),
            format,
            item_size: lent.itemsize,
            start: 0,
            shape: lent.shape.iter().copied().collect(),
            strides: lent.strides.iter().copied().collect(),
            readonly: lent.readonly,
            lent: Rc::new(lent),
        }
    }
    /// Number of items.
    pub(super) fn count(&self) -> usize {
        self.shape.iter().map(|length| *length as usize).product()
    }
    pub(super) fn byte_length(&self) -> usize {
        self.count() * self.item_size
    }
    /// The only dimension's length.
    pub(super) fn length(&self) -> usize {
        self.shape.first().map_or(0, |length| *length as usize)
    }
    fn pointer(&self, offset: isize) -> *mut u8 {
        self.lent.data.wrapping_offset(self.start + offset)
    }
    /// Copies the item at an offset; the bytes stand at the front.
    #[inline]
    pub(super) fn load(&self, offset: isize) -> [u8; LONGEST] {
        let mut bytes = [0; LONGEST];
        let size = self.item_size.min(LONGEST);
        // SAFETY: the item lies within the lent bytes, which the lender keeps in place.
        unsafe { std::ptr::copy_nonoverlapping(self.pointer(offset), bytes.as_mut_ptr(), size) };
        bytes
    }
    /// Overwrites the item at an offset; the view may be written.
    pub(super) fn store(&self, offset: isize, bytes: &[u8]) {
        let size = self.item_size.min(bytes.len());
        // SAFETY: as in `load`; nobody holds a reference to lent bytes while the GIL is here.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.pointer(offset), size) };
    }
    /// The offset of item `i` of the first dimension.
    pub(super) fn offset(&self, i: usize) -> isize {
        i as isize * self.strides.first().copied().unwrap_or(0)
    }
    pub(super) fn read(&self, thread: &Thread, offset: isize) -> PyResult {
        if self.code.is_none() {
            return items::read(thread, None, &self.format, &[]);
        }
        let bytes = self.load(offset);
        items::read(thread, self.code, &self.format, &bytes[..self.item_size.min(LONGEST)])
    }

    /// The offsets of all items, the last dimension fastest (`C`) or the first (`F`).
    pub(super) fn offsets(&self, last_is_fastest: bool) -> Vec<isize> {
        let mut offsets = vec![0];
        let mut dimensions: Vec<usize> = (0..self.shape.len()).collect();
        if !last_is_fastest {
            dimensions.reverse();
        }
        for d in dimensions {
            let (length, stride) = (self.shape[d], self.strides[d]);
            offsets = offsets.iter().flat_map(|base| (0..length).map(move |i| base + i * stride)).collect();
        }
        offsets
    }

    fn has_strides(&self, dimensions: impl Iterator<Item = usize>) -> bool {
        let mut expected = self.item_size as isize;
        self.count() == 0
            || dimensions.fold(true, |so_far, d| {
                let fits = self.shape[d] == 1 || self.strides[d] == expected;
                expected *= self.shape[d];
                so_far && fits
            })
    }
    pub(super) fn is_c_contiguous(&self) -> bool {
        self.has_strides((0..self.shape.len()).rev())
    }
    pub(super) fn is_f_contiguous(&self) -> bool {
        self.has_strides(0..self.shape.len())
    }

    /// All bytes, in the order of `offsets`.
    pub(super) fn gather(&self, last_is_fastest: bool) -> Vec<u8> {
        let length = self.byte_length();
        if last_is_fastest && self.is_c_contiguous() {
            let mut bytes = vec![0; length];
            if length > 0 {
                // SAFETY: a contiguous view's items are `length` bytes side by side.
                unsafe { std::ptr::copy_nonoverlapping(self.pointer(0), bytes.as_mut_ptr(), length) };
            }
            return bytes;
        }
        let mut bytes = Vec::with_capacity(length);
        for offset in self.offsets(last_is_fastest) {
            // SAFETY: the item lies within the lent bytes.
            bytes.extend_from_slice(unsafe {
                std::slice::from_raw_parts(self.pointer(offset), self.item_size)
            });
        }
        bytes
    }

    /// The view of a slice of the first dimension.
    pub(super) fn part(&self, range: SliceRange) -> Window {
        let mut part = self.clone();
        let stride = self.strides[0];
        part.start += range.start * stride;
        part.shape[0] = range.length as isize;
        part.strides[0] = stride * range.step;
        part
    }

    /// Nested lists of the items from a dimension on.
    pub(super) fn list(&self, thread: &Thread, dimension: usize, offset: isize) -> PyResult {
        if dimension == self.shape.len() {
            return self.read(thread, offset);
        }
        let stride = self.strides[dimension];
        let rows = (0..self.shape[dimension]).map(|i| self.list(thread, dimension + 1, offset + i * stride));
        Ok(List::from_refs(rows.collect::<PyResult<Vec<Ref>>>()?))
    }

    /// Whether two views have the same format and shape, so that one may be assigned to the other.
    pub(super) fn is_like(&self, other: &Window) -> bool {
        let plain = |format: &str| format.strip_prefix('@').unwrap_or(format).to_owned();
        self.shape == other.shape
            && self.item_size == other.item_size
            && plain(&self.format) == plain(&other.format)
    }

    /// `strides` of a contiguous view of a shape.
    pub(super) fn contiguous_strides(shape: &[isize], item_size: usize) -> Dimensions {
        let mut strides: Dimensions = shape.iter().map(|_| 0).collect();
        let mut stride = item_size as isize;
        for (place, length) in strides.iter_mut().zip(shape).rev() {
            *place = stride;
            stride = stride.saturating_mul(*length);
        }
        strides
    }

    /// Whether all items of two views are equal.
    pub(super) fn equals(&self, thread: &Thread, other: &Window) -> PyResult<bool> {
        if self.shape != other.shape {
            return Ok(false);
        }
        let (Some(one), Some(two)) = (self.code, other.code) else { return Ok(false) };
        if one == two && items::is_plain(one) {
            return Ok(self.gather(true) == other.gather(true));
        }
        for (a, b) in self.offsets(true).into_iter().zip(other.offsets(true)) {
            let (a, b): (Ref, Ref) = (self.read(thread, a)?, other.read(thread, b)?);
            let (a, b): (Value, Value) = (*a, *b);
            if !crate::protocol::compare_bool(thread, a, b, crate::types::CompareOp::Eq)? {
                return Ok(false);
            }
            // An item that is not equal to itself makes views unequal, although it is the same object.
            if float_nan(a) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn float_nan(v: Value) -> bool {
    crate::objects::float::get(v).is_some_and(f64::is_nan)
}
