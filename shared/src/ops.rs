//! What several endpoints do alike; no HTTP.

pub mod blocks;
pub mod bots;
pub mod directory;
pub mod groups;
pub mod history;
pub mod members;
pub mod membership;
pub mod people;
pub mod read;
pub mod send;
pub mod tokens;
pub mod users;
