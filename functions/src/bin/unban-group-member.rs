//! The Lambda binary of [`functions::unban_group_member`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnbanGroupMember, functions::unban_group_member::HANDLER)
}
