//! The Lambda binary of [`list_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListUsers, list_users::HANDLER)
}
