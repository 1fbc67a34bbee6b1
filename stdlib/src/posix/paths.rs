//! Paths as text: normal form and parts, for `posixpath`.

use crate::io::path;
use runtime::objects::bytes::Bytes;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Raised, Ref, Thread, Value};

pub fn fspath(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    path::fspath(thread, a[0])
}

/// The units of a path and how to make another of the same type.
enum Text {
    Bytes(Vec<u8>),
    Points(Vec<u32>),
}

impl Text {
    fn of(thread: &Thread, v: Value, function: &str) -> PyResult<Text> {
        if let Some(bytes) = v.cast::<Bytes>() {
            return Ok(Text::Bytes(bytes.as_bytes().to_vec()));
        }
        match v.cast::<Str>() {
            Some(text) => Ok(Text::Points(text.chars().collect())),
            None => Err(wrong(thread, v, function)),
        }
    }
}

#[cold]
fn wrong(thread: &Thread, v: Value, function: &str) -> Raised {
    let type_name = if v.is_none() { "NoneType".into() } else { v.ty().name() };
    thread.type_error(format!("{function}: path should be string, bytes or os.PathLike, not {type_name}"))
}

/// Lengths of drive (always none), root and tail: a root of two slashes is its own, of three or more is one.
fn root_length<T: Copy + PartialEq + From<u8>>(path: &[T]) -> usize {
    let slash = T::from(b'/');
    let leading = path.iter().take_while(|c| **c == slash).count();
    match leading {
        0 => 0,
        2 => 2,
        _ => 1,
    }
}

fn normalised<T: Copy + PartialEq + From<u8>>(path: &[T]) -> Vec<T> {
    let (slash, dot) = (T::from(b'/'), T::from(b'.'));
    let root = root_length(path);
    let mut parts: Vec<&[T]> = Vec::new();
    for part in path[root..].split(|c| *c == slash) {
        match part {
            [] => {}
            [one] if *one == dot => {}
            [one, two] if *one == dot && *two == dot => match parts.last() {
                Some(last) if *last != part => {
                    parts.pop();
                }
                None if root > 0 => {}
                _ => parts.push(part),
            },
            _ => parts.push(part),
        }
    }
    let mut out = path[..root].to_vec();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push(slash);
        }
        out.extend_from_slice(part);
    }
    if out.is_empty() {
        out.push(dot);
    }
    out
}

pub fn path_normpath(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let given = path_like(thread, a[0], "_path_normpath")?;
    Ok(match Text::of(thread, *given, "_path_normpath")? {
        Text::Bytes(b) => Bytes::new(&normalised(&b)),
        Text::Points(p) => Str::from_code_points(&normalised(&p)),
    })
}

pub fn path_splitroot_ex(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let given = path_like(thread, a[0], "_path_splitroot_ex")?;
    let parts: Vec<Ref> = match Text::of(thread, *given, "_path_splitroot_ex")? {
        Text::Bytes(b) => {
            let (root, tail) = b.split_at(root_length(&b));
            [&[], root, tail].iter().map(|part| Bytes::new(part)).collect()
        }
        Text::Points(p) => {
            let (root, tail) = p.split_at(root_length(&p));
            [&[], root, tail].iter().map(|part| Str::from_code_points(part)).collect()
        }
    };
    Ok(Tuple::from_refs(parts))
}

/// What `__fspath__` says of an object that is not a path itself.
fn path_like(thread: &Thread, v: Value, function: &str) -> PyResult {
    if v.cast::<Str>().is_some() || v.cast::<Bytes>().is_some() {
        return Ok(v.to_ref());
    }
    let special = runtime::attributes::special(thread, v, runtime::names::get().__fspath__)?;
    if special.is_none() {
        return Err(wrong(thread, v, function));
    }
    path::fspath(thread, v)
}
