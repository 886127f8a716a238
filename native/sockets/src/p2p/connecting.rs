//! Connections from peer to peer, by who somebody is: signals that somebody else carries find the way, then packets go from machine to machine.
//!
//! On the Steam network the way is Steam's own business: a peer is reached by their Steam id alone, and there are no signals to carry.
use std::ffi::c_int;
use std::ptr::null_mut;

use crate::address::{identity_text, parse_identity};
use crate::config::{self, Setting};
use crate::demands::strict::{Listening, Proof};
use crate::network::steam::Steam;
use crate::network::Network;
use crate::p2p::signaling::{acquainted, is_nobody, on_signal};
use crate::p2p::signals::VIRTUAL_PORTS;
use crate::queues;
use crate::raw::{self, Own};
use crate::{Error, Library};

impl Library {
    /// Begins to connect to whoever is `identity`, as in `str:bob`; what becomes of it is told by a status change.
    ///
    /// In symmetric mode the answer may be a connection that came in from there already: it is accepted by this.
    pub fn connect_p2p(&self, identity: &str, virtual_port: i32, settings: &[Setting]) -> Result<u32, Error> {
        check_virtual_port(virtual_port)?;
        let peer = parse_identity(identity)?;
        match &self.network {
            Network::Own(own) => self.connect_own(own, &peer, virtual_port, settings),
            Network::Steam(steam) => self.connect_steam(steam, &peer, virtual_port, settings),
        }
    }

    fn connect_own(&self, own: &Own, peer: &raw::Identity, port: i32, settings: &[Setting]) -> Result<u32, Error> {
        // SAFETY: it was parsed.
        let (me, name) = (self.require_identity()?, unsafe { identity_text(peer) });
        if is_nobody(&name) {
            return Err(Error::Identity(format!("{name} may be anybody: connect to a name, as in str:bob")));
        }
        if name == me && self.would_match_itself(port, settings) {
            return Err(Error::Identity(format!(
                "{me} is this peer itself, and a symmetric connection would be its own other end: leave SymmetricConnect out, or use another LocalVirtualPort"
            )));
        }
        let _alone = acquainted(); // nobody comes in between the look at who listens and the look at who waits
        let hold = self.may_be_answered_where_proofs_are_demanded(port, settings);
        let (proof, settings) = self.before_connecting(settings, None, hold)?;
        if let Some(connection) = self.accept_instead(proof, &name, port, &settings)? {
            return Ok(connection);
        }
        let (options, mut said) = (config::to_raw(&settings), Vec::new());
        let opened = self.opening(proof, || {
            let (handle, heard) = queues::hearing(raw::level::ERROR, || {
                // SAFETY: the signaling is the library's from here on: it frees it, also when it refuses. Peer and options live during the call.
                unsafe {
                    let signaling = (own.create_custom_signaling)(null_mut(), on_signal, None);
                    let (count, options) = (options.len() as c_int, options.as_ptr().cast());
                    (own.connect_p2p_custom_signaling)(self.sockets, signaling, peer, port, count, options)
                }
            });
            said = heard;
            (handle, 0)
        });
        if opened.is_some() {
            queues::keep(std::mem::take(&mut said));
        }
        opened.ok_or_else(|| self.why_not_connected(&name, port, &said))
    }

    fn connect_steam(
        &self,
        steam: &Steam,
        peer: &raw::Identity,
        port: i32,
        settings: &[Setting],
    ) -> Result<u32, Error> {
        let opened = self.opening(Proof::NotNeeded, || (steam.connect_p2p(self.sockets, peer, port, settings), 0));
        opened.ok_or_else(|| {
            // SAFETY: it was parsed.
            let name = unsafe { identity_text(peer) };
            Error::Refused(format!("Steam refuses to connect to {name} with these options"))
        })
    }

    /// Listens for who connects to our identity on `virtual_port`.
    pub fn listen_p2p(&self, virtual_port: i32, settings: &[Setting]) -> Result<u32, Error> {
        check_virtual_port(virtual_port)?;
        if let Network::Own(_) = &self.network {
            self.require_identity()?;
        }
        let (policy, settings) = self.before_listening(settings)?;
        let mut said = Vec::new();
        let opened = self.opening_listen_socket(Listening { policy, port: Some(virtual_port) }, || {
            let (handle, heard) =
                queues::hearing(raw::level::ERROR, || self.create_listen_socket_p2p(virtual_port, &settings));
            said = heard;
            handle
        });
        if opened.is_some() {
            queues::keep(std::mem::take(&mut said));
        }
        opened.ok_or_else(|| why_not_listening(virtual_port, &said))
    }

    /// 0 when the library refuses.
    fn create_listen_socket_p2p(&self, virtual_port: i32, settings: &[Setting]) -> raw::Handle {
        match &self.network {
            Network::Steam(steam) => steam.listen_p2p(self.sockets, virtual_port, settings),
            Network::Own(own) => {
                let options = config::to_raw(settings);
                let (count, first) = (options.len() as c_int, options.as_ptr().cast());
                // SAFETY: the options live during the call, and their texts in `settings`.
                unsafe { (own.create_listen_socket_p2p)(self.sockets, virtual_port, count, first) }
            }
        }
    }

    /// The library says only 0; why, it says in the log. A connection that is in the way is named there as `#number`, which is its handle.
    fn why_not_connected(&self, peer: &str, virtual_port: i32, said: &[queues::Log]) -> Error {
        let said = queues::joined(said);
        let numbers = said.split('#').skip(1).filter_map(|part| part.split(' ').next()?.parse().ok());
        let existing = numbers.into_iter().find(|number| self.info(*number).is_ok_and(|info| info.identity == peer));
        match existing {
            Some(connection) => Error::AlreadyConnected { peer: peer.to_owned(), virtual_port, connection },
            None => Error::Refused(format!("cannot connect to {peer} on virtual port {virtual_port}: {said}")),
        }
    }
}

fn why_not_listening(virtual_port: i32, said: &[queues::Log]) -> Error {
    let said = queues::joined(said);
    match said.contains("Already have a listen socket") {
        true => Error::AddressInUse(format!("virtual port {virtual_port} has a listen socket already")),
        false => Error::Refused(format!(
            "cannot listen on virtual port {virtual_port}: another listen socket may have it, or these options do not fit ({said})"
        )),
    }
}

fn check_virtual_port(port: i32) -> Result<(), Error> {
    match VIRTUAL_PORTS.contains(&port) {
        true => Ok(()),
        false => Err(Error::Argument(format!("virtual ports are from 0 to {}, not {port}", VIRTUAL_PORTS.end()))),
    }
}
