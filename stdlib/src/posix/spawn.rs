//! `posix_spawn` and `posix_spawnp`.

use super::arguments::Accepts;
use super::process::{argument_list, encode_all, environment_argument, is_mapping};
use super::schedule::priority_argument;
use crate::os::process::{self as calls, FileAction, SpawnOptions};
use crate::signal::set_argument;
use crate::system::encoded;
use runtime::objects::int;
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Ref, Thread, Value, protocol};

fn given(v: Value) -> Option<Value> {
    (!v.is_null() && !v.is_none()).then_some(v)
}

fn wrong_size(thread: &Thread, kind: &str, count: usize) -> runtime::Raised {
    thread.type_error(format!("A {kind} file_action tuple must have {count} elements"))
}

fn file_action(thread: &Thread, v: Value) -> PyResult<FileAction> {
    let Some([kind, rest @ ..]) = v.cast::<Tuple>().map(|t| t.items()) else {
        return Err(thread.type_error("Each file_actions element must be a non-empty tuple"));
    };
    let number = |v: Value| protocol::c_int(thread, v);
    match protocol::index_i64(thread, *kind)? {
        0 => match rest {
            [fd, path, flags, mode] => {
                let (fd, path) = (number(*fd)?, encoded(thread, *path)?);
                Ok(FileAction::Open(fd, path, number(*flags)?, number(*mode)? as u32))
            }
            _ => Err(wrong_size(thread, "open", 5)),
        },
        1 => match rest {
            [fd] => Ok(FileAction::Close(number(*fd)?)),
            _ => Err(wrong_size(thread, "close", 2)),
        },
        2 => match rest {
            [fd, new] => Ok(FileAction::Duplicate(number(*fd)?, number(*new)?)),
            _ => Err(wrong_size(thread, "dup2", 3)),
        },
        3 => match rest {
            [fd] => Ok(FileAction::CloseFrom(number(*fd)?)),
            _ => Err(wrong_size(thread, "closefrom", 2)),
        },
        _ => Err(thread.type_error("Unknown file_actions identifier")),
    }
}

fn file_actions(thread: &Thread, v: Value) -> PyResult<Vec<FileAction>> {
    let Some(v) = given(v) else { return Ok(Vec::new()) };
    let slots = v.ty().slots();
    if slots.get_item.is_none() || slots.len.is_none() {
        return Err(thread.type_error("file_actions must be a sequence or None"));
    }
    protocol::collect(thread, v)?.iter().map(|item| file_action(thread, **item)).collect()
}

fn options(thread: &Thread, function: &str, a: &[Value]) -> PyResult<SpawnOptions> {
    let mut options = SpawnOptions::default();
    if let Some(group) = given(a[0]) {
        options.group = Some(protocol::c_int(thread, group)?);
    }
    options.reset_ids = !a[1].is_null() && protocol::is_true(thread, a[1])?;
    options.new_session = !a[2].is_null() && protocol::is_true(thread, a[2])?;
    if !a[3].is_null() {
        options.mask = Some(set_argument(thread, a[3])?);
    }
    if !a[4].is_null() {
        options.defaults = Some(set_argument(thread, a[4])?);
    }
    if let Some(scheduler) = given(a[5]) {
        let Some(items) = scheduler.cast::<Tuple>().map(|t| t.items()) else {
            return Err(thread.type_error(format!("{function}: scheduler must be a tuple or None")));
        };
        let &[policy, parameter] = items else {
            return Err(
                thread.type_error(format!("{function}: scheduler expected 2 arguments, got {}", items.len()))
            );
        };
        let policy = if policy.is_none() { None } else { Some(protocol::c_int(thread, policy)?) };
        options.scheduler = Some((policy, priority_argument(thread, parameter)?));
    }
    Ok(options)
}

fn start(thread: &Thread, function: &'static str, a: &[Value], search: bool) -> PyResult {
    let path = Accepts::name(function, "path").path(thread, a[0])?;
    let items = argument_list(thread, a[1], &format!("{function}: argv must be a tuple or list"))?;
    if items.is_empty() {
        return Err(thread.value_error(format!("{function}: argv must not be empty")));
    }
    if given(a[2]).is_some_and(|v| !is_mapping(v)) {
        return Err(thread.type_error(format!("{function}: environment must be a mapping object or None")));
    }
    let arguments = encode_all(thread, &items)?;
    if arguments[0].is_empty() {
        return Err(thread.value_error(format!("{function}: argv first element cannot be empty")));
    }
    let environment = match given(a[2]) {
        Some(v) => Some(environment_argument(thread, v)?),
        None => None,
    };
    let actions = file_actions(thread, a[3])?;
    let options = options(thread, function, &a[4..])?;
    let process = path.call(thread, || {
        calls::spawn(path.name(), search, &arguments, environment.as_deref(), &actions, &options)
    })?;
    let made: Ref = int::new(process.into());
    Ok(made)
}

pub fn posix_spawn(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    start(thread, "posix_spawn", a, false)
}

pub fn posix_spawnp(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    start(thread, "posix_spawnp", a, true)
}
