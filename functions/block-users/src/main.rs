//! The Lambda binary of [`block_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::BlockUsers, block_users::HANDLER)
}
