//! The Lambda binary of [`get_user`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetUser, get_user::HANDLER)
}
