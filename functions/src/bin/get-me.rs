//! The Lambda binary of [`functions::get_me`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetMe, functions::get_me::HANDLER)
}
