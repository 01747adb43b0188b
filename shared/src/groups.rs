//! Groups and their members (contract/related.md, "Groups").

pub mod bans;
pub mod clearance;
pub mod create;
mod door;
pub mod group;
pub mod leave;
pub mod list;
pub mod members;
mod password;
pub mod query;
pub mod roles;
