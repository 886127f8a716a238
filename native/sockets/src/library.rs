//! The library itself: opening, connections, listen sockets, poll groups, and closing in order.
use std::collections::BTreeSet;
use std::ffi::{c_char, c_int, CString};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, UdpSocket};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::address::{from_raw, identity_text, parse_identity, to_raw};
use crate::clock::Clock;
use crate::config::{self, Setting};
use crate::info::{Info, RealTime};
use crate::queues::{self, Events};
use crate::raw::{self, result, Api};
use crate::Error;

/// `k_ESteamNetConnectionEnd_App_Generic`.
const END_GENERIC: i32 = 1000;
/// How often another port is tried when somebody takes the one that the system had just offered.
const PORT_TRIES: usize = 16;
/// A lock that is held longer than this is worth a log line, in microseconds: less is an ordinary busy machine.
const SLOW_LOCK_US: i64 = 100_000;
/// The library lets go of a closed listen socket's port in the background; that long it is waited for.
const PORT_PATIENCE: Duration = Duration::from_millis(500);

static OPEN: AtomicBool = AtomicBool::new(false);

/// What was made and not yet destroyed, so that closing can do it in order.
#[derive(Debug, Default)]
struct Living {
    connections: BTreeSet<u32>,
    poll_groups: BTreeSet<u32>,
    listen_sockets: BTreeSet<u32>,
    /// Ports of listen sockets that we closed.
    left_ports: BTreeSet<u16>,
}

/// GameNetworkingSockets, open. There is one per process; dropping it closes everything it made, then the library.
///
/// A handle is a number that the library looks up under its own locks: an old one is refused, it never dangles.
pub struct Library {
    pub(crate) api: Api,
    pub(crate) sockets: *mut raw::Sockets,
    pub(crate) utils: *mut raw::Utils,
    pub(crate) clock: Clock,
    living: Mutex<Living>,
}

// SAFETY: the two interfaces are made for calls from any thread, and stay where they are until `kill`, which only `drop` calls.
unsafe impl Send for Library {}
// SAFETY: as above; our own state is behind a mutex or atomic.
unsafe impl Sync for Library {}

/// How to open.
#[derive(Debug, Default)]
pub struct Opening<'a> {
    /// As in `str:alice`; empty for none.
    pub identity: &'a str,
    /// Log lines up to this of Valve's levels (0 none … 8 everything) are queued.
    pub log_level: i32,
    /// The caller's monotonic clock, in seconds, now.
    pub now: f64,
}

impl Library {
    pub fn open(opening: &Opening<'_>) -> Result<Self, Error> {
        let api = Api::linked();
        let identity = match opening.identity {
            "" => None,
            text => Some(parse_identity(&api, text)?),
        };
        if OPEN.swap(true, Ordering::AcqRel) {
            return Err(Error::AlreadyOpen);
        }
        let library = Self::init(api, identity.as_ref(), opening.now);
        if library.is_err() {
            OPEN.store(false, Ordering::Release);
        }
        let library = library?;
        library.listen_to_callbacks(opening.log_level);
        Ok(library)
    }

    fn init(api: Api, identity: Option<&raw::Identity>, now: f64) -> Result<Self, Error> {
        let mut message: [c_char; raw::ERROR_TEXT] = [0; raw::ERROR_TEXT];
        // The caller read its clock before the library took its milliseconds to start.
        let began = Instant::now();
        // SAFETY: the identity is null or parsed, the message has the size that the library expects, and nobody else is opening (`OPEN`).
        let (sockets, utils) = unsafe {
            if !(api.init)(identity.map_or(null(), |identity| identity), &mut message) {
                return Err(Error::Refused(format!("GameNetworkingSockets does not start: {}", raw::text(&message))));
            }
            ((api.sockets)(), (api.utils)())
        };
        // SAFETY: the library is open.
        let clock = Clock::new(now + began.elapsed().as_secs_f64(), unsafe { (api.get_local_timestamp)(utils) });
        Ok(Self { api, sockets, utils, clock, living: Mutex::default() })
    }

    fn listen_to_callbacks(&self, log_level: i32) {
        queues::drain();
        // SAFETY: the callbacks have the signatures that the library calls, and are functions: they live for ever.
        unsafe {
            (self.api.set_lock_wait_warning_threshold)(SLOW_LOCK_US);
            (self.api.set_debug_output_function)(self.utils, log_level, Some(queues::on_log));
            (self.api.set_connection_status_callback)(self.utils, Some(queues::on_status_changed));
            (self.api.set_auth_status_callback)(self.utils, Some(queues::on_auth_changed));
        }
    }

    /// Log lines up to this of Valve's levels are queued from now on.
    pub fn set_log_level(&self, level: i32) {
        // SAFETY: as in `listen_to_callbacks`.
        unsafe { (self.api.set_debug_output_function)(self.utils, level, Some(queues::on_log)) };
    }

    /// Lets the library say what happened, and takes all that it said.
    pub fn run_callbacks(&self) -> Events {
        // SAFETY: the library is open; its callbacks only queue.
        unsafe { (self.api.run_callbacks)(self.sockets) };
        let events = queues::drain();
        let mut living = self.living();
        for change in events.changes.iter().filter(|change| change.old_state == 0) {
            living.connections.insert(change.connection);
        }
        events
    }

    fn living(&self) -> MutexGuard<'_, Living> {
        self.living.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // --- Listening ---------------------------------------------------------------------------------------------------

    /// Listens on `address`; with port 0 the system chooses one (see [`Library::listen_address`]).
    pub fn listen(&self, address: SocketAddr, settings: &[Setting]) -> Result<u32, Error> {
        let tries = if address.port() == 0 { PORT_TRIES } else { 1 };
        for _ in 0..tries {
            let address = with_port(address)?;
            self.wait_for_port(address);
            let options = config::to_raw(settings);
            let (count, options) = (options.len() as c_int, options.as_ptr().cast());
            // SAFETY: address and options live during the call, and the options' texts in `settings`.
            let handle = unsafe { (self.api.create_listen_socket_ip)(self.sockets, &to_raw(address), count, options) };
            if handle != 0 {
                self.living().listen_sockets.insert(handle);
                return Ok(handle);
            }
        }
        Err(why_not_bound(address))
    }

    /// Waits until a port that we had ourselves a moment ago is free again.
    fn wait_for_port(&self, address: SocketAddr) {
        if !self.living().left_ports.remove(&address.port()) {
            return;
        }
        let began = Instant::now();
        while UdpSocket::bind(address).is_err() && began.elapsed() < PORT_PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Where a listen socket is bound.
    pub fn listen_address(&self, listen: u32) -> Result<SocketAddr, Error> {
        let mut address = MaybeUninit::<raw::IpAddr>::zeroed();
        // SAFETY: the library writes an address or says no; zeros are a valid one.
        let (found, address) = unsafe {
            ((self.api.get_listen_socket_address)(self.sockets, listen, address.as_mut_ptr()), address.assume_init())
        };
        let unknown = Error::UnknownHandle { what: "listen socket", handle: listen };
        if found {
            from_raw(&address).ok_or(unknown)
        } else {
            Err(unknown)
        }
    }

    /// False when there was none (any more). The connections that came in on it are closed with it.
    pub fn close_listen_socket(&self, listen: u32) -> bool {
        let address = self.listen_address(listen);
        let mut living = self.living();
        living.listen_sockets.remove(&listen);
        living.left_ports.extend(address.iter().map(SocketAddr::port));
        // SAFETY: the library checks the handle.
        unsafe { (self.api.close_listen_socket)(self.sockets, listen) }
    }

    // --- Connections -------------------------------------------------------------------------------------------------

    /// Begins to connect; what becomes of it is told by a status change.
    pub fn connect(&self, address: SocketAddr, settings: &[Setting]) -> Result<u32, Error> {
        let options = config::to_raw(settings);
        // SAFETY: as in `listen`.
        let handle = unsafe {
            (self.api.connect_by_ip_address)(
                self.sockets,
                &to_raw(address),
                options.len() as c_int,
                options.as_ptr().cast(),
            )
        };
        if handle == 0 {
            return Err(Error::Refused(format!(
                "GameNetworkingSockets refuses to connect to {address} with these options"
            )));
        }
        self.living().connections.insert(handle);
        Ok(handle)
    }

    /// Accepts a connection that is coming in. The answer is an `EResult`.
    pub fn accept(&self, connection: u32) -> i32 {
        // SAFETY: the library checks the handle.
        unsafe { (self.api.accept_connection)(self.sockets, connection) }
    }

    /// Closes; false when there was none (any more). With `linger`, what was sent is still delivered while the library stays open.
    pub fn close(&self, connection: u32, reason: i32, debug: &str, linger: bool) -> bool {
        self.living().connections.remove(&connection);
        self.close_handle(connection, reason, debug, linger)
    }

    fn close_handle(&self, connection: u32, reason: i32, debug: &str, linger: bool) -> bool {
        let debug = CString::new(debug.replace('\0', " ")).unwrap_or_default();
        // SAFETY: the library checks the handle and copies the text.
        unsafe { (self.api.close_connection)(self.sockets, connection, reason, debug.as_ptr(), linger) }
    }

    /// Two connections of this process to each other: through buffers, or through the machine's network.
    pub fn socket_pair(&self, through_network: bool) -> Result<(u32, u32), Error> {
        let (mut one, mut other) = (0, 0);
        // SAFETY: both out pointers are to live handles; no identities are given.
        let made = unsafe {
            (self.api.create_socket_pair)(self.sockets, &mut one, &mut other, through_network, null(), null())
        };
        if !made {
            return Err(Error::Refused("GameNetworkingSockets does not make a socket pair".to_owned()));
        }
        self.living().connections.extend([one, other]);
        Ok((one, other))
    }

    pub fn set_name(&self, connection: u32, name: &str) -> Result<(), Error> {
        self.require_connection(connection)?;
        let name = CString::new(name.replace('\0', " ")).unwrap_or_default();
        // SAFETY: the library checks the handle and copies the text.
        unsafe { (self.api.set_connection_name)(self.sockets, connection, name.as_ptr()) };
        Ok(())
    }

    pub fn name(&self, connection: u32) -> Result<String, Error> {
        let mut buffer: [c_char; 256] = [0; 256];
        // SAFETY: the buffer's own size is passed.
        let found = unsafe {
            (self.api.get_connection_name)(self.sockets, connection, buffer.as_mut_ptr(), buffer.len() as c_int)
        };
        if found {
            Ok(raw::text(&buffer))
        } else {
            Err(unknown_connection(connection))
        }
    }

    /// Splits what we send into lanes with a priority (lower goes first) and a weight (share among equals) each. An `EResult`.
    pub fn configure_lanes(&self, connection: u32, priorities: &[i32], weights: &[u16]) -> i32 {
        if priorities.len() != weights.len() {
            return result::INVALID_PARAM;
        }
        // SAFETY: both arrays have as many items as is passed.
        unsafe {
            (self.api.configure_connection_lanes)(
                self.sockets,
                connection,
                priorities.len() as c_int,
                priorities.as_ptr(),
                weights.as_ptr(),
            )
        }
    }

    // --- Poll groups -------------------------------------------------------------------------------------------------

    pub fn create_poll_group(&self) -> Result<u32, Error> {
        // SAFETY: the library is open.
        let handle = unsafe { (self.api.create_poll_group)(self.sockets) };
        if handle == 0 {
            return Err(Error::Refused("GameNetworkingSockets makes no more poll groups".to_owned()));
        }
        self.living().poll_groups.insert(handle);
        Ok(handle)
    }

    pub fn destroy_poll_group(&self, group: u32) -> bool {
        self.living().poll_groups.remove(&group);
        // SAFETY: the library checks the handle.
        unsafe { (self.api.destroy_poll_group)(self.sockets, group) }
    }

    /// Group 0 takes the connection out of its group. False when either does not exist.
    pub fn set_poll_group(&self, connection: u32, group: u32) -> bool {
        // SAFETY: the library checks both handles.
        unsafe { (self.api.set_connection_poll_group)(self.sockets, connection, group) }
    }

    // --- Knowing -----------------------------------------------------------------------------------------------------

    pub fn info(&self, connection: u32) -> Result<Info, Error> {
        let mut info = MaybeUninit::<raw::Info>::zeroed();
        // SAFETY: the library fills the record or says no, and it is read only when filled.
        unsafe {
            if !(self.api.get_connection_info)(self.sockets, connection, info.as_mut_ptr()) {
                return Err(unknown_connection(connection));
            }
            Ok(Info::read(&self.api, info.as_ptr()))
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
                connection,
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
                    connection,
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
            (self.api.get_identity)(self.sockets, identity.as_mut_ptr())
                .then(|| identity_text(&self.api, identity.as_ptr()))
        }
    }

    /// Begins to become able to authenticate; an `ESteamNetworkingAvailability`.
    pub fn init_authentication(&self) -> i32 {
        // SAFETY: the library is open.
        unsafe { (self.api.init_authentication)(self.sockets) }
    }

    /// An `ESteamNetworkingAvailability` and the library's words.
    pub fn authentication_status(&self) -> (i32, String) {
        let mut status = MaybeUninit::<raw::AuthStatus>::zeroed();
        // SAFETY: the library fills the record; its text is read as bytes, which zeros are as well.
        unsafe {
            let level = (self.api.get_authentication_status)(self.sockets, status.as_mut_ptr());
            (level, raw::text(&(&raw const (*status.as_ptr()).m_debugMsg).read()))
        }
    }
}

impl Drop for Library {
    /// Connections first (each other side is told), then poll groups and listen sockets, then the library.
    fn drop(&mut self) {
        let living = std::mem::take(&mut *self.living());
        for connection in living.connections {
            self.close_handle(connection, END_GENERIC, "the program closed the library", false);
        }
        // SAFETY: the library checks the handles, and after `kill` nothing of it is used: `self` is gone.
        unsafe {
            for group in living.poll_groups {
                (self.api.destroy_poll_group)(self.sockets, group);
            }
            for listen in living.listen_sockets {
                (self.api.close_listen_socket)(self.sockets, listen);
            }
            (self.api.set_debug_output_function)(self.utils, 0, None);
            (self.api.kill)();
        }
        queues::drain();
        OPEN.store(false, Ordering::Release);
    }
}

const fn unknown_connection(handle: u32) -> Error {
    Error::UnknownHandle { what: "connection", handle }
}

/// The address with a free port of the system's choice in place of port 0, which the library does not know.
fn with_port(address: SocketAddr) -> Result<SocketAddr, Error> {
    if address.port() != 0 {
        return Ok(address);
    }
    let free = UdpSocket::bind(address).and_then(|socket| socket.local_addr());
    free.map(|free| SocketAddr::new(address.ip(), free.port())).map_err(|error| cannot_listen(address, &error))
}

/// The library does not say why it could not bind, so the system is asked.
fn why_not_bound(address: SocketAddr) -> Error {
    match UdpSocket::bind(address) {
        Err(error) => cannot_listen(address, &error),
        Ok(_) => Error::Refused(format!("GameNetworkingSockets refuses to listen on {address} with these options")),
    }
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => Error::AddressInUse(address.to_string()),
        _ => Error::Refused(format!("cannot listen on {address}: {error}")),
    }
}
