//! The nouns of the contract, valid by construction; no async, no AWS, no HTTP.

pub mod auth_token;
pub mod bot;
pub mod conversation;
pub mod entity;
pub mod fields;
pub mod filter;
pub mod group;
pub mod group_change;
pub mod group_filter;
pub mod id;
pub mod json_text;
pub mod member_view;
pub mod mention;
pub mod message;
pub mod message_view;
pub mod new_message;
pub mod page;
pub mod paging;
pub mod profile;
pub mod session;
pub mod tags;
pub mod time;
pub mod uid;
pub mod user;
pub mod user_change;
pub mod user_filter;
