//! Why a call was refused.
use std::fmt;

use crate::certificate::Invalid;

/// What the caller did wrong or the system refused. What the network does is a value, never one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The library is open already in this process.
    AlreadyOpen,
    /// A connection, poll group or listen socket that does not exist (any more).
    UnknownHandle { what: &'static str, handle: u32 },
    /// Somebody else listens there; a sentence.
    AddressInUse(String),
    /// A symmetric connection to that peer, on these ports, is there already.
    AlreadyConnected { peer: String, virtual_port: i32, connection: u32 },
    /// The Steam network's library cannot be used, or Steam does not start; why, in its words.
    Unavailable(String),
    /// The library or the system said no; its words.
    Refused(String),
    /// An identity that cannot be, or cannot be connected to.
    Identity(String),
    /// An option's value that it does not take, there or then.
    Option(String),
    /// Any other argument that cannot be.
    Argument(String),
    /// A certificate, a request or a root that is not good.
    Certificate(String),
    /// A proof of identity is asked for that we cannot give or check yet.
    Unproven(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyOpen => write!(f, "GameNetworkingSockets is open already: there is one per process"),
            Self::UnknownHandle { what, handle } => write!(f, "there is no {what} {handle} (closed already?)"),
            Self::AlreadyConnected { peer, virtual_port, connection } => write!(
                f,
                "connection {connection} to {peer} on virtual port {virtual_port} is there already, and of symmetric ones there is one for each port: use it, or close it first"
            ),
            Self::AddressInUse(why)
            | Self::Unavailable(why)
            | Self::Refused(why)
            | Self::Identity(why)
            | Self::Option(why)
            | Self::Argument(why)
            | Self::Certificate(why)
            | Self::Unproven(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

impl From<Invalid> for Error {
    fn from(Invalid(why): Invalid) -> Self {
        Self::Certificate(why)
    }
}
