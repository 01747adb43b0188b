//! The Lambda binary of [`list_user_messages`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListUserMessages, list_user_messages::HANDLER)
}
