//! The Lambda binary of [`functions::list_user_messages`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListUserMessages, functions::list_user_messages::HANDLER)
}
