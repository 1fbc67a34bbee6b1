//! Users and groups that the system knows.

use super::OsResult;
use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;

pub struct User {
    pub name: Vec<u8>,
    pub password: Vec<u8>,
    pub user: u32,
    pub group: u32,
    pub comment: Vec<u8>,
    pub home: Vec<u8>,
    pub shell: Vec<u8>,
}

pub struct Group {
    pub name: Vec<u8>,
    pub password: Vec<u8>,
    pub group: u32,
    pub members: Vec<Vec<u8>>,
}

/// Whom to look for.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    Name(&'a CStr),
    Id(u32),
}

/// # Safety
/// NULL or a terminated string.
unsafe fn text(p: *const c_char) -> Vec<u8> {
    // SAFETY: promised by the caller.
    if p.is_null() { Vec::new() } else { unsafe { CStr::from_ptr(p) }.to_bytes().to_vec() }
}

/// # Safety
/// Filled in by the system.
unsafe fn user_of(p: &libc::passwd) -> User {
    // SAFETY: promised by the caller.
    unsafe {
        User {
            name: text(p.pw_name),
            password: text(p.pw_passwd),
            user: p.pw_uid,
            group: p.pw_gid,
            comment: text(p.pw_gecos),
            home: text(p.pw_dir),
            shell: text(p.pw_shell),
        }
    }
}

/// # Safety
/// Filled in by the system.
unsafe fn group_of(g: &libc::group) -> Group {
    let mut members = Vec::new();
    // SAFETY: promised by the caller; the list of members ends with NULL.
    unsafe {
        let mut at = g.gr_mem;
        while !at.is_null() && !(*at).is_null() {
            members.push(text(*at));
            at = at.add(1);
        }
        Group { name: text(g.gr_name), password: text(g.gr_passwd), group: g.gr_gid, members }
    }
}

/// Calls with growing buffers; gives what `read` makes of the result, `None` if there is no entry.
fn look_up<T, R>(
    mut call: impl FnMut(*mut T, *mut c_char, usize, *mut *mut T) -> i32,
    read: impl Fn(&T) -> R,
) -> OsResult<Option<R>> {
    let mut buffer: Vec<c_char> = vec![0; 1024];
    loop {
        let mut entry = MaybeUninit::<T>::zeroed();
        let mut found = std::ptr::null_mut();
        match call(entry.as_mut_ptr(), buffer.as_mut_ptr(), buffer.len(), &mut found) {
            libc::ERANGE if buffer.len() < 1 << 24 => {
                let size = buffer.len() * 2;
                buffer.resize(size, 0);
            }
            libc::EINTR => {}
            // Of entries that are not there some systems say these.
            0 | libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM if found.is_null() => return Ok(None),
            // SAFETY: filled in.
            0 => return Ok(Some(read(unsafe { entry.assume_init_ref() }))),
            errno => return Err(errno),
        }
    }
}

pub fn user(key: Key) -> OsResult<Option<User>> {
    look_up(
        |entry, buffer, size, found| {
            // SAFETY: the buffer is as long as said; the other places have the right types.
            unsafe {
                match key {
                    Key::Name(name) => libc::getpwnam_r(name.as_ptr(), entry, buffer, size, found),
                    Key::Id(id) => libc::getpwuid_r(id, entry, buffer, size, found),
                }
            }
        },
        // SAFETY: filled in by the system.
        |p: &libc::passwd| unsafe { user_of(p) },
    )
}

pub fn group(key: Key) -> OsResult<Option<Group>> {
    look_up(
        |entry, buffer, size, found| {
            // SAFETY: as in `user`.
            unsafe {
                match key {
                    Key::Name(name) => libc::getgrnam_r(name.as_ptr(), entry, buffer, size, found),
                    Key::Id(id) => libc::getgrgid_r(id, entry, buffer, size, found),
                }
            }
        },
        // SAFETY: filled in by the system.
        |g: &libc::group| unsafe { group_of(g) },
    )
}

/// All users. The GIL is held, so that nobody else walks the list.
pub fn users() -> OsResult<Vec<User>> {
    let mut all = Vec::new();
    // SAFETY: entries are copied before the next is asked for.
    unsafe {
        libc::setpwent();
        while let Some(entry) = libc::getpwent().as_ref() {
            all.push(user_of(entry));
        }
        libc::endpwent();
    }
    Ok(all)
}

/// All groups. As `users`.
pub fn groups() -> OsResult<Vec<Group>> {
    let mut all = Vec::new();
    // SAFETY: entries are copied before the next is asked for.
    unsafe {
        libc::setgrent();
        while let Some(entry) = libc::getgrent().as_ref() {
            all.push(group_of(entry));
        }
        libc::endgrent();
    }
    Ok(all)
}
