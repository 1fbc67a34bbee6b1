//! `gethostbyname_ex` and `gethostbyaddr`: all names and addresses of a host.

use super::address::{self, host_name, resolve_host};
use super::host_error;
use crate::os::hosts::{self, Host};
use crate::os::net::Address;
use crate::system::decode;
use runtime::objects::list::List;
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Ref, Thread, Value, gil};

pub fn gethostbyname_ex(thread: &Thread, _: Value, name: Value) -> PyResult {
    let name = host_name(thread, name)?;
    resolve_host(thread, &name, libc::AF_INET)?;
    let found = gil::without_gil(thread, || hosts::by_name(&name));
    answer(thread, found)
}

pub fn gethostbyaddr(thread: &Thread, _: Value, name: Value) -> PyResult {
    let name = host_name(thread, name)?;
    let address = resolve_host(thread, &name, libc::AF_UNSPEC)?;
    let found = gil::without_gil(thread, || hosts::by_address(&address));
    answer(thread, found)
}

/// The tuple of name, aliases and addresses.
fn answer(thread: &Thread, found: Result<Host, i32>) -> PyResult {
    let host = found.map_err(|error| host_error(thread, error))?;
    let aliases: PyResult<Vec<Ref>> = host.aliases.iter().map(|alias| decode(thread, alias)).collect();
    let addresses: PyResult<Vec<Ref>> = host.addresses.iter().map(|a| text(thread, a)).collect();
    let name = decode(thread, &host.name)?;
    Ok(Tuple::from_refs(vec![name, List::from_refs(aliases?), List::from_refs(addresses?)]))
}

/// The address without a port.
fn text(thread: &Thread, address: &Address) -> PyResult {
    let object = address::object(thread, address)?;
    let first = object.cast::<Tuple>().and_then(|tuple| tuple.items().first().copied());
    Ok(first.map_or(Ref::NONE, |v| v.to_ref()))
}
