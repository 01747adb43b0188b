//! The Lambda binary of [`functions::pin_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::PinMessage, functions::pin_message::HANDLER)
}
