//! Symmetric connections: two peers that connect to each other at once get one connection between them.
use crate::config::{Scope, Setting};
use crate::demands::strict::Proof;
use crate::p2p::signaling::{waiting, Waiting};
use crate::raw;
use crate::{Error, Library};

impl Library {
    /// Accepts the connection from `peer` that waits on these ports, if there is one and either side is symmetric; with what the settings say about it.
    ///
    /// The library means to do this by itself when we connect, but it leaves out half of accepting (`InternalConnectP2P` calls `AcceptConnection`
    /// where `APIAcceptConnection` belongs, which finishes the handshake), and the connection never comes to be.
    pub(crate) fn accept_instead(
        &self,
        proof: Proof,
        peer: &str,
        remote: i32,
        settings: &[Setting],
    ) -> Result<Option<u32>, Error> {
        let is_fixed = |id| [raw::config::SYMMETRIC_CONNECT, raw::config::LOCAL_VIRTUAL_PORT].contains(&id);
        for (handle, listen_socket) in self.waiting_from(peer, remote, settings) {
            let theirs = Scope::Connection(handle);
            if !self.living_mut().begin_on(handle, listen_socket) {
                continue;
            }
            if self.is_symmetric(settings, Scope::Global) || self.is_symmetric(&[], theirs) {
                settings.iter().filter(|setting| !is_fixed(setting.id)).try_for_each(|s| self.set_option(theirs, s))?;
                // SAFETY: the library checks the handle.
                let accept = || unsafe { (self.api.accept_connection)(self.sockets, handle) } == raw::result::OK;
                let opened = self.opening(proof, || if accept() { (handle, listen_socket) } else { (0, 0) });
                if opened.is_some() {
                    return Ok(opened);
                }
            }
        }
        Ok(None)
    }

    /// What came in from `peer` and waits to be accepted, on the ports that a connection with these settings would have; with the library's number
    /// of the listen socket.
    fn waiting_from(&self, peer: &str, remote: i32, settings: &[Setting]) -> Vec<(u32, raw::Handle)> {
        let local = self.local_port(remote, settings);
        let is_wanted = |it: &Waiting| (it.peer.as_str(), it.local, it.remote) == (peer, local, remote);
        let found: Vec<u32> = waiting().iter().filter(|(_, each)| is_wanted(each)).map(|(handle, _)| *handle).collect();
        let waits = |handle: &u32| {
            self.seen(*handle).filter(|info| info.state == raw::state::CONNECTING && info.identity == peer)
        };
        found.iter().filter_map(|handle| Some((*handle, waits(handle)?.listen_socket))).collect()
    }

    /// Whether a connection with these settings is a symmetric one.
    fn is_symmetric(&self, settings: &[Setting], scope: Scope) -> bool {
        self.number_with(settings, scope, raw::config::SYMMETRIC_CONNECT).is_some_and(|number| number > 0)
    }

    /// The virtual port at our end of a connection with these settings to `remote` at the other.
    fn local_port(&self, remote: i32, settings: &[Setting]) -> i32 {
        let local = self.number_with(settings, Scope::Global, raw::config::LOCAL_VIRTUAL_PORT);
        local.filter(|port| *port >= 0).unwrap_or(remote)
    }

    /// Whether a connection from here is one with what comes in at a listen socket that demands proofs: the two of a symmetric pair become one,
    /// and it may be ours that is kept.
    pub(crate) fn may_be_answered_where_proofs_are_demanded(&self, remote: i32, settings: &[Setting]) -> bool {
        let listen = self.strict_listener_on(self.local_port(remote, settings));
        listen.is_some_and(|listen| {
            self.is_symmetric(settings, Scope::Global) || self.is_symmetric(&[], Scope::ListenSocket(listen))
        })
    }

    /// Whether a connection to ourselves would be taken for the other half of its own symmetric pair.
    pub(crate) fn would_match_itself(&self, virtual_port: i32, settings: &[Setting]) -> bool {
        self.is_symmetric(settings, Scope::Global) && self.local_port(virtual_port, settings) == virtual_port
    }
}
