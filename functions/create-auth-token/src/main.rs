//! The Lambda binary of [`create_auth_token`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateAuthToken, create_auth_token::HANDLER)
}
