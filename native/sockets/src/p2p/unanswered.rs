//! Who among those whose signals we get may have another connection wait, and whose requests were not answered.
use std::collections::BTreeMap;
use std::time::Instant;

use crate::door::Tally;

/// Connections that came in by signals and wait to be accepted or closed, at most, in all. The library has room for some 8,000 connections.
pub const MOST_WAITING: usize = 512;
/// Senders that are told apart in a line.
const MOST_NAMED: usize = 8;

/// Whether a sender who has `theirs` of `all` that wait may have one more: as long as more places are free than they have.
///
/// So one alone gets half of them, two get a third each, and who has none always finds one, unless hundreds flood at once. The rule is that of
/// dynamic thresholds for a shared buffer (Choudhury and Hahne, 1998), with a factor of 1.
pub const fn may_wait(theirs: usize, all: usize) -> bool {
    theirs < MOST_WAITING.saturating_sub(all)
}

/// Requests that were not answered since that was told last, by whom who carried them named.
#[derive(Debug)]
pub struct Unanswered {
    tally: Tally,
    by: BTreeMap<String, u32>,
    others: u32,
}

impl Unanswered {
    pub const fn new() -> Self {
        Self { tally: Tally::new(), by: BTreeMap::new(), others: 0 }
    }

    pub fn add(&mut self, sender: Option<&str>) {
        self.tally.add();
        let sender = sender.unwrap_or("senders that were not named");
        if self.by.contains_key(sender) || self.by.len() < MOST_NAMED {
            *self.by.entry(sender.to_owned()).or_default() += 1;
        } else {
            self.others += 1;
        }
    }

    /// The line about them, when it is to be told `now`.
    pub fn due(&mut self, now: Instant) -> Option<String> {
        let count = self.tally.due(now)?;
        let others = std::mem::take(&mut self.others);
        let mut by: Vec<String> =
            std::mem::take(&mut self.by).into_iter().map(|(sender, count)| format!("{count} of {sender}")).collect();
        if others > 0 {
            by.push(format!("{others} of others"));
        }
        Some(format!("{count} P2P requests were not answered, too many wait to be accepted: {}", by.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many each of `floods` senders gets when all of them ask for ever, and how many places are left.
    fn shares(floods: usize) -> (Vec<usize>, usize) {
        let mut theirs = vec![0; floods];
        for _ in 0..MOST_WAITING {
            for i in 0..floods {
                if may_wait(theirs[i], theirs.iter().sum()) {
                    theirs[i] += 1;
                }
            }
        }
        let left = MOST_WAITING - theirs.iter().sum::<usize>();
        (theirs, left)
    }

    #[test]
    fn one_sender_alone_gets_half_and_many_get_alike_and_leave_as_much_for_who_comes_later() {
        assert_eq!(shares(1), (vec![MOST_WAITING / 2], MOST_WAITING / 2));
        for floods in [2, 5, 50] {
            let (theirs, left) = shares(floods);
            let fair = MOST_WAITING / (floods + 1);
            assert!(
                theirs.iter().all(|theirs| theirs.abs_diff(fair) <= 1) && left >= fair,
                "{floods}: {theirs:?} {left}"
            );
        }
    }

    #[test]
    fn no_more_wait_than_there_are_places() {
        let (theirs, left) = shares(3 * MOST_WAITING);
        assert_eq!((theirs.iter().sum::<usize>(), left), (MOST_WAITING, 0));
        assert!(!may_wait(0, MOST_WAITING + 1));
    }

    #[test]
    fn who_was_not_answered_is_told_in_one_line_with_how_often() {
        let mut unanswered = Unanswered::new();
        (0..5).for_each(|_| unanswered.add(Some("str:mallory")));
        unanswered.add(None);
        let now = Instant::now();
        let line = unanswered.due(now).unwrap();
        assert!(
            line.starts_with("6 P2P requests") && line.ends_with("1 of senders that were not named, 5 of str:mallory")
        );
        (0..20).for_each(|n| unanswered.add(Some(&format!("str:{n}"))));
        assert!(unanswered.due(now).is_none(), "once a second");
        let line = unanswered.due(now + std::time::Duration::from_secs(1)).unwrap();
        assert!(line.starts_with("20 P2P requests") && line.ends_with(", 12 of others"), "{line}");
    }
}
