//! The Lambda binary of [`delete_group_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteGroupConversation, delete_group_conversation::HANDLER)
}
