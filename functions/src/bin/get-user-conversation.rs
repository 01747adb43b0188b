//! The Lambda binary of [`functions::get_user_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetUserConversation, functions::get_user_conversation::HANDLER)
}
