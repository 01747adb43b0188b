//! The Lambda binary of [`update_bot`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateBot, update_bot::HANDLER)
}
