//! The Lambda binary of [`functions::delete_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteConversation, functions::delete_conversation::HANDLER)
}
