//! Opening listen sockets and connections where proofs may be demanded: what the library is told then, and what is refused.
use std::net::SocketAddr;

use crate::config::{Scope, Setting};
use crate::demands::gate::{require_encryption, setting};
use crate::demands::levels::Policy;
use crate::demands::strict::{Listening, Proof};
use crate::identity::proof::now;
use crate::raw::config;
use crate::{Error, Library};

impl Library {
    /// The policy of a listen socket with these settings, and the settings as the library takes them.
    pub(crate) fn before_listening(&self, settings: &[Setting]) -> Result<(Policy, Vec<Setting>), Error> {
        let (policy, mut told) = (Policy::of(settings), settings.to_vec());
        if self.valve_vouches() {
            return Ok((Policy::default(), told));
        }
        let levels = policy.over(self.default_levels());
        if levels.all >= 2 {
            return Ok((policy, told));
        }
        if levels.all == 0 {
            self.require_root("a listen socket with IP_AllowWithoutAuth=0")?;
            require_encryption(self.option_with(settings, Scope::Global, config::UNENCRYPTED))?;
            told.push(setting(config::UNENCRYPTED, 0));
            self.want_words();
        }
        told.push(setting(config::ALLOW_WITHOUT_AUTH, levels.for_listening(self.able())));
        Ok((policy, told))
    }

    /// Runs `open`, which opens a listen socket (or gives 0), so that nobody comes in on it before it is known what is demanded there.
    pub(crate) fn opening_listen_socket(&self, listening: Listening, open: impl FnOnce() -> u32) -> Option<u32> {
        self.gate.with(|strict| {
            let mut living = self.living_mut();
            let theirs = open();
            (theirs != 0).then(|| {
                let socket = living.listen_sockets.add_listen_socket(theirs);
                strict.listen(socket, listening);
                socket
            })
        })
    }

    /// What who answers at `address` (None: by signals) must prove, and the settings as the library takes them. `hold` when proofs are demanded for another
    /// reason than these settings.
    pub(crate) fn before_connecting(
        &self,
        settings: &[Setting],
        address: Option<SocketAddr>,
        hold: bool,
    ) -> Result<(Proof, Vec<Setting>), Error> {
        let mut told = settings.to_vec();
        if self.valve_vouches() {
            return Ok((Proof::NotNeeded, told));
        }
        let level = Policy::of(settings).over(self.default_levels()).towards(address);
        if level == 0 {
            self.require_root("IP_AllowWithoutAuth=0")?;
        }
        let proof = match (level == 0 || hold, address) {
            (false, _) => Proof::NotNeeded,
            (true, Some(_)) => Proof::SeenToByTheLibrary,
            (true, None) => Proof::Needed,
        };
        if proof != Proof::NotNeeded {
            require_encryption(self.option_with(settings, Scope::Global, config::UNENCRYPTED))?;
            told.push(setting(config::UNENCRYPTED, 0));
        }
        let needs_proof = level == 0 || (level == 1 && address.is_some() && self.name_of_ours().is_some());
        if needs_proof && !self.proof().status.ready(now()) {
            return Err(Error::Unproven(format!(
                "with IP_AllowWithoutAuth={level} this process has to prove who it is, and cannot: {}",
                self.authentication_status().1
            )));
        }
        if proof != Proof::NotNeeded {
            self.want_words();
        }
        Ok((proof, told))
    }

    /// Runs `open`, which opens a connection (or gives 0), so that no change of it is told or judged before it is known to be ours, and
    /// what the other side has to prove. A symmetric connection may have come in already: `open` gives
    /// the library's number of the listen socket as well, or 0.
    pub(crate) fn opening(&self, proof: Proof, open: impl FnOnce() -> (u32, u32)) -> Option<u32> {
        self.gate.with(|strict| {
            let mut living = self.living_mut();
            let (connection, listen_socket) = open();
            (connection != 0).then(|| {
                living.begin(connection, listen_socket);
                strict.opened(connection, proof);
                connection
            })
        })
    }
}
