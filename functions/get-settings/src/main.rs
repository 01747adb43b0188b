//! The Lambda binary of [`get_settings`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetSettings, get_settings::HANDLER)
}
