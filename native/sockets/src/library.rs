//! The library itself: opening, what it tells, and closing in order.
use std::ffi::c_char;
use std::ptr::null;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use crate::address::parse_identity;
use crate::clock::Clock;
use crate::handles::Living;
use crate::queues::{self, Events};
use crate::raw::{self, Api};
use crate::Error;

/// `k_ESteamNetConnectionEnd_App_Generic`.
const END_GENERIC: i32 = 1000;
/// A lock that is held longer than this is worth a log line, in microseconds: less is an ordinary busy machine.
const SLOW_LOCK_US: i64 = 100_000;

static OPEN: AtomicBool = AtomicBool::new(false);

/// GameNetworkingSockets, open. There is one per process; dropping it closes everything it made, then the library.
///
/// A handle is a number that is looked up at each call (`handles`): an old one is refused, it never dangles and never reaches another.
pub struct Library {
    pub(crate) api: Api,
    pub(crate) sockets: *mut raw::Sockets,
    pub(crate) utils: *mut raw::Utils,
    pub(crate) clock: Clock,
    living: RwLock<Living>,
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
        Ok(Self { api, sockets, utils, clock, living: RwLock::default() })
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
        let ghosts = self.living_mut().take_ghosts();
        // SAFETY: the library is open; its callbacks only queue.
        unsafe { (self.api.run_callbacks)(self.sockets) };
        let mut events = queues::drain();
        if !events.changes.is_empty() {
            self.living_mut().learn(&mut events.changes, &ghosts);
        }
        events
    }

    pub(crate) fn living(&self) -> RwLockReadGuard<'_, Living> {
        self.living.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What makes a handle holds this until the handle is in it, so that nobody hears of one that is not known yet.
    pub(crate) fn living_mut(&self) -> RwLockWriteGuard<'_, Living> {
        self.living.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// `connection` when it lives, else 0, which the library takes for none.
    pub(crate) fn known(&self, connection: u32) -> u32 {
        self.living().known(connection)
    }
}

impl Drop for Library {
    /// Connections first (each other side is told), then poll groups and listen sockets, then the library.
    fn drop(&mut self) {
        let living = std::mem::take(&mut *self.living_mut());
        for connection in living.connections() {
            self.close_handle(connection, END_GENERIC, "the program closed the library", false);
        }
        // SAFETY: the library checks the handles, and after `kill` nothing of it is used: `self` is gone.
        unsafe {
            for group in living.groups.all_theirs() {
                (self.api.destroy_poll_group)(self.sockets, group);
            }
            for listen in living.listen_sockets.all_theirs() {
                (self.api.close_listen_socket)(self.sockets, listen);
            }
            (self.api.set_debug_output_function)(self.utils, 0, None);
            (self.api.kill)();
        }
        queues::drain();
        OPEN.store(false, Ordering::Release);
    }
}
