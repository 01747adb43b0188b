//! The Lambda binary of [`flag_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::FlagMessage, flag_message::HANDLER)
}
