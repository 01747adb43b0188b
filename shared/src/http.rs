//! Requests to types, answers to envelopes.

pub mod compression;
mod file_name;
pub mod form;
pub mod paging;
pub mod request;
pub mod response;
pub mod status;
