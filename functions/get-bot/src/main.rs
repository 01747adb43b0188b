//! The Lambda binary of [`get_bot`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetBot, get_bot::HANDLER)
}
