//! The Lambda binary of [`unpin_group_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnpinGroupConversation, unpin_group_conversation::HANDLER)
}
