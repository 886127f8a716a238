//! The open library: one test, because there is one library per process.
use std::time::{Duration, Instant};

use gamenet_sockets::{Batch, Error, Library, Opening, Outgoing, Source};

fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
        std::thread::sleep(Duration::from_micros(500));
    }
}

#[test]
fn it_opens_once_connects_carries_messages_and_opens_again_after_closing() {
    let library = Library::open(&Opening { identity: "str:alice", log_level: 0, now: 100.0 }).unwrap();
    assert_eq!(Library::open(&Opening::default()).err(), Some(Error::AlreadyOpen));
    assert_eq!(library.identity().as_deref(), Some("str:alice"));

    let listen = library.listen("127.0.0.1:0".parse().unwrap(), &[]).unwrap();
    let address = library.listen_address(listen).unwrap();
    assert_ne!(address.port(), 0);
    assert!(matches!(library.listen(address, &[]), Err(Error::AddressInUse(_))));

    let client = library.connect(address, &[]).unwrap();
    let (mut server, mut up) = (0, 0);
    until("both ends to be connected", || {
        for change in library.run_callbacks().changes {
            if change.info.state == 1 && change.info.listen_socket == listen {
                server = change.connection;
                assert_eq!(library.accept(server), 1);
            }
            up += usize::from(change.info.state == 3);
        }
        up == 2
    });

    let messages = [b"a".as_slice(), b"", b"bc"].map(|data| Outgoing { connection: client, data, flags: 9, lane: 0 });
    let mut results = [0; 3];
    assert_eq!(library.send(&messages, &mut results).unwrap(), 0);
    assert_eq!(results, [1; 3]);
    let (mut got, mut data) = (Batch::default(), Vec::new());
    until("the messages", || {
        library.receive(Source::Connection(server), 100, &mut got).unwrap();
        data.extend(got.messages().map(|message| message.data.to_vec()));
        assert!(got.messages().all(|message| (100.0..130.0).contains(&message.time) && message.reliable));
        data.len() == 3
    });
    assert_eq!(data, [b"a".to_vec(), b"".to_vec(), b"bc".to_vec()]);

    assert!(library.close(client, 1000, "", false));
    assert!(!library.close(client, 1000, "", false));
    assert!(library.receive(Source::Connection(client), 1, &mut got).is_err());
    drop(library);
    drop(Library::open(&Opening::default()).unwrap());
}
