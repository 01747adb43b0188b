//! The Lambda binary of [`list_auth_tokens`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListAuthTokens, list_auth_tokens::HANDLER)
}
