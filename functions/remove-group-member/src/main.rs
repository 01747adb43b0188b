//! The Lambda binary of [`remove_group_member`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::RemoveGroupMember, remove_group_member::HANDLER)
}
