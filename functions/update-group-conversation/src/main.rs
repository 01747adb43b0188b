//! The Lambda binary of [`update_group_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateGroupConversation, update_group_conversation::HANDLER)
}
