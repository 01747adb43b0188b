//! The Lambda binary of [`functions::unsave_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UnsaveMessage, functions::unsave_message::HANDLER)
}
