//! The Lambda binary of [`functions::delete_bot`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteBot, functions::delete_bot::HANDLER)
}
