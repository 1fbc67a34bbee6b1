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
