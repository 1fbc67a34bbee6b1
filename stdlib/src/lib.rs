//! Native modules and the embedded Python library.
//!
//! `MODULES` lists the native modules; one is made when it is first imported and kept in `sys.modules`.

pub mod abc;
pub mod accounts;
pub mod array;
pub mod ast;
pub mod asyncio;
pub mod atexit;
pub mod binascii;
pub mod bisect;
pub mod builtins;
pub mod cmath;
pub mod codecs;
pub mod collections;
pub mod config;
pub mod constants;
pub mod contextvars;
pub mod csv;
pub mod datetime;
pub mod errno;
pub mod fcntl;
pub mod functools;
pub mod gc;
pub mod hashes;
pub mod heapq;
pub mod import;
pub mod io;
pub mod itertools;
pub mod json;
pub mod lsprof;
pub mod marshal;
pub mod math;
pub mod opcode;
pub mod operator;
pub mod os;
pub mod paths;
pub mod pickle;
pub mod posix;
pub mod posixsubprocess;
pub mod queue;
pub mod random;
pub mod resource;
pub mod select;
pub mod signal;
pub mod socket;
pub mod source;
pub mod sre;
pub mod stat;
pub mod statistics;
pub mod string;
pub mod structs;
pub mod suggestions;
mod support;
pub mod symtable;
pub mod sys;
pub mod system;
pub mod thread;
pub mod time;
pub mod timeout;
pub mod timestamp;
pub mod tokenize;
pub mod tracemalloc;
pub mod types;
pub mod typing;
pub mod unicodedata;
pub mod warnings;
pub mod weakref;
pub mod zlib;

use runtime::objects::dict::Dict;
use runtime::objects::module::{ModuleSpec, dict_of, new_native_module};
use runtime::state::STATE;
use runtime::{PyResult, Ref, Thread};

/// All native modules.
pub static MODULES: &[&ModuleSpec] = &[
    &abc::MODULE,
    &accounts::GRP,
    &accounts::PWD,
    &array::MODULE,
    &ast::MODULE,
    &asyncio::MODULE,
    &atexit::MODULE,
    &binascii::MODULE,
    &bisect::MODULE,
    &builtins::BUILTINS,
    &cmath::MODULE,
    &codecs::MODULE,
    &collections::MODULE,
    &contextvars::MODULE,
    &csv::MODULE,
    &datetime::MODULE,
    &errno::MODULE,
    &fcntl::MODULE,
    &functools::MODULE,
    &gc::MODULE,
    &hashes::BLAKE2,
    &hashes::MD5,
    &hashes::SHA1,
    &hashes::SHA2,
    &hashes::SHA3,
    &heapq::MODULE,
    &import::imp::IMP,
    &import::library_module::LIBRARY,
    &io::IO,
    &itertools::MODULE,
    &json::MODULE,
    &lsprof::MODULE,
    &marshal::MARSHAL,
    &math::MATH,
    &opcode::MODULE,
    &operator::MODULE,
    &pickle::MODULE,
    &posix::MODULE,
    &posixsubprocess::MODULE,
    &queue::MODULE,
    &random::MODULE,
    &resource::MODULE,
    &select::MODULE,
    &signal::MODULE,
    &socket::MODULE,
    &sre::MODULE,
    &stat::MODULE,
    &statistics::MODULE,
    &string::MODULE,
    &structs::MODULE,
    &suggestions::MODULE,
    &symtable::MODULE,
    &sys::SYS,
    &thread::MODULE,
    &time::MODULE,
    &tokenize::MODULE,
    &tracemalloc::MODULE,
    &types::MODULE_TYPES,
    &typing::MODULE,
    &unicodedata::MODULE,
    &warnings::MODULE,
    &weakref::MODULE,
    &zlib::MODULE,
];

/// A native module by name: from `sys.modules`, else made and put there. `None` if there is no such module.
pub fn builtin_module(thread: &Thread, name: &str) -> PyResult<Option<Ref>> {
    let modules = STATE.modules.get();
    let Some(modules) = modules.cast::<Dict>() else { return Ok(None) };
    if let Some(module) = modules.get_str(name) {
        return Ok(Some(module));
    }
    let Some(spec) = MODULES.iter().find(|spec| spec.name == name) else { return Ok(None) };
    let module = new_native_module(thread, spec)?;
    modules.set_str(name, *module);
    Ok(Some(module))
}

/// Makes `sys.modules`, `builtins` and `sys`; the types are ready.
pub fn initialise(thread: &Thread) -> PyResult<()> {
    STATE.modules.set(Dict::new());
    for (name, slot) in [("builtins", &STATE.builtins_dict), ("sys", &STATE.sys_dict)] {
        if let Some(module) = builtin_module(thread, name)?
            && let Some(dict) = dict_of(*module)
        {
            slot.set(dict);
        }
    }
    for (name, slot) in ["all", "any"].into_iter().zip(&STATE.all_and_any) {
        slot.set(STATE.builtin(name).unwrap_or(Ref::NULL));
    }
    Ok(())
}
