//! The replication codec: pure functions and state, no FFI, no I/O, no clock.
