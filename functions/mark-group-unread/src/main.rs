//! The Lambda binary of [`mark_group_unread`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkGroupUnread, mark_group_unread::HANDLER)
}
