//! The Lambda binary of [`update_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateMessage, update_message::HANDLER)
}
