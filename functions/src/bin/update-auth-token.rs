//! The Lambda binary of [`functions::update_auth_token`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateAuthToken, functions::update_auth_token::HANDLER)
}
