//! Socket addresses as Python code has them.

use super::resolve_error;
use crate::io::path::encode;
use crate::io::support::byte_source;
use crate::os::net::{self, Address, UNIX_PATH, Wanted};
use crate::system::decode;
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::OS_ERROR;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Ref, Thread, Value, gil, protocol};
use std::ffi::CString;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A host's name as the resolver wants it.
pub fn host_name(thread: &Thread, v: Value) -> PyResult<CString> {
    let bytes = match v.cast::<Str>() {
        Some(text) if text.is_ascii() => text.to_wtf8(),
        Some(_) => {
            let encoded =
                thread.call_method(v, runtime::objects::str::intern_text("encode"), &[*Str::new("idna")])?;
            byte_source(thread, *encoded)?.bytes().to_vec()
        }
        None if v.ty().slots().buffer.is_some() => byte_source(thread, v)?.bytes().to_vec(),
        None => {
            let message = format!("str, bytes or bytearray expected, not {}", v.ty().name());
            return Err(thread.type_error(message));
        }
    };
    CString::new(bytes).map_err(|_| thread.type_error("host name must not contain null character"))
}

/// The address of a host, port 0.
pub fn resolve_host(thread: &Thread, name: &CString, family: i32) -> PyResult<Address> {
    let text = name.to_str().unwrap_or("");
    let any = text.is_empty();
    match family {
        libc::AF_INET if any => return Ok(Address::V4 { ip: [0; 4], port: 0 }),
        libc::AF_INET6 if any => return Ok(Address::V6 { ip: [0; 16], port: 0, flow: 0, scope: 0 }),
        libc::AF_INET if text == "<broadcast>" => return Ok(Address::V4 { ip: [255; 4], port: 0 }),
        libc::AF_INET => {
            if let Ok(ip) = text.parse::<Ipv4Addr>() {
                return Ok(Address::V4 { ip: ip.octets(), port: 0 });
            }
        }
        _ => {
            if let Ok(ip) = text.parse::<Ipv6Addr>() {
                return Ok(Address::V6 { ip: ip.octets(), port: 0, flow: 0, scope: 0 });
            }
        }
    }
    let wanted = Wanted { family, ..Wanted::default() };
    let found = gil::without_gil(thread, || net::resolve(Some(name), None, wanted));
    match found {
        Ok(found) => Ok(found.into_iter().next().map_or(Address::None, |f| f.address)),
        Err(error) => Err(resolve_error(thread, error, libc::EIO)),
    }
}

fn port(thread: &Thread, function: &str, v: Value) -> PyResult<u16> {
    let port = protocol::c_int(thread, v)?;
    u16::try_from(port).map_err(|_| thread.overflow_error(format!("{function}(): port must be 0-65535.")))
}

fn parts(thread: &Thread, function: &str, family: &str, v: Value) -> PyResult<&'static [Value]> {
    match v.cast::<Tuple>() {
        Some(tuple) => Ok(tuple.items()),
        None => {
            Err(thread
                .type_error(format!("{function}(): {family} address must be tuple, not {}", v.ty().name())))
        }
    }
}

/// Reads an address of a socket's family.
pub fn read(thread: &Thread, function: &str, family: i32, v: Value) -> PyResult<Address> {
    match family {
        libc::AF_UNIX => {
            let path = match v.cast::<Str>() {
                Some(_) => encode(thread, v)?,
                None => byte_source(thread, v)?.bytes().to_vec(),
            };
            let most = if path.first() == Some(&0) { UNIX_PATH } else { UNIX_PATH - 1 };
            if path.len() > most {
                return Err(thread.error(&OS_ERROR, "AF_UNIX path too long"));
            }
            Ok(Address::Unix(path))
        }
        libc::AF_INET => {
            let &[host, number] = parts(thread, function, "AF_INET", v)? else {
                return Err(thread.type_error("AF_INET address must be a pair (host, port)"));
            };
            let name = host_name(thread, host)?;
            let address = resolve_host(thread, &name, libc::AF_INET)?;
            let port = port(thread, function, number)?;
            Ok(match address {
                Address::V4 { ip, .. } => Address::V4 { ip, port },
                other => other,
            })
        }
        libc::AF_INET6 => {
            let items = parts(thread, function, "AF_INET6", v)?;
            if !(2..=4).contains(&items.len()) {
                return Err(
                    thread.type_error("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")
                );
            }
            let name = host_name(thread, items[0])?;
            let address = resolve_host(thread, &name, libc::AF_INET6)?;
            let port = port(thread, function, items[1])?;
            let number = |i: usize| items.get(i).map_or(Ok(0), |v| protocol::index_i64(thread, *v));
            let (flow, scope) = (number(2)?, number(3)?);
            if !(0..=0xf_ffff).contains(&flow) {
                let message = format!("{function}(): flowinfo must be 0-1048575.");
                return Err(thread.overflow_error(message));
            }
            Ok(match address {
                Address::V6 { ip, scope: own, .. } => {
                    let scope = if items.len() > 3 { scope as u32 } else { own };
                    Address::V6 { ip, port, flow: flow as u32, scope }
                }
                other => other,
            })
        }
        _ => Err(thread.error(&OS_ERROR, format!("{function}(): unsupported address family"))),
    }
}

/// The object for an address.
pub fn object(thread: &Thread, address: &Address) -> PyResult {
    Ok(match address {
        Address::None => Ref::NONE,
        Address::V4 { ip, port } => {
            let text = Str::new(&Ipv4Addr::from(*ip).to_string());
            Tuple::from_refs(vec![text, int::new((*port).into())])
        }
        Address::V6 { ip, port, flow, scope } => {
            let numbers: [i64; 3] = [(*port).into(), (*flow).into(), (*scope).into()];
            let mut items = vec![Str::new(&Ipv6Addr::from(*ip).to_string())];
            items.extend(numbers.iter().map(|n| int::new(*n)));
            Tuple::from_refs(items)
        }
        Address::Unix(path) if path.first() == Some(&0) => Bytes::new(path),
        Address::Unix(path) => decode(thread, path)?,
        Address::Other(family, data) => Tuple::from_refs(vec![int::new((*family).into()), Bytes::new(data)]),
    })
}
