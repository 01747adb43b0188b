//! The Lambda binary of [`functions::create_user_session`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateUserSession, functions::create_user_session::HANDLER)
}
