//! The Lambda binary of [`save_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SaveMessage, save_message::HANDLER)
}
