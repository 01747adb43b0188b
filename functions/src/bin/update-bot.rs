//! The Lambda binary of [`functions::update_bot`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateBot, functions::update_bot::HANDLER)
}
