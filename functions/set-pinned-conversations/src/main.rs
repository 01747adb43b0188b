//! The Lambda binary of [`set_pinned_conversations`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SetPinnedConversations, set_pinned_conversations::HANDLER)
}
