//! What a column is expected to be before its error is coded: its baseline, moved on by a velocity that travels with it, or
//! turned as far as a direction of motion turned.
//!
//! Both ends must come to the same unit on every machine, so all is done in binary64 with + − × ÷ and comparisons in the order
//! in which it is written here; `direction` is a polynomial of our own because systems' atan2 differ in the last bit.
use crate::field::{Field, Kind, Table};
use crate::Misuse;

/// What a column is predicted from beside its baseline: other columns of the table by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    #[default]
    Baseline,
    /// The velocity, in units of the game a second.
    Velocity(usize),
    /// x and y of the direction of motion.
    Direction(usize, usize),
}

impl Source {
    fn columns(self) -> [Option<usize>; 2] {
        match self {
            Source::Baseline => [None, None],
            Source::Velocity(column) => [Some(column), None],
            Source::Direction(x, y) => [Some(x), Some(y)],
        }
    }
}

/// The columns that are predicted, each behind those that it is predicted from.
pub fn order(fields: &[Field]) -> Result<Vec<usize>, Misuse> {
    let mut waiting: Vec<usize> = (0..fields.len()).filter(|index| fields[*index].predicted()).collect();
    let mut order = Vec::with_capacity(waiting.len());
    for index in &waiting {
        if fields[*index].source.columns().into_iter().flatten().any(|column| column >= fields.len()) {
            return Err(format!("field {index} is predicted from a field that does not exist"));
        }
    }
    while !waiting.is_empty() {
        let ready = |index: &usize| {
            !fields[*index].source.columns().into_iter().flatten().any(|column| waiting.contains(&column))
        };
        let Some(place) = waiting.iter().position(ready) else {
            return Err("fields are predicted from each other in a circle".to_owned());
        };
        order.push(waiting.remove(place));
    }
    Ok(order)
}

impl Table {
    /// The errors of a row `age` ticks after its baseline, into `errors` (replaced).
    pub fn errors(&self, units: &[u64], base: &[u64], age: u32, errors: &mut Vec<u64>) {
        errors.clear();
        errors.extend(self.fields.iter().zip(units.iter().zip(base)).map(|(field, (unit, base))| {
            if field.predicted() {
                0
            } else {
                field.error(*unit, *base)
            }
        }));
        for index in &self.predicted {
            errors[*index] = self.fields[*index].error(units[*index], self.expected(*index, units, base, age));
        }
    }

    /// The row whose errors these are, behind `units`.
    pub fn append_units(&self, errors: &[u64], base: &[u64], age: u32, units: &mut Vec<u64>) {
        let start = units.len();
        units.extend(
            self.fields.iter().zip(errors.iter().zip(base)).map(|(field, (error, base))| field.unit(*error, *base)),
        );
        for index in &self.predicted {
            let expected = self.expected(*index, &units[start..], base, age);
            units[start + *index] = self.fields[*index].unit(errors[*index], expected);
        }
    }

    /// The unit that a column is expected to have; of `units` only those are read that it is predicted from.
    fn expected(&self, index: usize, units: &[u64], base: &[u64], age: u32) -> u64 {
        let field = &self.fields[index];
        match field.source {
            Source::Baseline => base[index],
            Source::Velocity(by) => {
                let by_field = &self.fields[by];
                let (before, now) = (by_field.value(base[by]), by_field.value(units[by]));
                field.moved(base[index], before, now, f64::from(age))
            }
            Source::Direction(x, y) => {
                let towards = |row: &[u64]| direction(self.fields[x].value(row[x]), self.fields[y].value(row[y]));
                match (towards(base), towards(units)) {
                    (Some(before), Some(now)) => field.turned(base[index], before, now),
                    _ => base[index],
                }
            }
        }
    }
}

impl Field {
    pub fn predicted(&self) -> bool {
        self.source != Source::Baseline
    }

    /// Velocities between two rows are taken to change evenly from tick to tick, each tick moving by its own, as games do
    /// (semi-implicit Euler): n ticks lead ((n − 1) · before + (n + 1) · now) / 2 ticks' lengths on.
    fn moved(&self, base: u64, before: f64, now: f64, age: f64) -> u64 {
        let way = ((age - 1.0) * before + (age + 1.0) * now) * self.half_tick;
        self.quantise_float(self.float_value(base) + way).0
    }

    fn turned(&self, base: u64, before: f64, now: f64) -> u64 {
        let (from, to) = (self.quantise_float(before).0, self.quantise_float(now).0);
        self.unit(self.error(to, from), base)
    }

    /// The number that a unit means, whatever the kind.
    pub(crate) fn value(&self, unit: u64) -> f64 {
        match self.kind {
            Kind::Float | Kind::Ranged | Kind::Angle => self.float_value(unit),
            _ => self.integer_value(unit) as f64,
        }
    }
}

/// Of arctan(r) / r in degrees for 0 ≤ r ≤ 1 as a polynomial of r², the highest power first; off by 4 · 10⁻⁷ degrees at most.
const ARCTAN: [f64; 9] = [
    0.140759860257,
    -0.825136771315,
    2.27929603069,
    -4.14526806055,
    6.01545327358,
    -8.11378682163,
    11.4510811199,
    -19.0981713046,
    57.2957730035,
];

/// Degrees from the direction of +x towards +y, in [0, 360]; None for no direction.
fn direction(x: f64, y: f64) -> Option<f64> {
    let (along, across) = (x.abs(), y.abs());
    let steep = along < across;
    let (short, long) = if steep { (along, across) } else { (across, along) };
    if long == 0.0 {
        return None;
    }
    let ratio = short / long;
    let square = ratio * ratio;
    let mut degrees = ratio * ARCTAN[1..].iter().fold(ARCTAN[0], |sum, factor| sum * square + factor);
    if steep {
        degrees = 90.0 - degrees;
    }
    if x < 0.0 {
        degrees = 180.0 - degrees;
    }
    if y < 0.0 {
        degrees = 360.0 - degrees;
    }
    Some(degrees)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranged(low: f64, high: f64, step: f64) -> Field {
        Field::float(Kind::Ranged, low, high, step, true).unwrap()
    }

    fn ship() -> Table {
        Table::new(vec![
            ranged(0.0, 4096.0, 1.0 / 16.0).following(Source::Velocity(2), 20.0).unwrap(),
            Field::float(Kind::Angle, 0.0, 0.0, 1.0, true).unwrap().following(Source::Direction(2, 3), 20.0).unwrap(),
            ranged(-512.0, 512.0, 0.125),
            ranged(-512.0, 512.0, 0.125),
        ])
        .unwrap()
    }

    fn row(table: &Table, values: [f64; 4]) -> Vec<u64> {
        let mut units = Vec::new();
        table.quantise(&values, &[], &mut units, |_, _| ());
        units
    }

    #[test]
    fn what_moves_as_declared_has_no_error() {
        let (table, mut errors) = (ship(), Vec::new());
        let base = row(&table, [100.0, 0.0, 80.0, 0.0]);
        table.errors(&row(&table, [112.0, 0.0, 80.0, 0.0]), &base, 3, &mut errors);
        assert_eq!(errors, [0, 0, 0, 0]);
        // 100, 120 and 140 px a second in three ticks of 1/20 s: 18 px.
        table.errors(&row(&table, [118.0, 0.0, 140.0, 0.0]), &base, 3, &mut errors);
        assert_eq!((errors[0], errors[1]), (0, 0));
        table.errors(&row(&table, [108.0, 90.0, 0.0, 80.0]), &base, 3, &mut errors);
        assert_eq!(errors[1], 0, "turned as its motion did");
    }

    #[test]
    fn an_offset_between_picture_and_motion_stays() {
        let (table, mut errors) = (ship(), Vec::new());
        table.errors(&row(&table, [0.0, 270.0, 0.0, -9.0]), &row(&table, [0.0, 0.0, 9.0, 0.0]), 1, &mut errors);
        assert_eq!(errors[1], 0);
        table.errors(&row(&table, [0.0, 33.0, 0.0, 0.0]), &row(&table, [0.0, 33.0, 9.0, 0.0]), 1, &mut errors);
        assert_eq!(errors[1], 0, "who stands keeps its rotation");
    }

    #[test]
    fn rows_come_back_from_their_errors_wherever_they_lead() {
        let (table, mut errors) = (ship(), Vec::new());
        let extremes = [[0.0, 0.0, -512.0, 512.0], [4096.0, 359.0, 512.0, -512.0], [7.0, 180.0, 0.0, 0.0]];
        for (from, to) in extremes.iter().flat_map(|a| extremes.iter().map(move |b| (a, b))) {
            for age in [1, 2, 22, 1000, u32::MAX] {
                let (base, units) = (row(&table, *from), row(&table, *to));
                table.errors(&units, &base, age, &mut errors);
                let mut back = vec![9];
                table.append_units(&errors, &base, age, &mut back);
                assert_eq!(back[1..], units);
            }
        }
    }

    #[test]
    fn directions_are_those_of_the_circle() {
        for degree in 0..3600 {
            let angle = f64::from(degree) / 10.0;
            let (x, y) = (angle.to_radians().cos() * 300.0, angle.to_radians().sin() * 300.0);
            let off = (direction(x, y).unwrap() - angle + 180.0).rem_euclid(360.0) - 180.0;
            assert!(off.abs() < 1e-6, "{angle} {off}");
        }
        assert_eq!(direction(0.0, 0.0), None);
        assert_eq!((direction(-1.0, 0.0), direction(0.0, -2.0)), (Some(180.0), Some(270.0)));
    }

    #[test]
    fn circles_and_fields_that_do_not_exist_are_refused() {
        let by = |index| ranged(0.0, 1.0, 0.1).following(Source::Velocity(index), 60.0).unwrap();
        assert!(Table::new(vec![by(1), by(0)]).is_err());
        assert!(Table::new(vec![by(0)]).is_err());
        assert!(Table::new(vec![by(7)]).is_err());
        assert_eq!(Table::new(vec![by(1), by(2), ranged(0.0, 1.0, 0.1)]).unwrap().predicted, [1, 0]);
        assert!(ranged(0.0, 1.0, 0.1).following(Source::Direction(0, 0), 60.0).is_err());
        assert!(ranged(0.0, 1.0, 0.1).following(Source::Velocity(0), 0.0).is_err());
    }
}
