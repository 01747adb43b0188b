//! Requests to types, answers to envelopes.

pub mod conversations;
pub mod directory;
pub mod form;
pub mod listing;
pub mod paging;
pub mod query;
pub mod request;
pub mod response;
