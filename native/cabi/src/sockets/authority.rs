//! An authority of the game's own. It needs no open library.
use std::ffi::c_char;
use std::time::{SystemTime, UNIX_EPOCH};

use gamenet_sockets::authority::{Authority, Order};
use gamenet_sockets::certificate::Invalid;

use super::write_text;
use crate::guard::{
    borrow, borrow_mut, disown, guard, own, slice, slice_mut, text, Fault, GN_E_CERTIFICATE, GN_E_LIMIT,
};

/// An authority: a private key.
pub struct GnAuthority(Authority);

impl From<Invalid> for Fault {
    fn from(Invalid(why): Invalid) -> Self {
        Self::new(GN_E_CERTIFICATE, why)
    }
}

/// # Safety
/// As `borrow_mut` for `out`.
unsafe fn give(authority: Authority, out: *mut *mut GnAuthority) -> Result<i64, Fault> {
    // SAFETY: our caller's promise.
    let out = unsafe { borrow_mut(out, "out") }?; // first: what is made must have a place to go
    *out = own(GnAuthority(authority));
    Ok(0)
}

/// Makes a new authority.
///
/// # Safety
/// `out` points to a writable pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_authority_generate(out: *mut *mut GnAuthority) -> i64 {
    guard(|| {
        let made = Authority::generate()?;
        // SAFETY: our caller's promise.
        unsafe { give(made, out) }
    })
}

/// Makes the authority whose key stands in `pem` (PKCS#8).
///
/// # Safety
/// `pem` has `size` bytes, `out` points to a writable pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_authority_read(pem: *const u8, size: usize, out: *mut *mut GnAuthority) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        unsafe {
            let pem = String::from_utf8_lossy(slice(pem, size, "pem")?);
            give(Authority::from_pem(&pem)?, out)
        }
    })
}

/// Writes the private key as PEM; returns its length.
///
/// # Safety
/// `authority` came from here, `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_authority_write(
    authority: *const GnAuthority,
    buffer: *mut u8,
    size: usize,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (authority, buffer) = unsafe { (borrow(authority, "authority")?, slice_mut(buffer, size, "buffer")?) };
        fill(authority.0.pem()?.as_bytes(), buffer)
    })
}

/// Writes the root that others trust the authority by, as text; returns its length.
///
/// # Safety
/// `authority` came from here, `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_authority_root(
    authority: *const GnAuthority,
    buffer: *mut c_char,
    size: usize,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (authority, buffer) = unsafe { (borrow(authority, "authority")?, slice_mut(buffer, size, "buffer")?) };
        Ok(write_text(&authority.0.root(), buffer))
    })
}

/// The number that certificates name the authority by.
///
/// # Safety
/// `authority` came from here, `id` points to a writable number.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_authority_id(authority: *const GnAuthority, id: *mut u64) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (authority, id) = unsafe { (borrow(authority, "authority")?, borrow_mut(id, "id")?) };
        *id = authority.0.id();
        Ok(0)
    })
}

/// Writes a certificate for who sent `request`, good from now on for `seconds`; returns its length. `identity` is null for whoever the request says.
///
/// # Safety
/// `authority` came from here, `request` has `request_size` bytes, `identity` is null or zero-terminated, `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_authority_issue(
    authority: *const GnAuthority,
    request: *const u8,
    request_size: usize,
    identity: *const c_char,
    seconds: f64,
    buffer: *mut u8,
    size: usize,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (authority, request, identity, buffer) = unsafe {
            let identity = if identity.is_null() { None } else { Some(text(identity, "identity")?) };
            let request = slice(request, request_size, "request")?;
            (borrow(authority, "authority")?, request, identity, slice_mut(buffer, size, "buffer")?)
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        fill(&authority.0.issue(request, &Order { identity, now, seconds })?, buffer)
    })
}

/// Lets go of an authority and wipes its key.
///
/// # Safety
/// `authority` came from here and was not let go before.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_authority_destroy(authority: *mut GnAuthority) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        unsafe { disown(authority) };
        Ok(0)
    })
}

/// All of `from` at the beginning of `to`.
pub(super) fn fill(from: &[u8], to: &mut [u8]) -> Result<i64, Fault> {
    let room = to.len();
    let place = to
        .get_mut(..from.len())
        .ok_or_else(|| Fault::new(GN_E_LIMIT, format!("{} bytes do not fit into {room}", from.len())))?;
    place.copy_from_slice(from);
    Ok(from.len() as i64)
}
