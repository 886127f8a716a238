//! Peer to peer inside one process: we connect to ourselves, and the test carries the signals. One test, because there is one library per process.
use std::time::{Duration, Instant};

use gamenet_sockets::config::{Setting, Value};
use gamenet_sockets::{Change, Error, Library, Opening, Signal};

const ME: &str = "str:alice";
const CONNECTING: i32 = 1;
const FINDING_ROUTE: i32 = 2;
const CLOSED_BY_PEER: i32 = 4;

/// Pumps until a change is as `wanted`; signals go through `carry`.
fn until(library: &Library, carry: impl Fn(&Signal), wanted: impl Fn(&Change) -> bool) -> Change {
    let began = Instant::now();
    loop {
        library.signals().iter().for_each(&carry);
        if let Some(change) = library.run_callbacks().changes.into_iter().find(&wanted) {
            return change;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "waited in vain");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn warnings(library: &Library) -> String {
    library.run_callbacks().logs.iter().filter(|log| log.level <= 4).map(|log| log.text.clone()).collect()
}

#[test]
fn signals_that_somebody_carries_connect_peers() {
    let nobody = Library::open(&Opening::default()).unwrap();
    for error in [nobody.listen_p2p(0, &[]).unwrap_err(), nobody.connect_p2p(ME, 0, &[]).unwrap_err()] {
        assert!(error.to_string().contains("open Sockets(identity="), "{error}");
    }
    drop(nobody);

    let library = Library::open(&Opening { identity: ME, log_level: 4, now: 0.0 }).unwrap();
    let deliver = |signal: &Signal| {
        assert_eq!(signal.to, ME);
        assert!(library.receive_signal(&signal.data, Some(ME)).unwrap());
    };
    let listen = library.listen_p2p(7, &[]).unwrap();
    assert!(matches!(library.listen_p2p(7, &[]), Err(Error::AddressInUse(why)) if why.contains("virtual port 7")));
    assert!(matches!(library.listen_p2p(-1, &[]), Err(Error::Argument(_))));
    assert!(matches!(library.connect_p2p(ME, 0x1_0000, &[]), Err(Error::Argument(_))));

    let out = library.connect_p2p(ME, 7, &[]).unwrap();
    let came = until(&library, deliver, |change| change.info.listen_socket == listen);
    assert_eq!((came.info.state, came.old_state, came.info.identity.as_str()), (CONNECTING, 0, ME));
    assert_eq!(library.accept(came.connection), 1);
    until(&library, deliver, |change| change.connection == out && change.info.state >= FINDING_ROUTE);

    // A connection that is closed instead of accepted tells so.
    let refused = library.connect_p2p(ME, 7, &[]).unwrap();
    let asks = |change: &Change| change.info.listen_socket == listen && change.info.state == CONNECTING;
    let asking = until(&library, deliver, asks).connection;
    assert!(library.close(asking, 1042, "the room is full", false));
    let told = until(&library, deliver, |change| change.connection == refused && change.info.state == CLOSED_BY_PEER);
    assert_eq!((told.info.end_reason, told.info.debug.as_str()), (1042, "the room is full"));

    // Who knocks where nobody listens gets no answer.
    let lonely = library.connect_p2p(ME, 8, &[]).unwrap();
    let began = Instant::now();
    let request = loop {
        if let Some(signal) = library.signals().into_iter().find(|signal| signal.connection == lonely) {
            break signal;
        }
        assert!(began.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(1));
    };
    warnings(&library);
    assert!(!library.receive_signal(&request.data, None).unwrap());
    assert!(warnings(&library).contains("nobody listens on virtual port 8"));
    assert!(!library.receive_signal(&request.data, Some("str:mallory")).unwrap());
    assert!(warnings(&library).contains("it came from str:mallory and says that it is from str:alice"));
    assert!(!library.receive_signal(b"\xff", None).unwrap());
    assert!(matches!(library.receive_signal(&request.data, Some("nonsense")), Err(Error::Identity(_))));

    // One symmetric connection for each pair of ports; and none to itself.
    let symmetric = [Setting { id: 37, value: Value::Int(1) }];
    let first = library.connect_p2p("str:bob", 7, &symmetric).unwrap();
    assert_eq!(
        library.connect_p2p("str:bob", 7, &symmetric).err(),
        Some(Error::AlreadyConnected { peer: "str:bob".to_owned(), virtual_port: 7, connection: first })
    );
    assert_ne!(library.connect_p2p("str:bob", 9, &symmetric).unwrap(), first);
    assert!(
        matches!(library.connect_p2p(ME, 7, &symmetric), Err(Error::Identity(why)) if why.contains("its own other end"))
    );
    drop(library); // with signals that nobody carried, and connections in every state
    let again = Library::open(&Opening { identity: ME, log_level: 4, now: 0.0 }).unwrap();
    assert!(again.signals().is_empty());
}
