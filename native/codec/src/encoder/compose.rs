//! Packs the rows for one peer into messages.
use super::peer::Key;
use super::pick::Pick;
use crate::bits::BitWriter;
use crate::wire::{id_cost, manner_cost, write_id, write_manner, write_previous, Format, Head, Mode};

/// A row that is encoded and may go into a message.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    pub key: Key,
    pub pair: u32,
    /// Of the baseline, in ticks; 0: absolute.
    pub age: u32,
    /// The greater, the sooner it is to go; only known when not all can.
    pub urgency: f32,
    pub row: Encoded,
}

/// A row as its errors against the version of `base`.
#[derive(Debug, Default, Clone, Copy)]
pub struct Encoded {
    pub base: i64,
    pub mode: Mode,
    /// Where its errors stand: the first word, how many bits, and how many of them in a plain row.
    pub start: u32,
    pub bits: u32,
    pub plain_bits: u32,
    /// It is ordinary, and no column that rarely changes did: against the usual baseline it is plain.
    pub rests: bool,
    /// The most bits of a message that carries it alone.
    pub alone: u32,
}

impl Encoded {
    fn body(&self, plain: bool) -> usize {
        (if plain { self.plain_bits } else { self.bits }) as usize
    }
}

impl Candidate {
    pub fn id(&self) -> u32 {
        self.key as u32
    }

    fn section(&self) -> Key {
        self.key >> 32
    }

    fn plain(&self, head: Head<'_>) -> bool {
        self.row.rests && self.age == head.age
    }
}

/// Messages of one peer: their bytes one behind the other, and where each ends in bytes and in rows.
#[derive(Debug, Default)]
pub struct Packed {
    pub bytes: Vec<u8>,
    pub ends: Vec<(usize, usize)>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    All,
    OverBudget,
}

/// What packing needs beside the rows. `words`: of the encoded rows. `limit`: bytes of a message, `budget`: of all.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub format: &'a Format,
    pub picks: &'a [Pick],
    pub words: &'a [u64],
    pub previous: u32,
    pub limit: usize,
    pub budget: usize,
}

/// Reused from peer to peer.
#[derive(Debug, Default)]
pub struct Composer {
    message: BitWriter,
    section: BitWriter,
    rows: usize,
    last: Option<u32>,
}

impl Composer {
    /// Packs `rows`, which ascend by key and each fit a message alone, into `packed` (replaced).
    pub fn pack(&mut self, frame: Frame<'_>, rows: &[Candidate], packed: &mut Packed) -> Outcome {
        packed.bytes.clear();
        packed.ends.clear();
        self.begin(frame);
        let mut start = 0;
        for group in rows.chunk_by(|a, b| a.section() == b.section()) {
            let head = head(frame, group);
            for (index, row) in group.iter().enumerate() {
                if !self.fits(frame, head, row) {
                    self.close(frame, head);
                    self.end(packed, start + index);
                    self.begin(frame);
                    debug_assert!(self.fits(frame, head, row), "rows that do not fit alone are no candidates");
                    if packed.bytes.len() > frame.budget {
                        return Outcome::OverBudget;
                    }
                }
                self.add(frame, head, row);
            }
            self.close(frame, head);
            start += group.len();
        }
        self.end(packed, start);
        if packed.bytes.len() > frame.budget {
            Outcome::OverBudget
        } else {
            Outcome::All
        }
    }

    fn begin(&mut self, frame: Frame<'_>) {
        self.message.clear();
        write_previous(&mut self.message, frame.previous);
    }

    fn fits(&self, frame: Frame<'_>, head: Head<'_>, row: &Candidate) -> bool {
        let plain = row.plain(head);
        let reference = id_cost(head, self.last, row.id()) + manner_cost(head, plain, row.age, row.row.mode);
        let more = frame.format.head_cost(head, self.rows + 1) + reference + row.row.body(plain);
        let bits = self.message.len() + self.section.len() + more + 1;
        bits.div_ceil(8) <= frame.limit
    }

    fn add(&mut self, frame: Frame<'_>, head: Head<'_>, row: &Candidate) {
        let plain = row.plain(head);
        write_id(&mut self.section, head, self.last, row.id());
        write_manner(&mut self.section, head, plain, row.age, row.row.mode);
        self.section.put_words(&frame.words[row.row.start as usize..], row.row.body(plain));
        self.last = Some(row.id());
        self.rows += 1;
    }

    fn close(&mut self, frame: Frame<'_>, head: Head<'_>) {
        if self.rows > 0 {
            frame.format.write_head(&mut self.message, head, self.rows);
            self.message.append(&self.section);
        }
        self.section.clear();
        (self.rows, self.last) = (0, None);
    }

    fn end(&mut self, packed: &mut Packed, rows: usize) {
        if rows > packed.ends.last().map_or(0, |end| end.1) {
            self.message.put(0, 1);
            self.message.write_to(&mut packed.bytes);
            packed.ends.push((packed.bytes.len(), rows));
        }
    }
}

/// The usual baseline of a group of rows and how far their ids lie apart.
fn head<'a>(frame: Frame<'a>, group: &[Candidate]) -> Head<'a> {
    let (table, term) = ((group[0].key >> 40) as usize, (group[0].key >> 32) as u8);
    let span = u64::from(group[group.len() - 1].id() - group[0].id());
    let mean = span / (group.len() as u64 - 1).max(1);
    let gap = (mean * 7 / 10).checked_ilog2().unwrap_or(0).min(15);
    Head { table, term, gap, age: usual(group), codes: frame.picks[table].names() }
}

/// The commonest age, nearly: the one that survives cancelling against others (Boyer and Moore's majority vote).
fn usual(group: &[Candidate]) -> u32 {
    let mut vote = (0u32, 0usize);
    for row in group {
        vote = match vote {
            (_, 0) => (row.age, 1),
            (age, count) if age == row.age => (age, count + 1),
            (age, count) => (age, count - 1),
        };
    }
    vote.0
}
