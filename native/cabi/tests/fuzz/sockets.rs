//! Random calls of `gn_sockets_*` on an open library.
use std::collections::BTreeSet;
use std::ffi::{c_char, CStr, CString};
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::sync::Mutex;

use gamenet_native::guard::{GN_E_ARGUMENT, GN_E_HANDLE, GN_E_IDENTITY, GN_E_OPTION};
use gamenet_native::sockets::authentication::*;
use gamenet_native::sockets::authority::*;
use gamenet_native::sockets::connections::*;
use gamenet_native::sockets::events::*;
use gamenet_native::sockets::messages::*;
use gamenet_native::sockets::options::*;
use gamenet_native::sockets::p2p::*;
use gamenet_native::sockets::status::*;
use gamenet_native::sockets::*;

use crate::dice::{look, Dice, Items, Text};

/// More of each are closed again: the library has room for 8,000 connections, a process for fewer sockets.
const MOST: usize = 40;
const ADDRESSES: [&str; 6] = ["127.0.0.1:0", "[::1]:0", "127.0.0.1:1", "127.0.0.1:65535", "[::]", "0.0.0.0:99999"];
/// Who everybody is here, so that signals find a way; and others.
const IDENTITIES: [&str; 7] =
    ["str:fuzz", "str:fuzz", "", "str:alice", "ip:192.0.2.1", "steamid:76561197960287930", "gen:00ff"];
const WORDS: [&str; 4] =
    ["", "bye", "Größe 7", "a reason that is rather long, as reasons of people who look for causes are"];
/// `k_EResultInvalidParam` and `k_EResultNoConnection`: how results tell that there is no such connection.
const NOBODY: [i64; 2] = [8, 3];

/// Handles that live, and some that do not any more.
#[derive(Default)]
pub struct Handles {
    pub connections: Vec<u32>,
    pub groups: Vec<u32>,
    pub listens: Vec<u32>,
    /// Where it is listened, to connect to.
    addresses: Vec<CString>,
    /// Connections with the listen socket that they came in on.
    children: Vec<(u32, u32)>,
    /// The latest that were closed, of all kinds.
    closed: Vec<u32>,
    /// The latest signals, keys, roots, requests and certificates.
    papers: Vec<(Paper, Vec<u8>)>,
}

/// What bytes are that one call gives and another takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paper {
    Signal,
    Key,
    Root,
    Request,
    Certificate,
}

impl Handles {
    fn buried(&mut self, handle: u32) {
        self.closed.push(handle);
        if self.closed.len() > 200 {
            self.closed.remove(0);
        }
    }

    fn keep(&mut self, kind: Paper, paper: &[u8]) {
        self.papers.push((kind, paper.to_vec()));
        let same: Vec<usize> = (0..self.papers.len()).filter(|place| self.papers[*place].0 == kind).collect();
        if same.len() > 12 {
            self.papers.remove(same[0]);
        }
    }

    fn close_connection(&mut self, connection: u32) {
        self.connections.retain(|each| *each != connection);
        self.children.retain(|(each, _)| *each != connection);
        self.buried(connection);
    }

    fn close_listen_socket(&mut self, listen: u32) {
        self.listens.retain(|each| *each != listen);
        let gone: Vec<u32> = self.children.iter().filter(|(_, on)| *on == listen).map(|(each, _)| *each).collect();
        gone.into_iter().for_each(|each| self.close_connection(each));
        self.buried(listen);
    }
}

/// Who calls: a seed's chance, and the handles, which several callers share.
pub struct Caller<'a> {
    pub dice: Dice,
    pub handles: &'a Mutex<Handles>,
    /// Nobody else calls meanwhile, so a handle that we do not know has to be refused.
    pub alone: bool,
    /// Lines of the library's log that tell of a bug in it.
    pub bugs: BTreeSet<String>,
    /// What is called.
    pub call: &'static str,
    pub authorities: Vec<*mut GnAuthority>,
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        // SAFETY: each came from its making, and is forgotten here.
        self.authorities.drain(..).for_each(|each| _ = unsafe { gn_sockets_authority_destroy(each) });
    }
}

impl Caller<'_> {
    fn living<R>(&self, look: impl FnOnce(&mut Handles) -> R) -> R {
        look(&mut self.handles.lock().expect("no caller panics while it holds them"))
    }

    /// A handle: mostly one that lives in `pool`; or one of another kind, an old one, one with a bit turned, or anything.
    fn handle(&mut self, pool: fn(&Handles) -> &Vec<u32>) -> u32 {
        let way = self.dice.roll(16);
        let (dice, handles) = (&mut self.dice, self.handles.lock().expect("no caller panics while it holds them"));
        let from = match way {
            0 => return dice.number() as u32,
            1 => return dice.roll(3) as u32,
            2 => &handles.closed,
            3 => &handles.groups,
            4 => &handles.listens,
            5 => &handles.connections,
            _ => pool(&handles),
        };
        let found = if from.is_empty() { 0 } else { dice.pick(from) };
        if way == 6 {
            found ^ (1 << dice.roll(32))
        } else {
            found
        }
    }

    fn connection(&mut self) -> u32 {
        self.handle(|handles| &handles.connections)
    }

    fn group(&mut self) -> u32 {
        self.handle(|handles| &handles.groups)
    }

    fn listen(&mut self) -> u32 {
        self.handle(|handles| &handles.listens)
    }

    /// `code`, after seeing that a connection which does not live was refused in one of the ways in `refusals` or with a fault.
    fn refused(&self, connection: u32, code: i64, refusals: &[i64]) -> i64 {
        let unknown = self.alone && !self.living(|handles| handles.connections.contains(&connection));
        let faults = [GN_E_HANDLE, GN_E_ARGUMENT, GN_E_IDENTITY, GN_E_OPTION];
        if unknown && !refusals.contains(&code) && !faults.contains(&code) {
            panic!("{connection:#x} is no connection that lives, and yet {} gave {code}", self.call);
        }
        code
    }

    fn address(&mut self) -> Text {
        let known = self.living(|handles| handles.addresses.last().cloned());
        match known {
            Some(known) if !self.dice.once_in(3) => self.dice.text(&[known.to_str().expect("an address is ASCII")]),
            _ => self.dice.text(&ADDRESSES),
        }
    }

    /// What a message holds: little, or once in a while about as much as it can.
    fn body(&mut self) -> Vec<u8> {
        let size = match self.dice.roll(300) {
            0 => 512 * 1024 + self.dice.roll(3) - 1,
            _ => self.dice.roll(60) * self.dice.roll(30),
        };
        (0..size).map(|i| i as u8).collect()
    }

    fn flags(&mut self) -> i32 {
        match self.dice.roll(12) {
            0 => self.dice.integer() as i32,
            _ => self.dice.pick(&[0, 1, 5, 8, 9]),
        }
    }

    /// An option's value. Its text, if it has one, must live as long.
    fn setting(&mut self) -> (GnSetting, Text) {
        let text = self.dice.text(&["", "5", "127.0.0.1:3478", "-1", "1e9"]);
        let setting = GnSetting {
            id: if self.dice.once_in(9) { self.dice.integer() as i32 } else { self.dice.roll(60) as i32 },
            kind: if self.dice.once_in(9) { self.dice.integer() as i32 } else { self.dice.pick(&[1, 2, 3, 4]) },
            integer: self.dice.integer(),
            real: self.dice.float() as f32,
            text: text.pointer(),
        };
        (setting, text)
    }

    fn settings(&mut self) -> (Items<GnSetting>, Vec<Text>, usize) {
        let count = if self.dice.once_in(8) { self.dice.count() } else { 0 };
        let texts = Vec::from_iter((0..count.min(300)).map(|_| self.setting()));
        let (mut settings, texts): (Vec<_>, Vec<_>) = texts.into_iter().unzip();
        settings.reverse();
        let items = self.dice.items(count.min(300), |_| settings.pop().expect("one for each"));
        (items, texts, count)
    }

    /// What an option is asked of: the library rarely, so that it stays usable; a connection or listen socket, or what is none.
    fn scope(&mut self) -> (i32, u32) {
        match self.dice.roll(12) {
            0 => (1, 0),
            1 => (self.dice.integer() as i32, self.connection()),
            2..=4 => (3, self.listen()),
            _ => (4, self.connection()),
        }
    }

    /// `refused`, for what an option was asked of.
    fn refused_of(&self, (kind, handle): (i32, u32), code: i64) -> i64 {
        if kind == 4 {
            self.refused(handle, code, &[])
        } else {
            code
        }
    }

    /// A paper of this kind or rarely of another, as it was made, with a change, cut or with something behind it; or anything.
    fn paper(&mut self, kind: Paper) -> Vec<u8> {
        let any = self.dice.once_in(20);
        let papers = self.living(|handles| handles.papers.clone());
        let fitting: Vec<Vec<u8>> =
            papers.into_iter().filter(|(each, _)| any || *each == kind).map(|(_, paper)| paper).collect();
        let place = self.dice.roll(fitting.len().max(1) as u64) as usize;
        let mut paper = fitting.get(place).cloned().unwrap_or_default();
        match self.dice.roll(9) {
            0 => paper = (0..self.dice.roll(80)).map(|_| self.dice.number() as u8).collect(),
            1 => paper.truncate(self.dice.roll(paper.len() as u64 + 1) as usize),
            2 => paper.extend((0..self.dice.roll(9)).map(|_| self.dice.number() as u8)),
            3 if !paper.is_empty() => {
                for _ in 0..1 + self.dice.roll(3) {
                    let place = self.dice.roll(paper.len() as u64) as usize;
                    paper[place] ^= 1 << self.dice.roll(8);
                }
            }
            _ => (),
        }
        paper
    }

    fn authority(&mut self) -> *mut GnAuthority {
        if self.authorities.is_empty() || self.dice.once_in(40) {
            null_mut()
        } else {
            self.dice.pick(&self.authorities)
        }
    }

    /// Room for a paper, mostly enough. What is written there is kept.
    fn paper_out(&mut self, kind: Paper, write: impl FnOnce(*mut u8, usize) -> i64) -> i64 {
        let size = if self.dice.once_in(20) { self.dice.count() } else { 4096 };
        let mut buffer = self.dice.items(size, |_| 0);
        let code = write(buffer.pointer_mut(), size);
        if let Some(paper) = usize::try_from(code).ok().and_then(|length| buffer.kept.get(..length)) {
            self.living(|handles| handles.keep(kind, paper));
        }
        code
    }

    fn opened(&self, handle: i64, pool: fn(&mut Handles) -> &mut Vec<u32>) -> i64 {
        if handle > 0 {
            self.living(|handles| pool(handles).push(handle as u32));
        }
        handle
    }

    /// `opened` for a connection, which may be one that came in meanwhile.
    fn began(&self, handle: i64) -> i64 {
        if handle > 0 && !self.living(|handles| handles.connections.contains(&(handle as u32))) {
            return self.opened(handle, |handles| &mut handles.connections);
        }
        handle
    }

    /// Closes what is too much.
    pub fn tidy(&mut self) {
        let (connections, groups, listens) = self.living(|handles| {
            let first = |all: &Vec<u32>| Vec::from(&all[..all.len().saturating_sub(MOST)]);
            (first(&handles.connections), first(&handles.groups), first(&handles.listens))
        });
        for each in connections {
            // SAFETY: the text is one.
            unsafe { gn_sockets_close_connection(each, 1000, c"too many".as_ptr(), false) };
            self.living(|handles| handles.close_connection(each));
        }
        for each in groups {
            gn_sockets_destroy_poll_group(each);
            self.living(|handles| handles.groups.retain(|group| *group != each));
        }
        for each in listens {
            gn_sockets_close_listen_socket(each);
            self.living(|handles| handles.close_listen_socket(each));
        }
    }
}

macro_rules! calls {
    ($($name:ident($caller:ident) $body:block)*) => {
        /// Every call: its name, and how it is made.
        pub const CALLS: &[(&str, fn(&mut Caller<'_>) -> i64)] = &[$((stringify!($name), |$caller| {
            // SAFETY: each pointer is null or to as much memory as the call is told of, and lives until it returns.
            #[allow(unused_unsafe)]
            unsafe { $body }
        })),*];
    };
}

calls! {
    gn_sockets_accept(caller) {
        let connection = caller.connection();
        caller.refused(connection, gn_sockets_accept(connection), &NOBODY)
    }
    gn_sockets_authentication(caller) {
        gn_sockets_authentication(caller.out::<GnAuth>().as_mut_ptr())
    }
    gn_sockets_authority_destroy(caller) {
        let most = caller.authorities.len().saturating_sub(4);
        caller.authorities.drain(..most).for_each(|each| _ = gn_sockets_authority_destroy(each));
        gn_sockets_authority_destroy(null_mut())
    }
    gn_sockets_authority_generate(caller) {
        let mut made = null_mut();
        let out = if caller.dice.once_in(60) { null_mut() } else { &raw mut made };
        let code = gn_sockets_authority_generate(out);
        caller.authorities.extend((!made.is_null()).then_some(made));
        code
    }
    gn_sockets_authority_id(caller) {
        gn_sockets_authority_id(caller.authority(), caller.out::<u64>().as_mut_ptr())
    }
    gn_sockets_authority_issue(caller) {
        let (authority, request, identity) = (caller.authority(), caller.paper(Paper::Request), caller.dice.text(&IDENTITIES));
        let seconds = match caller.dice.roll(6) {
            0..=1 => caller.dice.float(),
            2 => 1.0 + caller.dice.roll(3) as f64, // it ends meanwhile
            _ => 86_400.0,
        };
        caller.paper_out(Paper::Certificate, |buffer, size| {
            gn_sockets_authority_issue(authority, request.as_ptr(), request.len(), identity.pointer(), seconds, buffer, size)
        })
    }
    gn_sockets_authority_read(caller) {
        let (pem, mut made) = (caller.paper(Paper::Key), null_mut());
        let out = if caller.dice.once_in(60) { null_mut() } else { &raw mut made };
        let code = gn_sockets_authority_read(pem.as_ptr(), pem.len(), out);
        caller.authorities.extend((!made.is_null()).then_some(made));
        code
    }
    gn_sockets_authority_root(caller) {
        let authority = caller.authority();
        caller.paper_out(Paper::Root, |buffer, size| gn_sockets_authority_root(authority, buffer.cast(), size))
    }
    gn_sockets_authority_write(caller) {
        let authority = caller.authority();
        caller.paper_out(Paper::Key, |buffer, size| gn_sockets_authority_write(authority, buffer, size))
    }
    gn_sockets_certificate_request(caller) {
        caller.paper_out(Paper::Request, |buffer, size| gn_sockets_certificate_request(buffer, size))
    }
    gn_sockets_clear_option(caller) {
        let (scope, id) = (caller.scope(), caller.dice.roll(60) as i32);
        caller.refused_of(scope, gn_sockets_clear_option(scope.0, scope.1, id))
    }
    gn_sockets_close(_caller) {
        0 // the run itself closes and opens, between its rounds
    }
    gn_sockets_close_connection(caller) {
        let (connection, reason, debug) = (caller.connection(), caller.dice.integer() as i32, caller.dice.text(&WORDS));
        if !caller.dice.once_in(8) {
            return 0; // else hardly any would live
        }
        let code = gn_sockets_close_connection(connection, reason, debug.pointer(), caller.dice.once_in(2));
        caller.refused(connection, code, &[0]);
        if code == 1 {
            caller.living(|handles| handles.close_connection(connection));
        }
        code
    }
    gn_sockets_close_listen_socket(caller) {
        let listen = caller.listen();
        if !caller.dice.once_in(20) {
            return 0;
        }
        let code = gn_sockets_close_listen_socket(listen);
        if code == 1 {
            assert!(!caller.alone || caller.living(|handles| handles.listens.contains(&listen)));
            caller.living(|handles| handles.close_listen_socket(listen));
        }
        code
    }
    gn_sockets_configure_lanes(caller) {
        let (connection, count) = (caller.connection(), caller.dice.count());
        let priorities = caller.dice.items(count, |dice| dice.integer() as i32);
        let weights = caller.dice.items(count, |dice| dice.integer() as u16);
        let code = gn_sockets_configure_lanes(connection, priorities.pointer(), weights.pointer(), count);
        caller.refused(connection, code, &NOBODY)
    }
    gn_sockets_connect(caller) {
        let (address, (settings, _texts, count)) = (caller.address(), caller.settings());
        let code = gn_sockets_connect(address.pointer(), settings.pointer(), count);
        caller.opened(code, |handles| &mut handles.connections)
    }
    gn_sockets_connect_p2p(caller) {
        let (identity, (settings, _texts, count)) = (caller.dice.text(&IDENTITIES), caller.settings());
        let port = caller.dice.integer() as i32;
        let port = if caller.dice.once_in(3) { port } else { caller.dice.roll(3) as i32 };
        let mut existing = caller.out::<u32>();
        let code = gn_sockets_connect_p2p(identity.pointer(), port, settings.pointer(), count, existing.as_mut_ptr());
        caller.began(code)
    }
    gn_sockets_create_poll_group(caller) {
        caller.opened(gn_sockets_create_poll_group(), |handles| &mut handles.groups)
    }
    gn_sockets_destroy_poll_group(caller) {
        let group = caller.group();
        let code = gn_sockets_destroy_poll_group(group);
        if code == 1 {
            assert!(!caller.alone || caller.living(|handles| handles.groups.contains(&group)));
            caller.living(|handles| handles.groups.retain(|each| *each != group));
            caller.living(|handles| handles.buried(group));
        }
        code
    }
    gn_sockets_detailed(caller) {
        let (connection, size) = (caller.connection(), caller.dice.count());
        let mut buffer = caller.dice.items(size, |_| 0);
        let code = gn_sockets_detailed(connection, buffer.pointer_mut(), size);
        caller.refused(connection, code, &[])
    }
    gn_sockets_flush(caller) {
        let count = caller.dice.count();
        let connections: Vec<u32> = (0..count.min(300)).map(|_| caller.connection()).collect();
        let column = caller.dice.items(count.min(300), copying(&connections));
        let mut results = caller.dice.items(count, |_| 0);
        let code = gn_sockets_flush(column.pointer(), count, results.pointer_mut());
        if code >= 0 {
            for (connection, result) in connections.iter().zip(&results.kept) {
                caller.refused(*connection, i64::from(*result), &NOBODY);
            }
        }
        code
    }
    gn_sockets_get_option(caller) {
        let (scope, size) = (caller.scope(), caller.dice.count());
        let id = if caller.dice.once_in(9) { caller.dice.integer() as i32 } else { caller.dice.roll(60) as i32 };
        let (mut buffer, mut setting) = (caller.dice.items(size, |_| 0), caller.out::<GnSetting>());
        let code = gn_sockets_get_option(scope.0, scope.1, id, setting.as_mut_ptr(), buffer.pointer_mut(), size);
        caller.refused_of(scope, code)
    }
    gn_sockets_identity(caller) {
        let size = caller.dice.count();
        let mut buffer = caller.dice.items(size, |_| 0);
        gn_sockets_identity(buffer.pointer_mut(), size)
    }
    gn_sockets_info(caller) {
        let connection = caller.connection();
        let code = gn_sockets_info(connection, caller.out::<GnInfo>().as_mut_ptr());
        caller.refused(connection, code, &[])
    }
    gn_sockets_init_authentication(caller) {
        gn_sockets_init_authentication(caller.out::<GnAuth>().as_mut_ptr())
    }
    gn_sockets_listen(caller) {
        let (address, (settings, _texts, count)) = (caller.address(), caller.settings());
        let code = gn_sockets_listen(address.pointer(), settings.pointer(), count);
        if code > 0 {
            let mut buffer = [0 as c_char; 64];
            assert!(gn_sockets_listen_address(code as u32, buffer.as_mut_ptr(), 64) > 0 || !caller.alone);
            let address = CStr::from_ptr(buffer.as_ptr()).to_owned();
            caller.living(|handles| handles.addresses = vec![address]);
        }
        caller.opened(code, |handles| &mut handles.listens)
    }
    gn_sockets_listen_p2p(caller) {
        let (port, (settings, _texts, count)) = (caller.dice.integer() as i32, caller.settings());
        let port = if caller.dice.once_in(3) { port } else { caller.dice.roll(3) as i32 };
        let code = gn_sockets_listen_p2p(port, settings.pointer(), count);
        caller.opened(code, |handles| &mut handles.listens)
    }
    gn_sockets_listen_address(caller) {
        let (listen, size) = (caller.listen(), caller.dice.count());
        let mut buffer = caller.dice.items(size, |_| 0);
        gn_sockets_listen_address(listen, buffer.pointer_mut(), size)
    }
    gn_sockets_name(caller) {
        let (connection, size) = (caller.connection(), caller.dice.count());
        let mut buffer = caller.dice.items(size, |_| 0);
        caller.refused(connection, gn_sockets_name(connection, buffer.pointer_mut(), size), &[])
    }
    gn_sockets_open(caller) {
        let identity = caller.dice.text(&IDENTITIES);
        gn_sockets_open(identity.pointer(), caller.dice.integer() as i32, caller.dice.float())
    }
    gn_sockets_open_steam(caller) {
        let path = caller.dice.text(&["", "/", "libm.so.6", "no/such/library.so"]);
        gn_sockets_open_steam(path.pointer(), caller.dice.integer() as i32, caller.dice.float())
    }
    gn_sockets_options(caller) {
        let count = caller.dice.count();
        let mut options = caller.dice.items(count, |_| std::mem::zeroed::<GnOption>());
        gn_sockets_options(options.pointer_mut(), count)
    }
    gn_sockets_pair(caller) {
        let mut pair = [0; 2];
        let pointer = if caller.dice.once_in(30) { null_mut() } else { pair.as_mut_ptr() };
        let (one, other) = (caller.dice.text(&IDENTITIES), caller.dice.text(&IDENTITIES));
        let code = gn_sockets_pair(caller.dice.once_in(2), one.pointer(), other.pointer(), pointer);
        pair.into_iter().for_each(|each| _ = caller.opened(each.into(), |handles| &mut handles.connections));
        code
    }
    gn_sockets_real_time(caller) {
        let count = caller.dice.count();
        let connections: Vec<u32> = (0..count.min(300)).map(|_| caller.connection()).collect();
        let column = caller.dice.items(count.min(300), copying(&connections));
        let mut statuses = caller.dice.items(count, |_| std::mem::zeroed::<GnRealTime>());
        let code = gn_sockets_real_time(column.pointer(), count, statuses.pointer_mut());
        if code >= 0 {
            for (connection, status) in connections.iter().zip(&statuses.kept) {
                caller.refused(*connection, i64::from(status.state), &[0]);
            }
        }
        code
    }
    gn_sockets_real_time_lanes(caller) {
        let (connection, count) = (caller.connection(), caller.dice.count());
        let (mut status, mut lanes) = (caller.out::<GnRealTime>(), caller.dice.items(count, |_| std::mem::zeroed::<GnLane>()));
        let code = gn_sockets_real_time_lanes(connection, status.as_mut_ptr(), lanes.pointer_mut(), count);
        caller.refused(connection, code, &[0])
    }
    gn_sockets_receive_on_connection(caller) {
        let (connection, limit) = (caller.connection(), caller.dice.count().max(1));
        let mut batch = caller.out::<GnBatch>();
        let count = gn_sockets_receive_on_connection(connection, limit, batch.as_mut_ptr());
        read_batch(&batch, count);
        caller.refused(connection, count, &[])
    }
    gn_sockets_receive_on_poll_group(caller) {
        let (group, limit) = (caller.group(), caller.dice.count().max(1));
        let mut batch = caller.out::<GnBatch>();
        let count = gn_sockets_receive_on_poll_group(group, limit, batch.as_mut_ptr());
        read_batch(&batch, count);
        assert!(count < 0 || !caller.alone || caller.living(|handles| handles.groups.contains(&group)));
        count
    }
    gn_sockets_receive_signal(caller) {
        let (signal, sender) = (caller.paper(Paper::Signal), caller.dice.text(&IDENTITIES));
        gn_sockets_receive_signal(signal.as_ptr(), signal.len(), sender.pointer())
    }
    gn_sockets_run_callbacks(caller) {
        let mut events = caller.out::<GnEvents>();
        let code = gn_sockets_run_callbacks(events.as_mut_ptr());
        if code >= 0 {
            caller.take(&events.assume_init());
        }
        code
    }
    gn_sockets_send(caller) {
        let count = caller.dice.count().min(300);
        let messages: Vec<(u32, Vec<u8>)> = (0..count).map(|_| (caller.connection(), caller.body())).collect();
        let mut packed = packed_count(count);
        for (connection, data) in &messages {
            let lane = if caller.dice.once_in(30) { caller.dice.integer() as u16 } else { 0 };
            pack(&mut packed, *connection, data, caller.flags(), lane);
        }
        for _ in 0..caller.dice.roll(3) * caller.dice.roll(2) {
            let place = caller.dice.roll(packed.len() as u64) as usize;
            packed[place] = caller.dice.number() as u8;
        }
        let told = if caller.dice.once_in(30) { caller.dice.count() } else { count };
        let mut results = caller.dice.items(told, |_| 0);
        let rows = caller.dice.items(packed.len(), copying(&packed));
        gn_sockets_send(rows.pointer(), packed.len(), results.pointer_mut(), told)
    }
    gn_sockets_send_one(caller) {
        let (connection, flags, body) = (caller.connection(), caller.flags(), caller.body());
        let size = if caller.dice.once_in(200) { usize::MAX } else { body.len() };
        let data = caller.dice.items(size, copying(&body));
        let code = gn_sockets_send_one(connection, data.pointer(), size, flags);
        caller.refused(connection, code, &[8, 25])
    }
    gn_sockets_set_certificate(caller) {
        let certificate = caller.paper(Paper::Certificate);
        gn_sockets_set_certificate(certificate.as_ptr(), certificate.len())
    }
    gn_sockets_set_log_level(caller) {
        let level = if caller.dice.once_in(50) { caller.dice.integer() as i32 } else { 1 + caller.dice.roll(5) as i32 };
        gn_sockets_set_log_level(level)
    }
    gn_sockets_set_name(caller) {
        let (connection, name) = (caller.connection(), caller.dice.text(&WORDS));
        caller.refused(connection, gn_sockets_set_name(connection, name.pointer()), &[])
    }
    gn_sockets_set_option(caller) {
        let (scope, (setting, _text)) = (caller.scope(), caller.setting());
        caller.refused_of(scope, gn_sockets_set_option(scope.0, scope.1, &raw const setting))
    }
    gn_sockets_set_poll_group(caller) {
        let (connection, group) = (caller.connection(), caller.group());
        let code = gn_sockets_set_poll_group(connection, group);
        if code == 1 {
            assert!(!caller.alone || group == 0 || caller.living(|handles| handles.groups.contains(&group)));
        }
        caller.refused(connection, code, &[0])
    }
    gn_sockets_set_user_data(caller) {
        let (connection, data) = (caller.connection(), caller.dice.integer());
        caller.refused(connection, gn_sockets_set_user_data(connection, data), &[])
    }
    gn_sockets_signals(caller) {
        let mut signals = null();
        let out = if caller.dice.once_in(60) { null_mut() } else { &raw mut signals };
        let code = gn_sockets_signals(out);
        for signal in look(signals, usize::try_from(code).unwrap_or(0)) {
            assert!(!CStr::from_ptr(signal.to).is_empty());
            caller.living(|handles| handles.keep(Paper::Signal, look(signal.data, signal.size as usize)));
        }
        code
    }
    gn_sockets_trust(caller) {
        let root = CString::new(caller.paper(Paper::Root)).unwrap_or_default();
        gn_sockets_trust(root.as_ptr())
    }
    gn_sockets_user_data(caller) {
        let (connection, mut data) = (caller.connection(), caller.out::<i64>());
        caller.refused(connection, gn_sockets_user_data(connection, data.as_mut_ptr()), &[])
    }
}

/// Gives the items of `from` one after the other.
fn copying<T: Copy>(from: &[T]) -> impl FnMut(&mut Dice) -> T + '_ {
    let mut items = from.iter();
    move |_| *items.next().expect("one for each")
}

/// Memory that a call writes to, or null.
struct Out<T>(Option<Box<MaybeUninit<T>>>);

impl<T> Out<T> {
    fn as_mut_ptr(&mut self) -> *mut T {
        self.0.as_mut().map_or(null_mut(), |memory| memory.as_mut_ptr())
    }

    /// # Safety
    /// The call said that it wrote.
    unsafe fn assume_init(self) -> T {
        // SAFETY: our caller's promise.
        unsafe { self.0.expect("nothing is written to null").assume_init_read() }
    }
}

impl Caller<'_> {
    fn out<T>(&mut self) -> Out<T> {
        Out((!self.dice.once_in(60)).then(|| Box::new(MaybeUninit::zeroed())))
    }

    /// Learns what came in, accepts most of it, and keeps what tells of a bug.
    unsafe fn take(&mut self, events: &GnEvents) {
        // SAFETY: our caller's promise: what the call handed out just now.
        unsafe {
            for log in look(events.logs, events.log_count as usize) {
                let text = CStr::from_ptr(log.text).to_string_lossy().into_owned();
                if log.level == 1 {
                    self.bugs.insert(text);
                }
            }
            look(events.auths, events.auth_count as usize);
            for change in look(events.changes, events.change_count as usize) {
                self.learn(change);
            }
        }
    }

    fn learn(&mut self, change: &GnChange) {
        let (connection, listen) = (change.connection, change.info.listen_socket);
        let came_in = change.old_state == 0 && listen != 0;
        if came_in && self.living(|handles| handles.listens.contains(&listen)) {
            self.living(|handles| handles.children.push((connection, listen)));
            self.began(connection.into());
            if !self.dice.once_in(5) {
                gn_sockets_accept(connection);
            }
        }
    }
}

/// Reads all that a batch points to.
///
/// # Safety
/// `count` came with it.
unsafe fn read_batch(batch: &Out<GnBatch>, count: i64) {
    let (Ok(count), Some(batch)) = (u32::try_from(count), &batch.0) else { return };
    // SAFETY: the call said that it wrote, and what it points to stays until the next one on this thread.
    let rows = unsafe {
        let batch = batch.assume_init_ref();
        look(batch.rows, batch.size)
    };
    assert_eq!(rows[..5], packed_count(count as usize)[..], "an array of as many rows");
}

/// The beginning of an array of `count` in MessagePack.
fn packed_count(count: usize) -> Vec<u8> {
    [&[0xdd][..], &(count as u32).to_be_bytes()].concat()
}

/// Appends `[connection, data, flags, lane]` in MessagePack.
fn pack(to: &mut Vec<u8>, connection: u32, data: &[u8], flags: i32, lane: u16) {
    to.extend_from_slice(&[0x94, 0xce]);
    to.extend_from_slice(&connection.to_be_bytes());
    to.push(0xc6);
    to.extend_from_slice(&(data.len() as u32).to_be_bytes());
    to.extend_from_slice(data);
    to.push(0xd2);
    to.extend_from_slice(&flags.to_be_bytes());
    to.push(0xcd);
    to.extend_from_slice(&lane.to_be_bytes());
}
