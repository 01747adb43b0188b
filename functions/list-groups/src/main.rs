//! The Lambda binary of [`list_groups`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListGroups, list_groups::HANDLER)
}
