//! Waiting until files are ready: `select`, `poll`, `epoll`.

use super::OsResult;
use super::calls::checked;
use std::mem::MaybeUninit;

/// Descriptors that `select` can watch are below this.
pub const SELECT_LIMIT: i32 = libc::FD_SETSIZE as i32;

/// `select` on descriptors below the limit, in three groups; which of them are ready. `None`: for ever; else nanoseconds.
pub fn select(groups: &[Vec<i32>; 3], time: Option<i64>) -> OsResult<[Vec<bool>; 3]> {
    // SAFETY: a set consists of integers; all descriptors are below the limit.
    let mut sets: [libc::fd_set; 3] = unsafe { MaybeUninit::zeroed().assume_init() };
    let mut highest = -1;
    for (group, set) in groups.iter().zip(&mut sets) {
        for fd in group.iter().filter(|fd| (0..SELECT_LIMIT).contains(*fd)) {
            // SAFETY: as above.
            unsafe { libc::FD_SET(*fd, set) };
            highest = highest.max(*fd);
        }
    }
    let mut time = time.map(|t| {
        let micros = t / 1000 + i64::from(t % 1000 > 0);
        libc::timeval { tv_sec: micros / 1_000_000, tv_usec: micros % 1_000_000 }
    });
    let [read, write, except] = &mut sets;
    let pointer = time.as_mut().map_or(std::ptr::null_mut(), |t| t as *mut libc::timeval);
    // SAFETY: structures of the right types.
    checked(unsafe { libc::select(highest + 1, read, write, except, pointer) }.into())?;
    let mut ready = [Vec::new(), Vec::new(), Vec::new()];
    for i in 0..3 {
        // SAFETY: as above.
        ready[i] = groups[i].iter().map(|fd| unsafe { libc::FD_ISSET(*fd, &sets[i]) }).collect();
    }
    Ok(ready)
}

/// A descriptor with the events that are waited for or have come.
pub type Watched = libc::pollfd;

/// `poll`; milliseconds, negative: for ever. How many are ready.
pub fn poll(watched: &mut [Watched], milliseconds: i32) -> OsResult<usize> {
    // SAFETY: the list is as long as said.
    let ready = unsafe { libc::poll(watched.as_mut_ptr(), watched.len() as libc::nfds_t, milliseconds) };
    checked(ready.into()).map(|n| n as usize)
}

/// `epoll_create1`
pub fn epoll_create() -> OsResult<i32> {
    // SAFETY: a plain call.
    checked(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) }.into()).map(|fd| fd as i32)
}

/// `epoll_ctl`
pub fn epoll_control(epoll: i32, operation: i32, fd: i32, events: u32) -> OsResult<i64> {
    let mut event = libc::epoll_event { events, u64: fd as u64 };
    // SAFETY: a structure of the right type.
    checked(unsafe { libc::epoll_ctl(epoll, operation, fd, &mut event) }.into())
}

/// `epoll_wait`: descriptors with their events.
pub fn epoll_wait(epoll: i32, most: usize, milliseconds: i32) -> OsResult<Vec<(i32, u32)>> {
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; most];
    // SAFETY: the list is as long as said.
    let n = unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), most as i32, milliseconds) };
    let n = checked(n.into())? as usize;
    Ok(events[..n].iter().map(|e| (e.u64 as i32, e.events)).collect())
}
