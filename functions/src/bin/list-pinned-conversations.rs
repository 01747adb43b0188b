//! The Lambda binary of [`functions::list_pinned_conversations`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(
        shared::routes::Endpoint::ListPinnedConversations,
        functions::list_pinned_conversations::HANDLER,
    )
}
