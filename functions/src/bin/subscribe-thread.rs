//! The Lambda binary of [`functions::subscribe_thread`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SubscribeThread, functions::subscribe_thread::HANDLER)
}
