//! The Lambda binary of [`functions::create_role`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateRole, functions::create_role::HANDLER)
}
