//! The Lambda binary of [`unsave_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnsaveMessage, unsave_message::HANDLER)
}
