//! The Lambda binary of [`functions::get_webhook`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetWebhook, functions::get_webhook::HANDLER)
}
