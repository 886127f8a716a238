//! Messages, sent and received in batches.
use std::cell::RefCell;

use gamenet_sockets::{Batch, Library, Outgoing, Source};

use super::guard_open;
use crate::guard::{borrow_mut, slice, slice_mut, Fault};

thread_local! {
    static BATCH: RefCell<Batch> = RefCell::default();
}

/// Sends one message; an `EResult`.
///
/// # Safety
/// `data` has `size` bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_send_one(connection: u32, data: *const u8, size: usize, flags: i32) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        Ok(library.send_one(connection, unsafe { slice(data, size, "data") }?, flags)?.into())
    })
}

/// Sends `count` messages, given as columns and one block of data; `lanes` may be null. Writes an `EResult` for each; returns how many were refused.
///
/// # Safety
/// All columns that are not null have `count` items, `data` has `size` bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_send(
    connections: *const u32,
    sizes: *const u32,
    flags: *const i32,
    lanes: *const u16,
    count: usize,
    data: *const u8,
    size: usize,
    results: *mut i32,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (batch, results) = unsafe {
            let batch = Outgoing {
                connections: slice(connections, count, "connections")?,
                sizes: slice(sizes, count, "sizes")?,
                flags: slice(flags, count, "flags")?,
                lanes: if lanes.is_null() { None } else { Some(slice(lanes, count, "lanes")?) },
                data: slice(data, size, "data")?,
            };
            (batch, slice_mut(results, count, "results")?)
        };
        Ok(library.send(&batch, results)? as i64)
    })
}

/// Sends what waits for company on `count` connections. Writes an `EResult` for each; returns how many were refused.
///
/// # Safety
/// Both columns have `count` items.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_flush(connections: *const u32, count: usize, results: *mut i32) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (connections, results) =
            unsafe { (slice(connections, count, "connections")?, slice_mut(results, count, "results")?) };
        Ok(library.flush(connections, results)? as i64)
    })
}

/// Received messages as columns. Their data stands one behind the other in `data`; `layout` says how long each is, as Python's `struct` reads it.
#[repr(C)]
pub struct GnBatch {
    pub connections: *const u32,
    pub numbers: *const i64,
    pub times: *const f64,
    pub reliable: *const bool,
    pub layout: *const u8,
    pub data: *const u8,
    pub layout_size: usize,
    pub size: usize,
}

impl From<&Batch> for GnBatch {
    fn from(batch: &Batch) -> Self {
        Self {
            connections: batch.connections.as_ptr(),
            numbers: batch.numbers.as_ptr(),
            times: batch.times.as_ptr(),
            reliable: batch.reliable.as_ptr(),
            layout: batch.layout.as_ptr(),
            data: batch.data.as_ptr(),
            layout_size: batch.layout.len(),
            size: batch.data.len(),
        }
    }
}

fn receive(library: &Library, source: Source, limit: usize, out: &mut GnBatch) -> Result<i64, Fault> {
    BATCH.with(|kept| {
        let mut kept = kept.borrow_mut();
        library.receive(source, limit, &mut kept)?;
        *out = GnBatch::from(&*kept);
        Ok(kept.len() as i64)
    })
}

/// Takes up to `limit` messages that wait on a connection; returns how many.
///
/// # Safety
/// `batch` points to a writable `GnBatch`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_receive_on_connection(connection: u32, limit: usize, batch: *mut GnBatch) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        receive(library, Source::Connection(connection), limit, unsafe { borrow_mut(batch, "batch") }?)
    })
}

/// Takes up to `limit` messages that wait on a poll group; returns how many.
///
/// # Safety
/// `batch` points to a writable `GnBatch`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_receive_on_poll_group(group: u32, limit: usize, batch: *mut GnBatch) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        receive(library, Source::PollGroup(group), limit, unsafe { borrow_mut(batch, "batch") }?)
    })
}
