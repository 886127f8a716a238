//! What one receiver is known to hold, and what it still lacks.
use std::collections::VecDeque;

use crate::hash::Set;

/// No slot: the pair is free.
pub const FREE: u32 = u32::MAX;
/// A tick before all ticks.
pub const NEVER: i64 = i64::MIN;

/// One row as one peer knows it.
#[derive(Debug)]
pub struct Pair {
    pub slot: u32,
    /// It stands in the peer's list of what may be lacking.
    pub pending: bool,
    /// Only messages from this number on speak of this pair.
    pub born: i64,
    /// The tick of the newest acknowledged message with this row.
    pub acked: i64,
    /// The tick in which it was last sent.
    pub sent: i64,
    /// The tick whose row a spawn carried, which arrives sooner or later; no baseline, for it may arrive later than values.
    pub told: i64,
}

/// What orders rows in messages: table, term, id.
pub type Key = u64;

pub fn key(table: usize, term: u8, id: u32) -> Key {
    (table as u64) << 40 | u64::from(term) << 32 | u64::from(id)
}

/// Which pairs a message carried; none any more once it was acknowledged.
#[derive(Debug)]
struct Logged {
    tick: i64,
    pairs: Box<[u32]>,
}

/// The messages from number `first` on.
#[derive(Debug)]
struct Log {
    first: i64,
    messages: VecDeque<Logged>,
}

#[derive(Debug)]
pub struct Peer {
    pub number: u16,
    pub seen: Set<u32>,
    /// What it saw and still has, standing still.
    pub frozen: Set<u32>,
    /// What it sees wherever that is.
    pub pinned: Set<u32>,
    /// From where it looks: where this entity is, or else where it was last.
    pub follows: Option<u32>,
    pub at: Option<[f32; 2]>,
    /// It looks around at the next look, whoever's turn it is.
    pub hurried: bool,
    /// How far each group's range reached at its last look, as a square: of those that count entities.
    pub reach: Vec<f32>,
    pub pairs: Vec<Pair>,
    free: Vec<u32>,
    /// Sorted by key; entries whose pair is not pending under that key any more are dropped in passing.
    pub pending: Vec<(Key, u32)>,
    /// Newly pending, unsorted.
    pub fresh: Vec<(Key, u32)>,
    log: Log,
    /// Numbers of messages that it acknowledged, not looked at yet.
    pub heard: Vec<i64>,
}

impl Peer {
    pub fn new(number: u16) -> Peer {
        let log = Log { first: 1, messages: VecDeque::new() };
        Peer {
            number,
            seen: Set::default(),
            frozen: Set::default(),
            pinned: Set::default(),
            follows: None,
            at: None,
            hurried: true,
            reach: Vec::new(),
            pairs: Vec::new(),
            free: Vec::new(),
            pending: Vec::new(),
            fresh: Vec::new(),
            log,
            heard: Vec::new(),
        }
    }

    /// The number of the next message.
    pub fn next(&self) -> i64 {
        self.log.first + self.log.messages.len() as i64
    }

    pub fn add_pair(&mut self, slot: u32, pending: bool) -> u32 {
        let pair = Pair { slot, pending, born: self.next(), acked: NEVER, sent: NEVER, told: NEVER };
        match self.free.pop() {
            Some(index) => {
                self.pairs[index as usize] = pair;
                index
            }
            None => {
                self.pairs.push(pair);
                self.pairs.len() as u32 - 1
            }
        }
    }

    pub fn free_pair(&mut self, index: u32) {
        let pair = &mut self.pairs[index as usize];
        (pair.slot, pair.pending) = (FREE, false);
        self.free.push(index);
    }

    /// Sorts what became pending into the list.
    pub fn merge(&mut self) {
        if !self.fresh.is_empty() {
            self.pending.append(&mut self.fresh);
            self.pending.sort(); // finds the runs that are sorted already
            self.pending.dedup();
        }
    }

    /// Remembers what the next message carries.
    pub fn log(&mut self, tick: i64, pairs: impl Iterator<Item = u32>) {
        self.log.messages.push_back(Logged { tick, pairs: pairs.collect() });
    }

    /// Forgets messages older than `oldest`: what they carried is no baseline any more.
    pub fn expire(&mut self, oldest: i64) {
        while self.log.messages.front().is_some_and(|message| message.tick < oldest) {
            self.log.messages.pop_front();
            self.log.first += 1;
        }
    }

    /// Looks at what was heard. Only when the peer is sent to: what all this reaches in memory is at hand then.
    pub fn acknowledge_all(&mut self) {
        let mut heard = std::mem::take(&mut self.heard);
        heard.drain(..).for_each(|number| self.acknowledge(number));
        self.heard = heard;
    }

    /// Message `number` was received: its rows are baselines now. Unknown and expired numbers mean nothing.
    pub fn acknowledge(&mut self, number: i64) {
        let index = number.checked_sub(self.log.first).and_then(|index| usize::try_from(index).ok());
        let Some(message) = index.and_then(|index| self.log.messages.get_mut(index)) else { return };
        for pair in std::mem::take(&mut message.pairs) {
            let pair = &mut self.pairs[pair as usize];
            if pair.slot != FREE && pair.born <= number {
                pair.acked = pair.acked.max(message.tick);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements_reach_only_the_pairs_that_were_in_the_message() {
        let mut peer = Peer::new(1);
        let (a, b) = (peer.add_pair(10, true), peer.add_pair(11, true));
        peer.log(5, [a, b].into_iter());
        peer.log(6, [b].into_iter());
        peer.acknowledge(2);
        assert_eq!((peer.pairs[a as usize].acked, peer.pairs[b as usize].acked), (NEVER, 6));
        peer.free_pair(a);
        let again = peer.add_pair(12, true);
        assert_eq!(again, a);
        peer.acknowledge(1);
        assert_eq!((peer.pairs[a as usize].acked, peer.pairs[b as usize].acked), (NEVER, 6));
        for nonsense in [0, -7, 3, i64::MIN, i64::MAX] {
            peer.acknowledge(nonsense);
        }
    }

    #[test]
    fn expired_messages_are_forgotten_and_numbers_go_on() {
        let mut peer = Peer::new(1);
        let a = peer.add_pair(10, true);
        (1..=5).for_each(|tick| peer.log(tick, [a].into_iter()));
        peer.expire(4);
        peer.acknowledge(3);
        assert_eq!((peer.pairs[a as usize].acked, peer.log.messages.len(), peer.next()), (NEVER, 2, 6));
        peer.acknowledge(4);
        assert_eq!(peer.pairs[a as usize].acked, 4);
    }
}
