//! Who sees what: each peer's view, the entities in range of it, and what changes thereby.
//!
//! A *group* of classes shares one range ("the nearest 50 of them"); entities of other tables are shown and hidden by `show`
//! and `hide` alone. What a peer has *pinned* it sees wherever that is.
use super::peer::{Peer, FREE, NEVER};
use super::{pair_up, part, Encoder};
use crate::near::{self, Grid, Point, Range, FARTHEST};
use crate::Misuse;

/// So many looks it takes until every peer had its turn: who sees what need not be as fresh as where it is.
pub const TURNS: usize = 4;

/// So many new ones may come into sight between two turns of a peer.
const SOME: usize = 4;

/// What becomes of an entity that a peer does not see any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// It goes.
    Remove,
    /// It stays as it was seen last.
    Freeze,
    /// It does not happen: what was seen once stays seen.
    Keep,
}

/// Where the entities of a table are: two of its columns; by whose range they are seen, if by any.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub table: usize,
    pub x: usize,
    pub y: usize,
    pub group: Option<usize>,
    pub lost: Lost,
}

/// A peer sees an entity from now on, or does not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub peer: u16,
    pub id: u32,
    pub shown: bool,
}

/// What one peer is to see of one entity, by the game's own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// It sees it no longer wherever it is.
    Unpin,
    /// It sees it, wherever it is.
    Pin,
    Show,
    /// It goes, unless it is pinned.
    Hide,
    /// As `Hide`, but it stays there as it is.
    Freeze,
    /// Its spawn carries the row of the tick collected last: until that changes, the peer lacks nothing.
    Told,
}

/// In place of a peer's number: every peer, for `Order::Told`.
pub const EVERYBODY: u16 = u16::MAX;

/// From where a peer looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum View {
    Point([f32; 2]),
    /// Where this entity is, or was last.
    Entity(u32),
}

#[derive(Debug, Default)]
pub struct Looks {
    ranges: Vec<Range>,
    places: Vec<Option<Place>>,
    weights: Vec<f32>,
    /// Of each slot.
    marks: Vec<Marks>,
    turn: u64,
    /// Slots that are new, or teleported, since the last look: they are looked at by everybody at once.
    fresh: Vec<u32>,
    looks: usize,
    points: Vec<Vec<Point>>,
    grids: Vec<Grid>,
    keys: Vec<u64>,
    entering: Vec<u64>,
    leaving: Vec<(u32, Lost)>,
    changes: Vec<Change>,
}

/// The last look in which a slot was seen before, and in which it was chosen.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    held: u64,
    chosen: u64,
}

impl Looks {
    fn place(&self, table: usize) -> Option<&Place> {
        self.places.get(table)?.as_ref()
    }

    /// A slot is new or teleported; nobody asks when nobody looks around.
    pub(super) fn note(&mut self, slot: u32) {
        if !self.ranges.is_empty() {
            self.fresh.push(slot);
        }
    }

    /// How urgent rows of that table are, against others.
    pub(super) fn weight(&self, table: usize) -> f32 {
        self.weights.get(table).copied().unwrap_or(1.0)
    }
}

impl Encoder {
    /// Says how far each group's viewers see, where entities are and how much each table weighs (none: all the same);
    /// replaces what was said before.
    pub fn sights(&mut self, ranges: &[Range], places: &[Place], weights: &[f32]) -> Result<(), Misuse> {
        if !(weights.is_empty() || weights.len() == self.format.tables.len()) || !weights.iter().all(|w| *w > 0.0) {
            return Err(format!("{weights:?} are no weights for {} tables", self.format.tables.len()));
        }
        self.looks.weights = weights.to_vec();
        let tables = &self.format.tables;
        let mut made = vec![None; tables.len()];
        for place in places {
            let columns = tables.get(place.table).ok_or_else(|| format!("there is no table {}", place.table))?;
            if [place.x, place.y].iter().any(|column| *column >= columns.fields.len()) {
                return Err(format!("table {} has no columns {} and {}", place.table, place.x, place.y));
            }
            if place.group.is_some_and(|group| group >= ranges.len()) {
                return Err(format!("table {} is in a group that there is not", place.table));
            }
            made[place.table] = Some(*place);
        }
        self.looks.places = made;
        self.looks.ranges = ranges.to_vec();
        self.looks.points.resize_with(ranges.len(), Vec::new);
        self.looks.grids.resize_with(ranges.len(), Grid::default);
        Ok(())
    }

    /// From where that peer looks from now on; at first from 0, 0.
    pub fn view(&mut self, number: u16, view: View) -> Result<(), Misuse> {
        let place = self.place(number)?;
        let peer = self.peers[place as usize].as_mut().expect("placed");
        match view {
            View::Point(at) => (peer.follows, peer.at) = (None, Some(at.map(bounded))),
            View::Entity(id) => peer.follows = Some(id),
        }
        peer.hurried = true;
        Ok(())
    }

    /// Does what is ordered, one after the other; returns what changed thereby. Unknown peers are passed over.
    pub fn arrange(&mut self, orders: &[(u16, u32, Order)]) -> &[Change] {
        self.looks.changes.clear();
        for (number, id, order) in orders {
            if *order == Order::Told {
                self.told(*number, *id);
                continue;
            }
            let Some(place) = self.places.get(number).copied() else { continue };
            let peer = self.peers[place as usize].as_mut().expect("placed");
            match order {
                Order::Pin => drop(peer.pinned.insert(*id)),
                Order::Unpin => drop(peer.pinned.remove(id)),
                _ => (),
            }
            let (seen, pinned) = (peer.seen.contains(id), peer.pinned.contains(id));
            let shown = match order {
                Order::Pin | Order::Show if !seen => true,
                Order::Hide | Order::Freeze if seen && !pinned => false,
                _ => continue,
            };
            match shown {
                true => self.show(&[*number], &[*id]).expect("placed"),
                false => self.hide(&[*number], &[*id], *order == Order::Freeze),
            }
            self.looks.changes.push(Change { peer: *number, id: *id, shown });
        }
        &self.looks.changes
    }

    fn told(&mut self, number: u16, id: u32) {
        let (Some(tick), Some(slots)) = (self.collected.back(), self.entities.get(&id)) else { return };
        let only = self.places.get(&number).copied();
        if only.is_none() && number != EVERYBODY {
            return;
        }
        for slot in slots {
            let viewers = &self.slots[*slot as usize].viewers;
            for viewer in viewers.iter().filter(|viewer| only.is_none_or(|place| viewer.peer == place)) {
                let peer = self.peers[viewer.peer as usize].as_mut().expect("viewers are peers");
                peer.pairs[viewer.pair as usize].told = *tick;
            }
        }
    }

    /// Looks around for the peers, one in `TURNS` at a time; for all at what is new or teleported, and for those who did
    /// themselves. What a peer sees now is shown to it, at most `most` new ones, the nearest first; what it does not see any
    /// more is hidden.
    pub fn look(&mut self, most: usize) -> &[Change] {
        self.looks.changes.clear();
        self.looks.looks += 1;
        let (turn, tick) = (self.looks.looks, self.collected.back().copied().unwrap_or(NEVER));
        let fresh = self.fresh();
        self.locate();
        for place in 0..self.peers.len() {
            if let Some(mut peer) = self.peers[place].take() {
                let slot = peer.follows.and_then(|id| self.located(id));
                peer.hurried |= slot.is_some_and(|slot| self.slots[slot as usize].cut == tick);
                peer.at = slot.and_then(|slot| self.position(slot)).or(peer.at);
                if peer.hurried || (place + turn) % TURNS == 0 || !self.glance(&peer, &fresh) {
                    self.choose(&mut peer);
                }
                self.apply(&mut peer, place as u32, most);
                self.peers[place] = Some(peer);
            }
        }
        &self.looks.changes
    }

    /// What is new or teleported and in a group: slot, group, place.
    fn fresh(&mut self) -> Vec<(u32, usize, [f32; 2])> {
        let mut fresh = std::mem::take(&mut self.looks.fresh);
        fresh.sort_unstable();
        fresh.dedup();
        let there =
            |slot: &u32| self.entities.get(&self.slots[*slot as usize].id).is_some_and(|slots| slots.contains(slot));
        let found = fresh.iter().filter(|slot| there(slot)).filter_map(|slot| {
            let place = self.looks.place(self.slots[*slot as usize].table)?;
            Some((*slot, place.group?, self.position(*slot)?))
        });
        found.collect()
    }

    /// Between a peer's turns: what is new comes into its sight when that reached so far the last time. False when that is
    /// not enough: many are new, or it saw fewer than it may.
    fn glance(&mut self, peer: &Peer, fresh: &[(u32, usize, [f32; 2])]) -> bool {
        let Looks { entering, leaving, ranges, .. } = &mut self.looks;
        entering.clear();
        leaving.clear();
        let from = peer.at.unwrap_or_default();
        for (slot, group, at) in fresh {
            let square = near::square(from, *at);
            let reach = peer.reach.get(*group).copied().unwrap_or(0.0);
            if near::reaches(ranges[*group], from, *at, reach) && !peer.seen.contains(&self.slots[*slot as usize].id) {
                entering.push(near::key(square, *slot));
                if entering.len() > SOME || reach == f32::INFINITY {
                    return false;
                }
            }
        }
        true
    }

    /// Where everything is.
    fn locate(&mut self) {
        let mut points = std::mem::take(&mut self.looks.points);
        points.iter_mut().for_each(Vec::clear);
        for index in self.entities.values().flatten().copied() {
            let group = self.looks.place(self.slots[index as usize].table).and_then(|place| place.group);
            if let Some((group, [x, y])) = group.zip(self.position(index)) {
                points[group].push(Point { x, y, slot: index });
            }
        }
        self.looks.points = points;
        self.looks.marks.resize(self.slots.len(), Marks::default());
        let Looks { points, grids, ranges, .. } = &mut self.looks;
        for ((grid, points), range) in grids.iter_mut().zip(points).zip(ranges) {
            grid.fill(points, *range);
        }
    }

    /// The slot that says where an entity is.
    pub(super) fn located(&self, id: u32) -> Option<u32> {
        let slots = self.entities.get(&id)?;
        slots.iter().copied().find(|slot| self.looks.place(self.slots[*slot as usize].table).is_some())
    }

    /// Where the entity of this slot is, if the slot says so.
    pub(super) fn position(&self, index: u32) -> Option<[f32; 2]> {
        let slot = &self.slots[index as usize];
        let place = self.looks.place(slot.table)?;
        let (fields, units) = (&self.format.tables[slot.table].fields, slot.history.newest());
        Some([place.x, place.y].map(|column| bounded(fields[column].value(units[column]) as f32)))
    }

    /// Fills `entering` and `leaving` with what changes for this peer.
    fn choose(&mut self, peer: &mut Peer) {
        let from = peer.at.unwrap_or_default();
        let pins: Vec<u32> = peer.pinned.iter().filter_map(|id| self.located(*id)).collect();
        let Looks { places, marks, turn, grids, ranges, keys, entering, leaving, .. } = &mut self.looks;
        *turn += 1;
        entering.clear();
        leaving.clear();
        for pair in peer.pairs.iter().filter(|pair| pair.slot != FREE) {
            marks[pair.slot as usize].held = *turn;
        }
        peer.reach.clear();
        for (grid, range) in grids.iter().zip(ranges.iter()) {
            peer.reach.push(grid.find(from, *range, |slot| marks[slot as usize].held == *turn, keys));
            keys.iter().for_each(|key| enter(*key, *turn, marks, entering));
        }
        for slot in pins {
            enter(near::key(0.0, slot), *turn, marks, entering);
        }
        for pair in peer.pairs.iter().filter(|pair| pair.slot != FREE && marks[pair.slot as usize].chosen != *turn) {
            let slot = &self.slots[pair.slot as usize];
            let place = places.get(slot.table).and_then(Option::as_ref);
            if let Some(place) = place.filter(|place| place.group.is_some() && place.lost != Lost::Keep) {
                leaving.push((slot.id, place.lost));
            }
        }
    }

    fn apply(&mut self, peer: &mut Peer, place: u32, most: usize) {
        let Looks { entering, leaving, changes, .. } = &mut self.looks;
        for (id, lost) in leaving.iter() {
            peer.seen.remove(id);
            for slot in &self.entities[id] {
                part(&mut self.slots[*slot as usize], peer, place);
            }
            if *lost == Lost::Freeze {
                peer.frozen.insert(*id);
            }
            changes.push(Change { peer: peer.number, id: *id, shown: false });
        }
        entering.sort_unstable();
        peer.hurried = entering.len() > most; // the rest comes at the next look
        for key in entering.iter().take(most) {
            let id = self.slots[near::slot(*key) as usize].id;
            peer.seen.insert(id);
            peer.frozen.remove(&id);
            self.entities[&id].iter().for_each(|slot| pair_up(&mut self.slots, peer, *slot, place));
            changes.push(Change { peer: peer.number, id, shown: true });
        }
    }

    /// Who has each of these entities: (id, peer, whether it stands still there).
    pub fn viewers(&self, ids: &[u32]) -> Vec<(u32, u16, bool)> {
        let mut found = Vec::new();
        for id in ids {
            for peer in self.peers.iter().flatten() {
                if peer.seen.contains(id) {
                    found.push((*id, peer.number, false));
                } else if peer.frozen.contains(id) {
                    found.push((*id, peer.number, true));
                }
            }
        }
        found
    }
}

fn enter(key: u64, turn: u64, marks: &mut [Marks], entering: &mut Vec<u64>) {
    let marks = &mut marks[near::slot(key) as usize];
    if marks.chosen != turn && marks.held != turn {
        entering.push(key);
    }
    marks.chosen = turn;
}

/// What is no number is 0: searching for what is nearest to it would never end.
fn bounded(coordinate: f32) -> f32 {
    if coordinate.is_nan() {
        0.0
    } else {
        coordinate.clamp(-FARTHEST, FARTHEST)
    }
}
