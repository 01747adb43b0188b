//! Users, their tokens, blocks and bots (contract/related.md, "Users").

pub mod account;
pub mod blocks;
pub mod bots;
pub mod settings;
pub mod tokens;
