//! The Lambda binary of [`functions::list_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListUsers, functions::list_users::HANDLER)
}
