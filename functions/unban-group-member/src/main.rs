//! The Lambda binary of [`unban_group_member`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnbanGroupMember, unban_group_member::HANDLER)
}
