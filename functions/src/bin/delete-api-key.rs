//! The Lambda binary of [`functions::delete_api_key`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteApiKey, functions::delete_api_key::HANDLER)
}
