//! The Lambda binary of [`functions::create_group`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateGroup, functions::create_group::HANDLER)
}
