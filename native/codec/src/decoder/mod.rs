//! One room's incoming values, from all senders.
//!
//! Every (table, entity) has a *track* of rows per sender: baselines belong to who sent them, because each sender refers to
//! what it knows to be acknowledged, also in rows that are skipped here. The track of the entity's source is what is read.
//! A message is applied whole or not at all: it is parsed, then every row is looked up, and only then the first is applied.
//!
//! Bounds: a sender has at most `STRAYS` tracks of rows that it is not the source of (ids not yet known among them), a
//! track at most `RING` rows. Forgotten entities and former sources keep their tracks for `LINGER` calls of `receive`, because
//! messages that refer to them are still under way.
mod track;

use std::collections::VecDeque;

use crate::bits::Malformed;
use crate::field::{RowsIn, Table};
use crate::hash::Map;
use crate::wire::{Body, Format, Mode, RowRead, SectionRead};
use crate::Misuse;
use track::{Row, Track};

/// Rows of ids without a spawn that are kept, per sender.
const STRAYS: usize = 256;
/// How many frames what is gone is still understood.
const LINGER: u64 = 256;
const TICKS: std::ops::Range<i64> = 0..1 << 53;

/// What became of a message. The numbers are those of `Verdict` in gamenet/replication/codec/__init__.py.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The number of rows that were forged.
    Taken(usize),
    UnknownBaseline,
    TooManyUnknown,
    Malformed(Malformed),
}

/// A values message without its header.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    pub sender: u16,
    pub tick: i64,
    pub body: &'a [u8],
}

/// Rows of `id` in `table` come from `source` in `term`.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub id: u32,
    pub table: usize,
    pub source: u16,
    pub term: u8,
}

/// Rows to read, of one table.
#[derive(Debug, Default)]
pub struct Rows {
    pub ids: Vec<u32>,
    pub floats: Vec<f64>,
    pub ints: Vec<i64>,
}

impl Rows {
    fn clear(&mut self) {
        self.ids.clear();
        self.floats.clear();
        self.ints.clear();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Rows came, but no spawn.
    Unknown,
    Known {
        source: u16,
        term: u8,
    },
    /// Despawned: what still comes is nobody's fault.
    Gone,
}

/// The rows from one sender, and whether they count as strays of it.
#[derive(Debug)]
struct Source {
    sender: u16,
    stray: bool,
    until: u64,
    track: Track,
}

#[derive(Debug)]
struct Entity {
    id: u32,
    table: usize,
    state: State,
    sources: Vec<Source>,
    /// The newest row: its tick and units.
    newest: Option<(i64, Vec<u64>)>,
    /// In the list of rows to hand out.
    dirty: bool,
    /// In the list of what may be in motion.
    moving: bool,
    shown: Vec<f64>,
    /// The tick of the newest sample that was drawn.
    reached: i64,
}

/// Where a row of the message being received goes: the entity and the place of its source.
#[derive(Debug, Clone, Copy)]
enum Place {
    Forged,
    New,
    Track(u32, u32),
}

#[derive(Debug)]
pub struct Decoder {
    format: Format,
    entities: Vec<Entity>,
    free: Vec<u32>,
    places: Map<u64, u32>,
    strays: Map<u16, usize>,
    frame: u64,
    /// (frame, key, sender) of tracks that end then.
    ending: VecDeque<(u64, u64, u16)>,
    dirty: Vec<u32>,
    moving: Vec<u32>,
    moments: Map<u16, f64>,
    body: Body,
    routes: Vec<Place>,
    rows: Vec<Rows>,
    values: Vec<f64>,
}

fn key(table: usize, id: u32) -> u64 {
    (table as u64) << 32 | u64::from(id)
}

impl Decoder {
    pub fn new(tables: Vec<Table>) -> Result<Decoder, Misuse> {
        let rows = tables.iter().map(|_| Rows::default()).collect();
        Ok(Decoder {
            format: Format::new(tables)?,
            entities: Vec::new(),
            free: Vec::new(),
            places: Map::default(),
            strays: Map::default(),
            frame: 0,
            ending: VecDeque::new(),
            dirty: Vec::new(),
            moving: Vec::new(),
            moments: Map::default(),
            body: Body::default(),
            routes: Vec::new(),
            rows,
            values: Vec::new(),
        })
    }

    /// Rows of these ids are taken from these sources in these terms from now on; `rows` are full rows at `tick`.
    pub fn know(&mut self, entries: &[Entry], rows: &[RowsIn<'_>], tick: i64) -> Result<(), Misuse> {
        let tables = &self.format.tables;
        if let Some(entry) = entries.iter().find(|entry| entry.table >= tables.len()) {
            return Err(format!("there is no table {}", entry.table));
        }
        rows.iter().try_for_each(|rows| rows.checked(tables).map(drop))?;
        if !TICKS.contains(&tick) {
            return Err(format!("tick {tick} is out of range"));
        }
        entries.iter().for_each(|entry| self.know_one(*entry));
        rows.iter().for_each(|rows| self.take_spawn(rows, tick));
        entries.iter().for_each(|entry| self.take_up(*entry));
        Ok(())
    }

    fn know_one(&mut self, Entry { id, table, source, term }: Entry) {
        let index = self.entity(table, id);
        let place = self.track(index, source);
        let entity = &mut self.entities[index as usize];
        let before = std::mem::replace(&mut entity.state, State::Known { source, term });
        let kept = &mut entity.sources[place as usize];
        kept.until = u64::MAX;
        if std::mem::take(&mut kept.stray) {
            uncount(&mut self.strays, source);
        }
        if let State::Known { source: former, .. } = before {
            if former != source {
                self.hand_over(index, former, source);
            }
        }
        if before == State::Gone {
            let entity = &mut self.entities[index as usize];
            entity.newest = None;
            entity.sources.iter_mut().for_each(|source| source.track.clear_samples_after(i64::MIN));
        }
    }

    /// Another peer computes the entity: drawing goes on from the former one's newest row, whatever tick the new one is in.
    fn hand_over(&mut self, index: u32, former: u16, source: u16) {
        self.linger(index, former);
        let entity = &mut self.entities[index as usize];
        let Some((tick, units)) = &mut entity.newest else { return };
        let last = Row { sample: true, baseline: false, units: units.clone(), ..Row::new(*tick, 0, Mode::Ordinary, 0) };
        *tick = i64::MIN;
        for held in &mut entity.sources {
            held.track.clear_samples_after(i64::MIN);
            if held.sender == source {
                held.track.insert(last.clone());
            }
        }
    }

    /// A spawn's own row: newest and sample, but no baseline, since no message carried it. What a message carries in the
    /// same tick was taken later and replaces it.
    fn take_spawn(&mut self, rows: &RowsIn<'_>, tick: i64) {
        let mut units = Vec::new();
        for (row, id) in rows.ids.iter().enumerate() {
            let table = &self.format.tables[rows.table];
            let (floats, ints) = rows.row(table, row);
            table.quantise(floats, ints, &mut units, |_, _| ());
            let Some(&index) = self.places.get(&key(rows.table, *id)) else { continue };
            let State::Known { source, term } = self.entities[index as usize].state else { continue };
            let spawn = Row { baseline: false, units: units.clone(), ..Row::new(tick, term, Mode::Ordinary, 0) };
            let place = self.track(index, source);
            self.apply(index, place, spawn, true);
        }
    }

    /// Applies what came in an entity's term before the term was known.
    fn take_up(&mut self, Entry { id, table, source, term }: Entry) {
        let index = self.places[&key(table, id)];
        let place = self.track(index, source);
        let entity = &mut self.entities[index as usize];
        let mut newest = entity.newest.take();
        let mut changed = false;
        for row in entity.sources[place as usize].track.rows().filter(|row| row.baseline && row.term == term) {
            if newest.as_ref().is_none_or(|(tick, _)| row.tick > *tick) {
                row.sample = true;
                changed |= newest.as_ref().is_none_or(|(_, units)| *units != row.units);
                newest = Some((row.tick, row.units.clone()));
            }
        }
        entity.newest = newest;
        self.mark(index, changed);
    }

    /// These entities are gone. Messages that still speak of them are understood for a while.
    pub fn forget(&mut self, ids: &[u32]) {
        for id in ids {
            for table in 0..self.format.tables.len() {
                if let Some(&index) = self.places.get(&key(table, *id)) {
                    self.forget_one(index);
                }
            }
        }
    }

    fn forget_one(&mut self, index: u32) {
        let entity = &mut self.entities[index as usize];
        entity.state = State::Gone;
        entity.newest = None;
        entity.shown = Vec::new();
        entity.reached = i64::MIN;
        let senders: Vec<u16> = entity.sources.iter().map(|source| source.sender).collect();
        senders.into_iter().for_each(|sender| self.linger(index, sender));
    }

    /// The track of `sender` ends in a while, and no longer counts as a stray.
    fn linger(&mut self, index: u32, sender: u16) {
        let until = self.frame + LINGER;
        let entity = &mut self.entities[index as usize];
        if let Some(source) = entity.sources.iter_mut().find(|source| source.sender == sender) {
            source.until = until;
            if std::mem::take(&mut source.stray) {
                uncount(&mut self.strays, sender);
            }
            self.ending.push_back((until, key(entity.table, entity.id), sender));
        }
    }

    fn end_lingering(&mut self) {
        while let Some(&(frame, key, sender)) = self.ending.front().filter(|(frame, _, _)| *frame <= self.frame) {
            self.ending.pop_front();
            let Some(&index) = self.places.get(&key) else { continue };
            let entity = &mut self.entities[index as usize];
            entity.sources.retain(|source| source.sender != sender || source.until != frame);
            if entity.state == State::Gone && entity.sources.is_empty() {
                self.places.remove(&key);
                entity.id = 0;
                self.free.push(index);
            }
        }
    }

    /// The entity's place; a new one is unknown.
    fn entity(&mut self, table: usize, id: u32) -> u32 {
        if let Some(index) = self.places.get(&key(table, id)) {
            return *index;
        }
        let entity = Entity {
            id,
            table,
            state: State::Unknown,
            sources: Vec::new(),
            newest: None,
            dirty: false,
            moving: false,
            shown: Vec::new(),
            reached: i64::MIN,
        };
        let index = match self.free.pop() {
            Some(index) => {
                let old = std::mem::replace(&mut self.entities[index as usize], entity);
                // The lists still name the place: what they meant is gone, and the new one may stand there as well.
                (self.entities[index as usize].dirty, self.entities[index as usize].moving) = (old.dirty, old.moving);
                index
            }
            None => {
                self.entities.push(entity);
                self.entities.len() as u32 - 1
            }
        };
        self.places.insert(key(table, id), index);
        index
    }

    /// The place of a sender's track; a new one does not count as a stray.
    fn track(&mut self, index: u32, sender: u16) -> u32 {
        let sources = &mut self.entities[index as usize].sources;
        let place = sources.iter().position(|source| source.sender == sender).unwrap_or(sources.len());
        if place == sources.len() {
            sources.push(Source { sender, stray: false, until: u64::MAX, track: Track::default() });
        }
        place as u32
    }

    /// A frame begins: what lingered long enough ends.
    pub fn begin(&mut self) {
        self.frame += 1;
        self.end_lingering();
    }

    /// Takes one message: whole or not at all.
    pub fn receive(&mut self, message: Incoming<'_>) -> Verdict {
        if !TICKS.contains(&message.tick) {
            return Verdict::Malformed(Malformed::TickRange);
        }
        let mut body = std::mem::take(&mut self.body);
        let verdict = match body.read(&self.format, message.body) {
            Err(malformed) => Verdict::Malformed(malformed),
            Ok(()) => self.receive_body(message, &body),
        };
        self.body = body;
        verdict
    }

    fn receive_body(&mut self, message: Incoming<'_>, body: &Body) -> Verdict {
        self.routes.clear();
        let mut first = 0;
        let mut new = 0;
        for section in &body.sections {
            for row in &body.rows[first..section.rows_end] {
                let place = self.route(message, section, row);
                let Some(place) = place else { return Verdict::UnknownBaseline };
                new += usize::from(matches!(place, Place::New));
                self.routes.push(place);
            }
            first = section.rows_end;
        }
        if new > 0 && self.strays.get(&message.sender).unwrap_or(&0) + new > STRAYS {
            return Verdict::TooManyUnknown;
        }
        self.take_body(message, body)
    }

    /// Where a row goes; None when its baseline is not held.
    fn route(&self, message: Incoming<'_>, section: &SectionRead, row: &RowRead) -> Option<Place> {
        let index = self.places.get(&key(section.table, row.id));
        let Some(&index) = index else { return (row.age == 0).then_some(Place::New) };
        let entity = &self.entities[index as usize];
        if matches!(entity.state, State::Known { source, term } if term == section.term && source != message.sender) {
            return Some(Place::Forged);
        }
        let place = entity.sources.iter().position(|source| source.sender == message.sender);
        let Some(place) = place else { return (row.age == 0).then_some(Place::New) };
        let held = row.age == 0 || entity.sources[place].track.baseline(message.tick - i64::from(row.age)).is_some();
        held.then_some(Place::Track(index, place as u32))
    }

    fn take_body(&mut self, message: Incoming<'_>, body: &Body) -> Verdict {
        let routes = std::mem::take(&mut self.routes);
        let (mut first, mut forged) = (0, 0);
        for section in &body.sections {
            for (row, route) in body.rows[first..section.rows_end].iter().zip(&routes[first..]) {
                let (index, place) = match *route {
                    Place::Forged => {
                        forged += 1;
                        continue;
                    }
                    Place::Track(index, place) => (index, place),
                    Place::New => self.new_stray(section.table, row.id, message.sender),
                };
                let numbers = &body.numbers[row.numbers..][..self.format.tables[section.table].width()];
                self.take_row(message, (section.term, body.previous), row, numbers, (index, place));
            }
            first = section.rows_end;
        }
        self.routes = routes;
        Verdict::Taken(forged)
    }

    fn new_stray(&mut self, table: usize, id: u32, sender: u16) -> (u32, u32) {
        let index = self.entity(table, id);
        let place = self.track(index, sender);
        let gone = self.entities[index as usize].state == State::Gone;
        let source = &mut self.entities[index as usize].sources[place as usize];
        if !source.track.is_empty() || source.stray {
            return (index, place);
        }
        source.stray = true;
        *self.strays.entry(sender).or_insert(0) += 1;
        if gone {
            self.linger(index, sender);
        }
        (index, place)
    }

    fn take_row(
        &mut self,
        message: Incoming<'_>,
        (term, previous): (u8, u32),
        read: &RowRead,
        numbers: &[u64],
        (index, place): (u32, u32),
    ) {
        let entity = &self.entities[index as usize];
        let mut row = Row::new(message.tick, term, read.mode, previous);
        if read.age == 0 {
            row.units.extend_from_slice(numbers);
        } else {
            let base = entity.sources[place as usize].track.baseline(message.tick - i64::from(read.age));
            // A ring that is full may have dropped the baseline for another row of this very message only if an id stood
            // in it twice; the row is then as good as lost.
            let Some(base) = base else { return };
            self.format.tables[entity.table].append_units(numbers, base, read.age, &mut row.units);
        }
        let current = entity.state == State::Known { source: message.sender, term };
        self.apply(index, place, row, current);
    }

    /// Keeps a row, and makes it the newest when it is `current` (right sender, right term) and newer than what is there.
    fn apply(&mut self, index: u32, place: u32, mut row: Row, current: bool) {
        let entity = &mut self.entities[index as usize];
        let newer = current && entity.newest.as_ref().is_none_or(|(tick, _)| row.tick >= *tick);
        row.sample = newer;
        let track = &mut entity.sources[place as usize].track;
        let Some(kept) = track.insert(row).filter(|_| newer) else { return };
        let tick = kept.tick;
        let changed = entity.newest.as_ref().is_none_or(|(_, units)| *units != kept.units);
        match &mut entity.newest {
            Some(newest) => {
                newest.0 = tick;
                newest.1.clone_from(&kept.units);
            }
            none => *none = Some((tick, kept.units.clone())),
        }
        track.clear_samples_after(tick); // left over from a former source that was ahead
        self.mark(index, changed);
    }

    /// An entity has a newer row, and `changed` values: it is handed out and drawn anew.
    fn mark(&mut self, index: u32, changed: bool) {
        let entity = &mut self.entities[index as usize];
        if changed && !std::mem::replace(&mut entity.dirty, true) {
            self.dirty.push(index);
        }
        let smooth = !self.format.tables[entity.table].smooth.is_empty();
        if smooth && entity.newest.is_some() && !std::mem::replace(&mut entity.moving, true) {
            self.moving.push(index);
        }
    }

    /// The newest row of what changed since the last call, by table.
    pub fn newest(&mut self) -> &[Rows] {
        self.rows.iter_mut().for_each(Rows::clear);
        for index in self.dirty.drain(..) {
            let entity = &mut self.entities[index as usize];
            entity.dirty = false;
            if let (State::Known { .. }, Some((_, units))) = (entity.state, &entity.newest) {
                let rows = &mut self.rows[entity.table];
                rows.ids.push(entity.id);
                self.format.tables[entity.table].values(units, &mut rows.floats, &mut rows.ints);
            }
        }
        &self.rows
    }

    /// Smooth columns of what is in motion, at each source's moment (in ticks), by table. The one integer of a row is 1
    /// where it teleported since the moment before.
    pub fn sample(&mut self, moments: &[(u16, f64)]) -> &[Rows] {
        for (source, moment) in moments {
            if self.moments.insert(*source, *moment).is_some_and(|last| last > *moment) {
                self.wake(*source); // the past is shown again
            }
        }
        self.rows.iter_mut().for_each(Rows::clear);
        let mut moving = std::mem::take(&mut self.moving);
        moving.retain(|index| {
            let stays = self.sample_one(*index, moments);
            self.entities[*index as usize].moving = stays;
            stays
        });
        self.moving = moving;
        &self.rows
    }

    fn wake(&mut self, sender: u16) {
        for index in 0..self.entities.len() {
            if matches!(self.entities[index].state, State::Known { source, .. } if source == sender) {
                self.mark(index as u32, false);
            }
        }
    }

    /// False when the entity came to rest where it was drawn last.
    fn sample_one(&mut self, index: u32, moments: &[(u16, f64)]) -> bool {
        let entity = &mut self.entities[index as usize];
        let (State::Known { source, .. }, Some((_, newest))) = (entity.state, &entity.newest) else { return false };
        let Some((_, moment)) = moments.iter().find(|(sender, _)| *sender == source) else { return true };
        let Some(held) = entity.sources.iter().find(|held| held.sender == source) else { return false };
        let table = &self.format.tables[entity.table];
        self.values.clear();
        if !held.track.sample(&table.fields, &table.smooth, *moment, &mut self.values) {
            return false;
        }
        let (reached, cut) = held.track.reached(entity.reached, *moment);
        entity.reached = reached;
        let resting = table
            .smooth
            .iter()
            .zip(&self.values)
            .all(|(column, value)| table.fields[*column].float_value(newest[*column]) == *value);
        let shown = entity.shown == self.values;
        if !(resting && shown) {
            self.rows[entity.table].ids.push(entity.id);
            self.rows[entity.table].floats.extend_from_slice(&self.values);
            self.rows[entity.table].ints.push(i64::from(cut));
            entity.shown.clone_from(&self.values);
        }
        !(resting && shown && held.track.end().is_none_or(|end| end as f64 <= *moment))
    }
}

fn uncount(strays: &mut Map<u16, usize>, sender: u16) {
    if let Some(count) = strays.get_mut(&sender) {
        *count -= 1;
        if *count == 0 {
            strays.remove(&sender);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::{Encoder, PartIn};
    use crate::field::{Field, Kind};

    fn tables() -> Vec<Table> {
        vec![Table::new(vec![Field::integer(Kind::Flag, 0, 0).unwrap()]).unwrap()]
    }

    #[test]
    fn entities_that_come_and_go_leave_no_memory_behind() {
        let (mut encoder, mut decoder) = (Encoder::new(tables()).unwrap(), Decoder::new(tables()).unwrap());
        encoder.add_peer(1).unwrap();
        for id in 1..5000 {
            let rows = RowsIn { table: 0, ids: &[id], floats: &[], ints: &[1] };
            encoder.show(&[1], &[id]).unwrap();
            encoder.collect(i64::from(id), &[PartIn { rows, computed_by: &[9], terms: &[0] }], &[]).unwrap();
            let sent = encoder.send(i64::from(id), &[(1, 1000)], &[], 1000).unwrap();
            decoder.begin();
            let verdict = decoder.receive(Incoming { sender: 0, tick: i64::from(id), body: &sent.bodies });
            assert_eq!(verdict, Verdict::Taken(0));
            if id > 3 {
                let late = id - 3;
                decoder.know(&[Entry { id: late, table: 0, source: 0, term: 0 }], &[], 0).unwrap();
                decoder.newest();
                decoder.forget(&[late]);
            }
            encoder.forget(&[id]);
        }
        assert!(decoder.places.len() < 300 && decoder.entities.len() < 300, "{}", decoder.places.len());
        assert!(decoder.ending.len() < 300 && decoder.strays.len() <= 1);
    }
}
