//! The Lambda binary of [`functions::create_user`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateUser, functions::create_user::HANDLER)
}
