//! How a system call is declared: its Rust signature, from which the conversion of arguments and of errors follows.

use super::{OsResult, last_errno};
use std::ffi::{CStr, c_char};

/// An argument as C wants it.
pub trait Native {
    type C;
    fn c(self) -> Self::C;
}

macro_rules! as_it_is {
    ($($ty:ty)*) => { $(impl Native for $ty {
        type C = $ty;
        fn c(self) -> $ty {
            self
        }
    })* };
}
as_it_is!(i32 i64 u32 u64 usize isize);

impl Native for &CStr {
    type C = *const c_char;
    fn c(self) -> *const c_char {
        self.as_ptr()
    }
}

impl<T> Native for &T {
    type C = *const T;
    fn c(self) -> *const T {
        self
    }
}

impl<T> Native for &mut T {
    type C = *mut T;
    fn c(self) -> *mut T {
        self
    }
}

impl<T> Native for Option<&mut T> {
    type C = *mut T;
    fn c(self) -> *mut T {
        self.map_or(std::ptr::null_mut(), |place| place)
    }
}

impl<T> Native for Option<&T> {
    type C = *const T;
    fn c(self) -> *const T {
        self.map_or(std::ptr::null(), |place| place)
    }
}

/// The result of a call that returns a negative number on failure.
pub fn checked(result: i64) -> OsResult<i64> {
    if result < 0 { Err(last_errno()) } else { Ok(result) }
}

/// The result of a call that returns an error number.
pub fn errno_result(result: i32) -> OsResult<()> {
    if result == 0 { Ok(()) } else { Err(result) }
}

/// Declares calls of libc whose arguments are plain values, terminated strings and structures of the right type, and whose
/// result is negative on failure. A signal that comes is an error (EINTR) of its own.
macro_rules! system_calls {
    ($($name:ident($($argument:ident: $ty:ty),*);)*) => { $(
        #[doc = concat!("`", stringify!($name), "`")]
        pub fn $name($($argument: $ty),*) -> $crate::os::OsResult<i64> {
            // SAFETY: plain values, terminated strings and structures that outlive the call.
            $crate::os::calls::checked(i64::from(unsafe { libc::$name($($crate::os::calls::Native::c($argument)),*) }))
        }
    )* };
}
pub(crate) use system_calls;
