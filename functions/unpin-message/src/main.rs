//! The Lambda binary of [`unpin_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnpinMessage, unpin_message::HANDLER)
}
