//! The Lambda binary of [`get_group_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetGroupConversation, get_group_conversation::HANDLER)
}
