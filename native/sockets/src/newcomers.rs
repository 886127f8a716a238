//! Connections that came in, on their way to the application: some at a time, and none while the library has no time.
//!
//! Whoever hears of one accepts or closes it, and that takes the library's own lock (`lock.rs`). While strangers flood it, each such call was seen to wait
//! for most of a second; so who came in is told when the flood lets go of the lock, one at first and then more and more. Those who are connected
//! play on meanwhile: their messages need no such lock. Values in, values out.
use std::collections::{BTreeSet, VecDeque};

use crate::info::Change;
use crate::raw::state;

/// How many are told in one look.
const MOST_TOLD: usize = 64;

/// Those that were not told yet, with all that became of them since.
#[derive(Debug)]
pub struct Newcomers {
    /// How many are told next.
    window: usize,
    held: VecDeque<Change>,
    /// Their listen socket was closed before they were told: nobody hears of them.
    gone: BTreeSet<u32>,
}

impl Default for Newcomers {
    fn default() -> Self {
        Self { window: MOST_TOLD, held: VecDeque::new(), gone: BTreeSet::new() }
    }
}

impl Newcomers {
    /// What is to be told now out of what was held back and `changes`; changes of one connection keep their order.
    ///
    /// `is_free` says whether the library's lock can be had soon, and is asked only if somebody came in; `lives`, whether a connection does.
    pub fn pass(
        &mut self,
        changes: Vec<Change>,
        is_free: impl Fn() -> bool,
        lives: impl Fn(u32) -> bool,
    ) -> Vec<Change> {
        let all = std::mem::take(&mut self.held).into_iter().chain(changes);
        let (mut told, mut waiting, mut room) = (Vec::new(), BTreeSet::new(), None);
        for change in all {
            let (connection, is_new) = (change.connection, is_newcomer(&change));
            if is_new && !lives(connection) {
                self.gone.insert(connection);
            }
            if self.gone.contains(&connection) {
                if change.info.state == state::NONE {
                    self.gone.remove(&connection);
                }
                continue;
            }
            if is_new && !waiting.contains(&connection) {
                let room = room.get_or_insert_with(|| self.room(is_free()));
                match *room {
                    0 => drop(waiting.insert(connection)),
                    _ => *room -= 1,
                }
            }
            match waiting.contains(&connection) {
                true => self.held.push_back(change),
                false => told.push(change),
            }
        }
        told
    }

    /// How many may be told now: none while the library has no time, then twice as many each time.
    fn room(&mut self, is_free: bool) -> usize {
        let now = if is_free { self.window } else { 0 };
        self.window = if is_free { MOST_TOLD.min(2 * self.window) } else { 1 };
        now
    }
}

fn is_newcomer(change: &Change) -> bool {
    (change.old_state, change.info.state) == (state::NONE, state::CONNECTING) && change.info.listen_socket != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: bool = true;
    const BUSY: bool = false;

    fn told(newcomers: &mut Newcomers, changes: Vec<Change>, is_free: bool) -> Vec<(u32, i32)> {
        let told = newcomers.pass(changes, || is_free, |_| true);
        told.iter().map(|change| (change.connection, change.info.state)).collect()
    }

    #[test]
    fn who_came_in_is_told_some_at_a_time_in_order() {
        let mut newcomers = Newcomers::default();
        let all: Vec<Change> =
            (0..MOST_TOLD as u32 + 2).map(|connection| Change::example(connection, 0, 1, 7)).collect();
        assert_eq!(told(&mut newcomers, all, FREE).len(), MOST_TOLD);
        let next = told(&mut newcomers, vec![Change::example(500, 0, 1, 7)], FREE);
        assert_eq!(next, [(MOST_TOLD as u32, 1), (MOST_TOLD as u32 + 1, 1), (500, 1)]);
        assert!(newcomers.held.is_empty());
    }

    #[test]
    fn while_the_library_has_no_time_all_others_are_told_and_who_came_in_later_with_what_became_of_them() {
        let mut newcomers = Newcomers::default();
        let changes = vec![
            Change::example(1, 0, 1, 7),
            Change::example(2, 0, 1, 0),
            Change::example(3, 1, 3, 7),
            Change::example(1, 1, 5, 7),
        ];
        assert_eq!(told(&mut newcomers, changes, BUSY), [(2, 1), (3, 3)]);
        assert_eq!(told(&mut newcomers, vec![Change::example(1, 5, 0, 7)], BUSY), []);
        assert_eq!(told(&mut newcomers, vec![], FREE), [(1, 1), (1, 5), (1, 0)]);
    }

    #[test]
    fn nobody_hears_of_who_ended_with_their_listen_socket_before_they_were_told() {
        let mut newcomers = Newcomers::default();
        told(&mut newcomers, vec![Change::example(1, 0, 1, 7)], BUSY);
        let left = newcomers.pass(vec![Change::example(2, 1, 3, 0)], || FREE, |_| false);
        assert_eq!(left.iter().map(|change| change.connection).collect::<Vec<_>>(), [2]);
        assert_eq!(told(&mut newcomers, vec![Change::example(1, 1, 0, 0)], FREE), []);
        assert!(newcomers.gone.is_empty());
    }

    #[test]
    fn when_the_library_has_time_again_one_is_told_and_then_more_and_more() {
        let mut newcomers = Newcomers::default();
        let all: Vec<Change> = (0..20).map(|connection| Change::example(connection, 0, 1, 7)).collect();
        assert_eq!(told(&mut newcomers, all, BUSY).len(), 0);
        let then = [FREE, FREE, BUSY, FREE, FREE, FREE].map(|is_free| told(&mut newcomers, vec![], is_free).len());
        assert_eq!(then, [1, 2, 0, 1, 2, 4]);
    }

    #[test]
    fn the_library_is_asked_only_when_somebody_came_in() {
        let mut newcomers = Newcomers::default();
        assert_eq!(newcomers.pass(vec![Change::example(2, 0, 1, 0)], || panic!("asked"), |_| true).len(), 1);
    }
}
