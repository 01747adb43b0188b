//! Behaviour over HTTP, a module a topic. One binary, because each further one would link the whole service again.

mod attachments;
mod downloads;
mod idempotency;
mod multipart;
mod send_message;
mod upload_url;
