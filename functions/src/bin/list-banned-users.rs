//! The Lambda binary of [`functions::list_banned_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListBannedUsers, functions::list_banned_users::HANDLER)
}
