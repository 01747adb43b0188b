//! The Lambda binary of [`functions::remove_group_member`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::RemoveGroupMember, functions::remove_group_member::HANDLER)
}
