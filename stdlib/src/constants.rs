//! Tables of integer constants.

use runtime::Value;
use runtime::objects::int;
use runtime::objects::module::add;

/// Constants of libc under their own names.
#[macro_export]
macro_rules! libc_constants {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

/// Adds integers to a module.
pub fn add_constants(module: Value, constants: &[(&str, i64)]) {
    for (name, value) in constants {
        add(module, name, *int::new(*value));
    }
}
