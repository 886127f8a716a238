//! Addresses and identities, between Rust's types and the library's.
use std::ffi::{c_char, CString};
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::raw::{self, Identities};
use crate::Error;

/// `address` as the library takes it: IPv4 is carried inside IPv6.
pub fn to_raw(address: SocketAddr) -> raw::IpAddr {
    let ip = match address.ip() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    let mut out = MaybeUninit::<raw::IpAddr>::zeroed();
    // SAFETY: an address is 16 bytes and a port in two, without padding (pack(1)); all bytes zero is a valid one, and both fields are written in bounds.
    unsafe {
        out.as_mut_ptr().cast::<[u8; 16]>().write(ip.octets());
        (&raw mut (*out.as_mut_ptr()).m_port).write_unaligned(address.port());
        out.assume_init()
    }
}

/// None when the library does not know the address: all zeros and no port.
pub fn from_raw(address: &raw::IpAddr) -> Option<SocketAddr> {
    // SAFETY: the first 16 bytes of an address are plain bytes.
    let octets = unsafe { (&raw const *address).cast::<[u8; 16]>().read() };
    let ip = Ipv6Addr::from(octets);
    let port = address.m_port;
    if ip.is_unspecified() && port == 0 {
        return None;
    }
    Some(SocketAddr::new(ip.to_canonical(), port))
}

/// The identity that `text` writes, as in `str:alice` or `steamid:7656…`.
pub fn parse_identity(text: &str) -> Result<raw::Identity, Error> {
    let wrong = || {
        Error::Identity(format!("{text:?} is no identity: write it as in 'str:alice' (at most 31 bytes), 'ip:192.0.2.1' or 'steamid:76561197960287930'"))
    };
    let c_text = CString::new(text).map_err(|_| wrong())?;
    let mut identity = MaybeUninit::<raw::Identity>::zeroed();
    // SAFETY: the pointer is to memory of the size that is passed, and the text is zero-terminated.
    let parsed =
        unsafe { (Identities::linked().parse)(identity.as_mut_ptr(), size_of::<raw::Identity>(), c_text.as_ptr()) };
    if !parsed {
        return Err(wrong());
    }
    // What the library cannot read it keeps as an identity of unknown type, for versions to come; and a text of no letters names nobody.
    // SAFETY: the type is read as the integer that it is, from memory that was zeroed and then filled.
    let kind = unsafe { raw::int_at(&raw const (*identity.as_ptr()).m_eType) };
    if [raw::identity::INVALID, raw::identity::UNKNOWN].contains(&kind) || text.ends_with(':') {
        return Err(wrong());
    }
    // SAFETY: zeroed, then filled by the library with a type that it (and so bindgen) knows.
    Ok(unsafe { identity.assume_init() })
}

/// How the library writes `identity`; "invalid" when there is none.
///
/// # Safety
/// `identity` points to an initialised identity.
pub unsafe fn identity_text(identity: *const raw::Identity) -> String {
    let mut buffer: [c_char; 256] = [0; 256];
    // SAFETY: the identity is our caller's promise; the buffer's own size is passed.
    unsafe { (Identities::linked().to_string)(identity, buffer.as_mut_ptr(), buffer.len()) };
    raw::text(&buffer)
}

/// `text` as the library writes the identity that it reads in it. Needs no open library.
pub fn canonical_identity(text: &str) -> Result<String, Error> {
    let identity = parse_identity(text)?;
    // SAFETY: it was parsed just now.
    Ok(unsafe { identity_text(&identity) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_the_library_form() {
        for text in ["127.0.0.1:80", "[::]:27015", "[2001:db8::1]:1", "0.0.0.0:65535"] {
            let address: SocketAddr = text.parse().unwrap();
            assert_eq!(from_raw(&to_raw(address)), Some(address));
        }
    }

    #[test]
    fn the_unknown_address_is_none() {
        assert_eq!(from_raw(&to_raw("[::]:0".parse().unwrap())), None);
    }

    #[test]
    fn an_identity_is_written_as_it_was_read() {
        let identity = parse_identity("str:alice").unwrap();
        // SAFETY: it was parsed just now.
        assert_eq!(unsafe { identity_text(&identity) }, "str:alice");
    }

    #[test]
    fn what_is_no_identity_is_told_with_examples() {
        for text in ["", "str:", "str:an identity that is much longer than 31 bytes", "nonsense", "str:a\0b"] {
            let said = parse_identity(text).map(|_| ()).unwrap_err().to_string();
            assert!(said.contains("str:alice"), "{said}");
        }
    }
}
