//! The Lambda binary of [`functions::list_roles`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListRoles, functions::list_roles::HANDLER)
}
