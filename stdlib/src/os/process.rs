//! Processes: starting, waiting, identities, scheduling, limits, the environment.

use super::OsResult;
use super::calls::{checked, system_calls};
use std::ffi::CStr;

system_calls! {
    kill(process: i32, signal: i32);
    killpg(group: i32, signal: i32);
    getpgid(process: i32);
    getsid(process: i32);
    setpgid(process: i32, group: i32);
    setsid();
    setuid(user: u32);
    setgid(group: u32);
    seteuid(user: u32);
    setegid(group: u32);
    setreuid(real: u32, effective: u32);
    setregid(real: u32, effective: u32);
    setresuid(real: u32, effective: u32, saved: u32);
    setresgid(real: u32, effective: u32, saved: u32);
    initgroups(user: &CStr, group: u32);
    setpriority(which: u32, who: u32, priority: i32);
    sched_get_priority_max(policy: i32);
    sched_get_priority_min(policy: i32);
    sched_getscheduler(process: i32);
    sched_yield();
    setns(fd: i32, kind: i32);
    unshare(flags: i32);
}

macro_rules! ids {
    ($($name:ident -> $ty:ty;)*) => { $(
        #[doc = concat!("`", stringify!($name), "`")]
        pub fn $name() -> $ty {
            // SAFETY: always succeeds.
            unsafe { libc::$name() }
        }
    )* };
}

ids! {
    getpid -> i32;
    getppid -> i32;
    getpgrp -> i32;
    getuid -> u32;
    geteuid -> u32;
    getgid -> u32;
    getegid -> u32;
}

/// `umask`
pub fn umask(mask: u32) -> u32 {
    // SAFETY: always succeeds.
    unsafe { libc::umask(mask) }
}

unsafe extern "C" {
    static environ: *const *const libc::c_char;
}

/// The environment: `name=value`.
pub fn environment() -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    // SAFETY: a list of terminated strings that ends with NULL; the GIL keeps Python code from changing it meanwhile.
    unsafe {
        let mut at = environ;
        while !at.is_null() && !(*at).is_null() {
            entries.push(CStr::from_ptr(*at).to_bytes().to_vec());
            at = at.add(1);
        }
    }
    entries
}

/// `setenv`
pub fn set_variable(name: &CStr, value: &CStr) -> OsResult<i64> {
    // SAFETY: terminated strings, which the system copies.
    checked(unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) }.into())
}

/// `unsetenv`
pub fn remove_variable(name: &CStr) -> OsResult<i64> {
    // SAFETY: a terminated string.
    checked(unsafe { libc::unsetenv(name.as_ptr()) }.into())
}

/// `getrandom`
pub fn random(buffer: &mut [u8], flags: u32) -> OsResult<usize> {
    // SAFETY: the buffer is as long as said.
    checked(unsafe { libc::getrandom(buffer.as_mut_ptr().cast(), buffer.len(), flags) } as i64)
        .map(|n| n as usize)
}
