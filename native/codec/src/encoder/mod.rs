//! One room's outgoing values.
//!
//! Every (table, entity) is a *slot*: one quantised copy for all peers, with its versions of the last ticks. Every slot
//! that a peer sees is a *pair*: what that peer acknowledged. Work goes where something is lacking: a pair stands in its
//! peer's `pending` list from the moment its slot changes until the peer acknowledged the change, so a still row costs nothing.
//! A row is encoded once per baseline tick into the arena and copied to every peer with that baseline.
mod compose;
mod history;
pub mod look;
mod peer;
mod pick;

use std::collections::VecDeque;

use crate::bits::BitWriter;
use crate::field::{RowsIn, Table};
use crate::hash::Map;
use crate::wire::{alone, rests, write_absolute, write_errors, write_rare, Format, Mode, LONGEST_BODY, LONGEST_MODE};
use crate::{Misuse, OLDEST_BASELINE, RING};
use compose::{Candidate, Composer, Encoded, Frame, Outcome, Packed};
use history::History;
use look::Looks;
use peer::{key, Key, Pair, Peer, FREE, NEVER};
use pick::Pick;

/// Rows to send, who computes each and in which owner term.
#[derive(Debug, Clone, Copy)]
pub struct PartIn<'a> {
    pub rows: RowsIn<'a>,
    pub computed_by: &'a [u16],
    pub terms: &'a [u8],
}

/// A value that left its range: what the attribute has to read now. `field` counts the table's columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clamped {
    pub table: u32,
    pub id: u32,
    pub field: u32,
    pub value: f64,
}

/// One message for `peer`: `Outbox::bodies[start..end]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing {
    pub peer: u16,
    pub number: i64,
    pub start: usize,
    pub end: usize,
}

#[derive(Debug, Default)]
pub struct Outbox {
    pub bodies: Vec<u8>,
    pub messages: Vec<Outgoing>,
}

#[derive(Debug, Clone, Copy)]
struct Viewer {
    peer: u32,
    pair: u32,
}

#[derive(Debug)]
struct Slot {
    id: u32,
    table: usize,
    computed_by: u16,
    term: u8,
    history: History,
    cut: i64,
    viewers: Vec<Viewer>,
    /// Viewers that lack nothing, the one who computes it not counted.
    idle: u32,
    /// The row against each baseline that was asked for in this tick.
    encoded: Vec<Encoded>,
}

/// What every peer looks at of a slot, beside each other in memory: a tick's time goes into reaching it.
#[derive(Debug, Clone, Copy)]
struct Glance {
    key: Key,
    /// When the row became what it is now.
    changed: i64,
    /// The tick in which `row` and the slot's `encoded` were made.
    encoded_in: i64,
    /// As it was asked for last: most peers have the same baseline.
    row: Encoded,
}

impl Slot {
    fn key(&self) -> Key {
        key(self.table, self.term, self.id)
    }

    fn glance(&self) -> Glance {
        Glance { key: self.key(), changed: self.history.changed(), encoded_in: NEVER, row: Encoded::default() }
    }
}

/// The last rows of one part of `collect`: who comes again unchanged at the same place is skipped without a look.
#[derive(Debug, Default)]
struct Seen {
    table: usize,
    ids: Vec<u32>,
    floats: Vec<f64>,
    ints: Vec<i64>,
    computed_by: Vec<u16>,
    terms: Vec<u8>,
    clamped: Vec<bool>,
}

/// What encoding a row needs to know of the tick. `kept`: the oldest tick that is remembered.
#[derive(Debug, Clone, Copy)]
struct Moment {
    tick: i64,
    previous: Option<i64>,
    oldest: i64,
    kept: i64,
}

#[derive(Debug)]
pub struct Encoder {
    format: Format,
    picks: Vec<Pick>,
    slots: Vec<Slot>,
    /// Of each slot.
    glances: Vec<Glance>,
    free: Vec<u32>,
    /// The slots of each entity, one per table at most.
    entities: Map<u32, Vec<u32>>,
    peers: Vec<Option<Peer>>,
    places: Map<u16, u32>,
    collected: VecDeque<i64>,
    seen: Vec<Seen>,
    clamped: Vec<Clamped>,
    arena: BitWriter,
    outbox: Outbox,
    scratch: Scratch,
    looks: Looks,
}

#[derive(Debug, Default)]
struct Scratch {
    units: Vec<u64>,
    candidates: Vec<Candidate>,
    chosen: Vec<Candidate>,
    composer: Composer,
    packed: Packed,
}

impl Encoder {
    pub fn new(tables: Vec<Table>) -> Result<Encoder, Misuse> {
        let picks = tables.iter().map(|table| Pick::new(&table.fields)).collect();
        Ok(Encoder {
            format: Format::new(tables)?,
            picks,
            slots: Vec::new(),
            glances: Vec::new(),
            free: Vec::new(),
            entities: Map::default(),
            peers: Vec::new(),
            places: Map::default(),
            collected: VecDeque::with_capacity(RING),
            seen: Vec::new(),
            clamped: Vec::new(),
            arena: BitWriter::default(),
            outbox: Outbox::default(),
            scratch: Scratch::default(),
            looks: Looks::default(),
        })
    }

    pub fn add_peer(&mut self, number: u16) -> Result<(), Misuse> {
        if self.places.contains_key(&number) {
            return Err(format!("peer {number} was added before"));
        }
        let place = self.peers.iter().position(Option::is_none).unwrap_or(self.peers.len());
        if place == self.peers.len() {
            self.peers.push(None);
        }
        self.peers[place] = Some(Peer::new(number));
        self.places.insert(number, place as u32);
        Ok(())
    }

    /// Does nothing when there is no such peer.
    pub fn remove_peer(&mut self, number: u16) {
        let Some(place) = self.places.remove(&number) else { return };
        let peer = self.peers[place as usize].take().expect("a place belongs to a peer");
        for pair in peer.pairs.iter().filter(|pair| pair.slot != FREE) {
            let slot = &mut self.slots[pair.slot as usize];
            slot.viewers.retain(|viewer| viewer.peer != place);
            slot.idle -= u32::from(!pair.pending && slot.computed_by != number);
        }
    }

    /// From now on every one of `peers` gets the rows of every one of `ids`.
    pub fn show(&mut self, peers: &[u16], ids: &[u32]) -> Result<(), Misuse> {
        let places: Vec<u32> = peers.iter().map(|number| self.place(*number)).collect::<Result<_, _>>()?;
        for place in places {
            for id in ids {
                if self.peers[place as usize].as_mut().expect("placed").seen.insert(*id) {
                    let slots = self.entities.get(id).map_or(&[][..], Vec::as_slice);
                    let peer = self.peers[place as usize].as_mut().expect("placed");
                    peer.frozen.remove(id);
                    slots.iter().for_each(|slot| pair_up(&mut self.slots, peer, *slot, place));
                }
            }
        }
        Ok(())
    }

    /// Peers and ids that are unknown or not shown are passed over.
    /// `freeze`: they keep what they have.
    pub fn hide(&mut self, peers: &[u16], ids: &[u32], freeze: bool) {
        for place in peers.iter().filter_map(|number| self.places.get(number)) {
            let peer = self.peers[*place as usize].as_mut().expect("placed");
            for id in ids {
                let seen = peer.seen.remove(id);
                if freeze && seen {
                    peer.frozen.insert(*id);
                }
                let slots = if seen { self.entities.get(id) } else { None };
                for slot in slots.map_or(&[][..], Vec::as_slice) {
                    part(&mut self.slots[*slot as usize], peer, *place);
                }
            }
        }
    }

    /// These entities are gone, for everybody.
    pub fn forget(&mut self, ids: &[u32]) {
        for id in ids {
            for peer in self.peers.iter_mut().flatten() {
                peer.seen.remove(id);
                peer.frozen.remove(id);
                peer.pinned.remove(id);
            }
            for index in self.entities.remove(id).unwrap_or_default() {
                let slot = &mut self.slots[index as usize];
                for viewer in std::mem::take(&mut slot.viewers) {
                    self.peers[viewer.peer as usize].as_mut().expect("viewers are peers").free_pair(viewer.pair);
                }
                slot.encoded = Vec::new();
                self.free.push(index);
            }
        }
        self.seen.clear();
    }

    fn place(&self, number: u16) -> Result<u32, Misuse> {
        self.places.get(&number).copied().ok_or_else(|| format!("there is no peer {number}"))
    }

    /// Quantises and compares every row and keeps it under `tick`, which is later than all before.
    pub fn collect(&mut self, tick: i64, parts: &[PartIn<'_>], cuts: &[u32]) -> Result<&[Clamped], Misuse> {
        self.check(tick, parts)?;
        if self.collected.len() == RING {
            self.collected.pop_front();
        }
        self.collected.push_back(tick);
        self.clamped.clear();
        self.seen.resize_with(parts.len(), Seen::default);
        for (index, part) in parts.iter().enumerate() {
            let mut seen = std::mem::take(&mut self.seen[index]);
            self.collect_part(tick, part, &mut seen);
            self.seen[index] = seen;
        }
        for id in cuts {
            for slot in self.entities.get(id).map_or(&[][..], Vec::as_slice) {
                self.slots[*slot as usize].cut = tick;
                self.looks.note(*slot);
            }
        }
        let oldest = self.oldest();
        for (pick, table) in self.picks.iter_mut().zip(&self.format.tables) {
            pick.renew(&table.fields, oldest);
        }
        self.arena.clear();
        Ok(&self.clamped)
    }

    fn check(&self, tick: i64, parts: &[PartIn<'_>]) -> Result<(), Misuse> {
        let last = self.collected.back().copied().unwrap_or(-1);
        if tick <= last {
            return Err(format!("tick {tick} does not come after {last}"));
        }
        for part in parts {
            part.rows.checked(&self.format.tables)?;
            let (rows, by, terms) = (part.rows.ids.len(), part.computed_by.len(), part.terms.len());
            if by != rows || terms != rows {
                return Err(format!("{rows} rows need as many computed_by and terms, not {by} and {terms}"));
            }
        }
        Ok(())
    }

    /// The oldest tick whose rows are used as baselines.
    fn oldest(&self) -> i64 {
        let index = self.collected.len().checked_sub(1 + OLDEST_BASELINE);
        index.map_or(0, |index| self.collected[index])
    }

    fn collect_part(&mut self, tick: i64, part: &PartIn<'_>, seen: &mut Seen) {
        let same = seen.table == part.rows.table;
        let width = (self.format.tables[part.rows.table].floats, self.format.tables[part.rows.table].ints);
        let mut clamped = std::mem::take(&mut seen.clamped);
        clamped.resize(part.rows.ids.len(), false);
        for (index, clamped) in clamped.iter_mut().enumerate() {
            if !(same && !*clamped && seen.has(part, index, width)) {
                *clamped = self.collect_row(tick, part, index);
            }
        }
        seen.keep(part, clamped);
    }

    /// Takes one row; true when a value of it was out of range.
    fn collect_row(&mut self, tick: i64, part: &PartIn<'_>, index: usize) -> bool {
        let (table, id) = (part.rows.table, part.rows.ids[index]);
        let columns = &self.format.tables[table];
        let (floats, ints) = part.rows.row(columns, index);
        let (mut units, before) = (std::mem::take(&mut self.scratch.units), self.clamped.len());
        columns.quantise(floats, ints, &mut units, |field, value| {
            self.clamped.push(Clamped { table: table as u32, id, field: field as u32, value });
        });
        self.update(tick, (table, id), (part.computed_by[index], part.terms[index]), &units);
        self.scratch.units = units;
        self.clamped.len() > before
    }

    fn update(&mut self, tick: i64, (table, id): (usize, u32), (computed_by, term): (u16, u8), units: &[u64]) {
        let known = self
            .entities
            .get(&id)
            .and_then(|slots| slots.iter().find(|slot| self.slots[**slot as usize].table == table));
        let Some(&index) = known else {
            return self.add_slot(tick, (table, id), (computed_by, term), units);
        };
        let oldest = self.oldest();
        let slot = &mut self.slots[index as usize];
        let handed_on = (slot.computed_by, slot.term) != (computed_by, term);
        if !handed_on && slot.history.newest() == units {
            return;
        }
        self.picks[table].changed(tick, slot.history.newest(), units);
        slot.history.push(tick, units, oldest);
        if handed_on {
            // Rows in the old term may have been skipped where the new one was known already: all get one in the new term.
            (slot.computed_by, slot.term) = (computed_by, term);
        }
        self.glances[index as usize] = slot.glance();
        if handed_on || slot.idle > 0 {
            self.wake(index, handed_on);
        }
    }

    /// The viewers of a slot lack its new row.
    fn wake(&mut self, index: u32, handed_on: bool) {
        let slot = &mut self.slots[index as usize];
        slot.idle = 0;
        let key = slot.key();
        for viewer in &slot.viewers {
            let peer = self.peers[viewer.peer as usize].as_mut().expect("viewers are peers");
            let pair = &mut peer.pairs[viewer.pair as usize];
            let lacks = peer.number != slot.computed_by;
            if lacks && (handed_on || !pair.pending) {
                peer.fresh.push((key, viewer.pair));
            }
            pair.pending = lacks;
        }
    }

    fn add_slot(&mut self, tick: i64, (table, id): (usize, u32), (computed_by, term): (u16, u8), units: &[u64]) {
        let history = History::new(tick, units);
        let slot = Slot {
            id,
            table,
            computed_by,
            term,
            history,
            cut: NEVER,
            viewers: Vec::new(),
            idle: 0,
            encoded: Vec::new(),
        };
        let index = match self.free.pop() {
            Some(index) => {
                self.glances[index as usize] = slot.glance();
                self.slots[index as usize] = slot;
                index
            }
            None => {
                self.glances.push(slot.glance());
                self.slots.push(slot);
                self.slots.len() as u32 - 1
            }
        };
        self.entities.entry(id).or_default().push(index);
        self.looks.note(index);
        for place in 0..self.peers.len() {
            if let Some(peer) = self.peers[place].as_mut().filter(|peer| peer.seen.contains(&id)) {
                pair_up(&mut self.slots, peer, index, place as u32);
            }
        }
    }

    /// What each peer of `budgets` (peer, bytes) lacks in the tick collected last, after `acks` (peer, message number).
    pub fn send(
        &mut self,
        tick: i64,
        budgets: &[(u16, usize)],
        acks: &[(u16, i64)],
        limit: usize,
    ) -> Result<&Outbox, Misuse> {
        if self.collected.back() != Some(&tick) {
            return Err(format!("tick {tick} is not the one collected last"));
        }
        if limit > LONGEST_BODY {
            return Err(format!("a message has at most {LONGEST_BODY} bytes, not {limit}"));
        }
        let places: Vec<u32> = budgets.iter().map(|(number, _)| self.place(*number)).collect::<Result<_, _>>()?;
        for (number, message) in acks {
            if let Some(place) = self.places.get(number) {
                self.peers[*place as usize].as_mut().expect("placed").heard.push(*message);
            }
        }
        self.outbox.bodies.clear();
        self.outbox.messages.clear();
        for (place, (_, budget)) in places.into_iter().zip(budgets) {
            let mut peer = self.peers[place as usize].take().expect("placed");
            self.send_to(&mut peer, *budget, limit);
            self.peers[place as usize] = Some(peer);
        }
        Ok(&self.outbox)
    }

    fn moment(&self) -> Moment {
        let count = self.collected.len();
        let previous = count.checked_sub(2).map(|index| self.collected[index]);
        Moment { tick: self.collected[count - 1], previous, oldest: self.oldest(), kept: self.collected[0] }
    }

    fn send_to(&mut self, peer: &mut Peer, budget: usize, limit: usize) {
        let moment = self.moment();
        peer.acknowledge_all();
        peer.expire(moment.oldest);
        peer.merge();
        self.lacking(peer, moment, limit);
        if !self.scratch.candidates.is_empty() {
            self.rank(peer, moment, budget);
            self.pack(moment, budget, limit);
            self.post(peer, moment.tick);
        }
    }

    /// Fills `scratch.candidates` with what the peer lacks, encoded, as far as it fits a message; what it has leaves its list.
    fn lacking(&mut self, peer: &mut Peer, moment: Moment, limit: usize) {
        let mut pending = std::mem::take(&mut peer.pending);
        let candidates = &mut self.scratch.candidates;
        candidates.clear();
        pending.retain(|(key, index)| {
            let pair = &mut peer.pairs[*index as usize];
            if !pair.pending {
                return false;
            }
            let glance = &mut self.glances[pair.slot as usize];
            if glance.key != *key {
                return false;
            }
            if pair.acked.max(pair.told) >= glance.changed {
                pair.pending = false;
                self.slots[pair.slot as usize].idle += 1;
                return false;
            }
            if pair.sent < moment.tick {
                let base = baseline(pair, moment);
                if glance.encoded_in != moment.tick || glance.row.base != base {
                    let slot = &mut self.slots[pair.slot as usize];
                    let table = &self.format.tables[slot.table];
                    if glance.encoded_in != moment.tick {
                        slot.encoded.clear();
                    }
                    glance.row = encoded(slot, base, moment, table, &mut self.picks[slot.table], &mut self.arena);
                    glance.row.alone = (alone(table) + LONGEST_MODE) as u32 + glance.row.bits;
                    glance.encoded_in = moment.tick;
                }
                if glance.row.alone as usize <= limit * 8 {
                    let age = if base == NEVER { 0 } else { (moment.tick - base) as u32 };
                    candidates.push(Candidate { key: *key, pair: *index, age, urgency: 0.0, row: glance.row });
                }
            }
            true
        });
        peer.pending = pending;
    }

    /// Sorts candidates by urgency when the budget may not hold them all: what waited long, weighs much and is near goes first.
    fn rank(&mut self, peer: &Peer, moment: Moment, budget: usize) {
        let mut candidates = std::mem::take(&mut self.scratch.candidates);
        if size(&candidates) > budget {
            let mut far = 0.0;
            for row in &mut candidates {
                row.urgency = self.distance(peer, row);
                far += row.urgency;
            }
            let mean = (far / candidates.len() as f32).max(f32::MIN_POSITIVE);
            for row in &mut candidates {
                let sent = peer.pairs[row.pair as usize].sent;
                let waited = if sent == NEVER { NEW } else { (moment.tick - sent) as f32 };
                row.urgency = self.looks.weight((row.key >> 40) as usize) * waited / (0.25 + row.urgency / mean);
            }
            candidates.sort_by(|a, b| b.urgency.total_cmp(&a.urgency).then(a.key.cmp(&b.key)));
        }
        self.scratch.candidates = candidates;
    }

    /// From the peer to the entity of this row; 0 where either has no place.
    fn distance(&self, peer: &Peer, row: &Candidate) -> f32 {
        let (Some(from), Some(at)) = (peer.at, self.located(row.id()).and_then(|slot| self.position(slot))) else {
            return 0.0;
        };
        (from[0] - at[0]).hypot(from[1] - at[1])
    }

    /// Packs all candidates, or as many of the first as the budget holds.
    fn pack(&mut self, moment: Moment, budget: usize, limit: usize) {
        let Scratch { candidates, chosen, composer, packed, .. } = &mut self.scratch;
        let previous = moment.previous.map_or(0, |previous| u32::try_from(moment.tick - previous).unwrap_or(0));
        let frame =
            Frame { format: &self.format, picks: &self.picks, words: self.arena.words(), previous, limit, budget };
        let mut count = affordable(candidates, budget);
        loop {
            chosen.clear();
            chosen.extend_from_slice(&candidates[..count]);
            if count < candidates.len() {
                chosen.sort_unstable_by_key(|row| row.key);
            }
            match composer.pack(frame, chosen, packed) {
                Outcome::All => return,
                Outcome::OverBudget => count -= count.div_ceil(8),
            }
        }
    }

    /// Hands the packed messages out and remembers what went into them.
    fn post(&mut self, peer: &mut Peer, tick: i64) {
        let Scratch { chosen, packed, .. } = &self.scratch;
        let offset = self.outbox.bodies.len();
        self.outbox.bodies.extend_from_slice(&packed.bytes);
        let (mut start, mut first) = (0, 0);
        for (end, last) in &packed.ends {
            let number = peer.next();
            self.outbox.messages.push(Outgoing { peer: peer.number, number, start: offset + start, end: offset + end });
            let rows = &chosen[first..*last];
            rows.iter().for_each(|row| peer.pairs[row.pair as usize].sent = tick);
            peer.log(tick, rows.iter().map(|row| row.pair));
            (start, first) = (*end, *last);
        }
    }
}

impl Seen {
    fn has(&self, part: &PartIn<'_>, index: usize, (floats, ints): (usize, usize)) -> bool {
        let rows = &part.rows;
        self.ids.get(index) == Some(&rows.ids[index])
            && self.computed_by[index] == part.computed_by[index]
            && self.terms[index] == part.terms[index]
            && self.floats[index * floats..][..floats] == rows.floats[index * floats..][..floats]
            && self.ints[index * ints..][..ints] == rows.ints[index * ints..][..ints]
    }

    fn keep(&mut self, part: &PartIn<'_>, clamped: Vec<bool>) {
        self.table = part.rows.table;
        copy(&mut self.ids, part.rows.ids);
        copy(&mut self.floats, part.rows.floats);
        copy(&mut self.ints, part.rows.ints);
        copy(&mut self.computed_by, part.computed_by);
        copy(&mut self.terms, part.terms);
        self.clamped = clamped;
    }
}

fn copy<T: Copy>(to: &mut Vec<T>, from: &[T]) {
    to.clear();
    to.extend_from_slice(from);
}

/// What a row takes beside its errors, in bits, by a guess that packing corrects.
const REFERENCE: usize = 5;
/// For how many ticks a row counts as waiting that was never sent.
const NEW: f32 = 1024.0;

/// Bytes of all rows, nearly, and not less.
fn size(candidates: &[Candidate]) -> usize {
    candidates.iter().map(|row| row.row.bits as usize + REFERENCE).sum::<usize>() / 8
}

/// How many of the first candidates a budget holds, by a guess that `pack` corrects.
fn affordable(candidates: &[Candidate], budget: usize) -> usize {
    let bits = candidates.iter().scan(0, |bits, row| {
        *bits += row.row.bits as usize + REFERENCE;
        Some(*bits)
    });
    bits.take_while(|bits| bits / 8 <= budget).count()
}

/// The peer at `place` gets this slot's rows.
fn pair_up(slots: &mut [Slot], peer: &mut Peer, index: u32, place: u32) {
    let slot = &mut slots[index as usize];
    let lacks = peer.number != slot.computed_by;
    let pair = peer.add_pair(index, lacks);
    slot.viewers.push(Viewer { peer: place, pair });
    if lacks {
        peer.fresh.push((slot.key(), pair));
    }
}

fn part(slot: &mut Slot, peer: &mut Peer, place: u32) {
    let Some(position) = slot.viewers.iter().position(|viewer| viewer.peer == place) else { return };
    let viewer = slot.viewers.swap_remove(position);
    slot.idle -= u32::from(!peer.pairs[viewer.pair as usize].pending && peer.number != slot.computed_by);
    peer.free_pair(viewer.pair);
}

/// The tick of the row that a pair is encoded against; NEVER when there is none.
fn baseline(pair: &Pair, moment: Moment) -> i64 {
    let usable = pair.acked >= moment.oldest && moment.tick - pair.acked <= i64::from(u32::MAX);
    if usable {
        pair.acked
    } else {
        NEVER
    }
}

/// The row of `slot` against its version of the tick `base` (NEVER: absolute), encoded at most once per base and tick.
fn encoded(
    slot: &mut Slot,
    base: i64,
    moment: Moment,
    table: &Table,
    pick: &mut Pick,
    arena: &mut BitWriter,
) -> Encoded {
    if let Some(row) = slot.encoded.iter().find(|row| row.base == base) {
        return *row;
    }
    let start = arena.align();
    let mode = mode(slot, base, moment);
    let plain_bits;
    let mut rests_too = true;
    match slot.history.at(base) {
        None => {
            write_absolute(arena, table, slot.history.newest());
            plain_bits = arena.len() - start * 64;
        }
        Some(old) => {
            pick.measure(table, slot.history.newest(), old, (moment.tick - base) as u32);
            write_errors(arena, table, pick.codes(), pick.errors());
            plain_bits = arena.len() - start * 64;
            write_rare(arena, table, pick.codes(), pick.errors());
            rests_too = rests(pick.codes(), pick.errors());
        }
    }
    let bits = arena.len() - start * 64;
    arena.align();
    let row = Encoded {
        base,
        mode,
        start: start as u32,
        bits: bits as u32,
        plain_bits: plain_bits as u32,
        rests: mode == Mode::Ordinary && rests_too,
        alone: 0,
    };
    slot.encoded.push(row);
    row
}

fn mode(slot: &Slot, base: i64, moment: Moment) -> Mode {
    let since = if base == NEVER { moment.kept - 1 } else { base };
    if slot.cut > since {
        return Mode::Cut(u32::try_from(moment.tick - slot.cut).unwrap_or(u32::MAX));
    }
    match moment.previous.is_some_and(|previous| slot.history.rested(previous)) {
        true => Mode::Hold,
        false => Mode::Ordinary,
    }
}
