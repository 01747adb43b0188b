//! The Lambda binary of [`get_group`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetGroup, get_group::HANDLER)
}
