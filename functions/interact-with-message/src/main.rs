//! The Lambda binary of [`interact_with_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::InteractWithMessage, interact_with_message::HANDLER)
}
