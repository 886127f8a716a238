//! Which handles live, and under which numbers our callers know them.
//!
//! GameNetworkingSockets looks a connection up by the low half of its number alone (`InternalGetConnectionByHandle`): an old or mistaken handle
//! reaches whatever connection has that half by now. And it gives the numbers of poll groups and listen sockets out again after 4,095 others.
//! So each handle passes here on its way down. Connections keep the library's numbers, which are random; poll groups and listen sockets get
//! numbers of ours, which never come back while the process runs. What is not known becomes 0, which the library takes for none.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::door::{Doors, TurnedAway};
use crate::info::Change;
use crate::lanes::Lanes;
use crate::raw::state;

static GROUPS_MADE: AtomicU32 = AtomicU32::new(0);
static LISTEN_SOCKETS_MADE: AtomicU32 = AtomicU32::new(0);
/// Set in the numbers of poll groups, so that those of one kind are not taken for the other.
const GROUP: u32 = 1 << 31;

/// What was made and not yet destroyed.
#[derive(Debug, Default)]
pub(crate) struct Living {
    connections: BTreeMap<u32, Connection>,
    /// Closed before their first change was told: when it is, it is no news of a connection that comes in.
    ghosts: BTreeSet<u32>,
    /// Came in on a listen socket that was closed before they were told, or found no room there: nobody hears of them.
    orphans: BTreeSet<u32>,
    pub doors: Doors,
    pub groups: Numbers,
    pub listen_sockets: Numbers,
    /// Ports of listen sockets that we closed.
    pub left_ports: BTreeSet<u16>,
}

#[derive(Debug, Default)]
struct Connection {
    /// The library's number of the listen socket that it came in on, or 0.
    listen_socket: u32,
    /// Its first change was told, or it has none.
    told: bool,
    lanes: Lanes,
}

impl Living {
    /// One that we began, whose first change is still to be told; or that had come in on `listen_socket` (the library's number) and is accepted by that.
    pub fn begin(&mut self, connection: u32, listen_socket: u32) {
        self.connections.entry(connection).or_insert(Connection { listen_socket, ..Connection::default() });
    }

    /// One that came in on `listen_socket` (the library's number): from here on it is known, told or not. False when that was closed meanwhile.
    pub fn begin_on(&mut self, connection: u32, listen_socket: u32) -> bool {
        let listens = self.listen_sockets.ours(listen_socket) != 0;
        if listens {
            self.begin(connection, listen_socket);
        }
        listens
    }

    /// One that is connected from the start.
    pub fn pair(&mut self, connection: u32) {
        self.connections.insert(connection, Connection { told: true, ..Connection::default() });
    }

    /// `connection` when it lives, else 0.
    pub fn known(&self, connection: u32) -> u32 {
        if self.connections.contains_key(&connection) {
            connection
        } else {
            0
        }
    }

    /// The lanes of a connection that lives.
    pub fn lanes(&mut self, connection: u32) -> Option<&mut Lanes> {
        self.connections.get_mut(&connection).map(|connection| &mut connection.lanes)
    }

    /// Forgets a connection; false when it did not live.
    pub fn end(&mut self, connection: u32) -> bool {
        let Some(ended) = self.connections.remove(&connection) else { return false };
        self.doors.leave(ended.listen_socket, connection);
        if !ended.told {
            self.ghosts.insert(connection);
        }
        true
    }

    /// A connection that came in does not wait to be accepted any more: it was accepted, or something became of it.
    pub fn waits_no_longer(&mut self, connection: u32) {
        if let Some(known) = self.connections.get(&connection) {
            self.doors.leave(known.listen_socket, connection);
        }
    }

    /// Forgets a connection that came in and was told to nobody: it is closed when the library has time. Gives false when it did not live.
    pub fn turn_away(&mut self, connection: u32, reason: i32, debug: &str) -> bool {
        let Some(known) = self.connections.get(&connection) else { return false };
        let (listen_socket, debug) = (known.listen_socket, debug.to_owned());
        self.doors.turn_away(TurnedAway { connection, listen_socket, reason, debug });
        self.end(connection)
    }

    /// Forgets a listen socket and the connections that came in on it. Gives the library's number of it, or 0, and those connections.
    pub fn end_listen_socket(&mut self, listen: u32) -> (u32, Vec<u32>) {
        let came_in = self.came_in_on(listen);
        came_in.iter().for_each(|connection| drop(self.connections.remove(connection)));
        let theirs = self.listen_sockets.end(listen);
        if theirs != 0 {
            self.doors.close(theirs);
        }
        (theirs, came_in)
    }

    /// Those that were closed until now without having been told; see [`Living::learn`].
    pub fn take_ghosts(&mut self) -> BTreeSet<u32> {
        std::mem::take(&mut self.ghosts)
    }

    /// Learns of connections that came in, and says where under our number. `ghosts` are those of before the changes were asked for.
    /// Of those whose listen socket was closed before they were told, nothing stays: they ended with it.
    pub fn learn(&mut self, changes: &mut Vec<Change>, ghosts: &BTreeSet<u32>) {
        changes.retain_mut(|change| {
            let theirs = change.info.listen_socket;
            change.info.listen_socket = self.listen_sockets.ours(theirs);
            if change.old_state == 0
                && !ghosts.contains(&change.connection)
                && !self.ghosts.contains(&change.connection)
            {
                self.first_told(change.connection, theirs, theirs != 0 && change.info.listen_socket == 0);
            }
            if change.info.state != state::CONNECTING {
                self.waits_no_longer(change.connection);
            }
            if change.info.state == 0 {
                return !self.orphans.remove(&change.connection);
            }
            !self.orphans.contains(&change.connection)
        });
    }

    /// Those that came in on a listen socket of ours; none when there is no such.
    pub fn came_in_on(&self, listen: u32) -> Vec<u32> {
        let theirs = self.listen_sockets.theirs(listen);
        let came_in = self.connections.iter().filter(|(_, each)| theirs != 0 && each.listen_socket == theirs);
        came_in.map(|(handle, _)| *handle).collect()
    }

    fn first_told(&mut self, connection: u32, listen_socket: u32, listen_socket_is_gone: bool) {
        if let Some(known) = self.connections.get_mut(&connection) {
            known.told = true;
        } else if listen_socket_is_gone || (listen_socket != 0 && !self.doors.enter(listen_socket, connection)) {
            self.orphans.insert(connection);
        } else {
            self.connections.insert(connection, Connection { listen_socket, told: true, ..Connection::default() });
        }
    }

    /// All connections.
    pub fn connections(&self) -> impl Iterator<Item = u32> + '_ {
        self.connections.keys().copied()
    }
}

/// Numbers of ours for handles of the library's.
#[derive(Debug, Default)]
pub(crate) struct Numbers(BTreeMap<u32, u32>);

impl Numbers {
    /// The library's number, or 0.
    pub fn theirs(&self, ours: u32) -> u32 {
        self.0.get(&ours).copied().unwrap_or(0)
    }

    /// Our number, or 0.
    pub fn ours(&self, theirs: u32) -> u32 {
        self.0.iter().find(|(_, each)| **each == theirs).map_or(0, |(ours, _)| *ours)
    }

    /// Forgets one; the library's number of it, or 0.
    pub fn end(&mut self, ours: u32) -> u32 {
        self.0.remove(&ours).unwrap_or(0)
    }

    /// All of the library's.
    pub fn all_theirs(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.values().copied()
    }

    pub fn add_group(&mut self, theirs: u32) -> u32 {
        self.add(theirs, &GROUPS_MADE, GROUP)
    }

    pub fn add_listen_socket(&mut self, theirs: u32) -> u32 {
        self.add(theirs, &LISTEN_SOCKETS_MADE, 0)
    }

    fn add(&mut self, theirs: u32, made: &AtomicU32, kind: u32) -> u32 {
        let ours = (made.fetch_add(1, Ordering::Relaxed).wrapping_add(1) & !GROUP) | kind;
        self.0.insert(ours, theirs);
        ours
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::Info;

    fn change(connection: u32, old_state: i32, listen_socket: u32) -> Change {
        Change::example(connection, old_state, 1, listen_socket)
    }

    fn to_state(change: Change, state: i32) -> Change {
        Change { info: Info { state, ..change.info }, ..change }
    }

    fn learn(living: &mut Living, change: Change) -> u32 {
        let (ghosts, mut changes) = (living.take_ghosts(), vec![change]);
        living.learn(&mut changes, &ghosts);
        changes.first().map_or(0, |change| change.info.listen_socket)
    }

    #[test]
    fn what_shares_half_of_its_number_with_a_connection_is_not_it() {
        let mut living = Living::default();
        living.begin(0x1234_5678, 0);
        assert_eq!([living.known(0x1234_5678), living.known(0x1235_5678), living.known(0)], [0x1234_5678, 0, 0]);
    }

    #[test]
    fn what_comes_in_is_known_from_its_first_change_on() {
        let mut living = Living::default();
        let listen = living.listen_sockets.add_listen_socket(0x10_0003);
        assert_eq!(learn(&mut living, change(7, 0, 0x10_0003)), listen);
        assert_eq!(living.known(7), 7);
        assert!(living.end(7));
        learn(&mut living, change(7, 1, 0x10_0003));
        assert_eq!((living.known(7), living.end(7)), (0, false));
    }

    #[test]
    fn what_came_in_and_was_connected_to_stays_what_came_in() {
        let mut living = Living::default();
        let listen = living.listen_sockets.add_listen_socket(9);
        learn(&mut living, change(7, 0, 9));
        living.begin(7, 9);
        living.begin(8, 9); // not told yet
        living.begin(6, 0); // ours
        assert_eq!(living.end_listen_socket(listen), (9, vec![7, 8]));
        assert_eq!(living.connections().collect::<Vec<_>>(), [6]);
    }

    #[test]
    fn what_was_closed_before_its_first_change_stays_closed_when_that_is_told() {
        let mut living = Living::default();
        living.begin(7, 0);
        assert!(living.end(7));
        learn(&mut living, change(7, 0, 0));
        assert_eq!((living.known(7), living.ghosts.len()), (0, 0));
    }

    #[test]
    fn closing_a_listen_socket_ends_what_came_in_there_told_or_not() {
        let mut living = Living::default();
        let listen = living.listen_sockets.add_listen_socket(9);
        learn(&mut living, change(7, 0, 9));
        living.begin(8, 0);
        assert_eq!(living.end_listen_socket(listen), (9, vec![7]));
        learn(&mut living, change(6, 0, 9));
        assert_eq!(living.connections().collect::<Vec<_>>(), [8]);
        assert_eq!(living.end_listen_socket(listen), (0, vec![]));
    }

    #[test]
    fn who_came_in_before_a_listen_socket_was_closed_and_is_told_afterwards_is_never_heard_of() {
        let mut living = Living::default();
        let listen = living.listen_sockets.add_listen_socket(9);
        living.end_listen_socket(listen);
        let states = [(0, 1), (1, 3), (3, 0)];
        let mut changes: Vec<Change> = states.map(|(from, to)| to_state(change(7, from, 9), to)).into();
        changes.push(change(8, 0, 0)); // ours
        living.learn(&mut changes, &BTreeSet::new());
        assert_eq!(changes.iter().map(|change| change.connection).collect::<Vec<_>>(), [8]);
        assert!(living.known(7) == 0 && living.orphans.is_empty());
    }

    #[test]
    fn our_numbers_do_not_come_back_though_the_librarys_do() {
        let (mut one, mut other) = (Living::default(), Living::default());
        let first = one.groups.add_group(0x8001_0001);
        assert_eq!(one.groups.end(first), 0x8001_0001);
        let second = other.groups.add_group(0x8001_0001);
        assert_ne!(first, second);
        assert_eq!((other.groups.theirs(first), other.groups.theirs(second)), (0, 0x8001_0001));
        assert_eq!(second & other.listen_sockets.add_listen_socket(1) & GROUP, 0);
    }
}
