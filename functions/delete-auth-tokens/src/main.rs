//! The Lambda binary of [`delete_auth_tokens`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteAuthTokens, delete_auth_tokens::HANDLER)
}
