//! The Lambda binary of [`functions::mark_user_read`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkUserRead, functions::mark_user_read::HANDLER)
}
