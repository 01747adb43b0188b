//! The Lambda binary of [`delete_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteConversation, delete_conversation::HANDLER)
}
