//! The Lambda binary of [`functions::delete_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteMessage, functions::delete_message::HANDLER)
}
