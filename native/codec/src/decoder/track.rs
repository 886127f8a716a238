//! The rows of one entity that came from one sender, by tick: baselines and samples.
use std::collections::VecDeque;

use crate::field::Field;
use crate::wire::Mode;
use crate::RING;

#[derive(Debug, Clone)]
pub struct Row {
    pub tick: i64,
    pub term: u8,
    /// A message carried it, so that messages may refer to it.
    pub baseline: bool,
    /// It was the newest row when it was taken, so that it may be drawn.
    pub sample: bool,
    /// Until when the entity rested where the sample before was.
    pub held: i64,
    /// When it teleported to get here.
    pub cut: i64,
    pub units: Vec<u64>,
}

impl Row {
    /// A row of `tick` in a message whose previous snapshot tick lies `previous` ticks back (0: there is none).
    pub fn new(tick: i64, term: u8, mode: Mode, previous: u32) -> Row {
        let held = if mode == Mode::Hold && previous > 0 { tick - i64::from(previous) } else { i64::MIN };
        let cut = if let Mode::Cut(age) = mode { tick - i64::from(age) } else { i64::MIN };
        Row { tick, term, baseline: true, sample: false, held, cut, units: Vec::new() }
    }
}

impl Row {
    /// From when on it is drawn by itself: where it teleported to stands from the teleport on.
    fn began(&self) -> i64 {
        if self.cut == i64::MIN {
            self.tick
        } else {
            self.cut
        }
    }
}

/// At most `RING` rows, ascending by tick.
#[derive(Debug, Default)]
pub struct Track {
    rows: VecDeque<Row>,
}

impl Track {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn rows(&mut self) -> impl DoubleEndedIterator<Item = &mut Row> {
        self.rows.iter_mut()
    }

    pub fn baseline(&self, tick: i64) -> Option<&[u64]> {
        self.rows
            .iter()
            .rev()
            .find(|row| row.tick <= tick)
            .filter(|row| row.tick == tick && row.baseline)
            .map(|row| row.units.as_slice())
    }

    /// Keeps a row, and gives it back where it stands; of two of one tick the one that is a baseline, else the first.
    pub fn insert(&mut self, row: Row) -> Option<&Row> {
        let mut place = self.rows.iter().rposition(|held| held.tick < row.tick).map_or(0, |before| before + 1);
        let same = self.rows.get(place).filter(|held| held.tick == row.tick).map(|held| (held.baseline, held.sample));
        match same {
            Some((baseline, _)) if baseline || !row.baseline => return None,
            Some((_, sample)) => self.rows[place] = Row { sample: row.sample || sample, ..row },
            None => {
                if self.rows.len() == RING {
                    place = place.checked_sub(1)?;
                    self.rows.pop_front();
                }
                self.rows.insert(place, row);
            }
        }
        self.rows.get(place)
    }

    /// Rows later than `tick` are not drawn any more.
    pub fn clear_samples_after(&mut self, tick: i64) {
        self.rows.iter_mut().rev().take_while(|row| row.tick > tick).for_each(|row| row.sample = false);
    }

    fn newest_sample(&self) -> Option<&Row> {
        self.rows.iter().rev().find(|row| row.sample)
    }

    /// The tick of the newest sample.
    pub fn end(&self) -> Option<i64> {
        self.newest_sample().map(|row| row.tick)
    }

    /// The tick of the newest sample that `moment` has reached, at least `since`; and whether one after `since` teleported.
    pub fn reached(&self, since: i64, moment: f64) -> (i64, bool) {
        let new = self.rows.iter().filter(|row| row.sample && row.tick > since);
        new.filter(|row| row.began() as f64 <= moment)
            .fold((since, false), |(_, cut), row| (row.tick, cut || row.cut > since))
    }

    /// Appends the values of `columns` at `moment` (in ticks); false when there is no sample.
    pub fn sample(&self, fields: &[Field], columns: &[usize], moment: f64, values: &mut Vec<f64>) -> bool {
        let (mut before, mut after) = (None, None);
        for row in self.rows.iter().rev().filter(|row| row.sample) {
            if row.tick as f64 <= moment {
                before = Some(row);
                break;
            }
            after = Some(row);
        }
        let (from, to, share) = match (before, after) {
            (None, None) => return false,
            (Some(only), None) | (None, Some(only)) => (only, only, 0.0),
            (Some(before), Some(after)) => match share(before, after, moment) {
                share if share < 1.0 => (before, after, share),
                _ => (after, after, 0.0),
            },
        };
        values.extend(
            columns.iter().map(|column| fields[*column].between(from.units[*column], to.units[*column], share)),
        );
        true
    }
}

/// How far on its way from one sample to the next an entity is.
fn share(before: &Row, after: &Row, moment: f64) -> f64 {
    if after.cut > before.tick {
        return if moment >= after.cut as f64 { 1.0 } else { 0.0 };
    }
    let start = after.held.max(before.tick) as f64;
    ((moment - start) / (after.tick as f64 - start)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Kind;

    fn row(tick: i64, mode: Mode, unit: u64) -> Row {
        Row { sample: true, units: vec![unit], ..Row::new(tick, 0, mode, 3) }
    }

    fn at(track: &Track, moment: f64) -> f64 {
        let fields = [Field::float(Kind::Ranged, 0.0, 1000.0, 1.0, true).unwrap()];
        let mut values = Vec::new();
        assert!(track.sample(&fields, &[0], moment, &mut values));
        values[0]
    }

    #[test]
    fn between_two_samples_it_moves_evenly_and_outside_it_stands() {
        let mut track = Track::default();
        track.insert(row(10, Mode::Ordinary, 100));
        track.insert(row(13, Mode::Ordinary, 130));
        let seen: Vec<f64> = [9.0, 10.0, 11.0, 12.5, 13.0, 20.0].iter().map(|moment| at(&track, *moment)).collect();
        assert_eq!(seen, [100.0, 100.0, 110.0, 125.0, 130.0, 130.0]);
    }

    #[test]
    fn it_holds_until_the_previous_snapshot_when_the_row_says_so() {
        let mut track = Track::default();
        track.insert(row(1, Mode::Ordinary, 100));
        track.insert(row(13, Mode::Hold, 130));
        assert_eq!([5.0, 10.0, 11.5].map(|moment| at(&track, moment)), [100.0, 100.0, 115.0]);
    }

    #[test]
    fn a_teleport_is_told_once_when_its_moment_has_come_however_late_its_row_was() {
        let mut track = Track::default();
        track.insert(row(3, Mode::Ordinary, 1));
        track.insert(row(9, Mode::Cut(2), 500));
        assert_eq!(track.reached(i64::MIN, 6.5), (3, false));
        assert_eq!(track.reached(3, 7.0), (9, true));
        assert_eq!(track.reached(3, 40.0), (9, true));
        assert_eq!(track.reached(9, 40.0), (9, false));
    }

    #[test]
    fn it_never_moves_across_a_cut() {
        let mut track = Track::default();
        track.insert(row(1, Mode::Ordinary, 100));
        track.insert(row(13, Mode::Cut(3), 900));
        assert_eq!([5.0, 9.9, 10.0, 12.0].map(|moment| at(&track, moment)), [100.0, 100.0, 900.0, 900.0]);
        track.insert(row(16, Mode::Cut(6), 960));
        assert_eq!(at(&track, 14.5), 930.0);
    }

    #[test]
    fn the_ring_keeps_the_newest_and_takes_late_rows() {
        let mut track = Track::default();
        for tick in (0..100).filter(|tick| tick % 10 != 5) {
            assert!(track.insert(row(tick, Mode::Ordinary, tick as u64)).is_some());
        }
        assert!(track.insert(row(95, Mode::Ordinary, 7)).is_some());
        assert!(track.insert(row(95, Mode::Ordinary, 8)).is_none());
        assert!(track.insert(row(15, Mode::Ordinary, 8)).is_none());
        assert_eq!((track.rows.len(), track.baseline(95), track.baseline(15)), (RING, Some(&[7][..]), None));
        assert!(track.rows.iter().zip(track.rows.iter().skip(1)).all(|(a, b)| a.tick < b.tick));
    }
}
