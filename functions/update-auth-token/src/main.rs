//! The Lambda binary of [`update_auth_token`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateAuthToken, update_auth_token::HANDLER)
}
