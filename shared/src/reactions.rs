//! Reactions to messages (contract/messages.md, operations 11 to 14).

pub mod change;
pub mod list;
mod told;

pub use told::told;
