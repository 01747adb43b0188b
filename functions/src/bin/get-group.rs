//! The Lambda binary of [`functions::get_group`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetGroup, functions::get_group::HANDLER)
}
