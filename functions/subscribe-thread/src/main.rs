//! The Lambda binary of [`subscribe_thread`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SubscribeThread, subscribe_thread::HANDLER)
}
