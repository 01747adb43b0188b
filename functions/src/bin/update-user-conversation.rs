//! The Lambda binary of [`functions::update_user_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateUserConversation, functions::update_user_conversation::HANDLER)
}
