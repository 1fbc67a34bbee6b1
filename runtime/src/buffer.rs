//! The buffer protocol: a view of another object's bytes.

use crate::value::Ref;

/// Bytes lent by an exporter, with their shape. The exporter is kept alive and locked against resizing until the drop.
pub struct BufferView {
    pub owner: Ref,
    pub data: *mut u8,
    pub len: usize,
    pub readonly: bool,
    pub itemsize: usize,
    /// struct-style format of one item.
    pub format: String,
    pub shape: Vec<isize>,
    pub strides: Vec<isize>,
    /// Called at the drop.
    pub release: Option<fn(crate::value::Value)>,
}

impl BufferView {
    /// The bytes of a contiguous view.
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: the exporter keeps the bytes in place until the view is dropped.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }
}

impl Drop for BufferView {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            release(*self.owner);
        }
    }
}

impl BufferView {
    /// The bytes lent, for a contiguous view.
    pub fn bytes(&self) -> &[u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the exporter lends `len` bytes for as long as the view lives.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }
    /// The bytes lent for writing; `None` if they are read-only. While the slice is in use no Python code may run.
    pub fn bytes_mut(&mut self) -> Option<&mut [u8]> {
        if self.readonly {
            return None;
        }
        if self.len == 0 {
            return Some(&mut []);
        }
        // SAFETY: as in `bytes`; the GIL keeps others from the bytes meanwhile.
        Some(unsafe { std::slice::from_raw_parts_mut(self.data, self.len) })
    }
}
