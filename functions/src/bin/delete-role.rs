//! The Lambda binary of [`functions::delete_role`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteRole, functions::delete_role::HANDLER)
}
