//! The Lambda binary of [`unpin_user_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnpinUserConversation, unpin_user_conversation::HANDLER)
}
