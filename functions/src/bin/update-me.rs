//! The Lambda binary of [`functions::update_me`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateMe, functions::update_me::HANDLER)
}
