//! The Lambda binary of [`functions::mark_user_unread`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkUserUnread, functions::mark_user_unread::HANDLER)
}
