//! Terminals and pseudo-terminals.

use super::descriptors::descriptor_pair;
use crate::os::descriptors as calls;
use crate::system::{decode, raised, system};
use runtime::objects::int;
use runtime::types::TypeFlags;
use runtime::{PyResult, Ref, Thread, Value, protocol, struct_sequence};

struct_sequence! {
    /// What `get_terminal_size` gives.
    pub static TERMINAL_SIZE = "os.terminal_size" {
        visible: 2, total: 2, flags: TypeFlags::empty(),
        doc: "A tuple of (columns, lines) for holding terminal window size", complete: None,
        0 columns "width of the terminal window in characters",
        1 lines "height of the terminal window in characters",
    }
}

pub fn get_terminal_size(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let fd = if a[0].is_null() { libc::STDOUT_FILENO } else { protocol::c_int(thread, a[0])? };
    let (columns, lines) = raised(thread, calls::terminal_size(fd))?;
    Ok(TERMINAL_SIZE.make(vec![int::new(columns.into()), int::new(lines.into())]))
}

pub fn ctermid(thread: &Thread, _: Value) -> PyResult {
    decode(thread, &calls::controlling_terminal())
}

pub fn grantpt(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = super::arguments::descriptor(thread, fd)?;
    raised(thread, calls::grantpt(fd))?;
    Ok(Ref::NONE)
}

pub fn unlockpt(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = super::arguments::descriptor(thread, fd)?;
    raised(thread, calls::unlockpt(fd))?;
    Ok(Ref::NONE)
}

pub fn ptsname(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = super::arguments::descriptor(thread, fd)?;
    decode(thread, &raised(thread, calls::slave_name(fd))?)
}

pub fn posix_openpt(thread: &Thread, _: Value, flags: Value) -> PyResult {
    let flags = protocol::c_int(thread, flags)?;
    let fd = raised(thread, calls::posix_openpt(flags))?;
    raised(thread, calls::set_inheritable(fd as i32, false))?;
    Ok(int::new(fd))
}

pub fn openpty(thread: &Thread, _: Value) -> PyResult {
    raised(thread, calls::open_terminal()).map(descriptor_pair)
}

pub fn login_tty(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = super::arguments::descriptor(thread, fd)?;
    raised(thread, calls::login_terminal(fd))?;
    Ok(Ref::NONE)
}

pub fn ttyname(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = protocol::c_int(thread, fd)?;
    decode(thread, &system(thread, || calls::terminal_name(fd))?)
}

pub fn tcgetpgrp(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = protocol::c_int(thread, fd)?;
    Ok(int::new(raised(thread, calls::tcgetpgrp(fd))?))
}

pub fn tcsetpgrp(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (fd, group) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    raised(thread, calls::tcsetpgrp(fd, group))?;
    Ok(Ref::NONE)
}
