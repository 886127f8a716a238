//! The versions of one row: what it was at every tick that may still be a baseline. A row that rests has one.

/// A ring of (tick, units), as long as needed; the newest is what the row is now.
#[derive(Debug)]
pub struct History {
    width: usize,
    first: usize,
    changed: i64,
    ticks: Vec<i64>,
    units: Vec<u64>,
    len: usize,
}

impl History {
    pub fn new(tick: i64, units: &[u64]) -> History {
        History { width: units.len(), first: 0, changed: tick, ticks: vec![tick], units: units.to_vec(), len: 1 }
    }

    fn place(&self, index: usize) -> usize {
        (self.first + index) & (self.ticks.len() - 1)
    }

    fn units_at(&self, place: usize) -> &[u64] {
        &self.units[place * self.width..][..self.width]
    }

    /// Adds a version; those that were replaced at or before `oldest` are dropped.
    pub fn push(&mut self, tick: i64, units: &[u64], oldest: i64) {
        while self.len >= 2 && self.ticks[self.place(1)] <= oldest {
            self.first = self.place(1);
            self.len -= 1;
        }
        if self.len == self.ticks.len() {
            self.grow();
        }
        let place = self.place(self.len);
        self.ticks[place] = tick;
        self.units[place * self.width..][..self.width].copy_from_slice(units);
        self.len += 1;
        self.changed = tick;
    }

    fn grow(&mut self) {
        self.ticks.rotate_left(self.first);
        self.units.rotate_left(self.first * self.width);
        self.first = 0;
        self.ticks.resize(self.ticks.len() * 2, 0);
        self.units.resize(self.units.len() * 2, 0);
    }

    pub fn newest(&self) -> &[u64] {
        self.units_at(self.place(self.len - 1))
    }

    /// When the row became what it is now.
    pub fn changed(&self) -> i64 {
        self.changed
    }

    /// What the row was at `tick`.
    pub fn at(&self, tick: i64) -> Option<&[u64]> {
        (0..self.len)
            .rev()
            .map(|index| self.place(index))
            .find(|place| self.ticks[*place] <= tick)
            .map(|place| self.units_at(place))
    }

    /// Whether the row stood before `tick` and did not change then.
    pub fn rested(&self, tick: i64) -> bool {
        let newest = (0..self.len).rev().map(|index| self.ticks[self.place(index)]).find(|version| *version <= tick);
        newest.is_some_and(|version| version < tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_by_tick_while_they_may_be_baselines() {
        let mut history = History::new(0, &[0, 100]);
        for tick in 1..200i64 {
            if tick % 3 == 0 {
                history.push(tick, &[tick as u64, 100], tick - 22);
            }
            for back in 0..22.min(tick + 1) {
                let held = (tick - back) / 3 * 3;
                assert_eq!(history.at(tick - back), Some(&[held as u64, 100][..]), "{tick} {back}");
            }
        }
        assert!(history.ticks.len() <= 32);
        assert_eq!((history.changed(), history.rested(198), history.rested(199)), (198, false, true));
    }

    #[test]
    fn a_row_that_rests_keeps_one_version() {
        let mut history = History::new(5, &[1]);
        history.push(9, &[2], 9 - 22);
        history.push(100, &[3], 100 - 22);
        assert_eq!((history.len, history.at(99), history.at(4)), (2, Some(&[2][..]), None));
    }
}
