//! What `strict.rs` decides, applied: to listen sockets and connections when they are opened, to what is told, sent and received.
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::config::{Scope, Setting, Value};
use crate::info::Change;
use crate::network::Network;
use crate::queues::{self, Events, Log};
use crate::raw::{self, config, kind, scope, state};
use crate::strict::{in_words, Listening, Policy, Strict, Verdict, END_UNPROVEN};
use crate::{Error, Library};

/// The rules with what they know, behind a lock that is taken before `living` and before any of the library's own.
#[derive(Debug, Default)]
pub struct Gate {
    strict: Mutex<Strict>,
    held: AtomicUsize,
}

impl Gate {
    /// Looks into the rules, or changes what they know.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Strict) -> R) -> R {
        let mut strict = self.strict.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut strict);
        self.held.store(strict.held(), Ordering::Release);
        done
    }

    /// Whether there is any connection that nothing may come from or go to.
    fn holds_any(&self) -> bool {
        self.held.load(Ordering::Acquire) > 0
    }
}

impl Library {
    // --- Opening -------------------------------------------------------------------------------------------------------

    /// The policy of a listen socket with these settings, and the settings as the library takes them.
    pub(crate) fn before_listening(&self, settings: &[Setting]) -> Result<(Policy, Vec<Setting>), Error> {
        if self.valve_vouches() {
            return Ok((Policy::NONE, settings.to_vec()));
        }
        let policy = self.default_policy().with(settings);
        if policy.all == 0 {
            self.require_root("a listen socket with IP_AllowWithoutAuth=0")?;
            self.require_encryption(settings)?;
        }
        let native = Value::Int(policy.for_listening(self.able()));
        let rest = settings.iter().filter(|setting| setting.id != config::ALLOW_WITHOUT_AUTH).cloned();
        Ok((policy, rest.chain([Setting { id: config::ALLOW_WITHOUT_AUTH, value: native }]).collect()))
    }

    /// Runs `open`, which opens a listen socket (or gives 0), so that nobody comes in on it before it is known what is demanded there.
    pub(crate) fn opening_listen_socket(&self, listening: Listening, open: impl FnOnce() -> u32) -> Option<u32> {
        let socket = self.gate.with(|strict| {
            let mut living = self.living_mut();
            let theirs = open();
            (theirs != 0).then(|| {
                let socket = living.listen_sockets.add_listen_socket(theirs);
                strict.listen(socket, listening);
                socket
            })
        });
        self.set_log_level(queues::log_level());
        socket
    }

    /// Whether who answers at `address` (None: by signals) must prove itself, for a connection with these settings.
    pub(crate) fn before_connecting(&self, settings: &[Setting], address: Option<SocketAddr>) -> Result<bool, Error> {
        if self.valve_vouches() {
            return Ok(false);
        }
        let level = self.default_policy().with(settings).towards(address);
        if level == 0 {
            self.require_root("IP_AllowWithoutAuth=0")?;
            self.require_encryption(settings)?;
        }
        let needs_proof = level == 0 || (level == 1 && address.is_some() && self.name_of_ours().is_some());
        if needs_proof && !self.proof().status.ready(crate::proof::now()) {
            return Err(Error::Unproven(format!(
                "with IP_AllowWithoutAuth={level} this process has to prove who it is, and cannot: {}",
                self.authentication_status().1
            )));
        }
        Ok(level == 0)
    }

    /// Runs `open`, which opens a connection (or gives 0), so that no change of it is told or judged before it is known to be ours. With `hold`,
    /// nothing is received or sent on it until the other side has proven who it is. A symmetric connection may have come in already: `open` gives
    /// the library's number of the listen socket as well, or 0.
    pub(crate) fn opening(&self, hold: bool, open: impl FnOnce() -> (u32, u32)) -> Option<u32> {
        self.gate.with(|strict| {
            let mut living = self.living_mut();
            let (connection, listen_socket) = open();
            (connection != 0).then(|| {
                living.begin(connection, listen_socket);
                strict.opened(connection, hold);
                connection
            })
        })
    }

    /// On the Steam network every connection is certified by Valve, and its library itself does what `IP_AllowWithoutAuth` says.
    const fn valve_vouches(&self) -> bool {
        matches!(self.network, Network::Steam(_))
    }

    /// A connection whose `IP_AllowWithoutAuth` was set to 0 (one that came in and was not accepted yet) must be proven from then on.
    pub(crate) fn demand_if_set(&self, scope: Scope, setting: &Setting) {
        if let (Scope::Connection(connection), config::ALLOW_WITHOUT_AUTH, Value::Int(..=0)) =
            (scope, setting.id, &setting.value)
        {
            self.gate.with(|strict| strict.demand(connection));
        }
    }

    fn default_policy(&self) -> Policy {
        if self.valve_vouches() {
            return Policy::NONE;
        }
        let read = |id| match self.option(Scope::Global, id) {
            Ok(Value::Int(value)) => value,
            _ => 2,
        };
        Policy { all: read(config::ALLOW_WITHOUT_AUTH), local: read(config::ALLOW_WITHOUT_AUTH_LOCAL) }
    }

    fn require_root(&self, what: &str) -> Result<(), Error> {
        match self.proof().roots.is_empty() {
            false => Ok(()),
            true => Err(Error::Unproven(format!(
                "{what} demands proofs, and no authority is trusted that could vouch for one: trust(root) first"
            ))),
        }
    }

    fn require_encryption(&self, settings: &[Setting]) -> Result<(), Error> {
        let given = settings.iter().rev().find(|setting| setting.id == config::UNENCRYPTED);
        let value = given.map_or_else(|| self.option(Scope::Global, config::UNENCRYPTED), |s| Ok(s.value.clone()));
        match value {
            Ok(Value::Int(level)) if level > 0 => Err(Error::Argument(format!(
                "Unencrypted={level} and IP_AllowWithoutAuth=0 exclude each other: whoever proves itself once could be \
                 spoken for by anybody afterwards. Leave Unencrypted at 0"
            ))),
            _ => Ok(()),
        }
    }

    /// Tells every listen socket that asks for proofs what the library is to do now that our certificate has come or gone.
    pub(crate) fn tell_listeners(&self) {
        let able = self.able();
        self.gate.with(|strict| {
            for (socket, listening) in strict.listening().filter(|(_, listening)| !listening.p2p) {
                let value = listening.policy.for_listening(able);
                let socket = self.living().listen_sockets.theirs(socket);
                // SAFETY: the value is of the type that is said and lives during the call; the library checks the handle.
                unsafe {
                    (self.api.set_config_value)(
                        self.utils,
                        config::ALLOW_WITHOUT_AUTH,
                        scope::LISTEN_SOCKET,
                        socket as isize,
                        kind::INT32,
                        (&raw const value).cast(),
                    );
                }
            }
        });
    }

    /// Whether the library's own words about bad certificates are wanted.
    pub(crate) fn wants_words(&self) -> bool {
        self.gate.with(|strict| strict.listening().any(|(_, listening)| listening.policy.all == 0))
    }

    // --- Telling -------------------------------------------------------------------------------------------------------

    /// Closes what did not prove itself, and leaves in `events` what the application is to hear.
    pub(crate) fn judge(&self, events: &mut Events) {
        self.gate.with(|strict| {
            let changes = std::mem::take(&mut events.changes);
            events.changes.extend(changes.into_iter().filter_map(|change| {
                match strict.judge(&change, || self.default_policy()) {
                    Verdict::Tell => Some(change),
                    Verdict::Hide => None,
                    verdict => self.refuse(strict, change, verdict, &mut events.logs),
                }
            }));
        });
    }

    /// Closes the connection of `change`. What the application is to hear instead of it, if anything.
    fn refuse(
        &self,
        strict: &mut Strict,
        change: Change,
        verdict: Verdict,
        logs: &mut std::collections::VecDeque<Log>,
    ) -> Option<Change> {
        let why = in_words(queues::take_words(change.connection).as_deref());
        let said = format!("no proof of identity: {why}");
        if !self.living_mut().end(change.connection) {
            return None; // the application closed it already, or the listen socket
        }
        strict.refuse(change.connection);
        self.close_handle(change.connection, END_UNPROVEN, &said, false);
        logs.push_back(Log {
            level: raw::level::WARNING,
            text: format!("[{}] refused: {said}", change.info.description),
        });
        (verdict == Verdict::Break).then(|| {
            let (state, debug) = (state::PROBLEM_DETECTED_LOCALLY, said);
            Change { info: crate::Info { state, end_reason: END_UNPROVEN, debug, ..change.info }, ..change }
        })
    }

    // --- Messages ------------------------------------------------------------------------------------------------------

    /// Those of `connections` that nothing may be sent on yet.
    pub(crate) fn held(&self, connections: impl IntoIterator<Item = u32>) -> BTreeSet<u32> {
        if !self.gate.holds_any() {
            return BTreeSet::new();
        }
        self.gate.with(|strict| connections.into_iter().filter(|c| self.is_held(strict, *c)).collect())
    }

    /// Gives back to the library what came from connections that nothing may be received from, and keeps the rest in order. `fetch` gets the
    /// messages; nobody is let in or refused meanwhile.
    pub(crate) fn fetch_proven(
        &self,
        messages: &mut [*mut raw::Message],
        fetch: impl FnOnce(&mut [*mut raw::Message]) -> i32,
    ) -> (i32, usize) {
        self.gate.with(|strict| {
            let fetched = fetch(messages);
            let count = usize::try_from(fetched).unwrap_or(0);
            if strict.held() == 0 {
                return (fetched, count);
            }
            let mut kept = 0;
            for i in 0..count {
                // SAFETY: the library handed the message out just now; it is ours until it is released.
                let held = self.is_held(strict, unsafe { (*messages[i]).m_conn });
                if held {
                    // SAFETY: as above, and it is not looked at any more.
                    unsafe { (self.api.release_message)(messages[i]) };
                } else {
                    messages[kept] = messages[i];
                    kept += 1;
                }
            }
            (fetched, kept)
        })
    }

    fn is_held(&self, strict: &mut Strict, connection: u32) -> bool {
        strict.holds(connection, || self.info(connection).ok().map(|info| info.flags))
    }
}
