//! The Lambda binary of [`functions::muted_conversations`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MutedConversations, functions::muted_conversations::HANDLER)
}
