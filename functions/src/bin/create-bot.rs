//! The Lambda binary of [`functions::create_bot`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateBot, functions::create_bot::HANDLER)
}
