//! The Lambda binary of [`functions::update_user`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateUser, functions::update_user::HANDLER)
}
