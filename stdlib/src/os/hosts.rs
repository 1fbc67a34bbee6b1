//! What the system's table of hosts says of one, by name or by address.

use super::net::Address;
use std::ffi::{CStr, c_char, c_int, c_void};

/// A host: its names and addresses.
pub struct Host {
    pub name: Vec<u8>,
    pub aliases: Vec<Vec<u8>>,
    pub addresses: Vec<Address>,
}

unsafe extern "C" {
    fn gethostbyname_r(
        name: *const c_char,
        entry: *mut libc::hostent,
        buffer: *mut c_char,
        length: usize,
        found: *mut *mut libc::hostent,
        error: *mut c_int,
    ) -> c_int;
    fn gethostbyaddr_r(
        address: *const c_void,
        address_length: u32,
        family: c_int,
        entry: *mut libc::hostent,
        buffer: *mut c_char,
        length: usize,
        found: *mut *mut libc::hostent,
        error: *mut c_int,
    ) -> c_int;
    fn hstrerror(error: c_int) -> *const c_char;
}

/// The text of an error that the functions here give.
pub fn error_text(error: i32) -> Vec<u8> {
    // SAFETY: the system keeps these texts.
    unsafe { CStr::from_ptr(hstrerror(error)) }.to_bytes().to_vec()
}

/// `gethostbyname`
pub fn by_name(name: &CStr) -> Result<Host, i32> {
    // SAFETY: a terminated string.
    ask(|entry, buffer, length, found, error| unsafe {
        gethostbyname_r(name.as_ptr(), entry, buffer, length, found, error)
    })
}

/// `gethostbyaddr`
pub fn by_address(address: &Address) -> Result<Host, i32> {
    let (bytes, family): (&[u8], c_int) = match address {
        Address::V4 { ip, .. } => (ip, libc::AF_INET),
        Address::V6 { ip, .. } => (ip, libc::AF_INET6),
        _ => (&[], libc::AF_UNSPEC),
    };
    // SAFETY: an address of that length.
    ask(|entry, buffer, length, found, error| unsafe {
        let address = bytes.as_ptr().cast();
        gethostbyaddr_r(address, bytes.len() as u32, family, entry, buffer, length, found, error)
    })
}

type Entry = *mut libc::hostent;

/// Asks with more room as long as there is too little.
fn ask(call: impl Fn(Entry, *mut c_char, usize, *mut Entry, *mut c_int) -> c_int) -> Result<Host, i32> {
    const MOST: usize = 1 << 20;
    let mut buffer = vec![0u8; 8192];
    loop {
        let mut entry = std::mem::MaybeUninit::<libc::hostent>::zeroed();
        let (mut found, mut error) = (std::ptr::null_mut(), 0);
        let pointer = buffer.as_mut_ptr().cast();
        let result = call(entry.as_mut_ptr(), pointer, buffer.len(), &mut found, &mut error);
        if result == libc::ERANGE && buffer.len() < MOST {
            buffer = vec![0; buffer.len() * 4];
            continue;
        }
        // SAFETY: NULL, or the entry, which the call has filled in and whose lists lie in the buffer.
        return unsafe { found.as_ref().map(|entry| read(entry)) }.ok_or(error);
    }
}

/// # Safety
/// The entry's name and lists are valid.
unsafe fn read(entry: &libc::hostent) -> Host {
    let is_v6 = entry.h_addrtype == libc::AF_INET6;
    // SAFETY: promised by the caller: the lists end with NULL, and addresses are as long as their family's.
    unsafe {
        let text = |p: *mut c_char| CStr::from_ptr(p).to_bytes().to_vec();
        let address = |p: *mut c_char| match is_v6 {
            true => Address::V6 { ip: p.cast::<[u8; 16]>().read(), port: 0, flow: 0, scope: 0 },
            false => Address::V4 { ip: p.cast::<[u8; 4]>().read(), port: 0 },
        };
        Host {
            name: text(entry.h_name),
            aliases: list(entry.h_aliases).into_iter().map(text).collect(),
            addresses: list(entry.h_addr_list).into_iter().map(address).collect(),
        }
    }
}

/// # Safety
/// NULL, or pointers up to a NULL one.
unsafe fn list(mut at: *mut *mut c_char) -> Vec<*mut c_char> {
    let mut all = Vec::new();
    // SAFETY: promised by the caller.
    unsafe {
        while !at.is_null() && !(*at).is_null() {
            all.push(*at);
            at = at.add(1);
        }
    }
    all
}
