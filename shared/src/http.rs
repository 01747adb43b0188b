//! Requests to types, answers to envelopes.

pub mod budget;
pub mod form;
pub mod paging;
pub mod query;
pub mod request;
pub mod response;
pub mod status;
