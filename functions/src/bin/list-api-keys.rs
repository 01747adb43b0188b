//! The Lambda binary of [`functions::list_api_keys`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListApiKeys, functions::list_api_keys::HANDLER)
}
