//! The Lambda binary of [`functions::list_auth_tokens`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListAuthTokens, functions::list_auth_tokens::HANDLER)
}
