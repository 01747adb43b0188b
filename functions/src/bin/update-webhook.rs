//! The Lambda binary of [`functions::update_webhook`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateWebhook, functions::update_webhook::HANDLER)
}
