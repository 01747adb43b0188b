//! The Lambda binary of [`list_group_members`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListGroupMembers, list_group_members::HANDLER)
}
