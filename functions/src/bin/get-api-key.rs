//! The Lambda binary of [`functions::get_api_key`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetApiKey, functions::get_api_key::HANDLER)
}
