//! `posix`: what the operating system offers, as `os` presents it.

mod arguments;
mod constants;
mod descriptors;
mod environment;
mod files;
mod ids;
mod limits;
mod paths;
pub mod process;
mod rows;
mod scandir;
mod schedule;
mod spawn;
mod stat;
mod terminal;
mod timerfd;
mod transfer;
mod wait;
mod xattr;

use crate::constants::add_constants;
use constants::{CONFSTR, CONSTANTS, HAVE, MORE_CONSTANTS, PATHCONF, SYSCONF};
use runtime::objects::dict::Dict;
use runtime::objects::exceptions::OS_ERROR;
use runtime::objects::list::List;
use runtime::objects::module::{ModuleSpec, add, add_type};
use runtime::objects::str::Str;
use runtime::{PyResult, Ref, Thread, Value};

pub use arguments::{descriptor as descriptor_argument, group as group_argument, user as user_argument};
pub use environment::zeroed;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "posix",
    doc: "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.",
    functions: &rows::FUNCTIONS,
    init,
};

fn names_dict(names: &[(&str, i32)]) -> Ref {
    let dict = Dict::new();
    if let Some(d) = dict.cast::<Dict>() {
        for (name, value) in names {
            d.set_str(name, Value::small_int((*value).into()));
        }
    }
    dict
}

fn init(thread: &Thread, module: Value) -> PyResult<()> {
    add_constants(module, CONSTANTS);
    add_constants(module, MORE_CONSTANTS);
    add(module, "environ", *environment::create_environ(thread, module)?);
    add(module, "error", Value::of(&OS_ERROR));
    add(module, "sysconf_names", *names_dict(SYSCONF));
    add(module, "pathconf_names", *names_dict(PATHCONF));
    add(module, "confstr_names", *names_dict(CONFSTR));
    add(module, "_have_functions", *List::from_refs(HAVE.iter().map(|name| Str::new(name)).collect()));
    add_type(module, &scandir::DIR_ENTRY);
    runtime::types::registry::ready(&scandir::SCANDIR_ITERATOR);
    stat::STAT_RESULT.add_to(module);
    stat::STATVFS_RESULT.add_to(module);
    terminal::TERMINAL_SIZE.add_to(module);
    process::TIMES_RESULT.add_to(module);
    process::UNAME_RESULT.add_to(module);
    schedule::SCHED_PARAM.add_to(module);
    wait::WAITID_RESULT.add_to(module);
    Ok(())
}
