//! Reading and writing file descriptors.

use super::arguments::*;
use super::environment::zeroed;
use crate::io::support::{ByteSource, byte_source, writable_view};
use crate::os::descriptors::{self as calls, Place};
use crate::system::{raise, system};
use runtime::buffer::BufferView;
use runtime::objects::bytes::Bytes;
use runtime::objects::int;
use runtime::{PyResult, Ref, Thread, Value, protocol};

/// The most that Linux reads or writes in one call.
const MOST: usize = 0x7fff_f000;

/// A length argument; negative ones are errors of the system.
fn length(thread: &Thread, v: Value) -> PyResult<usize> {
    let length = protocol::c_ssize(thread, v)?;
    usize::try_from(length).map(|n| n.min(MOST)).map_err(|_| raise(thread, libc::EINVAL))
}

pub fn read(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let mut data = zeroed(thread, length(thread, a[1])?)?;
    let n = system(thread, || calls::read_once(fd, &mut data))?;
    Ok(Bytes::new(&data[..n]))
}

pub fn readinto(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let mut view = writable_view(thread, "readinto", a[1])?;
    let Some(buffer) = view.bytes_mut() else { return Ok(Ref::NONE) };
    Ok(int::from_usize(system(thread, || calls::read_once(fd, buffer))?))
}

pub fn pread(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let mut data = zeroed(thread, length(thread, a[1])?)?;
    let place = offset(thread, a[2])?;
    let n = system(thread, || calls::pread(fd, &mut data, place))?;
    Ok(Bytes::new(&data[..n]))
}

pub fn write(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let data = byte_source(thread, a[1])?;
    Ok(int::from_usize(system(thread, || calls::write_once(fd, data.bytes()))?))
}

pub fn pwrite(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let data = byte_source(thread, a[1])?;
    let place = offset(thread, a[2])?;
    Ok(int::from_usize(system(thread, || calls::pwrite(fd, data.bytes(), place))?))
}

/// The items of a sequence of buffers.
fn buffers(thread: &Thread, function: &str, v: Value) -> PyResult<Vec<Ref>> {
    let slots = v.ty().slots();
    if slots.get_item.is_none() || slots.len.is_none() {
        return Err(thread.type_error(format!("{function}() arg 2 must be a sequence")));
    }
    protocol::collect(thread, v)
}

fn scattered(thread: &Thread, function: &str, a: &[Value], place: Place) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let items = buffers(thread, function, a[1])?;
    let views = items.iter().map(|item| writable_view(thread, function, **item));
    let mut views = views.collect::<PyResult<Vec<BufferView>>>()?;
    let mut slices: Vec<&mut [u8]> = views.iter_mut().filter_map(|view| view.bytes_mut()).collect();
    Ok(int::from_usize(system(thread, || calls::read_scattered(fd, &mut slices, place))?))
}

fn gathered(thread: &Thread, function: &str, a: &[Value], place: Place) -> PyResult {
    let fd = protocol::c_int(thread, a[0])?;
    let items = buffers(thread, function, a[1])?;
    let sources = items.iter().map(|item| byte_source(thread, **item));
    let sources = sources.collect::<PyResult<Vec<ByteSource>>>()?;
    let slices: Vec<&[u8]> = sources.iter().map(|source| source.bytes()).collect();
    Ok(int::from_usize(system(thread, || calls::write_gathered(fd, &slices, place))?))
}

const HERE: Place = Place { offset: None, flags: 0 };

pub fn readv(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    scattered(thread, "readv", a, HERE)
}

pub fn writev(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    gathered(thread, "writev", a, HERE)
}

fn place(thread: &Thread, a: &[Value]) -> PyResult<Place> {
    Ok(Place { offset: Some(offset(thread, a[2])?), flags: int_or(thread, a[3], 0)? })
}

pub fn preadv(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    scattered(thread, "preadv2", a, place(thread, a)?)
}

pub fn pwritev(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    gathered(thread, "pwritev2", a, place(thread, a)?)
}
