//! The thin layer over the operating system that the runtime itself needs; no Python types.

/// Reserves `bytes` of zeroed address space whose pages are backed when first touched.
pub fn reserve_memory(bytes: usize) -> *mut u8 {
    // SAFETY: an anonymous private mapping at an address of the system's choice.
    let p = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    assert!(p != libc::MAP_FAILED, "no address space for a register stack");
    p as *mut u8
}

/// Gives memory from `reserve_memory` back.
pub fn free_memory(memory: *mut u8, bytes: usize) {
    // SAFETY: the caller got the area from `reserve_memory` with the same size and uses it no more.
    unsafe { libc::munmap(memory.cast(), bytes) };
}

/// The lowest address that the calling thread's machine stack may grow to.
pub fn stack_lowest_address() -> usize {
    // SAFETY: plain calls that fill in a local attribute object.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        let mut address = std::ptr::null_mut();
        let mut size = 0;
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) != 0 {
            return 0;
        }
        libc::pthread_attr_getstack(&attributes, &mut address, &mut size);
        libc::pthread_attr_destroy(&mut attributes);
        address as usize
    }
}

/// The kernel's number of the calling thread.
pub fn native_thread_id() -> u64 {
    // SAFETY: always succeeds.
    unsafe { libc::gettid() as u64 }
}

/// A number that tells live threads apart.
pub fn thread_ident() -> u64 {
    // SAFETY: always succeeds.
    unsafe { libc::pthread_self() as u64 }
}

/// Longest thread name that the system keeps, in bytes.
pub const THREAD_NAME_MAX: usize = 15;

/// Names the calling thread for debuggers; a name that the system refuses is ignored.
pub fn set_thread_name(name: &std::ffi::CStr) {
    // SAFETY: the name is terminated.
    unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) };
}

/// The calling thread's name.
pub fn thread_name() -> Vec<u8> {
    let mut buffer = [0u8; THREAD_NAME_MAX + 1];
    let (start, room) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: the buffer is as long as said.
    let failed = unsafe { libc::pthread_getname_np(libc::pthread_self(), start, room) };
    if failed != 0 {
        return Vec::new();
    }
    buffer.split(|b| *b == 0).next().unwrap_or_default().to_vec()
}
