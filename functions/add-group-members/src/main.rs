//! The Lambda binary of [`add_group_members`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::AddGroupMembers, add_group_members::HANDLER)
}
