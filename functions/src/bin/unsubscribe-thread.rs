//! The Lambda binary of [`functions::unsubscribe_thread`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnsubscribeThread, functions::unsubscribe_thread::HANDLER)
}
