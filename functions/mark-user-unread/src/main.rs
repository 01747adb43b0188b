//! The Lambda binary of [`mark_user_unread`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkUserUnread, mark_user_unread::HANDLER)
}
