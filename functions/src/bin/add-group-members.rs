//! The Lambda binary of [`functions::add_group_members`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::AddGroupMembers, functions::add_group_members::HANDLER)
}
