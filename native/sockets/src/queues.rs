//! What GameNetworkingSockets tells by callback, kept until somebody asks.
//!
//! Log lines come from any of its threads, status changes from the thread that runs the callbacks. All of them are only queued here: no callback
//! goes any further, so none ever enters Python. The queues are global because the library is, and because its callbacks carry no context.
use std::collections::VecDeque;
use std::ffi::{c_char, c_int, CStr};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::info::{Change, Info};
use crate::raw;
use crate::strict::let_pass;

/// Log lines that are kept while nobody asks; then the oldest go.
const MOST_LOGS: usize = 4096;

/// A change of our readiness to authenticate.
#[derive(Debug, Clone)]
pub struct AuthChange {
    pub status: i32,
    pub debug: String,
}

/// One log line with Valve's level (1 bug … 8 everything).
#[derive(Debug, Clone)]
pub struct Log {
    pub level: i32,
    pub text: String,
}

/// Two of Valve's log levels.
pub const WARNING: i32 = 4;
pub const MESSAGE: i32 = 5;

/// What was queued since the last time.
#[derive(Debug, Default)]
pub struct Events {
    pub changes: Vec<Change>,
    pub auths: Vec<AuthChange>,
    pub logs: VecDeque<Log>,
    /// Log lines that had to go because nobody asked for them.
    pub lost_logs: u32,
}

static QUEUES: Mutex<Events> =
    Mutex::new(Events { changes: Vec::new(), auths: Vec::new(), logs: VecDeque::new(), lost_logs: 0 });

fn queues() -> MutexGuard<'static, Events> {
    QUEUES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Log lines above this level are let go.
static LOG_LEVEL: AtomicI32 = AtomicI32::new(0);

/// Lines about certificates that are kept until they are asked for; then the oldest go.
const MOST_WORDS: usize = 256;

/// The library's words about certificates that it let pass, by connection.
static WORDS: Mutex<VecDeque<(u32, String)>> = Mutex::new(VecDeque::new());

fn words() -> MutexGuard<'static, VecDeque<(u32, String)>> {
    WORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Remembers up to which level log lines were asked for; the library may say more, for `words`.
pub fn set_log_level(level: i32) {
    LOG_LEVEL.store(level, Ordering::Relaxed);
}

pub fn log_level() -> i32 {
    LOG_LEVEL.load(Ordering::Relaxed)
}

/// What the library said about the certificate of `connection`, once.
pub fn take_words(connection: u32) -> Option<String> {
    let mut words = words();
    let at = words.iter().rposition(|(of, _)| *of == connection)?;
    words.remove(at).map(|(_, said)| said)
}

/// Queues a change of our readiness to authenticate, if there is one.
pub fn tell(change: Option<AuthChange>) {
    queues().auths.extend(change);
}

/// Takes everything that was queued.
pub fn drain() -> Events {
    std::mem::take(&mut *queues())
}

/// Queues a status change.
///
/// # Safety
/// Called by the library alone, with a pointer that is valid during the call.
pub unsafe extern "C" fn on_status_changed(change: *mut raw::StatusChanged) {
    // SAFETY: the library passes a complete record; only integers and bytes are read from it, through pointers.
    let change = unsafe {
        Change {
            connection: (*change).m_hConn,
            old_state: raw::int_at(&raw const (*change).m_eOldState),
            info: Info::read(&raw const (*change).m_info),
        }
    };
    queues().changes.push(change);
}

/// Queues an authentication change.
///
/// # Safety
/// Called by the library alone, with a pointer that is valid during the call.
pub unsafe extern "C" fn on_auth_changed(status: *mut raw::AuthStatus) {
    // SAFETY: the library passes a complete record; the level is read as an integer and the text as bytes.
    let change = unsafe {
        AuthChange { status: raw::int_at(&raw const (*status).m_eAvail), debug: raw::text(&(*status).m_debugMsg) }
    };
    queues().auths.push(change);
}

/// Queues a log line.
///
/// # Safety
/// Called by the library alone, from any thread, with a zero-terminated text.
pub unsafe extern "C" fn on_log(level: c_int, text: *const c_char) {
    if text.is_null() {
        return;
    }
    // SAFETY: not null, and zero-terminated as the library promises.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy().trim_end().to_owned();
    if let Some((connection, said)) = let_pass(&text) {
        let mut words = words();
        while words.len() >= MOST_WORDS {
            words.pop_front();
        }
        words.push_back((connection, said.to_owned()));
    }
    let mut queues = queues();
    if queues.logs.len() == MOST_LOGS {
        queues.logs.pop_front();
        queues.lost_logs += 1;
    }
    queues.logs.push_back(Log { level, text });
}
