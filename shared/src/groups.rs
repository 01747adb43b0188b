//! Groups and their members (contract/related.md, "Groups").

pub mod group;
pub mod lists;
pub mod members;
pub mod membership;
mod password;
