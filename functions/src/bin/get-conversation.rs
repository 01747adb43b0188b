//! The Lambda binary of [`functions::get_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetConversation, functions::get_conversation::HANDLER)
}
