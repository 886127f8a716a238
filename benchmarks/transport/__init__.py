"""Transport: gamenet.sockets beside pyenet and beside the same work in Rust directly on the crate, in one run."""
