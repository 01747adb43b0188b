//! The Lambda binary of [`functions::get_bot`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetBot, functions::get_bot::HANDLER)
}
