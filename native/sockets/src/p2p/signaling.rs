//! Signaling: what peers have to say to each other before there is a way between them, out and in. Somebody else carries it.
//!
//! The library hands us signals through `SendSignal`, from any of its threads and under its locks, so they are only queued
//! (`queues.rs`); what came from the other side goes in through [`Library::receive_signal`]. No object of ours stands behind the signaling of
//! a connection: the library makes it (`CreateCustomSignaling`), frees it with the connection, and all that we want to know comes
//! with each call. So nothing of ours can dangle, whichever of library and connection ends first.
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{c_int, c_void};
use std::net::{IpAddr, SocketAddr};
use std::ptr::{null_mut, slice_from_raw_parts};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::address::{identity_text, parse_identity};
use crate::network::Network;
use crate::p2p::signals::{self, Acquainted, End, VIRTUAL_PORTS};
use crate::p2p::unanswered::{may_wait, Unanswered};
use crate::queues::{self, Log, Signal};
use crate::raw::{self, Own};
use crate::{Error, Library};

/// One that came in and was not seen accepted or closed: who it is from, and the virtual ports at both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub peer: String,
    pub local: i32,
    pub remote: i32,
    /// Whom who carried the request named as its sender.
    pub sender: Option<String>,
}

/// By handle. Global for the reason that the queues are.
static WAITING: Mutex<BTreeMap<u32, Waiting>> = Mutex::new(BTreeMap::new());

pub(crate) fn waiting() -> MutexGuard<'static, BTreeMap<u32, Waiting>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether it was looked since the last pump which of them wait no longer.
static LOOKED: AtomicBool = AtomicBool::new(false);

/// Requests that found no room: they are not answered, and come again if they are meant.
static UNANSWERED: Mutex<Unanswered> = Mutex::new(Unanswered::new());

fn unanswered() -> MutexGuard<'static, Unanswered> {
    UNANSWERED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `connection` was accepted or closed.
pub fn waits_no_longer(connection: u32) {
    waiting().remove(&connection);
}

/// Forgets who waited and where the other ends were, with the library in which they were.
pub fn forget() {
    waiting().clear();
    other_ends().clear();
    *unanswered() = Unanswered::new();
}

/// Another frame begins. What there is to say about requests that were not answered.
pub fn pumped() -> Option<Log> {
    LOOKED.store(false, Ordering::Relaxed);
    let text = unanswered().due(Instant::now())?;
    Some(Log { level: raw::level::WARNING, text })
}

/// The other ends of our connections, by ours, as far as signals told them. Global for the same reason.
static OTHER_ENDS: Mutex<BTreeMap<u32, End>> = Mutex::new(BTreeMap::new());
/// How many of them make it worth a look which connections are gone.
const MANY_ENDS: usize = 1 << 14;

fn other_ends() -> MutexGuard<'static, BTreeMap<u32, End>> {
    OTHER_ENDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whom we know. Held while we connect and while we take a signal: what comes in waits until we have looked whether it is there.
static ACQUAINTED: Mutex<Acquainted> = Mutex::new(Acquainted::new());

pub(crate) fn acquainted() -> MutexGuard<'static, Acquainted> {
    ACQUAINTED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Library {
    /// Takes a signal that came from another peer. With `sender`, as whoever carried it names it, it is refused when it says to be from somebody else.
    ///
    /// False when nothing came of it; a log line says why.
    pub fn receive_signal(&self, data: &[u8], sender: Option<&str>) -> Result<bool, Error> {
        let Network::Own(own) = &self.network else {
            return Err(Error::Refused("on the Steam network Steam carries the signals itself".to_owned()));
        };
        let sender = sender.map(spelled).transpose()?;
        self.take_signal(own, data, sender.as_deref()).or_else(|why| {
            queues::say(raw::level::WARNING, format!("A P2P signal was refused: {why}"));
            Ok(false)
        })
    }

    /// False when there was no room for who wants to connect, which was counted.
    fn take_signal(&self, own: &Own, data: &[u8], sender: Option<&str>) -> Result<bool, String> {
        let me = self.require_identity().map_err(|error| error.to_string())?;
        let envelope = signals::open(data)?;
        let from = spelled(&envelope.from).map_err(|error| error.to_string())?;
        if is_nobody(&from) {
            return Err(format!("it is from {from}, which may be anybody"));
        }
        if sender.is_some_and(|sender| sender != from) {
            return Err(format!("it came from {} and says that it is from {from}", sender.unwrap_or_default()));
        }
        if !envelope.to.is_empty() && spelled(&envelope.to).ok().as_ref() != Some(&me) {
            return Err(format!("it is from {from} for {}, and this is {me}", envelope.to));
        }
        let mut acquainted = acquainted();
        if envelope.from_port.is_some() && acquainted.is_old(&from, envelope.from_connection) {
            return Ok(true);
        }
        let mut reception = Reception {
            library: self,
            own,
            me,
            from: End { identity: from.clone(), connection: envelope.from_connection },
            from_port: envelope.from_port.unwrap_or(-1),
            sender: sender.map(str::to_owned),
            full: envelope.from_port.is_none() || !make_room(self, sender),
            crowded: false,
            ignored: None,
        };
        let (taken, said) = queues::hearing(raw::level::WARNING, || {
            // SAFETY: data and reception live during the call, and the two functions are called during it only.
            unsafe {
                (own.received_p2p_custom_signal)(
                    self.sockets,
                    data.as_ptr().cast(),
                    data.len() as c_int,
                    (&raw mut reception).cast(),
                    on_connect_request,
                    on_rejection,
                )
            }
        });
        if reception.crowded {
            unanswered().add(sender);
            return Ok(false);
        }
        match (taken, reception.ignored) {
            (false, _) => Err(format!("the one from {from}: {}", queues::joined(&said))),
            (true, Some(why)) => Err(format!("the one from {from}: {why}")),
            (true, None) => {
                let ours = envelope.to_connection.and_then(|connection| self.seen(connection));
                if ours.is_some_and(|info| info.identity == from) {
                    acquainted.meet(&from, envelope.from_connection);
                    self.remember(
                        envelope.to_connection.unwrap_or(0),
                        End { identity: from, connection: envelope.from_connection },
                    );
                }
                queues::keep(said);
                Ok(true)
            }
        }
    }

    fn remember(&self, connection: u32, end: End) {
        if other_ends().len() > MANY_ENDS {
            let known: Vec<u32> = other_ends().keys().copied().collect();
            let gone: BTreeSet<u32> = known.into_iter().filter(|connection| self.seen(*connection).is_none()).collect();
            other_ends().retain(|connection, _| !gone.contains(connection));
        }
        other_ends().insert(connection, end);
    }

    /// Queues a signal that says we close this connection, if it is one between peers and the other side does not know it yet.
    pub(crate) fn say_goodbye(&self, connection: u32, reason: i32, debug: &str) {
        let Some(other) = other_ends().remove(&connection) else { return };
        let Ok(identity) = self.require_identity() else { return };
        let lives = [raw::state::CONNECTING, raw::state::FINDING_ROUTE, raw::state::CONNECTED];
        if self.seen(connection).is_some_and(|info| lives.contains(&info.state)) {
            let data = signals::goodbye(&End { identity, connection }, &other, reason, debug);
            queues::push_signal(Signal { connection, to: other.identity, data });
        }
    }

    /// The signals that wait to be carried to other peers, oldest first.
    pub fn signals(&self) -> Vec<Signal> {
        queues::drain_signals()
    }

    pub(crate) fn require_identity(&self) -> Result<String, Error> {
        self.identity().filter(|me| !is_nobody(me)).ok_or_else(|| {
            Error::Refused(
                "peers find each other by who they are, and this is nobody: open Sockets(identity=\"str:alice\")"
                    .to_owned(),
            )
        })
    }
}

/// `identity` as the library spells it.
fn spelled(identity: &str) -> Result<String, Error> {
    let identity = parse_identity(identity)?;
    // SAFETY: it was parsed just now.
    Ok(unsafe { identity_text(&identity) })
}

/// The identity of whoever has none is that of this machine to itself; the library lets anybody answer for it.
pub(crate) fn is_nobody(identity: &str) -> bool {
    let ip = |text: &str| text.parse().or_else(|_| text.parse().map(|address: SocketAddr| address.ip()));
    identity
        .strip_prefix("ip:")
        .and_then(|text| ip(text).ok())
        .is_some_and(|ip: IpAddr| ip.to_canonical().is_loopback())
}

/// Whether one more connection of `sender` may wait. Those that wait no longer are looked for only when it matters, and once a frame: to look at
/// each of them for each request would be just what a flood wants.
fn make_room(library: &Library, sender: Option<&str>) -> bool {
    if has_room(sender) {
        return true;
    }
    if LOOKED.swap(true, Ordering::Relaxed) {
        return false;
    }
    let before = waiting().clone(); // the library is not called while we hold what it may want in `on_connect_request`
    let waits = |handle: u32| library.seen(handle).is_some_and(|info| info.state == raw::state::CONNECTING);
    let gone: BTreeSet<u32> = before.into_keys().filter(|handle| !waits(*handle)).collect();
    waiting().retain(|handle, _| !gone.contains(handle));
    has_room(sender)
}

fn has_room(sender: Option<&str>) -> bool {
    let waiting = waiting();
    let theirs = waiting.values().filter(|waiting| waiting.sender.as_deref() == sender).count();
    may_wait(theirs, waiting.len())
}

/// What the library's questions during one `receive_signal` are answered from.
struct Reception<'a> {
    library: &'a Library,
    own: &'a Own,
    me: String,
    from: End,
    from_port: i32,
    /// Who it came from as who carried it knows.
    sender: Option<String>,
    full: bool,
    /// A request was not answered because it is full.
    crowded: bool,
    /// Why else a request was not answered.
    ignored: Option<String>,
}

/// Queues a signal for who is on the other side of a connection.
///
/// # Safety
/// Called by the library alone, from any thread, with a complete record and `size` bytes.
pub(crate) unsafe extern "C" fn on_signal(
    _: *mut c_void,
    connection: raw::Handle,
    info: *const raw::Info,
    data: *const c_void,
    size: c_int,
) -> bool {
    // SAFETY: a complete record by the library's promise.
    let to = unsafe { identity_text(&raw const (*info).m_identityRemote) };
    // SAFETY: as many bytes by the library's promise.
    queues::push_signal(Signal { connection, to, data: unsafe { bytes(data, size) } });
    true
}

/// Somebody wants to connect: they may wait for our answer if we listen there and there is room. Silence tells nobody whether we are here.
///
/// # Safety
/// Called by the library alone, during `receive_signal`, whose `Reception` is the context.
unsafe extern "C" fn on_connect_request(
    context: *mut c_void,
    connection: raw::Handle,
    _: *const raw::Identity,
    virtual_port: c_int,
) -> *mut raw::Signaling {
    // SAFETY: the context is what `take_signal` gave, on this thread, and it looks at it again only afterwards.
    let reception = unsafe { &mut *context.cast::<Reception<'_>>() };
    // Without a listen socket the library leaves the decision to us; it holds its lock, so none goes or comes meanwhile.
    let listened = reception.library.seen(connection).is_some_and(|info| info.listen_socket != 0);
    match (listened && VIRTUAL_PORTS.contains(&virtual_port), reception.full) {
        (false, _) => reception.ignored = Some(format!("nobody listens on virtual port {virtual_port}")),
        (true, true) => reception.crowded = true,
        (true, false) => {
            let (peer, remote, sender) =
                (reception.from.identity.clone(), reception.from_port, reception.sender.take());
            waiting().insert(connection, Waiting { peer, local: virtual_port, remote, sender });
            other_ends().insert(connection, reception.from.clone());
            // SAFETY: as in `connect_own`.
            return unsafe { (reception.own.create_custom_signaling)(null_mut(), on_signal, None) };
        }
    }
    null_mut()
}

/// Queues the library's own no to a request that it could not make sense of.
///
/// # Safety
/// Called by the library alone, during `receive_signal`, whose `Reception` is the context, with an identity and `size` bytes.
unsafe extern "C" fn on_rejection(context: *mut c_void, peer: *const raw::Identity, data: *const c_void, size: c_int) {
    // SAFETY: the context is what `take_signal` gave, and nobody else looks at it now.
    let reception = unsafe { &*context.cast::<Reception<'_>>() };
    // SAFETY: an identity by the library's promise.
    let to = unsafe { identity_text(peer) };
    // SAFETY: as many bytes by the library's promise.
    let data = signals::complete_rejection(&unsafe { bytes(data, size) }, &reception.me);
    queues::push_signal(Signal { connection: 0, to, data });
}

/// A copy of `size` bytes at `data`.
///
/// # Safety
/// They are there.
unsafe fn bytes(data: *const c_void, size: c_int) -> Vec<u8> {
    let size = usize::try_from(size).unwrap_or(0);
    match data.is_null() {
        true => Vec::new(),
        // SAFETY: not null, and as many bytes by our caller's promise.
        false => unsafe { (*slice_from_raw_parts(data.cast::<u8>(), size)).to_vec() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_to_itself_is_nobody() {
        for text in ["ip:127.0.0.1", "ip:::1", "ip:127.0.0.1:80", "ip:[::1]:80", "ip:::ffff:127.0.0.1"] {
            assert!(is_nobody(text), "{text}");
        }
        for text in ["str:127.0.0.1", "ip:192.0.2.1", "steamid:76561197960287930", "ip:", ""] {
            assert!(!is_nobody(text), "{text}");
        }
    }
}
