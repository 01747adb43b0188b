//! The Lambda binary of [`get_auth_token`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetAuthToken, get_auth_token::HANDLER)
}
