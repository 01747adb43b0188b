//! Behaviour over HTTP, a module a topic. One binary, because each further one would link the whole service again.

mod auth_tokens;
mod groups;
mod idempotency;
mod send_message;
mod session;
mod users;
