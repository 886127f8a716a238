//! The C boundary under random arguments: whatever is passed, as long as it is memory, a call gives a value or a fault, never a panic or a crash.
//!
//! A run is told by its seed and the number of its calls: `GAMENET_FUZZ=5000000 GAMENET_FUZZ_SEED=7 cargo test --release -p gamenet-cabi --test fuzz`
//! makes longer and other ones. `./dev asan` makes one under AddressSanitizer, which also sees what only happens to go well.
mod codec;
mod dice;
mod sockets;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::CStr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use dice::Dice;
use gamenet_native::guard::{gn_last_error, GN_E_PANIC};
use gamenet_native::sockets::connections::*;
use gamenet_native::sockets::events::*;
use gamenet_native::sockets::messages::*;
use gamenet_native::sockets::options::*;
use gamenet_native::sockets::*;
use sockets::Handles;

/// Calls that a round has before the library is closed and opened anew.
const ROUND: u64 = 20_000;
/// What GameNetworkingSockets 1.6 says in its log as if it were a bug, and is none or does no harm.
const KNOWN: [&str; 13] = [
    // Nobody pumped around the second in which a certificate ended (`proof.rs` notices in time only who pumps); the connection comes to nothing.
    "Cert already invalid / expired?",
    "Need a cert authority!",
    "steamnetworkingsockets_connections.cpp(1176): Assertion Failed: false",
    // The caller's mistake; the call is refused.
    "Invalid lane",
    // An empty unreliable message beside other lanes; it is sent.
    "m_cbCurrentSendMessageSent < pNextMsg->m_cbSize",
    // More lanes while messages wait; it mends their links itself.
    "Assertion Failed: m_messagesQueued.empty()",
    // A socket was closed before its thread looked at it for the first time; it goes then.
    "Assertion Failed: pSock->m_callback.m_fnCallback",
    // A pair in symmetric mode, or with other names than the certificate's; the call is refused.
    " socket pair.  ",
    // We did not, indeed.
    "Application didn't accept or close incoming connection",
    // Signals that were changed on their way contradict each other; it notices and goes on.
    "steamnetworkingsockets_p2p",
    "steamnetworkingsockets_ice_client",
    // A busy machine.
    "service thread waited",
    // ConnectionUserData set as an option.
    "Lock 'global' not held",
];
/// What a fault says, a panic on purpose, and what is only for the child of a fork.
const NOT_FUZZED: [&str; 3] = ["gn_last_error", "gn_panic", "gn_sockets_left_behind"];

fn wanted(variable: &str, usual: u64) -> u64 {
    env::var(variable).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

fn last_error() -> String {
    // SAFETY: it is never null and lives until this thread's next fault.
    unsafe { CStr::from_ptr(gn_last_error()) }.to_string_lossy().into_owned()
}

/// How often each call gave a value, and how often a fault.
type Tally = BTreeMap<&'static str, [u64; 2]>;

fn judge(tally: &mut Tally, seed: u64, step: u64, name: &'static str, code: i64) {
    assert_ne!(code, GN_E_PANIC, "{name} panicked in step {step} of seed {seed}: {}", last_error());
    tally.entry(name).or_default()[usize::from(code < 0)] += 1;
}

#[test]
fn no_exported_function_is_left_out() {
    let header = include_str!("../../gamenet.h");
    let declared = header.lines().filter(|line| !line.starts_with("//")).filter_map(|line| {
        let (before, _) = line.split_once('(')?;
        before.rsplit([' ', '*']).next().filter(|name| name.starts_with("gn_"))
    });
    let fuzzed = sockets::CALLS.iter().map(|(name, _)| *name).chain(codec::CALLS.iter().map(|(name, _)| *name));
    assert_eq!(fuzzed.chain(NOT_FUZZED).collect::<BTreeSet<_>>(), declared.collect::<BTreeSet<_>>());
}

#[test]
fn codecs_take_whatever_is_memory() {
    let (calls, seed) = (wanted("GAMENET_FUZZ", 150_000), wanted("GAMENET_FUZZ_SEED", 1));
    let (mut caller, mut tally) = (codec::Caller::new(seed), Tally::new());
    for step in 0..calls {
        let place = caller.dice.roll(codec::CALLS.len() as u64) as usize;
        let (name, call) = codec::CALLS[place];
        judge(&mut tally, seed, step, name, call(&mut caller));
    }
    caller.tidy(0);
    let never_refuse = ["gn_codec_decoder_free", "gn_codec_encoder_free", "gn_codec_format_free"];
    assert_both_ways_were_seen(&tally, &never_refuse);
}

#[test]
fn sockets_take_whatever_is_memory_and_work_when_it_is_over() {
    let (calls, seed) = (wanted("GAMENET_FUZZ", 150_000), wanted("GAMENET_FUZZ_SEED", 1));
    let mut tally = Tally::new();
    for round in 0..calls.div_ceil(ROUND) {
        open();
        let handles = Mutex::default();
        match round % 3 {
            2 => std::thread::scope(|scope| {
                let runs = [1, 2].map(|thread| {
                    scope.spawn({
                        let handles = &handles;
                        move || run(seed ^ (round << 32) ^ (thread << 48), ROUND / 2, handles, false)
                    })
                });
                runs.into_iter().for_each(|run| merge(&mut tally, run.join().expect("it did not panic")));
            }),
            _ => merge(&mut tally, run(seed ^ (round << 32), ROUND.min(calls), &handles, true)),
        }
        assert_eq!(gn_sockets_close(), 1);
    }
    a_message_arrives();
    let never_refuse = [
        "gn_sockets_accept",
        "gn_sockets_authority_destroy",
        "gn_sockets_close",
        "gn_sockets_close_listen_socket",
        "gn_sockets_create_poll_group",
        "gn_sockets_destroy_poll_group",
        "gn_sockets_set_log_level",
        "gn_sockets_set_poll_group",
    ];
    for opens in ["gn_sockets_open", "gn_sockets_open_steam"] {
        tally.entry(opens).or_default()[0] += 1; // the run itself has opened the library
    }
    assert_both_ways_were_seen(&tally, &never_refuse);
}

/// Opens the library with Valve's defaults, which outlive it when they are changed.
fn open() {
    // SAFETY: the text is one.
    assert_eq!(unsafe { gn_sockets_open(c"str:fuzz".as_ptr(), 4, 0.0) }, 0, "{}", last_error());
    for id in 1..1000 {
        gn_sockets_clear_option(1, 0, id); // many are no options
    }
}

/// Random calls on the open library. Reports how often each went which way.
fn run(seed: u64, calls: u64, handles: &Mutex<Handles>, alone: bool) -> Tally {
    let mut caller = sockets::Caller {
        dice: Dice::new(seed),
        handles,
        alone,
        bugs: BTreeSet::new(),
        call: "",
        authorities: Vec::new(),
    };
    let mut tally = Tally::new();
    for step in 0..calls {
        let place = caller.dice.roll(sockets::CALLS.len() as u64) as usize;
        let (name, call) = sockets::CALLS[place];
        caller.call = name;
        judge(&mut tally, seed, step, name, call(&mut caller));
        if step % 16 == 0 {
            caller.tidy();
        }
    }
    caller.bugs.retain(|line| !KNOWN.iter().any(|known| line.contains(known)));
    assert_eq!(caller.bugs, BTreeSet::new(), "the library tells of a bug in it, seed {seed}");
    tally
}

fn merge(tally: &mut Tally, other: Tally) {
    for (name, [values, faults]) in other {
        let sum = tally.entry(name).or_default();
        *sum = [sum[0] + values, sum[1] + faults];
    }
}

/// A fuzzer that only ever hears no, or only ever yes, tests nothing.
fn assert_both_ways_were_seen(tally: &Tally, never_refuse: &[&str]) {
    for (name, [values, faults]) in tally {
        assert!(*values > 0, "{name} never did anything: {tally:?}");
        assert!(*faults > 0 || never_refuse.contains(name), "{name} never refused anything: {tally:?}");
    }
}

/// The library still connects and carries a message.
fn a_message_arrives() {
    open();
    // SAFETY: all buffers are as long as they are said to be.
    unsafe {
        let mut pair = [0; 2];
        assert_eq!(gn_sockets_pair(true, c"".as_ptr(), c"".as_ptr(), pair.as_mut_ptr()), 0);
        assert_eq!(gn_sockets_send_one(pair[0], c"still here".as_ptr().cast(), 10, 9), 1);
        let (mut batch, began) = (std::mem::zeroed::<GnBatch>(), Instant::now());
        while gn_sockets_receive_on_connection(pair[1], 10, &raw mut batch) == 0 {
            assert!(began.elapsed() < Duration::from_secs(20), "the message did not arrive");
            let mut events = std::mem::zeroed::<GnEvents>();
            gn_sockets_run_callbacks(&raw mut events);
            std::thread::sleep(Duration::from_micros(500));
        }
        let rows = std::slice::from_raw_parts(batch.rows, batch.size);
        assert!(rows.windows(10).any(|part| part == b"still here"));
    }
    assert_eq!(gn_sockets_close(), 1);
}
