//! The Lambda binary of [`functions::mark_group_read`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkGroupRead, functions::mark_group_read::HANDLER)
}
