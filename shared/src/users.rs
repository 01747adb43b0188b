//! Users, their tokens, blocks and bots (contract/related.md, "Users").

pub mod account;
pub mod blocks;
pub mod bots;
pub mod deletion;
pub mod list;
pub mod query;
pub mod settings;
pub mod tokens;
