//! Asking the library how things stand.
use std::ffi::{c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr::null_mut;

use crate::address::identity_text;
use crate::connections::unknown_connection;
use crate::info::{Info, Lane, RealTime};
use crate::raw::{self, result};
use crate::{Error, Library};

/// The library takes no more on one connection.
const MOST_LANES: usize = 255;

impl Library {
    /// A connection that our callers know of, with our number of its listen socket.
    pub fn info(&self, connection: u32) -> Result<Info, Error> {
        let info = self.seen(self.known(connection)).ok_or(unknown_connection(connection))?;
        Ok(Info { listen_socket: self.living().listen_sockets.ours(info.listen_socket), ..info })
    }

    /// What the library knows of a connection, whether or not it was told to our callers already; with the library's number of its listen socket.
    ///
    /// The library is asked without a look at our own table: this is also called while it holds its locks, and others wait for those with the table in hand.
    pub(crate) fn seen(&self, connection: u32) -> Option<Info> {
        let mut info = MaybeUninit::<raw::Info>::zeroed();
        // SAFETY: the library fills the record or says no, and it is read only when filled.
        unsafe {
            (self.api.get_connection_info)(self.sockets, connection, info.as_mut_ptr())
                .then(|| Info::read(info.as_ptr()))
        }
    }

    pub(crate) fn require_connection(&self, connection: u32) -> Result<(), Error> {
        self.info(connection).map(|_| ())
    }

    /// None when there is no such connection (any more).
    pub fn real_time(&self, connection: u32) -> Option<RealTime> {
        self.ask_real_time(connection, &mut []).ok()
    }

    /// With the connection's first `count` lanes, empty ones when it has ended; None when there is no such connection (any more).
    pub fn real_time_lanes(&self, connection: u32, count: usize) -> Result<Option<(RealTime, Vec<Lane>)>, Error> {
        let fewer = || Error::Argument(format!("connection {connection} has fewer than {count} lanes"));
        if count > MOST_LANES {
            return Err(fewer());
        }
        let mut lanes = vec![raw::RealTimeLane::default(); count];
        match self.ask_real_time(connection, &mut lanes) {
            Ok(status) => Ok(Some((status, lanes.iter().map(Lane::from).collect()))),
            Err(result::INVALID_PARAM) => match self.real_time(connection) {
                // The other side, or the network, has ended it: then it has no lanes any more, and nothing waits on them.
                Some(ended) if ended.state > raw::state::CONNECTED => Ok(Some((ended, vec![Lane::default(); count]))),
                _ => Err(fewer()),
            },
            Err(_) => Ok(None),
        }
    }

    /// Or an `EResult`.
    fn ask_real_time(&self, connection: u32, lanes: &mut [raw::RealTimeLane]) -> Result<RealTime, i32> {
        let mut status = MaybeUninit::<raw::RealTime>::zeroed();
        let first = if lanes.is_empty() { null_mut() } else { lanes.as_mut_ptr() };
        // SAFETY: the library fills the record and as many lanes as there are, or says no; the record is read only when filled.
        unsafe {
            let answer = (self.api.get_connection_real_time_status)(
                self.sockets,
                self.known(connection),
                status.as_mut_ptr(),
                lanes.len() as c_int,
                first,
            );
            (answer == result::OK).then(|| RealTime::read(status.as_ptr())).ok_or(answer)
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
