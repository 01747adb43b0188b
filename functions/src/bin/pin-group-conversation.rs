//! The Lambda binary of [`functions::pin_group_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::PinGroupConversation, functions::pin_group_conversation::HANDLER)
}
