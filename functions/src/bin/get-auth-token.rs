//! The Lambda binary of [`functions::get_auth_token`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetAuthToken, functions::get_auth_token::HANDLER)
}
