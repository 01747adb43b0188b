//! The Lambda binary of [`pin_group_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::PinGroupConversation, pin_group_conversation::HANDLER)
}
