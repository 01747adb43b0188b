//! The Lambda binary of [`functions::list_bots`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListBots, functions::list_bots::HANDLER)
}
