//! The Lambda binary of [`functions::delete_auth_token`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteAuthToken, functions::delete_auth_token::HANDLER)
}
