//! The Lambda binary of [`functions::delete_user`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteUser, functions::delete_user::HANDLER)
}
