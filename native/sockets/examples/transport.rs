//! The Rust side of `python -m benchmarks.transport`: the same work directly on the crate that carries GameNetworkingSockets.
//!
//! `transport KEY=VALUE …` with `kind` single, batch, rate or fan and, for the last two, `side` server or client. Servers print `ready` and
//! stop at a line on standard input; everybody prints one line of JSON at the end. The messages are those of benchmarks/transport/work.py.
#![allow(clippy::undocumented_unsafe_blocks)] // a benchmark of the raw crate is raw from top to bottom
use std::collections::HashMap;
use std::io::BufRead;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use gns_sys::*;

const NO_NAGLE: i32 = 1;
const RELIABLE: i32 = 8;
const FRAME: Duration = Duration::from_nanos(16_666_667);

static STATES: Mutex<Vec<(u32, u32, i32)>> = Mutex::new(Vec::new());
static STOP: AtomicBool = AtomicBool::new(false);

unsafe extern "C" fn on_status(change: *mut SteamNetConnectionStatusChangedCallback_t) {
    let state = (&raw const (*change).m_info.m_eState).cast::<i32>().read_unaligned();
    STATES.lock().unwrap().push(((*change).m_hConn, (*change).m_info.m_hListenSocket, state));
}

/// The library, with limits that a benchmark does not run into.
struct Net {
    sockets: *mut ISteamNetworkingSockets,
    utils: *mut ISteamNetworkingUtils,
    group: u32,
    up: Vec<u32>,
}

impl Net {
    fn open() -> Self {
        unsafe {
            let mut message = [0; 1024];
            assert!(GameNetworkingSockets_Init(null(), &mut message));
            let (sockets, utils) = (SteamAPI_SteamNetworkingSockets_v009(), SteamAPI_SteamNetworkingUtils_v003());
            SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, Some(on_status));
            use ESteamNetworkingConfigValue::*;
            for (option, value) in [
                (k_ESteamNetworkingConfig_SendRateMin, 200_000_000),
                (k_ESteamNetworkingConfig_SendRateMax, 200_000_000),
                (k_ESteamNetworkingConfig_SendBufferSize, 16 << 20),
                (k_ESteamNetworkingConfig_RecvBufferSize, 16 << 20),
                (k_ESteamNetworkingConfig_RecvBufferMessages, 100_000),
            ] {
                assert!(SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueInt32(utils, option, value));
            }
            let group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
            Self { sockets, utils, group, up: Vec::new() }
        }
    }

    fn listen(&self, port: u16) {
        let listen =
            unsafe { SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(self.sockets, &local(port), 0, null()) };
        assert_ne!(listen, 0);
    }

    fn connect(&mut self, port: u16) -> u32 {
        let connection =
            unsafe { SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(self.sockets, &local(port), 0, null()) };
        unsafe { SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(self.sockets, connection, self.group) };
        while !self.up.contains(&connection) {
            self.pump();
            std::thread::sleep(Duration::from_micros(200));
        }
        connection
    }

    fn pump(&mut self) {
        unsafe { SteamAPI_ISteamNetworkingSockets_RunCallbacks(self.sockets) };
        for (connection, listen, state) in STATES.lock().unwrap().drain(..) {
            match state {
                1 if listen != 0 => unsafe {
                    SteamAPI_ISteamNetworkingSockets_AcceptConnection(self.sockets, connection);
                    SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(self.sockets, connection, self.group);
                },
                3 => self.up.push(connection),
                _ => (),
            }
        }
    }

    fn send(&self, messages: &[(u32, Vec<u8>)], flags: i32) {
        unsafe {
            let mut made: Vec<*mut SteamNetworkingMessage_t> = Vec::with_capacity(messages.len());
            for (connection, data) in messages {
                let message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(self.utils, data.len() as i32);
                std::ptr::copy_nonoverlapping(data.as_ptr(), (*message).m_pData.cast(), data.len());
                (*message).m_conn = *connection;
                (*message).m_nFlags = flags;
                made.push(message);
            }
            let count = made.len() as i32;
            SteamAPI_ISteamNetworkingSockets_SendMessages(self.sockets, count, made.as_mut_ptr(), null_mut(), true);
        }
    }

    fn receive(&self, out: &mut Vec<(u32, Vec<u8>)>) {
        out.clear();
        let mut got = [null_mut::<SteamNetworkingMessage_t>(); 256];
        loop {
            let count = unsafe {
                SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(
                    self.sockets,
                    self.group,
                    got.as_mut_ptr(),
                    256,
                )
            };
            for message in &got[..count as usize] {
                unsafe {
                    let (data, size) = ((**message).m_pData.cast::<u8>(), (**message).m_cbSize as usize);
                    out.push(((**message).m_conn, std::slice::from_raw_parts(data, size).to_vec()));
                    SteamAPI_SteamNetworkingMessage_t_Release(*message);
                }
            }
            if count < 256 {
                return;
            }
        }
    }
}

fn local(port: u16) -> SteamNetworkingIPAddr {
    unsafe {
        let mut address = std::mem::MaybeUninit::<SteamNetworkingIPAddr>::zeroed();
        SteamAPI_SteamNetworkingIPAddr_SetIPv4(address.as_mut_ptr(), 0x7f00_0001, port);
        address.assume_init()
    }
}

// --- The messages: a number and a filling that must be right -----------------------------------------------------------------

fn make(number: u64, size: usize) -> Vec<u8> {
    let mut data = vec![b'a' + (number % 26) as u8; size];
    data[..8].copy_from_slice(&number.to_le_bytes());
    data
}

fn read(data: &[u8], size: usize) -> Option<u64> {
    let number = u64::from_le_bytes(data.get(..8)?.try_into().ok()?);
    (data.len() == size && data[8..].iter().all(|byte| *byte == b'a' + (number % 26) as u8)).then_some(number)
}

fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn quantile(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times[((times.len() as f64 * share) as usize).min(times.len() - 1)]
}

// --- One process -------------------------------------------------------------------------------------------------------------

fn pair(net: &mut Net, port: u16) -> (u32, u32) {
    net.listen(port);
    let client = net.connect(port);
    while net.up.len() < 2 {
        net.pump();
    }
    (client, *net.up.iter().find(|connection| **connection != client).unwrap())
}

/// Until the library's thread has nothing left to do and sleeps, as between two frames: whether it still did was most of what a round took.
fn rest() {
    let began = Instant::now();
    while began.elapsed() < Duration::from_micros(300) {
        std::thread::yield_now();
    }
}

fn single(job: &Job) -> String {
    let mut net = Net::open();
    let (client, server) = pair(&mut net, job.number("port") as u16);
    let (mut times, mut got, warm) = (Vec::new(), Vec::new(), 200);
    let end = Instant::now() + Duration::from_secs_f64(job.float("limit"));
    for i in 0..job.number("n") + warm {
        rest();
        let began = Instant::now();
        for (from, to) in [(client, server), (server, client)] {
            net.send(&[(from, make(i, 64))], RELIABLE | NO_NAGLE);
            while !got.iter().any(|(at, data): &(u32, Vec<u8>)| *at == to && read(data, 64) == Some(i)) {
                net.receive(&mut got);
                std::thread::yield_now(); // the library's own thread needs a core now
            }
        }
        if i >= warm {
            times.push(began.elapsed().as_secs_f64() * 1e6);
        }
        if Instant::now() > end {
            break;
        }
    }
    let (p10, p50, p99) = (quantile(&mut times, 0.1), quantile(&mut times, 0.5), quantile(&mut times, 0.99));
    format!(r#"{{"n":{},"p10":{p10},"p50":{p50},"p99":{p99}}}"#, times.len())
}

fn batch(job: &Job) -> String {
    let mut net = Net::open();
    let (client, _) = pair(&mut net, job.number("port") as u16);
    let (mut sending, mut receiving, mut both, mut got) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let messages: Vec<(u32, Vec<u8>)> = (0..64).map(|i| (client, make(i, 100))).collect();
    for i in 0..job.number("n") + 20 {
        let began = Instant::now();
        net.send(&messages, NO_NAGLE);
        let sent = began.elapsed().as_secs_f64() * 1e6;
        std::thread::sleep(Duration::from_millis(2));
        let began = Instant::now();
        net.receive(&mut got);
        let received = began.elapsed().as_secs_f64() * 1e6;
        if i >= 20 && got.len() == 64 {
            sending.push(sent);
            receiving.push(received);
            both.push(sent + received);
        }
    }
    let mut whole = Vec::new();
    for _ in 0..job.number("n") {
        rest();
        let (began, mut count) = (Instant::now(), 0);
        net.send(&messages, NO_NAGLE);
        while count < 64 && began.elapsed() < Duration::from_millis(100) {
            net.receive(&mut got);
            count += got.len();
            std::thread::yield_now();
        }
        if count == 64 {
            whole.push(began.elapsed().as_secs_f64() * 1e6);
        }
    }
    let (calls, p10, whole) = (quantile(&mut both, 0.5), quantile(&mut whole, 0.1), quantile(&mut whole, 0.5));
    let (send, receive, n) = (quantile(&mut sending, 0.5), quantile(&mut receiving, 0.5), both.len());
    format!(r#"{{"n":{n},"send":{send},"receive":{receive},"calls":{calls},"whole":{whole},"whole_p10":{p10}}}"#)
}

// --- Two processes -----------------------------------------------------------------------------------------------------------

fn rate_server(job: &Job, net: &mut Net) -> String {
    let (size, secs, grace) = (100, job.float("secs"), job.float("grace"));
    let total = (job.float("rate") * secs) as usize;
    let (mut seen, mut delivered, mut bad, mut got) = (vec![false; total], 0, 0, Vec::new());
    let mut first: Option<(Instant, f64)> = None;
    while first.map_or(!STOP.load(Ordering::Relaxed), |(at, _)| at.elapsed().as_secs_f64() < secs + grace) {
        net.pump();
        net.receive(&mut got);
        if !got.is_empty() && first.is_none() {
            first = Some((Instant::now(), cpu()));
        }
        for (_, data) in &got {
            match read(data, size).map(|number| number as usize) {
                Some(number) if number < total && !seen[number] => {
                    seen[number] = true;
                    delivered += 1;
                }
                _ => bad += 1,
            }
        }
        if got.is_empty() {
            std::thread::sleep(Duration::from_micros(500));
        }
    }
    let used = first.map_or(0.0, |(_, before)| cpu() - before);
    format!(r#"{{"delivered":{delivered},"total":{total},"bad":{bad},"cpu":{used}}}"#)
}

fn rate_client(job: &Job, net: &mut Net) -> String {
    let (size, rate, secs) = (100, job.float("rate"), job.float("secs"));
    let flags = if job.number("reliable") == 1 { RELIABLE | NO_NAGLE } else { NO_NAGLE };
    let (total, cap) = ((rate * secs) as u64, (rate * 0.02) as u64 + 1);
    let connection = net.connect(job.number("port") as u16);
    std::thread::sleep(Duration::from_millis(100));
    let (began, before, mut sent) = (Instant::now(), cpu(), 0);
    loop {
        let elapsed = began.elapsed().as_secs_f64();
        let due = (((elapsed * rate) as u64 + 1).min(total) - sent).min(cap);
        net.send(&(sent..sent + due).map(|i| (connection, make(i, size))).collect::<Vec<_>>(), flags);
        sent += due;
        net.pump();
        if elapsed >= secs {
            break;
        }
        if due < cap {
            std::thread::sleep(Duration::from_micros(500));
        }
    }
    let used = cpu() - before;
    std::thread::sleep(Duration::from_secs_f64(job.float("grace") + 0.05));
    format!(r#"{{"sent":{sent},"cpu":{used}}}"#)
}

fn fan_server(job: &Job, net: &mut Net) -> String {
    let (n, hz, secs) = (job.number("n") as usize, 30.0, job.float("secs"));
    let (mut peers, mut got) = (HashMap::new(), Vec::new());
    let give_up = Instant::now() + Duration::from_secs_f64(job.float("limit"));
    while peers.len() < n {
        net.pump();
        net.receive(&mut got);
        for (connection, data) in &got {
            if let Some(number) = data.strip_prefix(b"H").and_then(|rest| std::str::from_utf8(rest).ok()?.parse().ok())
            {
                peers.insert(number, *connection);
            }
        }
        if Instant::now() > give_up {
            return format!(r#"{{"error":"only {} of {n} clients joined"}}"#, peers.len());
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    let (rounds, began, before) = ((hz * secs) as u64, Instant::now(), cpu());
    for frame in 0..rounds * 2 {
        net.pump();
        net.receive(&mut got);
        if frame % 2 == 0 {
            let number = |i: u64| frame / 2 * n as u64 + i;
            net.send(&peers.iter().map(|(i, peer)| (*peer, make(number(*i), 200))).collect::<Vec<_>>(), NO_NAGLE);
        }
        let next = FRAME * (frame + 1) as u32;
        std::thread::sleep(next.saturating_sub(began.elapsed()));
    }
    let (wall, used) = (began.elapsed().as_secs_f64(), cpu() - before);
    std::thread::sleep(Duration::from_millis(500));
    let (hz, sent) = (rounds as f64 / wall, rounds * n as u64);
    format!(r#"{{"cpu_pct":{},"hz":{hz},"sent":{sent}}}"#, 100.0 * used / wall)
}

fn fan_client(job: &Job, net: &mut Net) -> String {
    let (n, began) = (job.number("n"), Instant::now());
    let peers: HashMap<u32, u64> = (0..n).map(|i| (net.connect(job.number("port") as u16), i)).collect();
    let (joined, mut seen, mut bad, mut got) =
        (began.elapsed().as_secs_f64(), std::collections::HashSet::new(), 0, Vec::new());
    let mut hello = Instant::now() - Duration::from_secs(1);
    while !STOP.load(Ordering::Relaxed) {
        if seen.is_empty() && hello.elapsed() > Duration::from_millis(500) {
            hello = Instant::now();
            net.send(
                &peers.iter().map(|(peer, i)| (*peer, format!("H{i}").into_bytes())).collect::<Vec<_>>(),
                RELIABLE | NO_NAGLE,
            );
        }
        net.pump();
        net.receive(&mut got);
        for (connection, data) in &got {
            match read(data, 200) {
                Some(number) if peers.get(connection) == Some(&(number % n)) && seen.insert(number) => (),
                _ => bad += 1,
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    format!(r#"{{"delivered":{},"bad":{bad},"joined_s":{joined}}}"#, seen.len())
}

// --- The job -----------------------------------------------------------------------------------------------------------------

struct Job(HashMap<String, String>);

impl Job {
    fn text(&self, key: &str) -> &str {
        self.0.get(key).unwrap_or_else(|| panic!("the job has no {key}"))
    }

    fn number(&self, key: &str) -> u64 {
        self.text(key).parse().unwrap_or_else(|_| panic!("{key} is no whole number"))
    }

    fn float(&self, key: &str) -> f64 {
        self.text(key).parse().unwrap_or_else(|_| panic!("{key} is no number"))
    }
}

fn main() {
    let words = std::env::args()
        .skip(1)
        .filter_map(|word| Some(word.split_once('=')?).map(|(k, v)| (k.to_owned(), v.to_owned())));
    let job = Job(words.collect());
    let result = match (job.text("kind"), job.text("side")) {
        ("single", _) => single(&job),
        ("batch", _) => batch(&job),
        (kind, side) => {
            std::thread::spawn(|| {
                let _ = std::io::stdin().lock().read_line(&mut String::new());
                STOP.store(true, Ordering::Relaxed);
            });
            let mut net = Net::open();
            if side == "server" {
                net.listen(job.number("port") as u16);
                println!("ready");
            }
            match (kind, side) {
                ("rate", "server") => rate_server(&job, &mut net),
                ("rate", _) => rate_client(&job, &mut net),
                ("fan", "server") => fan_server(&job, &mut net),
                ("fan", _) => fan_client(&job, &mut net),
                _ => panic!("no such kind of work: {kind}"),
            }
        }
    };
    println!("{result}");
    std::process::exit(0); // the library's own way out is slow, and nobody waits for it
}
