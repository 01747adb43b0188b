//! The Lambda binary of [`list_group_messages`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListGroupMessages, list_group_messages::HANDLER)
}
