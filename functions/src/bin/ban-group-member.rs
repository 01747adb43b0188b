//! The Lambda binary of [`functions::ban_group_member`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::BanGroupMember, functions::ban_group_member::HANDLER)
}
