//! The Lambda binary of [`functions::update_role`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateRole, functions::update_role::HANDLER)
}
