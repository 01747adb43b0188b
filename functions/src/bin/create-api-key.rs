//! The Lambda binary of [`functions::create_api_key`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateApiKey, functions::create_api_key::HANDLER)
}
