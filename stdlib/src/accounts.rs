//! `pwd` and `grp`: the users and groups that the system knows.

use crate::io::path::c_path;
use crate::os::accounts::{self as calls, Group, Key, User};
use crate::system::{decode, raise, unlocked};
use runtime::objects::int::{self, IntRef};
use runtime::objects::list::List;
use runtime::objects::module::ModuleSpec;
use runtime::objects::str::{Str, display};
use runtime::types::TypeFlags;
use runtime::{MethodDef, NativeFn, PyResult, Ref, Thread, Value, method, protocol, struct_sequence};

/// `pwd`.
pub static PWD: ModuleSpec = ModuleSpec {
    name: "pwd",
    doc: PWD_DOC,
    functions: PWD_FUNCTIONS,
    init: |_, module| {
        STRUCT_PASSWD.add_to(module);
        Ok(())
    },
};

/// `grp`.
pub static GRP: ModuleSpec = ModuleSpec {
    name: "grp",
    doc: GRP_DOC,
    functions: GRP_FUNCTIONS,
    init: |_, module| {
        STRUCT_GROUP.add_to(module);
        Ok(())
    },
};

struct_sequence! {
    /// A user.
    pub static STRUCT_PASSWD = "pwd.struct_passwd" {
        visible: 7, total: 7, flags: TypeFlags::empty(),
        doc: "pwd.struct_passwd: Results from getpw*() routines.\n\nThis object may be accessed either as a tuple of\n  (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\nor via the object attributes as named in the above tuple.",
        complete: None,
        0 pw_name "user name",
        1 pw_passwd "password",
        2 pw_uid "user id",
        3 pw_gid "group id",
        4 pw_gecos "real name",
        5 pw_dir "home directory",
        6 pw_shell "shell program",
    }
}

struct_sequence! {
    /// A group.
    pub static STRUCT_GROUP = "grp.struct_group" {
        visible: 4, total: 4, flags: TypeFlags::empty(),
        doc: "grp.struct_group: Results from getgr*() routines.\n\nThis object may be accessed either as a tuple of\n  (gr_name,gr_passwd,gr_gid,gr_mem)\nor via the object attributes as named in the above tuple.\n",
        complete: None,
        0 gr_name "group name",
        1 gr_passwd "password",
        2 gr_gid "group id",
        3 gr_mem "group members",
    }
}

fn id_object(id: u32) -> Ref {
    if id == u32::MAX { int::new(-1) } else { int::new(id.into()) }
}

fn user_object(thread: &Thread, u: &User) -> PyResult {
    Ok(STRUCT_PASSWD.make(vec![
        decode(thread, &u.name)?,
        decode(thread, &u.password)?,
        id_object(u.user),
        id_object(u.group),
        decode(thread, &u.comment)?,
        decode(thread, &u.home)?,
        decode(thread, &u.shell)?,
    ]))
}

fn group_object(thread: &Thread, g: &Group) -> PyResult {
    let members = g.members.iter().map(|m| decode(thread, m)).collect::<PyResult<_>>()?;
    Ok(STRUCT_GROUP.make(vec![
        decode(thread, &g.name)?,
        decode(thread, &g.password)?,
        id_object(g.group),
        List::from_refs(members),
    ]))
}

fn not_found(thread: &Thread, message: String) -> runtime::Raised {
    thread.key_error(*Str::new(&message))
}

fn found<T>(thread: &Thread, call: impl FnMut() -> crate::os::OsResult<Option<T>>) -> PyResult<Option<T>> {
    unlocked(thread, call)?.map_err(|errno| raise(thread, errno))
}

fn getpwuid(thread: &Thread, _: Value, v: Value) -> PyResult {
    if !int::is_int(v) && v.ty().slots().index.is_none() {
        return Err(thread.type_error(format!("uid should be integer, not {}", v.ty().name())));
    }
    let number = protocol::index(thread, v)?;
    let id = match int::get(*number) {
        Some(IntRef::Small(-1)) => u32::MAX,
        Some(IntRef::Small(i)) if u32::try_from(i).is_ok() => i as u32,
        _ => return Err(not_found(thread, "getpwuid(): uid not found".into())),
    };
    match found(thread, || calls::user(Key::Id(id)))? {
        Some(user) => user_object(thread, &user),
        None => {
            let shown = if id == u32::MAX { -1 } else { i64::from(id) };
            Err(not_found(thread, format!("getpwuid(): uid not found: {shown}")))
        }
    }
}

fn name_argument(thread: &Thread, v: Value, shown: &str) -> PyResult<std::ffi::CString> {
    if v.cast::<Str>().is_none() {
        let type_name = if v.is_none() { "None".into() } else { v.ty().name() };
        return Err(thread.type_error(format!("{shown} must be str, not {type_name}")));
    }
    c_path(thread, v)
}

fn getpwnam(thread: &Thread, _: Value, v: Value) -> PyResult {
    let name = name_argument(thread, v, "getpwnam() argument")?;
    match found(thread, || calls::user(Key::Name(&name)))? {
        Some(user) => user_object(thread, &user),
        None => Err(absent(thread, "getpwnam", v)),
    }
}

#[cold]
fn absent(thread: &Thread, function: &str, name: Value) -> runtime::Raised {
    match protocol::repr(thread, name) {
        Ok(shown) => not_found(thread, format!("{function}(): name not found: {}", display(*shown))),
        Err(raised) => raised,
    }
}

fn getpwall(thread: &Thread, _: Value) -> PyResult {
    let users = calls::users().map_err(|errno| raise(thread, errno))?;
    Ok(List::from_refs(users.iter().map(|u| user_object(thread, u)).collect::<PyResult<_>>()?))
}

fn getgrgid(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let id = crate::posix::group_argument(thread, a[0])?;
    match found(thread, || calls::group(Key::Id(id)))? {
        Some(group) => group_object(thread, &group),
        None => {
            let shown = if id == u32::MAX { -1 } else { i64::from(id) };
            Err(not_found(thread, format!("getgrgid(): gid not found: {shown}")))
        }
    }
}

fn getgrnam(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let name = name_argument(thread, a[0], "getgrnam() argument 'name'")?;
    match found(thread, || calls::group(Key::Name(&name)))? {
        Some(group) => group_object(thread, &group),
        None => Err(absent(thread, "getgrnam", a[0])),
    }
}

fn getgrall(thread: &Thread, _: Value) -> PyResult {
    let groups = calls::groups().map_err(|errno| raise(thread, errno))?;
    Ok(List::from_refs(groups.iter().map(|g| group_object(thread, g)).collect::<PyResult<_>>()?))
}

const PWD_DOC: &str = "This module provides access to the Unix password database.\nIt is available on all Unix versions.\n\nPassword database entries are reported as 7-tuples containing the following\nitems from the password database (see `<pwd.h>'), in order:\npw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell.\nThe uid and gid items are integers, all others are strings. An\nexception is raised if the entry asked for cannot be found.";

const GRP_DOC: &str = "Access to the Unix group database.\n\nGroup entries are reported as 4-tuples containing the following fields\nfrom the group database, in order:\n\n  gr_name   - name of the group\n  gr_passwd - group password (encrypted); often empty\n  gr_gid    - numeric ID of the group\n  gr_mem    - list of members\n\nThe gid is an integer, name and password are strings.  (Note that most\nusers are not explicitly listed as members of the groups they are in\naccording to the password database.  Check both databases to get\ncomplete membership information.)";

const PWD_FUNCTIONS: &[MethodDef] = &[
    method(
        "getpwall",
        "($module, /)",
        NativeFn::NoArgs(getpwall),
        "Return a list of all available password database entries, in arbitrary order.\n\nSee help(pwd) for more on password database entries.",
    ),
    method(
        "getpwnam",
        "($module, name, /)",
        NativeFn::One(getpwnam),
        "Return the password database entry for the given user name.\n\nSee `help(pwd)` for more on password database entries.",
    ),
    method(
        "getpwuid",
        "($module, uidobj, /)",
        NativeFn::One(getpwuid),
        "Return the password database entry for the given numeric user ID.\n\nSee `help(pwd)` for more on password database entries.",
    ),
];

const GRP_FUNCTIONS: &[MethodDef] = &[
    method(
        "getgrall",
        "($module, /)",
        NativeFn::NoArgs(getgrall),
        "Return a list of all available group entries, in arbitrary order.\n\nAn entry whose name starts with '+' or '-' represents an instruction\nto use YP/NIS and may not be accessible via getgrnam or getgrgid.",
    ),
    method(
        "getgrgid",
        "($module, /, id)",
        NativeFn::Bound(getgrgid),
        "Return the group database entry for the given numeric group ID.\n\nIf id is not valid, raise KeyError.",
    ),
    method(
        "getgrnam",
        "($module, /, name)",
        NativeFn::Bound(getgrnam),
        "Return the group database entry for the given group name.\n\nIf name is not valid, raise KeyError.",
    ),
];
