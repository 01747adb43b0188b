//! The nouns of the contract, valid by construction; no async, no AWS, no HTTP.

pub mod attachment;
pub mod conversation;
pub mod edit;
pub mod entity;
pub mod fields;
pub mod file;
pub mod filter;
pub mod group;
pub mod id;
pub mod json_text;
pub mod mention;
pub mod message;
pub mod message_view;
pub mod new_message;
pub mod page;
pub mod profile;
pub mod reaction;
pub mod tags;
pub mod time;
pub mod uid;
pub mod upload;
pub mod user;
