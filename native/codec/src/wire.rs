//! The body of a values message, bit by bit, without any state (docs/wire-format.md, "Values").
//!
//! A body is `previous`, then sections, then padding. A section is the rows of one table in one owner term, with the codes
//! of its columns. A row is its id, a bit whether anything about it is unusual, then if so which baseline it is coded against and
//! its mode, and its errors: a *plain* row leaves out the columns that rarely change. Whether a body is well formed never depends on the baselines: errors are read as numbers and become values when the baseline is known.
use crate::bits::{BitReader, BitWriter, Malformed};
use crate::code::{Code, ESCAPE};
use crate::field::{RowsIn, Table};
use crate::Misuse;

/// Small numbers of the format itself: ages in ticks, the distance to the previous snapshot.
const AGE: Code = Code::Exp(3);
const COUNT: Code = Code::Exp(4);
const FIRST_ID: Code = Code::Exp(8);
/// Columns wider than 32 bits in an absolute row, as errors against `Field::rest`.
const WIDE: Code = Code::Exp(8);
const TERM_BITS: u32 = 8;
const CODE_BITS: u32 = 6;
const GAP_BITS: u32 = 4;
/// Numbers of the format have at most 32 bits.
const NUMBER_BITS: u32 = 32;
const NUMBER_TOP: u64 = u32::MAX as u64;

/// The longest body in bytes: with it everything that a message can make a receiver hold is bounded.
pub const LONGEST_BODY: usize = 4096;

/// Bits of a row's mode, at most.
pub const LONGEST_MODE: usize = (2 + ESCAPE + NUMBER_BITS) as usize;

/// A row alone in a message takes at most that many bytes, so that there is always room for it in time.
pub const LONGEST_ROW: usize = 1000;

/// Bits around a row that is alone in a message, at most, without its section's codes: every number of the format escaped.
const AROUND: usize = 1 + 16 + (TERM_BITS + GAP_BITS) as usize + 5 + 3 + 4 * (ESCAPE + NUMBER_BITS) as usize;

/// The tables of a session in the order that both ends know.
#[derive(Debug, Clone)]
pub struct Format {
    pub tables: Vec<Table>,
    table_bits: u32,
}

impl Format {
    pub fn new(tables: Vec<Table>) -> Result<Format, Misuse> {
        if tables.len() > usize::from(u16::MAX) {
            return Err(format!("{} tables are more than 65,535", tables.len()));
        }
        for (index, table) in tables.iter().enumerate() {
            let row: usize = table.fields.iter().map(|field| (1 + ESCAPE + field.width) as usize).sum();
            let bytes = (alone(table) + row + LONGEST_MODE).div_ceil(8);
            if bytes > LONGEST_ROW {
                return Err(format!(
                    "a row of table {index} can take {bytes} bytes: at most {LONGEST_ROW} fit a message"
                ));
            }
        }
        let table_bits = (tables.len().max(1) as u64 - 1).checked_ilog2().map_or(0, |log| log + 1);
        Ok(Format { tables, table_bits })
    }
}

/// How a receiver comes from its older sample to this row.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Ordinary,
    /// The row did not change in the previous snapshot tick: hold until there, then move.
    Hold,
    /// The entity teleported that many ticks ago: jump there, never move across.
    Cut(u32),
}

/// What stands before the rows of a section. `age`: of the usual baseline in ticks, 0: rows are absolute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head<'a> {
    pub table: usize,
    pub term: u8,
    pub gap: u32,
    pub age: u32,
    pub codes: &'a [u8],
}

/// Bits that a message with one row of the table takes at most beside the row's mode and errors.
pub fn alone(table: &Table) -> usize {
    AROUND + table.width() * CODE_BITS as usize
}

pub fn write_previous(out: &mut BitWriter, previous: u32) {
    AGE.write(out, u64::from(previous), NUMBER_BITS);
}

impl Format {
    /// Begins a section of `rows` rows, at least one.
    pub fn write_head(&self, out: &mut BitWriter, head: Head<'_>, rows: usize) {
        out.put(1, 1);
        out.put(head.table as u64, self.table_bits);
        out.put(u64::from(head.term), TERM_BITS);
        out.put(u64::from(head.gap), GAP_BITS);
        AGE.write(out, u64::from(head.age), NUMBER_BITS);
        head.codes.iter().for_each(|code| out.put(u64::from(*code), CODE_BITS));
        COUNT.write(out, rows as u64 - 1, NUMBER_BITS);
    }

    /// Bits of `write_head`.
    pub fn head_cost(&self, head: Head<'_>, rows: usize) -> usize {
        let numbers = AGE.cost(u64::from(head.age), NUMBER_BITS) + COUNT.cost(rows as u64 - 1, NUMBER_BITS);
        (1 + self.table_bits + TERM_BITS + GAP_BITS + numbers) as usize + head.codes.len() * CODE_BITS as usize
    }
}

/// The id of a row; `last` is the id before it in the section.
#[inline]
pub fn write_id(out: &mut BitWriter, head: Head<'_>, last: Option<u32>, id: u32) {
    match last {
        None => FIRST_ID.write(out, u64::from(id), NUMBER_BITS),
        Some(last) => Code::Rice(head.gap).write(out, u64::from(id - last - 1), NUMBER_BITS),
    }
}

/// Bits of `write_id`.
#[inline]
pub fn id_cost(head: Head<'_>, last: Option<u32>, id: u32) -> usize {
    let id = match last {
        None => FIRST_ID.cost(u64::from(id), NUMBER_BITS),
        Some(last) => Code::Rice(head.gap).cost(u64::from(id - last - 1), NUMBER_BITS),
    };
    id as usize
}

/// What a row says of itself between its id and its errors: nothing but a zero when it is plain.
#[inline]
pub fn write_manner(out: &mut BitWriter, head: Head<'_>, plain: bool, age: u32, mode: Mode) {
    out.put(u64::from(!plain), 1);
    if plain {
        return;
    }
    out.put(u64::from(age != head.age), 1);
    if age != head.age {
        AGE.write(out, u64::from(age), NUMBER_BITS);
    }
    match mode {
        Mode::Ordinary => out.put(0, 1),
        Mode::Hold => out.put(0b01, 2),
        Mode::Cut(age) => {
            out.put(0b11, 2);
            AGE.write(out, u64::from(age), NUMBER_BITS);
        }
    }
}

/// Bits of `write_manner`.
#[inline]
pub fn manner_cost(head: Head<'_>, plain: bool, age: u32, mode: Mode) -> usize {
    if plain {
        return 1;
    }
    let age = if age == head.age { 0 } else { AGE.cost(u64::from(age), NUMBER_BITS) };
    let mode = match mode {
        Mode::Ordinary => 1,
        Mode::Hold => 2,
        Mode::Cut(age) => 2 + AGE.cost(u64::from(age), NUMBER_BITS),
    };
    (2 + age + mode) as usize
}

pub fn write_absolute(out: &mut BitWriter, table: &Table, units: &[u64]) {
    for (field, unit) in table.fields.iter().zip(units) {
        match field.width <= 32 {
            true => out.put(*unit, field.width),
            false => WIDE.write(out, field.error(*unit, field.rest), field.width),
        }
    }
}

/// Appends rows as they travel with structure, each padded to whole bytes, and where each ends.
pub fn pack_rows(tables: &[Table], rows: &RowsIn<'_>, bytes: &mut Vec<u8>, ends: &mut Vec<u64>) -> Result<(), Misuse> {
    let table = rows.checked(tables)?;
    let (mut units, mut bits) = (Vec::new(), BitWriter::default());
    for index in 0..rows.ids.len() {
        let (floats, ints) = rows.row(table, index);
        table.quantise(floats, ints, &mut units, |_, _| ());
        bits.clear();
        write_absolute(&mut bits, table, &units);
        bits.write_to(bytes);
        ends.push(bytes.len() as u64);
    }
    Ok(())
}

/// The errors that stand in every row.
pub fn write_errors(out: &mut BitWriter, table: &Table, codes: &[Code], errors: &[u64]) {
    for ((field, code), error) in table.fields.iter().zip(codes).zip(errors).filter(|((_, code), _)| !code.is_rare()) {
        code.write(out, *error, field.width);
    }
}

/// Behind them, in rows that are not plain: those of the columns that rarely change.
pub fn write_rare(out: &mut BitWriter, table: &Table, codes: &[Code], errors: &[u64]) {
    for ((field, code), error) in table.fields.iter().zip(codes).zip(errors).filter(|((_, code), _)| code.is_rare()) {
        code.write(out, *error, field.width);
    }
}

/// Whether errors allow a row to be plain.
pub fn rests(codes: &[Code], errors: &[u64]) -> bool {
    codes.iter().zip(errors).all(|(code, error)| *error == 0 || !code.is_rare())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionRead {
    pub table: usize,
    pub term: u8,
    pub gap: u32,
    pub age: u32,
    /// Where its codes end in `Body::codes` and its rows in `Body::rows`.
    pub codes_end: usize,
    pub rows_end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRead {
    pub id: u32,
    pub age: u32,
    pub mode: Mode,
    /// Where its numbers begin in `Body::numbers`: units when `age` is 0, else errors against the baseline.
    pub numbers: usize,
}

/// A body as it was read; reused from message to message. Its size is bounded by the bits that were read.
#[derive(Debug, Default)]
pub struct Body {
    pub previous: u32,
    pub sections: Vec<SectionRead>,
    pub codes: Vec<u8>,
    pub rows: Vec<RowRead>,
    pub numbers: Vec<u64>,
    in_use: Vec<Code>,
}

impl Body {
    /// Reads a whole body; after an error the contents mean nothing.
    pub fn read(&mut self, format: &Format, bytes: &[u8]) -> Result<(), Malformed> {
        self.sections.clear();
        self.codes.clear();
        self.rows.clear();
        self.numbers.clear();
        if bytes.len() > LONGEST_BODY {
            return Err(Malformed::TooLong);
        }
        let mut input = BitReader::new(bytes);
        self.previous = number(&mut input, AGE)?;
        while input.get(1)? == 1 {
            self.read_section(format, &mut input)?;
        }
        input.finish()
    }

    fn read_section(&mut self, format: &Format, input: &mut BitReader<'_>) -> Result<(), Malformed> {
        let table = input.get(format.table_bits)? as usize;
        let columns = format.tables.get(table).ok_or(Malformed::UnknownTable)?;
        let term = input.get(TERM_BITS)? as u8;
        if self.sections.last().is_some_and(|last| (last.table, last.term) >= (table, term)) {
            return Err(Malformed::SectionOrder);
        }
        let gap = input.get(GAP_BITS)? as u32;
        let age = number(input, AGE)?;
        self.in_use.clear();
        for _ in 0..columns.width() {
            let name = input.get(CODE_BITS)? as u8;
            self.codes.push(name);
            self.in_use.push(Code::named(name).ok_or(Malformed::UnknownCode)?);
        }
        let (mut last, mut left) = (None, u64::from(number(input, COUNT)?) + 1);
        while left > 0 {
            last = Some(self.read_row(columns, input, gap, age, last)?);
            left -= 1;
        }
        let (codes_end, rows_end) = (self.codes.len(), self.rows.len());
        self.sections.push(SectionRead { table, term, gap, age, codes_end, rows_end });
        Ok(())
    }

    fn read_row(
        &mut self,
        table: &Table,
        input: &mut BitReader<'_>,
        gap: u32,
        usual: u32,
        last: Option<u32>,
    ) -> Result<u32, Malformed> {
        let id = match last {
            None => number(input, FIRST_ID)?,
            Some(last) => {
                let id = u64::from(number(input, Code::Rice(gap))?) + u64::from(last) + 1;
                u32::try_from(id).map_err(|_| Malformed::IdRange)?
            }
        };
        let plain = input.get(1)? == 0;
        let age = if plain || input.get(1)? == 0 { usual } else { number(input, AGE)? };
        let mode = if plain { Mode::Ordinary } else { read_mode(input)? };
        let start = self.numbers.len();
        self.rows.push(RowRead { id, age, mode, numbers: start });
        for (field, code) in table.fields.iter().zip(&self.in_use) {
            let number = match (age, field.width <= 32) {
                (0, true) => Code::Plain.read(input, field.width, field.top)?,
                (0, false) => field.unit(WIDE.read(input, field.width, field.top)?, field.rest),
                _ if code.is_rare() => 0,
                _ => code.read(input, field.width, field.top)?,
            };
            self.numbers.push(number);
        }
        if !plain && age != 0 {
            let rare = table.fields.iter().zip(&self.in_use).zip(&mut self.numbers[start..]);
            for ((field, code), number) in rare.filter(|((_, code), _)| code.is_rare()) {
                *number = code.read(input, field.width, field.top)?;
            }
        }
        Ok(id)
    }
}

fn number(input: &mut BitReader<'_>, code: Code) -> Result<u32, Malformed> {
    code.read(input, NUMBER_BITS, NUMBER_TOP).map(|number| number as u32)
}

fn read_mode(input: &mut BitReader<'_>) -> Result<Mode, Malformed> {
    match input.ones(2)? {
        0 => Ok(Mode::Ordinary),
        1 => Ok(Mode::Hold),
        _ => Ok(Mode::Cut(number(input, AGE)?)),
    }
}
