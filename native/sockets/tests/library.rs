//! The open library: one test, because there is one library per process.
use std::ffi::CString;
use std::time::{Duration, Instant};

use gamenet_sockets::config::{Scope, Setting, Value};
use gamenet_sockets::{Batch, Error, Library, Opening, Outgoing, Source};

fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// Each kind of value, at each scope, is read back as it was set, and is refused where it cannot be.
fn options(library: &Library, listen: u32, client: u32) {
    const NAGLE: i32 = 12;
    const USER_DATA: i32 = 40;
    let nagle = library.options().iter().find(|described| described.id == NAGLE).unwrap();
    assert_eq!((nagle.name.as_str(), nagle.range), ("NagleTime", Some((0.0, 20_000.0))));
    let values = [
        (NAGLE, Value::Int(7)),
        (USER_DATA, Value::Int64(-1 << 40)),
        (103, Value::Text(CString::new("x".repeat(5000)).unwrap())),
    ];
    for (id, value) in values {
        for scope in [Scope::Connection(client), Scope::ListenSocket(listen), Scope::Global] {
            library.set_option(scope, &Setting { id, value: value.clone() }).unwrap();
            assert_eq!(library.option(scope, id).unwrap(), value);
        }
    }
    library.clear_option(Scope::Global, NAGLE).unwrap();
    assert_eq!(library.option(Scope::Global, NAGLE).unwrap(), Value::Int(5000));
    let refused = |result: Result<(), Error>, why: &str| match result {
        Err(Error::Option(text)) => assert!(text.contains(why), "{text}"),
        other => panic!("{other:?} instead of {why}"),
    };
    let set = |scope, id| library.set_option(scope, &Setting { id, value: Value::Int(1) });
    refused(library.clear_option(Scope::Connection(client), USER_DATA), "cannot be taken back");
    refused(set(Scope::Connection(client), 34), "cannot be changed here any more");
    refused(set(Scope::Connection(client), 4), "the whole library's");
    refused(set(Scope::Global, 33), "can only be read");
    refused(set(Scope::Global, 201), "no option 201 that holds a value");
    for scope in [Scope::Connection(client ^ 1), Scope::ListenSocket(listen ^ 1)] {
        assert!(matches!(set(scope, NAGLE), Err(Error::UnknownHandle { .. })));
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

    options(&library, listen, client);

    assert!(library.close(client, 1000, "", false));
    assert!(!library.close(client, 1000, "", false));
    assert!(library.receive(Source::Connection(client), 1, &mut got).is_err());
    drop(library);
    drop(Library::open(&Opening::default()).unwrap());
}
