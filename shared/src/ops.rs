//! What several endpoints do alike; no HTTP.

pub mod attach;
pub mod blocks;
pub mod bots;
pub mod change;
pub mod directory;
pub mod groups;
pub mod history;
pub mod list;
pub mod members;
pub mod membership;
pub mod merge;
pub mod people;
pub mod react;
pub mod read;
pub mod render;
pub mod send;
pub mod thread;
pub mod tokens;
pub mod upload;
pub mod users;
