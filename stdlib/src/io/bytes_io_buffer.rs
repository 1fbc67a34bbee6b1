//! What `BytesIO.getbuffer` shows: an object that lends the stream's bytes. While they are lent the stream keeps its size.

use super::bytes_io::BytesIo;
use runtime::buffer::BufferView;
use runtime::object::drop_object;
use runtime::types::registry::MEMORYVIEW;
use runtime::{Header, PyResult, Slot, Slots, Thread, Type, TypeSpec, Value, new_exact};

#[repr(C)]
pub struct BytesIoBuffer {
    pub header: Header,
    stream: Slot,
}

runtime::object!(BytesIoBuffer, BYTES_IO_BUFFER);

/// A memoryview of a stream's bytes.
pub fn view_of(thread: &Thread, stream: Value) -> PyResult {
    let lender = new_exact(|header| BytesIoBuffer { header, stream: Slot::new(stream.to_ref()) });
    thread.call(Value::of(&MEMORYVIEW), &[*lender])
}

fn stream_of(v: Value) -> Option<&'static BytesIo> {
    v.cast::<BytesIoBuffer>()?.stream.peek().cast::<BytesIo>()
}

fn lend(thread: &Thread, v: Value, _flags: i32) -> PyResult<BufferView> {
    let Some(stream) = stream_of(v) else {
        return Err(thread.value_error("the stream of this buffer is gone"));
    };
    let (data, len) = stream.lend();
    Ok(BufferView {
        owner: v.to_ref(),
        data,
        len,
        readonly: false,
        itemsize: 1,
        format: "B".to_owned(),
        shape: vec![len as isize],
        strides: vec![1],
        release: Some(|v| {
            if let Some(stream) = stream_of(v) {
                stream.take_back();
            }
        }),
    })
}

pub static BYTES_IO_BUFFER: Type = Type::new_static(&TypeSpec {
    name: "_io._BytesIOBuffer",
    size: size_of::<BytesIoBuffer>(),
    slots: Slots { drop: drop_object::<BytesIoBuffer>, buffer: Some(lend), ..Slots::EMPTY },
    ..TypeSpec::EMPTY
});
