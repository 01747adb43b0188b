//! The Lambda binary of [`functions::unblock_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnblockUsers, functions::unblock_users::HANDLER)
}
