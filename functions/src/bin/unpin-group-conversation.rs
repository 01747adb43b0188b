//! The Lambda binary of [`functions::unpin_group_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnpinGroupConversation, functions::unpin_group_conversation::HANDLER)
}
