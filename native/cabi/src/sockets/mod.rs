//! `gn_sockets_*`: GameNetworkingSockets, one function of the boundary for each that `gamenet.sockets` needs.
//!
//! The library is one per process and lives here. What a call hands out through pointers (events, received messages) belongs to the calling
//! thread and stays through that thread's next three calls of the same function (`latest`).
use std::ffi::c_char;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use gamenet_sockets::{Error, Library, Opening};

use crate::guard::{
    guard, slice_mut, text, Fault, GN_E_ARGUMENT, GN_E_CERTIFICATE, GN_E_CLOSED, GN_E_HANDLE, GN_E_IDENTITY,
    GN_E_IN_USE, GN_E_OPEN, GN_E_OPTION, GN_E_REFUSED, GN_E_UNAVAILABLE, GN_E_UNPROVEN,
};

pub mod authentication;
pub mod authority;
pub mod connections;
pub mod events;
pub mod fork;
pub mod messages;
pub mod options;
pub mod p2p;
pub mod status;

static LIBRARY: RwLock<Option<Library>> = RwLock::new(None);

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::AlreadyOpen => GN_E_OPEN,
            Error::UnknownHandle { .. } => GN_E_HANDLE,
            Error::AddressInUse(_) => GN_E_IN_USE,
            Error::Unavailable(_) => GN_E_UNAVAILABLE,
            Error::AlreadyConnected { .. } | Error::Refused(_) => GN_E_REFUSED,
            Error::Identity(_) => GN_E_IDENTITY,
            Error::Option(_) => GN_E_OPTION,
            Error::Argument(_) => GN_E_ARGUMENT,
            Error::Certificate(_) => GN_E_CERTIFICATE,
            Error::Unproven(_) => GN_E_UNPROVEN,
        };
        Self::new(code, error.to_string())
    }
}

/// `guard` for what needs the library open.
fn guard_open(work: impl FnOnce(&Library) -> Result<i64, Fault>) -> i64 {
    guard(|| {
        let library = LIBRARY.read().unwrap_or_else(PoisonError::into_inner);
        work(library.as_ref().ok_or_else(|| Fault::new(GN_E_CLOSED, "GameNetworkingSockets is not open"))?)
    })
}

/// Keeps the library that `open` opens; none may be open.
fn keep(open: impl FnOnce() -> Result<Library, Error>) -> Result<i64, Fault> {
    let mut library = LIBRARY.write().unwrap_or_else(PoisonError::into_inner);
    if library.is_some() {
        return Err(Error::AlreadyOpen.into());
    }
    *library = Some(open()?);
    Ok(0)
}

/// `from` in a C array, cut to fit and ended by a zero.
fn copy_text<const N: usize>(from: &str, to: &mut [c_char; N]) {
    to.fill(0);
    for (to, from) in to[..N - 1].iter_mut().zip(from.bytes()) {
        *to = from as c_char;
    }
}

/// `from` in a buffer of the caller, cut to fit and ended by a zero; the length that it has uncut.
fn write_text(from: &str, to: &mut [c_char]) -> i64 {
    if let Some(most) = to.len().checked_sub(1) {
        let length = from.len().min(most);
        for (to, from) in to.iter_mut().zip(from.bytes().take(length)) {
            *to = from as c_char;
        }
        to[length] = 0;
    }
    from.len() as i64
}

// --- Opening and closing -------------------------------------------------------------------------------------------------

/// Opens the library. `identity` may be empty; `now` is the caller's monotonic clock in seconds, which receive times are given on.
///
/// # Safety
/// `identity` is a zero-terminated string.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_open(identity: *const c_char, log_level: i32, now: f64) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let identity = unsafe { text(identity, "identity") }?;
        keep(|| Library::open(&Opening { identity, log_level, now }))
    })
}

/// Opens the Steam network in its place, out of the `libsteam_api` at `path`.
///
/// # Safety
/// `path` is a zero-terminated string.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_open_steam(path: *const c_char, log_level: i32, now: f64) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let path = Path::new(unsafe { text(path, "library") }?);
        keep(|| Library::open_steam(path, &Opening { identity: "", log_level, now }))
    })
}

/// Closes the library and all that it made; 1 if it was open.
#[no_mangle]
pub extern "C" fn gn_sockets_close() -> i64 {
    guard(|| Ok(LIBRARY.write().unwrap_or_else(PoisonError::into_inner).take().is_some().into()))
}

/// Log lines up to this of Valve's levels (0 none … 8 everything) are queued from now on.
#[no_mangle]
pub extern "C" fn gn_sockets_set_log_level(level: i32) -> i64 {
    guard_open(|library| {
        library.set_log_level(level);
        Ok(0)
    })
}

/// Writes our own identity; 0 when we have none.
///
/// # Safety
/// `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_identity(buffer: *mut c_char, size: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let buffer = unsafe { slice_mut(buffer, size, "buffer") }?;
        Ok(library.identity().map_or(0, |identity| write_text(&identity, buffer)))
    })
}
