//! Behaviour over HTTP, a folder a domain, a module a topic. One binary, because each further one would link the whole service again.

mod given;

mod conversations {
    mod cleared_history;
    mod events;
    mod find_and_list;
    mod first_unread;
    mod group_watermarks;
    mod last_messages;
    mod pinned_conversations;
    mod read_by_all;
    mod receipts;
    mod unread;
}

mod files {
    mod attachments;
    mod downloads;
    mod files_later;
    mod multipart;
    mod nobodys;
    mod upload_url;
}

mod imports {
    mod among_live;
    mod archive;
    mod data_import;
    mod recipients;
    mod stepping_back;
}

mod groups {
    mod add_group_members;
    mod bans;
    mod counted_members;
    mod create_group;
    mod events;
    mod group;
    mod member_search;
    mod members;
    mod passwords;
}

mod messages {
    mod afterlives;
    mod broken_off_deletion;
    mod delete_message;
    mod deleted_content;
    mod dependents;
    mod events;
    mod filters;
    mod filters_by_time;
    mod get_message;
    mod idempotency;
    mod interaction_goals;
    mod list_group_messages;
    mod list_messages;
    mod list_thread_messages;
    mod list_user_messages;
    mod list_views;
    mod marked_lists;
    mod mentions;
    mod message_kinds;
    mod message_limits;
    mod moderation;
    mod moderation_lists;
    mod multiple_receivers;
    mod order;
    mod paging;
    mod pins;
    mod quoted_message;
    mod search_bounds;
    mod send_bot_message;
    mod send_message;
    mod send_thread_message;
    mod threads;
    mod update_message;
    mod update_message_errors;
}

mod moving {
    mod brought_in;
    mod caught_up;
    mod crawl;
    mod delete_user;
    mod export;
    mod from_vendor;
    mod moved;
    mod places;
    mod removed;
    mod whole;
}

mod platform {
    mod admin_keys;
    mod answer_sizes;
    mod api_keys;
    mod compression;
    mod cors;
    mod cost;
    mod cost_by_token;
    mod cost_growth;
    mod cost_listeners;
    mod cost_messages;
    mod cost_related;
    mod coverage;
    mod deletions;
    mod dependencies;
    mod durability;
    mod envelope;
    mod event_feed;
    mod events;
    pub mod faults;
    mod first_event;
    mod former_members;
    mod identity;
    mod invoke;
    mod layers;
    mod local_guard;
    mod local_pages;
    mod membership_races;
    pub mod model;
    mod nesting;
    mod next_owners;
    mod openapi;
    mod own_writes;
    mod php_bodies;
    mod private_groups;
    mod private_metadata;
    mod privileges;
    mod request_limit;
    mod rights;
    pub mod row_sizes;
    mod sdk_groups;
    mod sockets;
    mod stream;
    mod stream_kept;
    mod template;
    mod work_bounds;
}

mod reactions {
    mod add_reaction;
    mod events;
    mod list_emoji_reactions;
    mod list_reactions;
    mod reaction_crowds;
    mod remove_reaction;
}

mod users {
    mod accounts;
    mod auth_tokens;
    mod blocked_users;
    mod bots;
    mod create_user;
    mod events;
    mod friends;
    mod friends_only;
    mod get_user;
    mod push;
    mod roles;
    mod sdk_session;
    mod session;
}

mod webhooks {
    mod before;
    mod bots;
    mod delivery;
    mod manage;
    mod network;
    mod push;
    mod retry;
    mod triggers;
}
