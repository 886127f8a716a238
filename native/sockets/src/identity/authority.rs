//! A certificate authority of a game's own: a key that says who is who.
//!
//! It needs no open library and no network. What it signs is built anew from what it understood of a request, the key and the identity;
//! nothing else that a request carries comes into a certificate.
use base64ct::{Base64, Encoding};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signer, SigningKey};
use prost::Message;
use zeroize::{Zeroize, Zeroizing};

use crate::address::canonical_identity;
use crate::certificate::{invalid, key_id, Body, Invalid, Request, Signed, APP, ED25519, LONGEST};

/// When every root was made and until when it is good: fixed, so that one key has one root.
const ROOT_CREATED: u32 = 1_735_689_600; // the first second of 2025
const ROOT_EXPIRY: u32 = u32::MAX; // in the year 2106

/// Whom to certify, and how long. `now` in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// None: whoever the request says.
    pub identity: Option<&'a str>,
    pub now: u64,
    pub seconds: f64,
}

/// The key of an authority. It is wiped from memory at the end.
pub struct Authority {
    key: SigningKey,
}

impl Authority {
    /// A new one, from the system's random numbers.
    pub fn generate() -> Result<Self, Invalid> {
        let mut seed = [0; 32];
        match getrandom::fill(&mut seed) {
            Ok(()) => Ok(Self::from_seed(seed)),
            Err(error) => invalid(format!("the system has no random numbers for a key: {error}")),
        }
    }

    pub fn from_seed(mut seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        seed.zeroize();
        Self { key }
    }

    /// The key in a text as [`Authority::pem`] writes it (PKCS#8).
    pub fn from_pem(pem: &str) -> Result<Self, Invalid> {
        match SigningKey::from_pkcs8_pem(pem.trim_ascii()) {
            Ok(key) => Ok(Self { key }),
            Err(_) if pem.contains("ENCRYPTED") => invalid("the key is locked with a password: unlock it first"),
            Err(_) => invalid("this is no private key of Ed25519 in PEM (PKCS#8), as Authority.save() writes it"),
        }
    }

    /// The private key as PKCS#8 in PEM, version 1 without the public half, which every OpenSSL reads.
    pub fn pem(&self) -> Result<Zeroizing<String>, Invalid> {
        let pair = KeypairBytes { secret_key: self.key.to_bytes(), public_key: None };
        pair.to_pkcs8_pem(LineEnding::LF).or_else(|error| invalid(format!("the key cannot be written: {error}")))
    }

    /// The number that certificates name it by.
    pub fn id(&self) -> u64 {
        key_id(self.key.verifying_key().as_bytes())
    }

    /// What others need in order to trust it, in base64. The same each time.
    pub fn root(&self) -> String {
        let body = Body {
            key_type: Some(ED25519),
            key: Some(self.key.verifying_key().as_bytes().to_vec()),
            created: Some(ROOT_CREATED),
            expiry: Some(ROOT_EXPIRY),
            ..Body::default()
        };
        Base64::encode_string(&self.sign(&body))
    }

    /// A certificate for who sent `request`.
    pub fn issue(&self, request: &[u8], order: &Order<'_>) -> Result<Vec<u8>, Invalid> {
        let asked = Request::read(request)?;
        let body = Body {
            key_type: Some(ED25519),
            key: Some(asked.public_key()?.to_vec()),
            created: Some(u32::try_from(order.now).unwrap_or(ROOT_EXPIRY)),
            expiry: Some(expiry(order)?),
            apps: vec![APP],
            identity: Some(identity(asked.who()?, order.identity)?),
        };
        Ok(self.sign(&body))
    }

    fn sign(&self, body: &Body) -> Vec<u8> {
        let body = body.encode_to_vec();
        let signature = self.key.sign(&body).to_bytes().to_vec();
        Signed { private_key: None, body: Some(body), authority: Some(self.id()), signature: Some(signature) }
            .encode_to_vec()
    }
}

/// Whom to certify: who was `asked` for and who was `ordered` must not contradict each other.
fn identity(asked: Option<String>, ordered: Option<&str>) -> Result<String, Invalid> {
    let ordered = ordered.map(canonical_identity).transpose().map_err(|error| Invalid(error.to_string()))?;
    let identity = match (asked, ordered) {
        (Some(asked), Some(ordered)) if asked != ordered => {
            return invalid(format!("the request is for {asked}, not for {ordered}: who asks must be that peer"));
        }
        (Some(identity), _) | (None, Some(identity)) => identity,
        (None, None) => {
            return invalid("the request names nobody: say who it is, as in issue(request, identity=\"str:alice\")");
        }
    };
    if identity.starts_with("ip:") {
        return invalid(format!("an address proves nobody, so {identity} cannot be certified: use \"str:…\""));
    }
    Ok(identity)
}

/// When a certificate ends: whole seconds, at least one.
fn expiry(order: &Order<'_>) -> Result<u32, Invalid> {
    if !order.seconds.is_finite() || order.seconds <= 0.0 {
        return invalid(format!("a certificate is for more than 0 days, not for {}", order.seconds / 86_400.0));
    }
    if order.seconds > LONGEST as f64 {
        let most = LONGEST / 86_400;
        return invalid(format!("a certificate is for at most {most} days, not for {}", order.seconds / 86_400.0));
    }
    let end = order.now as f64 + order.seconds.ceil();
    if end > f64::from(ROOT_EXPIRY) {
        return invalid(format!("a certificate of {} days would outlive its authority", order.seconds / 86_400.0));
    }
    Ok(end as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::{Certificate, Root};

    const NOW: u64 = 1_800_000_000;

    /// A request with a key of its own, for nobody or for somebody.
    fn request(identity: Option<&str>) -> Vec<u8> {
        let key = SigningKey::from_bytes(&[9; 32]).verifying_key().as_bytes().to_vec();
        let identity = identity.map(str::to_owned);
        Request { body: Some(Body { key_type: Some(ED25519), key: Some(key), identity, ..Body::default() }) }
            .encode_to_vec()
    }

    fn issue(request: &[u8], identity: Option<&str>, seconds: f64) -> Result<Certificate, Invalid> {
        let authority = Authority::from_seed([1; 32]);
        let bytes = authority.issue(request, &Order { identity, now: NOW, seconds })?;
        Certificate::read(&bytes, &[Root::read(&authority.root(), NOW).unwrap()], NOW)
    }

    #[test]
    fn the_same_key_has_the_same_root_and_another_one_another() {
        assert_eq!(Authority::from_seed([1; 32]).root(), Authority::from_seed([1; 32]).root());
        assert_ne!(Authority::from_seed([1; 32]).root(), Authority::from_seed([2; 32]).root());
    }

    #[test]
    fn two_generated_ones_differ() {
        assert_ne!(Authority::generate().unwrap().root(), Authority::generate().unwrap().root());
    }

    #[test]
    fn a_key_survives_its_text() {
        let authority = Authority::from_seed([7; 32]);
        let pem = authority.pem().unwrap();
        assert!(
            pem.starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAcH"),
            "version 1, as OpenSSL writes"
        );
        assert_eq!(Authority::from_pem(&pem).unwrap().root(), authority.root());
    }

    #[test]
    fn a_text_that_is_no_key_is_refused_without_quoting_it() {
        let pem = Authority::from_seed([7; 32]).pem().unwrap();
        for text in ["", "secret", &pem[..80], &pem.replace("MC4C", "MC5C"), &pem.replace("PRIVATE", "PUBLIC")] {
            let said = Authority::from_pem(text).err().unwrap().0;
            assert!(said.contains("no private key of Ed25519") && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn a_certificate_is_for_whom_was_ordered_or_asked_for() {
        let anybody = request(None);
        assert_eq!(issue(&anybody, Some("str:alice"), 1.0).unwrap().identity, "str:alice");
        let alice = request(Some("str:alice"));
        assert_eq!(issue(&alice, None, 1.0).unwrap().identity, "str:alice");
        assert_eq!(issue(&alice, Some("str:alice"), 1.0).unwrap().identity, "str:alice");
        let said = issue(&alice, Some("str:bob"), 1.0).unwrap_err().0;
        assert!(said.contains("for str:alice, not for str:bob"), "{said}");
        assert!(issue(&anybody, None, 1.0).unwrap_err().0.contains("names nobody"));
    }

    #[test]
    fn what_identifies_nobody_is_not_certified() {
        for identity in ["", "str:", "alice", "ip:192.0.2.1", "str:alice\0", "str:0123456789012345678901234567890123"] {
            assert!(issue(&request(None), Some(identity), 1.0).is_err(), "{identity:?} ordered");
            assert!(issue(&request(Some(identity)), None, 1.0).is_err(), "{identity:?} asked");
        }
    }

    #[test]
    fn a_certificate_lasts_as_long_as_was_said_rounded_up() {
        assert_eq!(u64::from(issue(&request(None), Some("str:a"), 86_400.0).unwrap().expiry), NOW + 86_400);
        assert_eq!(u64::from(issue(&request(None), Some("str:a"), 0.2).unwrap().expiry), NOW + 1);
        assert!(issue(&request(None), Some("str:a"), LONGEST as f64).is_ok());
        for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e12, LONGEST as f64 + 1.0] {
            assert!(issue(&request(None), Some("str:a"), seconds).is_err(), "{seconds}");
        }
    }

    #[test]
    fn nothing_of_a_request_but_key_and_identity_is_signed() {
        let mut asked = Request::decode(request(Some("str:alice")).as_slice()).unwrap();
        let body = asked.body.as_mut().unwrap();
        (body.created, body.expiry, body.apps) = (Some(1), Some(u32::MAX), vec![0, 7]);
        let mut bytes = body.encode_to_vec();
        bytes.extend([0x2d, 1, 2, 3, 4]); // field 5: a data centre
        let request = [[0x0a, bytes.len() as u8].as_slice(), &bytes].concat();
        let signed = Authority::from_seed([1; 32]).issue(&request, &Order { identity: None, now: NOW, seconds: 60.0 });
        let signed = Signed::decode(signed.unwrap().as_slice()).unwrap().body.unwrap();
        let clean = Body {
            created: Some(NOW as u32),
            expiry: Some(NOW as u32 + 60),
            apps: vec![0],
            ..Body::decode(bytes.as_slice()).unwrap()
        };
        assert_eq!(signed, clean.encode_to_vec());
    }

    #[test]
    fn a_request_that_is_none_is_refused() {
        let good = request(Some("str:alice"));
        for length in 0..good.len() {
            assert!(issue(&good[..length], None, 1.0).is_err(), "{length} bytes");
        }
        let rsa = Body { key_type: Some(2), key: Some(vec![1; 32]), ..Body::default() };
        let zero = Body { key_type: Some(ED25519), key: Some(vec![0; 32]), ..Body::default() };
        for body in [rsa, zero, Body::default()] {
            assert!(issue(&Request { body: Some(body) }.encode_to_vec(), Some("str:a"), 1.0).is_err());
        }
    }
}
