//! The Lambda binary of [`create_group`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateGroup, create_group::HANDLER)
}
