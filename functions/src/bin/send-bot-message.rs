//! The Lambda binary of [`functions::send_bot_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SendBotMessage, functions::send_bot_message::HANDLER)
}
