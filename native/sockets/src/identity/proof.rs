//! Proving who we are: trusted authorities, the request for a certificate, the certificate.
use std::ffi::c_int;
use std::ptr::null_mut;
use std::sync::{MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::certificate::{compact, invalid, Certificate, Invalid, Request, Root};
use crate::identity::authentication::Authentication;
use crate::identity::roots;
use crate::network::Network;
use crate::queues;
use crate::raw::{self, Own, ERROR_TEXT};
use crate::{Error, Library};

/// What our proof is made of.
#[derive(Debug, Default)]
pub struct Proof {
    pub(crate) status: Authentication,
    pub(crate) roots: Vec<Root>,
    /// Our public key, once a request told it.
    key: Option<[u8; 32]>,
}

/// Seconds since 1970, on the clock that the library checks certificates with.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Library {
    pub(crate) fn proof(&self) -> MutexGuard<'_, Proof> {
        self.proof.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What only the open library has: on Steam's network, Valve is the authority.
    fn own(&self) -> Result<&Own, Error> {
        match &self.network {
            Network::Own(own) => Ok(own),
            Network::Steam(_) => Err(Error::Refused(
                "on the Steam network Valve itself certifies who is who: no root, request or certificate is needed"
                    .to_owned(),
            )),
        }
    }

    /// Trusts the authority whose root this is, until the library closes. A second time is harmless.
    pub fn trust(&self, root: &str) -> Result<(), Error> {
        self.own()?;
        let read = Root::read(root, now())?;
        let mut proof = self.proof();
        if proof.roots.contains(&read) {
            return Ok(());
        }
        roots::add(&compact(root))
            .map_err(|why| Error::Certificate(format!("the library refuses this root: {why}")))?;
        proof.roots.push(read);
        queues::tell(proof.status.trust(now()));
        Ok(())
    }

    /// What an authority needs in order to certify us: our public key and, if we have one, our identity.
    pub fn certificate_request(&self) -> Result<Vec<u8>, Error> {
        let own = self.own()?;
        let mut proof = self.proof();
        let request = self.native_request(own)?;
        proof.key = Some(Request::read(&request)?.public_key()?);
        queues::tell(proof.status.request(now()));
        Ok(request)
    }

    fn native_request(&self, own: &Own) -> Result<Vec<u8>, Error> {
        let (mut size, mut message): (c_int, _) = (0, [0; ERROR_TEXT]);
        // SAFETY: without a buffer only the size is written; then the buffer has that size. The message has the one that the library expects.
        let (made, request) = unsafe {
            (own.get_certificate_request)(self.sockets, &mut size, null_mut(), &mut message);
            let mut request = vec![0_u8; usize::try_from(size).unwrap_or(0)];
            let buffer = request.as_mut_ptr().cast();
            ((own.get_certificate_request)(self.sockets, &mut size, buffer, &mut message), request)
        };
        match made {
            true => Ok(request),
            false => Err(Error::Refused(format!("no request can be made: {}", raw::text(&message)))),
        }
    }

    /// Uses a certificate for all connections to come, or says why it is none for us; one that is in use stays so then.
    pub fn set_certificate(&self, bytes: &[u8]) -> Result<(), Error> {
        let own = self.own()?;
        let mut proof = self.proof();
        let now = now();
        let found =
            self.good_certificate(bytes, &proof, now).and_then(|good| self.native_set(own, bytes).map(|()| good));
        queues::tell(match &found {
            Ok(good) => proof.status.accept(&good.identity, good.expiry, now),
            Err(Invalid(why)) => proof.status.refuse(why, now),
        });
        drop(proof);
        self.tell_listeners();
        found.map(|_| ()).map_err(|Invalid(why)| Error::Certificate(format!("the certificate is refused: {why}")))
    }

    fn good_certificate(&self, bytes: &[u8], proof: &Proof, now: u64) -> Result<Certificate, Invalid> {
        let good = Certificate::read(bytes, &proof.roots, now)?;
        good.serves(now)?;
        let Some(key) = proof.key else {
            return invalid("this process asked for none: carry its certificate_request() to the authority first");
        };
        good.is_for(&key, self.name_of_ours().as_deref())?;
        Ok(good)
    }

    fn native_set(&self, own: &Own, bytes: &[u8]) -> Result<(), Invalid> {
        let mut message = [0; ERROR_TEXT];
        // SAFETY: the bytes live during the call, which copies them; the message has the size that the library expects.
        let set = unsafe {
            let size = c_int::try_from(bytes.len()).unwrap_or(0);
            (own.set_certificate)(self.sockets, bytes.as_ptr().cast(), size, &mut message)
        };
        if set {
            Ok(())
        } else {
            invalid(raw::text(&message))
        }
    }

    /// Notices that the certificate in use is over.
    pub(crate) fn look_at_certificate(&self) {
        let change = self.proof().status.look(now());
        if change.is_some() {
            queues::tell(change);
            self.tell_listeners();
        }
    }

    /// Who we are; None for nobody, which the library writes as this machine's own address.
    pub(crate) fn name_of_ours(&self) -> Option<String> {
        self.identity().filter(|identity| !["ip:::1", "ip:127.0.0.1"].contains(&identity.as_str()))
    }

    /// Whether the library can give every connection that comes in or goes out what it needs of us: a certificate, unless we are nobody.
    pub(crate) fn able(&self) -> bool {
        self.proof().status.ready(now()) || self.name_of_ours().is_none()
    }

    /// Begins to become able to authenticate; an `ESteamNetworkingAvailability`.
    pub fn init_authentication(&self) -> i32 {
        if self.own().is_err() {
            return self.init_steams_authentication();
        }
        let mut proof = self.proof();
        let trusting = !proof.roots.is_empty();
        queues::tell(proof.status.begin(trusting, now()));
        proof.status.status() as i32
    }

    /// An `ESteamNetworkingAvailability` and words about it.
    pub fn authentication_status(&self) -> (i32, String) {
        if self.own().is_err() {
            return self.steams_authentication_status();
        }
        self.look_at_certificate();
        let proof = self.proof();
        (proof.status.status() as i32, proof.status.words(now()))
    }
}
