//! What a codec for exactly this trace costs when nothing is asked of it but bits: the bound that ours is measured against.
//!
//! It knows the fields, the clients' views and that every client acknowledged what it got three ticks ago. Each tick a client
//! gets the difference between its view then and now: one bit for each entity that it had (gone, or its errors against x, y
//! moved by the velocity, in four bucket widths fitted to the warm-up), then full records of the new ones. No loss, no
//! priorities, no budget, no headers. `prototype TRACE`: a line of JSON.
#[path = "../../trace.rs"]
mod trace;

use std::time::Instant;
use trace::{Tick, Trace};

const WARM: usize = 40;
const LAG: usize = 3;
const PASSES: usize = 5;
const FIELDS: usize = 5;
const WIDEST: u32 = 18;

/// For each field the bits of its four buckets.
type Buckets = [[u32; 4]; FIELDS];

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    #[inline(always)]
    fn put(&mut self, value: u64, bits: u32) {
        self.held |= value << self.count;
        self.count += bits;
        if self.count >= 32 {
            self.bytes.extend_from_slice(&(self.held as u32).to_le_bytes());
            self.held >>= 32;
            self.count -= 32;
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        (self.held, self.count) = (0, 0);
    }

    fn len(&self) -> usize {
        self.bytes.len() + self.count.div_ceil(8) as usize
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
}

impl Reader<'_> {
    #[inline(always)]
    fn get(&mut self, bits: u32) -> u64 {
        if self.count < bits {
            let mut word = [0; 4];
            let more = (self.bytes.len() - self.at).min(4);
            word[..more].copy_from_slice(&self.bytes[self.at..self.at + more]);
            self.held |= u64::from(u32::from_le_bytes(word)) << self.count;
            self.at += more;
            self.count += 32;
        }
        let value = self.held & ((1 << bits) - 1);
        self.held >>= bits;
        self.count -= bits;
        value
    }
}

#[inline(always)]
fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

#[inline(always)]
fn put_error(out: &mut Bits, value: i32, buckets: &[u32; 4]) {
    let number = zigzag(value);
    let bucket = buckets[..3].iter().map(|bits| u32::from(number >> bits != 0)).sum::<u32>();
    out.put(u64::from(bucket) | u64::from(number) << 2, 2 + buckets[bucket as usize]);
}

#[inline(always)]
fn get_error(input: &mut Reader, buckets: &[u32; 4]) -> i32 {
    let bucket = input.get(2) as usize;
    let number = input.get(buckets[bucket]) as u32;
    (number >> 1) as i32 ^ -((number & 1) as i32)
}

/// How far 1/8 px a second leads in three ticks of 1/20 s, in 1/16 px.
#[inline(always)]
fn moved(velocity: i16) -> i32 {
    (i32::from(velocity) * LAG as i32 + 5).div_euclid(10)
}

#[inline(always)]
fn errors(new: &Tick, old: &Tick, s: usize) -> [i32; FIELDS] {
    let turn = i32::from(new.qr[s]) - i32::from(old.qr[s]);
    [
        i32::from(new.qx[s]) - i32::from(old.qx[s]) - moved(old.qvx[s]),
        i32::from(new.qy[s]) - i32::from(old.qy[s]) - moved(old.qvy[s]),
        (turn + 540).rem_euclid(360) - 180,
        i32::from(new.qvx[s]) - i32::from(old.qvx[s]),
        i32::from(new.qvy[s]) - i32::from(old.qvy[s]),
    ]
}

#[inline(always)]
fn put_kept(out: &mut Bits, new: &Tick, old: &Tick, s: usize, buckets: &Buckets) {
    let errors = errors(new, old, s);
    let (moves, hurt, changed) =
        (errors.iter().any(|error| *error != 0), new.hp[s] != old.hp[s], new.st[s] != old.st[s]);
    if !(moves || hurt || changed) {
        return out.put(1, 2);
    }
    out.put(3 | u64::from(moves) << 2 | u64::from(hurt) << 3 | u64::from(changed) << 4, 5);
    if moves {
        errors.iter().zip(buckets).for_each(|(error, buckets)| put_error(out, *error, buckets));
    }
    if hurt {
        out.put(u64::from(new.hp[s]), 7);
    }
    if changed {
        out.put(u64::from(new.st[s]), 3);
    }
}

fn put_new(out: &mut Bits, new: &Tick, s: usize, names: &[String]) {
    let name = names[new.id[s] as usize].as_bytes();
    out.put(s as u64, 10);
    out.put(u64::from(new.id[s]), 32);
    out.put(u64::from(new.qx[s]) | u64::from(new.qy[s]) << 16, 32);
    out.put(u64::from(new.qr[s]), 9);
    out.put((new.qvx[s] as u64 & 0x1FFF) | (new.qvy[s] as u64 & 0x1FFF) << 13, 26);
    out.put(u64::from(new.hp[s]) | u64::from(new.st[s]) << 7 | (name.len() as u64) << 10, 15);
    name.iter().for_each(|byte| out.put(u64::from(*byte), 8));
}

/// A kept entity's bits, made once for all clients.
#[derive(Clone, Copy, Default)]
struct Copied {
    words: [u64; 2],
    bits: u32,
}

fn copies(new: &Tick, old: &Tick, buckets: &Buckets, scratch: &mut Bits, out: &mut [Copied]) {
    for (s, copy) in out.iter_mut().enumerate() {
        scratch.clear();
        put_kept(scratch, new, old, s, buckets);
        let bits = scratch.bytes.len() as u32 * 8 + scratch.count;
        scratch.bytes.extend_from_slice(&scratch.held.to_le_bytes());
        scratch.bytes.resize(16.max(scratch.bytes.len()), 0);
        let word = |at: usize| u64::from_le_bytes(scratch.bytes[at..at + 8].try_into().unwrap());
        *copy = Copied { words: [word(0), word(8)], bits };
    }
}

#[inline(always)]
fn put_copy(out: &mut Bits, copy: &Copied) {
    for part in 0..4 {
        let left = copy.bits.saturating_sub(32 * part);
        if left == 0 {
            return;
        }
        let word = copy.words[part as usize / 2] >> (32 * (part % 2)) & 0xFFFF_FFFF;
        out.put(word & (u64::MAX >> (64 - left.min(32))), left.min(32));
    }
}

/// The message for a client that saw `before` and sees `now`, both ascending.
fn encode(
    out: &mut Bits,
    (new, old): (&Tick, &Tick),
    (before, now): (&[u16], &[u16]),
    names: &[String],
    entered: &mut Vec<u16>,
    kept: impl Fn(&mut Bits, usize),
) {
    out.clear();
    entered.clear();
    let mut left = now.iter().copied().peekable();
    for slot in before {
        while let Some(fresh) = left.next_if(|next| next < slot) {
            entered.push(fresh);
        }
        let (seen, s) = (left.next_if_eq(slot).is_some(), usize::from(*slot));
        if seen && new.id[s] == old.id[s] {
            kept(out, s);
            continue;
        }
        out.put(0, 1);
        if seen {
            entered.push(*slot);
        }
    }
    entered.extend(left);
    out.put(entered.len() as u64, 10);
    entered.iter().for_each(|slot| put_new(out, new, usize::from(*slot), names));
}

#[derive(Clone, PartialEq, Default)]
struct Ship {
    slot: u16,
    id: u32,
    at: [i32; FIELDS],
    hp: u8,
    st: u8,
}

fn view(tick: &Tick, slots: &[u16]) -> Vec<Ship> {
    let ship = |slot: &u16| {
        let s = usize::from(*slot);
        let at = [tick.qx[s].into(), tick.qy[s].into(), tick.qr[s].into(), tick.qvx[s].into(), tick.qvy[s].into()];
        Ship { slot: *slot, id: tick.id[s], at, hp: tick.hp[s], st: tick.st[s] }
    };
    slots.iter().map(ship).collect()
}

fn get_kept(input: &mut Reader, mut ship: Ship, buckets: &Buckets) -> Ship {
    let what = if input.get(1) == 1 { input.get(3) } else { 0 };
    let mut errors = [0; FIELDS];
    if what & 1 != 0 {
        errors.iter_mut().zip(buckets).for_each(|(error, buckets)| *error = get_error(input, buckets));
    }
    ship.at[0] += moved(ship.at[3] as i16) + errors[0];
    ship.at[1] += moved(ship.at[4] as i16) + errors[1];
    ship.at[2] = (ship.at[2] + errors[2]).rem_euclid(360);
    ship.at[3] += errors[3];
    ship.at[4] += errors[4];
    if what & 2 != 0 {
        ship.hp = input.get(7) as u8;
    }
    if what & 4 != 0 {
        ship.st = input.get(3) as u8;
    }
    ship
}

fn get_new(input: &mut Reader) -> Ship {
    let signed = |value: u64| i32::from((value as i16) << 3 >> 3);
    let (slot, id) = (input.get(10) as u16, input.get(32) as u32);
    let at = [input.get(16) as i32, input.get(16) as i32, input.get(9) as i32, 0, 0];
    let mut ship = Ship { slot, id, at, ..Ship::default() };
    (ship.at[3], ship.at[4]) = (signed(input.get(13)), signed(input.get(13)));
    (ship.hp, ship.st) = (input.get(7) as u8, input.get(3) as u8);
    let name: Vec<u8> = (0..input.get(5)).map(|_| input.get(8) as u8).collect();
    std::hint::black_box(name);
    ship
}

fn decode(bytes: &[u8], old: &[Ship], buckets: &Buckets, out: &mut Vec<Ship>) {
    let mut input = Reader { bytes, at: 0, held: 0, count: 0 };
    out.clear();
    for ship in old {
        if input.get(1) == 1 {
            out.push(get_kept(&mut input, ship.clone(), buckets));
        }
    }
    for _ in 0..input.get(10) {
        out.push(get_new(&mut input));
    }
    out.sort_unstable_by_key(|ship| ship.slot);
}

/// The cheapest bucket widths for the errors of the warm-up.
fn fitted(ticks: &[Tick]) -> Buckets {
    let mut counts = [[0usize; 33]; FIELDS];
    for (old, new) in ticks[..WARM].iter().zip(&ticks[LAG..WARM]) {
        for s in (0..new.id.len()).filter(|s| new.moving[*s] == 1 && new.id[*s] == old.id[*s]) {
            for (field, error) in errors(new, old, s).into_iter().enumerate() {
                counts[field][(32 - zigzag(error).leading_zeros()) as usize] += 1;
            }
        }
    }
    counts.map(|counts| {
        let widths = (0..16).flat_map(|a| (a + 1..17).flat_map(move |b| (b + 1..18).map(move |c| [a, b, c, WIDEST])));
        widths.min_by_key(|widths| cost(&counts, widths)).unwrap()
    })
}

fn cost(counts: &[usize; 33], widths: &[u32; 4]) -> usize {
    let bits = |length: u32| *widths.iter().find(|width| length <= **width).unwrap_or(&WIDEST);
    counts.iter().enumerate().map(|(length, count)| count * (2 + bits(length as u32)) as usize).sum()
}

#[derive(Default)]
struct Pass {
    direct: f64,
    shared: f64,
    decode: f64,
    bytes: usize,
    movers: usize,
    wrong: usize,
}

fn pass(trace: &Trace, ticks: &[Tick], names: &[String], buckets: &Buckets) -> Pass {
    let mut pass = Pass::default();
    let (mut out, mut scratch, mut entered) = (Bits::default(), Bits::default(), Vec::new());
    let mut shared = vec![Copied::default(); trace.entities];
    let watched = trace.clients.min(16);
    let mut worlds: Vec<Vec<Vec<Ship>>> = (0..watched)
        .map(|client| ticks[WARM - LAG..WARM].iter().map(|tick| view(tick, tick.view(client))).collect())
        .collect();
    let mut decoded = Vec::new();
    for (old, new) in ticks[WARM - LAG..].iter().zip(&ticks[WARM..]) {
        let both = |client: usize| (old.view(client), new.view(client));
        let start = Instant::now();
        for client in 0..trace.clients {
            encode(&mut out, (new, old), both(client), names, &mut entered, |out, s| put_kept(out, new, old, s, buckets));
            std::hint::black_box(out.len());
        }
        pass.direct += start.elapsed().as_secs_f64();
        let start = Instant::now();
        copies(new, old, buckets, &mut scratch, &mut shared);
        for client in 0..trace.clients {
            encode(&mut out, (new, old), both(client), names, &mut entered, |out, s| put_copy(out, &shared[s]));
            std::hint::black_box(out.len());
        }
        pass.shared += start.elapsed().as_secs_f64();
        for client in 0..trace.clients {
            encode(&mut out, (new, old), both(client), names, &mut entered, |out, s| put_copy(out, &shared[s]));
            pass.bytes += out.len();
            pass.movers += new.view(client).iter().filter(|slot| new.moving[usize::from(**slot)] == 1).count();
            if client < watched {
                out.bytes.extend_from_slice(&out.held.to_le_bytes());
                let start = Instant::now();
                decode(&out.bytes, &worlds[client][0], buckets, &mut decoded);
                pass.decode += start.elapsed().as_secs_f64();
                pass.wrong += usize::from(decoded != view(new, new.view(client)));
                worlds[client].remove(0);
                worlds[client].push(decoded.clone());
            }
        }
    }
    pass.decode /= watched as f64;
    pass
}

fn main() {
    let path = std::env::args().nth(1).expect("prototype TRACE");
    let trace = Trace::open(&path);
    let names: Vec<String> = std::iter::once(String::new()).chain((1..=trace.ids as u32).map(|id| trace.name(id))).collect();
    let ticks: Vec<Tick> = (0..trace.ticks).map(|tick| trace.tick(tick)).collect();
    let buckets = fitted(&ticks);
    let passes: Vec<Pass> = (0..PASSES).map(|_| pass(&trace, &ticks, &names, &buckets)).collect();
    let per_tick = 1e3 / (trace.ticks - WARM) as f64;
    let best = |figure: fn(&Pass) -> f64| passes.iter().map(figure).fold(f64::MAX, f64::min) * per_tick;
    println!(
        "{{\"encode_ms\": {:.4}, \"shared_ms\": {:.4}, \"decode_ms\": {:.4}, \"bytes_per_mover\": {:.3}, \"wrong\": {}}}",
        best(|pass| pass.direct),
        best(|pass| pass.shared),
        best(|pass| pass.decode),
        passes[0].bytes as f64 / passes[0].movers as f64,
        passes[0].wrong
    );
}
