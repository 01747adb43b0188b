//! The Lambda binary of [`functions::get_settings`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetSettings, functions::get_settings::HANDLER)
}
