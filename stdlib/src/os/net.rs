//! Sockets and names of hosts, services and interfaces.

use super::OsResult;
use super::calls::{checked, system_calls};
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;

system_calls! {
    listen(fd: i32, backlog: i32);
    shutdown(fd: i32, how: i32);
}

/// A socket address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    None,
    V4 {
        ip: [u8; 4],
        port: u16,
    },
    V6 {
        ip: [u8; 16],
        port: u16,
        flow: u32,
        scope: u32,
    },
    /// A path, or behind a zero byte an abstract name; empty for sockets without a name.
    Unix(Vec<u8>),
    Other(i32, Vec<u8>),
}

/// Bytes of a path of a local socket, its end included.
pub const UNIX_PATH: usize = 108;

type Storage = libc::sockaddr_storage;

/// The address in the system's form, with its length.
fn encode(address: &Address) -> (Storage, libc::socklen_t) {
    // SAFETY: consists of integers; each kind of address fits into the storage and is aligned as it is.
    unsafe {
        let mut storage: Storage = std::mem::zeroed();
        let place = &raw mut storage;
        let length = match address {
            Address::None => 0,
            Address::V4 { ip, port } => {
                let a = &mut *place.cast::<libc::sockaddr_in>();
                a.sin_family = libc::AF_INET as u16;
                a.sin_port = port.to_be();
                a.sin_addr.s_addr = u32::from_ne_bytes(*ip);
                size_of::<libc::sockaddr_in>()
            }
            Address::V6 { ip, port, flow, scope } => {
                let a = &mut *place.cast::<libc::sockaddr_in6>();
                a.sin6_family = libc::AF_INET6 as u16;
                a.sin6_port = port.to_be();
                a.sin6_flowinfo = flow.to_be();
                a.sin6_addr.s6_addr = *ip;
                a.sin6_scope_id = *scope;
                size_of::<libc::sockaddr_in6>()
            }
            Address::Unix(path) => {
                let a = &mut *place.cast::<libc::sockaddr_un>();
                a.sun_family = libc::AF_UNIX as u16;
                for (target, byte) in a.sun_path.iter_mut().zip(path) {
                    *target = *byte as libc::c_char;
                }
                let end = usize::from(path.first().is_some_and(|first| *first != 0));
                size_of::<libc::sa_family_t>() + path.len().min(UNIX_PATH) + end
            }
            Address::Other(family, data) => {
                storage.ss_family = *family as u16;
                let data = &data[..data.len().min(size_of::<Storage>() - 2)];
                std::ptr::copy_nonoverlapping(
                    data.as_ptr(),
                    (&raw mut storage).cast::<u8>().add(2),
                    data.len(),
                );
                data.len() + 2
            }
        };
        (storage, length as libc::socklen_t)
    }
}

/// # Safety
/// `storage` holds an address of that length.
unsafe fn decode(storage: *const libc::sockaddr, length: usize) -> Address {
    if length < 2 || storage.is_null() {
        return Address::None;
    }
    // SAFETY: promised by the caller; each form is read only if the length has room for it.
    unsafe {
        match i32::from((*storage).sa_family) {
            libc::AF_INET if length >= size_of::<libc::sockaddr_in>() => {
                let a = storage.cast::<libc::sockaddr_in>().read_unaligned();
                Address::V4 { ip: a.sin_addr.s_addr.to_ne_bytes(), port: u16::from_be(a.sin_port) }
            }
            libc::AF_INET6 if length >= size_of::<libc::sockaddr_in6>() => {
                let a = storage.cast::<libc::sockaddr_in6>().read_unaligned();
                Address::V6 {
                    ip: a.sin6_addr.s6_addr,
                    port: u16::from_be(a.sin6_port),
                    flow: u32::from_be(a.sin6_flowinfo),
                    scope: a.sin6_scope_id,
                }
            }
            family => {
                let data = std::slice::from_raw_parts(storage.cast::<u8>().add(2), length - 2).to_vec();
                if family != libc::AF_UNIX {
                    return Address::Other(family, data);
                }
                match data.first() {
                    Some(0) | None => Address::Unix(data),
                    Some(_) => Address::Unix(data.split(|b| *b == 0).next().unwrap_or_default().to_vec()),
                }
            }
        }
    }
}

/// Calls with room for an address.
fn with_address(
    call: impl FnOnce(*mut libc::sockaddr, *mut libc::socklen_t) -> i64,
) -> OsResult<(i64, Address)> {
    let mut storage = MaybeUninit::<Storage>::zeroed();
    let mut length = size_of::<Storage>() as libc::socklen_t;
    let result = checked(call(storage.as_mut_ptr().cast(), &mut length))?;
    let length = (length as usize).min(size_of::<Storage>());
    // SAFETY: zeroed, or filled in.
    Ok((result, unsafe { decode(storage.as_ptr().cast(), length) }))
}

pub fn socket(family: i32, kind: i32, protocol: i32) -> OsResult<i32> {
    // SAFETY: a plain call.
    checked(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) }.into()).map(|fd| fd as i32)
}

pub fn socket_pair(family: i32, kind: i32, protocol: i32) -> OsResult<[i32; 2]> {
    let mut ends = [0; 2];
    let kind = kind | libc::SOCK_CLOEXEC;
    // SAFETY: room for two descriptors.
    let done = unsafe { libc::socketpair(family, kind, protocol, ends.as_mut_ptr()) };
    checked(done.into()).map(|_| ends)
}

pub fn accept(fd: i32) -> OsResult<(i32, Address)> {
    // SAFETY: the places have the right types.
    with_address(|a, n| unsafe { libc::accept4(fd, a, n, libc::SOCK_CLOEXEC) }.into())
        .map(|(fd, a)| (fd as i32, a))
}

pub fn bind(fd: i32, address: &Address) -> OsResult<i64> {
    let (storage, length) = encode(address);
    // SAFETY: an address of that length.
    checked(unsafe { libc::bind(fd, (&raw const storage).cast(), length) }.into())
}

pub fn connect(fd: i32, address: &Address) -> OsResult<i64> {
    let (storage, length) = encode(address);
    // SAFETY: an address of that length.
    checked(unsafe { libc::connect(fd, (&raw const storage).cast(), length) }.into())
}

pub fn own_address(fd: i32) -> OsResult<Address> {
    // SAFETY: the places have the right types.
    with_address(|a, n| unsafe { libc::getsockname(fd, a, n) }.into()).map(|(_, a)| a)
}

pub fn peer_address(fd: i32) -> OsResult<Address> {
    // SAFETY: the places have the right types.
    with_address(|a, n| unsafe { libc::getpeername(fd, a, n) }.into()).map(|(_, a)| a)
}

pub fn receive(fd: i32, buffer: &mut [u8], flags: i32) -> OsResult<usize> {
    // SAFETY: the buffer is as long as said.
    checked(unsafe { libc::recv(fd, buffer.as_mut_ptr().cast(), buffer.len(), flags) } as i64)
        .map(|n| n as usize)
}

pub fn receive_from(fd: i32, buffer: &mut [u8], flags: i32) -> OsResult<(usize, Address)> {
    // SAFETY: the buffer is as long as said, the places have the right types.
    with_address(|a, n| unsafe {
        // Connected sockets leave the address alone.
        (*a).sa_family = 0;
        let result = libc::recvfrom(fd, buffer.as_mut_ptr().cast(), buffer.len(), flags, a, n);
        if (*a).sa_family == 0 {
            *n = 0;
        }
        result as i64
    })
    .map(|(n, a)| (n as usize, a))
}

pub fn send(fd: i32, data: &[u8], flags: i32) -> OsResult<usize> {
    // SAFETY: the data are as long as said.
    checked(unsafe { libc::send(fd, data.as_ptr().cast(), data.len(), flags) } as i64).map(|n| n as usize)
}

pub fn send_to(fd: i32, data: &[u8], flags: i32, address: &Address) -> OsResult<usize> {
    let (storage, length) = encode(address);
    // SAFETY: the data are as long as said; an address of that length.
    let n = unsafe {
        libc::sendto(fd, data.as_ptr().cast(), data.len(), flags, (&raw const storage).cast(), length)
    };
    checked(n as i64).map(|n| n as usize)
}

pub fn option(fd: i32, level: i32, name: i32, buffer: &mut [u8]) -> OsResult<usize> {
    let mut length = buffer.len() as libc::socklen_t;
    // SAFETY: the buffer is as long as said.
    checked(unsafe { libc::getsockopt(fd, level, name, buffer.as_mut_ptr().cast(), &mut length) }.into())?;
    Ok(length as usize)
}

/// An option that is an integer.
pub fn number_option(fd: i32, level: i32, name: i32) -> OsResult<i32> {
    let mut buffer = [0; 4];
    option(fd, level, name, &mut buffer).map(|_| i32::from_ne_bytes(buffer))
}

pub fn set_option(fd: i32, level: i32, name: i32, value: &[u8]) -> OsResult<i64> {
    let (data, size) = (value.as_ptr().cast(), value.len() as libc::socklen_t);
    // SAFETY: the value is as long as said.
    checked(unsafe { libc::setsockopt(fd, level, name, data, size) }.into())
}

/// As `set_option`, without a value but with a length.
pub fn set_option_length(fd: i32, level: i32, name: i32, length: u32) -> OsResult<i64> {
    // SAFETY: the system refuses an address of NULL.
    checked(unsafe { libc::setsockopt(fd, level, name, std::ptr::null(), length) }.into())
}

/// Waits until a socket is ready; false if the time (in milliseconds, negative: for ever) ran out.
pub fn wait_ready(fd: i32, for_writing: bool, milliseconds: i32) -> OsResult<bool> {
    let events = if for_writing { libc::POLLOUT } else { libc::POLLIN };
    super::poll::poll(&mut [libc::pollfd { fd, events, revents: 0 }], milliseconds).map(|n| n > 0)
}

/// One answer of `resolve`.
pub struct Found {
    pub family: i32,
    pub kind: i32,
    pub protocol: i32,
    pub canonical: Vec<u8>,
    pub address: Address,
}

/// What `getaddrinfo` is asked for.
#[derive(Clone, Copy, Default)]
pub struct Wanted {
    pub family: i32,
    pub kind: i32,
    pub protocol: i32,
    pub flags: i32,
}

/// `getaddrinfo`; the error is one of `EAI_...`.
pub fn resolve(host: Option<&CStr>, service: Option<&CStr>, wanted: Wanted) -> Result<Vec<Found>, i32> {
    let mut found = Vec::new();
    // SAFETY: terminated strings or NULL; the list is walked and freed once.
    unsafe {
        let mut hints: libc::addrinfo = std::mem::zeroed();
        hints.ai_family = wanted.family;
        hints.ai_socktype = wanted.kind;
        hints.ai_protocol = wanted.protocol;
        hints.ai_flags = wanted.flags;
        let pointer = |s: Option<&CStr>| s.map_or(std::ptr::null(), |s| s.as_ptr());
        let mut list = std::ptr::null_mut();
        let error = libc::getaddrinfo(pointer(host), pointer(service), &hints, &mut list);
        if error != 0 {
            return Err(error);
        }
        let mut at = list;
        while let Some(entry) = at.as_ref() {
            let canonical = match entry.ai_canonname.is_null() {
                true => Vec::new(),
                false => CStr::from_ptr(entry.ai_canonname).to_bytes().to_vec(),
            };
            found.push(Found {
                family: entry.ai_family,
                kind: entry.ai_socktype,
                protocol: entry.ai_protocol,
                canonical,
                address: decode(entry.ai_addr, entry.ai_addrlen as usize),
            });
            at = entry.ai_next;
        }
        libc::freeaddrinfo(list);
    }
    Ok(found)
}

/// The text of an `EAI_...` error.
pub fn resolve_error(error: i32) -> Vec<u8> {
    // SAFETY: the system keeps these texts.
    unsafe { CStr::from_ptr(libc::gai_strerror(error)) }.to_bytes().to_vec()
}

/// `getnameinfo`: host and service.
pub fn names(address: &Address, flags: i32) -> Result<[Vec<u8>; 2], i32> {
    let (storage, length) = encode(address);
    let (mut host, mut service) = ([0u8; 1025], [0u8; 32]);
    // SAFETY: an address of that length; the buffers are as long as said.
    let error = unsafe {
        libc::getnameinfo(
            (&raw const storage).cast(),
            length,
            host.as_mut_ptr().cast(),
            host.len() as u32,
            service.as_mut_ptr().cast(),
            service.len() as u32,
            flags,
        )
    };
    let text = |buffer: &[u8]| buffer.split(|b| *b == 0).next().unwrap_or_default().to_vec();
    if error == 0 { Ok([text(&host), text(&service)]) } else { Err(error) }
}

/// The port of a service. The GIL is held, as the system's answer lies in one place.
pub fn service_port(name: &CStr, protocol: Option<&CStr>) -> Option<u16> {
    let protocol = protocol.map_or(std::ptr::null(), |p| p.as_ptr());
    // SAFETY: terminated strings or NULL; the answer is read at once.
    unsafe { libc::getservbyname(name.as_ptr(), protocol).as_ref() }.map(|s| u16::from_be(s.s_port as u16))
}

unsafe extern "C" {
    fn getservbyport(port: i32, protocol: *const libc::c_char) -> *mut libc::servent;
    fn inet_aton(text: *const libc::c_char, address: *mut libc::in_addr) -> i32;
}

/// The service of a port. As `service_port`.
pub fn service_name(port: u16, protocol: Option<&CStr>) -> Option<Vec<u8>> {
    let protocol = protocol.map_or(std::ptr::null(), |p| p.as_ptr());
    // SAFETY: a terminated string or NULL; the answer is read at once.
    unsafe {
        let found = getservbyport(i32::from(port.to_be()), protocol).as_ref()?;
        Some(CStr::from_ptr(found.s_name).to_bytes().to_vec())
    }
}

/// The number of a protocol. As `service_port`.
pub fn protocol_number(name: &CStr) -> Option<i32> {
    // SAFETY: a terminated string; the answer is read at once.
    unsafe { libc::getprotobyname(name.as_ptr()).as_ref() }.map(|p| p.p_proto)
}

/// `inet_aton`
pub fn parse_loosely(text: &CStr) -> Option<[u8; 4]> {
    let mut address = libc::in_addr { s_addr: 0 };
    // SAFETY: a terminated string; the place has the right type.
    (unsafe { inet_aton(text.as_ptr(), &mut address) } != 0).then(|| address.s_addr.to_ne_bytes())
}

pub fn host_name() -> OsResult<Vec<u8>> {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer is longer than said.
    checked(unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) }.into())?;
    Ok(buffer.split(|b| *b == 0).next().unwrap_or_default().to_vec())
}

pub fn set_host_name(name: &[u8]) -> OsResult<i64> {
    // SAFETY: the name is as long as said.
    checked(unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) }.into())
}

/// The number of a network interface.
pub fn interface_number(name: &CStr) -> OsResult<u32> {
    // SAFETY: a terminated string.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(super::last_errno()),
        n => Ok(n),
    }
}

/// The name of a network interface.
pub fn interface_name(number: u32) -> OsResult<Vec<u8>> {
    let mut buffer = [0u8; libc::IF_NAMESIZE];
    // SAFETY: the buffer is as long as such names get.
    if unsafe { libc::if_indextoname(number, buffer.as_mut_ptr().cast()) }.is_null() {
        return Err(super::last_errno());
    }
    Ok(buffer.split(|b| *b == 0).next().unwrap_or_default().to_vec())
}

/// All network interfaces.
pub fn interfaces() -> OsResult<Vec<(u32, CString)>> {
    let mut all = Vec::new();
    // SAFETY: a list that ends with an entry of zeros, walked and freed once.
    unsafe {
        let list = libc::if_nameindex();
        if list.is_null() {
            return Err(super::last_errno());
        }
        let mut at = list;
        while (*at).if_index != 0 && !(*at).if_name.is_null() {
            all.push(((*at).if_index, CStr::from_ptr((*at).if_name).to_owned()));
            at = at.add(1);
        }
        libc::if_freenameindex(list);
    }
    Ok(all)
}
