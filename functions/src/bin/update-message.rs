//! The Lambda binary of [`functions::update_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateMessage, functions::update_message::HANDLER)
}
