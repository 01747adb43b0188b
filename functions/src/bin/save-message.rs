//! The Lambda binary of [`functions::save_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SaveMessage, functions::save_message::HANDLER)
}
