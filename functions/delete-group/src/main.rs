//! The Lambda binary of [`delete_group`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteGroup, delete_group::HANDLER)
}
