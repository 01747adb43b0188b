//! The Lambda binary of [`functions::delete_group_conversation`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(
        shared::routes::Endpoint::DeleteGroupConversation,
        functions::delete_group_conversation::HANDLER,
    )
}
