//! The Lambda binary of [`delete_user_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteUserConversation, delete_user_conversation::HANDLER)
}
