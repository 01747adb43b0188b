//! The Lambda binary of [`functions::list_thread_messages`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListThreadMessages, functions::list_thread_messages::HANDLER)
}
