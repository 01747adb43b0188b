//! The Lambda binary of [`unblock_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnblockUsers, unblock_users::HANDLER)
}
