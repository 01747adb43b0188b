//! The Lambda binary of [`functions::unpin_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnpinMessage, functions::unpin_message::HANDLER)
}
