//! What `strict.rs` decides, applied: to options that are set, to what is told, sent and received. What is opened is in `opening.rs`.
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::config::{Scope, Setting, Value};
use crate::demands::levels::{level, Levels, Policy};
use crate::demands::strict::{is_proven, Listening, Strict, Verdict, END_UNPROVEN};
use crate::demands::words::{in_words, NAMELESS};
use crate::info::{Change, Info};
use crate::network::Network;
use crate::queues::{self, Events, Log};
use crate::raw::{self, config, state};
use crate::{Error, Library};

/// `k_ESteamNetConnectionEnd_Misc_Timeout`.
const TIMEOUT: i32 = 5003;

pub(crate) const fn setting(id: i32, value: i32) -> Setting {
    Setting { id, value: Value::Int(value) }
}

/// Whether we waited in vain because who answered has no name: the library overhears that.
fn was_nameless(change: &Change) -> bool {
    (change.info.state, change.info.end_reason) == (state::PROBLEM_DETECTED_LOCALLY, TIMEOUT)
        && queues::words_about(change.connection).as_deref() == Some(NAMELESS)
}

pub(crate) fn require_encryption(plainness: Option<Value>) -> Result<(), Error> {
    match plainness {
        Some(Value::Int(..=0)) | None => Ok(()),
        Some(value) => Err(Error::Option(format!(
            "Unencrypted={value} and IP_AllowWithoutAuth=0 exclude each other: whoever proves itself once could be spoken \
             for by anybody afterwards. Leave Unencrypted at 0"
        ))),
    }
}

/// The rules with what they know, behind a lock that is taken before `living` and before any of the library's own.
#[derive(Debug, Default)]
pub struct Gate {
    strict: Mutex<Strict>,
    held: AtomicUsize,
    /// Whether proofs were ever demanded, so that the library's words about them are wanted.
    demanding: AtomicBool,
    /// What counts where nobody said anything: `all`, `local`. Kept, because the library is too busy to be asked while strangers flood it.
    default: [AtomicI32; 2],
}

impl Gate {
    /// Looks into the rules, or changes what they know.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Strict) -> R) -> R {
        let mut strict = self.strict.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut strict);
        self.held.store(strict.held(), Ordering::Release);
        done
    }

    /// From now on, proofs are demanded somewhere.
    fn demand(&self) {
        self.demanding.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_demanding(&self) -> bool {
        self.demanding.load(Ordering::Relaxed)
    }

    /// Whether there is any connection that nothing may come from or go to.
    fn holds_any(&self) -> bool {
        self.held.load(Ordering::Acquire) > 0
    }
}

impl Library {
    // --- What counts ---------------------------------------------------------------------------------------------------

    /// The listen socket on that virtual port, if it demands proofs.
    pub(crate) fn strict_listener_on(&self, port: i32) -> Option<u32> {
        let default = self.default_levels();
        let demands = |listening: &Listening| listening.port == Some(port) && listening.policy.over(default).all == 0;
        self.gate.with(|strict| strict.listening().find(|(_, listening)| demands(listening)).map(|(socket, _)| socket))
    }

    /// On the Steam network every connection is certified by Valve, and its library itself does what `IP_AllowWithoutAuth` says.
    pub(crate) const fn valve_vouches(&self) -> bool {
        matches!(self.network, Network::Steam(_))
    }

    /// What counts where nobody said anything.
    pub(crate) fn default_levels(&self) -> Levels {
        if self.valve_vouches() {
            return Levels::NONE;
        }
        let [all, local] = self.gate.default.each_ref().map(|level| level.load(Ordering::Acquire));
        Levels { all, local }
    }

    /// Asks the library for them: when it was opened, and when one was set.
    pub(crate) fn learn_default_levels(&self) {
        let ids = [config::ALLOW_WITHOUT_AUTH, config::ALLOW_WITHOUT_AUTH_LOCAL];
        for (kept, id) in self.gate.default.iter().zip(ids) {
            kept.store(self.option(Scope::Global, id).map_or(0, |value| level(&value)), Ordering::Release);
        }
    }

    pub(crate) fn require_root(&self, what: &str) -> Result<(), Error> {
        match self.proof().roots.is_empty() {
            false => Ok(()),
            true => Err(Error::Unproven(format!(
                "{what} demands proofs, and no authority is trusted that could vouch for one: trust(root) first"
            ))),
        }
    }

    // --- Options -------------------------------------------------------------------------------------------------------

    /// What the library is told when somebody sets an option; what would undo a demand is refused.
    pub(crate) fn before_setting(&self, scope: Scope, given: &Setting) -> Result<Setting, Error> {
        if self.valve_vouches() {
            return Ok(given.clone());
        }
        match (scope, given.id) {
            (_, config::UNENCRYPTED) if self.demands(scope) => {
                require_encryption(Some(given.value.clone()))?;
                Ok(given.clone())
            }
            (Scope::Connection(_), config::ALLOW_WITHOUT_AUTH) if level(&given.value) == 0 => {
                require_encryption(self.option(scope, config::UNENCRYPTED).ok())?;
                Ok(given.clone())
            }
            (Scope::ListenSocket(socket), config::ALLOW_WITHOUT_AUTH) => {
                let policy = self.policy(socket).with(given.id, Some(&given.value));
                let levels = policy.over(self.default_levels());
                if levels.all == 0 {
                    self.require_root("a listen socket with IP_AllowWithoutAuth=0")?;
                    require_encryption(self.option(scope, config::UNENCRYPTED).ok())?;
                }
                Ok(setting(given.id, levels.for_listening(self.able())))
            }
            _ => Ok(given.clone()),
        }
    }

    /// Runs `write`, which sets an option or with None leaves it open again, and keeps what it says about proofs: at once, so that whatever happens next is
    /// judged by it.
    pub(crate) fn setting(&self, scope: Scope, id: i32, value: Option<&Value>, write: impl FnOnce() -> bool) -> bool {
        const ABOUT_PROOFS: [i32; 3] =
            [config::ALLOW_WITHOUT_AUTH, config::ALLOW_WITHOUT_AUTH_LOCAL, config::UNENCRYPTED];
        if self.valve_vouches() || !ABOUT_PROOFS.contains(&id) {
            return write();
        }
        let (done, demands) = self.gate.with(|strict| {
            let done = write();
            if done && id != config::UNENCRYPTED {
                self.keep(strict, scope, id, value);
                self.demand_of_who_waits(strict);
            }
            let default = self.default_levels();
            (done, strict.held() > 0 || strict.listening().any(|(_, each)| each.policy.over(default).all == 0))
        });
        if demands || self.default_levels().all == 0 {
            self.want_words();
        }
        self.tell_listeners();
        done
    }

    fn keep(&self, strict: &mut Strict, scope: Scope, id: i32, value: Option<&Value>) {
        match scope {
            Scope::Global => self.learn_default_levels(),
            Scope::ListenSocket(socket) => {
                if let Some(listening) = strict.listening_at(socket) {
                    listening.policy = listening.policy.with(id, value);
                }
            }
            // One that came in and was not accepted yet: others the library does not let change any more.
            Scope::Connection(connection) if id == config::ALLOW_WITHOUT_AUTH && value.map(level) == Some(0) => {
                strict.demand(connection);
            }
            Scope::Connection(_) => {}
        }
    }

    /// Holds those who came in and were not accepted yet to what is demanded now where they came in.
    fn demand_of_who_waits(&self, strict: &mut Strict) {
        let default = self.default_levels();
        let sockets: Vec<u32> = strict.listening().map(|(socket, _)| socket).collect();
        for connection in sockets.into_iter().flat_map(|socket| self.living().came_in_on(socket)) {
            let demands = |info: &Info| info.state == state::CONNECTING && strict.towards(info, || default) == 0;
            if self.info(connection).is_ok_and(|info| demands(&info)) {
                strict.demand(connection);
            }
        }
    }

    /// `read`, or where the library was told something else, what was really set.
    pub(crate) fn as_it_was_set(&self, scope: Scope, id: i32, read: Value) -> Value {
        if self.valve_vouches() || scope == Scope::Global || id != config::ALLOW_WITHOUT_AUTH {
            return read;
        }
        let levels = self.levels(scope);
        match read == Value::Int(levels.for_listening(self.able())) {
            true => Value::Int(levels.all),
            false => read,
        }
    }

    /// Whether proofs are demanded there.
    fn demands(&self, scope: Scope) -> bool {
        let held = |connection| self.gate.with(|strict| strict.waits_for_proof(connection));
        self.levels(scope).all == 0 || matches!(scope, Scope::Connection(connection) if held(connection))
    }

    /// What counts for a listen socket, or for a connection by where it came in.
    fn levels(&self, scope: Scope) -> Levels {
        let policy = match scope {
            Scope::Global => Policy::default(),
            Scope::ListenSocket(socket) => self.policy(socket),
            Scope::Connection(connection) => match self.info(connection).map(|info| info.listen_socket) {
                Ok(0) | Err(_) => return Levels::NONE,
                Ok(socket) => self.policy(socket),
            },
        };
        policy.over(self.default_levels())
    }

    fn policy(&self, socket: u32) -> Policy {
        self.gate.with(|strict| strict.listening_at(socket).map(|listening| listening.policy).unwrap_or_default())
    }

    /// Tells the library what it is to do on each listen socket, now that our certificate has come or gone or a default has changed.
    pub(crate) fn tell_listeners(&self) {
        let default = self.default_levels();
        self.gate.with(|strict| {
            let able = self.able(); // in here, so that the last word is the newest
            for (socket, listening) in strict.listening() {
                let levels = listening.policy.over(default);
                self.tell(socket, config::ALLOW_WITHOUT_AUTH, levels.for_listening(able));
                if levels.all == 0 {
                    self.tell(socket, config::UNENCRYPTED, 0);
                }
            }
        });
    }

    fn tell(&self, socket: u32, id: i32, value: i32) {
        let value = Value::Int(value);
        self.write(Scope::ListenSocket(socket), id, value.kind(), value.pointer());
    }

    /// Has the library say what is wrong with proofs from now on.
    pub(crate) fn want_words(&self) {
        self.gate.demand();
        self.tell_log_level();
    }

    // --- Telling -------------------------------------------------------------------------------------------------------

    /// Closes what did not prove itself, and leaves in `events` what the application is to hear.
    pub(crate) fn judge(&self, strict: &mut Strict, events: &mut Events) {
        let changes = std::mem::take(&mut events.changes);
        events.changes.extend(changes.into_iter().filter_map(|change| {
            let verdict = match was_nameless(&change) {
                true => Verdict::Break,
                false => strict.judge(&change, || self.default_levels()),
            };
            match verdict {
                Verdict::Tell => Some(change),
                Verdict::Hide => None,
                Verdict::Muffle => Some(muffled(change)),
                verdict => self.refuse(strict, change, verdict, &mut events.logs),
            }
        }));
    }

    /// Closes the connection of `change`. What the application is to hear instead of it, if anything.
    fn refuse(
        &self,
        strict: &mut Strict,
        change: Change,
        verdict: Verdict,
        logs: &mut std::collections::VecDeque<Log>,
    ) -> Option<Change> {
        let said = match is_proven(change.info.flags) && verdict == Verdict::Break && !was_nameless(&change) {
            true => "it is not encrypted: anybody could speak for who has proven themselves".to_owned(),
            false => format!("no proof of identity: {}", in_words(queues::words_about(change.connection).as_deref())),
        };
        let lived = match verdict {
            Verdict::TurnAway => self.living_mut().turn_away(change.connection, END_UNPROVEN, &said),
            _ => self.living_mut().end(change.connection),
        };
        if !lived {
            return None; // the application closed it already, or the listen socket
        }
        strict.refuse(change.connection);
        if verdict != Verdict::TurnAway {
            self.close_handle(change.connection, END_UNPROVEN, &said, false);
        }
        logs.extend(queues::unless_repeated(format!("[{}] refused: {said}", change.info.description)));
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

    /// A connection that our callers know of, as they may hear of it: without what somebody said at its end who had proven nothing.
    pub fn told(&self, connection: u32) -> Result<Info, Error> {
        self.gate.with(|strict| {
            let info = self.info(connection)?;
            Ok(if strict.muffles(connection, info.state) { without_words(info) } else { info })
        })
    }

    fn is_held(&self, strict: &mut Strict, connection: u32) -> bool {
        strict.holds(connection, || self.seen(self.known(connection)).map(|info| info.flags))
    }
}

/// The change without what somebody said who had proven nothing: not even a goodbye of theirs is signed.
fn muffled(change: Change) -> Change {
    Change { info: without_words(change.info), ..change }
}

fn without_words(info: Info) -> Info {
    let debug = "the other side, or somebody in its name, ended it before it had proven who it is".to_owned();
    Info { end_reason: END_UNPROVEN, debug, ..info }
}
