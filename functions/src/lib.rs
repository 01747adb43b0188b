//! The endpoints, one module each: it parses a request, calls the domain and answers. Each is a Lambda function of its
//! own, whose binary is the file of the same name in `bin/`.

use shared::lambda::Handler;
use shared::routes::Endpoint;
use shared::worker::Worker;

pub mod add_friends;
pub mod add_group_members;
pub mod add_reaction;
pub mod add_triggers;
pub mod ban_group_member;
pub mod block_users;
pub mod change_member_scope;
pub mod create_api_key;
pub mod create_auth_token;
pub mod create_bot;
pub mod create_flag_reason;
pub mod create_group;
pub mod create_jwt;
pub mod create_role;
pub mod create_upload_urls;
pub mod create_user;
pub mod create_user_session;
pub mod create_webhook;
pub mod deactivate_users;
pub mod delete_api_key;
pub mod delete_auth_token;
pub mod delete_auth_tokens;
pub mod delete_bot;
pub mod delete_conversation;
pub mod delete_flag_reason;
pub mod delete_group;
pub mod delete_group_conversation;
pub mod delete_me;
pub mod delete_message;
pub mod delete_role;
pub mod delete_user;
pub mod delete_user_conversation;
pub mod delete_webhook;
pub mod deliver_events;
pub mod deliver_webhook;
pub mod flag_message;
pub mod get_api_key;
pub mod get_auth_token;
pub mod get_bot;
pub mod get_conversation;
pub mod get_flag_reason;
pub mod get_group;
pub mod get_group_conversation;
pub mod get_me;
pub mod get_message;
pub mod get_role;
pub mod get_settings;
pub mod get_user;
pub mod get_user_conversation;
pub mod get_webhook;
pub mod import_data;
pub mod interact_with_message;
pub mod list_api_keys;
pub mod list_auth_tokens;
pub mod list_banned_users;
pub mod list_blocked_users;
pub mod list_bots;
pub mod list_conversations;
pub mod list_emoji_reactions;
pub mod list_flag_reasons;
pub mod list_flagged_messages;
pub mod list_friends;
pub mod list_group_members;
pub mod list_group_messages;
pub mod list_groups;
pub mod list_messages;
pub mod list_pinned_conversations;
pub mod list_reactions;
pub mod list_roles;
pub mod list_thread_messages;
pub mod list_threads;
pub mod list_triggers;
pub mod list_user_messages;
pub mod list_users;
pub mod list_webhooks;
pub mod mark_group_delivered;
pub mod mark_group_read;
pub mod mark_group_unread;
pub mod mark_user_delivered;
pub mod mark_user_read;
pub mod mark_user_unread;
pub mod muted_conversations;
pub mod not_found;
pub mod notification_preferences;
pub mod pin_group_conversation;
pub mod pin_message;
pub mod pin_user_conversation;
pub mod push_tokens;
pub mod reactivate_users;
pub mod remove_friends;
pub mod remove_group_member;
pub mod remove_reaction;
pub mod remove_triggers;
pub mod run_job;
pub mod save_message;
pub mod send_bot_message;
pub mod send_message;
pub mod send_thread_message;
pub mod set_pinned_conversations;
pub mod socket_close;
pub mod socket_frame;
pub mod subscribe_thread;
pub mod unban_group_member;
pub mod unblock_users;
pub mod unpin_group_conversation;
pub mod unpin_message;
pub mod unpin_user_conversation;
pub mod unsave_message;
pub mod unsubscribe_thread;
pub mod update_api_key;
pub mod update_auth_token;
pub mod update_bot;
pub mod update_flag_reason;
pub mod update_group;
pub mod update_group_conversation;
pub mod update_me;
pub mod update_message;
pub mod update_role;
pub mod update_user;
pub mod update_user_conversation;
pub mod update_webhook;
pub mod user_timezone;

macro_rules! handlers {
    ($($(#[$doc:meta])* $name:ident $module:ident $function:literal [$($method:literal $path:literal),*])*) => {
        /// What answers this endpoint.
        pub fn handler(endpoint: Endpoint) -> Handler {
            match endpoint { $(Endpoint::$name => $module::HANDLER,)* }
        }
    };
}

shared::route_table!(handlers);

/// What does the work of a function without routes.
pub fn worker(worker: Worker) -> shared::worker::Handler {
    match worker {
        Worker::DeliverEvents => deliver_events::HANDLER,
        Worker::RunJob => run_job::HANDLER,
        Worker::DeliverWebhook => deliver_webhook::HANDLER,
        Worker::SocketFrame => socket_frame::HANDLER,
        Worker::SocketClose => socket_close::HANDLER,
    }
}
