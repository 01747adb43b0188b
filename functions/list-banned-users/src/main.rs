//! The Lambda binary of [`list_banned_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListBannedUsers, list_banned_users::HANDLER)
}
