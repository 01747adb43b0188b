//! The Lambda binary of [`functions::block_users`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::BlockUsers, functions::block_users::HANDLER)
}
