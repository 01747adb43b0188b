//! The Lambda binary of [`delete_auth_token`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteAuthToken, delete_auth_token::HANDLER)
}
