//! The Lambda binary of [`functions::create_auth_token`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateAuthToken, functions::create_auth_token::HANDLER)
}
