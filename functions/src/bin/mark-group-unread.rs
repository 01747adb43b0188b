//! The Lambda binary of [`functions::mark_group_unread`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkGroupUnread, functions::mark_group_unread::HANDLER)
}
