//! Listen sockets, connections and poll groups.
use std::ffi::c_char;

use super::options::{settings, GnSetting};
use super::{guard_open, write_text};
use crate::guard::{borrow_mut, slice, slice_mut, text, Fault};

fn parse_address(address: &str) -> Result<std::net::SocketAddr, Fault> {
    address.parse().map_err(|_| Fault::argument(format!("{address:?} is no address")))
}

/// Listens on `address` (`ip:port`, port 0 for one of the system's choice) and returns the listen socket.
///
/// # Safety
/// `address` is zero-terminated, `options` has `count` settings.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_listen(address: *const c_char, options: *const GnSetting, count: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (address, settings) = unsafe { (text(address, "address")?, settings(options, count)?) };
        Ok(library.listen(parse_address(address)?, &settings)?.into())
    })
}

/// Writes where a listen socket is bound, as `ip:port`.
///
/// # Safety
/// `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_listen_address(listen: u32, buffer: *mut c_char, size: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let buffer = unsafe { slice_mut(buffer, size, "buffer") }?;
        Ok(write_text(&library.listen_address(listen)?.to_string(), buffer))
    })
}

/// Destroys a listen socket and the connections that came in on it; 1 if there was one.
#[no_mangle]
pub extern "C" fn gn_sockets_close_listen_socket(listen: u32) -> i64 {
    guard_open(|library| Ok(library.close_listen_socket(listen).into()))
}

/// Begins to connect to `address` (`ip:port`) and returns the connection.
///
/// # Safety
/// `address` is zero-terminated, `options` has `count` settings.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_connect(address: *const c_char, options: *const GnSetting, count: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (address, settings) = unsafe { (text(address, "address")?, settings(options, count)?) };
        Ok(library.connect(parse_address(address)?, &settings)?.into())
    })
}

/// Accepts a connection that is coming in; an `EResult`.
#[no_mangle]
pub extern "C" fn gn_sockets_accept(connection: u32) -> i64 {
    guard_open(|library| Ok(library.accept(connection).into()))
}

/// Closes a connection; 1 if there was one.
///
/// # Safety
/// `debug` is zero-terminated.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_close_connection(
    connection: u32,
    reason: i32,
    debug: *const c_char,
    linger: bool,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let debug = unsafe { text(debug, "debug") }?;
        Ok(library.close(connection, reason, debug, linger).into())
    })
}

/// Makes two connections to each other, through buffers or through the machine's network. Their identities may be empty.
///
/// # Safety
/// The identities are zero-terminated, `connections` has room for two.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_pair(
    through_network: bool,
    first: *const c_char,
    second: *const c_char,
    connections: *mut u32,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (identities, connections) =
            unsafe { ([text(first, "first")?, text(second, "second")?], slice_mut(connections, 2, "connections")?) };
        let (one, other) = library.socket_pair(through_network, identities)?;
        connections.copy_from_slice(&[one, other]);
        Ok(0)
    })
}

/// Gives a connection a number of the program's own.
#[no_mangle]
pub extern "C" fn gn_sockets_set_user_data(connection: u32, data: i64) -> i64 {
    guard_open(|library| {
        library.set_user_data(connection, data)?;
        Ok(0)
    })
}

/// Writes the number that `gn_sockets_set_user_data` gave, or -1.
///
/// # Safety
/// `data` points to a writable number.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_user_data(connection: u32, data: *mut i64) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        *unsafe { borrow_mut(data, "data") }? = library.user_data(connection)?;
        Ok(0)
    })
}

/// Names a connection for log lines and descriptions.
///
/// # Safety
/// `name` is zero-terminated.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_set_name(connection: u32, name: *const c_char) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        library.set_name(connection, unsafe { text(name, "name") }?)?;
        Ok(0)
    })
}

/// Writes a connection's name.
///
/// # Safety
/// `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_name(connection: u32, buffer: *mut c_char, size: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let buffer = unsafe { slice_mut(buffer, size, "buffer") }?;
        Ok(write_text(&library.name(connection)?, buffer))
    })
}

/// Splits what a connection sends into `count` lanes with a priority and a weight each; an `EResult`.
///
/// # Safety
/// Both arrays have `count` items.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_configure_lanes(
    connection: u32,
    priorities: *const i32,
    weights: *const u16,
    count: usize,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (priorities, weights) =
            unsafe { (slice(priorities, count, "priorities")?, slice(weights, count, "weights")?) };
        Ok(library.configure_lanes(connection, priorities, weights)?.into())
    })
}

// --- Poll groups --------------------------------------------------------------------------------------------------------

/// Makes a poll group and returns it.
#[no_mangle]
pub extern "C" fn gn_sockets_create_poll_group() -> i64 {
    guard_open(|library| Ok(library.create_poll_group()?.into()))
}

/// Destroys a poll group; 1 if there was one.
#[no_mangle]
pub extern "C" fn gn_sockets_destroy_poll_group(group: u32) -> i64 {
    guard_open(|library| Ok(library.destroy_poll_group(group).into()))
}

/// Puts a connection into a poll group, or with group 0 into none; 1 if both exist.
#[no_mangle]
pub extern "C" fn gn_sockets_set_poll_group(connection: u32, group: u32) -> i64 {
    guard_open(|library| Ok(library.set_poll_group(connection, group).into()))
}
