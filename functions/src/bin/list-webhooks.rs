//! The Lambda binary of [`functions::list_webhooks`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListWebhooks, functions::list_webhooks::HANDLER)
}
