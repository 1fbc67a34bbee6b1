//! The import system's native side: booting `importlib`, the module `_imp`, the embedded library and its loader.

pub mod boot;
pub mod frozen;
pub mod imp;
pub mod library;
pub mod library_module;
pub mod timing;
