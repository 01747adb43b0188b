//! The Lambda binary of [`change_member_scope`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ChangeMemberScope, change_member_scope::HANDLER)
}
