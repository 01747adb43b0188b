//! The Lambda binary of [`functions::create_jwt`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateJwt, functions::create_jwt::HANDLER)
}
