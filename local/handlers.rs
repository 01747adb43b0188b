//! The handler of each endpoint. A forgotten one does not compile.

use shared::lambda::Handler;
use shared::routes::Endpoint;

/// What answers this endpoint.
pub fn handler(endpoint: Endpoint) -> Handler {
    match endpoint {
        Endpoint::SendMessage => send_message::HANDLER,
        Endpoint::GetMessage => get_message::HANDLER,
        Endpoint::ListUserMessages => list_user_messages::HANDLER,
        Endpoint::ListGroupMessages => list_group_messages::HANDLER,
        Endpoint::CreateUser => create_user::HANDLER,
        Endpoint::GetUser => get_user::HANDLER,
        Endpoint::CreateGroup => create_group::HANDLER,
        Endpoint::AddGroupMembers => add_group_members::HANDLER,
        Endpoint::ListMessages => list_messages::HANDLER,
        Endpoint::UpdateMessage => update_message::HANDLER,
        Endpoint::DeleteMessage => delete_message::HANDLER,
        Endpoint::SendThreadMessage => send_thread_message::HANDLER,
        Endpoint::ListThreadMessages => list_thread_messages::HANDLER,
        Endpoint::SendBotMessage => send_bot_message::HANDLER,
        Endpoint::AddReaction => add_reaction::HANDLER,
        Endpoint::RemoveReaction => remove_reaction::HANDLER,
        Endpoint::ListReactions => list_reactions::HANDLER,
        Endpoint::ListEmojiReactions => list_emoji_reactions::HANDLER,
        Endpoint::CreateUploadUrls => create_upload_urls::HANDLER,
        Endpoint::NotFound => not_found::HANDLER,
    }
}
