//! Columns and tables: how a number of the game becomes a whole number (its *unit*) from 0 to the column's `top`, and back.
use crate::predict::{order, Source};
use crate::Misuse;

/// What a field is; the numbers are those of `Kind` in gamenet/replication/codec/__init__.py.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Float,
    Ranged,
    Angle,
    Integer,
    Flag,
    Choice,
}

impl Kind {
    pub fn from_number(number: u8) -> Option<Kind> {
        [Kind::Float, Kind::Ranged, Kind::Angle, Kind::Integer, Kind::Flag, Kind::Choice]
            .get(usize::from(number))
            .copied()
    }

    pub fn is_float(self) -> bool {
        matches!(self, Kind::Float | Kind::Ranged | Kind::Angle)
    }
}

/// The bits of the greatest finite binary32; the unit of 0.0, since units count from the least finite one.
const FLOAT_ZERO: u64 = 0x7F7F_FFFF;

/// One column, ready to use.
#[derive(Debug, Clone)]
pub struct Field {
    pub kind: Kind,
    pub smooth: bool,
    /// The greatest unit.
    pub top: u64,
    /// Bits of a unit: those of `top`.
    pub width: u32,
    /// The unit that an absolute row of a column wider than 32 bits is coded against: that of 0, or the nearest.
    pub rest: u64,
    pub source: Source,
    /// Half the length of a tick in seconds, for what a velocity moves.
    pub half_tick: f64,
    low: f64,
    high: f64,
    step: f64,
    least: i64,
}

/// A value that had to be moved into its range: what the attribute has to read now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clamp(pub f64);

impl Field {
    /// A RANGED (`low`, `high`, `step`), ANGLE (`step`) or FLOAT column.
    pub fn float(kind: Kind, low: f64, high: f64, step: f64, smooth: bool) -> Result<Field, Misuse> {
        let top = match kind {
            Kind::Float => 2.0 * FLOAT_ZERO as f64,
            Kind::Ranged if low.is_finite() && high.is_finite() && low <= high && step > 0.0 => {
                ((high - low) / step + 1e-6).floor()
            }
            Kind::Ranged => {
                return Err(format!("a ranged field needs low <= high and step > 0, not {low}, {high}, {step}"))
            }
            Kind::Angle if step > 0.0 && step <= 180.0 => (360.0 / step + 0.5).floor() - 1.0,
            Kind::Angle => return Err(format!("an angle needs a step above 0 and at most 180 degrees, not {step}")),
            _ => return Err("not a float kind".to_owned()),
        };
        if top > f64::from(u32::MAX) {
            return Err(format!("{low} to {high} in steps of {step} has more than 2^32 values"));
        }
        Ok(Field::new(kind, smooth, top as u64, 0, low, high, step))
    }

    /// An INTEGER (both 0: all 64 bits), FLAG or CHOICE (`high`: the greatest index) column.
    pub fn integer(kind: Kind, low: i64, high: i64) -> Result<Field, Misuse> {
        let (low, high) = match kind {
            Kind::Integer if low == 0 && high == 0 => (i64::MIN, i64::MAX),
            Kind::Integer => (low, high),
            Kind::Flag => (0, 1),
            Kind::Choice => (0, high),
            _ => return Err("not an integer kind".to_owned()),
        };
        if low > high {
            return Err(format!("an integer field needs low <= high, not {low}, {high}"));
        }
        let top = high.wrapping_sub(low) as u64;
        Ok(Field::new(kind, false, top, low, 0.0, 0.0, 0.0))
    }

    fn new(kind: Kind, smooth: bool, top: u64, least: i64, low: f64, high: f64, step: f64) -> Field {
        let rest = 0i64.saturating_sub(least.min(0)) as u64;
        let rest = if least == i64::MIN { 1 << 63 } else { rest }.min(top);
        let (width, source) = (64 - top.leading_zeros(), Source::Baseline);
        Field { kind, smooth, top, width, rest, source, half_tick: 0.0, low, high, step, least }
    }

    /// The same column, predicted from others of its table. `tick_rate`: ticks a second.
    pub fn following(self, source: Source, tick_rate: f64) -> Result<Field, Misuse> {
        let fits = match source {
            Source::Baseline => true,
            Source::Velocity(_) => self.kind.is_float() && tick_rate.is_finite() && tick_rate > 0.0,
            Source::Direction(..) => self.kind == Kind::Angle,
        };
        if !fits {
            return Err("only floats follow a velocity, only angles a direction, and ticks a second are above 0".into());
        }
        Ok(Field { source, half_tick: 0.5 / tick_rate, ..self })
    }

    /// The unit of a float, and what the attribute must read when the value was out of range.
    #[inline]
    pub fn quantise_float(&self, value: f64) -> (u64, Option<Clamp>) {
        match self.kind {
            Kind::Float => quantise_binary32(value),
            Kind::Angle => self.quantise_angle(value),
            _ => self.quantise_ranged(value),
        }
    }

    fn quantise_ranged(&self, value: f64) -> (u64, Option<Clamp>) {
        let steps = ((value - self.low) / self.step + 0.5).floor();
        let unit = (steps as u64).min(self.top); // the cast takes NaN and what is below 0 for 0
        let slack = self.step * 1e-6;
        let inside = value >= self.low - slack && value <= self.high + slack;
        (unit, (!inside).then(|| Clamp(self.float_value(unit))))
    }

    fn quantise_angle(&self, value: f64) -> (u64, Option<Clamp>) {
        if !value.is_finite() {
            return (0, Some(Clamp(0.0)));
        }
        let turns = value / 360.0;
        let unit = ((turns - turns.floor()) * (self.top + 1) as f64 + 0.5).floor() as u64;
        let unit = if unit > self.top { 0 } else { unit };
        (unit, (!(0.0..360.0).contains(&value)).then(|| Clamp(self.float_value(unit))))
    }

    /// The float of a unit, as every peer reads it.
    #[inline]
    pub fn float_value(&self, unit: u64) -> f64 {
        match self.kind {
            Kind::Float if unit >= FLOAT_ZERO => f64::from(f32::from_bits((unit - FLOAT_ZERO) as u32)),
            Kind::Float => -f64::from(f32::from_bits((FLOAT_ZERO - unit) as u32)),
            Kind::Angle => unit as f64 * 360.0 / (self.top + 1) as f64,
            _ => (self.low + unit as f64 * self.step).min(self.high),
        }
    }

    #[inline]
    pub fn quantise_integer(&self, value: i64) -> (u64, Option<Clamp>) {
        let unit = if value < self.least { 0 } else { (value.wrapping_sub(self.least) as u64).min(self.top) };
        let read = self.integer_value(unit);
        (unit, (read != value).then_some(Clamp(read as f64)))
    }

    #[inline]
    pub fn integer_value(&self, unit: u64) -> i64 {
        self.least.wrapping_add(unit as i64)
    }

    /// The error of `unit` against `base`, the short way round modulo top + 1, as a number from 0 to top: 0, -1, 1, -2, 2 …
    #[inline]
    pub fn error(&self, unit: u64, base: u64) -> u64 {
        let up = if unit >= base { unit - base } else { self.top - (base - unit) + 1 };
        match up <= self.top / 2 {
            true => up * 2,
            false => (self.top - up) * 2 + 1,
        }
    }

    /// The unit whose error against `base` is `error`.
    #[inline]
    pub fn unit(&self, error: u64, base: u64) -> u64 {
        let up = if error & 1 == 0 { error / 2 } else { self.top - error / 2 };
        match up <= self.top - base {
            true => base + up,
            false => up - (self.top - base) - 1,
        }
    }

    /// The value between two units of a float column, at `share` (0 … 1) of the way; angles the short way.
    pub fn between(&self, from: u64, to: u64, share: f64) -> f64 {
        let (a, b) = (self.float_value(from), self.float_value(to));
        if self.kind != Kind::Angle {
            return a + (b - a) * share;
        }
        let way = (b - a + 180.0).rem_euclid(360.0) - 180.0;
        wrap(a + way * share)
    }
}

/// An angle in [0, 360).
fn wrap(angle: f64) -> f64 {
    let wrapped = angle.rem_euclid(360.0);
    if wrapped < 360.0 {
        wrapped
    } else {
        0.0
    }
}

/// The order of binary32 numbers as whole numbers: neighbours differ by one; both zeros are one.
fn quantise_binary32(value: f64) -> (u64, Option<Clamp>) {
    if value.is_nan() {
        return (FLOAT_ZERO, Some(Clamp(0.0)));
    }
    let single = value as f32;
    let held = single.clamp(f32::MIN, f32::MAX);
    let bits = u64::from(held.to_bits() & 0x7FFF_FFFF);
    let unit = if held < 0.0 { FLOAT_ZERO - bits } else { FLOAT_ZERO + bits };
    (unit, (held != single).then_some(Clamp(f64::from(held))))
}

/// The columns that travel together.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub fields: Vec<Field>,
    pub floats: usize,
    pub ints: usize,
    pub smooth: Vec<usize>,
    /// The columns that are predicted, each behind those that it is predicted from.
    pub predicted: Vec<usize>,
}

impl Table {
    pub fn new(fields: Vec<Field>) -> Result<Table, Misuse> {
        if fields.iter().any(|field| field.smooth && !field.kind.is_float()) {
            return Err("only float fields can be smooth".to_owned());
        }
        let floats = fields.iter().filter(|field| field.kind.is_float()).count();
        let smooth = (0..fields.len()).filter(|index| fields[*index].smooth).collect();
        let predicted = order(&fields)?;
        Ok(Table { floats, ints: fields.len() - floats, smooth, predicted, fields })
    }

    pub fn width(&self) -> usize {
        self.fields.len()
    }

    /// Quantises one row into `units` (replaced); `clamped` is told the index of a field and what it has to read.
    pub fn quantise(&self, floats: &[f64], ints: &[i64], units: &mut Vec<u64>, mut clamped: impl FnMut(usize, f64)) {
        let (mut floats, mut ints) = (floats.iter(), ints.iter());
        units.clear();
        for (index, field) in self.fields.iter().enumerate() {
            let (unit, clamp) = match field.kind.is_float() {
                true => field.quantise_float(*floats.next().expect("a float for each float column")),
                false => field.quantise_integer(*ints.next().expect("an integer for each other column")),
            };
            units.push(unit);
            if let Some(Clamp(value)) = clamp {
                clamped(index, value);
            }
        }
    }

    /// Appends the values of a row.
    pub fn values(&self, units: &[u64], floats: &mut Vec<f64>, ints: &mut Vec<i64>) {
        for (field, unit) in self.fields.iter().zip(units) {
            match field.kind.is_float() {
                true => floats.push(field.float_value(*unit)),
                false => ints.push(field.integer_value(*unit)),
            }
        }
    }
}

/// Rows of one table, from outside: row i belongs to ids[i]; `floats` and `ints` are row-major.
#[derive(Debug, Clone, Copy)]
pub struct RowsIn<'a> {
    pub table: usize,
    pub ids: &'a [u32],
    pub floats: &'a [f64],
    pub ints: &'a [i64],
}

impl<'a> RowsIn<'a> {
    /// The table, when it exists and every array has the length it must have.
    pub fn checked<'t>(&self, tables: &'t [Table]) -> Result<&'t Table, Misuse> {
        let table = tables.get(self.table).ok_or_else(|| format!("there is no table {}", self.table))?;
        let (rows, floats, ints) = (self.ids.len(), self.floats.len(), self.ints.len());
        if floats != rows * table.floats || ints != rows * table.ints {
            let (f, i) = (table.floats, table.ints);
            return Err(format!(
                "{rows} rows of table {} need {f} floats and {i} integers each, not {floats} and {ints} in all",
                self.table
            ));
        }
        Ok(table)
    }

    pub fn row(&self, table: &Table, index: usize) -> (&'a [f64], &'a [i64]) {
        (&self.floats[index * table.floats..][..table.floats], &self.ints[index * table.ints..][..table.ints])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranged(low: f64, high: f64, step: f64) -> Field {
        Field::float(Kind::Ranged, low, high, step, true).unwrap()
    }

    #[test]
    fn errors_and_units_are_inverse_and_short() {
        for top in [0, 1, 2, 3, 359, 360, u64::MAX - 1, u64::MAX] {
            let field = Field::new(Kind::Integer, false, top, 0, 0.0, 0.0, 0.0);
            let picks: Vec<u64> =
                [0, 1, 2, top / 2, top / 2 + 1, top.saturating_sub(1), top].into_iter().filter(|p| *p <= top).collect();
            for unit in &picks {
                for base in &picks {
                    let error = field.error(*unit, *base);
                    assert!(error <= top);
                    assert_eq!(field.unit(error, *base), *unit, "top {top} unit {unit} base {base}");
                }
            }
        }
        let angle = Field::float(Kind::Angle, 0.0, 0.0, 1.0, true).unwrap();
        assert_eq!((angle.error(1, 359), angle.error(359, 1), angle.error(5, 5)), (4, 3, 0));
    }

    #[test]
    fn near_floats_have_near_units() {
        let field = Field::float(Kind::Float, 0.0, 0.0, 0.0, true).unwrap();
        let unit = |value: f64| field.quantise_float(value).0;
        assert_eq!(unit(f64::from(1.0f32.next_up())) - unit(1.0), 1);
        assert_eq!(unit(f64::from(f32::from_bits(1))) - unit(-f64::from(f32::from_bits(1))), 2);
        assert_eq!(unit(-0.0), unit(0.0));
        for value in [0.0, 1.5, -1.5, 1e-45, -3.4e38, f64::from(f32::MAX)] {
            assert_eq!(field.float_value(unit(value)), f64::from(value as f32));
        }
        assert!(unit(-2.0) < unit(-1.0) && unit(-1.0) < unit(0.0) && unit(1.0) < unit(2.0));
    }

    #[test]
    fn what_is_out_of_range_is_clamped_and_told() {
        let float = Field::float(Kind::Float, 0.0, 0.0, 0.0, false).unwrap();
        assert_eq!(float.quantise_float(f64::NAN).1, Some(Clamp(0.0)));
        assert_eq!(float.quantise_float(f64::INFINITY).1, Some(Clamp(f64::from(f32::MAX))));
        assert_eq!(float.quantise_float(-1e300).1, Some(Clamp(f64::from(f32::MIN))));
        let coord = ranged(-4.0, 4.0, 0.25);
        assert_eq!(coord.quantise_float(f64::NAN), (0, Some(Clamp(-4.0))));
        assert_eq!(coord.quantise_float(4.2), (32, Some(Clamp(4.0))));
        assert_eq!(coord.quantise_float(f64::NEG_INFINITY), (0, Some(Clamp(-4.0))));
        assert_eq!(coord.quantise_float(0.1), (16, None));
        let angle = Field::float(Kind::Angle, 0.0, 0.0, 1.0, true).unwrap();
        assert_eq!(angle.quantise_float(f64::INFINITY), (0, Some(Clamp(0.0))));
        assert_eq!(angle.quantise_float(370.0), (10, Some(Clamp(10.0))));
        assert_eq!(angle.quantise_float(-90.5), (270, Some(Clamp(270.0))));
        assert_eq!(angle.quantise_float(359.4), (359, None));
        assert_eq!(
            (angle.quantise_float(-1.0), angle.quantise_float(359.6), angle.quantise_float(-1e-18)),
            ((359, Some(Clamp(359.0))), (0, None), (0, Some(Clamp(0.0))))
        );
        let hp = Field::integer(Kind::Integer, 1, 100).unwrap();
        assert_eq!(
            (hp.quantise_integer(0), hp.quantise_integer(101)),
            ((0, Some(Clamp(1.0))), (99, Some(Clamp(100.0))))
        );
        let flag = Field::integer(Kind::Flag, 0, 0).unwrap();
        assert_eq!(flag.quantise_integer(7), (1, Some(Clamp(1.0))));
    }

    #[test]
    fn all_64_bits_survive() {
        let field = Field::integer(Kind::Integer, 0, 0).unwrap();
        for value in [i64::MIN, -1, 0, 1, i64::MAX] {
            let (unit, clamp) = field.quantise_integer(value);
            assert_eq!((field.integer_value(unit), clamp), (value, None));
        }
        assert_eq!((field.width, field.rest), (64, 1 << 63));
    }

    #[test]
    fn a_grid_ends_at_high() {
        assert_eq!(ranged(0.0, 1.0, 0.01).top, 100);
        assert_eq!(ranged(0.0, 0.3, 0.1).float_value(3), 0.3);
        assert_eq!(ranged(0.0, 1.0, 0.4).top, 2);
        assert!(Field::float(Kind::Ranged, 0.0, 1e12, 1e-3, false).is_err());
        assert!(Field::float(Kind::Ranged, 1.0, 0.0, 0.1, false).is_err());
    }

    #[test]
    fn angles_go_the_short_way() {
        let angle = Field::float(Kind::Angle, 0.0, 0.0, 1.0, true).unwrap();
        assert_eq!(angle.between(350, 10, 0.5), 0.0);
        assert_eq!(angle.between(10, 350, 0.25), 5.0);
        assert_eq!(ranged(0.0, 10.0, 1.0).between(2, 4, 0.5), 3.0);
    }
}
