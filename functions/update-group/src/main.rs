//! The Lambda binary of [`update_group`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateGroup, update_group::HANDLER)
}
