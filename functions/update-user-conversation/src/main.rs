//! The Lambda binary of [`update_user_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateUserConversation, update_user_conversation::HANDLER)
}
