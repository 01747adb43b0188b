//! The Lambda binary of [`create_user_session`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateUserSession, create_user_session::HANDLER)
}
