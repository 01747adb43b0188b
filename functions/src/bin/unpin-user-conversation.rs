//! The Lambda binary of [`functions::unpin_user_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnpinUserConversation, functions::unpin_user_conversation::HANDLER)
}
