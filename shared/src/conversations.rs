//! Conversations: lists, receipts, pins, tags, removal (contract/related.md, "Conversations").

pub mod find;
mod last_message;
pub mod list;
pub mod pinned;
mod positions;
pub mod query;
pub mod receipts;
pub mod removal;
pub mod tags;
pub(crate) mod taken_back;
mod view;
pub mod watermarks;
