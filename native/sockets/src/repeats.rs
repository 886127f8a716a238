//! Log lines that come again and again: some of them are told, the rest are counted and told in one line.
//!
//! Whoever sends us packets makes the library say something about many of them, for a connection that it has no room for as for each change that waits:
//! thousands of lines a second, which would cost the program more than the flood itself.
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How many of a kind are told, in so long.
const MOST: u32 = 8;
const WINDOW: Duration = Duration::from_secs(1);
/// Kinds that are told apart in a second; all others are one.
const MOST_KINDS: usize = 256;

/// The lines of a second, by kind.
#[derive(Debug)]
pub struct Repeats {
    began: Option<Instant>,
    kinds: BTreeMap<String, u32>,
}

impl Repeats {
    pub const fn new() -> Self {
        Self { began: None, kinds: BTreeMap::new() }
    }

    /// Whether this line is told; otherwise it is counted.
    pub fn tells(&mut self, line: &str, now: Instant) -> bool {
        self.began.get_or_insert(now);
        let mut kind = kind(line);
        if self.kinds.len() >= MOST_KINDS && !self.kinds.contains_key(&kind) {
            kind = String::from("(many kinds)");
        }
        let count = self.kinds.entry(kind).or_default();
        *count = count.saturating_add(1);
        *count <= MOST
    }

    /// When the second is over: what was counted, as lines.
    pub fn due(&mut self, now: Instant) -> Vec<String> {
        if self.began.is_none_or(|began| now.duration_since(began) < WINDOW) {
            return Vec::new();
        }
        self.began = None;
        let counted = std::mem::take(&mut self.kinds).into_iter().filter(|(_, count)| *count > MOST);
        counted.map(|(kind, count)| format!("{} lines more like this one: {kind}", count - MOST)).collect()
    }
}

/// What lines of one kind begin with, up to the second colon: without numbers, and without the connection's name that may stand in front. That and what
/// follows `str:` anywhere is for strangers to choose.
fn kind(line: &str) -> String {
    let line = match line.strip_prefix('[') {
        Some(named) => named.rsplit_once("] ").map_or(named, |(_, rest)| rest),
        None => line,
    };
    let end = line.match_indices(':').nth(1).map_or(line.len(), |(end, _)| end);
    line[..end].chars().filter(|c| !c.is_ascii_digit()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_in_numbers_and_names_are_of_one_kind() {
        for (one, other) in [
            (
                "Failed to accept connection from 127.0.0.1:9.  Too many.",
                "Failed to accept connection from 127.0.0.12:80.  Too many.",
            ),
            ("[#1 UDP str:a@1.2.3.4:5] refused: no proof", "[#23 UDP str:b] x@6.7.8.9:1] refused: no proof"),
            ("A P2P signal was refused: it is from str:a for str:b", "A P2P signal was refused: it is from str:x: y"),
        ] {
            assert_eq!(kind(one), kind(other));
        }
        assert_ne!(kind("[#1 UDP a@b] closed"), kind("[#1 UDP a@b] refused"));
        assert_ne!(kind("A P2P signal was refused: it has 9 bytes"), kind("A P2P signal was refused: it is none"));
        assert_eq!([kind(""), kind("["), kind("[#1"), kind("7")], ["", "", "#", ""]);
    }

    #[test]
    fn some_of_a_kind_are_told_and_the_rest_counted_in_one_line_when_the_second_is_over() {
        let (mut repeats, began) = (Repeats::new(), Instant::now());
        let told = (0..100).filter(|n| repeats.tells(&format!("line {n}: x"), began)).count();
        assert_eq!(told as u32, MOST);
        assert!(repeats.tells("another", began));
        assert!(repeats.due(began + WINDOW / 2).is_empty());
        assert_eq!(repeats.due(began + WINDOW), ["92 lines more like this one: line : x"]);
        assert!(repeats.tells("line 1: x", began + WINDOW) && repeats.due(began + WINDOW * 3).is_empty());
    }

    #[test]
    fn kinds_beyond_the_most_are_one() {
        let (mut repeats, now) = (Repeats::new(), Instant::now());
        let letters =
            |n: usize| std::iter::repeat_n('x', n % 16).chain(std::iter::repeat_n('y', n / 16)).collect::<String>();
        (0..MOST_KINDS).for_each(|n| assert!(repeats.tells(&letters(n), now)));
        assert_eq!((0..100).filter(|_| repeats.tells("something new", now)).count() as u32, MOST);
        assert!(repeats.kinds.len() <= MOST_KINDS + 1);
    }
}
