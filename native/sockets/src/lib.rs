//! Safe Rust over the flat API of Valve's GameNetworkingSockets.
//!
//! [`Library`] is the whole of it: open once per process, then called from any thread. What the network does comes back as a value
//! (an `EResult`, a status change), what the caller did wrong as an [`Error`]. Handles are plain numbers that the library checks.
mod address;
mod clock;
pub mod config;
mod connections;
mod demands;
mod door;
mod error;
mod handles;
mod identity;
mod info;
mod lanes;
mod library;
mod listening;
mod lock;
mod messages;
mod network;
mod newcomers;
mod p2p;
mod queues;
pub mod raw;
mod repeats;
pub mod rows;
mod status;

pub use error::Error;
pub use identity::{authority, certificate};
pub use info::{Change, Info, Lane, RealTime};
pub use library::{Library, Opening};
pub use messages::Source;
pub use queues::{AuthChange, Events, Log, Signal};
pub use rows::{Batch, Outgoing, Received};
