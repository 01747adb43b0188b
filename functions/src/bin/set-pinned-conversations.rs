//! The Lambda binary of [`functions::set_pinned_conversations`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SetPinnedConversations, functions::set_pinned_conversations::HANDLER)
}
