//! Who must prove who they are, and who did not: the rules of `IP_AllowWithoutAuth=0`, for IP and P2P alike.
//!
//! The library itself refuses on one way only, connecting by address. A listen socket with 0 it does not open, and between peers (P2P) it lets
//! everybody in. So what comes in is looked at here, by the flag that the library sets on a connection whose certificate no trusted authority
//! vouches for: before the application hears of a connection that came in, and before it gets a message or sends one on a connection that it
//! opened. Values in, values out; `gate.rs` applies what is decided here.
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use crate::config::{given, Setting, Value};
use crate::info::{Change, Info};
use crate::raw::{config, flags, state};

/// Why a connection ends whose other side did not prove who it is. Ours, among those of programs (2000–2999: something unusual).
pub const END_UNPROVEN: i32 = 2401;

/// `IP_AllowWithoutAuth` and `IPLocalHost_AllowWithoutAuth` as they count: 0 demands a proof, 1 asks for one, 2 does without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    pub all: i32,
    /// The looser of the two counts for peers on this machine.
    pub local: i32,
}

impl Levels {
    /// Nothing is demanded.
    pub const NONE: Self = Self { all: 2, local: 2 };

    /// What counts towards a peer at `address`; None for peers that are reached by signals.
    pub fn towards(self, address: Option<SocketAddr>) -> i32 {
        match address {
            Some(address) if address.ip().to_canonical().is_loopback() => self.all.max(self.local),
            _ => self.all,
        }
    }

    /// What the library is told for a listen socket, where it does not take 0. With 1 it says in its log what is wrong with a certificate, but
    /// needs one of ours for every connection that comes in (when we have a name): without, it is told 2.
    pub const fn for_listening(self, able: bool) -> i32 {
        match self.all {
            2.. => 2,
            _ if able => 1,
            _ => 2,
        }
    }
}

/// What somebody said about the two; what was left open follows the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    all: Option<i32>,
    local: Option<i32>,
}

impl Policy {
    /// As `settings` say; the last one counts.
    pub fn of(settings: &[Setting]) -> Self {
        let level = |id| given(settings, id).map(level);
        Self { all: level(config::ALLOW_WITHOUT_AUTH), local: level(config::ALLOW_WITHOUT_AUTH_LOCAL) }
    }

    /// With one value changed, or with None following the default again. Other values change nothing.
    #[must_use]
    pub fn with(self, id: i32, value: Option<&Value>) -> Self {
        let level = value.map(level);
        match id {
            config::ALLOW_WITHOUT_AUTH => Self { all: level, ..self },
            config::ALLOW_WITHOUT_AUTH_LOCAL => Self { local: level, ..self },
            _ => self,
        }
    }

    pub fn over(self, default: Levels) -> Levels {
        Levels { all: self.all.unwrap_or(default.all), local: self.local.unwrap_or(default.local) }
    }
}

/// `value` as the library takes it: into its range. What is no whole number is not let loosen anything.
pub fn level(value: &Value) -> i32 {
    match value {
        Value::Int(value) => (*value).clamp(0, 2),
        _ => 0,
    }
}

/// What to do about a change of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The application may hear of it.
    Tell,
    /// The application does not hear of it: the connection was refused before.
    Hide,
    /// It came in without a proof: it is closed, and the application never hears of it.
    TurnAway,
    /// We opened it, and who answered proved nothing: it is closed, and the application hears of a problem.
    Break,
    /// We opened it, and the other side ended it before it had proven anything: the application hears that, and nothing of what was said.
    Muffle,
}

/// What is known of a listen socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listening {
    pub policy: Policy,
    /// The virtual port on which it is reached by signals; None for one that is reached by address.
    pub port: Option<i32>,
}

/// What must be proven, and by whom it is not yet.
#[derive(Debug, Default)]
pub struct Strict {
    listening: BTreeMap<u32, Listening>,
    /// Connections that we opened.
    ours: BTreeSet<u32>,
    /// Those whose other side must prove itself and has not yet.
    unproven: BTreeSet<u32>,
    /// Those by address that the library itself ends unless the other side proves itself: until then nothing that it says is told.
    expected: BTreeSet<u32>,
    /// Those that were refused, until the library says that they are gone.
    refused: BTreeSet<u32>,
    /// Those that we closed before the other side had proven itself: of them only the beginning and the end are told.
    left: BTreeSet<u32>,
}

impl Strict {
    /// A listen socket was opened.
    pub fn listen(&mut self, socket: u32, listening: Listening) {
        self.listening.insert(socket, listening);
    }

    /// A listen socket was closed, and with it the connections that came in there.
    pub fn leave(&mut self, socket: u32, came_in: &[u32]) {
        self.listening.remove(&socket);
        came_in.iter().for_each(|connection| self.closed(*connection));
    }

    /// What is known of a listen socket.
    pub fn listening_at(&mut self, socket: u32) -> Option<&mut Listening> {
        self.listening.get_mut(&socket)
    }

    /// All listen sockets.
    pub fn listening(&self) -> impl Iterator<Item = (u32, Listening)> + '_ {
        self.listening.iter().map(|(socket, listening)| (*socket, *listening))
    }

    /// We opened a connection; `demanding` when what comes on it must be held back until the other side has proven itself.
    pub fn opened(&mut self, connection: u32, demanding: bool) {
        self.ours.insert(connection);
        if demanding {
            self.unproven.insert(connection);
        }
    }

    /// The library itself ends this connection of ours unless the other side proves itself.
    pub fn expect(&mut self, connection: u32) {
        self.expected.insert(connection);
    }

    /// A connection that exists must be proven from now on.
    pub fn demand(&mut self, connection: u32) {
        self.unproven.insert(connection);
    }

    /// We closed a connection.
    pub fn closed(&mut self, connection: u32) {
        if self.forget(connection) {
            self.left.insert(connection);
        }
    }

    /// Whether its other side had still to prove itself.
    fn forget(&mut self, connection: u32) -> bool {
        self.ours.remove(&connection);
        let expected = self.expected.remove(&connection);
        self.unproven.remove(&connection) || expected
    }

    /// A connection was refused, and the library was told to close it.
    pub fn refuse(&mut self, connection: u32) {
        self.forget(connection);
        self.refused.insert(connection);
    }

    /// How many connections nothing may come from or go to.
    pub fn held(&self) -> usize {
        self.unproven.len() + self.refused.len()
    }

    /// Whether nothing may come from or go to `connection`; `look` says how it stands now.
    pub fn holds(&mut self, connection: u32, look: impl FnOnce() -> Option<i32>) -> bool {
        if self.refused.contains(&connection) {
            return true;
        }
        if self.unproven.contains(&connection) && look().is_some_and(is_proven) {
            self.unproven.remove(&connection);
        }
        self.unproven.contains(&connection)
    }

    /// What to do about a change; `default` is what counts where nobody said anything.
    pub fn judge(&mut self, change: &Change, default: impl FnOnce() -> Levels) -> Verdict {
        let Change { connection, old_state, info } = change;
        if self.refused.contains(connection) {
            if info.state == state::NONE {
                self.refused.remove(connection);
            }
            return Verdict::Hide;
        }
        if self.left.contains(connection) {
            if info.state == state::NONE {
                self.left.remove(connection);
            }
            return if [state::NONE, state::CONNECTING].contains(&info.state) { Verdict::Tell } else { Verdict::Hide };
        }
        if (*old_state, info.state) == (state::NONE, state::CONNECTING) && !self.ours.contains(connection) {
            let lets_in = is_proven(info.flags) || self.towards(info, default) != 0;
            return if lets_in { Verdict::Tell } else { Verdict::TurnAway };
        }
        let (held, expected) = (self.unproven.contains(connection), self.expected.contains(connection));
        if !(held || expected) || info.state == state::CONNECTING {
            return Verdict::Tell;
        }
        if held && !is_proven(info.flags) && [state::FINDING_ROUTE, state::CONNECTED].contains(&info.state) {
            return Verdict::Break;
        }
        self.unproven.remove(connection);
        self.expected.remove(connection);
        match info.state {
            state::CLOSED_BY_PEER => Verdict::Muffle,
            _ => Verdict::Tell,
        }
    }

    /// What counts towards who comes in.
    pub fn towards(&self, info: &Info, default: impl FnOnce() -> Levels) -> i32 {
        match self.listening.get(&info.listen_socket) {
            Some(listening) => {
                listening.policy.over(default()).towards(info.address.filter(|_| listening.port.is_none()))
            }
            None => default().towards(None),
        }
    }
}

/// Whether the library found a trusted authority behind the other side's identity.
const fn is_proven(flags: i32) -> bool {
    flags & flags::UNAUTHENTICATED == 0
}

/// What the library says of a peer without a name, whom it does not answer where proofs are demanded.
pub const NAMELESS: &str = "Unauthenticated connections not allowed.";

/// The connection and the library's words, in the log lines with which it lets a bad certificate pass or overhears a peer without a name.
pub fn about_a_proof(line: &str) -> Option<(u32, &str)> {
    let number = |text: &str| text.split(' ').next()?.parse().ok();
    if let Some(connection) = line.strip_prefix("[ConnectOK] Ignored bad #") {
        return line.ends_with(NAMELESS).then_some((number(connection)?, NAMELESS));
    }
    let connection = number(line.strip_prefix("[#")?)?;
    let (_, words) = line.rsplit_once(" Ignore cert failure (")?;
    Some((connection, words.rsplit_once(")  Connection is not secure.")?.0))
}

/// The library's words about a certificate, in ours; None when it said nothing.
pub fn in_words(said: Option<&str>) -> String {
    match said {
        None => "no certificate that is good here".to_owned(),
        Some(words) if words.starts_with("CA key ") && words.ends_with(" is not known to us") => {
            "the certificate is of an authority that is not trusted here".to_owned()
        }
        Some(words) if words.starts_with("Cert expired ") => {
            format!("the certificate expired {} s ago", words.split(' ').nth(2).unwrap_or("some"))
        }
        Some(NAMELESS) => "the other side has no name".to_owned(),
        Some("Signature verification failed") => "the certificate was changed or forged".to_owned(),
        Some(words) => format!("the certificate is not good ({words})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: i32 = flags::UNAUTHENTICATED;
    const STRICT: Levels = Levels { all: 0, local: 0 };
    const LOOSE: Levels = Levels { all: 2, local: 0 };

    const fn says(levels: Levels) -> Policy {
        Policy { all: Some(levels.all), local: Some(levels.local) }
    }

    fn change(connection: u32, from: i32, to: i32, flags: i32, listen_socket: u32) -> Change {
        let info = Info {
            identity: "str:bob".into(),
            address: Some("127.0.0.1:9".parse().unwrap()),
            listen_socket,
            state: to,
            end_reason: 0,
            debug: String::new(),
            description: String::new(),
            flags,
            user_data: 0,
        };
        Change { connection, old_state: from, info }
    }

    fn listening(levels: Levels) -> Strict {
        let mut strict = Strict::default();
        strict.listen(7, Listening { policy: says(levels), port: None });
        strict
    }

    #[test]
    fn who_comes_in_without_proof_is_turned_away_and_never_heard_of_again() {
        let mut strict = listening(STRICT);
        assert_eq!(strict.judge(&change(1, 0, 1, BAD, 7), || LOOSE), Verdict::TurnAway);
        strict.refuse(1);
        assert_eq!(strict.held(), 1);
        assert!(strict.holds(1, || Some(0)));
        for to in [4, state::NONE] {
            assert_eq!(strict.judge(&change(1, 1, to, BAD, 7), || LOOSE), Verdict::Hide);
        }
        assert_eq!(strict.held(), 0);
    }

    #[test]
    fn who_proves_it_comes_in() {
        assert_eq!(listening(STRICT).judge(&change(1, 0, 1, 0, 7), || LOOSE), Verdict::Tell);
    }

    #[test]
    fn only_zero_demands_and_the_looser_one_counts_on_this_machine() {
        for (all, local, lets_in) in [(0, 0, false), (0, 1, true), (0, 2, true), (1, 0, true), (2, 0, true)] {
            let verdict = listening(Levels { all, local }).judge(&change(1, 0, 1, BAD, 7), || STRICT);
            assert_eq!(verdict == Verdict::Tell, lets_in, "{all} {local}");
        }
    }

    #[test]
    fn a_peer_that_is_reached_by_signals_is_never_local() {
        let mut strict = Strict::default();
        strict.listen(7, Listening { policy: says(Levels { all: 0, local: 2 }), port: Some(3) });
        assert_eq!(strict.judge(&change(1, 0, 1, BAD, 7), || LOOSE), Verdict::TurnAway);
    }

    #[test]
    fn where_nobody_listens_the_default_speaks() {
        for (default, verdict) in [(STRICT, Verdict::TurnAway), (LOOSE, Verdict::Tell)] {
            assert_eq!(Strict::default().judge(&change(1, 0, 1, BAD, 0), || default), verdict);
        }
        let mut strict = Strict::default();
        strict.opened(1, false);
        assert_eq!(
            strict.judge(&change(1, 0, 1, BAD, 0), || STRICT),
            Verdict::Tell,
            "our own is not one that comes in"
        );
    }

    #[test]
    fn what_we_open_is_held_until_who_answers_proves_it() {
        let mut strict = Strict::default();
        strict.opened(1, true);
        assert!(strict.holds(1, || Some(BAD)) && strict.holds(1, || None));
        assert_eq!(strict.judge(&change(1, 0, 1, BAD, 0), || STRICT), Verdict::Tell);
        assert_eq!(strict.judge(&change(1, 1, 2, 0, 0), || STRICT), Verdict::Tell);
        assert!(!strict.holds(1, || Some(BAD)), "proven once is proven");
        assert_eq!(strict.held(), 0);
    }

    #[test]
    fn what_is_proven_is_let_through_before_the_change_is_told() {
        let mut strict = Strict::default();
        strict.opened(1, true);
        assert!(!strict.holds(1, || Some(0)));
        assert_eq!(strict.judge(&change(1, 1, 2, 0, 0), || STRICT), Verdict::Tell);
    }

    #[test]
    fn what_we_open_breaks_when_who_answers_proves_nothing() {
        for to in [state::FINDING_ROUTE, state::CONNECTED] {
            let mut strict = Strict::default();
            strict.opened(1, true);
            assert_eq!(strict.judge(&change(1, 1, to, BAD, 0), || STRICT), Verdict::Break);
            assert!(strict.holds(1, || Some(BAD)));
        }
    }

    #[test]
    fn an_end_is_told_and_ends_the_holding() {
        let mut strict = Strict::default();
        strict.opened(1, true);
        assert_eq!(strict.judge(&change(1, 1, 5, BAD, 0), || STRICT), Verdict::Tell);
        strict.demand(2);
        strict.closed(2);
        assert_eq!(strict.held(), 0);
    }

    #[test]
    fn what_came_in_on_a_listen_socket_is_forgotten_with_it() {
        let mut strict = listening(STRICT);
        strict.opened(1, true); // a symmetric one: it came in, and we connected
        strict.demand(2);
        strict.demand(3); // elsewhere
        strict.leave(7, &[1, 2]);
        assert_eq!((strict.held(), strict.ours.len(), strict.listening().count()), (1, 0, 0));
        assert!(!strict.holds(2, || None) && strict.holds(3, || None));
    }

    #[test]
    fn what_we_close_before_it_is_proven_is_not_heard_of_but_for_its_end() {
        for close in [Strict::closed as fn(&mut Strict, u32), |strict, connection| strict.leave(7, &[connection])] {
            let mut strict = Strict::default();
            strict.opened(1, true);
            close(&mut strict, 1);
            let told = [(0, 1), (1, 3), (3, 4), (3, state::NONE)]; // queued before it was closed, all but the last
            let verdicts = told.map(|(from, to)| strict.judge(&change(1, from, to, BAD, 0), || LOOSE));
            assert_eq!(verdicts, [Verdict::Tell, Verdict::Hide, Verdict::Hide, Verdict::Tell]);
            assert!(strict.left.is_empty());
        }
    }

    #[test]
    fn what_a_listen_socket_leaves_open_follows_the_default() {
        let mut strict = Strict::default();
        strict.listen(7, Listening { policy: Policy::default(), port: None });
        for (default, verdict) in [(LOOSE, Verdict::Tell), (STRICT, Verdict::TurnAway)] {
            assert_eq!(strict.judge(&change(1, 0, 1, BAD, 7), || default), verdict);
        }
        strict.leave(7, &[]);
        assert!(strict.listening_at(7).is_none() && strict.listening().count() == 0);
    }

    #[test]
    fn settings_stand_above_the_default_and_the_last_one_counts() {
        let set = |id, value| Setting { id, value: Value::Int(value) };
        let settings = [set(config::ALLOW_WITHOUT_AUTH, 1), set(99, 5), set(config::ALLOW_WITHOUT_AUTH, 0)];
        assert_eq!(Policy::of(&settings).over(LOOSE), STRICT);
        let local = Policy::of(&[set(config::ALLOW_WITHOUT_AUTH_LOCAL, 1)]);
        assert_eq!(local.over(LOOSE), Levels { all: 2, local: 1 });
        assert_eq!(local.with(config::ALLOW_WITHOUT_AUTH_LOCAL, None).over(LOOSE), LOOSE);
    }

    #[test]
    fn this_machine_is_this_machine_however_its_address_is_written() {
        let levels = Levels { all: 0, local: 2 };
        for (address, level) in [("127.0.0.1:9", 2), ("[::1]:9", 2), ("[::ffff:127.0.0.1]:9", 2), ("192.0.2.1:9", 0)] {
            assert_eq!(levels.towards(Some(address.parse().unwrap())), level, "{address}");
        }
    }

    #[test]
    fn what_the_library_takes_for_zero_is_zero() {
        let text = Value::Text(c"2".to_owned());
        for value in [Value::Int(-3), Value::Int(i32::MIN), Value::Float(2.0), text] {
            assert_eq!(level(&value), 0);
        }
        assert_eq!([level(&Value::Int(1)), level(&Value::Int(77))], [1, 2]);
    }

    #[test]
    fn a_listen_socket_is_opened_with_what_the_library_takes() {
        let told = |all, able| Levels { all, local: 0 }.for_listening(able);
        assert_eq!([told(0, true), told(1, true), told(2, true)], [1, 1, 2]);
        assert_eq!([told(0, false), told(1, false), told(2, false)], [2, 2, 2]);
    }

    #[test]
    fn the_librarys_line_about_a_bad_certificate_is_read() {
        let line = "[#123 UDP str:bob@127.0.0.1:9] Ignore cert failure (CA key 7 is not known to us)  Connection is not secure.";
        assert_eq!(about_a_proof(line), Some((123, "CA key 7 is not known to us")));
        let nobody = "[ConnectOK] Ignored bad #5 UDP invalid@127.0.0.1:9.  Unauthenticated connections not allowed.";
        assert_eq!(about_a_proof(nobody), Some((5, NAMELESS)));
        let sly = "[#5 UDP str:] Ignore cert failure (x@1.2.3.4:9] Ignore cert failure (Cert expired 3 seconds ago at 1)  Connection is not secure.";
        assert_eq!(about_a_proof(sly), Some((5, "Cert expired 3 seconds ago at 1")));
        for other in ["", "[#x UDP] Ignore cert failure (a)  Connection is not secure.", "[#1 UDP] connected", "#1"] {
            assert_eq!(about_a_proof(other), None);
        }
    }

    #[test]
    fn the_librarys_words_are_put_in_ours() {
        assert_eq!(
            in_words(Some("CA key 7 is not known to us")),
            "the certificate is of an authority that is not trusted here"
        );
        assert_eq!(
            in_words(Some("Cert expired 3 seconds ago at 9 (current time 12)")),
            "the certificate expired 3 s ago"
        );
        assert_eq!(in_words(Some("new words")), "the certificate is not good (new words)");
        assert_eq!(in_words(None), "no certificate that is good here");
    }
}
