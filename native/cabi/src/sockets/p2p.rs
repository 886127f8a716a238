//! Connections from peer to peer.
use std::ffi::c_char;

use super::guard_open;
use super::options::{settings, GnSetting};
use crate::guard::text;

/// Listens at a virtual port for who connects to our identity, and returns the listen socket.
///
/// # Safety
/// `options` has `count` settings.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_listen_p2p(virtual_port: i32, options: *const GnSetting, count: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let settings = unsafe { settings(options, count) }?;
        Ok(library.listen_p2p(virtual_port, &settings)?.into())
    })
}

/// Begins to connect to an identity (`steamid:…`) at a virtual port of theirs, and returns the connection.
///
/// # Safety
/// `identity` is zero-terminated, `options` has `count` settings.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_connect_p2p(
    identity: *const c_char,
    virtual_port: i32,
    options: *const GnSetting,
    count: usize,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (identity, settings) = unsafe { (text(identity, "identity")?, settings(options, count)?) };
        Ok(library.connect_p2p(identity, virtual_port, &settings)?.into())
    })
}
