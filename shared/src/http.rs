//! Requests to types, answers to envelopes.

pub mod form;
pub mod listing;
pub mod query;
pub mod request;
pub mod response;
