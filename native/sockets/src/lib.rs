//! Safe Rust over the flat API of Valve's GameNetworkingSockets.
//!
//! [`Library`] is the whole of it: open once per process, then called from any thread. What the network does comes back as a value
//! (an `EResult`, a status change), what the caller did wrong as an [`Error`]. Handles are plain numbers that the library checks.
mod address;
mod authentication;
pub mod authority;
pub mod certificate;
mod clock;
pub mod config;
mod connecting;
mod connections;
mod error;
mod gate;
mod handles;
mod info;
mod lanes;
mod levels;
mod library;
mod listening;
mod loading;
mod messages;
mod network;
mod opening;
mod p2p;
mod proof;
mod queues;
pub mod raw;
mod roots;
pub mod rows;
mod signals;
mod status;
mod steam;
mod strict;
mod symmetric;
mod words;

pub use error::Error;
pub use info::{Change, Info, Lane, RealTime};
pub use library::{Library, Opening};
pub use messages::Source;
pub use queues::{AuthChange, Events, Log, Signal};
pub use rows::{Batch, Outgoing, Received};
