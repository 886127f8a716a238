//! Who we are and who vouches for it: authorities, certificates, how far we are with ours.
pub mod authentication;
pub mod authority;
pub mod certificate;
pub mod proof;
pub mod roots;
