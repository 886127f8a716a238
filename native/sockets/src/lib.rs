//! Safe Rust over the flat API of Valve's GameNetworkingSockets.
