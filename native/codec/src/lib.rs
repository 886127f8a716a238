//! The replication codec: rows of numbers to bytes and back. Pure functions and state; no FFI, no I/O, no clock.
//!
//! Theory. Each entity's numbers are quantised once per collected tick into *units* (`field`): whole numbers from 0 to the
//! field's `top`, so that every error between two rows is a number modulo `top + 1`, small when the rows are near, and every
//! decoded value is in range by construction. A row is sent as its errors against the newest row that the receiver
//! acknowledged (Quake III's snapshots, but per entity as in bevy_replicon), each error by one of 64 prefix codes
//! (`code`) named in the section of the message (`wire`). Because codes are prefix codes that do not depend on what
//! stands before them, a row encoded once per baseline is copied for every peer with that baseline (`encoder`).
//!
//! Layers, each using those above it only: `bits` · `code` · `field` with `predict` · `wire` (the format, stateless) · `encoder`, `decoder`.
//! docs/wire-format.md describes every bit; gamenet/replication/codec/reference.py is the readable twin of `wire`.
#![forbid(unsafe_code)]

pub mod bits;
pub mod code;
pub mod decoder;
pub mod encoder;
pub mod field;
mod hash;
pub mod near;
pub mod predict;
pub mod script;
pub mod wire;

pub use decoder::Decoder;
pub use encoder::Encoder;
pub use field::{Field, Kind, RowsIn, Table};

/// Collected ticks that both ends keep.
pub const RING: usize = 32;

/// How many collected ticks old a baseline may be: less than `RING`, so that a receiver's ring holds it in any order of arrival.
pub const OLDEST_BASELINE: usize = RING - 10;

/// A mistake of the calling code, in a sentence.
pub type Misuse = String;
