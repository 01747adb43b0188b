//! The Lambda binary of [`mark_group_read`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkGroupRead, mark_group_read::HANDLER)
}
