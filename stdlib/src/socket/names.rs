//! Names of hosts, services, protocols and interfaces; numbers in network order.

use super::address::{self, host_name, resolve_host};
use super::resolve_error;
use crate::io::support::byte_source;
use crate::os::net::{self as calls, Address, Wanted};
use crate::system::{decode, encoded, raise, raised, unlocked};
use runtime::objects::bytes::Bytes;
use runtime::objects::exceptions::OS_ERROR;
use runtime::objects::int::{self, IntRef};
use runtime::objects::list::List;
use runtime::objects::str::{Str, display};
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Raised, Ref, Thread, Value, gil, protocol};
use std::ffi::CString;
use std::net::{Ipv4Addr, Ipv6Addr};

fn os_error(thread: &Thread, message: &str) -> Raised {
    thread.error(&OS_ERROR, message)
}

pub fn close(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = protocol::c_int(thread, fd)?;
    match unlocked(thread, || crate::os::close(fd))? {
        Ok(()) | Err(libc::ECONNRESET) => Ok(Ref::NONE),
        Err(errno) => Err(raise(thread, errno)),
    }
}

pub fn dup(thread: &Thread, _: Value, fd: Value) -> PyResult {
    let fd = protocol::c_int(thread, fd)?;
    Ok(int::new(raised(thread, crate::os::descriptors::duplicate(fd, false))?.into()))
}

/// Descriptors of two connected sockets, made into objects.
pub fn socketpair(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let number = |v: Value, default: i32| if v.is_null() { Ok(default) } else { protocol::c_int(thread, v) };
    let (family, kind) = (number(a[0], libc::AF_UNIX)?, number(a[1], libc::SOCK_STREAM)?);
    let protocol = number(a[2], 0)?;
    let ends = raised(thread, calls::socket_pair(family, kind, protocol))?;
    let class = Value::of(&super::stream::SOCKET);
    let mut made = Vec::with_capacity(2);
    for fd in ends {
        let arguments = [family, kind, protocol, fd].map(|n| Value::small_int(n.into()));
        made.push(thread.call(class, &arguments)?);
    }
    Ok(Tuple::from_refs(made))
}

pub fn gethostname(thread: &Thread, _: Value) -> PyResult {
    decode(thread, &raised(thread, calls::host_name())?)
}

pub fn sethostname(thread: &Thread, _: Value, name: Value) -> PyResult {
    let name = encoded(thread, name)?;
    raised(thread, calls::set_host_name(name.to_bytes()))?;
    Ok(Ref::NONE)
}

fn given(v: Value) -> Option<Value> {
    (!v.is_null() && !v.is_none()).then_some(v)
}

pub fn getaddrinfo(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let host = match given(a[0]) {
        None => None,
        Some(v) if v.cast::<Str>().is_some() || v.cast::<Bytes>().is_some() => Some(host_name(thread, v)?),
        Some(_) => return Err(thread.type_error("getaddrinfo() argument 1 must be string or None")),
    };
    let service = match given(a[1]) {
        None => None,
        Some(v) if int::is_int(v) => {
            let number = protocol::index_i64(thread, v)?;
            CString::new(number.to_string()).ok()
        }
        Some(v) if v.cast::<Str>().is_some() || v.cast::<Bytes>().is_some() => Some(encoded(thread, v)?),
        Some(_) => return Err(os_error(thread, "Int or String expected")),
    };
    let number = |v: Value| if v.is_null() { Ok(0) } else { protocol::c_int(thread, v) };
    let wanted =
        Wanted { family: number(a[2])?, kind: number(a[3])?, protocol: number(a[4])?, flags: number(a[5])? };
    let found = gil::without_gil(thread, || calls::resolve(host.as_deref(), service.as_deref(), wanted));
    let found = found.map_err(|error| resolve_error(thread, error, libc::EIO))?;
    let mut entries = Vec::with_capacity(found.len());
    for f in &found {
        entries.push(Tuple::from_refs(vec![
            int::new(f.family.into()),
            int::new(f.kind.into()),
            int::new(f.protocol.into()),
            decode(thread, &f.canonical)?,
            address::object(thread, &f.address)?,
        ]));
    }
    Ok(List::from_refs(entries))
}

pub fn getnameinfo(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let Some(items) = a[0].cast::<Tuple>().map(|t| t.items()) else {
        return Err(thread.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let flags = protocol::c_int(thread, a[1])?;
    if !(2..=4).contains(&items.len()) {
        return Err(thread.type_error("getnameinfo(): illegal sockaddr argument"));
    }
    let host = host_name(thread, items[0])?;
    let port = protocol::c_int(thread, items[1])?;
    let number = |i: usize| items.get(i).map_or(Ok(0), |v| protocol::index_i64(thread, *v));
    let (flow, scope) = (number(2)?, number(3)?);
    if !(0..=0xf_ffff).contains(&flow) {
        return Err(thread.overflow_error("getnameinfo(): flowinfo must be 0-1048575."));
    }
    let wanted = Wanted { kind: libc::SOCK_DGRAM, ..Wanted::default() };
    let service = CString::new(port.to_string()).unwrap_or_default();
    let found = gil::without_gil(thread, || calls::resolve(Some(&host), Some(&service), wanted));
    let mut found = found.map_err(|error| resolve_error(thread, error, libc::EIO))?;
    if found.len() > 1 {
        return Err(os_error(thread, "sockaddr resolved to multiple addresses"));
    }
    let mut target = found.pop().map_or(Address::None, |f| f.address);
    match &mut target {
        Address::V4 { .. } if items.len() != 2 => {
            return Err(os_error(thread, "IPv4 sockaddr must be 2 tuple"));
        }
        Address::V6 { flow: f, scope: s, .. } => (*f, *s) = (flow as u32, scope as u32),
        _ => {}
    }
    let names = gil::without_gil(thread, || calls::names(&target, flags));
    let [host, service] = names.map_err(|error| resolve_error(thread, error, libc::EIO))?;
    Ok(Tuple::from_refs(vec![decode(thread, &host)?, decode(thread, &service)?]))
}

pub fn gethostbyname(thread: &Thread, _: Value, name: Value) -> PyResult {
    let name = host_name(thread, name)?;
    match resolve_host(thread, &name, libc::AF_INET)? {
        Address::V4 { ip, .. } => Ok(Str::new(&Ipv4Addr::from(ip).to_string())),
        _ => Err(os_error(thread, "unsupported address family")),
    }
}

/// An argument that is a str, as a terminated string.
fn text_argument(thread: &Thread, function: &str, place: usize, v: Value) -> PyResult<CString> {
    if v.cast::<Str>().is_none() {
        let message = format!("{function}() argument {place} must be str, not {}", v.ty().name());
        return Err(thread.type_error(message));
    }
    encoded(thread, v)
}

pub fn getservbyname(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let name = text_argument(thread, "getservbyname", 1, a[0])?;
    let protocol = given(a[1]).map(|v| text_argument(thread, "getservbyname", 2, v)).transpose()?;
    match calls::service_port(&name, protocol.as_deref()) {
        Some(port) => Ok(int::new(port.into())),
        None => Err(os_error(thread, "service/proto not found")),
    }
}

pub fn getservbyport(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let port = protocol::c_int(thread, a[0])?;
    let protocol = given(a[1]).map(|v| text_argument(thread, "getservbyport", 2, v)).transpose()?;
    let Ok(port) = u16::try_from(port) else {
        return Err(thread.overflow_error("getservbyport: port must be 0-65535."));
    };
    match calls::service_name(port, protocol.as_deref()) {
        Some(name) => decode(thread, &name),
        None => Err(os_error(thread, "port/proto not found")),
    }
}

pub fn getprotobyname(thread: &Thread, _: Value, name: Value) -> PyResult {
    let name = text_argument(thread, "getprotobyname", 1, name)?;
    match calls::protocol_number(&name) {
        Some(number) => Ok(int::new(number.into())),
        None => Err(os_error(thread, "protocol not found")),
    }
}

fn unsigned(thread: &Thread, v: Value, bits: u32) -> PyResult<u64> {
    let number = protocol::index(thread, v)?;
    match int::get(*number) {
        Some(IntRef::Small(i)) if i < 0 => Err(thread.value_error("Cannot convert negative int")),
        Some(IntRef::Small(i)) if (i as u64) >> bits == 0 => Ok(i as u64),
        _ => Err(thread.overflow_error(format!("Python int too large for C uint{bits}_t"))),
    }
}

pub fn htons(thread: &Thread, _: Value, v: Value) -> PyResult {
    Ok(int::new((unsigned(thread, v, 16)? as u16).to_be().into()))
}

pub fn htonl(thread: &Thread, _: Value, v: Value) -> PyResult {
    Ok(int::new((unsigned(thread, v, 32)? as u32).to_be().into()))
}

pub fn inet_aton(thread: &Thread, _: Value, text: Value) -> PyResult {
    let text = text_argument(thread, "inet_aton", 1, text)?;
    match calls::parse_loosely(&text) {
        Some(ip) => Ok(Bytes::new(&ip)),
        None => Err(os_error(thread, "illegal IP address string passed to inet_aton")),
    }
}

pub fn inet_ntoa(thread: &Thread, _: Value, packed: Value) -> PyResult {
    let packed = byte_source(thread, packed)?;
    match <[u8; 4]>::try_from(packed.bytes()) {
        Ok(ip) => Ok(Str::new(&Ipv4Addr::from(ip).to_string())),
        Err(_) => Err(os_error(thread, "packed IP wrong length for inet_ntoa")),
    }
}

pub fn inet_pton(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let family = protocol::c_int(thread, a[0])?;
    text_argument(thread, "inet_pton", 2, a[1])?;
    let text = display(a[1]);
    let packed = match family {
        libc::AF_INET => text.parse::<Ipv4Addr>().ok().map(|ip| Bytes::new(&ip.octets())),
        libc::AF_INET6 => text.parse::<Ipv6Addr>().ok().map(|ip| Bytes::new(&ip.octets())),
        _ => return Err(raise(thread, libc::EAFNOSUPPORT)),
    };
    packed.ok_or_else(|| os_error(thread, "illegal IP address string passed to inet_pton"))
}

pub fn inet_ntop(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let family = protocol::c_int(thread, a[0])?;
    let packed = byte_source(thread, a[1])?;
    let text = match family {
        libc::AF_INET => <[u8; 4]>::try_from(packed.bytes()).ok().map(|ip| Ipv4Addr::from(ip).to_string()),
        libc::AF_INET6 => <[u8; 16]>::try_from(packed.bytes()).ok().map(|ip| Ipv6Addr::from(ip).to_string()),
        _ => return Err(thread.value_error(format!("unknown address family {family}"))),
    };
    match text {
        Some(text) => Ok(Str::new(&text)),
        None => Err(thread.value_error("invalid length of packed IP address string")),
    }
}

pub fn if_nameindex(thread: &Thread, _: Value) -> PyResult {
    let mut entries = Vec::new();
    for (number, name) in raised(thread, calls::interfaces())? {
        let name = decode(thread, name.to_bytes())?;
        entries.push(Tuple::from_refs(vec![int::new(number.into()), name]));
    }
    Ok(List::from_refs(entries))
}

pub fn if_nametoindex(thread: &Thread, _: Value, name: Value) -> PyResult {
    let name = encoded(thread, name)?;
    Ok(int::new(raised(thread, calls::interface_number(&name))?.into()))
}

pub fn if_indextoname(thread: &Thread, _: Value, number: Value) -> PyResult {
    let number = unsigned(thread, number, 32)? as u32;
    decode(thread, &raised(thread, calls::interface_name(number))?)
}
