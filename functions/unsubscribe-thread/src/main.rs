//! The Lambda binary of [`unsubscribe_thread`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnsubscribeThread, unsubscribe_thread::HANDLER)
}
