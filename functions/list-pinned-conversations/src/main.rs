//! The Lambda binary of [`list_pinned_conversations`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListPinnedConversations, list_pinned_conversations::HANDLER)
}
