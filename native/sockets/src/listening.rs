//! Listen sockets: where connections come in.
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use crate::address::{from_raw, to_raw};
use crate::config::{self, Setting};
use crate::demands::strict::Listening;
use crate::raw;
use crate::{Error, Library};

/// How often another port is tried when somebody takes the one that the system had just offered.
const PORT_TRIES: usize = 16;
/// The library lets go of a closed listen socket's port in the background; that long it is waited for.
const PORT_PATIENCE: Duration = Duration::from_millis(500);

impl Library {
    /// Listens on `address`; with port 0 the system chooses one (see [`Library::listen_address`]).
    pub fn listen(&self, address: SocketAddr, settings: &[Setting]) -> Result<u32, Error> {
        let (policy, settings) = self.before_listening(settings)?;
        let tries = if address.port() == 0 { PORT_TRIES } else { 1 };
        for _ in 0..tries {
            let address = with_port(address)?;
            self.wait_for_port(address);
            let options = config::to_raw(&settings);
            let (count, options) = (options.len() as c_int, options.as_ptr().cast());
            // SAFETY: address and options live during the call, and the options' texts in `settings`.
            let open = || unsafe { (self.api.create_listen_socket_ip)(self.sockets, &to_raw(address), count, options) };
            if let Some(listen) = self.opening_listen_socket(Listening { policy, port: None }, open) {
                return Ok(listen);
            }
        }
        Err(why_not_bound(address))
    }

    /// Waits until a port that we had ourselves a moment ago is free again.
    fn wait_for_port(&self, address: SocketAddr) {
        if !self.living_mut().left_ports.remove(&address.port()) {
            return;
        }
        let began = Instant::now();
        while UdpSocket::bind(address).is_err() && began.elapsed() < PORT_PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Where a listen socket is bound.
    pub fn listen_address(&self, listen: u32) -> Result<SocketAddr, Error> {
        let theirs = self.living().listen_sockets.theirs(listen);
        let mut address = MaybeUninit::<raw::IpAddr>::zeroed();
        // SAFETY: the library writes an address or says no; zeros are a valid one.
        let (found, address) = unsafe {
            ((self.api.get_listen_socket_address)(self.sockets, theirs, address.as_mut_ptr()), address.assume_init())
        };
        let unknown = Error::UnknownHandle { what: "listen socket", handle: listen };
        if found {
            from_raw(&address).ok_or(unknown)
        } else {
            Err(unknown)
        }
    }

    /// False when there was none (any more). The connections that came in on it are closed with it.
    pub fn close_listen_socket(&self, listen: u32) -> bool {
        let address = self.listen_address(listen);
        self.gate.with(|strict| {
            let mut living = self.living_mut();
            living.left_ports.extend(address.iter().map(SocketAddr::port));
            let (theirs, came_in) = living.end_listen_socket(listen);
            // SAFETY: the library checks the handle.
            let closed = unsafe { (self.api.close_listen_socket)(self.sockets, theirs) };
            strict.leave(listen, &came_in); // not before: until then their messages lie there
            closed
        })
    }
}

/// The address with a free port of the system's choice in place of port 0, which the library does not know.
fn with_port(address: SocketAddr) -> Result<SocketAddr, Error> {
    if address.port() != 0 {
        return Ok(address);
    }
    let free = UdpSocket::bind(address).and_then(|socket| socket.local_addr());
    free.map(|free| SocketAddr::new(address.ip(), free.port())).map_err(|error| cannot_listen(address, &error))
}

/// The library does not say why it could not bind, so the system is asked.
fn why_not_bound(address: SocketAddr) -> Error {
    match UdpSocket::bind(address) {
        Err(error) => cannot_listen(address, &error),
        Ok(_) => Error::Refused(format!("GameNetworkingSockets refuses to listen on {address} with these options")),
    }
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => Error::AddressInUse(format!(
            "{address} is in use: another program, or another listen socket, has that port"
        )),
        _ => Error::Refused(format!("cannot listen on {address}: {error}")),
    }
}
