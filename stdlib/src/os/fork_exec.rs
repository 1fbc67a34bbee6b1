//! A child process that becomes another program: what `subprocess` asks for.
//!
//! Between fork and exec the child makes only calls that are safe while other threads may have held locks, unless Python
//! code was asked for.

use super::signals::Action;
use super::{close, last_errno};
use std::ffi::CString;

/// What the child is to do.
pub struct Plan {
    pub arguments: Vec<CString>,
    pub executables: Vec<CString>,
    /// `None`: the environment as it is.
    pub environment: Option<Vec<CString>>,
    pub directory: Option<CString>,
    /// Descriptors that stay open when others are closed, rising.
    pub keep: Vec<i32>,
    pub close_others: bool,
    /// The child's ends become standard input, output and error; -1 for none.
    pub read_by_child: i32,
    pub read_by_parent: i32,
    pub errors_by_parent: i32,
    pub written_by_parent: i32,
    pub written_by_child: i32,
    pub errors_by_child: i32,
    /// Where the parent reads and the child writes what went wrong.
    pub report_read: i32,
    pub report_write: i32,
    pub restore_signals: bool,
    pub new_session: bool,
    /// Negative: unchanged.
    pub group_to_join: i32,
    pub user: Option<u32>,
    pub group: Option<u32>,
    pub groups: Option<Vec<u32>>,
    /// Negative: unchanged.
    pub mask: i32,
}

/// What kept the child from becoming another program.
pub struct Failure {
    pub errno: i32,
    /// Said in the report.
    pub stage: &'static str,
    /// `preexec_fn` raised.
    pub is_python: bool,
}

const BEFORE: &str = "noexec";
const DIRECTORY: &str = "noexec:chdir";

fn ok(result: i32) -> Result<(), Failure> {
    if result == -1 { Err(Failure { errno: last_errno(), stage: BEFORE, is_python: false }) } else { Ok(()) }
}

fn inherit(fd: i32) -> Result<(), Failure> {
    super::descriptors::set_inheritable(fd, true).map_err(|errno| Failure {
        errno,
        stage: BEFORE,
        is_python: false,
    })
}

/// A descriptor moved out of the way of the standard ones.
fn moved_above(mut fd: i32, lowest: i32) -> Result<i32, Failure> {
    while (0..lowest).contains(&fd) {
        // SAFETY: a plain call.
        fd = unsafe { libc::dup(fd) };
        ok(fd)?;
    }
    Ok(fd)
}

fn install(fd: i32, standard: i32) -> Result<(), Failure> {
    if fd == standard {
        return inherit(fd);
    }
    if fd == -1 {
        return Ok(());
    }
    // SAFETY: a plain call.
    ok(unsafe { libc::dup2(fd, standard) })
}

/// Closes all descriptors above the standard ones but those to keep.
fn close_others(keep: &[i32]) {
    let mut start = 3;
    for fd in keep.iter().filter(|fd| **fd >= 3) {
        super::close_range(start, *fd);
        start = fd + 1;
    }
    super::close_range(start, i32::MAX);
}

/// Does what the plan says in the child; comes back on failure only.
pub fn become_program(plan: &Plan, python: &mut dyn FnMut() -> bool) -> Failure {
    match prepare(plan, python) {
        Ok(()) => execute(plan),
        Err(failure) => failure,
    }
}

fn prepare(plan: &Plan, python: &mut dyn FnMut() -> bool) -> Result<(), Failure> {
    for fd in plan.keep.iter().filter(|fd| **fd != plan.report_write) {
        inherit(*fd)?;
    }
    for fd in [plan.written_by_parent, plan.read_by_parent, plan.errors_by_parent] {
        if fd != -1 {
            let _ = close(fd);
        }
    }
    let _ = close(plan.report_read);
    // Ends that lie where a standard descriptor goes would be overwritten.
    let output = moved_above(plan.written_by_child, 1)?;
    let errors = moved_above(plan.errors_by_child, 2)?;
    install(plan.read_by_child, 0)?;
    install(output, 1)?;
    install(errors, 2)?;
    if let Some(directory) = &plan.directory {
        // SAFETY: a terminated string.
        if unsafe { libc::chdir(directory.as_ptr()) } == -1 {
            return Err(Failure { errno: last_errno(), stage: DIRECTORY, is_python: false });
        }
    }
    // SAFETY: plain calls; the list of groups is as long as said.
    unsafe {
        if plan.mask >= 0 {
            libc::umask(plan.mask as u32);
        }
        if plan.restore_signals {
            for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
                let _ = super::signals::set_action(signal, Action::Default);
            }
        }
        if plan.new_session {
            ok(libc::setsid())?;
        }
        if plan.group_to_join >= 0 {
            ok(libc::setpgid(0, plan.group_to_join))?;
        }
        if let Some(groups) = &plan.groups {
            ok(libc::setgroups(groups.len(), groups.as_ptr()))?;
        }
        if let Some(group) = plan.group {
            ok(libc::setregid(group, group))?;
        }
        if let Some(user) = plan.user {
            ok(libc::setreuid(user, user))?;
        }
    }
    if !python() {
        return Err(Failure { errno: 0, stage: "Exception occurred in preexec_fn.", is_python: true });
    }
    if plan.close_others {
        close_others(&plan.keep);
    }
    Ok(())
}

/// Tries the executables in turn. Of several errors the first that says more than "not there" counts.
fn execute(plan: &Plan) -> Failure {
    let mut first = 0;
    let mut last = 0;
    for path in &plan.executables {
        last = match &plan.environment {
            Some(environment) => super::process::execute_with(Ok(path), &plan.arguments, environment),
            None => super::process::execute(path, &plan.arguments),
        };
        if last != libc::ENOENT && last != libc::ENOTDIR && first == 0 {
            first = last;
        }
    }
    Failure { errno: if first != 0 { first } else { last }, stage: "", is_python: false }
}

/// Tells the parent what went wrong.
pub fn report(fd: i32, failure: &Failure) {
    let text = match failure.is_python {
        true => format!("SubprocessError:0:{}", failure.stage),
        false => format!("OSError:{:X}:{}", failure.errno, failure.stage),
    };
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match super::write(fd, rest) {
            Ok(n) if n > 0 => rest = &rest[n..],
            _ => return,
        }
    }
}
