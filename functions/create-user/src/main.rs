//! The Lambda binary of [`create_user`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateUser, create_user::HANDLER)
}
