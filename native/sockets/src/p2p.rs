//! Connections from peer to peer, by who somebody is instead of by address.
use crate::address::parse_identity;
use crate::config::Setting;
use crate::network::Network;
use crate::{Error, Library};

impl Library {
    /// Begins to connect to who `identity` names, as in `steamid:76561197960287930`; what becomes of it is told by a status change.
    pub fn connect_p2p(&self, identity: &str, virtual_port: i32, settings: &[Setting]) -> Result<u32, Error> {
        let peer = parse_identity(identity)?;
        let mut living = self.living_mut();
        let handle = match &self.network {
            Network::Steam(steam) => steam.connect_p2p(self.sockets, &peer, virtual_port, settings),
            Network::Own(_) => return Err(only_steam()),
        };
        if handle == 0 {
            return Err(Error::Refused(format!("Steam refuses to connect to {identity} with these options")));
        }
        living.begin(handle);
        Ok(handle)
    }

    /// Listens for who connects to us by our identity.
    pub fn listen_p2p(&self, virtual_port: i32, settings: &[Setting]) -> Result<u32, Error> {
        let mut living = self.living_mut();
        let handle = match &self.network {
            Network::Steam(steam) => steam.listen_p2p(self.sockets, virtual_port, settings),
            Network::Own(_) => return Err(only_steam()),
        };
        if handle == 0 {
            return Err(Error::Refused(format!(
                "Steam refuses to listen on virtual port {virtual_port}: another listen socket may have it, or these options do not fit"
            )));
        }
        Ok(living.listen_sockets.add_listen_socket(handle))
    }
}

fn only_steam() -> Error {
    Error::Refused("peers are reached on the Steam network: open Sockets(library=\"…/libsteam_api.so\")".to_owned())
}
