//! The Lambda binary of [`get_user_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetUserConversation, get_user_conversation::HANDLER)
}
