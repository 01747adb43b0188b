//! The Lambda binary of [`functions::flag_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::FlagMessage, functions::flag_message::HANDLER)
}
