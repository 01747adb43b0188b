//! The Lambda binary of [`functions::send_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SendMessage, functions::send_message::HANDLER)
}
