//! The Lambda binary of [`get_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetConversation, get_conversation::HANDLER)
}
