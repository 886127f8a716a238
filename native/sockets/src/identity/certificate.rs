//! Certificates as GameNetworkingSockets has them: what stands in one, and whether one is good.
//!
//! A certificate ties a public key (Ed25519) to an identity until a moment, and an authority's signature makes others believe it. An authority's
//! root is a certificate without identity that it signed itself. The messages are Valve's protobuf (`steamnetworkingsockets_messages_certs.proto`
//! of GameNetworkingSockets, where the fields that are left out here are explained); the rules are those of its `CertStore_CheckCert`, applied
//! before the library sees the bytes, because it takes a certificate that no trusted authority signed with a mere warning.
use std::fmt;

use base64ct::{Base64, Encoding};
use ed25519_dalek::{Signature, VerifyingKey};
use prost::Message;
use sha2::{Digest, Sha256};

use crate::address::canonical_identity;

/// Longer than any certificate, request or root that is one: they travel in one packet.
const MOST_BYTES: usize = 1024;
/// Seconds within which the library has done what we ask of it: it looks at its clock after us, and takes an expiry in between for a bug.
const MOMENT: u64 = 1;
/// The most seconds that a certificate is good for: if more are left, the library counts them as fewer than none.
pub const LONGEST: u64 = i32::MAX as u64;
/// `CMsgSteamDatagramCertificate.ED25519`.
pub const ED25519: i32 = 1;
/// The one application that the open library knows.
pub const APP: u32 = 0;

/// `CMsgSteamDatagramCertificate`, what is signed.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Body {
    #[prost(int32, optional, tag = "1")]
    pub key_type: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub key: Option<Vec<u8>>,
    #[prost(fixed32, optional, tag = "8")]
    pub created: Option<u32>,
    #[prost(fixed32, optional, tag = "9")]
    pub expiry: Option<u32>,
    #[prost(uint32, repeated, packed = "false", tag = "10")]
    pub apps: Vec<u32>,
    #[prost(string, optional, tag = "12")]
    pub identity: Option<String>,
}

/// `CMsgSteamDatagramCertificateSigned`: the body exactly as it was signed, by whom, and the signature.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Signed {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub private_key: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub body: Option<Vec<u8>>,
    #[prost(fixed64, optional, tag = "5")]
    pub authority: Option<u64>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub signature: Option<Vec<u8>>,
}

/// `CMsgSteamDatagramCertificateRequest`: who would like to be certified with which key.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Request {
    #[prost(message, optional, tag = "1")]
    pub body: Option<Body>,
}

/// Why bytes or a text are not what they should be, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

pub(crate) fn invalid<T>(why: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid(why.into()))
}

/// The number that a public key goes by: the first eight bytes of its SHA-256.
pub fn key_id(key: &[u8; 32]) -> u64 {
    let digest: [u8; 32] = Sha256::digest(key).into();
    u64::from_le_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]])
}

/// An authority that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    pub id: u64,
    key: VerifyingKey,
    expiry: u32,
}

impl Root {
    /// The root that `text` writes in base64; blanks and line ends in it do not matter. `now` in seconds since 1970.
    pub fn read(text: &str, now: u64) -> Result<Self, Invalid> {
        let text = compact(text);
        if text.is_empty() || text.len() > MOST_BYTES * 4 / 3 {
            return invalid("this is no root: it must be the text that Authority.root gave");
        }
        let Ok(bytes) = Base64::decode_vec(&text) else {
            return invalid("this is no root: it is not base64, or a part of it is missing");
        };
        let signed = Signed::read(&bytes, "root")?;
        let body = signed.body()?;
        if body.identity.is_some() {
            return invalid("this is the certificate of a peer, not the root of an authority");
        }
        let root =
            Self { id: key_id(&body.public_key()?), key: verifying(&body.public_key()?)?, expiry: body.expiry() };
        if signed.authority != root.id {
            return invalid("this is no root: it is not signed by its own key");
        }
        if !body.apps.is_empty() {
            return invalid("this root is for one application alone, which the open library cannot check");
        }
        root.verify(&signed)?;
        if root.expired(now) {
            return invalid(format!("this root expired {} s ago", now - u64::from(root.expiry)));
        }
        Ok(root)
    }

    const fn expired(&self, now: u64) -> bool {
        self.expiry as u64 <= now
    }

    fn verify(&self, signed: &SignedParts) -> Result<(), Invalid> {
        match self.key.verify_strict(&signed.body, &signed.signature) {
            Ok(()) => Ok(()),
            Err(_) => invalid("its signature is not the authority's: it was changed after it was issued, or forged"),
        }
    }
}

/// Whether the library, a moment after `now`, still finds a certificate of ours good that ends at `expiry` (both in seconds since 1970).
pub const fn lasts(expiry: u32, now: u64) -> bool {
    expiry as u64 > now + MOMENT
}

/// `text` without blanks and line ends.
pub fn compact(text: &str) -> String {
    text.split_ascii_whitespace().collect()
}

/// A certificate that was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub identity: String,
    pub key: [u8; 32],
    /// Seconds since 1970 at which it is not good any more.
    pub expiry: u32,
}

impl Certificate {
    /// The certificate in `bytes`, when one of `roots` vouches for it at `now` (seconds since 1970).
    pub fn read(bytes: &[u8], roots: &[Root], now: u64) -> Result<Self, Invalid> {
        let signed = Signed::read(bytes, "certificate")?;
        let Some(root) = roots.iter().find(|root| root.id == signed.authority) else {
            return invalid(format!(
                "it was signed by authority {:016x}, which is not trusted here ({})",
                signed.authority,
                trusted(roots)
            ));
        };
        root.verify(&signed)?;
        if root.expired(now) {
            return invalid(format!("the root of authority {:016x} has expired", root.id));
        }
        let body = signed.body()?;
        let expiry = body.expiry();
        if u64::from(expiry) <= now {
            return invalid(format!("it expired {} s ago", now - u64::from(expiry)));
        }
        if !body.apps.contains(&APP) {
            return invalid("it is for another application: the open library is application 0");
        }
        Ok(Self { identity: body.who()?.unwrap_or_default(), key: body.public_key()?, expiry })
    }

    /// That the library, a moment after `now`, still finds it good.
    pub fn serves(&self, now: u64) -> Result<(), Invalid> {
        match u64::from(self.expiry) {
            expiry if expiry > now + LONGEST => invalid(
                "it is for more than 68 years, which the library takes for expired: let it be issued for fewer days",
            ),
            _ if !lasts(self.expiry, now) => invalid("it expires within a second"),
            _ => Ok(()),
        }
    }

    /// That it is for us: our key, and our identity where we have one already.
    pub fn is_for(&self, key: &[u8; 32], identity: Option<&str>) -> Result<(), Invalid> {
        if self.identity.is_empty() {
            return invalid("it names nobody: the authority must issue it for an identity");
        }
        match identity {
            Some(ours) if ours != self.identity => {
                invalid(format!("it is for {}, and this process is {ours}", self.identity))
            }
            _ if self.key != *key => invalid(
                "it is for another key: a certificate answers the request of one process and serves no other one",
            ),
            _ => Ok(()),
        }
    }
}

fn trusted(roots: &[Root]) -> String {
    let ids: Vec<String> = roots.iter().map(|root| format!("{:016x}", root.id)).collect();
    if ids.is_empty() {
        "none is".to_owned()
    } else {
        format!("trusted: {}", ids.join(", "))
    }
}

/// A signed message with all that it needs.
struct SignedParts {
    body: Vec<u8>,
    authority: u64,
    signature: Signature,
}

impl Signed {
    fn read(bytes: &[u8], what: &str) -> Result<SignedParts, Invalid> {
        if bytes.is_empty() || bytes.len() > MOST_BYTES {
            return invalid(format!("a {what} has 1 to {MOST_BYTES} bytes, not {}", bytes.len()));
        }
        let Ok(signed) = Self::decode(bytes) else {
            return invalid(format!("these bytes are no {what}: a part of them is missing or was changed"));
        };
        if signed.private_key.is_some() && signed.body.is_none() {
            return invalid(format!("this is a request, not a {what}: an authority makes a certificate of it"));
        }
        if signed.private_key.is_some() {
            return invalid(format!("this {what} carries a private key, which nobody but its owner may know"));
        }
        let (Some(body), Some(authority), Some(signature)) = (signed.body, signed.authority, signed.signature) else {
            return invalid(format!("these bytes are no {what}: they are not signed"));
        };
        match Signature::from_slice(&signature) {
            Ok(signature) => Ok(SignedParts { body, authority, signature }),
            Err(_) => invalid(format!("these bytes are no {what}: its signature has {} bytes", signature.len())),
        }
    }
}

impl SignedParts {
    fn body(&self) -> Result<Body, Invalid> {
        Body::decode(self.body.as_slice())
            .or_else(|_| invalid("what was signed is no certificate: a part of it is missing or was changed"))
    }
}

impl Body {
    pub fn public_key(&self) -> Result<[u8; 32], Invalid> {
        if self.key_type != Some(ED25519) {
            return invalid("its key is of another kind than Ed25519");
        }
        let key = self.key.as_deref().unwrap_or_default();
        let Ok(key) = key.try_into() else {
            return invalid(format!("its key has {} bytes, not 32", key.len()));
        };
        verifying(&key).map(|_| key)
    }

    /// The identity in the library's own spelling; None when there is none.
    pub fn who(&self) -> Result<Option<String>, Invalid> {
        self.identity
            .as_deref()
            .map(|text| canonical_identity(text).map_err(|error| Invalid(error.to_string())))
            .transpose()
    }
}

impl Request {
    pub fn read(bytes: &[u8]) -> Result<Body, Invalid> {
        if bytes.is_empty() || bytes.len() > MOST_BYTES {
            return invalid(format!("a request has 1 to {MOST_BYTES} bytes, not {}", bytes.len()));
        }
        match Self::decode(bytes) {
            Ok(Self { body: Some(body) }) => Ok(body),
            Ok(_) => invalid("these bytes are no request: they must be what certificate_request() gave"),
            Err(_) => invalid("these bytes are no request: a part of them is missing or was changed"),
        }
    }
}

/// `key` for checking signatures with.
fn verifying(key: &[u8; 32]) -> Result<VerifyingKey, Invalid> {
    match VerifyingKey::from_bytes(key) {
        Ok(key) if !key.is_weak() => Ok(key),
        _ => invalid("its key is no key of Ed25519"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Authority, Order};

    const NOW: u64 = 1_800_000_000;
    const KEY: [u8; 32] = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1,
        0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
    ]; // the public key of RFC 8032's first example

    fn request() -> Vec<u8> {
        let body = Body { key_type: Some(ED25519), key: Some(KEY.to_vec()), ..Body::default() };
        Request { body: Some(body) }.encode_to_vec()
    }

    fn issued(authority: &Authority, seconds: f64) -> Vec<u8> {
        authority.issue(&request(), &Order { identity: Some("str:alice"), now: NOW, seconds }).unwrap()
    }

    fn why(bytes: &[u8], roots: &[Root], now: u64) -> String {
        Certificate::read(bytes, roots, now).unwrap_err().0
    }

    #[test]
    fn a_certificate_is_good_until_the_second_of_its_expiry() {
        let authority = Authority::from_seed([1; 32]);
        let roots = [Root::read(&authority.root(), NOW).unwrap()];
        let bytes = issued(&authority, 60.0);
        let good = Certificate::read(&bytes, &roots, NOW + 59).unwrap();
        assert_eq!(good, Certificate { identity: "str:alice".into(), key: KEY, expiry: (NOW + 60) as u32 });
        assert_eq!(why(&bytes, &roots, NOW + 60), "it expired 0 s ago");
        assert_eq!(why(&bytes, &roots, NOW + 100), "it expired 40 s ago");
    }

    #[test]
    fn what_the_library_would_take_for_expired_does_not_serve() {
        let ends = |expiry| Certificate { identity: "str:alice".into(), key: KEY, expiry };
        let why = |certificate: Certificate, now| certificate.serves(now).unwrap_err().0;
        assert!(ends(NOW as u32).serves(NOW - 2).is_ok());
        for now in [NOW - 1, NOW, NOW + 1] {
            assert_eq!(why(ends(NOW as u32), now), "it expires within a second");
        }
        let last = u64::from(u32::MAX);
        assert!(ends(u32::MAX).serves(last - LONGEST).is_ok());
        assert!(why(ends(u32::MAX), last - LONGEST - 1).starts_with("it is for more than 68 years"));
    }

    #[test]
    fn a_certificate_is_for_one_key_and_one_identity() {
        let authority = Authority::from_seed([1; 32]);
        let roots = [Root::read(&authority.root(), NOW).unwrap()];
        let good = Certificate::read(&issued(&authority, 60.0), &roots, NOW).unwrap();
        assert!(good.is_for(&KEY, None).is_ok() && good.is_for(&KEY, Some("str:alice")).is_ok());
        assert!(good.is_for(&[1; 32], None).unwrap_err().0.contains("another key"));
        assert!(good
            .is_for(&KEY, Some("str:bob"))
            .unwrap_err()
            .0
            .contains("for str:alice, and this process is str:bob"));
    }

    #[test]
    fn an_authority_that_is_not_trusted_is_named() {
        let (ours, theirs) = (Authority::from_seed([1; 32]), Authority::from_seed([2; 32]));
        let roots = [Root::read(&ours.root(), NOW).unwrap()];
        let said = why(&issued(&theirs, 60.0), &roots, NOW);
        assert!(said.contains(&format!("authority {:016x}, which is not trusted", theirs.id())), "{said}");
        assert!(said.contains(&format!("trusted: {:016x}", ours.id())), "{said}");
    }

    #[test]
    fn who_claims_another_authoritys_number_fails_at_the_signature() {
        let (ours, theirs) = (Authority::from_seed([1; 32]), Authority::from_seed([2; 32]));
        let mut forged = Signed::decode(issued(&theirs, 60.0).as_slice()).unwrap();
        forged.authority = Some(ours.id());
        let roots = [Root::read(&ours.root(), NOW).unwrap()];
        assert!(why(&forged.encode_to_vec(), &roots, NOW).contains("its signature is not the authority's"));
    }

    #[test]
    fn what_somebody_confuses_is_told_apart() {
        let authority = Authority::from_seed([1; 32]);
        let roots = [Root::read(&authority.root(), NOW).unwrap()];
        assert!(why(&request(), &roots, NOW).contains("this is a request"));
        assert!(why(authority.root().as_bytes(), &roots, NOW).contains("no certificate"));
        let root = Base64::decode_vec(&authority.root()).unwrap();
        assert!(why(&root, &roots, NOW).contains("another application"));
        let certificate = Base64::encode_string(&issued(&authority, 60.0));
        assert!(Root::read(&certificate, NOW).unwrap_err().0.contains("the certificate of a peer"));
        let mut with_key = Signed::decode(issued(&authority, 60.0).as_slice()).unwrap();
        with_key.private_key = Some(vec![0; 64]);
        assert!(why(&with_key.encode_to_vec(), &roots, NOW).contains("carries a private key"));
    }

    #[test]
    fn a_root_is_read_whatever_the_lines_it_stands_in() {
        let root = Authority::from_seed([1; 32]).root();
        let (one, other) = root.split_at(50);
        assert_eq!(Root::read(&format!(" {one}\r\n{other}\n"), NOW), Root::read(&root, NOW));
    }

    #[test]
    fn no_flipped_bit_and_no_missing_byte_is_overlooked() {
        let authority = Authority::from_seed([1; 32]);
        let roots = [Root::read(&authority.root(), NOW).unwrap()];
        let good = issued(&authority, 60.0);
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(!why(&bad, &roots, NOW).is_empty(), "bit {bit}");
        }
        for length in 0..good.len() {
            assert!(!why(&good[..length], &roots, NOW).is_empty(), "{length} bytes");
        }
    }
}
