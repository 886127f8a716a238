//! Which prefix code each column of a table uses: the cheapest for the errors of recent ticks.
use crate::code::{Code, RARE, USED};
use crate::field::{Field, Table};

/// Classes of numbers: exact below 4, then two to an octave.
const CLASSES: usize = 2 * 64;
/// Of the counts, what stays from tick to tick: 7/8.
const FADE: u32 = 3;
const START: u8 = 18 + 4;

fn class(number: u64) -> usize {
    match number.checked_ilog2() {
        None => 0,
        Some(0) => 1,
        Some(log) => (2 * log + (number >> (log - 1) & 1) as u32) as usize,
    }
}

/// A number in the middle of its class.
fn middle(class: usize) -> u64 {
    let (log, half) = (class / 2, class as u64 % 2);
    match log {
        0 => class as u64,
        1 => 2 + half,
        _ => ((2 + half) << (log - 1)) + (1 << (log - 2)),
    }
}

/// The errors that one column had.
#[derive(Debug, Clone)]
struct Column {
    counts: Vec<u32>,
    seen: usize,
    changed: i64,
    predicted: bool,
    code: u8,
}

/// The codes of a table in use.
#[derive(Debug)]
pub struct Pick {
    columns: Vec<Column>,
    names: Vec<u8>,
    codes: Vec<Code>,
    errors: Vec<u64>,
    fed: bool,
}

impl Pick {
    pub fn new(fields: &[Field]) -> Pick {
        let column = |field: &Field| Column {
            counts: vec![0; CLASSES],
            seen: 0,
            changed: i64::MIN,
            predicted: field.predicted(),
            code: START,
        };
        let mut pick = Pick {
            columns: fields.iter().map(column).collect(),
            names: Vec::new(),
            codes: Vec::new(),
            errors: Vec::new(),
            fed: false,
        };
        pick.renew(&[], i64::MIN);
        pick
    }

    pub fn names(&self) -> &[u8] {
        &self.names
    }

    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// A row changed from `old` to `new` in `tick`.
    pub fn changed(&mut self, tick: i64, old: &[u64], new: &[u64]) {
        for ((column, old), new) in self.columns.iter_mut().zip(old).zip(new) {
            if old != new {
                column.changed = tick;
            }
        }
    }

    /// The errors measured last.
    pub fn errors(&self) -> &[u64] {
        &self.errors
    }

    /// Measures and counts the errors of a row against a baseline that is `age` ticks old.
    pub fn measure(&mut self, table: &Table, units: &[u64], bases: &[u64], age: u32) {
        table.errors(units, bases, age, &mut self.errors);
        self.fed = true;
        for (column, error) in self.columns.iter_mut().zip(&self.errors) {
            let class = class(*error);
            column.counts[class] += 16;
            column.seen = column.seen.max(class + 1);
        }
    }

    /// Chooses anew: nothing for columns that no row changed since the oldest baseline (what is predicted may be wrong all the
    /// same), else the cheapest.
    pub fn renew(&mut self, fields: &[Field], oldest: i64) {
        if std::mem::take(&mut self.fed) {
            self.columns.iter_mut().zip(fields).for_each(|(column, field)| column.renew(field));
        }
        self.names.clear();
        let still = |column: &Column| column.changed <= oldest && !column.predicted;
        self.names.extend(self.columns.iter().map(|column| if still(column) { 0 } else { column.code }));
        self.codes.clear();
        self.codes.extend(self.names.iter().map(|name| Code::named(*name).expect("only codes that exist are picked")));
    }
}

impl Column {
    fn renew(&mut self, field: &Field) {
        let names = if self.rarely_changes() { RARE..USED } else { 1..RARE };
        let costs = names.map(|name| (self.cost(field, Code::named(name).expect("used")), name));
        self.code = costs.min().expect("there are codes").1;
        self.counts[..self.seen].iter_mut().for_each(|count| *count -= (*count).div_ceil(1 << FADE));
    }

    /// Seven rows of eight would only say zero: a code that plain rows leave out then costs the others some bits more, which
    /// pays below one in four.
    fn rarely_changes(&self) -> bool {
        let all: u64 = self.counts[..self.seen].iter().map(|count| u64::from(*count)).sum();
        u64::from(self.counts[0]) * 8 >= all * 7
    }

    fn cost(&self, field: &Field, code: Code) -> u64 {
        let seen = self.counts[..self.seen].iter().enumerate().filter(|(_, count)| **count > 0);
        seen.map(|(class, count)| u64::from(*count) * u64::from(code.cost(middle(class).min(field.top), field.width)))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Kind;

    #[test]
    fn classes_hold_their_middles() {
        for number in (0..1000).chain([u64::MAX, u64::MAX / 2, 1 << 40]) {
            assert_eq!(class(middle(class(number))), class(number));
        }
        assert_eq!((class(u64::MAX), class(3), middle(3)), (127, 3, 3));
    }

    #[test]
    fn near_errors_get_short_codes_and_still_columns_none() {
        let fields =
            [Field::integer(Kind::Integer, 0, 65_535).unwrap(), Field::integer(Kind::Integer, 0, 100).unwrap()];
        let table = Table::new(fields.to_vec()).unwrap();
        let mut pick = Pick::new(&fields);
        assert_eq!(pick.names(), [0, 0]);
        pick.changed(1, &[0, 7], &[50, 7]);
        for tick in 2..60 {
            (0..40).for_each(|i| pick.measure(&table, &[120 + i, 5], &[100, 5], 1));
            pick.renew(&fields, tick - 100);
        }
        let code = pick.codes()[0];
        assert!(code.cost(80, 16) <= 9, "{code:?}");
        assert_eq!(pick.names()[1], 0);
        pick.changed(60, &[50, 7], &[50, 8]);
        pick.renew(&fields, 59);
        assert_ne!(pick.names()[1], 0);
        pick.renew(&fields, 60);
        assert_eq!(pick.names(), [0, 0]);
    }

    #[test]
    fn columns_that_rarely_change_get_a_code_that_plain_rows_leave_out() {
        let fields = [Field::integer(Kind::Integer, 0, 100).unwrap(), Field::integer(Kind::Integer, 0, 100).unwrap()];
        let table = Table::new(fields.to_vec()).unwrap();
        let mut pick = Pick::new(&fields);
        for tick in 1..60 {
            pick.changed(tick, &[0, 0], &[1, 1]);
            (0..40).for_each(|row| pick.measure(&table, &[7 + u64::from(row == 0), 7 + row % 2], &[7, 7], 1));
            pick.renew(&fields, tick - 10);
        }
        assert!(pick.codes()[0].is_rare() && !pick.codes()[1].is_rare(), "{:?}", pick.codes());
    }
}
