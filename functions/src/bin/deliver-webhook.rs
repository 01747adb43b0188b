//! The Lambda binary of [`functions::deliver_webhook`].

fn main() -> Result<(), lambda_http::Error> {
    shared::worker::run(shared::worker::Worker::DeliverWebhook, functions::deliver_webhook::HANDLER)
}
