//! The Lambda binary of [`functions::create_webhook`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateWebhook, functions::create_webhook::HANDLER)
}
