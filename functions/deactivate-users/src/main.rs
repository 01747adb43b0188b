//! The Lambda binary of [`deactivate_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeactivateUsers, deactivate_users::HANDLER)
}
