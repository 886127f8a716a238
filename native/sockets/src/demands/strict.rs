//! Who must prove who they are, and who did not: the rules of `IP_AllowWithoutAuth=0`, for IP and P2P alike.
//!
//! The library itself refuses on one way only, connecting by address. A listen socket with 0 it does not open, and between peers (P2P) it lets
//! everybody in. So what comes in is looked at here, by the flag that the library sets on a connection whose certificate no trusted authority
//! vouches for: before the application hears of a connection that came in, and before it gets a message or sends one on a connection that it
//! opened. Values in, values out; `gate.rs` applies what is decided here.
use std::collections::{BTreeMap, BTreeSet};

use crate::demands::levels::{Levels, Policy};
use crate::info::{Change, Info};
use crate::raw::{flags, state};

/// Why a connection ends whose other side did not prove who it is. Ours, among those of programs (2000–2999: something unusual).
pub const END_UNPROVEN: i32 = 2401;

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

/// What the other side of a connection that we open has to prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    NotNeeded,
    /// The library itself ends the connection unless it is given: until then nothing that the other side says is told.
    SeenToByTheLibrary,
    /// Until it is given, nothing is received or sent.
    Needed,
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
    /// Those of `Verdict::Muffle`, until the library says that they are gone.
    muffled: BTreeSet<u32>,
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

    /// We opened a connection.
    pub fn opened(&mut self, connection: u32, proof: Proof) {
        self.ours.insert(connection);
        match proof {
            Proof::NotNeeded => {}
            Proof::SeenToByTheLibrary => drop(self.expected.insert(connection)),
            Proof::Needed => self.demand(connection),
        }
    }

    /// A connection must be proven: until it is, what comes on it is thrown away.
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

    /// Whether it must still prove itself.
    pub fn waits_for_proof(&self, connection: u32) -> bool {
        self.unproven.contains(&connection)
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
        if self.unproven.contains(&connection) && look().is_some_and(is_safe) {
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
        if self.muffled.contains(connection) {
            if info.state == state::NONE {
                self.left.remove(connection);
                self.muffled.remove(connection);
            }
            return Verdict::Muffle;
        }
        if self.left.contains(connection) {
            if info.state == state::NONE {
                self.left.remove(connection);
                if *old_state == state::CLOSED_BY_PEER {
                    return Verdict::Muffle; // it was ended there before we closed it, and nobody had heard of it
                }
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
        if held && !is_safe(info.flags) && [state::FINDING_ROUTE, state::CONNECTED].contains(&info.state) {
            return Verdict::Break;
        }
        self.unproven.remove(connection);
        self.expected.remove(connection);
        match info.state {
            state::CLOSED_BY_PEER => {
                self.muffled.insert(*connection);
                Verdict::Muffle
            }
            _ => Verdict::Tell,
        }
    }

    /// Whether what the other side said at the end is not to be told, as `judge` says or will say.
    pub fn muffles(&self, connection: u32, state: i32) -> bool {
        let pending = self.unproven.contains(&connection) || self.expected.contains(&connection);
        state == state::CLOSED_BY_PEER && (pending || self.muffled.contains(&connection))
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
pub const fn is_proven(flags: i32) -> bool {
    flags & flags::UNAUTHENTICATED == 0
}

/// Whether it did, and nobody else can speak for who has proven it. Never before a connection is accepted: until then the cipher is open.
const fn is_safe(flags: i32) -> bool {
    flags & (flags::UNAUTHENTICATED | flags::UNENCRYPTED) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Setting, Value};
    use crate::raw::config;

    const BAD: i32 = flags::UNAUTHENTICATED;
    const STRICT: Levels = Levels { all: 0, local: 0 };
    const LOOSE: Levels = Levels { all: 2, local: 0 };

    fn says(levels: Levels) -> Policy {
        let set = |id, level| Setting { id, value: Value::Int(level) };
        Policy::of(&[set(config::ALLOW_WITHOUT_AUTH, levels.all), set(config::ALLOW_WITHOUT_AUTH_LOCAL, levels.local)])
    }

    fn change(connection: u32, from: i32, to: i32, flags: i32, listen_socket: u32) -> Change {
        let mut change = Change::example(connection, from, to, listen_socket);
        change.info.flags = flags;
        change.info.address = Some("127.0.0.1:9".parse().unwrap());
        change
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
        strict.opened(1, Proof::NotNeeded);
        assert_eq!(
            strict.judge(&change(1, 0, 1, BAD, 0), || STRICT),
            Verdict::Tell,
            "our own is not one that comes in"
        );
    }

    #[test]
    fn what_we_open_is_held_until_who_answers_proves_it() {
        let mut strict = Strict::default();
        strict.opened(1, Proof::Needed);
        assert!(strict.holds(1, || Some(BAD)) && strict.holds(1, || None));
        assert_eq!(strict.judge(&change(1, 0, 1, BAD, 0), || STRICT), Verdict::Tell);
        assert_eq!(strict.judge(&change(1, 1, 2, 0, 0), || STRICT), Verdict::Tell);
        assert!(!strict.holds(1, || Some(BAD)), "proven once is proven");
        assert_eq!(strict.held(), 0);
    }

    #[test]
    fn what_is_proven_is_let_through_before_the_change_is_told() {
        let mut strict = Strict::default();
        strict.opened(1, Proof::Needed);
        assert!(!strict.holds(1, || Some(0)));
        assert_eq!(strict.judge(&change(1, 1, 2, 0, 0), || STRICT), Verdict::Tell);
    }

    #[test]
    fn what_we_open_breaks_when_who_answers_proves_nothing() {
        for to in [state::FINDING_ROUTE, state::CONNECTED] {
            let mut strict = Strict::default();
            strict.opened(1, Proof::Needed);
            assert_eq!(strict.judge(&change(1, 1, to, BAD, 0), || STRICT), Verdict::Break);
            assert!(strict.holds(1, || Some(BAD)));
        }
    }

    #[test]
    fn a_proof_in_plain_text_is_none() {
        let mut strict = Strict::default();
        strict.demand(1);
        assert!(strict.holds(1, || Some(flags::UNENCRYPTED)));
        let change = change(1, 1, state::CONNECTED, flags::UNENCRYPTED, 7);
        assert_eq!(strict.judge(&change, || LOOSE), Verdict::Break);
    }

    #[test]
    fn what_the_library_sees_to_is_not_held_and_what_is_said_unproven_is_not_told() {
        let mut strict = Strict::default();
        strict.opened(1, Proof::SeenToByTheLibrary);
        assert!(!strict.holds(1, || Some(BAD)));
        assert_eq!(strict.judge(&change(1, 1, state::CLOSED_BY_PEER, BAD, 0), || STRICT), Verdict::Muffle);
    }

    #[test]
    fn an_end_is_told_and_ends_the_holding() {
        let mut strict = Strict::default();
        strict.opened(1, Proof::Needed);
        assert_eq!(strict.judge(&change(1, 1, 5, BAD, 0), || STRICT), Verdict::Tell);
        strict.demand(2);
        strict.closed(2);
        assert_eq!(strict.held(), 0);
    }

    #[test]
    fn what_came_in_on_a_listen_socket_is_forgotten_with_it() {
        let mut strict = listening(STRICT);
        strict.opened(1, Proof::Needed); // a symmetric one: it came in, and we connected
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
            strict.opened(1, Proof::Needed);
            close(&mut strict, 1);
            let told = [(0, 1), (1, 3), (3, 4), (3, state::NONE)]; // queued before it was closed, all but the last
            let verdicts = told.map(|(from, to)| strict.judge(&change(1, from, to, BAD, 0), || LOOSE));
            assert_eq!(verdicts, [Verdict::Tell, Verdict::Hide, Verdict::Hide, Verdict::Tell]);
            assert!(strict.left.is_empty());
        }
    }

    #[test]
    fn what_was_said_without_a_proof_is_never_told_however_it_is_asked_for() {
        let mut strict = Strict::default();
        strict.opened(1, Proof::SeenToByTheLibrary);
        assert!(strict.muffles(1, state::CLOSED_BY_PEER) && !strict.muffles(1, state::CONNECTING));
        assert_eq!(strict.judge(&change(1, 1, state::CLOSED_BY_PEER, BAD, 0), || LOOSE), Verdict::Muffle);
        assert!(strict.muffles(1, state::CLOSED_BY_PEER));
        strict.closed(1);
        assert_eq!(strict.judge(&change(1, state::CLOSED_BY_PEER, 0, BAD, 0), || LOOSE), Verdict::Muffle);
        assert!(strict.muffled.is_empty() && !strict.muffles(1, state::CLOSED_BY_PEER));
    }

    #[test]
    fn what_was_ended_there_and_closed_here_before_anybody_heard_is_told_without_words() {
        let mut strict = Strict::default();
        strict.opened(1, Proof::Needed);
        strict.closed(1);
        assert_eq!(strict.judge(&change(1, 1, state::CLOSED_BY_PEER, BAD, 0), || LOOSE), Verdict::Hide);
        assert_eq!(strict.judge(&change(1, state::CLOSED_BY_PEER, 0, BAD, 0), || LOOSE), Verdict::Muffle);
        assert!(strict.left.is_empty());
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
}
