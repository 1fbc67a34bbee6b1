//! How the program is linked: at a fixed address, with what runs at each start side by side.
//!
//! A start touches a third of the program's pages, scattered over all of it, and the kernel maps sixteen pages around each;
//! relocations of a position-independent program are written at each start besides. Without both, `taipan -c pass` needs
//! 8.3 MB instead of 13.8; and the first trace that is compiled makes another 4 MB of code resident, of which a quarter is run.
//! `startup/symbols.order` lists the symbols in the order in which a start comes upon them, then those that many programs run;
//! `startup/order.py` makes it. Names that don't exist any more are passed over, so an old list is only less good.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=startup/symbols.order");
    let is = |key: &str, value: &str| env::var(key).is_ok_and(|v| v == value);
    let is_linux = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if !is_linux {
        return;
    }
    println!("cargo::rustc-link-arg-bins=-no-pie");
    // The list is for lld, which rustc uses on this target unless told otherwise.
    let links_with_lld = is("CARGO_CFG_TARGET_ARCH", "x86_64") && is("CARGO_ENCODED_RUSTFLAGS", "");
    if links_with_lld && is("PROFILE", "release") {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-link-arg-bins=-Wl,--symbol-ordering-file={folder}/startup/symbols.order");
        println!("cargo::rustc-link-arg-bins=-Wl,--no-warn-symbol-ordering");
    }
}
