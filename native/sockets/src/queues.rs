//! What GameNetworkingSockets tells by callback, kept until somebody asks.
//!
//! Log lines come from any of its threads, status changes from the thread that runs the callbacks. All of them are only queued here: no callback
//! goes any further, so none ever enters Python. The queues are global because the library is, and because its callbacks carry no context.
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::ffi::{c_char, c_int, CStr};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::demands::words::about_a_proof;
use crate::info::{Change, Info};
use crate::raw::{self, level};
use crate::repeats::Repeats;

/// Log lines that are kept while nobody asks; then the oldest go.
const MOST_LOGS: usize = 4096;
/// Signals that are kept while nobody carries them, and their bytes; then the oldest go, of those to whom there are most: who makes us answer a
/// flood crowds out what is for nobody else.
const MOST_SIGNALS: usize = 4096;
const MOST_SIGNAL_BYTES: usize = 4 << 20;

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

/// What one peer has to say to another before they have a way to each other. Somebody has to carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Ours that it is about; 0 when it refuses one that never came to be.
    pub connection: u32,
    /// Whom it is for, as in `str:bob`.
    pub to: String,
    pub data: Vec<u8>,
}

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

/// How much our caller wants to hear; it decides about lines of Valve's `Message` level alone (see `set_log_level`).
static LOG_LEVEL: AtomicI32 = AtomicI32::new(0);

/// Words about proofs that are kept; then the oldest go.
const MOST_WORDS: usize = 256;

/// The library's words about the proofs of connections.
static WORDS: Mutex<VecDeque<(u32, String)>> = Mutex::new(VecDeque::new());

fn words() -> MutexGuard<'static, VecDeque<(u32, String)>> {
    WORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lines of Valve's `Message` level are queued from now on only if `level` reaches that far: the library may say them for the sake of
/// `words` alone. Finer lines come from single connections that were told so, and are always queued.
pub fn set_log_level(level: i32) {
    LOG_LEVEL.store(level, Ordering::Relaxed);
}

pub fn log_level() -> i32 {
    LOG_LEVEL.load(Ordering::Relaxed)
}

/// What the library said last about the proof of `connection`.
pub fn words_about(connection: u32) -> Option<String> {
    words().iter().rev().find(|(of, _)| *of == connection).map(|(_, said)| said.clone())
}

/// Queues a change of our readiness to authenticate, if there is one.
pub fn tell(change: Option<AuthChange>) {
    queues().auths.extend(change);
}

/// Signals that wait to be carried, with their bytes in all, and how many had to go.
#[derive(Debug)]
struct Outbox {
    signals: VecDeque<Signal>,
    /// By whom they are for, and in all.
    to: BTreeMap<String, usize>,
    bytes: usize,
    lost: u32,
}

/// Bytes that a signal takes, and a little for the signal itself.
fn weight(signal: &Signal) -> usize {
    signal.data.len() + 1
}

impl Outbox {
    const fn new() -> Self {
        Self { signals: VecDeque::new(), to: BTreeMap::new(), bytes: 0, lost: 0 }
    }

    fn push(&mut self, signal: Signal) {
        self.bytes += weight(&signal);
        *self.to.entry(signal.to.clone()).or_default() += weight(&signal);
        self.signals.push_back(signal);
        while self.signals.len() > MOST_SIGNALS || self.bytes > MOST_SIGNAL_BYTES {
            self.drop_one();
        }
    }

    fn drop_one(&mut self) {
        let most = self.to.iter().max_by_key(|(_, bytes)| **bytes).map(|(to, _)| to);
        let place = self.signals.iter().position(|signal| Some(&signal.to) == most).unwrap_or(0);
        let Some(dropped) = self.signals.remove(place) else { return };
        self.bytes -= weight(&dropped);
        self.lost += 1;
        match self.to.get_mut(&dropped.to) {
            Some(bytes) if *bytes > weight(&dropped) => *bytes -= weight(&dropped),
            _ => drop(self.to.remove(&dropped.to)),
        }
    }

    fn take(&mut self) -> Vec<Signal> {
        self.bytes = 0;
        self.to.clear();
        std::mem::take(&mut self.signals).into()
    }
}

static OUTBOX: Mutex<Outbox> = Mutex::new(Outbox::new());

fn outbox() -> MutexGuard<'static, Outbox> {
    OUTBOX.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes everything that was queued but the signals; that some of those were lost is a log line.
pub fn drain() -> Events {
    let lost = std::mem::take(&mut outbox().lost);
    if lost > 0 {
        say(
            level::WARNING,
            format!("{lost} P2P signals were lost because nobody took them: call signals() each frame"),
        );
    }
    let counted = repeats().due(Instant::now());
    keep_all(counted.into_iter().map(|text| Log { level: level::WARNING, text }));
    std::mem::take(&mut *queues())
}

/// Takes the signals, oldest first.
pub fn drain_signals() -> Vec<Signal> {
    outbox().take()
}

pub fn push_signal(signal: Signal) {
    outbox().push(signal);
}

/// Forgets all that is queued, signals too.
pub fn clear() {
    *outbox() = Outbox::new();
    *repeats() = Repeats::new();
    drain();
}

/// Queues a log line of our own.
pub fn say(level: i32, text: String) {
    keep([Log { level, text }]);
}

/// A line in which nothing can pass for another line or for a terminal's commands: names of strangers stand in it.
fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect::<String>().replace('\n', "\n    ")
}

/// Warnings and errors of this second.
static REPEATS: Mutex<Repeats> = Mutex::new(Repeats::new());

fn repeats() -> MutexGuard<'static, Repeats> {
    REPEATS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A warning, or None when there were many of its kind: then it is counted.
pub fn unless_repeated(text: String) -> Option<Log> {
    repeats().tells(&text, Instant::now()).then_some(Log { level: level::WARNING, text })
}

/// Queues log lines; of warnings and errors, some of a kind a second.
pub fn keep(logs: impl IntoIterator<Item = Log>) {
    let is_grave = |log: &Log| matches!(log.level, level::BUG | level::ERROR | level::WARNING);
    keep_all(logs.into_iter().filter(|log| !is_grave(log) || repeats().tells(&log.text, Instant::now())));
}

fn keep_all(logs: impl IntoIterator<Item = Log>) {
    let mut queues = queues();
    for mut log in logs {
        if log.text.chars().any(char::is_control) {
            log.text = harmless(&log.text);
        }
        if queues.logs.len() == MOST_LOGS {
            queues.logs.pop_front();
            queues.lost_logs += 1;
        }
        queues.logs.push_back(log);
    }
}

thread_local! {
    /// What this thread wants to hear itself: lines up to this level, and those so far.
    static HEARD: RefCell<Option<(i32, Vec<Log>)>> = const { RefCell::new(None) };
}

/// What `call` answers, and what the library says on this thread meanwhile, up to that level: those lines are not queued.
pub fn hearing<T>(level: i32, call: impl FnOnce() -> T) -> (T, Vec<Log>) {
    HEARD.with(|heard| *heard.borrow_mut() = Some((level, Vec::new())));
    let answer = call();
    let heard = HEARD.with(|heard| heard.borrow_mut().take());
    (answer, heard.map(|(_, logs)| logs).unwrap_or_default())
}

/// None when this thread wanted to hear it.
fn unheard(log: Log) -> Option<Log> {
    HEARD.with(|heard| match &mut *heard.borrow_mut() {
        Some((most, logs)) if log.level <= *most => {
            logs.push(log);
            None
        }
        _ => Some(log),
    })
}

/// Log lines as one.
pub fn joined(logs: &[Log]) -> String {
    match logs {
        [] => "GameNetworkingSockets does not say why".to_owned(),
        logs => logs.iter().map(|log| log.text.as_str()).collect::<Vec<_>>().join(" / "),
    }
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

/// A failed assertion names its source file; where that lay when the library was built is nobody's business.
fn without_path(text: String) -> String {
    match text.split_once("): ") {
        Some((place, _)) if place.starts_with("src/") && !place.contains(' ') => {
            text[place.rfind('/').map_or(0, |slash| slash + 1)..].to_owned()
        }
        _ => text,
    }
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
    if let Some((connection, said)) = about_a_proof(&text) {
        let mut words = words();
        while words.len() >= MOST_WORDS {
            words.pop_front();
        }
        words.push_back((connection, said.to_owned()));
    }
    let unheard = unheard(Log { level, text: without_path(text) });
    if level != level::MESSAGE || log_level() >= level::MESSAGE {
        keep(unheard);
    }
}

/// The queues, and the library, are one for all tests of this process.
#[cfg(test)]
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(number: usize, size: usize) -> Signal {
        Signal { connection: number as u32, to: "str:bob".to_owned(), data: vec![0; size] }
    }

    #[test]
    fn the_oldest_signals_go_when_there_are_too_many() {
        let mut outbox = Outbox::new();
        (0..MOST_SIGNALS + 3).for_each(|number| outbox.push(signal(number, 1)));
        assert_eq!((outbox.signals.len(), outbox.lost, outbox.bytes), (MOST_SIGNALS, 3, 2 * MOST_SIGNALS));
        assert_eq!(outbox.take()[0].connection, 3);
        assert_eq!((outbox.signals.len(), outbox.bytes), (0, 0));
    }

    #[test]
    fn the_oldest_signals_go_when_they_are_too_big() {
        let mut outbox = Outbox::new();
        (0..3).for_each(|number| outbox.push(signal(number, MOST_SIGNAL_BYTES / 2 - 1)));
        assert_eq!((outbox.signals.len(), outbox.lost, outbox.bytes), (2, 1, MOST_SIGNAL_BYTES));
    }

    #[test]
    fn a_flood_of_signals_for_one_peer_crowds_out_none_that_is_for_another() {
        let mut outbox = Outbox::new();
        outbox.push(Signal { to: "str:alice".to_owned(), ..signal(1, 100) });
        (0..2 * MOST_SIGNALS).for_each(|number| outbox.push(signal(number, 1)));
        assert_eq!((outbox.to.len(), outbox.lost as usize), (2, MOST_SIGNALS + 1));
        let kept = outbox.take();
        assert_eq!((kept[0].to.as_str(), kept.len()), ("str:alice", MOST_SIGNALS));
        assert_eq!(kept[1].connection as usize, MOST_SIGNALS + 1, "the oldest of the others went");
        assert!(outbox.to.is_empty());
    }

    #[test]
    fn lost_signals_are_told_once() {
        let _alone = alone();
        clear();
        (0..MOST_SIGNALS + 2).for_each(|number| push_signal(signal(number, 1)));
        let logs = drain().logs;
        assert_eq!(logs.len(), 1);
        assert!(logs[0].text.starts_with("2 P2P signals were lost"), "{logs:?}");
        assert_eq!((drain().logs.len(), drain_signals().len()), (0, MOST_SIGNALS));
    }

    #[test]
    fn words_about_a_certificate_are_kept_of_a_line_that_nobody_wants_to_hear() {
        let _alone = alone();
        let line = c"[#9 UDP str:bob@127.0.0.1:9] Ignore cert failure (CA key 7 is not known to us)  Connection is not secure.";
        for (wanted, heard) in [(level::WARNING, 0), (level::MESSAGE, 1)] {
            clear();
            set_log_level(wanted);
            // SAFETY: the text is zero-terminated.
            unsafe { on_log(level::MESSAGE, line.as_ptr()) };
            assert_eq!(drain().logs.len(), heard);
            assert_eq!(words_about(9).as_deref(), Some("CA key 7 is not known to us"));
        }
        for connection in 0..1000 {
            let line = format!("[#{connection} UDP] Ignore cert failure (a)  Connection is not secure.");
            let line = std::ffi::CString::new(line).unwrap();
            // SAFETY: as above.
            unsafe { on_log(level::MESSAGE, line.as_ptr()) };
        }
        assert_eq!((words_about(1), words().len()), (None, MOST_WORDS), "the oldest go");
        clear();
    }

    #[test]
    fn a_call_hears_what_is_said_on_its_thread_and_only_as_much_as_it_wants() {
        let _alone = alone();
        let ((), heard) = hearing(level::ERROR, || {
            // SAFETY: zero-terminated texts.
            unsafe {
                on_log(level::ERROR, c"no".as_ptr());
                on_log(level::WARNING, c"mind".as_ptr());
            }
        });
        assert_eq!(joined(&heard), "no");
        assert!(queues().logs.iter().any(|log| log.text == "mind") && HEARD.with(|heard| heard.borrow().is_none()));
    }
}
