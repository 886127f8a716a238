//! Connections from peer to peer, and the signals that somebody else carries for them.
use std::cell::RefCell;
use std::ffi::{c_char, CString};
use std::ptr::null;

use gamenet_sockets::{Error, Signal};

use super::guard_open;
use super::options::{settings, GnSetting};
use crate::guard::{borrow_mut, slice, text};
use crate::latest::Latest;

/// Listens on a virtual port for who connects to our identity, and returns the listen socket.
///
/// # Safety
/// `options` has `count` settings.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_listen_p2p(virtual_port: i32, options: *const GnSetting, count: usize) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let settings = unsafe { settings(options, count) }?;
        Ok(library.listen_p2p(virtual_port, &settings)?.into())
    })
}

/// Begins to connect to `identity` (`str:bob`) on a virtual port of theirs, and returns the connection.
/// When a symmetric connection to them is in the way, `existing` says which.
///
/// # Safety
/// `identity` is zero-terminated, `options` has `count` settings, `existing` is writable.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_connect_p2p(
    identity: *const c_char,
    virtual_port: i32,
    options: *const GnSetting,
    count: usize,
    existing: *mut u32,
) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (identity, settings, existing) =
            unsafe { (text(identity, "identity")?, settings(options, count)?, borrow_mut(existing, "existing")?) };
        *existing = 0;
        let made = library.connect_p2p(identity, virtual_port, &settings);
        if let Err(Error::AlreadyConnected { connection, .. }) = &made {
            *existing = *connection;
        }
        Ok(made?.into())
    })
}

/// What somebody is to carry to `to` (`str:bob`); it is about `connection`, or 0 when it refuses one that never came to be.
#[repr(C)]
pub struct GnSignal {
    pub connection: u32,
    pub size: u32,
    pub data: *const u8,
    pub to: *const c_char,
}

/// The memory behind the signals that were given out last.
#[derive(Default)]
struct Given {
    signals: Vec<Signal>,
    texts: Vec<CString>,
    rows: Vec<GnSignal>,
}

impl From<Vec<Signal>> for Given {
    fn from(signals: Vec<Signal>) -> Self {
        let texts: Vec<CString> =
            signals.iter().map(|signal| CString::new(signal.to.as_str()).unwrap_or_default()).collect();
        let row = |(signal, to): (&Signal, &CString)| GnSignal {
            connection: signal.connection,
            size: signal.data.len() as u32,
            data: signal.data.as_ptr(),
            to: to.as_ptr(),
        };
        let rows = signals.iter().zip(&texts).map(row).collect();
        Self { signals, texts, rows }
    }
}

thread_local! {
    static GIVEN: RefCell<Latest<Given>> = RefCell::default();
}

/// Takes the signals that wait to be carried, oldest first; returns how many.
///
/// # Safety
/// `signals` points to a writable pointer.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_signals(signals: *mut *const GnSignal) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let signals = unsafe { borrow_mut(signals, "signals") }?;
        let taken = library.signals();
        GIVEN.with(|latest| {
            let mut given = Latest::next(latest);
            *given = taken.into();
            debug_assert!(given.signals.len() == given.rows.len() && given.texts.len() == given.rows.len());
            *signals = if given.rows.is_empty() { null() } else { given.rows.as_ptr() };
            Ok(given.rows.len() as i64)
        })
    })
}

/// Takes a signal from another peer: 1 when the library did, 0 when it was refused, which a log line tells.
/// `sender` is who brought it says that it is from; null when that is not known.
///
/// # Safety
/// `data` has `size` bytes, `sender` is null or zero-terminated.
#[no_mangle]
pub unsafe extern "C" fn gn_sockets_receive_signal(data: *const u8, size: usize, sender: *const c_char) -> i64 {
    guard_open(|library| {
        // SAFETY: our caller's promise.
        let (data, sender) = unsafe {
            (slice(data, size, "data")?, if sender.is_null() { None } else { Some(text(sender, "sender")?) })
        };
        Ok(library.receive_signal(data, sender)?.into())
    })
}
