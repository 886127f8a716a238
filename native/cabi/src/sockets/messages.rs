//! Messages, sent and received in batches.
use std::cell::RefCell;

use gamenet_sockets::{Batch, Library, Outgoing, Source};

use super::guard_open;
use crate::guard::{borrow_mut, slice, slice_mut, Fault, GN_E_MALFORMED};
use crate::latest::Latest;

thread_local! {
    static BATCHES: RefCell<Latest<Batch>> = RefCell::default();
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

/// Sends `count` messages, packed as `gamenet_sockets::rows` says. Writes an `EResult` for each; returns how many were refused.
///
/// # Safety
/// `rows` has `size` bytes, `results` room for `count`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_send(rows: *const u8, size: usize, results: *mut i32, count: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (rows, results) = unsafe { (slice(rows, size, "rows")?, slice_mut(results, count, "results")?) };
        let messages = Outgoing::all(rows).map_err(|error| Fault::new(GN_E_MALFORMED, error.to_string()))?;
        Ok(library.send(&messages, results)? as i64)
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

/// Received messages, packed as `gamenet_sockets::rows` says.
#[repr(C)]
pub struct GnBatch {
    pub rows: *const u8,
    pub size: usize,
}

fn receive(library: &Library, source: Source, limit: usize, out: &mut GnBatch) -> Result<i64, Fault> {
    BATCHES.with(|latest| {
        let mut kept = Latest::next(latest);
        library.receive(source, limit, &mut kept)?;
        *out = GnBatch { rows: kept.rows().as_ptr(), size: kept.rows().len() };
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
