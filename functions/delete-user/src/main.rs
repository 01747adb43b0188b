//! The Lambda binary of [`delete_user`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteUser, delete_user::HANDLER)
}
