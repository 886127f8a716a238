//! Who waits at a listen socket to be accepted, and who is turned away because too many do.
//!
//! The library lets everybody in whom its tables have room for, 8,191 connections in all, and each that nobody accepts stays for ten seconds: one
//! stranger with a packet for each could keep everybody else out. Values in, values out; `library.rs` closes who is turned away.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// Connections that wait to be accepted, at most, at each listen socket. A thousand players may come between two looks.
pub const MOST_WAITING: usize = 1024;
/// Why a connection ends that found no room. Ours, among those of programs (2000–2999: something unusual).
pub const END_CROWDED: i32 = 2402;
/// How many are closed in one look, so that it takes no longer than some milliseconds.
const MOST_CLOSED: usize = 256;
/// What happens again and again is told that often.
const TELLING: Duration = Duration::from_secs(1);

/// A connection that is to be closed and that nobody hears of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnedAway {
    pub connection: u32,
    /// The library's number of the listen socket that it came in on.
    pub listen_socket: u32,
    pub reason: i32,
    pub debug: String,
}

/// How often something happened that is told at most once a second.
#[derive(Debug, Default)]
pub struct Tally {
    count: u32,
    told: Option<Instant>,
}

impl Tally {
    pub const fn new() -> Self {
        Self { count: 0, told: None }
    }

    pub fn add(&mut self) {
        self.count = self.count.saturating_add(1);
    }

    /// How often since it was told last, when it is to be told `now`.
    pub fn due(&mut self, now: Instant) -> Option<u32> {
        if self.count == 0 || self.told.is_some_and(|told| now.duration_since(told) < TELLING) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

/// The doors of all listen sockets.
#[derive(Debug, Default)]
pub struct Doors {
    /// By the library's number of the listen socket.
    waiting: BTreeMap<u32, BTreeSet<u32>>,
    leaving: VecDeque<TurnedAway>,
    crowded: Tally,
}

impl Doors {
    /// A connection came in; false when there is no room for it, and it will be closed.
    pub fn enter(&mut self, listen_socket: u32, connection: u32) -> bool {
        let waiting = self.waiting.entry(listen_socket).or_default();
        if waiting.len() < MOST_WAITING {
            waiting.insert(connection);
            return true;
        }
        self.crowded.add();
        let debug = format!("{MOST_WAITING} connections wait to be accepted here already");
        self.turn_away(TurnedAway { connection, listen_socket, reason: END_CROWDED, debug });
        false
    }

    /// A connection that came in does not wait any more.
    pub fn leave(&mut self, listen_socket: u32, connection: u32) {
        if let Some(waiting) = self.waiting.get_mut(&listen_socket) {
            waiting.remove(&connection);
        }
    }

    /// A listen socket was closed, and with it who waited there or was to be closed.
    pub fn close(&mut self, listen_socket: u32) {
        self.waiting.remove(&listen_socket);
        self.leaving.retain(|away| away.listen_socket != listen_socket);
    }

    pub fn turn_away(&mut self, away: TurnedAway) {
        self.leaving.push_back(away);
    }

    /// Whether there is anybody to close.
    pub fn has_leaving(&self) -> bool {
        !self.leaving.is_empty()
    }

    /// The next to close.
    pub fn take_leaving(&mut self) -> impl Iterator<Item = TurnedAway> + '_ {
        let count = self.leaving.len().min(MOST_CLOSED);
        self.leaving.drain(..count)
    }

    /// How many found no room since that was told last, when it is to be told `now`.
    pub fn crowded(&mut self, now: Instant) -> Option<u32> {
        self.crowded.due(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Doors {
        let mut doors = Doors::default();
        assert!((0..MOST_WAITING as u32).all(|connection| doors.enter(7, connection)));
        doors
    }

    #[test]
    fn who_finds_no_room_is_to_be_closed_with_a_reason_and_other_listen_sockets_have_their_own() {
        let mut doors = full();
        assert!(!doors.enter(7, 5000) && doors.enter(8, 5001));
        let away: Vec<TurnedAway> = doors.take_leaving().collect();
        assert_eq!(away.len(), 1);
        assert_eq!((away[0].connection, away[0].reason), (5000, END_CROWDED));
        assert!(!doors.has_leaving());
    }

    #[test]
    fn who_is_accepted_or_gone_makes_room() {
        let mut doors = full();
        doors.leave(7, 3);
        assert!(doors.enter(7, 5000) && !doors.enter(7, 5001));
    }

    #[test]
    fn who_is_turned_away_is_closed_some_at_a_time_in_order() {
        let mut doors = full();
        (0..MOST_CLOSED as u32 + 1).for_each(|n| assert!(!doors.enter(7, 5000 + n)));
        assert_eq!(doors.take_leaving().count(), MOST_CLOSED);
        assert_eq!(doors.take_leaving().map(|away| away.connection).collect::<Vec<_>>(), [5000 + MOST_CLOSED as u32]);
    }

    #[test]
    fn a_listen_socket_that_closes_takes_with_it_who_was_to_be_closed() {
        let mut doors = full();
        doors.enter(7, 5000);
        doors.close(7);
        assert!(!doors.has_leaving() && doors.enter(7, 5001));
    }

    #[test]
    fn what_happens_often_is_told_at_once_and_then_once_a_second_with_its_count() {
        let (mut tally, began) = (Tally::new(), Instant::now());
        assert_eq!(tally.due(began), None);
        tally.add();
        assert_eq!(tally.due(began), Some(1));
        (0..5).for_each(|_| tally.add());
        assert_eq!(tally.due(began + TELLING / 2), None);
        assert_eq!(tally.due(began + TELLING), Some(5));
        assert_eq!(tally.due(began + TELLING * 3), None);
    }
}
