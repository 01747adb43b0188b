//! The Lambda binary of [`send_bot_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SendBotMessage, send_bot_message::HANDLER)
}
