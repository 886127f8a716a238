//! Whether we can prove who we are.
use std::ffi::c_char;

use gamenet_sockets::Library;

use super::authority::fill;
use super::events::GnAuth;
use super::{copy_text, guard_open};
use crate::guard::{borrow_mut, slice, slice_mut, text};

/// Trusts the authority with this root until the library closes.
///
/// # Safety
/// `root` is zero-terminated.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_trust(root: *const c_char) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        library.trust(unsafe { text(root, "root") }?)?;
        Ok(0)
    })
}

/// Writes what an authority needs in order to certify us; returns its length.
///
/// # Safety
/// `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_certificate_request(buffer: *mut u8, size: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let buffer = unsafe { slice_mut(buffer, size, "buffer") }?;
        fill(&library.certificate_request()?, buffer)
    })
}

/// Uses a certificate for all connections to come.
///
/// # Safety
/// `certificate` has `size` bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_set_certificate(certificate: *const u8, size: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        library.set_certificate(unsafe { slice(certificate, size, "certificate") }?)?;
        Ok(0)
    })
}

/// Begins to become able to authenticate and writes the status.
///
/// # Safety
/// `auth` points to a writable `GnAuth`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_init_authentication(auth: *mut GnAuth) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let auth = unsafe { borrow_mut(auth, "auth") }?;
        library.init_authentication();
        write_auth(library, auth);
        Ok(0)
    })
}

/// Writes how ready we are to authenticate.
///
/// # Safety
/// `auth` points to a writable `GnAuth`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_authentication(auth: *mut GnAuth) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        write_auth(library, unsafe { borrow_mut(auth, "auth") }?);
        Ok(0)
    })
}

fn write_auth(library: &Library, auth: &mut GnAuth) {
    let (status, debug) = library.authentication_status();
    auth.status = status;
    copy_text(&debug, &mut auth.debug);
}
