//! What several endpoints do alike; no HTTP.

pub mod history;
pub mod members;
pub mod read;
pub mod send;
