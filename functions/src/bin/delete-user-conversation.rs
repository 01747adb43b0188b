//! The Lambda binary of [`functions::delete_user_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteUserConversation, functions::delete_user_conversation::HANDLER)
}
