//! The Lambda binary of [`list_messages`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListMessages, list_messages::HANDLER)
}
