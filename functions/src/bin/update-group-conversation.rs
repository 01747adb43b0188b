//! The Lambda binary of [`functions::update_group_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(
        shared::routes::Endpoint::UpdateGroupConversation,
        functions::update_group_conversation::HANDLER,
    )
}
