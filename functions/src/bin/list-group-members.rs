//! The Lambda binary of [`functions::list_group_members`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListGroupMembers, functions::list_group_members::HANDLER)
}
