//! The Lambda binary of [`update_user`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateUser, update_user::HANDLER)
}
