//! The Lambda binary of [`send_thread_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SendThreadMessage, send_thread_message::HANDLER)
}
