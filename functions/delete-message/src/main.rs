//! The Lambda binary of [`delete_message`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteMessage, delete_message::HANDLER)
}
