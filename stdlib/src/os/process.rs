//! Processes: starting, waiting, identities, scheduling, limits, the environment.

use super::calls::{checked, errno_result, system_calls};
use super::{OsResult, last_errno};
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;

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

/// Strings as the calls that execute programs want them: a list of pointers that ends with NULL.
fn pointers(strings: &[CString]) -> Vec<*mut libc::c_char> {
    strings.iter().map(|s| s.as_ptr().cast_mut()).chain([std::ptr::null_mut()]).collect()
}

/// `execv`; comes back on failure only.
pub fn execute(path: &CStr, arguments: &[CString]) -> i32 {
    let list = pointers(arguments);
    // SAFETY: terminated strings in a list that ends with NULL.
    unsafe { libc::execv(path.as_ptr(), list.as_ptr().cast()) };
    last_errno()
}

/// `execve` of a file by name or descriptor; comes back on failure only.
pub fn execute_with(file: Result<&CStr, i32>, arguments: &[CString], variables: &[CString]) -> i32 {
    let (list, environment) = (pointers(arguments), pointers(variables));
    // SAFETY: terminated strings in lists that end with NULL.
    unsafe {
        match file {
            Ok(path) => libc::execve(path.as_ptr(), list.as_ptr().cast(), environment.as_ptr().cast()),
            Err(fd) => libc::fexecve(fd, list.as_ptr().cast(), environment.as_ptr().cast()),
        }
    };
    last_errno()
}

/// `fork`: 0 in the child.
pub fn fork() -> OsResult<i32> {
    // SAFETY: the caller resets what other threads left behind before it goes on in the child.
    checked(unsafe { libc::fork() }.into()).map(|pid| pid as i32)
}

/// `forkpty`: process (0 in the child) and master descriptor.
pub fn fork_terminal() -> OsResult<(i32, i32)> {
    let mut master = -1;
    let null = std::ptr::null_mut();
    // SAFETY: as for `fork`; the place has the right type.
    let pid = checked(unsafe { libc::forkpty(&mut master, null, null.cast(), null.cast()) }.into())?;
    Ok((pid as i32, master))
}

/// Ends the process at once.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: does not come back.
    unsafe { libc::_exit(status) }
}

/// Ends the process by SIGABRT.
pub fn abort() -> ! {
    // SAFETY: does not come back.
    unsafe { libc::abort() }
}

/// `system`
pub fn run_command(command: &CStr) -> i32 {
    // SAFETY: a terminated string.
    unsafe { libc::system(command.as_ptr()) }
}

/// `nice`; the new priority.
pub fn change_priority(increment: i32) -> OsResult<i32> {
    // SAFETY: errno is this thread's; -1 is a valid result.
    unsafe {
        *libc::__errno_location() = 0;
        let result = libc::nice(increment);
        let errno = last_errno();
        if result == -1 && errno != 0 { Err(errno) } else { Ok(result) }
    }
}

/// `getpriority`
pub fn getpriority(which: i32, who: i32) -> OsResult<i32> {
    // SAFETY: as in `change_priority`.
    unsafe {
        *libc::__errno_location() = 0;
        let result = libc::getpriority(which as _, who as u32);
        let errno = last_errno();
        if result == -1 && errno != 0 { Err(errno) } else { Ok(result) }
    }
}

/// `pidfd_open`
pub fn pidfd_open(process: i32, flags: u32) -> OsResult<i64> {
    // SAFETY: a plain call.
    checked(unsafe { libc::syscall(libc::SYS_pidfd_open, process, flags) })
}

/// Load averages of the last 1, 5 and 15 minutes.
pub fn load() -> Option<[f64; 3]> {
    let mut averages = [0.0; 3];
    // SAFETY: room for three numbers.
    (unsafe { libc::getloadavg(averages.as_mut_ptr(), 3) } == 3).then_some(averages)
}

/// Processor times of this process and its children, and the time since some past moment, in seconds.
pub fn times() -> OsResult<[f64; 5]> {
    let mut t = MaybeUninit::<libc::tms>::zeroed();
    // SAFETY: the place has the right type; the number of ticks a second is a plain question.
    let (elapsed, t, ticks) = unsafe {
        let elapsed = libc::times(t.as_mut_ptr());
        (elapsed, t.assume_init(), libc::sysconf(libc::_SC_CLK_TCK) as f64)
    };
    if elapsed == -1 {
        return Err(last_errno());
    }
    Ok([t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime, elapsed].map(|n| n as f64 / ticks))
}

/// `uname`
pub fn names() -> OsResult<[Vec<u8>; 5]> {
    let mut u = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: the place has the right type.
    checked(unsafe { libc::uname(u.as_mut_ptr()) }.into())?;
    // SAFETY: filled in.
    let u = unsafe { u.assume_init() };
    let text = |field: &[libc::c_char]| field.iter().take_while(|c| **c != 0).map(|c| *c as u8).collect();
    Ok([text(&u.sysname), text(&u.nodename), text(&u.release), text(&u.version), text(&u.machine)])
}

/// What a process used, as `getrusage` and `wait4` tell it.
pub type Usage = libc::rusage;

/// `waitpid`
pub fn wait_for(process: i32, options: i32) -> OsResult<(i32, i32)> {
    let mut status = 0;
    // SAFETY: the place has the right type.
    let pid = checked(unsafe { libc::waitpid(process, &mut status, options) }.into())?;
    Ok((pid as i32, status))
}

/// `wait4`
pub fn wait_with_usage(process: i32, options: i32) -> OsResult<(i32, i32, Usage)> {
    let mut status = 0;
    let mut usage = MaybeUninit::<Usage>::zeroed();
    // SAFETY: the places have the right types.
    let pid = checked(unsafe { libc::wait4(process, &mut status, options, usage.as_mut_ptr()) }.into())?;
    // SAFETY: filled in, or zero.
    Ok((pid as i32, status, unsafe { usage.assume_init() }))
}

/// `getrusage`
pub fn usage(who: i32) -> OsResult<Usage> {
    let mut usage = MaybeUninit::<Usage>::zeroed();
    // SAFETY: the place has the right type.
    checked(unsafe { libc::getrusage(who, usage.as_mut_ptr()) }.into())?;
    // SAFETY: filled in.
    Ok(unsafe { usage.assume_init() })
}

/// `waitid`; `None` if no child has changed.
pub fn wait_id(kind: i32, id: u32, options: i32) -> OsResult<Option<super::signals::Info>> {
    let mut raw = MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: the place has the right type.
    checked(unsafe { libc::waitid(kind as _, id, raw.as_mut_ptr(), options) }.into())?;
    // SAFETY: filled in, or zero.
    let info = super::signals::info(&unsafe { raw.assume_init() });
    Ok((info.process != 0).then_some(info))
}

/// `sched_getparam`
pub fn scheduling_priority(process: i32) -> OsResult<i32> {
    let mut parameter = libc::sched_param { sched_priority: 0 };
    // SAFETY: the place has the right type.
    checked(unsafe { libc::sched_getparam(process, &mut parameter) }.into())?;
    Ok(parameter.sched_priority)
}

/// `sched_setparam`, or with a policy `sched_setscheduler`.
pub fn set_scheduling(process: i32, policy: Option<i32>, priority: i32) -> OsResult<i64> {
    let parameter = libc::sched_param { sched_priority: priority };
    // SAFETY: a structure of the right type.
    let result = unsafe {
        match policy {
            None => libc::sched_setparam(process, &parameter),
            Some(policy) => libc::sched_setscheduler(process, policy, &parameter),
        }
    };
    checked(result.into())
}

/// `sched_rr_get_interval`, in seconds.
pub fn round_robin_interval(process: i32) -> OsResult<f64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place has the right type.
    checked(unsafe { libc::sched_rr_get_interval(process, &mut time) }.into())?;
    Ok(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9)
}

/// The processors that a process may run on.
pub fn affinity(process: i32) -> OsResult<Vec<usize>> {
    let mut set = vec![0u64; 16];
    loop {
        // SAFETY: the set is as long as said.
        let result = unsafe { libc::sched_getaffinity(process, set.len() * 8, set.as_mut_ptr().cast()) };
        match checked(result.into()) {
            Ok(_) => break,
            Err(libc::EINVAL) if set.len() < 4096 => set.resize(set.len() * 2, 0),
            Err(errno) => return Err(errno),
        }
    }
    Ok((0..set.len() * 64).filter(|i| set[i / 64] >> (i % 64) & 1 != 0).collect())
}

/// Sets the processors that a process may run on.
pub fn set_affinity(process: i32, processors: &[usize]) -> OsResult<i64> {
    let words = processors.iter().max().map_or(1, |most| most / 64 + 1);
    let mut set = vec![0u64; words];
    for i in processors {
        set[i / 64] |= 1 << (i % 64);
    }
    // SAFETY: the set is as long as said.
    checked(unsafe { libc::sched_setaffinity(process, words * 8, set.as_ptr().cast()) }.into())
}

/// The processors that are there.
pub fn processors() -> i64 {
    // SAFETY: a plain question.
    unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }
}

/// `getresuid`
pub fn user_ids() -> OsResult<[u32; 3]> {
    let mut ids = [0; 3];
    let [real, effective, saved] = &mut ids;
    // SAFETY: the places have the right types.
    checked(unsafe { libc::getresuid(real, effective, saved) }.into()).map(|_| ids)
}

/// `getresgid`
pub fn group_ids() -> OsResult<[u32; 3]> {
    let mut ids = [0; 3];
    let [real, effective, saved] = &mut ids;
    // SAFETY: the places have the right types.
    checked(unsafe { libc::getresgid(real, effective, saved) }.into()).map(|_| ids)
}

/// `getgroups`
pub fn groups() -> OsResult<Vec<u32>> {
    // SAFETY: asks for the number only.
    let count = checked(unsafe { libc::getgroups(0, std::ptr::null_mut()) }.into())?;
    let mut groups = vec![0; count as usize];
    // SAFETY: the list is as long as said.
    let count = checked(unsafe { libc::getgroups(groups.len() as i32, groups.as_mut_ptr()) }.into())?;
    groups.truncate(count as usize);
    Ok(groups)
}

/// `setgroups`
pub fn set_groups(groups: &[u32]) -> OsResult<i64> {
    // SAFETY: the list is as long as said.
    checked(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) }.into())
}

/// `getgrouplist`
pub fn groups_of(user: &CStr, group: u32) -> OsResult<Vec<u32>> {
    let mut groups = vec![0; 64];
    loop {
        let mut count = groups.len() as i32;
        // SAFETY: the list is as long as said.
        let result = unsafe { libc::getgrouplist(user.as_ptr(), group, groups.as_mut_ptr(), &mut count) };
        if result >= 0 {
            groups.truncate(count as usize);
            return Ok(groups);
        }
        if groups.len() > 1 << 20 {
            return Err(libc::EINVAL);
        }
        groups.resize((count as usize).max(groups.len() * 2), 0);
    }
}

unsafe extern "C" {
    fn getlogin_r(name: *mut libc::c_char, size: usize) -> i32;
}

/// `getlogin`
pub fn login() -> OsResult<Vec<u8>> {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer is as long as said.
    errno_result(unsafe { getlogin_r(buffer.as_mut_ptr().cast(), buffer.len()) })?;
    Ok(buffer.split(|b| *b == 0).next().unwrap_or_default().to_vec())
}

/// A limit; `None` if there is none, an error if the name means nothing.
fn limit(call: impl FnOnce() -> i64) -> OsResult<i64> {
    // SAFETY: errno is this thread's.
    unsafe { *libc::__errno_location() = 0 };
    let value = call();
    let errno = last_errno();
    if value == -1 && errno != 0 { Err(errno) } else { Ok(value) }
}

/// `sysconf`
pub fn system_limit(name: i32) -> OsResult<i64> {
    // SAFETY: a plain question.
    limit(|| unsafe { libc::sysconf(name) })
}

/// `pathconf`
pub fn path_limit(path: &CStr, name: i32) -> OsResult<i64> {
    // SAFETY: a terminated string.
    limit(|| unsafe { libc::pathconf(path.as_ptr(), name) })
}

/// `fpathconf`
pub fn file_limit(fd: i32, name: i32) -> OsResult<i64> {
    // SAFETY: a plain question.
    limit(|| unsafe { libc::fpathconf(fd, name) })
}

/// `confstr`; `None` if there is no value.
pub fn system_text(name: i32) -> OsResult<Option<Vec<u8>>> {
    // SAFETY: asks for the length only.
    let length = limit(|| unsafe { libc::confstr(name, std::ptr::null_mut(), 0) } as i64);
    // SAFETY: errno is this thread's.
    let errno = unsafe { *libc::__errno_location() };
    let length = length? as usize;
    if length == 0 {
        return if errno == 0 { Ok(None) } else { Err(errno) };
    }
    let mut text = vec![0u8; length];
    // SAFETY: the buffer is as long as said.
    unsafe { libc::confstr(name, text.as_mut_ptr().cast(), length) };
    text.pop();
    Ok(Some(text))
}

/// What a process started by `posix_spawn` does with its descriptors first.
pub enum FileAction {
    Open(i32, CString, i32, u32),
    Close(i32),
    Duplicate(i32, i32),
    CloseFrom(i32),
}

/// How `posix_spawn` starts a process.
#[derive(Default)]
pub struct SpawnOptions {
    pub group: Option<i32>,
    pub reset_ids: bool,
    pub new_session: bool,
    pub mask: Option<super::signals::Set>,
    pub defaults: Option<super::signals::Set>,
    /// Policy (if it changes) and priority.
    pub scheduler: Option<(Option<i32>, i32)>,
}

/// `posix_spawn`, `posix_spawnp`
pub fn spawn(
    path: &CStr,
    search: bool,
    arguments: &[CString],
    variables: Option<&[CString]>,
    actions: &[FileAction],
    options: &SpawnOptions,
) -> OsResult<i32> {
    let list = pointers(arguments);
    let own = variables.map(pointers);
    // SAFETY: the structures are initialised before use and destroyed after it; strings are terminated, lists end with NULL.
    unsafe {
        let environment = own.as_ref().map_or(environ as *const *mut libc::c_char, |e| e.as_ptr());
        let mut file_actions = MaybeUninit::<libc::posix_spawn_file_actions_t>::zeroed();
        errno_result(libc::posix_spawn_file_actions_init(file_actions.as_mut_ptr()))?;
        let mut attributes = MaybeUninit::<libc::posix_spawnattr_t>::zeroed();
        let mut result = errno_result(libc::posix_spawnattr_init(attributes.as_mut_ptr()));
        if result.is_ok() {
            result = add_actions(file_actions.as_mut_ptr(), actions)
                .and_then(|()| set_attributes(attributes.as_mut_ptr(), options));
        }
        let mut process = 0;
        if result.is_ok() {
            let start = if search { libc::posix_spawnp } else { libc::posix_spawn };
            result = errno_result(start(
                &mut process,
                path.as_ptr(),
                file_actions.as_ptr(),
                attributes.as_ptr(),
                list.as_ptr(),
                environment,
            ));
        }
        libc::posix_spawnattr_destroy(attributes.as_mut_ptr());
        libc::posix_spawn_file_actions_destroy(file_actions.as_mut_ptr());
        result.map(|()| process)
    }
}

unsafe extern "C" {
    fn posix_spawn_file_actions_addclosefrom_np(
        actions: *mut libc::posix_spawn_file_actions_t,
        from: i32,
    ) -> i32;
}

/// # Safety
/// `target` is initialised.
unsafe fn add_actions(target: *mut libc::posix_spawn_file_actions_t, actions: &[FileAction]) -> OsResult<()> {
    for action in actions {
        // SAFETY: promised by the caller; strings are terminated and live until the process is started.
        errno_result(unsafe {
            match action {
                FileAction::Open(fd, path, flags, mode) => {
                    libc::posix_spawn_file_actions_addopen(target, *fd, path.as_ptr(), *flags, *mode)
                }
                FileAction::Close(fd) => libc::posix_spawn_file_actions_addclose(target, *fd),
                FileAction::Duplicate(fd, new) => libc::posix_spawn_file_actions_adddup2(target, *fd, *new),
                FileAction::CloseFrom(fd) => posix_spawn_file_actions_addclosefrom_np(target, *fd),
            }
        })?;
    }
    Ok(())
}

/// # Safety
/// `target` is initialised.
unsafe fn set_attributes(target: *mut libc::posix_spawnattr_t, options: &SpawnOptions) -> OsResult<()> {
    let mut flags = 0;
    // SAFETY: promised by the caller; structures of the right types.
    unsafe {
        if let Some(group) = options.group {
            errno_result(libc::posix_spawnattr_setpgroup(target, group))?;
            flags |= libc::POSIX_SPAWN_SETPGROUP;
        }
        if options.reset_ids {
            flags |= libc::POSIX_SPAWN_RESETIDS;
        }
        if options.new_session {
            flags |= libc::POSIX_SPAWN_SETSID as i32;
        }
        if let Some(mask) = &options.mask {
            errno_result(libc::posix_spawnattr_setsigmask(target, mask))?;
            flags |= libc::POSIX_SPAWN_SETSIGMASK;
        }
        if let Some(defaults) = &options.defaults {
            errno_result(libc::posix_spawnattr_setsigdefault(target, defaults))?;
            flags |= libc::POSIX_SPAWN_SETSIGDEF;
        }
        if let Some((policy, priority)) = options.scheduler {
            if let Some(policy) = policy {
                errno_result(libc::posix_spawnattr_setschedpolicy(target, policy))?;
                flags |= libc::POSIX_SPAWN_SETSCHEDULER;
            }
            let parameter = libc::sched_param { sched_priority: priority };
            errno_result(libc::posix_spawnattr_setschedparam(target, &parameter))?;
            flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
        }
        errno_result(libc::posix_spawnattr_setflags(target, flags as i16))
    }
}
