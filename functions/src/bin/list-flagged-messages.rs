//! The Lambda binary of [`functions::list_flagged_messages`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListFlaggedMessages, functions::list_flagged_messages::HANDLER)
}
