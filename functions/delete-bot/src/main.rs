//! The Lambda binary of [`delete_bot`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteBot, delete_bot::HANDLER)
}
