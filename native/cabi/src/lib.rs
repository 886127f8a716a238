//! The C boundary. `sockets` and `codec` hold the exported functions, `guard` what all of them go through.
pub mod codec;
pub mod guard;
mod latest;
pub mod sockets;
