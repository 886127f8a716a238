//! Connections, and the poll groups that they are received from in.
use std::ffi::{c_char, c_int, CString};
use std::net::SocketAddr;
use std::ptr::null;

use crate::address::{parse_identity, to_raw};
use crate::config::{self, Setting};
use crate::p2p::signaling;
use crate::raw::{self, result};
use crate::{Error, Library};

impl Library {
    /// Begins to connect; what becomes of it is told by a status change.
    pub fn connect(&self, address: SocketAddr, settings: &[Setting]) -> Result<u32, Error> {
        let (proof, settings) = self.before_connecting(settings, Some(address), false)?;
        let options = config::to_raw(&settings);
        let (count, options) = (options.len() as c_int, options.as_ptr().cast());
        // SAFETY: as in `listen`.
        let open = || (unsafe { (self.api.connect_by_ip_address)(self.sockets, &to_raw(address), count, options) }, 0);
        self.opening(proof, open).ok_or_else(|| {
            Error::Refused(format!("GameNetworkingSockets refuses to connect to {address} with these options"))
        })
    }

    /// Accepts a connection that is coming in. The answer is an `EResult`.
    pub fn accept(&self, connection: u32) -> i32 {
        // SAFETY: the library checks the handle.
        let answer = unsafe { (self.api.accept_connection)(self.sockets, self.known(connection)) };
        if answer == result::OK {
            self.living_mut().waits_no_longer(connection);
            signaling::waits_no_longer(connection);
        }
        answer
    }

    /// Closes; false when there was none (any more). With `linger`, what was sent is still delivered while the library stays open.
    pub fn close(&self, connection: u32, reason: i32, debug: &str, linger: bool) -> bool {
        signaling::waits_no_longer(connection);
        self.gate.with(|strict| {
            let lived = self.living_mut().end(connection);
            let closed = lived && self.close_handle(connection, reason, debug, linger);
            strict.closed(connection); // not before: until then its messages lie there
            closed
        })
    }

    pub(crate) fn close_handle(&self, connection: u32, reason: i32, debug: &str, linger: bool) -> bool {
        if !linger {
            self.say_goodbye(connection, reason, debug); // what lingers is not to be overtaken
        }
        let debug = CString::new(debug.replace('\0', " ")).unwrap_or_default();
        // SAFETY: the library checks the handle and copies the text.
        unsafe { (self.api.close_connection)(self.sockets, connection, reason, debug.as_ptr(), linger) }
    }

    /// Two connections of this process to each other: through buffers, or through the machine's network. `peers` are whom the one and the
    /// other see at the other end, "" for nobody in particular.
    pub fn socket_pair(&self, through_network: bool, peers: [&str; 2]) -> Result<(u32, u32), Error> {
        let [first, second] = peers.map(|text| (!text.is_empty()).then(|| parse_identity(text)).transpose());
        let (first, second) = (first?, second?);
        let pointer = |identity: &Option<raw::Identity>| identity.as_ref().map_or(null(), |known| &raw const *known);
        let (mut one, mut other) = (0, 0);
        let mut living = self.living_mut();
        // SAFETY: both out pointers are to live handles; the identities are null or parsed, and live during the call.
        let made = unsafe {
            (self.api.create_socket_pair)(
                self.sockets,
                &mut one,
                &mut other,
                through_network,
                pointer(&first),
                pointer(&second),
            )
        };
        if !made {
            return Err(Error::Refused("GameNetworkingSockets does not make a socket pair".to_owned()));
        }
        living.pair(one);
        living.pair(other);
        Ok((one, other))
    }

    /// A number of the program's own that goes with the connection.
    pub fn set_user_data(&self, connection: u32, data: i64) -> Result<(), Error> {
        // SAFETY: the library checks the handle.
        let found = unsafe { (self.api.set_connection_user_data)(self.sockets, self.known(connection), data) };
        found.then_some(()).ok_or(unknown_connection(connection))
    }

    /// -1 until it was set.
    pub fn user_data(&self, connection: u32) -> Result<i64, Error> {
        self.require_connection(connection)?;
        // SAFETY: the library checks the handle.
        Ok(unsafe { (self.api.get_connection_user_data)(self.sockets, self.known(connection)) })
    }

    pub fn set_name(&self, connection: u32, name: &str) -> Result<(), Error> {
        self.require_connection(connection)?;
        let name = CString::new(name.replace('\0', " ")).unwrap_or_default();
        // SAFETY: the library checks the handle and copies the text.
        unsafe { (self.api.set_connection_name)(self.sockets, self.known(connection), name.as_ptr()) };
        Ok(())
    }

    pub fn name(&self, connection: u32) -> Result<String, Error> {
        let mut buffer: [c_char; 256] = [0; 256];
        // SAFETY: the buffer's own size is passed.
        let found = unsafe {
            let connection = self.known(connection);
            (self.api.get_connection_name)(self.sockets, connection, buffer.as_mut_ptr(), buffer.len() as c_int)
        };
        if found {
            Ok(raw::text(&buffer))
        } else {
            Err(unknown_connection(connection))
        }
    }

    /// Splits what we send into lanes with a priority (lower goes first) and a weight (share among equals) each. An `EResult`.
    pub fn configure_lanes(&self, connection: u32, priorities: &[i32], weights: &[u16]) -> Result<i32, Error> {
        if priorities.len() != weights.len() {
            return Ok(result::INVALID_PARAM);
        }
        let mut living = self.living_mut();
        let Some(lanes) = living.lanes(connection) else { return Ok(result::NO_CONNECTION) };
        let then = match lanes.configured(priorities) {
            Ok(then) => then,
            Err(_) if priorities.len() < lanes.count() => return Ok(result::INVALID_PARAM), // as the library itself says
            Err(lane) => return Err(cannot_come_first(lane)),
        };
        // More than a `c_int` holds is far more than the library takes.
        let count = c_int::try_from(priorities.len()).unwrap_or(c_int::MAX);
        // SAFETY: both arrays have as many items as is passed.
        let answer = unsafe {
            let configure = self.api.configure_connection_lanes;
            configure(self.sockets, connection, count, priorities.as_ptr(), weights.as_ptr())
        };
        if answer == result::OK {
            *lanes = then;
        }
        Ok(answer)
    }

    // --- Poll groups ---------------------------------------------------------------------------------------------------

    pub fn create_poll_group(&self) -> Result<u32, Error> {
        let mut living = self.living_mut();
        // SAFETY: the library is open.
        let handle = unsafe { (self.api.create_poll_group)(self.sockets) };
        if handle == 0 {
            return Err(Error::Refused("GameNetworkingSockets makes no more poll groups".to_owned()));
        }
        Ok(living.groups.add_group(handle))
    }

    pub fn destroy_poll_group(&self, group: u32) -> bool {
        let theirs = self.living_mut().groups.end(group);
        // SAFETY: the library checks the handle.
        unsafe { (self.api.destroy_poll_group)(self.sockets, theirs) }
    }

    /// Group 0 takes the connection out of its group. False when either does not exist.
    pub fn set_poll_group(&self, connection: u32, group: u32) -> bool {
        let theirs = self.living().groups.theirs(group);
        let exists = group == 0 || theirs != 0;
        // SAFETY: the library checks both handles.
        exists && unsafe { (self.api.set_connection_poll_group)(self.sockets, self.known(connection), theirs) }
    }
}

pub(crate) const fn unknown_connection(handle: u32) -> Error {
    Error::UnknownHandle { what: "connection", handle }
}

fn cannot_come_first(lane: usize) -> Error {
    Error::Argument(format!(
        "lane {lane} stood behind others and cannot be put first: GameNetworkingSockets would write over its own memory. \
         Configure a connection's lanes once, or keep the lane that goes first"
    ))
}
