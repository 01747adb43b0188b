//! The Lambda binary of [`list_conversations`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListConversations, list_conversations::HANDLER)
}
