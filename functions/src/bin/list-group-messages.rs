//! The Lambda binary of [`functions::list_group_messages`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListGroupMessages, functions::list_group_messages::HANDLER)
}
