//! The Lambda binary of [`list_thread_messages`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListThreadMessages, list_thread_messages::HANDLER)
}
