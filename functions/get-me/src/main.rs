//! The Lambda binary of [`get_me`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetMe, get_me::HANDLER)
}
