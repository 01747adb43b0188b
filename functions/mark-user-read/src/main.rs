//! The Lambda binary of [`mark_user_read`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkUserRead, mark_user_read::HANDLER)
}
