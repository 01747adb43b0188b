//! Behaviour over HTTP, a module a topic. One binary, because each further one would link the whole service again.

mod idempotency;
mod send_message;
mod users;
