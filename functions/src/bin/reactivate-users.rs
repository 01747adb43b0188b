//! The Lambda binary of [`functions::reactivate_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ReactivateUsers, functions::reactivate_users::HANDLER)
}
