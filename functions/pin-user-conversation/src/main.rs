//! The Lambda binary of [`pin_user_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::PinUserConversation, pin_user_conversation::HANDLER)
}
