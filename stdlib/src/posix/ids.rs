//! Identities of the process: users, groups, sessions.

use super::arguments::*;
use crate::os::process as calls;
use crate::system::{decode, encoded, raised};
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Ref, Thread, Value, protocol};
use std::ffi::CString;

macro_rules! own_numbers {
    ($($name:ident)*) => { $(
        pub fn $name(_: &Thread, _: Value) -> PyResult {
            Ok(int::new(calls::$name().into()))
        }
    )* };
}
own_numbers! { getpid getppid getpgrp }

macro_rules! own_ids {
    ($($name:ident)*) => { $(
        pub fn $name(_: &Thread, _: Value) -> PyResult {
            Ok(id_object(calls::$name()))
        }
    )* };
}
own_ids! { getuid geteuid getgid getegid }

macro_rules! set_one {
    ($($name:ident $read:ident)*) => { $(
        pub fn $name(thread: &Thread, _: Value, v: Value) -> PyResult {
            let id = $read(thread, v)?;
            raised(thread, calls::$name(id))?;
            Ok(Ref::NONE)
        }
    )* };
}
set_one! { setuid user seteuid user setgid group setegid group }

macro_rules! set_more {
    ($($name:ident $read:ident $($i:literal)*;)*) => { $(
        pub fn $name(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
            raised(thread, calls::$name($($read(thread, a[$i])?),*))?;
            Ok(Ref::NONE)
        }
    )* };
}
set_more! {
    setreuid user 0 1;
    setregid group 0 1;
    setresuid user 0 1 2;
    setresgid group 0 1 2;
}

fn ids_object(ids: [u32; 3]) -> Ref {
    Tuple::from_refs(ids.map(id_object).into())
}

pub fn getresuid(thread: &Thread, _: Value) -> PyResult {
    raised(thread, calls::user_ids()).map(ids_object)
}

pub fn getresgid(thread: &Thread, _: Value) -> PyResult {
    raised(thread, calls::group_ids()).map(ids_object)
}

pub fn getpgid(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let process = protocol::c_int(thread, a[0])?;
    Ok(int::new(raised(thread, calls::getpgid(process))?))
}

pub fn getsid(thread: &Thread, _: Value, v: Value) -> PyResult {
    let process = protocol::c_int(thread, v)?;
    Ok(int::new(raised(thread, calls::getsid(process))?))
}

pub fn setpgid(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (process, group) = (protocol::c_int(thread, a[0])?, protocol::c_int(thread, a[1])?);
    raised(thread, calls::setpgid(process, group))?;
    Ok(Ref::NONE)
}

pub fn setpgrp(thread: &Thread, _: Value) -> PyResult {
    raised(thread, calls::setpgid(0, 0))?;
    Ok(Ref::NONE)
}

pub fn setsid(thread: &Thread, _: Value) -> PyResult {
    raised(thread, calls::setsid())?;
    Ok(Ref::NONE)
}

fn group_list(groups: &[u32]) -> Ref {
    List::from_refs(groups.iter().map(|g| id_object(*g)).collect())
}

pub fn getgroups(thread: &Thread, _: Value) -> PyResult {
    Ok(group_list(&raised(thread, calls::groups())?))
}

pub fn setgroups(thread: &Thread, _: Value, v: Value) -> PyResult {
    let slots = v.ty().slots();
    if slots.get_item.is_none() || slots.len.is_none() {
        return Err(thread.type_error("setgroups argument must be a sequence"));
    }
    let mut groups = Vec::new();
    for item in protocol::collect(thread, v)? {
        if !int::is_int(*item) {
            return Err(thread.type_error("groups must be integers"));
        }
        groups.push(group(thread, *item)?);
    }
    raised(thread, calls::set_groups(&groups))?;
    Ok(Ref::NONE)
}

pub fn getgrouplist(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let Some(name) = a[0].cast::<Str>() else {
        let message = format!("getgrouplist() argument 1 must be str, not {}", a[0].ty().name());
        return Err(thread.type_error(message));
    };
    let Ok(name) = CString::new(name.to_wtf8()) else {
        return Err(thread.value_error("embedded null character"));
    };
    let group = group(thread, a[1])?;
    Ok(group_list(&raised(thread, calls::groups_of(&name, group))?))
}

pub fn initgroups(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let name = encoded(thread, a[0])?;
    let group = group(thread, a[1])?;
    raised(thread, calls::initgroups(&name, group))?;
    Ok(Ref::NONE)
}

pub fn getlogin(thread: &Thread, _: Value) -> PyResult {
    decode(thread, &raised(thread, calls::login())?)
}
