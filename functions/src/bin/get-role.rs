//! The Lambda binary of [`functions::get_role`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetRole, functions::get_role::HANDLER)
}
