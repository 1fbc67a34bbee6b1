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

/// A number that tells live threads apart.
pub fn thread_ident() -> u64 {
    // SAFETY: always succeeds.
    unsafe { libc::pthread_self() as u64 }
}
