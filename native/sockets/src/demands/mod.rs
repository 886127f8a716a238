//! Who must prove who they are before anything of theirs is heard: `IP_AllowWithoutAuth=0`.
pub mod gate;
pub mod levels;
mod opening;
pub mod strict;
pub mod words;
