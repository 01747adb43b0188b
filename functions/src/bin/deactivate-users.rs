//! The Lambda binary of [`functions::deactivate_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeactivateUsers, functions::deactivate_users::HANDLER)
}
