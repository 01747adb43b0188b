//! Files: announced, uploaded, attached, shown by signed URLs.

pub mod attach;
pub mod bucket;
pub mod error;
pub mod links;
pub mod objects;
pub mod signer;
pub mod upload;
