//! The Lambda binary of [`functions::change_member_scope`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ChangeMemberScope, functions::change_member_scope::HANDLER)
}
