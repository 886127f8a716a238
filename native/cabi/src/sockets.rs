//! `gn_sockets_*`: GameNetworkingSockets, one function of the boundary for each that `gamenet.sockets` needs.
//!
//! The library is one per process and lives here. What a call hands out through pointers (events, received messages) belongs to the calling
//! thread and stays until that thread's next call of the same function.
use std::cell::RefCell;
use std::ffi::{c_char, CString};
use std::ptr::null;
use std::sync::{PoisonError, RwLock};

use gamenet_sockets::config::{Scope, Setting, Value};
use gamenet_sockets::{raw, Batch, Change, Error, Events, Info, Library, Log, Opening, Outgoing, RealTime, Source};

use crate::guard::{
    borrow, borrow_mut, guard, slice, slice_mut, text, Fault, GN_E_ARGUMENT, GN_E_CLOSED, GN_E_HANDLE, GN_E_IN_USE,
    GN_E_OPEN, GN_E_REFUSED,
};

static LIBRARY: RwLock<Option<Library>> = RwLock::new(None);

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::AlreadyOpen => GN_E_OPEN,
            Error::UnknownHandle { .. } => GN_E_HANDLE,
            Error::AddressInUse(_) => GN_E_IN_USE,
            Error::Refused(_) => GN_E_REFUSED,
            Error::Argument(_) => GN_E_ARGUMENT,
        };
        Self::new(code, error.to_string())
    }
}

/// `guard` for what needs the library open.
fn guard_open(work: impl FnOnce(&Library) -> Result<i64, Fault>) -> i64 {
    guard(|| {
        let library = LIBRARY.read().unwrap_or_else(PoisonError::into_inner);
        work(library.as_ref().ok_or_else(|| Fault::new(GN_E_CLOSED, "GameNetworkingSockets is not open"))?)
    })
}

/// `from` in a C array, cut to fit and ended by a zero.
fn copy_text<const N: usize>(from: &str, to: &mut [c_char; N]) {
    to.fill(0);
    for (to, from) in to[..N - 1].iter_mut().zip(from.bytes()) {
        *to = from as c_char;
    }
}

/// `from` in a buffer of the caller, cut to fit and ended by a zero; the length that it has uncut.
fn write_text(from: &str, to: &mut [c_char]) -> i64 {
    if let Some(most) = to.len().checked_sub(1) {
        let length = from.len().min(most);
        for (to, from) in to.iter_mut().zip(from.bytes().take(length)) {
            *to = from as c_char;
        }
        to[length] = 0;
    }
    from.len() as i64
}

// --- Opening and closing -------------------------------------------------------------------------------------------------

/// Opens the library. `identity` may be empty; `now` is the caller's monotonic clock in seconds, which receive times are given on.
///
/// # Safety
/// `identity` is a zero-terminated string.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_open(identity: *const c_char, log_level: i32, now: f64) -> i64 {
    guard(|| {
        // SAFETY: our caller's promise.
        let identity = unsafe { text(identity, "identity") }?;
        let mut library = LIBRARY.write().unwrap_or_else(PoisonError::into_inner);
        if library.is_some() {
            return Err(Error::AlreadyOpen.into());
        }
        *library = Some(Library::open(&Opening { identity, log_level, now })?);
        Ok(0)
    })
}

/// Closes the library and all that it made; 1 if it was open.
#[no_mangle]
pub extern "C" fn gn_sockets_close() -> i64 {
    guard(|| Ok(LIBRARY.write().unwrap_or_else(PoisonError::into_inner).take().is_some().into()))
}

/// Log lines up to this of Valve's levels (0 none … 8 everything) are queued from now on.
#[no_mangle]
pub extern "C" fn gn_sockets_set_log_level(level: i32) -> i64 {
    guard_open(|library| {
        library.set_log_level(level);
        Ok(0)
    })
}

// --- Events --------------------------------------------------------------------------------------------------------------

/// What is known about a connection. Texts end with a zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct GnInfo {
    pub identity: [c_char; 160],
    pub address: [c_char; 64],
    pub description: [c_char; 128],
    pub debug: [c_char; 128],
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

/// A connection went from `old_state` to `info.state`.
#[repr(C)]
pub struct GnChange {
    pub connection: u32,
    pub old_state: i32,
    pub info: GnInfo,
}

impl From<&Change> for GnChange {
    fn from(change: &Change) -> Self {
        Self { connection: change.connection, old_state: change.old_state, info: (&change.info).into() }
    }
}

/// Our readiness to authenticate changed.
#[repr(C)]
pub struct GnAuth {
    pub status: i32,
    pub debug: [c_char; 256],
}

/// A log line with Valve's level.
#[repr(C)]
pub struct GnLog {
    pub level: i32,
    pub text: *const c_char,
}

/// What happened since the last call.
#[repr(C)]
pub struct GnEvents {
    pub changes: *const GnChange,
    pub auths: *const GnAuth,
    pub logs: *const GnLog,
    pub change_count: u32,
    pub auth_count: u32,
    pub log_count: u32,
    /// Log lines that were dropped because nobody asked for too long.
    pub lost_logs: u32,
}

/// The memory behind a `GnEvents`.
#[derive(Default)]
struct Told {
    changes: Vec<GnChange>,
    auths: Vec<GnAuth>,
    logs: Vec<GnLog>,
    texts: Vec<CString>,
    lost_logs: u32,
}

impl From<Events> for Told {
    fn from(events: Events) -> Self {
        let c_text = |log: &Log| CString::new(log.text.replace('\0', " ")).unwrap_or_default();
        let texts: Vec<CString> = events.logs.iter().map(c_text).collect();
        let logs =
            events.logs.iter().zip(&texts).map(|(log, text)| GnLog { level: log.level, text: text.as_ptr() }).collect();
        let auths = events.auths.iter().map(|auth| {
            let mut out = GnAuth { status: auth.status, debug: [0; 256] };
            copy_text(&auth.debug, &mut out.debug);
            out
        });
        Self {
            changes: events.changes.iter().map(GnChange::from).collect(),
            auths: auths.collect(),
            logs,
            texts,
            lost_logs: events.lost_logs,
        }
    }
}

impl Told {
    fn show(&self) -> GnEvents {
        debug_assert_eq!(self.logs.len(), self.texts.len());
        GnEvents {
            changes: self.changes.as_ptr(),
            auths: self.auths.as_ptr(),
            logs: self.logs.as_ptr(),
            change_count: self.changes.len() as u32,
            auth_count: self.auths.len() as u32,
            log_count: self.logs.len() as u32,
            lost_logs: self.lost_logs,
        }
    }
}

thread_local! {
    static TOLD: RefCell<Told> = RefCell::default();
    static BATCH: RefCell<Batch> = RefCell::default();
}

/// Runs the library's callbacks and gives what they said, with all log lines. Returns how many things that is.
///
/// # Safety
/// `events` points to a writable `GnEvents`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_run_callbacks(events: *mut GnEvents) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let events = unsafe { borrow_mut(events, "events") }?;
        let told = Told::from(library.run_callbacks());
        *events = TOLD.with(|kept| {
            let mut kept = kept.borrow_mut();
            *kept = told;
            kept.show()
        });
        Ok(i64::from(events.change_count) + i64::from(events.auth_count) + i64::from(events.log_count))
    })
}

// --- Options -------------------------------------------------------------------------------------------------------------

/// A value to start with: `kind` 1 takes `integer`, 3 `real`, 4 `text`.
#[repr(C)]
pub struct GnSetting {
    pub id: i32,
    pub kind: i32,
    pub integer: i32,
    pub real: f32,
    pub text: *const c_char,
}

/// An option that exists: its number, what it holds (`kind` as in `GnSetting`) and Valve's name.
#[repr(C)]
pub struct GnOption {
    pub id: i32,
    pub kind: i32,
    pub name: [c_char; 64],
}

impl GnSetting {
    /// # Safety
    /// `text` is zero-terminated when the kind says that it is used.
    unsafe fn read(&self) -> Result<Setting, Fault> {
        let value = match self.kind {
            raw::kind::INT32 => Value::Int(self.integer),
            raw::kind::FLOAT => Value::Float(self.real),
            // SAFETY: our caller's promise; `CString::new` cannot find a zero in what ended at the first one.
            raw::kind::STRING => Value::Text(CString::new(unsafe { text(self.text, "text") }?).unwrap_or_default()),
            other => return Err(Fault::argument(format!("no option holds kind {other}"))),
        };
        Ok(Setting { id: self.id, value })
    }
}

/// # Safety
/// As [`slice`], and each setting's text as in [`GnSetting::read`].
unsafe fn settings(settings: *const GnSetting, count: usize) -> Result<Vec<Setting>, Fault> {
    // SAFETY: our caller's promise.
    unsafe { slice(settings, count, "settings")?.iter().map(|setting| setting.read()).collect() }
}

/// Connection 0 stands for the whole library.
const fn scope(connection: u32) -> Scope {
    match connection {
        0 => Scope::Global,
        handle => Scope::Connection(handle),
    }
}

/// Writes the options that exist, at most `count`; returns how many there are.
///
/// # Safety
/// `options` has room for `count`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_options(options: *mut GnOption, count: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let options = unsafe { slice_mut(options, count, "options") }?;
        let described = library.options();
        for (to, from) in options.iter_mut().zip(&described) {
            *to = GnOption { id: from.id, kind: from.kind, name: [0; 64] };
            copy_text(&from.name, &mut to.name);
        }
        Ok(described.len() as i64)
    })
}

/// Sets an option of a connection, or with connection 0 the default for all.
///
/// # Safety
/// `setting` points to a setting as `GnSetting` says.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_set_option(connection: u32, setting: *const GnSetting) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let setting = unsafe { borrow(setting, "setting")?.read() }?;
        library.set_option(scope(connection), &setting)?;
        Ok(0)
    })
}

/// Reads an option of a connection, or with connection 0 the default: fills `setting` and, for a text, `buffer`.
///
/// # Safety
/// `setting` points to a writable setting, `buffer` to `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_get_option(
    connection: u32,
    id: i32,
    setting: *mut GnSetting,
    buffer: *mut c_char,
    size: usize,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (setting, buffer) = unsafe { (borrow_mut(setting, "setting")?, slice_mut(buffer, size, "buffer")?) };
        let value = library.option(scope(connection), id)?;
        *setting = GnSetting { id, kind: value.kind(), integer: 0, real: 0.0, text: null() };
        match value {
            Value::Int(integer) => setting.integer = integer,
            Value::Float(real) => setting.real = real,
            Value::Text(text) => {
                write_text(&text.to_string_lossy(), buffer);
            }
        }
        Ok(0)
    })
}

// --- Listening and connecting ----------------------------------------------------------------------------------------------

fn parse_address(address: &str) -> Result<std::net::SocketAddr, Fault> {
    address.parse().map_err(|_| Fault::argument(format!("{address:?} is no address")))
}

/// Listens on `address` (`ip:port`, port 0 for one of the system's choice) and returns the listen socket.
///
/// # Safety
/// `address` is zero-terminated, `options` has `count` settings.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_listen(address: *const c_char, options: *const GnSetting, count: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (address, settings) = unsafe { (text(address, "address")?, settings(options, count)?) };
        Ok(library.listen(parse_address(address)?, &settings)?.into())
    })
}

/// Writes where a listen socket is bound, as `ip:port`.
///
/// # Safety
/// `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_listen_address(listen: u32, buffer: *mut c_char, size: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let buffer = unsafe { slice_mut(buffer, size, "buffer") }?;
        Ok(write_text(&library.listen_address(listen)?.to_string(), buffer))
    })
}

/// Destroys a listen socket and the connections that came in on it; 1 if there was one.
#[no_mangle]
pub extern "C" fn gn_sockets_close_listen_socket(listen: u32) -> i64 {
    guard_open(|library| Ok(library.close_listen_socket(listen).into()))
}

/// Begins to connect to `address` (`ip:port`) and returns the connection.
///
/// # Safety
/// `address` is zero-terminated, `options` has `count` settings.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_connect(address: *const c_char, options: *const GnSetting, count: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (address, settings) = unsafe { (text(address, "address")?, settings(options, count)?) };
        Ok(library.connect(parse_address(address)?, &settings)?.into())
    })
}

/// Accepts a connection that is coming in; an `EResult`.
#[no_mangle]
pub extern "C" fn gn_sockets_accept(connection: u32) -> i64 {
    guard_open(|library| Ok(library.accept(connection).into()))
}

/// Closes a connection; 1 if there was one.
///
/// # Safety
/// `debug` is zero-terminated.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_close_connection(
    connection: u32,
    reason: i32,
    debug: *const c_char,
    linger: bool,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let debug = unsafe { text(debug, "debug") }?;
        Ok(library.close(connection, reason, debug, linger).into())
    })
}

/// Makes two connections to each other, through buffers or through the machine's network.
///
/// # Safety
/// `connections` has room for two.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_pair(through_network: bool, connections: *mut u32) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let connections = unsafe { slice_mut(connections, 2, "connections") }?;
        let (one, other) = library.socket_pair(through_network)?;
        connections.copy_from_slice(&[one, other]);
        Ok(0)
    })
}

/// Names a connection for log lines and descriptions.
///
/// # Safety
/// `name` is zero-terminated.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_set_name(connection: u32, name: *const c_char) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        library.set_name(connection, unsafe { text(name, "name") }?)?;
        Ok(0)
    })
}

/// Writes a connection's name.
///
/// # Safety
/// `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_name(connection: u32, buffer: *mut c_char, size: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let buffer = unsafe { slice_mut(buffer, size, "buffer") }?;
        Ok(write_text(&library.name(connection)?, buffer))
    })
}

/// Splits what a connection sends into `count` lanes with a priority and a weight each; an `EResult`.
///
/// # Safety
/// Both arrays have `count` items.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_configure_lanes(
    connection: u32,
    priorities: *const i32,
    weights: *const u16,
    count: usize,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (priorities, weights) =
            unsafe { (slice(priorities, count, "priorities")?, slice(weights, count, "weights")?) };
        Ok(library.configure_lanes(connection, priorities, weights).into())
    })
}

// --- Messages --------------------------------------------------------------------------------------------------------------

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

// --- Poll groups -----------------------------------------------------------------------------------------------------------

/// Makes a poll group and returns it.
#[no_mangle]
pub extern "C" fn gn_sockets_create_poll_group() -> i64 {
    guard_open(|library| Ok(library.create_poll_group()?.into()))
}

/// Destroys a poll group; 1 if there was one.
#[no_mangle]
pub extern "C" fn gn_sockets_destroy_poll_group(group: u32) -> i64 {
    guard_open(|library| Ok(library.destroy_poll_group(group).into()))
}

/// Puts a connection into a poll group, or with group 0 into none; 1 if both exist.
#[no_mangle]
pub extern "C" fn gn_sockets_set_poll_group(connection: u32, group: u32) -> i64 {
    guard_open(|library| Ok(library.set_poll_group(connection, group).into()))
}

// --- Knowing ---------------------------------------------------------------------------------------------------------------

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

/// Writes what is known about a connection.
///
/// # Safety
/// `info` points to a writable `GnInfo`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_info(connection: u32, info: *mut GnInfo) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let info = unsafe { borrow_mut(info, "info") }?;
        *info = (&library.info(connection)?).into();
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

/// Writes our own identity; 0 when we have none.
///
/// # Safety
/// `buffer` has `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_identity(buffer: *mut c_char, size: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let buffer = unsafe { slice_mut(buffer, size, "buffer") }?;
        Ok(library.identity().map_or(0, |identity| write_text(&identity, buffer)))
    })
}

/// Begins to become able to authenticate and writes the status.
///
/// # Safety
/// `auth` points to a writable `GnAuth`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_init_authentication(auth: *mut GnAuth) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let auth = unsafe { borrow_mut(auth, "auth") }?;
        library.init_authentication();
        write_auth(library, auth);
        Ok(0)
    })
}

/// Writes how ready we are to authenticate.
///
/// # Safety
/// `auth` points to a writable `GnAuth`.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_authentication(auth: *mut GnAuth) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        write_auth(library, unsafe { borrow_mut(auth, "auth") }?);
        Ok(0)
    })
}

fn write_auth(library: &Library, auth: &mut GnAuth) {
    let (status, debug) = library.authentication_status();
    auth.status = status;
    copy_text(&debug, &mut auth.debug);
}
