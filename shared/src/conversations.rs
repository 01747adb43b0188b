//! Conversations: lists, receipts, pins, removal (contract/related.md, "Conversations").

pub mod find;
pub mod last_message;
pub mod list;
pub mod pinned;
pub mod query;
pub mod receipts;
