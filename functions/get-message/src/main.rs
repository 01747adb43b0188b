//! The Lambda binary of [`get_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetMessage, get_message::HANDLER)
}
