//! The Lambda binary of [`functions::not_found`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::NotFound, functions::not_found::HANDLER)
}
