//! From peer to peer, by who somebody is.
mod connecting;
pub mod signaling;
pub mod signals;
mod symmetric;
mod unanswered;
