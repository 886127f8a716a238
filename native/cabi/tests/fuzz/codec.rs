//! Random calls of `gn_codec_*` on encoders, decoders and formats that live, fed with each other's bytes and with any.
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::ptr::{null, null_mut};

use gamenet_native::codec::*;

use crate::dice::{look, Dice, Items};

/// Columns of the tables that most objects have: kind, low, high, step, least, greatest, smooth.
type Column = (u8, f64, f64, f64, i64, i64, u8);
const USUAL: [&[Column]; 2] = [
    &[(1, -100.0, 100.0, 0.25, 0, 0, 1), (2, 0.0, 0.0, 1.0, 0, 0, 1), (3, 0.0, 0.0, 0.0, 0, 0, 0)],
    &[(0, 0.0, 0.0, 0.0, 0, 0, 1), (4, 0.0, 0.0, 0.0, 0, 1, 0), (5, 0.0, 0.0, 0.0, 0, 6, 0)],
];
const FLOATS: [usize; 2] = [2, 1];
const INTS: [usize; 2] = [1, 2];
/// More of a kind are freed again.
const MOST: usize = 4;

pub struct Caller {
    pub dice: Dice,
    pub encoders: Vec<*mut GnEncoder>,
    pub decoders: Vec<*mut GnDecoder>,
    pub formats: Vec<*mut GnFormat>,
    /// The tick that goes on, so that most are accepted.
    tick: i64,
    /// The tick that each encoder collected last.
    collected: BTreeMap<*mut GnEncoder, i64>,
    /// Messages that encoders made, to be given to decoders as they are or changed.
    messages: Vec<Vec<u8>>,
}

impl Caller {
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            encoders: Vec::new(),
            decoders: Vec::new(),
            formats: Vec::new(),
            tick: 0,
            collected: BTreeMap::new(),
            messages: vec![Vec::new()],
        }
    }

    fn object<T>(&mut self, pool: fn(&Caller) -> &Vec<*mut T>) -> *mut T {
        if pool(self).is_empty() || self.dice.once_in(60) {
            return null_mut();
        }
        let place = self.dice.roll(pool(self).len() as u64) as usize;
        pool(self)[place]
    }

    fn encoder(&mut self) -> *mut GnEncoder {
        self.object(|caller| &caller.encoders)
    }

    fn decoder(&mut self) -> *mut GnDecoder {
        self.object(|caller| &caller.decoders)
    }

    fn format(&mut self) -> *mut GnFormat {
        self.object(|caller| &caller.formats)
    }

    /// Columns and the sizes of tables: the usual ones, or any.
    fn tables(&mut self) -> (Items<GnField>, usize, Items<u32>, usize) {
        if !self.dice.once_in(4) {
            let mut columns = USUAL.concat().into_iter();
            let fields = self.dice.items(6, |_| field(columns.next().expect("six")));
            return (fields, 6, self.dice.items(2, |_| 3), 2);
        }
        let (count, tables) = (self.dice.count(), self.dice.count());
        let fields = self.dice.items(count, |dice| {
            let edges = [0.0, 1.0, -1.0, 0.25, 100.0, 1e300, -1e300, f64::NAN, f64::INFINITY];
            let (low, high, step) = (dice.pick(&edges), dice.pick(&edges), dice.pick(&edges));
            field((dice.roll(8) as u8, low, high, step, dice.integer(), dice.integer(), dice.roll(2) as u8))
        });
        let sizes = self.dice.items(tables, |dice| dice.roll(4) as u32);
        (fields, count, sizes, tables)
    }

    fn tick(&mut self) -> i64 {
        self.tick += i64::from(self.dice.once_in(3));
        if self.dice.once_in(40) {
            self.dice.integer()
        } else {
            self.tick + self.dice.roll(3) as i64 - 1
        }
    }

    /// Rows of a table, in most cases as many values as it has columns.
    fn rows(&mut self) -> Rows {
        let (table, count) = (self.dice.roll(2) as usize, self.dice.roll(6) as usize);
        let wrong = self.dice.once_in(20);
        let mut values = |columns: usize| if wrong { self.dice.count() } else { count * columns };
        let (floats, ints) = (values(FLOATS[table]), values(INTS[table]));
        Rows {
            ids: self.dice.items(count, |dice| dice.roll(30) as u32),
            floats: self.dice.items(floats, Dice::float),
            ints: self.dice.items(ints, Dice::integer),
            counts: (count, floats, ints),
            table: if self.dice.once_in(30) { self.dice.number() as u32 } else { table as u32 },
        }
    }

    fn ids(&mut self) -> (Items<u32>, usize) {
        let count = self.dice.count();
        (
            self.dice.items(count, |dice| if dice.once_in(20) { dice.number() as u32 } else { dice.roll(30) as u32 }),
            count,
        )
    }

    fn peers(&mut self) -> (Items<u16>, usize) {
        let count = self.dice.count();
        (
            self.dice.items(count, |dice| if dice.once_in(20) { dice.number() as u16 } else { dice.roll(4) as u16 }),
            count,
        )
    }

    /// A message of an encoder, or one in which something is wrong, or anything.
    fn body(&mut self) -> Vec<u8> {
        let place = self.dice.roll(self.messages.len() as u64) as usize;
        let mut body = self.messages[place].clone();
        match self.dice.roll(4) {
            0 => body = (0..self.dice.roll(60)).map(|_| self.dice.number() as u8).collect(),
            1 if !body.is_empty() => {
                let place = self.dice.roll(body.len() as u64) as usize;
                body[place] ^= 1 << self.dice.roll(8);
            }
            2 => body.truncate(self.dice.roll(body.len() as u64 + 1) as usize),
            _ => (),
        }
        body
    }

    fn out<T>(&mut self, place: &mut T) -> *mut T {
        if self.dice.once_in(60) {
            null_mut()
        } else {
            place
        }
    }

    /// Frees what is too much.
    pub fn tidy(&mut self, most: usize) {
        // SAFETY: each came from its `_new` and is forgotten here.
        unsafe {
            self.encoders
                .drain(..self.encoders.len().saturating_sub(most))
                .for_each(|each| _ = gn_codec_encoder_free(each));
            self.decoders
                .drain(..self.decoders.len().saturating_sub(most))
                .for_each(|each| _ = gn_codec_decoder_free(each));
            self.formats
                .drain(..self.formats.len().saturating_sub(most))
                .for_each(|each| _ = gn_codec_format_free(each));
        }
    }
}

fn field((kind, low, high, step, least, greatest, smooth): Column) -> GnField {
    // From what a column is predicted follows from its other numbers: mostly nothing, sometimes what does not exist.
    let sources = if step > 0.5 && kind < 3 { (greatest & 3) as u8 } else { 0 };
    let source = [(least & 3) as u32, (greatest >> 2 & 3) as u32];
    GnField { low, high, step, tick_rate: low.abs() + 20.0, least, greatest, source, kind, smooth, sources }
}

struct Rows {
    ids: Items<u32>,
    floats: Items<f64>,
    ints: Items<i64>,
    counts: (usize, usize, usize),
    table: u32,
}

impl Rows {
    fn told(&self) -> GnRows {
        let (rows, float_count, int_count) = self.counts;
        let (ids, floats, ints) = (self.ids.pointer(), self.floats.pointer(), self.ints.pointer());
        GnRows { ids, floats, ints, rows, float_count, int_count, table: self.table }
    }
}

/// Reads all rows that a call handed out.
///
/// # Safety
/// It did.
unsafe fn look_rows(rows: *const GnRows, count: i64) {
    // SAFETY: our caller's promise.
    unsafe {
        for rows in std::slice::from_raw_parts(rows, usize::try_from(count).unwrap_or(0)) {
            look(rows.ids, rows.rows);
            look(rows.floats, rows.float_count);
            look(rows.ints, rows.int_count);
        }
    }
}

macro_rules! calls {
    ($($name:ident($caller:ident) $body:block)*) => {
        /// Every call: its name, and how it is made.
        pub const CALLS: &[(&str, fn(&mut Caller) -> i64)] = &[$((stringify!($name), |$caller| {
            // SAFETY: each pointer is null or to as much memory as the call is told of, and objects live.
            unsafe { $body }
        })),*];
    };
}

calls! {
    gn_codec_add_peer(caller) {
        gn_codec_add_peer(caller.encoder(), caller.dice.roll(5) as u16)
    }
    gn_codec_collect(caller) {
        let (encoder, tick) = (caller.encoder(), caller.tick());
        let rows: Vec<Rows> = (0..caller.dice.roll(4)).map(|_| caller.rows()).collect();
        let owned: Vec<(usize, Items<u16>, Items<u8>)> = rows.iter().map(|rows| {
            let count = if caller.dice.once_in(20) { caller.dice.count() } else { rows.counts.0 };
            (count, caller.dice.items(count, |dice| dice.roll(4) as u16), caller.dice.items(count, |dice| dice.roll(3) as u8))
        }).collect();
        let parts: Vec<GnPart> = rows.iter().zip(&owned).map(|(rows, (count, by, terms))| GnPart {
            rows: rows.told(),
            computed_by: by.pointer(),
            terms: terms.pointer(),
            computed_count: *count,
            term_count: *count,
        }).collect();
        caller.collected.insert(encoder, tick);
        let ((cuts, cut_count), mut clamped) = (caller.ids(), null());
        let out = caller.out(&mut clamped);
        let code = gn_codec_collect(encoder, tick, parts.as_ptr(), parts.len(), cuts.pointer(), cut_count, out);
        if let Ok(count) = usize::try_from(code) {
            std::hint::black_box(std::slice::from_raw_parts(clamped, count).iter().map(|each| each.value).sum::<f64>());
        }
        code
    }
    gn_codec_decode(caller) {
        let (format, body, count) = (caller.format(), caller.body(), caller.dice.count());
        let baselines = caller.dice.items(count, |dice| dice.roll(5));
        let mut script = null();
        let out = caller.out(&mut script);
        let code = gn_codec_decode(format, body.as_ptr(), body.len(), baselines.pointer(), count, out);
        look(script, usize::try_from(code).unwrap_or(0));
        code
    }
    gn_codec_decoder_forget(caller) {
        let (decoder, (ids, count)) = (caller.decoder(), caller.ids());
        gn_codec_decoder_forget(decoder, ids.pointer(), count)
    }
    gn_codec_decoder_free(caller) {
        caller.tidy(MOST);
        gn_codec_decoder_free(null_mut())
    }
    gn_codec_decoder_new(caller) {
        let ((fields, count, sizes, tables), mut made) = (caller.tables(), null_mut());
        let out = caller.out(&mut made);
        let code = gn_codec_decoder_new(fields.pointer(), count, sizes.pointer(), tables, out);
        caller.decoders.extend((!made.is_null()).then_some(made));
        code
    }
    gn_codec_encode(caller) {
        let (format, count) = (caller.format(), caller.dice.count());
        // No section, or one of the first table with three codes and one row; the rest by chance.
        let mut usual = [0, 1, 0, 1, 0, 0, 1, 1, 1, 1, 5, 0, 0, 9, 9, 9].into_iter();
        let count = if caller.dice.once_in(2) { caller.dice.pick(&[2, 16]) } else { count };
        let script = caller.dice.items(count, |dice| match usual.next().filter(|_| count == 16 && !dice.once_in(40)) {
            Some(number) => number,
            None if dice.once_in(9) => dice.number(),
            None => dice.roll(3) * dice.roll(2),
        });
        let mut bytes = null();
        let out = caller.out(&mut bytes);
        let code = gn_codec_encode(format, script.pointer(), count, out);
        look(bytes, usize::try_from(code).unwrap_or(0));
        code
    }
    gn_codec_encoder_forget(caller) {
        let (encoder, (ids, count)) = (caller.encoder(), caller.ids());
        gn_codec_encoder_forget(encoder, ids.pointer(), count)
    }
    gn_codec_encoder_free(caller) {
        caller.tidy(MOST);
        gn_codec_encoder_free(null_mut())
    }
    gn_codec_encoder_new(caller) {
        let ((fields, count, sizes, tables), mut made) = (caller.tables(), null_mut());
        let out = caller.out(&mut made);
        let code = gn_codec_encoder_new(fields.pointer(), count, sizes.pointer(), tables, out);
        (0..4).for_each(|peer| _ = gn_codec_add_peer(made, peer));
        caller.encoders.extend((!made.is_null()).then_some(made));
        code
    }
    gn_codec_format_free(caller) {
        caller.tidy(MOST);
        gn_codec_format_free(null_mut())
    }
    gn_codec_format_new(caller) {
        let ((fields, count, sizes, tables), mut made) = (caller.tables(), null_mut());
        let out = caller.out(&mut made);
        let code = gn_codec_format_new(fields.pointer(), count, sizes.pointer(), tables, out);
        caller.formats.extend((!made.is_null()).then_some(made));
        code
    }
    gn_codec_hide(caller) {
        let (encoder, (peers, peer_count), (ids, id_count)) = (caller.encoder(), caller.peers(), caller.ids());
        gn_codec_hide(encoder, peers.pointer(), peer_count, ids.pointer(), id_count, peer_count % 2 == 1)
    }
    gn_codec_arrange(caller) {
        let (encoder, count, mut changes) = (caller.encoder(), caller.dice.count(), null());
        let orders = caller.dice.items(count.saturating_mul(3), |dice| {
            if dice.once_in(40) { dice.integer() } else { dice.roll(5) as i64 }
        });
        let out = caller.out(&mut changes);
        let code = gn_codec_arrange(encoder, orders.pointer(), count, out);
        look(changes, usize::try_from(code).unwrap_or(0) * 3);
        code
    }
    gn_codec_look(caller) {
        let (encoder, most, mut changes) = (caller.encoder(), caller.dice.roll(9) as usize, null());
        let out = caller.out(&mut changes);
        let code = gn_codec_look(encoder, most, out);
        look(changes, usize::try_from(code).unwrap_or(0) * 3);
        code
    }
    gn_codec_sights(caller) {
        let (encoder, dice) = (caller.encoder(), &mut caller.dice);
        let ranges: Vec<GnRange> = (0..dice.roll(3)).map(|_| GnRange { amount: dice.float(), kind: dice.roll(4) as u8 }).collect();
        let places: Vec<GnPlace> = (0..dice.roll(3))
            .map(|_| GnPlace {
                table: dice.roll(4) as u32,
                x: dice.roll(4) as u32,
                y: dice.roll(4) as u32,
                group: dice.roll(4) as i32 - 1,
                lost: dice.roll(4) as u8,
            })
            .collect();
        let weights: Vec<f64> = (0..dice.roll(3)).map(|_| dice.float()).collect();
        gn_codec_sights(
            encoder,
            ranges.as_ptr(),
            ranges.len(),
            places.as_ptr(),
            places.len(),
            weights.as_ptr(),
            weights.len(),
        )
    }
    gn_codec_view(caller) {
        let (encoder, dice) = (caller.encoder(), &mut caller.dice);
        let view = |dice: &mut Dice| GnView {
            x: dice.float(),
            y: dice.float(),
            follows: if dice.once_in(3) { dice.integer() } else { dice.roll(5) as i64 - 1 },
            peer: dice.roll(6) as u16,
        };
        let views: Vec<GnView> = (0..dice.roll(4)).map(|_| view(dice)).collect();
        gn_codec_view(encoder, views.as_ptr(), views.len())
    }
    gn_codec_viewers(caller) {
        let (encoder, (ids, count), mut viewers) = (caller.encoder(), caller.ids(), null());
        let out = caller.out(&mut viewers);
        let code = gn_codec_viewers(encoder, ids.pointer(), count, out);
        look(viewers, usize::try_from(code).unwrap_or(0) * 3);
        code
    }
    gn_codec_know(caller) {
        let (decoder, count, tick) = (caller.decoder(), caller.dice.count(), caller.tick());
        let entries = caller.dice.items(count.saturating_mul(4), |dice| {
            if dice.once_in(40) { dice.integer() } else { dice.roll(2) as i64 }
        });
        let rows: Vec<Rows> = (0..caller.dice.roll(3)).map(|_| caller.rows()).collect();
        let told: Vec<GnRows> = rows.iter().map(Rows::told).collect();
        gn_codec_know(decoder, entries.pointer(), count, told.as_ptr(), told.len(), tick)
    }
    gn_codec_newest(caller) {
        let (decoder, mut rows) = (caller.decoder(), null());
        let out = caller.out(&mut rows);
        let code = gn_codec_newest(decoder, out);
        if code > 0 {
            look_rows(rows, code);
        }
        code
    }
    gn_codec_pack(caller) {
        let (format, rows) = (caller.format(), [caller.rows(), caller.rows()]);
        let told: Vec<GnRows> = rows.iter().map(Rows::told).collect();
        let mut packed = GnPacked { bytes: null(), ends: null(), count: 0 };
        let out = caller.out(&mut packed);
        let code = gn_codec_pack(format, told.as_ptr(), told.len(), out);
        look(packed.bytes, usize::try_from(code).unwrap_or(0));
        look(packed.ends, packed.count);
        code
    }
    gn_codec_quantise(caller) {
        let (format, rows, mut units) = (caller.format(), caller.rows(), null());
        let (told, out) = (rows.told(), caller.out(&mut units));
        let code = gn_codec_quantise(format, &raw const told, out);
        look(units, usize::try_from(code).unwrap_or(0));
        code
    }
    gn_codec_reason(caller) {
        let mut text = null();
        let out = caller.out(&mut text);
        let code = gn_codec_reason(caller.dice.integer(), out);
        if code == 0 {
            assert!(!CStr::from_ptr(text).to_bytes().is_empty());
        }
        code
    }
    gn_codec_receive(caller) {
        let (decoder, count) = (caller.decoder(), caller.dice.roll(4) as usize);
        let bodies: Vec<Vec<u8>> = (0..count).map(|_| caller.body()).collect();
        let mut heads = Vec::new();
        for body in &bodies {
            let length = if caller.dice.once_in(50) { caller.dice.integer() } else { body.len() as i64 };
            heads.extend([caller.dice.roll(3) as i64, caller.tick(), length]);
        }
        let (bytes, mut verdicts) = (bodies.concat(), null());
        let out = caller.out(&mut verdicts);
        let code = gn_codec_receive(decoder, bytes.as_ptr(), bytes.len(), heads.as_ptr(), count, out);
        if code == 0 {
            look(verdicts, 3 * count);
        }
        code
    }
    gn_codec_remove_peer(caller) {
        let (encoder, peer) = (caller.encoder(), caller.dice.roll(5) as u16);
        if !caller.dice.once_in(10) {
            return 0;
        }
        gn_codec_remove_peer(encoder, peer)
    }
    gn_codec_sample(caller) {
        let (decoder, (sources, count), mut rows) = (caller.decoder(), caller.peers(), null());
        let tick = caller.tick as f64;
        let moments = caller.dice.items(count, |dice| if dice.once_in(3) { dice.float() } else { tick });
        let out = caller.out(&mut rows);
        let code = gn_codec_sample(decoder, sources.pointer(), moments.pointer(), count, out);
        if code > 0 {
            look_rows(rows, code);
        }
        code
    }
    gn_codec_send(caller) {
        let (encoder, budgets, acks) = (caller.encoder(), caller.dice.roll(5) as usize, caller.dice.roll(5) as usize);
        let budget = |dice: &mut Dice| if dice.once_in(20) { dice.integer() } else { dice.roll(1200) as i64 };
        let mut pairs = |count: usize| caller.dice.items(2 * count, |dice| if dice.once_in(2) { dice.roll(4) as i64 } else { budget(dice) });
        let (budget_pairs, ack_pairs) = (pairs(budgets), pairs(acks));
        let limit = if caller.dice.once_in(20) { caller.dice.count() } else { 1100 };
        let tick = if caller.dice.once_in(20) { caller.tick() } else { caller.collected.get(&encoder).copied().unwrap_or(0) };
        let mut outbox = GnOutbox { bodies: null(), heads: null(), body_bytes: 0 };
        let out = caller.out(&mut outbox);
        let code = gn_codec_send(encoder, tick, budget_pairs.pointer(), budgets, ack_pairs.pointer(), acks, limit, out);
        if let Ok(count) = usize::try_from(code) {
            let (bodies, heads) = (look(outbox.bodies, outbox.body_bytes), look(outbox.heads, 4 * count));
            for head in heads.chunks_exact(4) {
                caller.messages.push(bodies[head[2] as usize..head[3] as usize].to_vec());
            }
            let old = caller.messages.len().saturating_sub(32);
            caller.messages.drain(..old);
        }
        code
    }
    gn_codec_show(caller) {
        let (encoder, (peers, peer_count), (ids, id_count)) = (caller.encoder(), caller.peers(), caller.ids());
        gn_codec_show(encoder, peers.pointer(), peer_count, ids.pointer(), id_count)
    }
}
