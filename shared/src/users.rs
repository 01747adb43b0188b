//! Users, their tokens, blocks, friends, roles and bots (contract/related.md, "Users").

pub mod account;
pub mod blocks;
pub mod bots;
pub mod circles;
pub mod deletion;
pub mod friends;
pub mod list;
pub mod query;
pub mod roles;
pub mod settings;
pub mod tokens;
