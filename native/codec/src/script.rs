//! Messages as flat lists of numbers, for holding the readable twin and this codec to the same bytes.
//!
//! message: previous, sections, then of each section: table, term, gap, age, one code per column, rows, then of each row:
//! id, age, mode (0 ordinary, 1 hold, 2 + the age of a cut), one unit per column; for encoding, when age is not 0, one unit
//! of the baseline per column behind them. Baselines for decoding: table, id, age, one unit per column, and so on.
use crate::bits::{BitWriter, Malformed};
use crate::code::Code;
use crate::hash::Map;
use crate::wire::{
    rests, write_absolute, write_errors, write_id, write_manner, write_previous, write_rare, Body, Format, Head, Mode,
};
use crate::Misuse;

struct Script<'a>(std::slice::Iter<'a, u64>);

impl<'a> Script<'a> {
    fn next(&mut self, top: u64) -> Result<u64, Misuse> {
        match self.0.next() {
            Some(number) if *number <= top => Ok(*number),
            Some(number) => Err(format!("{number} in a script is more than {top}")),
            None => Err("a script ends early".to_owned()),
        }
    }

    fn u32(&mut self) -> Result<u32, Misuse> {
        self.next(u64::from(u32::MAX)).map(|number| number as u32)
    }

    fn units(&mut self, format: &Format, table: usize) -> Result<Vec<u64>, Misuse> {
        format.tables[table].fields.iter().map(|field| self.next(field.top)).collect()
    }

    fn table(&mut self, format: &Format) -> Result<usize, Misuse> {
        self.next((format.tables.len() as u64).checked_sub(1).ok_or("there are no tables")?).map(|table| table as usize)
    }
}

/// The bytes of a message.
pub fn encode(format: &Format, script: &[u64]) -> Result<Vec<u8>, Misuse> {
    let (mut script, mut out) = (Script(script.iter()), BitWriter::default());
    write_previous(&mut out, script.u32()?);
    for _ in 0..script.u32()? {
        encode_section(format, &mut script, &mut out)?;
    }
    if script.0.next().is_some() {
        return Err("a script goes on behind its end".to_owned());
    }
    out.put(0, 1);
    let mut bytes = Vec::new();
    out.write_to(&mut bytes);
    Ok(bytes)
}

fn encode_section(format: &Format, script: &mut Script<'_>, out: &mut BitWriter) -> Result<(), Misuse> {
    let table = script.table(format)?;
    let (term, gap, age) = (script.next(255)? as u8, script.next(15)? as u32, script.u32()?);
    let width = format.tables[table].width();
    let names: Vec<u8> = (0..width).map(|_| script.next(63).map(|name| name as u8)).collect::<Result<_, _>>()?;
    let codes: Vec<Code> =
        names.iter().map(|name| Code::named(*name).ok_or(format!("no code {name}"))).collect::<Result<_, _>>()?;
    let head = Head { table, term, gap, age, codes: &names };
    let rows = script.u32()? as usize;
    if rows == 0 {
        return Err("a section has at least one row".to_owned());
    }
    format.write_head(out, head, rows);
    let mut last = None;
    for _ in 0..rows {
        let id = script.u32()?;
        if last.is_some_and(|last| last >= id) {
            return Err("ids ascend".to_owned());
        }
        encode_row(format, script, out, head, &codes, (last, id))?;
        last = Some(id);
    }
    Ok(())
}

type Ids = (Option<u32>, u32);

fn encode_row(
    format: &Format,
    script: &mut Script<'_>,
    out: &mut BitWriter,
    head: Head<'_>,
    codes: &[Code],
    (last, id): Ids,
) -> Result<(), Misuse> {
    let (age, mode) = (script.u32()?, script.next(u64::from(u32::MAX) + 2)?);
    write_id(out, head, last, id);
    let (usual, mode) = (age == head.age, mode_from(mode));
    let ordinary = usual && mode == Mode::Ordinary;
    let table = &format.tables[head.table];
    let units = script.units(format, head.table)?;
    if age == 0 {
        write_manner(out, head, ordinary, age, mode);
        write_absolute(out, table, &units);
        return Ok(());
    }
    let bases = script.units(format, head.table)?;
    let mut errors = Vec::new();
    table.errors(&units, &bases, age, &mut errors);
    if codes.iter().zip(&errors).any(|(code, error)| *code == Code::Zero && *error > 0) {
        return Err("code 0 cannot say that a field changed".to_owned());
    }
    let plain = ordinary && rests(codes, &errors);
    write_manner(out, head, plain, age, mode);
    write_errors(out, table, codes, &errors);
    if !plain {
        write_rare(out, table, codes, &errors);
    }
    Ok(())
}

fn mode_from(number: u64) -> Mode {
    match number {
        0 => Mode::Ordinary,
        1 => Mode::Hold,
        cut => Mode::Cut((cut - 2) as u32),
    }
}

fn mode_number(mode: Mode) -> u64 {
    match mode {
        Mode::Ordinary => 0,
        Mode::Hold => 1,
        Mode::Cut(age) => u64::from(age) + 2,
    }
}

/// Why a message gave no values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Malformed(Malformed),
    UnknownBaseline,
}

/// The script of a message (without baselines behind the rows), given the baselines that the receiver holds.
pub fn decode(format: &Format, bytes: &[u8], baselines: &[u64]) -> Result<Result<Vec<u64>, Refusal>, Misuse> {
    let held = read_baselines(format, baselines)?;
    let mut body = Body::default();
    if let Err(malformed) = body.read(format, bytes) {
        return Ok(Err(Refusal::Malformed(malformed)));
    }
    Ok(told(format, &body, &held).ok_or(Refusal::UnknownBaseline))
}

type Baselines = Map<(u32, u32, u32), Vec<u64>>;

fn read_baselines(format: &Format, numbers: &[u64]) -> Result<Baselines, Misuse> {
    let (mut script, mut held) = (Script(numbers.iter()), Baselines::default());
    while !script.0.as_slice().is_empty() {
        let table = script.table(format)?;
        let key = (table as u32, script.u32()?, script.u32()?);
        held.insert(key, script.units(format, table)?);
    }
    Ok(held)
}

fn told(format: &Format, body: &Body, held: &Baselines) -> Option<Vec<u64>> {
    let mut script = vec![u64::from(body.previous), body.sections.len() as u64];
    let (mut codes, mut rows) = (0, 0);
    for section in &body.sections {
        script.extend([section.table as u64, u64::from(section.term), u64::from(section.gap), u64::from(section.age)]);
        script.extend(body.codes[codes..section.codes_end].iter().map(|name| u64::from(*name)));
        script.push((section.rows_end - rows) as u64);
        let table = &format.tables[section.table];
        for row in &body.rows[rows..section.rows_end] {
            script.extend([u64::from(row.id), u64::from(row.age), mode_number(row.mode)]);
            let numbers = &body.numbers[row.numbers..][..table.width()];
            if row.age == 0 {
                script.extend(numbers);
                continue;
            }
            let bases = held.get(&(section.table as u32, row.id, row.age))?;
            table.append_units(numbers, bases, row.age, &mut script);
        }
        (codes, rows) = (section.codes_end, section.rows_end);
    }
    Some(script)
}
