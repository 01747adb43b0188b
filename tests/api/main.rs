//! Behaviour over HTTP, a module a topic. One binary, because each further one would link the whole service again.

mod add_group_members;
mod cost;
mod create_group;
mod create_user;
mod durability;
mod envelope;
mod get_message;
mod get_user;
mod idempotency;
mod identity;
mod list_group_messages;
mod list_user_messages;
mod mentions;
mod message_kinds;
mod message_limits;
mod model;
mod multiple_receivers;
mod openapi;
mod paging;
mod quoted_message;
mod send_message;
mod template;
