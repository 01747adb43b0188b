//! The Lambda binary of [`reactivate_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ReactivateUsers, reactivate_users::HANDLER)
}
