//! The two networks, and what differs between them whichever is open.
pub mod loading;
pub mod steam;

use std::ffi::{c_char, c_int};
use std::ptr::null;

use crate::lock;
use crate::network::steam::Steam;
use crate::raw::{self, Identity, Message, Own, Sockets, Utils};
use crate::Error;

/// Which library is open, and what only that one has.
pub enum Network {
    /// GameNetworkingSockets, part of this binary.
    Own(Own),
    /// Steam's, out of the user's `libsteam_api`.
    Steam(Steam),
}

/// Both interfaces of an open library.
pub type Interfaces = (*mut Sockets, *mut Utils);

impl Network {
    /// Starts it, for one `Library` at a time. Who we are is ours to say on our own network only.
    pub fn start(&self, identity: Option<&Identity>) -> Result<Interfaces, Error> {
        match self {
            Self::Own(own) => start_own(own, identity),
            Self::Steam(steam) => {
                steam.init()?;
                steam.interfaces().inspect_err(|_| self.stop())
            }
        }
    }

    /// Stops it. Nothing of it may be used afterwards.
    pub fn stop(&self) {
        // SAFETY: it was started, and our caller's `Library` is gone or was never made.
        unsafe {
            match self {
                Self::Own(own) => (own.kill)(),
                Self::Steam(steam) => (steam.client.shutdown)(),
            }
        }
    }

    /// Runs `work`, which calls it and does not panic; false when it has no time now.
    pub fn if_free(&self, work: impl FnOnce()) -> bool {
        match self {
            Self::Own(_) => lock::if_free(work),
            Self::Steam(_) => {
                work();
                true
            }
        }
    }

    /// What Steam does of its own once a frame: it talks to its client.
    pub fn pump(&self) {
        if let Self::Steam(steam) = self {
            // SAFETY: Steam has started.
            unsafe { (steam.client.run_callbacks)() };
        }
    }

    /// On Steam, begins to look for relays: it does so by itself only when somebody connects, and then that takes seconds.
    pub fn reach_relays(&self, utils: *mut Utils) {
        if let Self::Steam(steam) = self {
            // SAFETY: Steam has started, and this is its interface.
            unsafe { (steam.client.init_relay_network_access)(utils) };
        }
    }

    /// Sends `count` messages, which are the library's from then on, sent or not.
    ///
    /// # Safety
    /// `count` messages, each null or made by `AllocateMessage` of this library, and as many places for results.
    pub unsafe fn send_messages(
        &self,
        sockets: *mut Sockets,
        count: c_int,
        messages: *mut *mut Message,
        results: *mut i64,
    ) {
        // SAFETY: our caller's promise; `true` makes the library release what it does not send.
        unsafe {
            match self {
                Self::Own(own) => (own.send_messages)(sockets, count, messages, results, true),
                Self::Steam(steam) => steam.send_messages(sockets, count, messages, results),
            }
        }
    }
}

fn start_own(own: &Own, identity: Option<&Identity>) -> Result<Interfaces, Error> {
    let mut message: [c_char; raw::ERROR_TEXT] = [0; raw::ERROR_TEXT];
    // SAFETY: the identity is null or parsed, the message has the size that the library expects, and one `Library` is open at a time.
    unsafe {
        if !(own.init)(identity.map_or(null(), |identity| identity), &mut message) {
            return Err(Error::Refused(format!("GameNetworkingSockets does not start: {}", raw::text(&message))));
        }
        Ok(((own.sockets)(), (own.utils)()))
    }
}
