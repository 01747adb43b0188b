//! The Lambda binary of [`functions::get_group_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetGroupConversation, functions::get_group_conversation::HANDLER)
}
