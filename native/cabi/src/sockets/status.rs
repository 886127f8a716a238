//! How connections stand and do.
use std::ffi::c_char;

use gamenet_sockets::{Info, Lane, RealTime};

use super::{copy_text, guard_open, write_text};
use crate::guard::{borrow_mut, slice, slice_mut};

/// What is known about a connection. Texts end with a zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct GnInfo {
    pub identity: [c_char; 160],
    pub address: [c_char; 64],
    pub description: [c_char; 128],
    pub debug: [c_char; 128],
    pub user_data: i64,
    pub listen_socket: u32,
    pub state: i32,
    pub end_reason: i32,
    pub flags: i32,
}

impl From<&Info> for GnInfo {
    fn from(info: &Info) -> Self {
        let mut out = Self {
            identity: [0; 160],
            address: [0; 64],
            description: [0; 128],
            debug: [0; 128],
            user_data: info.user_data,
            listen_socket: info.listen_socket,
            state: info.state,
            end_reason: info.end_reason,
            flags: info.flags,
        };
        copy_text(&info.identity, &mut out.identity);
        copy_text(&info.address.map(|address| address.to_string()).unwrap_or_default(), &mut out.address);
        copy_text(&info.description, &mut out.description);
        copy_text(&info.debug, &mut out.debug);
        out
    }
}

/// How a connection does now. Times in seconds, rates a second, sizes in bytes; what the library does not know yet is -1.
/// State 0 when there is no such connection.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct GnRealTime {
    pub state: i32,
    pub reserved: i32,
    pub ping: f64,
    pub queue_time: f64,
    pub quality_local: f64,
    pub quality_remote: f64,
    pub out_packets: f64,
    pub out_bytes: f64,
    pub in_packets: f64,
    pub in_bytes: f64,
    pub max_jitter: f64,
    pub send_rate: i32,
    pub pending_unreliable: i32,
    pub pending_reliable: i32,
    pub sent_unacked_reliable: i32,
}

/// `value` times `unit`, or -1 when it is not known.
fn known(value: f64, unit: f64) -> f64 {
    if value < 0.0 {
        -1.0
    } else {
        value * unit
    }
}

impl From<RealTime> for GnRealTime {
    fn from(status: RealTime) -> Self {
        Self {
            state: status.state,
            reserved: 0,
            ping: known(status.ping_ms.into(), 1e-3),
            queue_time: known(status.queue_us as f64, 1e-6),
            quality_local: known(status.quality_local.into(), 1.0),
            quality_remote: known(status.quality_remote.into(), 1.0),
            out_packets: status.out_packets.into(),
            out_bytes: status.out_bytes.into(),
            in_packets: status.in_packets.into(),
            in_bytes: status.in_bytes.into(),
            max_jitter: known(status.max_jitter_us.into(), 1e-6),
            send_rate: status.send_rate,
            pending_unreliable: status.pending_unreliable,
            pending_reliable: status.pending_reliable,
            sent_unacked_reliable: status.sent_unacked_reliable,
        }
    }
}

/// Writes how each of `count` connections does; returns how many of them exist.
///
/// # Safety
/// Both columns have `count` items.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_real_time(connections: *const u32, count: usize, statuses: *mut GnRealTime) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (connections, statuses) =
            unsafe { (slice(connections, count, "connections")?, slice_mut(statuses, count, "statuses")?) };
        let mut found = 0;
        for (connection, status) in connections.iter().zip(statuses) {
            let now = library.real_time(*connection);
            found += i64::from(now.is_some());
            *status = now.unwrap_or_default().into();
        }
        Ok(found)
    })
}

/// How one lane does now, as in `GnRealTime`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct GnLane {
    pub queue_time: f64,
    pub pending_unreliable: i32,
    pub pending_reliable: i32,
    pub sent_unacked_reliable: i32,
    pub reserved: i32,
}

impl From<&Lane> for GnLane {
    fn from(lane: &Lane) -> Self {
        Self {
            queue_time: known(lane.queue_us as f64, 1e-6),
            pending_unreliable: lane.pending_unreliable,
            pending_reliable: lane.pending_reliable,
            sent_unacked_reliable: lane.sent_unacked_reliable,
            reserved: 0,
        }
    }
}

/// Writes how a connection and its first `count` lanes do; 1 if there is such a connection.
///
/// # Safety
/// `status` points to a writable `GnRealTime`, `lanes` has room for `count`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_real_time_lanes(
    connection: u32,
    status: *mut GnRealTime,
    lanes: *mut GnLane,
    count: usize,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (status, lanes) = unsafe { (borrow_mut(status, "status")?, slice_mut(lanes, count, "lanes")?) };
        let found = library.real_time_lanes(connection, count)?;
        let exists = found.is_some();
        let (now, rows) = found.unwrap_or_default();
        *status = now.into();
        for (to, from) in lanes.iter_mut().zip(&rows) {
            *to = from.into();
        }
        Ok(exists.into())
    })
}

/// Writes what is known about a connection.
///
/// # Safety
/// `info` points to a writable `GnInfo`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_info(connection: u32, info: *mut GnInfo) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let info = unsafe { borrow_mut(info, "info") }?;
        *info = (&library.told(connection)?).into();
        Ok(0)
    })
}

/// Writes several lines about a connection for a person; returns how long they are uncut.
///
/// # Safety
/// `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_detailed(connection: u32, buffer: *mut c_char, size: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let buffer = unsafe { slice_mut(buffer, size, "buffer") }?;
        Ok(write_text(&library.detailed(connection)?, buffer))
    })
}
