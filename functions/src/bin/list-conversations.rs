//! The Lambda binary of [`functions::list_conversations`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListConversations, functions::list_conversations::HANDLER)
}
