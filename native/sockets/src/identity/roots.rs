//! The library's store of trusted authorities. It has no C function for it, and one store per process.
//!
//! The two functions are C++ ones of `steamnetworkingsockets_certstore.h`, which the static library exports and which take nothing that C does
//! not have. They are there to be used when the library was built with `STEAMNETWORKINGSOCKETS_ALLOW_DYNAMIC_SELFSIGNED_CERTS`
//! (.cargo/config.toml): otherwise it trusts one compiled-in authority, and no other.
use std::ffi::{c_char, CString};

use crate::lock::locked;
use crate::raw::{self, ERROR_TEXT};

extern "C" {
    #[link_name = "_ZN25SteamNetworkingSocketsLib27CertStore_AddCertFromBase64EPKcRA1024_c"]
    fn add_from_base64(text: *const c_char, message: *mut [c_char; ERROR_TEXT]) -> bool;
    #[link_name = "_ZN25SteamNetworkingSocketsLib15CertStore_ResetEv"]
    fn reset();
}

/// Trusts no authority any more.
pub fn forget() {
    // SAFETY: nobody else is in the store: all threads of the library hold its lock when they are.
    locked(|| unsafe { reset() });
}

/// Trusts the authority of a root, or says why the library does not.
pub fn add(root: &str) -> Result<(), String> {
    let text = CString::new(root).map_err(|_| "a root has no zero byte".to_owned())?;
    let mut message: [c_char; ERROR_TEXT] = [0; ERROR_TEXT];
    // SAFETY: the text is zero-terminated, the message has the size that the library expects, and nobody else is in the store.
    if locked(|| unsafe { add_from_base64(text.as_ptr(), &mut message) }) {
        Ok(())
    } else {
        Err(raw::text(&message))
    }
}
