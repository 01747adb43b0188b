//! The Lambda binary of [`pin_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::PinMessage, pin_message::HANDLER)
}
