//! The library itself: opening, what it tells, and closing in order.
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use crate::address::parse_identity;
use crate::clock::Clock;
use crate::config::{Described, Value};
use crate::demands::gate::Gate;
use crate::door::MOST_WAITING;
use crate::handles::Living;
use crate::identity::proof::Proof;
use crate::identity::roots;
use crate::network::{steam, Network};
use crate::newcomers::Newcomers;
use crate::p2p::signaling;
use crate::queues::{self, Events, Log};
use crate::raw::{self, config, Api, Own};
use crate::Error;

/// `k_ESteamNetConnectionEnd_App_Generic`.
const END_GENERIC: i32 = 1000;
/// A lock that is held longer than this is worth a log line, in microseconds: less is an ordinary busy machine.
const SLOW_LOCK_US: i64 = 100_000;

static OPEN: AtomicBool = AtomicBool::new(false);

/// The right to be the one library that is open.
struct Claim;

impl Claim {
    fn take() -> Result<Self, Error> {
        match OPEN.swap(true, Ordering::AcqRel) {
            true => Err(Error::AlreadyOpen),
            false => Ok(Self),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        OPEN.store(false, Ordering::Release);
    }
}

/// GameNetworkingSockets, or Steam's library in its place, open. There is one per process; dropping it closes everything it made, then the library.
///
/// A handle is a number that is looked up at each call (`handles`): an old one is refused, it never dangles and never reaches another.
pub struct Library {
    pub(crate) api: Api,
    pub(crate) network: Network,
    pub(crate) sockets: *mut raw::Sockets,
    pub(crate) utils: *mut raw::Utils,
    pub(crate) clock: Clock,
    pub(crate) options: Vec<Described>,
    /// Held by who pumps; taken before all others.
    pump: Mutex<Newcomers>,
    pub(crate) proof: Mutex<Proof>,
    pub(crate) gate: Gate,
    living: RwLock<Living>,
    _claim: Claim,
}

// SAFETY: the two interfaces are made for calls from any thread, and stay where they are until the network is stopped, which only `drop` does.
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
    /// Opens GameNetworkingSockets.
    pub fn open(opening: &Opening<'_>) -> Result<Self, Error> {
        let identity = match opening.identity {
            "" => None,
            text => Some(parse_identity(text)?),
        };
        let claim = Claim::take()?;
        Self::start(claim, Api::linked(), Network::Own(Own::linked()), identity.as_ref(), opening)
    }

    /// Opens the `libsteam_api` at `path` in its place. Who we are is Steam's to say: the identity in `opening` is not looked at.
    pub fn open_steam(path: &Path, opening: &Opening<'_>) -> Result<Self, Error> {
        let claim = Claim::take()?;
        let (api, steam) = steam::load(path)?;
        Self::start(claim, api, Network::Steam(steam), None, opening)
    }

    fn start(
        claim: Claim,
        api: Api,
        network: Network,
        identity: Option<&raw::Identity>,
        opening: &Opening<'_>,
    ) -> Result<Self, Error> {
        // The caller read its clock before the library took its milliseconds to start.
        let began = Instant::now();
        let (sockets, utils) = network.start(identity)?;
        let now = opening.now + began.elapsed().as_secs_f64();
        // SAFETY: the library is open.
        let clock = Clock::new(now, unsafe { (api.get_local_timestamp)(utils) });
        let (options, pump, proof, gate, living) = Default::default();
        let mut library =
            Self { api, network, sockets, utils, clock, options, pump, proof, gate, living, _claim: claim };
        library.options = library.learn();
        library.begin_unproven();
        library.listen_to_callbacks(opening.log_level);
        Ok(library)
    }

    fn listen_to_callbacks(&self, log_level: i32) {
        queues::clear();
        // SAFETY: the callbacks have the signatures that the library calls, and are functions: they live for ever.
        unsafe {
            match &self.network {
                Network::Own(own) => (own.set_lock_wait_warning_threshold)(SLOW_LOCK_US),
                // Ours we tell ourselves (`authentication.rs`), and the open library takes a callback for them for a bug.
                Network::Steam(_) => {
                    (self.api.set_auth_status_callback)(self.utils, Some(queues::on_auth_changed));
                }
            }
            (self.api.set_connection_status_callback)(self.utils, Some(queues::on_status_changed));
        }
        self.set_log_level(log_level);
    }

    /// Nobody is trusted, whoever was when the library was open before in this process: its store of authorities outlives it. And peers on this
    /// machine are no exception, other than Valve has it. On Steam, Valve vouches for all.
    fn begin_unproven(&mut self) {
        if matches!(self.network, Network::Own(_)) {
            roots::forget();
            self.take_for_default(config::ALLOW_WITHOUT_AUTH_LOCAL, Value::Int(0));
            self.learn_default_levels();
        }
    }

    /// Log lines up to this of Valve's levels are queued from now on.
    pub fn set_log_level(&self, level: i32) {
        queues::set_log_level(level);
        self.tell_log_level();
    }

    /// The library says what is wanted, and more where proofs are demanded: what was wrong with one stands in a line of the lower kind.
    pub(crate) fn tell_log_level(&self) {
        let level = queues::log_level();
        let level = if self.gate.is_demanding() { level.max(raw::level::MESSAGE) } else { level };
        // SAFETY: as in `listen_to_callbacks`.
        unsafe { (self.api.set_debug_output_function)(self.utils, level, Some(queues::on_log)) };
    }

    /// Lets the library say what happened, and takes all that it said.
    pub fn run_callbacks(&self) -> Events {
        let mut newcomers = self.pump.lock().unwrap_or_else(PoisonError::into_inner); // two pumps would judge changes out of their order
        let ghosts = self.living_mut().take_ghosts();
        self.network.pump();
        // SAFETY: the library is open; its callbacks only queue.
        unsafe { (self.api.run_callbacks)(self.sockets) };
        self.look_at_certificate();
        let mut events = queues::drain();
        if !events.changes.is_empty() {
            self.gate.with(|strict| {
                self.living_mut().learn(&mut events.changes, &ghosts);
                self.judge(strict, &mut events); // at once: what is closed in between would be judged by another rule
            });
        }
        events.changes =
            newcomers.pass(events.changes, || self.network.if_free(|| ()), |connection| self.known(connection) != 0);
        events.logs.extend(self.see_off());
        events.logs.extend(signaling::pumped());
        events
    }

    /// Closes some of those that were turned away at a listen socket, if the library has time: what strangers make it do must not keep us.
    /// Says how many found no room.
    fn see_off(&self) -> Option<Log> {
        let mut living = self.living_mut(); // so that no listen socket is closed meanwhile, and no number of theirs becomes another's
        if living.doors.has_leaving() {
            self.network.if_free(|| {
                for away in living.doors.take_leaving() {
                    self.close_handle(away.connection, away.reason, &away.debug, false);
                }
            });
        }
        let count = living.doors.crowded(Instant::now())?;
        let text =
            format!("{count} connections were turned away: {MOST_WAITING} wait to be accepted at one listen socket");
        Some(Log { level: raw::level::WARNING, text })
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
        // SAFETY: the library checks the handles.
        unsafe {
            for group in living.groups.all_theirs() {
                (self.api.destroy_poll_group)(self.sockets, group);
            }
            for listen in living.listen_sockets.all_theirs() {
                (self.api.close_listen_socket)(self.sockets, listen);
            }
            (self.api.set_debug_output_function)(self.utils, 0, None);
        }
        self.network.stop();
        queues::clear();
        signaling::forget();
    }
}
