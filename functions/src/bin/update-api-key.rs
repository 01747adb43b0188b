//! The Lambda binary of [`functions::update_api_key`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateApiKey, functions::update_api_key::HANDLER)
}
