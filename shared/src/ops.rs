//! What several endpoints do alike; no HTTP.

pub mod attach;
pub mod history;
pub mod members;
pub mod read;
pub mod send;
pub mod upload;
