//! The Lambda binary of [`send_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SendMessage, send_message::HANDLER)
}
