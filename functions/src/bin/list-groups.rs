//! The Lambda binary of [`functions::list_groups`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListGroups, functions::list_groups::HANDLER)
}
