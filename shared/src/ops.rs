//! What several endpoints do alike; no HTTP.

pub mod attach;
pub mod change;
pub mod history;
pub mod list;
pub mod members;
pub mod merge;
pub mod react;
pub mod read;
pub mod render;
pub mod send;
pub mod thread;
pub mod upload;
