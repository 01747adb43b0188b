//! The Lambda binary of [`functions::get_user`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetUser, functions::get_user::HANDLER)
}
