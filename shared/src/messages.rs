//! Messages: sending, reading, editing, deleting, and what people leave on them (contract/messages.md).

pub mod access;
pub mod bookmarks;
pub mod change_notice;
pub mod counters;
pub mod delete;
pub mod edit;
pub mod flag_reasons;
pub mod flagged;
pub mod goals;
pub mod history;
pub mod interactions;
pub mod list;
mod marked;
pub mod mentions;
pub mod merge;
mod named;
pub mod pins;
pub mod query;
pub mod receipt_list;
pub mod receipt_times;
pub mod render;
pub mod replies;
pub mod reports;
pub mod send;
pub mod subscriptions;
pub mod threads;
pub mod unread_replies;
