//! The Lambda binary of [`ban_group_member`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::BanGroupMember, ban_group_member::HANDLER)
}
