//! Behaviour over HTTP, a module a topic. One binary, because each further one would link the whole service again.

mod auth_tokens;
mod bans;
mod blocked_users;
mod bots;
mod groups;
mod idempotency;
mod members;
mod send_message;
mod session;
mod users;
