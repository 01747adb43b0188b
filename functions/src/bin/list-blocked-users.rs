//! The Lambda binary of [`functions::list_blocked_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListBlockedUsers, functions::list_blocked_users::HANDLER)
}
