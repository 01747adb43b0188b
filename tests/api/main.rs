//! Behaviour over HTTP, a module a topic. One binary, because each further one would link the whole service again.

mod add_reaction;
mod cost_messages;
mod delete_message;
mod deleted_content;
mod filters;
mod filters_by_time;
mod given;
mod idempotency;
mod list_emoji_reactions;
mod list_messages;
mod list_reactions;
mod list_thread_messages;
mod list_views;
mod reaction_crowds;
mod remove_reaction;
mod send_bot_message;
mod send_message;
mod send_thread_message;
mod template;
mod update_message;
mod update_message_errors;
