//! Two views of the same memory, one to write code through and one to run it; what the processor must be told about
//! new code. All that depends on system or processor is here.
//!
//! The memory is shared between the views by a file without a name. A forked child would share it with its parent, so the
//! child gets a copy at the same addresses before it runs on.

use std::io;
use std::ptr::{NonNull, null_mut};
use std::sync::Mutex;

/// The views.
#[derive(Clone, Copy)]
struct Views {
    writable: NonNull<u8>,
    executable: NonNull<u8>,
    length: usize,
    /// Bytes from the start that were ever written.
    touched: usize,
}
// SAFETY: plain addresses; who may write is decided by the GIL.
unsafe impl Send for Views {}

pub struct Mapping {
    views: Views,
    index: usize,
}

/// All mappings of the process, for forked children. A mapping's place is empty when it is gone.
static MAPPINGS: Mutex<Vec<Option<Views>>> = Mutex::new(Vec::new());

impl Mapping {
    pub fn new(length: usize) -> io::Result<Mapping> {
        let length = length.next_multiple_of(page_size());
        let views = map(length, None)?;
        let mut mappings = lock();
        if mappings.is_empty() {
            // SAFETY: the handlers live as long as the program.
            unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child)) };
        }
        mappings.push(Some(views));
        Ok(Mapping { views, index: mappings.len() - 1 })
    }

    pub fn length(&self) -> usize {
        self.views.length
    }

    /// The address at which the byte at an offset is executed.
    pub fn executable(&self, offset: usize) -> usize {
        self.views.executable.as_ptr() as usize + offset
    }

    /// Writes code and makes the processor see it.
    pub fn write(&mut self, offset: usize, code: &[u8]) {
        let end = offset + code.len();
        assert!(end <= self.views.length, "code outside the arena");
        if end > self.views.touched {
            self.views.touched = end;
            lock()[self.index] = Some(self.views);
        }
        // SAFETY: the range lies within the mapping, and free blocks are not run.
        unsafe {
            std::ptr::copy_nonoverlapping(code.as_ptr(), self.views.writable.as_ptr().add(offset), code.len())
        };
        synchronise(self.executable(offset), code.len());
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        lock()[self.index] = None;
        // SAFETY: the views were mapped by `map` and nothing refers to them any more.
        unsafe {
            libc::munmap(self.views.writable.as_ptr().cast(), self.views.length);
            libc::munmap(self.views.executable.as_ptr().cast(), self.views.length);
        }
    }
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Option<Views>>> {
    MAPPINGS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn page_size() -> usize {
    // SAFETY: a plain question.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// Maps fresh memory twice, at addresses of the system's choice or at those of `place`.
#[cfg(target_os = "linux")]
fn map(length: usize, place: Option<Views>) -> io::Result<Views> {
    let check = |failed: bool| if failed { Err(io::Error::last_os_error()) } else { Ok(()) };
    // SAFETY: a fresh file, and mappings of it; with `place`, over mappings that are ours.
    unsafe {
        let file = libc::memfd_create(c"taipan-traces".as_ptr(), libc::MFD_CLOEXEC);
        check(file < 0)?;
        let view = |address: *mut libc::c_void, protection| {
            let fixed = if address.is_null() { 0 } else { libc::MAP_FIXED };
            let flags = libc::MAP_SHARED | libc::MAP_NORESERVE | fixed;
            match libc::mmap(address, length, protection, flags, file, 0) {
                libc::MAP_FAILED => Err(io::Error::last_os_error()),
                p => NonNull::new(p.cast::<u8>()).ok_or(io::Error::from(io::ErrorKind::AddrNotAvailable)),
            }
        };
        let at = |address: fn(&Views) -> NonNull<u8>| {
            place.as_ref().map_or(null_mut(), |v| address(v).as_ptr().cast())
        };
        let views = check(libc::ftruncate(file, length as libc::off_t) != 0).and_then(|()| {
            if let Some(old) = place {
                copy_to_file(file, old.executable.as_ptr(), old.touched)?;
            }
            let touched = place.map_or(0, |v| v.touched);
            let writable = view(at(|v| v.writable), libc::PROT_READ | libc::PROT_WRITE)?;
            let executable = view(at(|v| v.executable), libc::PROT_READ | libc::PROT_EXEC)?;
            Ok(Views { writable, executable, length, touched })
        });
        libc::close(file);
        views
    }
}

#[cfg(not(target_os = "linux"))]
fn map(_length: usize, _place: Option<Views>) -> io::Result<Views> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// # Safety
/// `length` bytes from `from` on can be read.
#[cfg(target_os = "linux")]
unsafe fn copy_to_file(file: libc::c_int, from: *const u8, length: usize) -> io::Result<()> {
    let mut done = 0;
    while done < length {
        // SAFETY: promised by the caller.
        let written = unsafe { libc::write(file, from.add(done).cast(), length - done) };
        match usize::try_from(written) {
            Ok(n) if n > 0 => done += n,
            _ => return Err(io::Error::last_os_error()),
        }
    }
    Ok(())
}

thread_local! {
    /// Holds the list of mappings during a fork, so that the child finds it whole.
    static HELD: std::cell::RefCell<Option<std::sync::MutexGuard<'static, Vec<Option<Views>>>>> =
        const { std::cell::RefCell::new(None) };
}

extern "C" fn before_fork() {
    HELD.with(|held| *held.borrow_mut() = Some(lock()));
}

extern "C" fn after_fork() {
    HELD.with(|held| *held.borrow_mut() = None);
}

/// Puts copies of the mappings in their places. Only system calls: the child may have been forked from many threads.
extern "C" fn in_child() {
    let Some(mappings) = HELD.with(|held| held.borrow_mut().take()) else { return };
    for views in mappings.iter().flatten() {
        if map(views.length, Some(*views)).is_err() {
            // Running on would mean to run code that another process changes.
            // SAFETY: ends the child at once.
            unsafe { libc::abort() };
        }
    }
}

/// Makes instruction fetch see what was written.
#[cfg(target_arch = "x86_64")]
fn synchronise(_address: usize, _length: usize) {
    // x86-64 keeps instruction fetch coherent with stores at the next jump.
}

#[cfg(target_arch = "aarch64")]
fn synchronise(address: usize, length: usize) {
    const LINE: usize = 16;
    // SAFETY: cache maintenance by address of memory that is mapped.
    unsafe {
        let lines = || (address & !(LINE - 1)..address + length).step_by(LINE);
        for line in lines() {
            std::arch::asm!("dc cvau, {}", in(reg) line);
        }
        std::arch::asm!("dsb ish");
        for line in lines() {
            std::arch::asm!("ic ivau, {}", in(reg) line);
        }
        std::arch::asm!("dsb ish", "isb");
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn synchronise(_address: usize, _length: usize) {
    compile_error!("say here how this processor is told about new code");
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_forked_child_has_a_copy() {
        let mut mapping = Mapping::new(4096).unwrap();
        mapping.write(0, &[1, 2, 3]);
        // SAFETY: the child only writes to its copy and ends.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                let kept = *(mapping.executable(0) as *const u8) == 1;
                *mapping.views.writable.as_ptr() = 9;
                let seen = *(mapping.executable(0) as *const u8) == 9;
                libc::_exit(if kept && seen { 0 } else { 1 });
            }
            let mut status = 0;
            libc::waitpid(child, &mut status, 0);
            assert_eq!(status, 0);
            assert_eq!(*(mapping.executable(0) as *const u8), 1);
        }
    }
}
