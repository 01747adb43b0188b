//! The Lambda binary of [`list_bots`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListBots, list_bots::HANDLER)
}
