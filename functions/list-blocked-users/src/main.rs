//! The Lambda binary of [`list_blocked_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListBlockedUsers, list_blocked_users::HANDLER)
}
