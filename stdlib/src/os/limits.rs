//! Limits on what a process may use.

use super::OsResult;
use super::calls::checked;

/// `getrlimit`, `setrlimit` and `prlimit`: current and highest value. Gives the old ones.
pub fn limit(process: i32, resource: i32, new: Option<[u64; 2]>) -> OsResult<[u64; 2]> {
    let new = new.map(|[current, highest]| libc::rlimit64 { rlim_cur: current, rlim_max: highest });
    let mut old = libc::rlimit64 { rlim_cur: 0, rlim_max: 0 };
    let pointer = new.as_ref().map_or(std::ptr::null(), |n| n as *const libc::rlimit64);
    // SAFETY: structures of the right type, or none.
    checked(unsafe { libc::prlimit64(process, resource as _, pointer, &mut old) }.into())?;
    Ok([old.rlim_cur, old.rlim_max])
}

/// How many kinds of limits there are.
pub const COUNT: i32 = 16;

/// Bytes of a page of memory.
pub fn page_size() -> i64 {
    // SAFETY: a plain question.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) }
}
