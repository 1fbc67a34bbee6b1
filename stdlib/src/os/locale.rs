//! The locale.

use std::ffi::CStr;

/// The encoding that the locale says.
pub fn encoding() -> String {
    // SAFETY: the result is a terminated string that is copied at once.
    let name = unsafe { CStr::from_ptr(libc::nl_langinfo(libc::CODESET)) };
    match name.to_str() {
        // The C locale is taken for UTF-8 (PEP 538, PEP 540).
        Ok("" | "ANSI_X3.4-1968") | Err(_) => "utf-8".into(),
        Ok(name) => name.into(),
    }
}
