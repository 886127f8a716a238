//! Asking the library how things stand.
use std::ffi::{c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr::null_mut;

use crate::address::identity_text;
use crate::connections::unknown_connection;
use crate::info::{Info, RealTime};
use crate::raw;
use crate::{Error, Library};

impl Library {
    pub fn info(&self, connection: u32) -> Result<Info, Error> {
        let mut info = MaybeUninit::<raw::Info>::zeroed();
        // SAFETY: the library fills the record or says no, and it is read only when filled.
        unsafe {
            if !(self.api.get_connection_info)(self.sockets, self.known(connection), info.as_mut_ptr()) {
                return Err(unknown_connection(connection));
            }
            let info = Info::read(info.as_ptr());
            Ok(Info { listen_socket: self.living().listen_sockets.ours(info.listen_socket), ..info })
        }
    }

    pub(crate) fn require_connection(&self, connection: u32) -> Result<(), Error> {
        self.info(connection).map(|_| ())
    }

    /// None when there is no such connection (any more).
    pub fn real_time(&self, connection: u32) -> Option<RealTime> {
        let mut status = MaybeUninit::<raw::RealTime>::zeroed();
        // SAFETY: the library fills the record or says no, and it is read only when filled; no lanes are asked for.
        unsafe {
            let answer = (self.api.get_connection_real_time_status)(
                self.sockets,
                self.known(connection),
                status.as_mut_ptr(),
                0,
                null_mut(),
            );
            (answer == 1).then(|| RealTime::read(status.as_ptr()))
        }
    }

    /// Several lines for a person.
    pub fn detailed(&self, connection: u32) -> Result<String, Error> {
        let mut buffer: Vec<c_char> = vec![0; 4096];
        loop {
            // SAFETY: the buffer's own size is passed.
            let answer = unsafe {
                (self.api.get_detailed_connection_status)(
                    self.sockets,
                    self.known(connection),
                    buffer.as_mut_ptr(),
                    buffer.len() as c_int,
                )
            };
            match answer {
                0 => return Ok(raw::text(&buffer)),
                more if more > 0 && buffer.len() < 1 << 20 => buffer.resize(more as usize + 4096, 0),
                _ => return Err(unknown_connection(connection)),
            }
        }
    }

    /// Ours, as in `str:alice`; None while we have none.
    pub fn identity(&self) -> Option<String> {
        let mut identity = MaybeUninit::<raw::Identity>::zeroed();
        // SAFETY: the library fills the identity, which is read only when it says so.
        unsafe {
            (self.api.get_identity)(self.sockets, identity.as_mut_ptr()).then(|| identity_text(identity.as_ptr()))
        }
    }

    /// Begins to become able to authenticate on Steam, and to reach its relays; an `ESteamNetworkingAvailability`.
    pub(crate) fn init_steams_authentication(&self) -> i32 {
        self.network.reach_relays(self.utils);
        // SAFETY: the library is open.
        unsafe { (self.api.init_authentication)(self.sockets) }
    }

    /// An `ESteamNetworkingAvailability` and Steam's words.
    pub(crate) fn steams_authentication_status(&self) -> (i32, String) {
        let mut status = MaybeUninit::<raw::AuthStatus>::zeroed();
        // SAFETY: the library fills the record; its text is read as bytes, which zeros are as well.
        unsafe {
            let level = (self.api.get_authentication_status)(self.sockets, status.as_mut_ptr());
            (level, raw::text(&(&raw const (*status.as_ptr()).m_debugMsg).read()))
        }
    }
}
