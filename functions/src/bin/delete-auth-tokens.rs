//! The Lambda binary of [`functions::delete_auth_tokens`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteAuthTokens, functions::delete_auth_tokens::HANDLER)
}
