//! The Lambda binary of [`create_bot`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateBot, create_bot::HANDLER)
}
