//! Groups and their members (contract/related.md, "Groups").

pub mod bans;
pub mod clearance;
pub mod create;
pub mod group;
mod join_check;
pub mod leave;
pub mod list;
pub mod members;
pub(crate) mod password;
pub mod query;
pub mod roles;
