//! The Lambda binary of [`functions::delete_webhook`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteWebhook, functions::delete_webhook::HANDLER)
}
