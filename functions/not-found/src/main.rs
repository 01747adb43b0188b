//! The Lambda binary of [`not_found`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::NotFound, not_found::HANDLER)
}
