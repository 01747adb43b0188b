//! The Lambda binary of [`functions::update_group`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateGroup, functions::update_group::HANDLER)
}
