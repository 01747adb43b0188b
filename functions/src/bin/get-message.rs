//! The Lambda binary of [`functions::get_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetMessage, functions::get_message::HANDLER)
}
