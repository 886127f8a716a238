//! What happened: connections that changed, our readiness to authenticate, log lines.
use std::cell::RefCell;
use std::ffi::{c_char, CString};

use gamenet_sockets::{Change, Events, Log};

use super::status::GnInfo;
use super::{copy_text, guard_open};
use crate::guard::borrow_mut;
use crate::latest::Latest;

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
    static TOLD: RefCell<Latest<Told>> = RefCell::default();
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
        *events = TOLD.with(|latest| {
            let mut kept = Latest::next(latest);
            *kept = told;
            kept.show()
        });
        Ok(i64::from(events.change_count) + i64::from(events.auth_count) + i64::from(events.log_count))
    })
}
