//! `gn_codec_*`: one crossing for each step of a snapshot's way, whatever the number of rows and peers.
//!
//! What a call hands out through pointers belongs to its handle and stays until the next call on that handle. A handle is for one
//! thread at a time; a second one that comes meanwhile is refused.
use std::ffi::{c_char, CString};
use std::sync::{Mutex, MutexGuard, OnceLock};

use gamenet_codec::bits::Malformed;
use gamenet_codec::decoder::{Decoder, Entry, Incoming, Rows, Verdict};
use gamenet_codec::encoder::look::{Change, Lost, Order, Place, View};
use gamenet_codec::encoder::{Encoder, PartIn};
use gamenet_codec::field::{Field, Kind, RowsIn, Table};
use gamenet_codec::near::Range;
use gamenet_codec::predict::Source;
use gamenet_codec::script::{self, Refusal};
use gamenet_codec::wire::{pack_rows, Format};

use crate::guard::{borrow, borrow_mut, disown, guard, own, slice, Fault, GN_E_MALFORMED};

/// One column of a table. `kind` and the meaning of the numbers as in `NumericField` of gamenet/replication/codec;
/// `least` and `greatest` are those of the kinds that are integers. `sources` counts the columns of the table that it is predicted
/// from, which stand in `source`: none, a velocity, or x and y of a direction; `tick_rate` is read with them.
#[repr(C)]
pub struct GnField {
    pub low: f64,
    pub high: f64,
    pub step: f64,
    pub tick_rate: f64,
    pub least: i64,
    pub greatest: i64,
    pub source: [u32; 2],
    pub kind: u8,
    pub smooth: u8,
    pub sources: u8,
}

/// Rows of one table, row-major.
#[repr(C)]
pub struct GnRows {
    pub ids: *const u32,
    pub floats: *const f64,
    pub ints: *const i64,
    pub rows: usize,
    pub float_count: usize,
    pub int_count: usize,
    pub table: u32,
}

/// How far a group's viewers see. `kind` 0: the nearest `amount`; 1: all up to that distance; 2: in cells of that width.
#[repr(C)]
pub struct GnRange {
    pub amount: f64,
    pub kind: u8,
}

/// Which columns of a table say where its entities are; `group` −1: seen by no range. `lost` 0: they go, 1: freeze, 2: stay seen.
#[repr(C)]
pub struct GnPlace {
    pub table: u32,
    pub x: u32,
    pub y: u32,
    pub group: i32,
    pub lost: u8,
}

/// From where a peer looks: an entity when `follows` is not negative, else x and y.
#[repr(C)]
pub struct GnView {
    pub x: f64,
    pub y: f64,
    pub follows: i64,
    pub peer: u16,
}

/// Rows to send, who computes each and in which owner term.
#[repr(C)]
pub struct GnPart {
    pub rows: GnRows,
    pub computed_by: *const u16,
    pub terms: *const u8,
    pub computed_count: usize,
    pub term_count: usize,
}

/// A value that left its range and what it has to read now.
#[repr(C)]
pub struct GnClamped {
    pub value: f64,
    pub table: u32,
    pub id: u32,
    pub field: u32,
}

/// Messages to send: 4 numbers for each (peer, message number, start, end), and the bytes that start and end point into.
#[repr(C)]
pub struct GnOutbox {
    pub bodies: *const u8,
    pub heads: *const i64,
    pub body_bytes: usize,
}

/// An encoder and what it hands out.
pub struct GnEncoder(Mutex<EncoderState>);

struct EncoderState {
    encoder: Encoder,
    clamped: Vec<GnClamped>,
    heads: Vec<i64>,
    sights: Vec<i64>,
}

/// A decoder and what it hands out.
pub struct GnDecoder(Mutex<DecoderState>);

struct DecoderState {
    decoder: Decoder,
    verdicts: Vec<i64>,
    rows: Vec<GnRows>,
}

// SAFETY: the pointers in `rows` are only handed out, never read, and point into `decoder` beside them.
unsafe impl Send for DecoderState {}

/// The format of messages without any state: the readable twin is held to it.
pub struct GnFormat(Mutex<FormatState>);

struct FormatState {
    format: Format,
    bytes: Vec<u8>,
    numbers: Vec<u64>,
}

fn misuse(sentence: String) -> Fault {
    Fault::argument(sentence)
}

/// The state of a handle, for this call alone.
fn enter<T>(state: &Mutex<T>) -> Result<MutexGuard<'_, T>, Fault> {
    state.try_lock().map_err(|_| Fault::argument("the handle is used by another thread, or a call on it failed badly"))
}

fn field(field: &GnField) -> Result<Field, Fault> {
    let kind =
        Kind::from_number(field.kind).ok_or_else(|| Fault::argument(format!("there is no kind {}", field.kind)))?;
    let made = match kind.is_float() {
        true => Field::float(kind, field.low, field.high, field.step, field.smooth != 0),
        false if field.smooth != 0 => Err("only float fields can be smooth".to_owned()),
        false => Field::integer(kind, field.least, field.greatest),
    };
    let [first, second] = field.source.map(|column| column as usize);
    let source = match field.sources {
        0 => Source::Baseline,
        1 => Source::Velocity(first),
        2 => Source::Direction(first, second),
        more => return Err(Fault::argument(format!("a field is predicted from two others at most, not {more}"))),
    };
    made.and_then(|made| made.following(source, field.tick_rate)).map_err(misuse)
}

/// # Safety
/// As `slice` for both arrays.
unsafe fn tables(fields: *const GnField, count: usize, sizes: *const u32, tables: usize) -> Result<Vec<Table>, Fault> {
    // SAFETY: our caller's promise.
    let (mut fields, sizes) = unsafe { (slice(fields, count, "fields")?, slice(sizes, tables, "sizes")?) };
    let mut made = Vec::with_capacity(sizes.len());
    for size in sizes {
        let (own, rest) = fields.split_at_checked(*size as usize).ok_or_else(|| Fault::argument("too few fields"))?;
        made.push(Table::new(own.iter().map(field).collect::<Result<_, _>>()?).map_err(misuse)?);
        fields = rest;
    }
    Ok(made)
}

/// # Safety
/// As `slice` for each array of `rows`, for `'a`.
unsafe fn rows_in<'a>(rows: &GnRows) -> Result<RowsIn<'a>, Fault> {
    // SAFETY: our caller's promise.
    unsafe {
        Ok(RowsIn {
            table: rows.table as usize,
            ids: slice(rows.ids, rows.rows, "ids")?,
            floats: slice(rows.floats, rows.float_count, "floats")?,
            ints: slice(rows.ints, rows.int_count, "ints")?,
        })
    }
}

/// `N` numbers for each of `count` things.
///
/// # Safety
/// As `slice`.
unsafe fn groups<'a, const N: usize>(data: *const i64, count: usize, name: &str) -> Result<&'a [[i64; N]], Fault> {
    // SAFETY: arrays of N numbers lie as N numbers do; the rest is our caller's promise.
    unsafe { slice(data.cast::<[i64; N]>(), count, name) }
}

fn number<T: TryFrom<i64>>(value: i64, name: &str) -> Result<T, Fault> {
    T::try_from(value).map_err(|_| Fault::argument(format!("{name} {value} is out of range")))
}

// --- Encoder -------------------------------------------------------------------------------------------------------------

/// Makes an encoder for tables of `sizes` fields each.
///
/// # Safety
/// `fields` and `sizes` hold as many items as said; `encoder` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_encoder_new(
    fields: *const GnField,
    field_count: usize,
    sizes: *const u32,
    table_count: usize,
    encoder: *mut *mut GnEncoder,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (tables, out) =
            unsafe { (tables(fields, field_count, sizes, table_count)?, borrow_mut(encoder, "encoder")?) };
        let encoder = Encoder::new(tables).map_err(misuse)?;
        *out = own(GnEncoder(Mutex::new(EncoderState {
            encoder,
            clamped: Vec::new(),
            heads: Vec::new(),
            sights: Vec::new(),
        })));
        Ok(0)
    })
}

/// # Safety
/// `encoder` came from `gn_codec_encoder_new` and is not used again.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_encoder_free(encoder: *mut GnEncoder) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        unsafe { disown(encoder) };
        Ok(0)
    })
}

/// # Safety
/// `encoder` is one that lives.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_add_peer(encoder: *const GnEncoder, peer: u16) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        enter(&unsafe { borrow(encoder, "encoder") }?.0)?.encoder.add_peer(peer).map_err(misuse)?;
        Ok(0)
    })
}

/// # Safety
/// `encoder` is one that lives.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_remove_peer(encoder: *const GnEncoder, peer: u16) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        enter(&unsafe { borrow(encoder, "encoder") }?.0)?.encoder.remove_peer(peer);
        Ok(0)
    })
}

/// Every one of `peers` gets rows of every one of `ids` from now on.
///
/// # Safety
/// `encoder` is one that lives; the arrays hold as many items as said.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_show(
    encoder: *const GnEncoder,
    peers: *const u16,
    peer_count: usize,
    ids: *const u32,
    id_count: usize,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (peers, ids) = unsafe { (slice(peers, peer_count, "peers")?, slice(ids, id_count, "ids")?) };
        // SAFETY: our caller's promise.
        enter(&unsafe { borrow(encoder, "encoder") }?.0)?.encoder.show(peers, ids).map_err(misuse)?;
        Ok(0)
    })
}

/// None of `peers` gets rows of any of `ids` from now on. `freeze`: they keep what they have.
///
/// # Safety
/// `encoder` is one that lives; the arrays hold as many items as said.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_hide(
    encoder: *const GnEncoder,
    peers: *const u16,
    peer_count: usize,
    ids: *const u32,
    id_count: usize,
    freeze: bool,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (peers, ids) = unsafe { (slice(peers, peer_count, "peers")?, slice(ids, id_count, "ids")?) };
        // SAFETY: our caller's promise.
        enter(&unsafe { borrow(encoder, "encoder") }?.0)?.encoder.hide(peers, ids, freeze);
        Ok(0)
    })
}

/// These entities are gone, for everybody.
///
/// # Safety
/// `encoder` is one that lives; `ids` holds as many items as said.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_encoder_forget(encoder: *const GnEncoder, ids: *const u32, id_count: usize) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let ids = unsafe { slice(ids, id_count, "ids") }?;
        // SAFETY: our caller's promise.
        enter(&unsafe { borrow(encoder, "encoder") }?.0)?.encoder.forget(ids);
        Ok(0)
    })
}

/// Says how far each group's viewers see, where entities are, and how much each table weighs (`weight_count` 0: all the same).
///
/// # Safety
/// `encoder` is one that lives; the arrays hold as many items as said.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_sights(
    encoder: *const GnEncoder,
    ranges: *const GnRange,
    range_count: usize,
    places: *const GnPlace,
    place_count: usize,
    weights: *const f64,
    weight_count: usize,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (ranges, places, weights) = unsafe {
            (
                slice(ranges, range_count, "ranges")?,
                slice(places, place_count, "places")?,
                slice(weights, weight_count, "weights")?,
            )
        };
        let ranges: Vec<Range> = ranges.iter().map(range).collect::<Result<_, _>>()?;
        let places: Vec<Place> = places.iter().map(place).collect::<Result<_, _>>()?;
        let weights: Vec<f32> = weights.iter().map(|weight| *weight as f32).collect();
        // SAFETY: our caller's promise.
        let mut state = enter(&unsafe { borrow(encoder, "encoder") }?.0)?;
        state.encoder.sights(&ranges, &places, &weights).map_err(misuse)?;
        Ok(0)
    })
}

fn range(range: &GnRange) -> Result<Range, Fault> {
    match range.kind {
        _ if !range.amount.is_finite() || range.amount <= 0.0 => {
            Err(Fault::argument(format!("{} is no range", range.amount)))
        }
        0 => Ok(Range::Nearest(range.amount as usize)),
        1 => Ok(Range::Within(range.amount as f32)),
        2 => Ok(Range::Cells(range.amount as f32)),
        kind => Err(Fault::argument(format!("there is no kind of range {kind}"))),
    }
}

fn place(place: &GnPlace) -> Result<Place, Fault> {
    let lost = match place.lost {
        0 => Lost::Remove,
        1 => Lost::Freeze,
        2 => Lost::Keep,
        lost => return Err(Fault::argument(format!("there is no way {lost} of losing sight"))),
    };
    let [table, x, y] = [place.table, place.x, place.y].map(|number| number as usize);
    Ok(Place { table, x, y, group: usize::try_from(place.group).ok(), lost })
}

/// From where peers look from now on.
///
/// # Safety
/// `encoder` is one that lives; `views` holds as many items as said.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_view(encoder: *const GnEncoder, views: *const GnView, count: usize) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (views, state) = unsafe { (slice(views, count, "views")?, borrow(encoder, "encoder")?) };
        let mut state = enter(&state.0)?;
        for view in views {
            let from = match u32::try_from(view.follows) {
                Ok(id) => View::Entity(id),
                Err(_) => View::Point([view.x as f32, view.y as f32]),
            };
            state.encoder.view(view.peer, from).map_err(misuse)?;
        }
        Ok(0)
    })
}

/// `orders` holds three numbers each: a peer, an id, and what that peer is to see of it: 0 no longer wherever it is, 1 wherever it
/// is, 2 from now on, 3 no longer, 4 no longer while it keeps what it has,
/// 5 nothing until it changes, for its spawn carries the row collected last (peer 65535: nobody needs to see more). The result is the number of changes; `changes` as
/// with `gn_codec_look`.
///
/// # Safety
/// `encoder` is one that lives; `orders` holds as many items as said; `changes` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_arrange(
    encoder: *const GnEncoder,
    orders: *const i64,
    count: usize,
    changes: *mut *const i64,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (orders, state, out) = unsafe {
            (groups::<3>(orders, count, "orders")?, borrow(encoder, "encoder")?, borrow_mut(changes, "changes")?)
        };
        let order = |[peer, id, order]: &[i64; 3]| Ok((number(*peer, "peer")?, number(*id, "id")?, order_of(*order)?));
        let orders: Vec<(u16, u32, Order)> = orders.iter().map(order).collect::<Result<_, Fault>>()?;
        let mut state = enter(&state.0)?;
        let EncoderState { encoder, sights, .. } = &mut *state;
        Ok(hand_out(encoder.arrange(&orders), sights, out))
    })
}

fn order_of(number: i64) -> Result<Order, Fault> {
    match number {
        0 => Ok(Order::Unpin),
        1 => Ok(Order::Pin),
        2 => Ok(Order::Show),
        3 => Ok(Order::Hide),
        4 => Ok(Order::Freeze),
        5 => Ok(Order::Told),
        _ => Err(Fault::argument(format!("there is no order {number}"))),
    }
}

fn hand_out(found: &[Change], sights: &mut Vec<i64>, out: &mut *const i64) -> i64 {
    sights.clear();
    sights.extend(found.iter().flat_map(|c| [i64::from(c.peer), i64::from(c.id), i64::from(c.shown)]));
    *out = sights.as_ptr();
    found.len() as i64
}

/// Looks around for every peer; each sees at most `most` new entities. The result is the number of changes; `changes` has
/// three numbers for each: a peer, an id, and whether that peer sees it now.
///
/// # Safety
/// `encoder` is one that lives; `changes` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_look(encoder: *const GnEncoder, most: usize, changes: *mut *const i64) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (state, out) = unsafe { (borrow(encoder, "encoder")?, borrow_mut(changes, "changes")?) };
        let mut state = enter(&state.0)?;
        let EncoderState { encoder, sights, .. } = &mut *state;
        Ok(hand_out(encoder.look(most), sights, out))
    })
}

/// Who has each of these entities. The result is their number; `viewers` has three numbers for each: an id, a peer, and
/// whether it stands still there because that peer does not see it any more.
///
/// # Safety
/// `encoder` is one that lives; `ids` holds as many items as said; `viewers` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_viewers(
    encoder: *const GnEncoder,
    ids: *const u32,
    id_count: usize,
    viewers: *mut *const i64,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (ids, state, out) =
            unsafe { (slice(ids, id_count, "ids")?, borrow(encoder, "encoder")?, borrow_mut(viewers, "viewers")?) };
        let mut state = enter(&state.0)?;
        let EncoderState { encoder, sights, .. } = &mut *state;
        let found = encoder.viewers(ids);
        sights.clear();
        sights
            .extend(found.iter().flat_map(|(id, peer, frozen)| [i64::from(*id), i64::from(*peer), i64::from(*frozen)]));
        *out = sights.as_ptr();
        Ok(found.len() as i64)
    })
}

/// Quantises and compares all rows. The result is the number of values that were out of range.
///
/// # Safety
/// `encoder` is one that lives; the arrays, also those in `parts`, hold as many items as said; `clamped` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_collect(
    encoder: *const GnEncoder,
    tick: i64,
    parts: *const GnPart,
    part_count: usize,
    cuts: *const u32,
    cut_count: usize,
    clamped: *mut *const GnClamped,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (parts, cuts, out) = unsafe {
            (slice(parts, part_count, "parts")?, slice(cuts, cut_count, "cuts")?, borrow_mut(clamped, "clamped")?)
        };
        let part = |part: &GnPart| {
            // SAFETY: our caller's promise.
            unsafe {
                let computed_by = slice(part.computed_by, part.computed_count, "computed_by")?;
                Ok(PartIn {
                    rows: rows_in(&part.rows)?,
                    computed_by,
                    terms: slice(part.terms, part.term_count, "terms")?,
                })
            }
        };
        let parts: Vec<PartIn<'_>> = parts.iter().map(part).collect::<Result<_, Fault>>()?;
        // SAFETY: our caller's promise.
        let mut state = enter(&unsafe { borrow(encoder, "encoder") }?.0)?;
        let EncoderState { encoder, clamped, .. } = &mut *state;
        let told = encoder.collect(tick, &parts, cuts).map_err(misuse)?;
        clamped.clear();
        clamped.extend(told.iter().map(|c| GnClamped { value: c.value, table: c.table, id: c.id, field: c.field }));
        *out = clamped.as_ptr();
        Ok(clamped.len() as i64)
    })
}

/// What the peers lack. `budgets` holds pairs (peer, bytes), `acks` pairs (peer, message number). The result is the number
/// of messages in `outbox`.
///
/// # Safety
/// `encoder` is one that lives; the arrays hold as many pairs as said; `outbox` takes one.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_send(
    encoder: *const GnEncoder,
    tick: i64,
    budgets: *const i64,
    budget_count: usize,
    acks: *const i64,
    ack_count: usize,
    limit: usize,
    outbox: *mut GnOutbox,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (budgets, acks) =
            unsafe { (groups::<2>(budgets, budget_count, "budgets")?, groups::<2>(acks, ack_count, "acks")?) };
        let budget = |[peer, bytes]: &[i64; 2]| Ok((number(*peer, "peer")?, number((*bytes).max(0), "budget")?));
        let budgets: Vec<(u16, usize)> = budgets.iter().map(budget).collect::<Result<_, Fault>>()?;
        let ack = |[peer, message]: &[i64; 2]| Ok((number(*peer, "peer")?, *message));
        let acks: Vec<(u16, i64)> = acks.iter().map(ack).collect::<Result<_, Fault>>()?;
        // SAFETY: our caller's promise.
        let (state, out) = unsafe { (borrow(encoder, "encoder")?, borrow_mut(outbox, "outbox")?) };
        let mut state = enter(&state.0)?;
        let EncoderState { encoder, heads, .. } = &mut *state;
        let made = encoder.send(tick, &budgets, &acks, limit).map_err(misuse)?;
        heads.clear();
        heads.extend(made.messages.iter().flat_map(|m| [i64::from(m.peer), m.number, m.start as i64, m.end as i64]));
        *out = GnOutbox { bodies: made.bodies.as_ptr(), heads: heads.as_ptr(), body_bytes: made.bodies.len() };
        Ok(made.messages.len() as i64)
    })
}

// --- Decoder -------------------------------------------------------------------------------------------------------------

/// Makes a decoder for tables of `sizes` fields each.
///
/// # Safety
/// `fields` and `sizes` hold as many items as said; `decoder` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_decoder_new(
    fields: *const GnField,
    field_count: usize,
    sizes: *const u32,
    table_count: usize,
    decoder: *mut *mut GnDecoder,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (tables, out) =
            unsafe { (tables(fields, field_count, sizes, table_count)?, borrow_mut(decoder, "decoder")?) };
        let decoder = Decoder::new(tables).map_err(misuse)?;
        *out = own(GnDecoder(Mutex::new(DecoderState { decoder, verdicts: Vec::new(), rows: Vec::new() })));
        Ok(0)
    })
}

/// # Safety
/// `decoder` came from `gn_codec_decoder_new` and is not used again.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_decoder_free(decoder: *mut GnDecoder) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        unsafe { disown(decoder) };
        Ok(0)
    })
}

/// `entries` holds 4 numbers each: id, table, source, term. `rows` are full rows at `tick`.
///
/// # Safety
/// `decoder` is one that lives; the arrays, also those in `rows`, hold as many items as said.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_know(
    decoder: *const GnDecoder,
    entries: *const i64,
    entry_count: usize,
    rows: *const GnRows,
    rows_count: usize,
    tick: i64,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (entries, rows) =
            unsafe { (groups::<4>(entries, entry_count, "entries")?, slice(rows, rows_count, "rows")?) };
        let entry = |[id, table, source, term]: &[i64; 4]| {
            let (id, table) = (number(*id, "id")?, number(*table, "table")?);
            Ok(Entry { id, table, source: number(*source, "source")?, term: number(*term, "term")? })
        };
        let entries: Vec<Entry> = entries.iter().map(entry).collect::<Result<_, Fault>>()?;
        // SAFETY: our caller's promise.
        let rows = rows.iter().map(|rows| unsafe { rows_in(rows) }).collect::<Result<Vec<_>, Fault>>()?;
        // SAFETY: our caller's promise.
        enter(&unsafe { borrow(decoder, "decoder") }?.0)?.decoder.know(&entries, &rows, tick).map_err(misuse)?;
        Ok(0)
    })
}

/// These entities are gone.
///
/// # Safety
/// `decoder` is one that lives; `ids` holds as many items as said.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_decoder_forget(decoder: *const GnDecoder, ids: *const u32, id_count: usize) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let ids = unsafe { slice(ids, id_count, "ids") }?;
        // SAFETY: our caller's promise.
        enter(&unsafe { borrow(decoder, "decoder") }?.0)?.decoder.forget(ids);
        Ok(0)
    })
}

/// Decodes the messages of a frame. `heads` holds 3 numbers each: sender, tick, bytes; the bodies lie one behind the other.
/// `verdicts` gets 3 numbers for each: `Verdict`, what `gn_codec_reason` says why, forged rows.
///
/// # Safety
/// `decoder` is one that lives; the arrays hold as many items as said; `verdicts` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_receive(
    decoder: *const GnDecoder,
    bodies: *const u8,
    body_bytes: usize,
    heads: *const i64,
    message_count: usize,
    verdicts: *mut *const i64,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (mut bodies, heads) =
            unsafe { (slice(bodies, body_bytes, "bodies")?, groups::<3>(heads, message_count, "heads")?) };
        let mut messages = Vec::with_capacity(heads.len());
        for [sender, tick, bytes] in heads {
            let body = bodies.split_at_checked(number(*bytes, "bytes")?);
            let (body, rest) = body.ok_or_else(|| Fault::argument("too few bytes for the messages"))?;
            bodies = rest;
            messages.push(Incoming { sender: number(*sender, "sender")?, tick: *tick, body });
        }
        // SAFETY: our caller's promise.
        let (state, out) = unsafe { (borrow(decoder, "decoder")?, borrow_mut(verdicts, "verdicts")?) };
        let mut state = enter(&state.0)?;
        let DecoderState { decoder, verdicts, .. } = &mut *state;
        decoder.begin();
        verdicts.clear();
        verdicts.extend(messages.into_iter().flat_map(|message| verdict(decoder.receive(message))));
        *out = verdicts.as_ptr();
        Ok(0)
    })
}

fn verdict(verdict: Verdict) -> [i64; 3] {
    match verdict {
        Verdict::Taken(forged) => [0, 0, forged as i64],
        Verdict::UnknownBaseline => [1, 0, 0],
        Verdict::TooManyUnknown => [2, 0, 0],
        Verdict::Malformed(reason) => [3, reason as i64, 0],
    }
}

/// Why a message was malformed, in a sentence that lives for ever.
///
/// # Safety
/// `text` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_reason(reason: i64, text: *mut *const c_char) -> i64 {
    guard(|| {
        static TEXTS: OnceLock<Vec<CString>> = OnceLock::new();
        let texts = TEXTS.get_or_init(|| {
            Malformed::ALL.iter().map(|reason| CString::new(reason.text()).expect("no zero inside")).collect()
        });
        let found = usize::try_from(reason).ok().and_then(|reason| texts.get(reason));
        // SAFETY: our caller's promise.
        *unsafe { borrow_mut(text, "text") }? = found.ok_or_else(|| Fault::argument("no such reason"))?.as_ptr();
        Ok(0)
    })
}

/// Points to the rows of each table that has any.
fn rows_out(from: &[Rows], to: &mut Vec<GnRows>) {
    let told = |(table, rows): (usize, &Rows)| GnRows {
        ids: rows.ids.as_ptr(),
        floats: rows.floats.as_ptr(),
        ints: rows.ints.as_ptr(),
        rows: rows.ids.len(),
        float_count: rows.floats.len(),
        int_count: rows.ints.len(),
        table: table as u32,
    };
    to.clear();
    to.extend(from.iter().enumerate().filter(|(_, rows)| !rows.ids.is_empty()).map(told));
}

/// The newest row of all that changed since the last call. The result is the number of items at `rows`.
///
/// # Safety
/// `decoder` is one that lives; `rows` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_newest(decoder: *const GnDecoder, rows: *mut *const GnRows) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (state, out) = unsafe { (borrow(decoder, "decoder")?, borrow_mut(rows, "rows")?) };
        let mut state = enter(&state.0)?;
        let DecoderState { decoder, rows, .. } = &mut *state;
        rows_out(decoder.newest(), rows);
        *out = rows.as_ptr();
        Ok(rows.len() as i64)
    })
}

/// Smooth columns of all in motion, at `moments[i]` for what comes from `sources[i]`.
///
/// # Safety
/// `decoder` is one that lives; the arrays hold `count` items; `rows` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_sample(
    decoder: *const GnDecoder,
    sources: *const u16,
    moments: *const f64,
    count: usize,
    rows: *mut *const GnRows,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (sources, moments) = unsafe { (slice(sources, count, "sources")?, slice(moments, count, "moments")?) };
        let moments: Vec<(u16, f64)> = sources.iter().copied().zip(moments.iter().copied()).collect();
        // SAFETY: our caller's promise.
        let (state, out) = unsafe { (borrow(decoder, "decoder")?, borrow_mut(rows, "rows")?) };
        let mut state = enter(&state.0)?;
        let DecoderState { decoder, rows, .. } = &mut *state;
        rows_out(decoder.sample(&moments), rows);
        *out = rows.as_ptr();
        Ok(rows.len() as i64)
    })
}

// --- The format alone ----------------------------------------------------------------------------------------------------

/// Makes the format of tables of `sizes` fields each.
///
/// # Safety
/// `fields` and `sizes` hold as many items as said; `format` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_format_new(
    fields: *const GnField,
    field_count: usize,
    sizes: *const u32,
    table_count: usize,
    format: *mut *mut GnFormat,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (tables, out) =
            unsafe { (tables(fields, field_count, sizes, table_count)?, borrow_mut(format, "format")?) };
        let format = Format::new(tables).map_err(misuse)?;
        *out = own(GnFormat(Mutex::new(FormatState { format, bytes: Vec::new(), numbers: Vec::new() })));
        Ok(0)
    })
}

/// # Safety
/// `format` came from `gn_codec_format_new` and is not used again.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_format_free(format: *mut GnFormat) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        unsafe { disown(format) };
        Ok(0)
    })
}

/// The units of rows, row-major. The result is how many.
///
/// # Safety
/// `format` is one that lives, `rows` one whose arrays hold as many items as said; `units` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_quantise(
    format: *const GnFormat,
    rows: *const GnRows,
    units: *mut *const u64,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (rows, state) = unsafe { (rows_in(borrow(rows, "rows")?)?, borrow(format, "format")?) };
        // SAFETY: our caller's promise.
        let (mut state, out) = (enter(&state.0)?, unsafe { borrow_mut(units, "units") }?);
        let FormatState { format, numbers, .. } = &mut *state;
        let table = rows.checked(&format.tables).map_err(misuse)?;
        let mut row = Vec::new();
        numbers.clear();
        for index in 0..rows.ids.len() {
            let (floats, ints) = rows.row(table, index);
            table.quantise(floats, ints, &mut row, |_, _| ());
            numbers.extend_from_slice(&row);
        }
        *out = numbers.as_ptr();
        Ok(numbers.len() as i64)
    })
}

/// Packed rows: `ends` says where each ends in `bytes`.
#[repr(C)]
pub struct GnPacked {
    pub bytes: *const u8,
    pub ends: *const u64,
    pub count: usize,
}

/// Rows as they travel with structure: each its units without baseline, padded to whole bytes. The result is the number of bytes.
///
/// # Safety
/// `format` is one that lives; `rows` holds `count` items whose arrays hold as many as said; `packed` takes one.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_pack(
    format: *const GnFormat,
    rows: *const GnRows,
    count: usize,
    packed: *mut GnPacked,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (rows, state, out) =
            unsafe { (slice(rows, count, "rows")?, borrow(format, "format")?, borrow_mut(packed, "packed")?) };
        // SAFETY: our caller's promise.
        let rows: Vec<RowsIn<'_>> = rows.iter().map(|rows| unsafe { rows_in(rows) }).collect::<Result<_, _>>()?;
        let mut state = enter(&state.0)?;
        let FormatState { format, bytes, numbers } = &mut *state;
        bytes.clear();
        numbers.clear();
        for rows in &rows {
            pack_rows(&format.tables, rows, bytes, numbers).map_err(misuse)?;
        }
        *out = GnPacked { bytes: bytes.as_ptr(), ends: numbers.as_ptr(), count: numbers.len() };
        Ok(bytes.len() as i64)
    })
}

/// The bytes of a message given as a script (native/codec/src/script.rs). The result is how many.
///
/// # Safety
/// `format` is one that lives; `script` holds `count` items; `bytes` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_encode(
    format: *const GnFormat,
    script: *const u64,
    count: usize,
    bytes: *mut *const u8,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (script, state) = unsafe { (slice(script, count, "script")?, borrow(format, "format")?) };
        // SAFETY: our caller's promise.
        let (mut state, out) = (enter(&state.0)?, unsafe { borrow_mut(bytes, "bytes") }?);
        state.bytes = script::encode(&state.format, script).map_err(misuse)?;
        *out = state.bytes.as_ptr();
        Ok(state.bytes.len() as i64)
    })
}

/// The script of a message, given the baselines that the receiver holds. The result is its length, 0 for an unknown baseline.
///
/// # Safety
/// `format` is one that lives; the arrays hold as many items as said; `script` takes a pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_codec_decode(
    format: *const GnFormat,
    bytes: *const u8,
    count: usize,
    baselines: *const u64,
    baseline_count: usize,
    script: *mut *const u64,
) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let (bytes, baselines) =
            unsafe { (slice(bytes, count, "bytes")?, slice(baselines, baseline_count, "baselines")?) };
        // SAFETY: our caller's promise.
        let (state, out) = unsafe { (borrow(format, "format")?, borrow_mut(script, "script")?) };
        let mut state = enter(&state.0)?;
        state.numbers = match script::decode(&state.format, bytes, baselines).map_err(misuse)? {
            Ok(numbers) => numbers,
            Err(Refusal::UnknownBaseline) => Vec::new(),
            Err(Refusal::Malformed(reason)) => return Err(Fault::new(GN_E_MALFORMED, reason.text())),
        };
        *out = state.numbers.as_ptr();
        Ok(state.numbers.len() as i64)
    })
}
