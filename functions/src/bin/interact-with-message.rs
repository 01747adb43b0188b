//! The Lambda binary of [`functions::interact_with_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::InteractWithMessage, functions::interact_with_message::HANDLER)
}
