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
        Endpoint::CreateUploadUrls => create_upload_urls::HANDLER,
        Endpoint::NotFound => not_found::HANDLER,
    }
}
