//! The Lambda binary of [`update_me`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateMe, update_me::HANDLER)
}
