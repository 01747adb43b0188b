//! The Lambda binary of [`functions::send_thread_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::SendThreadMessage, functions::send_thread_message::HANDLER)
}
