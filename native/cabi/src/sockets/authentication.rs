//! Whether we can prove who we are.
use gamenet_sockets::Library;

use super::events::GnAuth;
use super::{copy_text, guard_open};
use crate::guard::borrow_mut;

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
