//! Extended attributes of files.

use super::arguments::*;
use crate::io::support::byte_source;
use crate::os::files::{self as calls, Attributed};
use crate::system::{decode, encoded};
use runtime::objects::bytes::Bytes;
use runtime::objects::list::List;
use runtime::{PyResult, Ref, Thread, Value};

fn attributed(path: &Path, follow: bool) -> Attributed<'_> {
    match path.fd() {
        Some(fd) => Attributed::Fd(fd),
        None if follow => Attributed::Path(path.name()),
        None => Attributed::Link(path.name()),
    }
}

pub fn getxattr(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("getxattr").path(thread, a[0])?;
    let name = encoded(thread, a[1])?;
    let follow = flag(thread, a[2], true)?;
    path.check_fd(thread, "getxattr", None, follow)?;
    let value = path.call(thread, || calls::get_attribute(attributed(&path, follow), &name))?;
    Ok(Bytes::new(&value))
}

pub fn setxattr(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("setxattr").path(thread, a[0])?;
    let name = encoded(thread, a[1])?;
    let value = byte_source(thread, a[2])?;
    let flags = int_or(thread, a[3], 0)?;
    let follow = flag(thread, a[4], true)?;
    path.check_fd(thread, "setxattr", None, follow)?;
    path.call(thread, || calls::set_attribute(attributed(&path, follow), &name, value.bytes(), flags))?;
    Ok(Ref::NONE)
}

pub fn removexattr(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::or_fd("removexattr").path(thread, a[0])?;
    let name = encoded(thread, a[1])?;
    let follow = flag(thread, a[2], true)?;
    path.check_fd(thread, "removexattr", None, follow)?;
    path.call(thread, || calls::remove_attribute(attributed(&path, follow), &name))?;
    Ok(Ref::NONE)
}

pub fn listxattr(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let path = Accepts::optional("listxattr").path(thread, a[0])?;
    let follow = flag(thread, a[1], true)?;
    path.check_fd(thread, "listxattr", None, follow)?;
    let names = path.call(thread, || calls::list_attributes(attributed(&path, follow)))?;
    let names = names.split(|b| *b == 0).filter(|name| !name.is_empty());
    Ok(List::from_refs(names.map(|name| decode(thread, name)).collect::<PyResult<_>>()?))
}
