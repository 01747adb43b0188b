//! The Lambda binary of [`functions::delete_group`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteGroup, functions::delete_group::HANDLER)
}
