//! The Lambda binary of [`functions::pin_user_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::PinUserConversation, functions::pin_user_conversation::HANDLER)
}
