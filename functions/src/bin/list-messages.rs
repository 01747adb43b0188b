//! The Lambda binary of [`functions::list_messages`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListMessages, functions::list_messages::HANDLER)
}
