//! Signals: what they say as far as we need to know it, which of them are refused, and what a rejection lacks.
//!
//! A signal is Valve's `CMsgSteamNetworkingP2PRendezvous`. The library believes what it says about its sender, takes no notice of whom it
//! is for, and would let it do two things that we have no use for: carry messages past encryption and acceptance (`application_messages`), and
//! knock at ports that are not virtual ports (the library's ad-hoc messages listen on one). So it is read here first. What this finds in a field,
//! the library finds there too: both take the last of a field that is repeated, both join parts of a message, and where
//! a decoder might be more lenient than the other (texts that are no UTF-8 or hold a zero), the signal is refused.
use std::collections::{BTreeSet, VecDeque};
use std::ops::RangeInclusive;

use prost::Message;

/// Bytes of the longest signal that is taken. The library's own have some 300 to 1,500, more on machines with many addresses.
pub const MAX_SIGNAL: usize = 1 << 16;
/// Connections of others that are remembered after all else about them is forgotten.
const MOST_ACQUAINTED: usize = 4096;
/// What the library takes for a virtual port.
pub const VIRTUAL_PORTS: RangeInclusive<i32> = 0..=0xffff;

#[derive(Clone, PartialEq, Message)]
struct Rendezvous {
    #[prost(message, optional, tag = "4")]
    connect_request: Option<ConnectRequest>,
    #[prost(bytes = "vec", optional, tag = "8")]
    from_identity: Option<Vec<u8>>,
    #[prost(fixed32, optional, tag = "9")]
    from_connection_id: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "10")]
    to_identity: Option<Vec<u8>>,
    #[prost(fixed32, optional, tag = "1")]
    to_connection_id: Option<u32>,
    #[prost(message, optional, tag = "6")]
    connection_closed: Option<ConnectionClosed>,
    #[prost(bytes = "vec", repeated, tag = "15")]
    application_messages: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct ConnectRequest {
    #[prost(uint32, optional, tag = "9")]
    to_virtual_port: Option<u32>,
    #[prost(uint32, optional, tag = "10")]
    from_virtual_port: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct ConnectionClosed {
    #[prost(bytes = "vec", tag = "5")]
    debug: Vec<u8>,
    #[prost(uint32, tag = "6")]
    reason_code: u32,
}

/// One end of a connection: who that is, and the number of the connection there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    pub identity: String,
    pub connection: u32,
}

/// What a signal says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Who it says that it is from, as it writes it.
    pub from: String,
    /// Whom it is for; empty when it does not say.
    pub to: String,
    /// Their connection that it is from, or 0.
    pub from_connection: u32,
    /// Ours that it is for; None while they do not know it.
    pub to_connection: Option<u32>,
    /// When it wants to connect: from which virtual port of theirs.
    pub from_port: Option<i32>,
}

/// Reads a signal, or says what is wrong with it.
pub fn open(data: &[u8]) -> Result<Envelope, String> {
    if data.len() > MAX_SIGNAL {
        return Err(format!("it has {} bytes, and {MAX_SIGNAL} are the most", data.len()));
    }
    let signal = Rendezvous::decode(data).map_err(|error| format!("it is none ({error})"))?;
    if !signal.application_messages.is_empty() {
        return Err("it carries messages, which would come unencrypted and unasked".to_owned());
    }
    let from_port = signal.connect_request.as_ref().map(requested_from).transpose()?;
    let from = text(signal.from_identity.unwrap_or_default()).ok_or("it does not say who it is from")?;
    let from_connection = signal.from_connection_id.filter(|number| *number != 0);
    Ok(Envelope {
        from,
        to: text(signal.to_identity.unwrap_or_default()).unwrap_or_default(),
        from_connection: from_connection.ok_or("it does not say which connection it is from")?,
        to_connection: signal.to_connection_id,
        from_port,
    })
}

/// The virtual port that a request comes from: the one that it goes to, if it does not say.
fn requested_from(request: &ConnectRequest) -> Result<i32, String> {
    let to = request.to_virtual_port.ok_or("it wants to connect and does not say to which virtual port")?;
    let from = request.from_virtual_port.unwrap_or(to);
    let is_virtual = |port: u32| i32::try_from(port).is_ok_and(|port| VIRTUAL_PORTS.contains(&port));
    match is_virtual(to) && is_virtual(from) {
        true => Ok(from as i32),
        false => Err(format!("it wants to connect to virtual port {to} from {from}")),
    }
}

/// None for what is empty, no UTF-8, or ends for the library before it ends for us.
fn text(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty() && !text.contains('\0'))
}

/// Connections of others that were heard to know ours. Whoever knows wishes for no connection any more, so a wish from there is an old one.
///
/// The library takes such a wish for a repeated one. In symmetric mode it may carry an address and a password that were given up when the roles
/// were changed; the library begins with them, does not begin again with the right ones, and no way is ever found (seen in two of
/// a thousand pairs when a third of the signals was lost and the others overtook each other). And when all is over and forgotten, an old wish would be a new one.
#[derive(Debug, Default)]
pub struct Acquainted {
    known: BTreeSet<(String, u32)>,
    order: VecDeque<(String, u32)>,
}

impl Acquainted {
    pub const fn new() -> Self {
        Self { known: BTreeSet::new(), order: VecDeque::new() }
    }

    /// Their connection addressed one of ours.
    pub fn meet(&mut self, peer: &str, connection: u32) {
        let other = (peer.to_owned(), connection);
        if self.known.insert(other.clone()) {
            self.order.push_back(other);
        }
        if self.order.len() > MOST_ACQUAINTED {
            self.order.pop_front().map(|oldest| self.known.remove(&oldest));
        }
    }

    /// Whether a wish of theirs to connect is an old one.
    pub fn is_old(&self, peer: &str, connection: u32) -> bool {
        self.known.contains(&(peer.to_owned(), connection))
    }
}

/// A goodbye. When we close, the library says so only in answer to the next packet from there, for five seconds; a peer that has nothing to say
/// for ten would never hear of it.
pub fn goodbye(from: &End, to: &End, reason: i32, debug: &str) -> Vec<u8> {
    let signal = Rendezvous {
        from_identity: Some(from.identity.as_bytes().to_vec()),
        from_connection_id: Some(from.connection),
        to_identity: Some(to.identity.as_bytes().to_vec()),
        to_connection_id: Some(to.connection),
        connection_closed: Some(ConnectionClosed {
            debug: debug.as_bytes().to_vec(),
            reason_code: reason.unsigned_abs(),
        }),
        ..Rendezvous::default()
    };
    signal.encode_to_vec()
}

/// A rejection with its sender. The library writes none into it, and would not read such a signal itself.
///
/// We have no connection that it could be from, so the number is the one that it goes to: all that matters is that it is not 0, and another one
/// for each connection of the peer.
pub fn complete_rejection(rejection: &[u8], me: &str) -> Vec<u8> {
    let to = Rendezvous::decode(rejection).ok().and_then(|rejection| rejection.to_connection_id);
    let sender =
        Rendezvous { from_identity: Some(me.as_bytes().to_vec()), from_connection_id: to, ..Rendezvous::default() };
    [rejection, &sender.encode_to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal() -> Rendezvous {
        Rendezvous {
            from_identity: Some(b"str:alice".to_vec()),
            from_connection_id: Some(7),
            to_identity: Some(b"str:bob".to_vec()),
            ..Rendezvous::default()
        }
    }

    fn refused(signal: &Rendezvous) -> String {
        open(&signal.encode_to_vec()).unwrap_err()
    }

    fn request(to: Option<u32>, from: Option<u32>) -> Rendezvous {
        let request = ConnectRequest { to_virtual_port: to, from_virtual_port: from };
        Rendezvous { connect_request: Some(request), ..signal() }
    }

    #[test]
    fn a_signal_says_who_it_is_from_and_for() {
        let envelope = open(&signal().encode_to_vec()).unwrap();
        assert_eq!((envelope.from.as_str(), envelope.to.as_str()), ("str:alice", "str:bob"));
        let unaddressed = Rendezvous { to_identity: None, ..signal() };
        assert_eq!(open(&unaddressed.encode_to_vec()).unwrap().to, "");
    }

    #[test]
    fn who_it_is_from_is_said_last_when_it_is_said_twice() {
        let twice = [signal().encode_to_vec(), complete_rejection(b"\x0d\x07\0\0\0", "str:mallory")].concat();
        assert_eq!(open(&twice).unwrap().from, "str:mallory");
    }

    #[test]
    fn what_is_none_or_too_long_or_nobodys_is_refused() {
        assert!(open(b"\xff\xff\xff").unwrap_err().contains("it is none"));
        assert!(open(&vec![0; MAX_SIGNAL + 1]).unwrap_err().contains("65537 bytes"));
        assert!(open(b"").unwrap_err().contains("who it is from"));
        for nobody in [b"str:\xff".to_vec(), b"str:alice\0x".to_vec()] {
            let said = refused(&Rendezvous { from_identity: Some(nobody), ..signal() });
            assert!(said.contains("who it is from"), "{said}");
        }
    }

    #[test]
    fn a_signal_of_no_connection_is_refused() {
        for number in [None, Some(0)] {
            let said = refused(&Rendezvous { from_connection_id: number, ..signal() });
            assert!(said.contains("which connection"), "{said}");
        }
    }

    #[test]
    fn messages_inside_a_signal_are_refused() {
        let said = refused(&Rendezvous { application_messages: vec![b"\x0a\x01x".to_vec()], ..signal() });
        assert!(said.contains("unencrypted"), "{said}");
    }

    #[test]
    fn a_request_names_virtual_ports_and_no_others() {
        assert_eq!(open(&request(Some(7), None).encode_to_vec()).unwrap().from_port, Some(7));
        assert_eq!(open(&request(Some(0xffff), Some(3)).encode_to_vec()).unwrap().from_port, Some(3));
        assert_eq!(open(&signal().encode_to_vec()).unwrap().from_port, None);
        assert!(refused(&request(None, Some(3))).contains("does not say to which"));
        for odd in [0x1_0000, 0x7fff_ffff, u32::MAX] {
            assert!(refused(&request(Some(odd), None)).contains(&odd.to_string()));
            assert!(refused(&request(Some(1), Some(odd))).contains(&odd.to_string()));
        }
    }

    #[test]
    fn a_wish_is_old_once_its_connection_has_addressed_ours() {
        let mut acquainted = Acquainted::new();
        acquainted.meet("str:alice", 7);
        assert!(acquainted.is_old("str:alice", 7));
        assert!(!acquainted.is_old("str:alice", 8) && !acquainted.is_old("str:bob", 7));
    }

    #[test]
    fn the_longest_acquainted_are_forgotten() {
        let mut acquainted = Acquainted::new();
        (0..=MOST_ACQUAINTED as u32).chain(5..9).for_each(|connection| acquainted.meet("str:alice", connection));
        assert!(!acquainted.is_old("str:alice", 0) && acquainted.is_old("str:alice", 1));
        assert_eq!(acquainted.known.len(), MOST_ACQUAINTED);
    }

    #[test]
    fn a_goodbye_is_from_one_end_to_the_other_with_the_reason() {
        let end = |identity: &str, connection| End { identity: identity.to_owned(), connection };
        let data = goodbye(&end("str:alice", 7), &end("str:bob", 8), 1042, "had enough");
        let envelope = open(&data).unwrap();
        assert_eq!((envelope.from.as_str(), envelope.to.as_str()), ("str:alice", "str:bob"));
        assert_eq!((envelope.from_connection, envelope.to_connection, envelope.from_port), (7, Some(8), None));
        let closed = Rendezvous::decode(data.as_slice()).unwrap().connection_closed.unwrap();
        assert_eq!((closed.reason_code, closed.debug.as_slice()), (1042, b"had enough".as_slice()));
    }

    #[test]
    fn a_rejection_gets_a_sender_and_a_number() {
        let rejection =
            Rendezvous { to_connection_id: Some(7), to_identity: signal().to_identity, ..Rendezvous::default() };
        let complete = complete_rejection(&rejection.encode_to_vec(), "str:alice");
        let envelope = open(&complete).unwrap();
        assert_eq!((envelope.from.as_str(), envelope.to.as_str()), ("str:alice", "str:bob"));
        assert_eq!(Rendezvous::decode(complete.as_slice()).unwrap().from_connection_id, Some(7));
    }
}
