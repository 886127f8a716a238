//! The C boundary. `sockets` and `codec` hold the exported functions, `guard` what all of them go through.
mod codec;
mod guard;
mod sockets;
